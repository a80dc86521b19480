// jvm_calls.c - calls into Java: cold ones by JNI with strings, hot ones by the upcall that Java publishes in `boot`.

#include "jvm_calls.h"

#include <stdlib.h>
#include <string.h>

static struct {
  jclass host;
  jmethodID cold;     // String[] cold(long host, String[] request)
  jmethodID dispatch; // int dispatch(int op, long call)
  mr_boot boot;
} java;

// Clears Java's exception and throws its text into JavaScript.
static void rethrow(napi_env env, JNIEnv *jni, const char *code, const char *doing) {
  jthrowable thrown = (*jni)->ExceptionOccurred(jni);
  (*jni)->ExceptionClear(jni);
  jclass objects = thrown == NULL ? NULL : (*jni)->FindClass(jni, "java/lang/Object");
  jmethodID to_string = objects == NULL ? NULL : (*jni)->GetMethodID(jni, objects, "toString", "()Ljava/lang/String;");
  jstring text = to_string == NULL ? NULL : (jstring)(*jni)->CallObjectMethod(jni, thrown, to_string);
  (*jni)->ExceptionClear(jni);
  const char *utf = text == NULL ? NULL : (*jni)->GetStringUTFChars(jni, text, NULL);
  mr_throw(env, code, "%s %s: %s", code, doing, utf == NULL ? "a Java error that cannot be described" : utf);
  if (utf != NULL) (*jni)->ReleaseStringUTFChars(jni, text, utf);
  (*jni)->ExceptionClear(jni);
}

// Finds the class and its methods, each only when what came before was found, and calls its `start`.
static bool find_host(JNIEnv *jni) {
  jclass local = (*jni)->FindClass(jni, "org/millrace/host/Host");
  if (local == NULL) return false;
  if (java.host == NULL) java.host = (*jni)->NewGlobalRef(jni, local);
  if (java.host == NULL) return false;
  java.cold = (*jni)->GetStaticMethodID(jni, java.host, "cold", "(J[Ljava/lang/String;)[Ljava/lang/String;");
  if (java.cold == NULL) return false;
  jmethodID dispatch = (*jni)->GetStaticMethodID(jni, java.host, "dispatch", "(IJ)I");
  if (dispatch == NULL) return false;
  jmethodID start = (*jni)->GetStaticMethodID(jni, java.host, "start", "(J)V");
  if (start == NULL) return false;
  java.boot.abi_version = MR_ABI_VERSION;
  (*jni)->CallStaticVoidMethod(jni, java.host, start, (jlong)(intptr_t)&java.boot);
  if ((*jni)->ExceptionCheck(jni)) return false;
  java.dispatch = dispatch;
  return true;
}

bool mr_jvm_start_host(napi_env env, JNIEnv *jni) {
  if (java.dispatch != NULL) return true;
  bool framed = (*jni)->PushLocalFrame(jni, 16) == JNI_OK;
  bool found = framed && find_host(jni);
  if (!found)
    rethrow(env, jni, "ERR_JAVA_START",
            "millrace.jar is not the JVM's, does not fit this addon, or the JVM is too old");
  if (framed) (*jni)->PopLocalFrame(jni, NULL);
  return found;
}

// A JavaScript string as a Java string; UTF-16 on both sides, so nothing is lost. NULL: an exception is pending in JavaScript.
static jstring to_java(napi_env env, JNIEnv *jni, napi_value value) {
  size_t length;
  if (napi_get_value_string_utf16(env, value, NULL, 0, &length) != napi_ok) {
    mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT a cold call takes an array of strings");
    return NULL;
  }
  char16_t *chars = malloc((length + 1) * sizeof *chars);
  jstring text = NULL;
  if (chars != NULL && napi_get_value_string_utf16(env, value, chars, length + 1, &length) == napi_ok) {
    text = (*jni)->NewString(jni, (const jchar *)chars, (jsize)length);
  }
  free(chars);
  if (text == NULL) {
    (*jni)->ExceptionClear(jni);
    mr_throw(env, "ERR_OUT_OF_MEMORY", "ERR_OUT_OF_MEMORY no room for an argument of %zu characters", length);
  }
  return text;
}

