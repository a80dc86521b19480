// errors.c - how a failure in the addon becomes a JavaScript exception with a stable code.

#include <stdarg.h>
#include <stdio.h>

#include "addon.h"

napi_value mr_throw(napi_env env, const char *code, const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  napi_throw_error(env, code, message);
  return NULL;
}

napi_value mr_throw_status(napi_env env, const char *what) {
  const napi_extended_error_info *info = NULL;
  napi_get_last_error_info(env, &info); // before any other call, which would replace it
  const char *reason = info != NULL && info->error_message != NULL ? info->error_message : "unknown Node-API error";
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) return NULL;
  return mr_throw(env, "ERR_INTERNAL", "ERR_INTERNAL %s: %s", what, reason);
}
