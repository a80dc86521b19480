// jvm_calls.h - between jvm.c, which has the JVM, and jvm_calls.c, which calls into it.
#ifndef MILLRACE_JVM_CALLS_H
#define MILLRACE_JVM_CALLS_H

#include "addon.h"

// Under jvm.c's lock: finds org.millrace.host.Host and starts Java's side, once per process. Throws into JavaScript.
bool mr_jvm_start_host(napi_env env, JNIEnv *jni);

#endif