static jobjectArray request_to_java(napi_env env, JNIEnv *jni, napi_value request) {
  uint32_t count;
  if (napi_get_array_length(env, request, &count) != napi_ok) {
    return (jobjectArray)mr_throw(env, "ERR_ARGUMENT", "ERR_ARGUMENT a cold call takes an array of strings");
  }
  jclass strings = (*jni)->FindClass(jni, "java/lang/String");
  jobjectArray array = strings == NULL ? NULL : (*jni)->NewObjectArray(jni, (jsize)count, strings, NULL);
  if (array == NULL) {
    rethrow(env, jni, "ERR_OUT_OF_MEMORY", "no room for a cold call");
    return NULL;
  }
  for (uint32_t i = 0; i < count; i++) {
    napi_value value;
    if (napi_get_element(env, request, i, &value) != napi_ok) {
      return (jobjectArray)mr_throw_status(env, "napi_get_element");
    }
    jstring text = to_java(env, jni, value);
    if (text == NULL) return NULL;
    (*jni)->SetObjectArrayElement(jni, array, (jsize)i, text);
    (*jni)->DeleteLocalRef(jni, text);
  }
  return array;
}

static napi_value reply_to_js(napi_env env, JNIEnv *jni, jobjectArray reply) {
  if (reply == NULL) return mr_throw(env, "ERR_INTERNAL", "ERR_INTERNAL a cold call without a reply");
  jsize count = (*jni)->GetArrayLength(jni, reply);
  napi_value array;
  MR_TRY(env, napi_create_array_with_length(env, (size_t)count, &array));
  for (jsize i = 0; i < count; i++) {
    jstring text = (jstring)(*jni)->GetObjectArrayElement(jni, reply, i);
    const jchar *chars = text == NULL ? NULL : (*jni)->GetStringChars(jni, text, NULL);
    if (chars == NULL) {
      (*jni)->ExceptionClear(jni);
      return mr_throw(env, "ERR_OUT_OF_MEMORY", "ERR_OUT_OF_MEMORY no room for a cold call's reply");
    }
    napi_value value;
    napi_status made =
        napi_create_string_utf16(env, (const char16_t *)chars, (size_t)(*jni)->GetStringLength(jni, text), &value);
    (*jni)->ReleaseStringChars(jni, text, chars);
    (*jni)->DeleteLocalRef(jni, text);
    MR_TRY(env, made);
    MR_TRY(env, napi_set_element(env, array, (uint32_t)i, value));
  }
  return array;
}

napi_value mr_jvm_cold(napi_env env, JNIEnv *jni, const mr_host *host, napi_value request) {
  if ((*jni)->PushLocalFrame(jni, 16) != JNI_OK) {
    rethrow(env, jni, "ERR_OUT_OF_MEMORY", "no room for a cold call");
    return NULL;
  }
  napi_value result = NULL;
  jobjectArray arguments = request_to_java(env, jni, request);
  if (arguments != NULL) {
    jobjectArray reply =
        (jobjectArray)(*jni)->CallStaticObjectMethod(jni, java.host, java.cold, (jlong)(intptr_t)host, arguments);
    if ((*jni)->ExceptionCheck(jni))
      rethrow(env, jni, "ERR_INTERNAL", "Java failed outside its own guard");
    else
      result = reply_to_js(env, jni, reply);
  }
  (*jni)->PopLocalFrame(jni, NULL);
  return result;
}

void mr_jvm_release(JNIEnv *jni, const mr_host *host) {
  if (java.dispatch == NULL) return;
  bool framed = (*jni)->PushLocalFrame(jni, 8) == JNI_OK;
  jclass strings = framed ? (*jni)->FindClass(jni, "java/lang/String") : NULL;
  jstring name = strings == NULL ? NULL : (*jni)->NewStringUTF(jni, "release");
  jobjectArray request = name == NULL ? NULL : (*jni)->NewObjectArray(jni, 1, strings, name);
  if (request != NULL) {
    (*jni)->CallStaticObjectMethod(jni, java.host, java.cold, (jlong)(intptr_t)host, request);
  }
  (*jni)->ExceptionClear(jni);
  if (framed) (*jni)->PopLocalFrame(jni, NULL);
}

bool mr_jvm_is_hot(void) { return __atomic_load_n(&java.boot.dispatch, __ATOMIC_ACQUIRE) != NULL; }

int32_t mr_jvm_dispatch(JNIEnv *jni, int32_t op, mr_call *call) {
  mr_dispatch_fn hot = __atomic_load_n(&java.boot.dispatch, __ATOMIC_ACQUIRE);
  if (hot != NULL) return hot(op, (int64_t)(intptr_t)call);
  jint status = (*jni)->CallStaticIntMethod(jni, java.host, java.dispatch, (jint)op, (jlong)(intptr_t)call);
  if (!(*jni)->ExceptionCheck(jni)) return status;
  (*jni)->ExceptionClear(jni);
  return MR_ERR_INTERNAL;
}
