// The sanitizers' options, linked into what is built with one: the tests give daemons an environment of their own.
// REPORTS is the file that reports go to, with the process id behind it.

const char *__tsan_default_options(void) { return "log_path=" REPORTS ":exitcode=0"; }
const char *__asan_default_options(void) { return "log_path=" REPORTS ":detect_stack_use_after_return=0"; }

const char *__lsan_default_options(void) { return "print_suppressions=0:exitcode=0"; }
const char *__lsan_default_suppressions(void) { return LEAKS; }
