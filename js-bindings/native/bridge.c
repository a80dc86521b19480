// bridge.c - the call page, hot calls, and memory of JavaScript's that Java may use: addresses go in, a status comes out.
//
// All shared memory is JavaScript's own. The page lies in one ArrayBuffer per environment, referenced until the environment
// ends. Data and index of a call are typed arrays whose addresses stand in the page for the length of the call only; memory that
// is used again and again is pinned instead: referenced, and addressed once.

#include <stdlib.h>
#include <string.h>

#include "addon.h"

struct mr_pin {
  mr_pin *next;
  napi_ref reference;
  void *address;
};

static mr_env *state_of(napi_env env) {
  mr_env *state = NULL;
  napi_get_instance_data(env, (void **)&state);
  if (state != NULL && state->started) return state;
  mr_throw(env, "ERR_JAVA_START", "ERR_JAVA_START start() must come before any call");
  return NULL;
}

napi_value mr_page(napi_env env, napi_callback_info info) {
  (void)info;
  mr_env *state = state_of(env);
  if (state == NULL) return NULL;
  napi_value buffer;
  if (state->page_ref == NULL) {
    void *memory;
    MR_TRY(env, napi_create_arraybuffer(env, sizeof(mr_call), &memory, &buffer));
    MR_TRY(env, napi_create_reference(env, buffer, 1, &state->page_ref));
    state->page = memory; // now that it stays
  }
  MR_TRY(env, napi_get_reference_value(env, state->page_ref, &buffer));
  return buffer;
}

// The state, with its page, and the operation: what both forms of dispatch begin with.
static mr_env *begin(napi_env env, napi_callback_info info, size_t wanted, napi_value *arguments, int32_t *op) {
  size_t count = wanted;
  mr_env *state = state_of(env);
  if (state == NULL) return NULL;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count == 0 || state->page == NULL ||
      napi_get_value_int32(env, arguments[0], op) != napi_ok) {
    mr_throw(env, "ERR_ARGUMENT",
             "ERR_ARGUMENT dispatch wants an operation (and typed arrays), and page() called before");
    return NULL;
  }
  return state;
}

static napi_value finish(napi_env env, int32_t status) {
  napi_value result;
  MR_TRY(env, napi_create_int32(env, status, &result));
  return result;
}

napi_value mr_dispatch(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t op;
  mr_env *state = begin(env, info, 1, arguments, &op);
  return state == NULL ? NULL : finish(env, mr_jvm_dispatch(state->jni, op, state->page));
}

// 0 for a kind that came after this list: nothing is known of its length then.
static size_t element_bytes(napi_typedarray_type type) {
  switch (type) {
  case napi_int8_array:
  case napi_uint8_array:
  case napi_uint8_clamped_array:
    return 1;
  case napi_int16_array:
  case napi_uint16_array:
    return 2;
  case napi_int32_array:
  case napi_uint32_array:
  case napi_float32_array:
    return 4;
  case napi_float64_array:
  case napi_bigint64_array:
  case napi_biguint64_array:
    return 8;
  default:
    return 0;
  }
}

// Address and length in bytes of a typed array; null and undefined are no memory.
static bool memory_of(napi_env env, napi_value value, double *address, double *bytes) {
  napi_typedarray_type type = (napi_typedarray_type)-1; // Node.js leaves it so for a kind that it has no name for
  size_t length;
  void *data;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) == napi_ok) {
    *address = (double)(uintptr_t)data;
    *bytes = (double)(length * element_bytes(type));
    return element_bytes(type) > 0;
  }
  napi_valuetype kind;
  *address = *bytes = 0;
  return napi_typeof(env, value, &kind) == napi_ok && (kind == napi_undefined || kind == napi_null);
}

// Puts addresses and lengths of data, index and seqs into the page; answers what is wrong with them, or NULL.
static const char *lend(napi_env env, const napi_value *memory, mr_call *page) {
  double seqs_length;
  if (!memory_of(env, memory[0], &page->data, &page->data_length) ||
      !memory_of(env, memory[1], &page->index, &page->index_length) ||
      !memory_of(env, memory[2], &page->seqs, &seqs_length)) {
    return "data, index and seqs are typed arrays, or null";
  }
  // A double for each of the 4-byte ends.
  bool fits = page->seqs == 0 || seqs_length >= page->index_length * 2;
  return fits ? NULL : "seqs has room for fewer records than index";
}

napi_value mr_dispatch_data(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int32_t op;
  mr_env *state = begin(env, info, 4, arguments, &op);
  if (state == NULL) return NULL;
  mr_call *page = state->page;
  const char *refused = lend(env, arguments + 1, page);
  int32_t status = refused == NULL ? mr_jvm_dispatch(state->jni, op, page) : MR_ERR_ARGUMENT;
  page->data = page->index = page->seqs = 0; // whatever comes of it: JavaScript may move or free them now
  return refused == NULL ? finish(env, status) : mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT %s", refused);
}

napi_value mr_pin_memory(napi_env env, napi_callback_info info) {
  mr_env *state = state_of(env);
  napi_value buffer, address;
  size_t count = 1, length;
  if (state == NULL) return NULL;
  MR_TRY(env, napi_get_cb_info(env, info, &count, &buffer, NULL, NULL));
  mr_pin *pin = calloc(1, sizeof *pin);
  if (pin == NULL) return mr_throw(env, "ERR_OUT_OF_MEMORY", "ERR_OUT_OF_MEMORY no room for a pin");
  if (napi_get_arraybuffer_info(env, buffer, &pin->address, &length) != napi_ok || length == 0 ||
      napi_create_reference(env, buffer, 1, &pin->reference) != napi_ok) {
    free(pin);
    return mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT pin wants an ArrayBuffer that is not empty");
  }
  pin->next = state->pins; // before anything can fail: what is listed is given back at the end
  state->pins = pin;
  MR_TRY(env, napi_create_double(env, (double)(uintptr_t)pin->address, &address));
  return address;
}

napi_value mr_unpin_memory(napi_env env, napi_callback_info info) {
  mr_env *state = state_of(env);
  napi_value value;
  size_t count = 1;
  double address;
  if (state == NULL) return NULL;
  MR_TRY(env, napi_get_cb_info(env, info, &count, &value, NULL, NULL));
  if (napi_get_value_double(env, value, &address) != napi_ok) {
    return mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT unpin wants the address that pin gave");
  }
  for (mr_pin **at = &state->pins; *at != NULL; at = &(*at)->next) {
    mr_pin *pin = *at;
    if ((double)(uintptr_t)pin->address != address) continue;
    *at = pin->next;
    napi_delete_reference(env, pin->reference);
    free(pin);
    return NULL;
  }
  return mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT nothing is pinned there");
}

void mr_bridge_free(napi_env env, mr_env *state) {
  while (state->pins != NULL) {
    mr_pin *pin = state->pins;
    state->pins = pin->next;
    napi_delete_reference(env, pin->reference);
    free(pin);
  }
  if (state->page_ref != NULL) napi_delete_reference(env, state->page_ref);
  state->page_ref = NULL;
  state->page = NULL;
}
