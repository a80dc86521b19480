// wake.c - the way from a Java thread to JavaScript: "something changed behind this handle".
//
// Wakes gather in a short list of handles; one threadsafe-function call is under way for the whole list at most, so a busy Java
// thread costs JavaScript one callback per turn of the event loop. The list is bounded by the number of open handles.
//
// Life. Two owners hold a waker: its environment and its threadsafe function. Node.js may take the threadsafe function away at
// any moment (worker.terminate()), so every use of it is under the lock, and it is set to NULL before it is gone.

#include <stdlib.h>
#include <string.h>

#include "addon.h"
#include "platform.h"

struct mr_waker {
  mr_host host; // context is the waker itself
  mr_lock lock; // guards all below
  napi_threadsafe_function call;
  int owners;
  bool called;      // a call is under way, which takes the whole list
  int64_t *handles; // to wake, each once
  size_t count;
  size_t capacity;
};

static bool is_queued(const mr_waker *waker, int64_t handle) {
  for (size_t i = 0; i < waker->count; i++) {
    if (waker->handles[i] == handle) return true;
  }
  return false;
}

static bool grow(mr_waker *waker) {
  if (waker->count < waker->capacity) return true;
  size_t capacity = waker->capacity == 0 ? 16 : waker->capacity * 2;
  int64_t *handles = realloc(waker->handles, capacity * sizeof *handles);
  if (handles == NULL) return false;
  waker->handles = handles;
  waker->capacity = capacity;
  return true;
}

// mr_wake_fn; on any Java thread.
static int64_t post(int64_t host, int64_t handle, int64_t unused2, int64_t unused3, int64_t unused4, int64_t unused5) {
  (void)unused2, (void)unused3, (void)unused4, (void)unused5;
  mr_waker *waker = (mr_waker *)(intptr_t)host;
  mr_lock_take(&waker->lock);
  if (waker->call != NULL && !is_queued(waker, handle) && grow(waker)) {
    waker->handles[waker->count++] = handle;
    if (!waker->called) { // if it fails, the next wake tries again
      napi_status status = napi_call_threadsafe_function(waker->call, NULL, napi_tsfn_nonblocking);
      waker->called = status == napi_ok;
      if (status == napi_closing) waker->call = NULL; // that answer took away our right to use it
    }
  }
  int64_t gone = waker->call == NULL;
  mr_lock_drop(&waker->lock);
  return gone;
}

static void disown(mr_waker *waker) {
  mr_lock_take(&waker->lock);
  int left = --waker->owners;
  mr_lock_drop(&waker->lock);
  if (left > 0) return;
  free(waker->handles);
  free(waker);
}

// On the environment's thread, inside Node.js's callback scope. `fn` throws: that is an uncaught exception of the program's.
static void deliver(napi_env env, napi_value fn, void *context, void *data) {
  (void)data;
  if (env == NULL || fn == NULL) return;
  mr_waker *waker = context;
  mr_lock_take(&waker->lock);
  int64_t *handles = waker->handles;
  size_t count = waker->count;
  waker->handles = NULL;
  waker->count = waker->capacity = 0;
  waker->called = false;
  mr_lock_drop(&waker->lock);
  for (size_t i = 0; i < count; i++) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env, &scope) != napi_ok) break;
    napi_value receiver, handle, error;
    if (napi_get_undefined(env, &receiver) == napi_ok && napi_create_int64(env, handles[i], &handle) == napi_ok &&
        napi_call_function(env, receiver, fn, 1, &handle, NULL) == napi_pending_exception &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      napi_fatal_exception(env, error);
    }
    napi_close_handle_scope(env, scope);
  }
  free(handles);
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  mr_waker *waker = data;
  mr_wake_stop(waker);
  disown(waker);
}

mr_waker *mr_wake_create(napi_env env, napi_value fn) {
  mr_waker *waker = calloc(1, sizeof *waker);
  if (waker == NULL) return (mr_waker *)mr_throw(env, "ERR_OUT_OF_MEMORY", "ERR_OUT_OF_MEMORY no room for a waker");
  *waker = (mr_waker){.lock = MR_LOCK_INIT, .owners = 2};
  waker->host.context = (int64_t)(intptr_t)waker;
  waker->host.wake = post;
  napi_value name;
  if (napi_create_string_utf8(env, "millrace wake", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env, fn, NULL, name, 0, 1, waker, finalize, waker, deliver, &waker->call) !=
          napi_ok) {
    free(waker);
    return (mr_waker *)mr_throw_status(env, "napi_create_threadsafe_function");
  }
  if (napi_unref_threadsafe_function(env, waker->call) == napi_ok) return waker;
  mr_throw_status(env, "napi_unref_threadsafe_function");
  napi_threadsafe_function call = waker->call;
  mr_wake_stop(waker);
  mr_wake_free(waker);
  napi_release_threadsafe_function(call, napi_tsfn_abort); // its finalizer is the other owner
  return NULL;
}

mr_host *mr_wake_host(mr_waker *waker) { return &waker->host; }

void mr_wake_stop(mr_waker *waker) {
  mr_lock_take(&waker->lock);
  waker->call = NULL;
  mr_lock_drop(&waker->lock);
}

void mr_wake_free(mr_waker *waker) { disown(waker); }
