#pragma once
// Linux calls that Swift's Glibc module leaves out or that are variadic.
#include <fcntl.h>
#include <link.h>
#include <linux/falloc.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <unistd.h>

// The beginning of struct dl_phdr_info, which <link.h> has for _GNU_SOURCE only, as it has the function.
struct vipad_object {
  ElfW(Addr) dlpi_addr;
  const char *dlpi_name;
  const ElfW(Phdr) *dlpi_phdr;
  ElfW(Half) dlpi_phnum;
};
struct dl_phdr_info;
int dl_iterate_phdr(int (*)(struct dl_phdr_info *, size_t, void *), void *);

// Calls back for each segment of the program and its libraries that is mapped from a file and never written to.
static inline int vipad_visit_object(struct dl_phdr_info *info, size_t size, void *visit) {
  (void)size;
  const struct vipad_object *object = (const struct vipad_object *)info;
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
    uintptr_t start = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
    uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_filesz;
    ((void (*)(void *, size_t))visit)((void *)start, end - start);
  }
  return 0;
}
static inline void vipad_each_read_only_segment(void (*visit)(void *, size_t)) {
  dl_iterate_phdr(vipad_visit_object, (void *)visit);
}

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
