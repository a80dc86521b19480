// platform.h - all that differs between operating systems: dynamic libraries, locks, the locale that a JVM boots in.
//
// Linux x64 is what is tested. The macOS and Windows branches follow the systems' documentation and are UNTESTED.
#ifndef MILLRACE_PLATFORM_H
#define MILLRACE_PLATFORM_H

#include <stdbool.h>

#ifdef _WIN32

#include <windows.h>

typedef SRWLOCK mr_lock;
#define MR_LOCK_INIT SRWLOCK_INIT
static inline void mr_lock_take(mr_lock *lock) { AcquireSRWLockExclusive(lock); }
static inline void mr_lock_drop(mr_lock *lock) { ReleaseSRWLockExclusive(lock); }

static inline void *mr_library_open(const char *path) {
  return LoadLibraryExA(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
}
static inline void *mr_library_symbol(void *library, const char *name) { return (void *)GetProcAddress(library, name); }
// The symbol in any library that is loaded already; NULL when libjvm is not there.
static inline void *mr_loaded_symbol(const char *name) {
  HMODULE jvm = GetModuleHandleA("jvm.dll");
  return jvm == NULL ? NULL : (void *)GetProcAddress(jvm, name);
}
static inline const char *mr_library_error(void) { return "LoadLibrary failed"; }
static inline bool mr_locale_make_utf8(char **before) { return (*before = NULL) != NULL; }
static inline void mr_locale_give_back(char *before) { (void)before; }
// Keeps the library that holds `address` loaded for the rest of the process.
static inline void mr_library_keep(const void *address) {
  HMODULE self;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, address, &self);
}

#else

#include <dlfcn.h>
#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

typedef pthread_mutex_t mr_lock;
#define MR_LOCK_INIT PTHREAD_MUTEX_INITIALIZER
static inline void mr_lock_take(mr_lock *lock) { pthread_mutex_lock(lock); }
static inline void mr_lock_drop(mr_lock *lock) { pthread_mutex_unlock(lock); }

// RTLD_GLOBAL, so that a second copy of this addon, or node-java, finds the JVM that is there.
static inline void *mr_library_open(const char *path) { return dlopen(path, RTLD_NOW | RTLD_GLOBAL); }
static inline void *mr_library_symbol(void *library, const char *name) { return dlsym(library, name); }
// The symbol in any library that is loaded already; NULL when libjvm is not there. An addon linked to libjvm was loaded
// RTLD_LOCAL by Node.js, so besides the global scope the library is asked for by its name (on macOS: libjvm.dylib).
static inline void *mr_loaded_symbol(const char *name) {
#ifdef __APPLE__
  void *library = dlopen("libjvm.dylib", RTLD_LAZY | RTLD_NOLOAD);
#else
  void *library = dlopen("libjvm.so", RTLD_LAZY | RTLD_NOLOAD);
#endif
  return library != NULL ? dlsym(library, name) : dlsym(RTLD_DEFAULT, name);
}
static inline const char *mr_library_error(void) {
  const char *text = dlerror();
  return text != NULL ? text : "unknown error";
}
// Keeps the library that holds `address` loaded for the rest of the process.
static inline void mr_library_keep(const void *address) {
  Dl_info info;
  if (dladdr(address, &info) != 0) dlopen(info.dli_fname, RTLD_LAZY | RTLD_NODELETE);
}

static inline bool mr_locale_is_utf8(const char *name) {
  locale_t locale = newlocale(LC_CTYPE_MASK, name, (locale_t)0);
  if (locale == (locale_t)0) return false;
  bool is_utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
  freelocale(locale);
  return is_utf8;
}
// The JVM encodes file names as the locale says that it finds in the environment when it boots, Node.js always as UTF-8. Where that
// is none of UTF-8 (none at all, as in many containers, or one that is not installed), LC_ALL names one: then true, and what it was
// before, NULL = not there, is to be given back.
static inline bool mr_locale_make_utf8(char **before) {
  if (mr_locale_is_utf8("") || !mr_locale_is_utf8("C.UTF-8")) return false;
  const char *value = getenv("LC_ALL");
  *before = value == NULL ? NULL : strdup(value);
  if ((value == NULL || *before != NULL) && setenv("LC_ALL", "C.UTF-8", 1) == 0) return true;
  free(*before);
  return false;
}
static inline void mr_locale_give_back(char *before) {
  if (before == NULL)
    unsetenv("LC_ALL");
  else
    setenv("LC_ALL", before, 1);
  free(before);
}

#endif
#endif
