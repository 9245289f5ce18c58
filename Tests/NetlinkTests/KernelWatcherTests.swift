import Dispatch
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Netlink

@Suite(.enabled(if: NetworkNamespace.obstacle == nil, "needs root and ip"))
struct KernelWatcherTests {
  @Test func tellsOfAnAddressAddedAndRemoved() async throws {
    try await NetworkNamespace.run {
      let changes = Changes()
      let watcher = try changes.watcher()
      defer { watcher.stop() }
      try ip("addr add 10.9.0.1/32 dev lo")
      try changes.wait { try loopback().addresses.contains { $0.address == "10.9.0.1" } }
      try ip("addr del 10.9.0.1/32 dev lo")
      try changes.wait { try !loopback().addresses.contains { $0.address == "10.9.0.1" } }
    }
  }

  @Test func tellsOfALinkThatGoesDownAndOfOneWithoutCarrier() async throws {
    try await NetworkNamespace.run {
      try ip("link add vip0 type veth peer name vip1")
      try ip("link set vip0 up")
      try ip("link set vip1 up")
      let changes = Changes()
      let watcher = try changes.watcher()
      defer { watcher.stop() }
      try ip("link set vip1 down")
      try changes.wait { try kernelInterfaces().contains { $0.name == "vip0" && !$0.isRunning } }
      try ip("link set vip0 down")
      try changes.wait { try kernelInterfaces().contains { $0.name == "vip0" && !$0.isUp } }
      try ip("link del vip0")
      try changes.wait { try !kernelInterfaces().contains { $0.name == "vip0" } }
    }
  }

  /// The owner is stuck while more changes come than the socket's buffer holds.
  @Test func anOverrunEndsInTheRightList() async throws {
    try await NetworkNamespace.run {
      let isStuck = DispatchSemaphore(value: 0)
      let goesOn = DispatchSemaphore(value: 0)
      let calls = Mutex(0)
      let last = DispatchSemaphore(value: 0)
      let watcher = try KernelWatcher {
        let call = calls.withLock { calls in
          calls += 1
          return calls
        }
        if call == 1 {
          isStuck.signal()
          goesOn.wait()
        } else {
          last.signal()
        }
      }
      defer { watcher.stop() }
      try ip("addr add 10.9.0.1/32 dev lo")
      isStuck.wait()
      try lines(of: Self.burst)
      goesOn.signal()
      #expect(last.wait(timeout: .now() + 5) == .success)
      #expect(watcher.overruns > 0)
      #expect(try loopback().addresses.map(\.address).sorted() == ["10.9.0.1", "10.9.9.9", "127.0.0.1"])
      // It goes on telling.
      let before = calls.withLock { $0 }
      try ip("addr del 10.9.9.9/32 dev lo")
      #expect(last.wait(timeout: .now() + 5) == .success)
      #expect(calls.withLock { $0 } > before)
    }
  }

  /// 12,000 changes that leave one address more.
  private static let burst = """
    for i in $(seq 1 6000); do echo "addr add 10.8.0.1/32 dev lo"; echo "addr del 10.8.0.1/32 dev lo"; done \
    | { cat; echo "addr add 10.9.9.9/32 dev lo"; } | ip -batch -
    """

  @Test func sleepsWhileNothingHappensAndHearsNothingOfOtherNamespaces() async throws {
    try await NetworkNamespace.run {
      let thread = Mutex("")
      let told = DispatchSemaphore(value: 0)
      let watcher = try KernelWatcher {
        thread.withLock { $0 = threadDirectory() }
        told.signal()
      }
      defer { watcher.stop() }
      try ip("addr add 10.9.0.1/32 dev lo")
      #expect(told.wait(timeout: .now() + 5) == .success)
      let directory = thread.withLock { $0 }
      usleep(50_000)
      let before = try lines(of: "grep ctxt \(directory)/status")
      try lines(of: "unshare -n ip link set lo up; sleep 0.5")
      #expect(try lines(of: "grep ctxt \(directory)/status") == before)
    }
  }

  @Test func isSilentAfterStop() async throws {
    try await NetworkNamespace.run {
      let changes = Changes()
      let watcher = try changes.watcher()
      watcher.stop()
      watcher.stop()
      try ip("addr add 10.9.0.1/32 dev lo")
      #expect(changes.told.wait(timeout: .now() + 0.2) == .timedOut)
    }
  }

  @Test func tellsWithinMilliseconds() async throws {
    try await NetworkNamespace.run {
      let changes = Changes()
      let watcher = try changes.watcher()
      defer { watcher.stop() }
      let socket = try NetlinkSocket()
      var milliseconds: [Double] = []
      for round in 0..<300 {
        let begin = uptimeSeconds()
        try socket.changeLoopback(adding: round % 2 == 0)
        #expect(changes.told.wait(timeout: .now() + 5) == .success)
        milliseconds.append((uptimeSeconds() - begin) * 1000)
        while changes.told.wait(timeout: .now()) == .success {}
      }
      milliseconds.sort()
      print("address to onChange: median \(milliseconds[150]) ms, p99 \(milliseconds[297]) ms")
      #expect(milliseconds[150] < 5)
    }
  }
}

/// Waits for what a watcher tells.
final class Changes: Sendable {
  let told = DispatchSemaphore(value: 0)

  func watcher() throws -> KernelWatcher {
    let told = told
    return try KernelWatcher { told.signal() }
  }

  /// Waits for changes until one of them makes the condition true.
  func wait(until condition: () throws -> Bool) throws {
    repeat {
      try #require(told.wait(timeout: .now() + 5) == .success)
    } while try !condition()
  }
}

/// `/proc/PID/task/TID` of the calling thread.
private func threadDirectory() -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  let count = unsafe readlink("/proc/thread-self", &buffer, buffer.count)
  return "/proc/" + String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}

extension NetlinkSocket {
  /// Adds 10.9.0.1/32 to lo or removes it, without a process in between.
  func changeLoopback(adding: Bool) throws {
    var request: [UInt8] = []
    request.append(number: UInt32(16 + 8 + 8))
    request.append(number: UInt16(adding ? 20 : 21))
    request.append(number: UInt16(adding ? 0x601 : 1))
    request.append(number: UInt32(1))
    request.append(number: UInt32(0))
    request += [2, 32, 0, 0]
    request.append(number: UInt32(1))
    request.append(number: UInt16(8))
    request.append(number: UInt16(2))
    request += [10, 9, 0, 1]
    try #require(unsafe send(descriptor, request, request.count, 0) == request.count)
  }
}
