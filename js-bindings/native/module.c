// module.c - what JavaScript sees of the addon, and the life of an environment: start, use, cleanup.
//
// An environment that ends, by whatever road (a clean exit, worker.terminate(), process.exit in a worker), passes through
// `cleanup`: Java closes what the environment left open, draining first, and the thread leaves the JVM. On the main thread
// process.exit() skips that hook; there jvm.c's atexit function does the same for everything that is still open.

#include <stdlib.h>
#include <string.h>

#include "addon.h"

static mr_env *state_of(napi_env env) {
  mr_env *state = NULL;
  napi_get_instance_data(env, (void **)&state);
  return state;
}

static void cleanup(void *data) {
  mr_env *state = data;
  if (!state->started) return;
  state->started = false;
  mr_wake_stop(state->waker);
  mr_jvm_release(state->jni, mr_wake_host(state->waker));
  mr_jvm_detach();
  mr_wake_free(state->waker);
}

static void free_state(napi_env env, void *data, void *hint) {
  (void)hint;
  mr_bridge_free(env, data);
  free(data);
}

static void free_strings(char **strings, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    free(strings[i]);
  free(strings);
}

static char *string_of(napi_env env, napi_value value) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) return NULL;
  char *text = malloc(length + 1);
  if (text == NULL || napi_get_value_string_utf8(env, value, text, length + 1, &length) == napi_ok) return text;
  free(text);
  return NULL;
}

enum { OPTIONS_MAX = 1 << 16 };

// A JavaScript array of strings as C strings; NULL: an exception is pending.
static char **strings_of(napi_env env, napi_value array, uint32_t *count) {
  if (napi_get_array_length(env, array, count) != napi_ok || *count > OPTIONS_MAX) {
    return (char **)mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT start: options are an array of at most %d strings",
                             OPTIONS_MAX);
  }
  char **strings = calloc(*count + 1, sizeof *strings);
  if (strings == NULL) return (char **)mr_throw(env, "ERR_OUT_OF_MEMORY", "ERR_OUT_OF_MEMORY no room for options");
  for (uint32_t i = 0; i < *count; i++) {
    napi_value element;
    if (napi_get_element(env, array, i, &element) == napi_ok) strings[i] = string_of(env, element);
    if (strings[i] == NULL) {
      free_strings(strings, i);
      return (char **)mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT start: option %u is not a string", i);
    }
  }
  return strings;
}

// On failure an exception is pending, and the environment is as before.
static void start_with(napi_env env, mr_env *state, const char *libjvm, napi_value options, napi_value wake) {
  uint32_t count;
  char **list = strings_of(env, options, &count);
  if (list == NULL) return;
  bool attached = mr_jvm_attach(env, libjvm, list, (int)count, &state->jni);
  free_strings(list, count);
  if (!attached) return;
  state->waker = mr_wake_create(env, wake);
  // The hook comes after the threadsafe function, whose own hook then runs later than ours: Java lets go of it first.
  state->started = state->waker != NULL && napi_add_env_cleanup_hook(env, cleanup, state) == napi_ok;
  if (state->started) return;
  mr_throw_status(env, "napi_add_env_cleanup_hook"); // unless mr_wake_create has said what is wrong
  mr_jvm_detach();
  if (state->waker == NULL) return;
  mr_wake_stop(state->waker);
  mr_wake_free(state->waker); // its other owner lets go of it at the end of the environment
}

// start(libjvm, options, wake(handle)): once; the options are for the JVM that it boots when there is none.
static napi_value start(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3;
  napi_valuetype kind;
  mr_env *state = state_of(env);
  MR_TRY(env, napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  if (count < 3 || napi_typeof(env, arguments[2], &kind) != napi_ok || kind != napi_function) {
    return mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT start(libjvm, options, wake): wake is a function");
  }
  if (state->started) return mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT start: this thread has been started");
  char *libjvm = string_of(env, arguments[0]);
  if (libjvm == NULL) return mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT start: libjvm is a path");
  start_with(env, state, libjvm, arguments[1], arguments[2]);
  free(libjvm);
  return NULL;
}

// cold(strings) -> strings
static napi_value cold(napi_env env, napi_callback_info info) {
  napi_value request;
  size_t count = 1;
  mr_env *state = state_of(env);
  MR_TRY(env, napi_get_cb_info(env, info, &count, &request, NULL, NULL));
  if (!state->started) return mr_throw(env, "ERR_JAVA_START", "ERR_JAVA_START start() must come before any call");
  return mr_jvm_cold(env, state->jni, mr_wake_host(state->waker), request);
}

// isHot() -> true once hot calls go by the upcall rather than by JNI.
static napi_value is_hot(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  MR_TRY(env, napi_get_boolean(env, mr_jvm_is_hot(), &result));
  return result;
}

#ifdef MILLRACE_SANITIZE
// plant(leak): a mistake of our own, so that the sanitizer run can show that it would be seen. Only in the sanitized build.
static napi_value plant(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  bool leak = false;
  MR_TRY(env, napi_get_cb_info(env, info, &count, &argument, NULL, NULL));
  MR_TRY(env, napi_get_value_bool(env, argument, &leak));
  volatile char *volatile block = NULL;
  for (int i = 0; i < 100; i++) { // many, because an address may linger on a stack
    block = malloc(8);
    if (!leak) {
      block[8] = 1;
      free((void *)block);
    }
  }
  return NULL;
}

// failAt(n): faults.h.
static napi_value fail_at(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  size_t count = 1;
  int32_t at, calls = __atomic_load_n(&mr_fault_calls, __ATOMIC_RELAXED);
  MR_TRY(env, (napi_get_cb_info)(env, info, &count, &argument, NULL, NULL));
  MR_TRY(env, (napi_get_value_int32)(env, argument, &at));
  MR_TRY(env, (napi_create_int32)(env, calls, &result));
  __atomic_store_n(&mr_fault_at, at, __ATOMIC_RELAXED);
  __atomic_store_n(&mr_fault_calls, 0, __ATOMIC_RELAXED);
  return result;
}
#endif

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback function;
  } functions[] = {
      {"start", start},          {"cold", cold},
      {"isHot", is_hot},         {"page", mr_page},
      {"dispatch", mr_dispatch}, {"dispatchData", mr_dispatch_data},
      {"pin", mr_pin_memory},    {"unpin", mr_unpin_memory},
#ifdef MILLRACE_SANITIZE
      {"plant", plant},          {"failAt", fail_at},
#endif
  };
  mr_env *state = calloc(1, sizeof *state);
  if (state == NULL) return mr_throw(env, "ERR_OUT_OF_MEMORY", "ERR_OUT_OF_MEMORY no room for the addon's state");
  if (napi_set_instance_data(env, state, free_state, NULL) != napi_ok) {
    free(state);
    return mr_throw_status(env, "napi_set_instance_data");
  }
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    MR_TRY(env, napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function));
    MR_TRY(env, napi_set_named_property(env, exports, functions[i].name, function));
  }
  return exports;
}
