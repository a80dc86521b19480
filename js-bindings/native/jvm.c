// jvm.c - the one Java virtual machine of the process: boot or attach, cold calls by JNI, the entry for hot calls.
//
// The only static state of the addon is here: a process can have one JVM, it is never unloaded, and JNI's classes and method
// numbers are the same in every thread.

#include "jvm_calls.h"

#include <stdlib.h>
#include <string.h>

#include "platform.h"

typedef jint(JNICALL *create_vm_fn)(JavaVM **vm, void **jni, void *arguments);
typedef jint(JNICALL *created_vms_fn)(JavaVM **vms, jsize size, jsize *count);

static struct {
  mr_lock lock; // taken to boot
  JavaVM *vm;
  bool kept; // this library stays loaded, and has its say at exit
} jvm = {.lock = MR_LOCK_INIT};

// How often this thread was attached by us; the count is there because one thread may hold several environments.
static _Thread_local int attached;
// Booting attached this thread, which attach_thread has not counted yet.
static _Thread_local bool booted_here;

static void release_all_at_exit(void) {
  JNIEnv *jni;
  if ((*jvm.vm)->GetEnv(jvm.vm, (void **)&jni, JNI_VERSION_10) != JNI_OK) return;
  mr_jvm_release(jni, NULL);
}

static jint boot(create_vm_fn create, char *const *options, int count, JNIEnv **jni) {
  JavaVMOption *list = calloc((size_t)count + 1, sizeof *list);
  if (list == NULL) return JNI_ENOMEM;
  for (int i = 0; i < count; i++)
    list[i].optionString = options[i];
  JavaVMInitArgs arguments = {.version = JNI_VERSION_10, .nOptions = count, .options = list};
  char *locale;
  bool is_other = mr_locale_make_utf8(&locale);
  jint result = create(&jvm.vm, (void **)jni, &arguments);
  if (is_other) mr_locale_give_back(locale);
  free(list);
  return result;
}

// Under the lock: finds or makes the JVM.
static bool find_or_boot(napi_env env, const char *libjvm, char *const *options, int count) {
  created_vms_fn created = (created_vms_fn)mr_loaded_symbol("JNI_GetCreatedJavaVMs");
  jsize found = 0;
  if (created != NULL && created(&jvm.vm, 1, &found) == JNI_OK && found > 0) return true;
  void *library = mr_library_open(libjvm);
  create_vm_fn create = library == NULL ? NULL : (create_vm_fn)mr_library_symbol(library, "JNI_CreateJavaVM");
  if (create == NULL) {
    mr_throw(env, "ERR_JAVA_START", "cannot load %s: %s", libjvm, mr_library_error());
    return false;
  }
  JNIEnv *jni;
  jint result = boot(create, options, count, &jni);
  if (result != JNI_OK) {
    jvm.vm = NULL;
    mr_throw(env, "ERR_JAVA_START", "JNI_CreateJavaVM of %s answered %d; the JVM's own words are on stderr", libjvm,
             result);
    return false;
  }
  booted_here = true;
  return true;
}

static bool attach_thread(napi_env env, JNIEnv **jni) {
  if ((*jvm.vm)->GetEnv(jvm.vm, (void **)jni, JNI_VERSION_10) == JNI_OK) {
    if (attached > 0 || booted_here) attached++;
    booted_here = false;
    return true;
  }
  JavaVMAttachArgs arguments = {.version = JNI_VERSION_10, .name = "node"};
  jint result = (*jvm.vm)->AttachCurrentThreadAsDaemon(jvm.vm, (void **)jni, &arguments);
  if (result == JNI_OK)
    attached = 1;
  else
    mr_throw(env, "ERR_JAVA_START", "this thread cannot be attached to the JVM: JNI error %d", result);
  return result == JNI_OK;
}

bool mr_jvm_attach(napi_env env, const char *libjvm, char *const *options, int count, JNIEnv **jni) {
  mr_lock_take(&jvm.lock);
  bool fresh = jvm.vm == NULL;
  bool ready = (!fresh || find_or_boot(env, libjvm, options, count)) && attach_thread(env, jni);
  if (ready && !mr_jvm_start_host(env, *jni)) {
    mr_jvm_detach();
    ready = false;
  }
  if (ready && !jvm.kept) {
    jvm.kept = true;
    // A worker that ends unloads its addons; the JVM and Java's threads hold our addresses for the life of the process.
    mr_library_keep(&jvm);
    // After libjvm was loaded, so that this runs before libjvm's own destructors.
    atexit(release_all_at_exit);
  }
  mr_lock_drop(&jvm.lock);
  return ready;
}

void mr_jvm_detach(void) {
  if (attached > 0 && --attached == 0) (*jvm.vm)->DetachCurrentThread(jvm.vm);
}
