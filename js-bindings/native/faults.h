// faults.h - only in the sanitized build: every call of Node-API and of the allocator that the addon makes can be made to fail.
//
// failAt(n) of the addon, in module.c, arms it: the nth such call from then on fails, once. 0 disarms. Answers how many calls there were
// since it was armed last, so that a test can go through all of them. Counts calls of every thread; the test is alone.
#ifndef MILLRACE_FAULTS_H
#define MILLRACE_FAULTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

__attribute__((weak, visibility("hidden"))) int32_t mr_fault_at;
__attribute__((weak, visibility("hidden"))) int32_t mr_fault_calls;

static inline bool mr_fault_hits(void) {
  int32_t call = __atomic_add_fetch(&mr_fault_calls, 1, __ATOMIC_RELAXED);
  return call == __atomic_load_n(&mr_fault_at, __ATOMIC_RELAXED);
}

// napi_invalid_arg, left behind as Node.js leaves it: for napi_get_last_error_info.
#define MR_FAULT(env, call) (mr_fault_hits() ? napi_get_value_bool(env, NULL, NULL) : (call))

#define malloc(size) (mr_fault_hits() ? NULL : malloc(size))
#define calloc(count, size) (mr_fault_hits() ? NULL : calloc(count, size))
#define realloc(block, size) (mr_fault_hits() ? NULL : realloc(block, size))

#define napi_add_env_cleanup_hook(env, ...) MR_FAULT(env, napi_add_env_cleanup_hook(env, __VA_ARGS__))
#define napi_create_array_with_length(env, ...) MR_FAULT(env, napi_create_array_with_length(env, __VA_ARGS__))
#define napi_create_arraybuffer(env, ...) MR_FAULT(env, napi_create_arraybuffer(env, __VA_ARGS__))
#define napi_create_double(env, ...) MR_FAULT(env, napi_create_double(env, __VA_ARGS__))
#define napi_create_function(env, ...) MR_FAULT(env, napi_create_function(env, __VA_ARGS__))
#define napi_create_int32(env, ...) MR_FAULT(env, napi_create_int32(env, __VA_ARGS__))
#define napi_create_reference(env, ...) MR_FAULT(env, napi_create_reference(env, __VA_ARGS__))
#define napi_create_string_utf16(env, ...) MR_FAULT(env, napi_create_string_utf16(env, __VA_ARGS__))
#define napi_create_string_utf8(env, ...) MR_FAULT(env, napi_create_string_utf8(env, __VA_ARGS__))
#define napi_create_threadsafe_function(env, ...) MR_FAULT(env, napi_create_threadsafe_function(env, __VA_ARGS__))
#define napi_get_array_length(env, ...) MR_FAULT(env, napi_get_array_length(env, __VA_ARGS__))
#define napi_get_arraybuffer_info(env, ...) MR_FAULT(env, napi_get_arraybuffer_info(env, __VA_ARGS__))
#define napi_get_boolean(env, ...) MR_FAULT(env, napi_get_boolean(env, __VA_ARGS__))
#define napi_get_cb_info(env, ...) MR_FAULT(env, napi_get_cb_info(env, __VA_ARGS__))
#define napi_get_element(env, ...) MR_FAULT(env, napi_get_element(env, __VA_ARGS__))
#define napi_get_reference_value(env, ...) MR_FAULT(env, napi_get_reference_value(env, __VA_ARGS__))
#define napi_get_typedarray_info(env, ...) MR_FAULT(env, napi_get_typedarray_info(env, __VA_ARGS__))
#define napi_get_value_double(env, ...) MR_FAULT(env, napi_get_value_double(env, __VA_ARGS__))
#define napi_get_value_int32(env, ...) MR_FAULT(env, napi_get_value_int32(env, __VA_ARGS__))
#define napi_get_value_string_utf16(env, ...) MR_FAULT(env, napi_get_value_string_utf16(env, __VA_ARGS__))
#define napi_get_value_string_utf8(env, ...) MR_FAULT(env, napi_get_value_string_utf8(env, __VA_ARGS__))
#define napi_set_element(env, ...) MR_FAULT(env, napi_set_element(env, __VA_ARGS__))
#define napi_typeof(env, ...) MR_FAULT(env, napi_typeof(env, __VA_ARGS__))
#define napi_unref_threadsafe_function(env, ...) MR_FAULT(env, napi_unref_threadsafe_function(env, __VA_ARGS__))

#endif
