#pragma once
// Linux calls that Swift's Glibc module leaves out or that are variadic.
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// pidfd_open(2), which glibc has a function for only since 2.36: syscall(2) is variadic.
static inline int vipad_pidfd_open(pid_t processId) {
  return (int)syscall(SYS_pidfd_open, processId, 0);
}

// prctl(2) is variadic: PR_SET_DUMPABLE 0, so that no core of this process is written and none may look into it.
static inline int vipad_refuse_dumps(void) {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// Reserves room on the disk and leaves the file's size as it is. syscall(2), because fallocate(3) is declared for
// _GNU_SOURCE only.
static inline int vipad_reserve(int descriptor, off_t offset, off_t length) {
  return (int)syscall(SYS_fallocate, descriptor, FALLOC_FL_KEEP_SIZE, offset, length);
}
