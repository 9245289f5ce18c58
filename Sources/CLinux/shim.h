#pragma once
// Linux calls that Swift's Glibc module leaves out or that are variadic.
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// pidfd_open(2), which glibc has a function for only since 2.36: syscall(2) is variadic.
static inline int vipad_pidfd_open(pid_t processId) {
  return (int)syscall(SYS_pidfd_open, processId, 0);
}
