// The floor under the write-ahead log: what C reaches on the same preallocated, zeroed file with pwrite and fdatasync.
//
//   wal_baseline FILE one COUNT             one frame per sync; prints p50 and p99 in microseconds
//   wal_baseline FILE batch PER_SYNC MS     PER_SYNC frames in one pwrite per sync, one thread; prints records/s
//   wal_baseline FILE os PER_WRITE MS       PER_WRITE frames in one pwrite, no sync, a growing file begun anew; prints records/s
//   wal_baseline FILE threads THREADS MS    THREADS waiting appenders, leader-follower group commit; prints records/s
//
// Built and run by WalBench.java, in turn with the log. The file wraps at its end; frames are 168 bytes as in the log.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FRAME = 168, FILE_BYTES = 64 << 20, BUFFER_BYTES = 8 << 20 };

static int fd;
static char* buffer;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void must(int ok, const char* what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static void write_and_sync(const char* from, size_t bytes) {
    static off_t at = 4096;
    if (at + (off_t)bytes > FILE_BYTES) at = 4096;
    must(pwrite(fd, from, bytes, at) == (ssize_t)bytes, "pwrite");
    must(fdatasync(fd) == 0, "fdatasync");
    at += bytes;
}

static int ascending(const void* a, const void* b) {
    int64_t x = *(const int64_t*)a, y = *(const int64_t*)b;
    return (x > y) - (x < y);
}

static void one(int count) {
    int64_t* took = malloc(count * sizeof *took);
    for (int i = 0; i < count; i++) {
        int64_t start = now();
        write_and_sync(buffer, FRAME);
        took[i] = now() - start;
    }
    qsort(took, count, sizeof *took, ascending);
    printf("%.1f %.1f\n", took[count / 2] / 1e3, took[count * 99 / 100] / 1e3);
    free(took);
}

static void batch(int per_sync, int ms) {
    int64_t start = now(), records = 0;
    while (now() - start < ms * 1000000LL) {
        write_and_sync(buffer, (size_t)per_sync * FRAME);
        records += per_sync;
    }
    printf("%.0f\n", records * 1e9 / (now() - start));
}

static void growing(int per_write, int ms) {
    must(ftruncate(fd, 0) == 0, "ftruncate");
    size_t bytes = (size_t)per_write * FRAME;
    off_t at = 0;
    int64_t start = now(), records = 0;
    while (now() - start < ms * 1000000LL) {
        must(pwrite(fd, buffer, bytes, at) == (ssize_t)bytes, "pwrite");
        at += bytes;
        records += per_write;
    }
    printf("%.0f\n", records * 1e9 / (now() - start));
    must(ftruncate(fd, 0) == 0, "ftruncate");
}

// Group commit: a frame is copied into the buffer under the lock; whoever finds nobody leading writes and syncs all of it.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t synced = PTHREAD_COND_INITIALIZER;
static char* spare;
static size_t filled;
static int64_t appended, durable, stop_at;
static int leading;

static void* appender(void* unused) {
    char frame[FRAME];
    memset(frame, 7, FRAME);
    int64_t mine = 0;
    while (now() < stop_at) {
        pthread_mutex_lock(&lock);
        memcpy(buffer + filled, frame, FRAME);
        filled += FRAME;
        mine = ++appended;
        while (durable < mine) {
            if (leading) {
                pthread_cond_wait(&synced, &lock);
                continue;
            }
            leading = 1;
            char* from = buffer;
            size_t bytes = filled;
            int64_t last = appended;
            buffer = spare;
            spare = from;
            filled = 0;
            pthread_mutex_unlock(&lock);
            write_and_sync(from, bytes);
            pthread_mutex_lock(&lock);
            durable = last;
            leading = 0;
            pthread_cond_broadcast(&synced);
        }
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void threads(int count, int ms) {
    pthread_t ids[4096];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 << 10);
    int64_t start = now();
    stop_at = start + ms * 1000000LL;
    for (int i = 0; i < count; i++) must(pthread_create(&ids[i], &small, appender, NULL) == 0, "pthread_create");
    for (int i = 0; i < count; i++) pthread_join(ids[i], NULL);
    printf("%.0f\n", appended * 1e9 / (now() - start));
}

int main(int argc, char** argv) {
    must(argc >= 4, "usage: wal_baseline FILE one COUNT | batch PER_SYNC MS | os PER_WRITE MS | threads THREADS MS");
    fd = open(argv[1], O_RDWR | O_CREAT, 0644);
    must(fd >= 0, argv[1]);
    buffer = calloc(1, BUFFER_BYTES);
    spare = calloc(1, BUFFER_BYTES);
    if (lseek(fd, 0, SEEK_END) < FILE_BYTES) {
        for (off_t at = 0; at < FILE_BYTES; at += BUFFER_BYTES) {
            must(pwrite(fd, buffer, BUFFER_BYTES, at) == BUFFER_BYTES, "pwrite of zeros");
        }
        must(fsync(fd) == 0, "fsync");
    }
    memset(buffer, 7, BUFFER_BYTES);
    if (strcmp(argv[2], "one") == 0) {
        one(atoi(argv[3]));
    } else if (strcmp(argv[2], "batch") == 0) {
        batch(atoi(argv[3]), atoi(argv[4]));
    } else if (strcmp(argv[2], "os") == 0) {
        growing(atoi(argv[3]), atoi(argv[4]));
    } else {
        threads(atoi(argv[3]), atoi(argv[4]));
    }
    return 0;
}
