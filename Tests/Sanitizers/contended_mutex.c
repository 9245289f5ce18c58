// Tells ThreadSanitizer what it can't see: how Swift's Mutex is locked and unlocked when threads contend for it.
//
// On Linux Synchronization.Mutex is a futex. Its uncontended path is compiled into vipad and seen; the contended
// one (FUTEX_LOCK_PI) is in libswiftSynchronization.so, which is not instrumented. Without this, threads that meet
// at a Mutex are reported as races: unlocked.swift beside this file shows it with --locked. Nothing is
// suppressed: a thread that leaves the Mutex out is still found (unlocked.swift).
//
// Linked into what is built with ThreadSanitizer; the real functions are called.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

#define HANDLE "$s15Synchronization12_MutexHandleV"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// Synchronization._MutexHandle._lockSlow(UInt32)
SWIFT void lock_slow(uint32_t thread, SELF) __asm__(HANDLE "9_lockSlowyys6UInt32VF");
SWIFT void lock_slow(uint32_t thread, SELF) {
  SWIFT void (*real)(uint32_t, SELF) = (SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, HANDLE "9_lockSlowyys6UInt32VF");
  real(thread, self);
  __tsan_acquire(self);
}

// Synchronization._MutexHandle._tryLockSlow() -> Bool
SWIFT bool try_lock_slow(SELF) __asm__(HANDLE "12_tryLockSlowSbyF");
SWIFT bool try_lock_slow(SELF) {
  SWIFT bool (*real)(SELF) = (SWIFT bool (*)(SELF))dlsym(RTLD_NEXT, HANDLE "12_tryLockSlowSbyF");
  bool locked = real(self);
  if (locked) __tsan_acquire(self);
  return locked;
}

// Synchronization._MutexHandle._unlockSlow()
SWIFT void unlock_slow(SELF) __asm__(HANDLE "11_unlockSlowyyF");
SWIFT void unlock_slow(SELF) {
  SWIFT void (*real)(SELF) = (SWIFT void (*)(SELF))dlsym(RTLD_NEXT, HANDLE "11_unlockSlowyyF");
  __tsan_release(self);
  real(self);
}
