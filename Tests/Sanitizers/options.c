// The sanitizers' options, linked into what is built with one: the tests give daemons an environment of their own.
// REPORTS is the file that reports go to, with the process id behind it; SYMBOLIZER gives the frames their names, which
// suppressions go by.
#define OPTIONS "log_path=" REPORTS ":external_symbolizer_path=" SYMBOLIZER

const char *__tsan_default_options(void) { return OPTIONS ":exitcode=0"; }
// Array(unsafeUninitializedCapacity: 0) writes a count of 0 into the empty array that all share, where it is 0 already.
const char *__tsan_default_suppressions(void) { return "race:_swiftEmptyArrayStorage\n"; }

const char *__asan_default_options(void) { return OPTIONS ":detect_stack_use_after_return=0"; }

// TOMLKit 0.6.0 does not free the document it has parsed, nor the texts it hands out: some kilobytes each time the
// configuration is read, at the start and at each reload. Foundation, which only tests use, does not free the buffer
// that it has read an empty file into.
const char *__lsan_default_suppressions(void) { return "leak:TOMLKit/Sources\nleak:readBytesFromFile\n"; }
const char *__lsan_default_options(void) { return "print_suppressions=0:exitcode=0"; }
