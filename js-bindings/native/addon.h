// addon.h - what the addon's files share: the state of one environment, the JVM, and how errors reach JavaScript.
//
// The addon moves addresses and strings and decides nothing: which operation does what is Java's affair, what a user sees is
// JavaScript's. One environment (`mr_env`) stands for one JavaScript thread: the main one, or a worker.
//
// Threads. Every function is called on the environment's own thread, except mr_wake_post, which any Java thread may call.
#ifndef MILLRACE_ADDON_H
#define MILLRACE_ADDON_H

#include <jni.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>

#include "millrace.h"
#ifdef MILLRACE_SANITIZE
#include "faults.h"
#endif

typedef struct mr_waker mr_waker;
typedef struct mr_pin mr_pin;

// State of one environment; napi instance data, freed by its finalizer.
typedef struct mr_env {
  bool started;  // this thread is attached to the JVM, and Java knows `waker`
  JNIEnv *jni;   // of this thread, while started
  mr_call *page; // in an ArrayBuffer of JavaScript's that page_ref keeps alive and in place
  napi_ref page_ref;
  mr_waker *waker; // one of two owners; the other is the threadsafe function
  mr_pin *pins;    // ArrayBuffers that JavaScript asked to keep
} mr_env;

// ---- jvm.c: the one JVM of the process

// Boots the JVM, or attaches to the one that is there, and attaches this thread. Throws ERR_JAVA_START into JavaScript.
// `libjvm` is a path; `options` are JVM options, used only when the JVM is ours to boot.
bool mr_jvm_attach(napi_env env, const char *libjvm, char *const *options, int count, JNIEnv **out);
// Undoes one mr_jvm_attach. The thread stays attached if it was so before the addon came.
void mr_jvm_detach(void);
// One cold call: strings in, strings out. Throws into JavaScript and returns NULL when Java threw.
napi_value mr_jvm_cold(napi_env env, JNIEnv *jni, const mr_host *host, napi_value request);
// The cold call "release", whose outcome nobody is left to hear.
void mr_jvm_release(JNIEnv *jni, const mr_host *host);
// One hot call: by the upcall once Java has made it, by JNI before.
int32_t mr_jvm_dispatch(JNIEnv *jni, int32_t op, mr_call *call);
// True once the upcall is there.
bool mr_jvm_is_hot(void);

// ---- bridge.c: the page, hot calls, pinned memory. Functions for JavaScript.

napi_value mr_page(napi_env env, napi_callback_info info);
napi_value mr_dispatch(napi_env env, napi_callback_info info);
napi_value mr_dispatch_data(napi_env env, napi_callback_info info);
napi_value mr_pin_memory(napi_env env, napi_callback_info info);
napi_value mr_unpin_memory(napi_env env, napi_callback_info info);
void mr_bridge_free(napi_env env, mr_env *state);

// ---- wake.c: from a Java thread to JavaScript's

// Makes the way back into `fn(handle)`. Does not keep the event loop alive. NULL: an exception is pending.
mr_waker *mr_wake_create(napi_env env, napi_value fn);
// What Java is given; stands as long as the waker.
mr_host *mr_wake_host(mr_waker *waker);
// After this no wake reaches JavaScript, whoever posts it. Idempotent.
void mr_wake_stop(mr_waker *waker);
// Gives up the environment's share; the last of its two owners frees it.
void mr_wake_free(mr_waker *waker);

// ---- errors.c: how a failure becomes a JavaScript exception

// Throws Error{code, message}; returns NULL so that callers can `return mr_throw(...)`.
napi_value mr_throw(napi_env env, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));
// Turns a failed Node-API call into an exception, unless one is pending.
napi_value mr_throw_status(napi_env env, const char *what);

// For Node-API calls inside functions that return napi_value (or a pointer): on failure throw and return NULL.
#define MR_TRY(env, call)                                                                                              \
  do {                                                                                                                 \
    if ((call) != napi_ok) return mr_throw_status(env, #call);                                                         \
  } while (0)

#endif
