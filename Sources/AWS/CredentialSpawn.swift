internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

// Starts a program found in PATH: in a process group of its own, with no other descriptor of ours, no blocked
// signal, and nothing to read. posix_spawn(3).
func spawn(
  _ words: [String], environment: [String: String], standardOutput: FileDescriptor
) throws(Errno) -> pid_t {
  let settings = SpawnSettings(standardOutput: standardOutput)
  let arguments = CStrings(words)
  let variables = CStrings(environment.map { "\($0.key)=\($0.value)" })
  var processId: pid_t = 0
  let error = unsafe posix_spawnp(
    &processId, words[0], &settings.actions, &settings.attributes, arguments.pointers, variables.pointers)
  guard error == 0 else { throw Errno(rawValue: error) }
  return processId
}

@safe
private final class SpawnSettings {
  var actions = unsafe posix_spawn_file_actions_t()
  var attributes = posix_spawnattr_t()

  init(standardOutput: FileDescriptor) {
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, standardOutput.rawValue, STDOUT_FILENO)
    unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    for descriptor in openDescriptors() where descriptor > STDERR_FILENO {
      unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    unsafe posix_spawnattr_init(&attributes)
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
  }

  deinit {
    unsafe posix_spawn_file_actions_destroy(&actions)
    unsafe posix_spawnattr_destroy(&attributes)
  }
}

// A library may open descriptors without close-on-exec. One that is closed meanwhile does no harm.
private func openDescriptors() -> [Int32] {
  ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap { Int32($0) }
}

// A C array of C strings that ends with a null pointer, as exec(3) wants it.
@safe
private final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) {
    unsafe pointers = strings.map { unsafe strdup($0) } + [nil]
  }

  deinit {
    for index in unsafe pointers.indices { unsafe free(pointers[index]) }
  }
}
