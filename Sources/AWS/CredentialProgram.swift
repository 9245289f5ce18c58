internal import Glibc
internal import SystemPackage

// Runs a program without a shell and takes what it prints; its error output is thrown away.
struct CredentialProgram {
  let words: [String]
  let environment: [String: String]
  let timeoutSeconds: Double
  private let maximumBytes = 65536

  init(words: [String], environment: [String: String], timeoutSeconds: Double) {
    self.words = words
    self.environment = environment
    self.timeoutSeconds = timeoutSeconds
  }

  // Blocks until the program has ended; one that takes too long or prints too much is killed with all it
  // started.
  func output() throws(CredentialProcessFailure) -> [UInt8] {
    let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
    let (processId, pipe) = try start()
    let output: [UInt8]
    let status: Int32
    do throws(CredentialProcessFailure) {
      output = try collect(pipe, until: deadline)
      status = try exitStatus(processId, until: deadline)
    } catch {
      _ = kill(-processId, SIGKILL)
      _ = try? endedStatus(processId, options: 0)
      throw error
    }
    guard status == 0 else { throw CredentialProcessFailure(explained(status)) }
    return output
  }

  private func start() throws(CredentialProcessFailure) -> (pid_t, FileDescriptor) {
    do {
      // Another child that is started meanwhile must not hold the pipe open.
      let pipe = try FileDescriptor.pipe(options: .closeOnExec)
      defer { try? pipe.writeEnd.close() }
      do {
        return (try spawn(words, environment: environment, standardOutput: pipe.writeEnd), pipe.readEnd)
      } catch {
        try? pipe.readEnd.close()
        throw error
      }
    } catch {
      throw CredentialProcessFailure("\(words[0]) can't be run: \(error)")
    }
  }

  private func collect(
    _ pipe: FileDescriptor, until deadline: ContinuousClock.Instant
  ) throws(CredentialProcessFailure) -> [UInt8] {
    defer { try? pipe.close() }
    var output: [UInt8] = []
    while let chunk = try chunk(of: pipe, until: deadline) {
      output += chunk
      guard output.count <= maximumBytes else {
        throw CredentialProcessFailure("it printed over \(maximumBytes) bytes")
      }
    }
    return output
  }

  // Nil at the end of the output.
  private func chunk(
    of pipe: FileDescriptor, until deadline: ContinuousClock.Instant
  ) throws(CredentialProcessFailure) -> ArraySlice<UInt8>? {
    try waitForOutput(pipe, until: deadline)
    var buffer = [UInt8](repeating: 0, count: 4096)
    do {
      let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe pipe.read(into: $0) }
      return count == 0 ? nil : buffer[..<count]
    } catch {
      throw CredentialProcessFailure("its output can't be read: \(error)")
    }
  }

  private func waitForOutput(
    _ pipe: FileDescriptor, until deadline: ContinuousClock.Instant
  ) throws(CredentialProcessFailure) {
    var wanted = pollfd(fd: pipe.rawValue, events: Int16(POLLIN), revents: 0)
    while case let ready = unsafe poll(&wanted, 1, milliseconds(until: deadline)), ready <= 0 {
      guard ready == -1, errno == EINTR else { throw tooLate }
    }
  }

  // A program that has closed its output ends soon, or never.
  private func exitStatus(
    _ processId: pid_t, until deadline: ContinuousClock.Instant
  ) throws(CredentialProcessFailure) -> Int32 {
    while ContinuousClock.now < deadline {
      if let status = try endedStatus(processId, options: WNOHANG) { return status }
      _ = poll(nil, 0, 5)
    }
    throw tooLate
  }

  // Nil while the program runs.
  private func endedStatus(
    _ processId: pid_t, options: Int32
  ) throws(CredentialProcessFailure) -> Int32? {
    var status: Int32 = 0
    let ended = unsafe waitpid(processId, &status, options)
    guard ended != -1 else { throw CredentialProcessFailure("its end can't be waited for: errno \(errno)") }
    return ended == 0 ? nil : status
  }

  private var tooLate: CredentialProcessFailure {
    CredentialProcessFailure("it has not ended within \(timeoutSeconds) s")
  }
}

// wait(2): the low seven bits are the signal, the next byte the exit status.
private func explained(_ status: Int32) -> String {
  let signal = status & 0x7f
  return signal == 0 ? "it exited with status \(status >> 8 & 0xff)" : "it was ended by signal \(signal)"
}

private func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
  Int32(max(0, (deadline - .now) / .milliseconds(1)).rounded(.up))
}
