internal import CLinux
internal import Glibc
internal import Synchronization

/// Tells of every change of links and IPv4 addresses in the network namespace of the thread that makes it.
///
/// A thread of its own sleeps in poll(2) on a socket subscribed to RTNLGRP_LINK and RTNLGRP_IPV4_IFADDR; it
/// wakes only when the kernel says something. What changed is not told: the owner lists the interfaces anew
/// (`kernelInterfaces()`) and rules on that, so a lost message (an overrun of the buffer, ENOBUFS) does no
/// harm.
public final class KernelWatcher: Sendable {
  private let socket: NetlinkSocket
  private let end: EndOfThread
  private let onChange: @Sendable () -> Void
  private let lost = Atomic<Int>(0)

  /// Subscribes, so that every later change is told, and starts the thread.
  ///
  /// `onChange` is called in that thread, once for all messages that have come by then, and must not block nor call
  /// `stop()`. The watcher lives until it is stopped.
  ///
  /// - Throws: what the system refused.
  public init(onChange: @escaping @Sendable () -> Void) throws(NetlinkError) {
    socket = try NetlinkSocket(groups: UInt32(RTMGRP_LINK | RTMGRP_IPV4_IFADDR))
    socket.growReceiveBuffer(toBytes: 1 << 20)
    end = try EndOfThread()
    self.onChange = onChange
    try end.start { self.run() }
  }

  /// How many times messages were lost because more came than the buffer holds.
  public var overruns: Int { lost.load(ordering: .relaxed) }

  /// Ends the thread and waits for it; afterwards nothing is told any more.
  public func stop() {
    end.demand()
  }

  private func run() {
    while end.waits(for: socket.descriptor) {
      if drain() { onChange() }
    }
  }

  /// Takes all that has come.
  ///
  /// - Returns: whether there was anything, or something was lost.
  private func drain() -> Bool {
    var hasNews = false
    var buffer: UInt64 = 0
    while true {
      let count = unsafe recv(socket.descriptor, &buffer, 8, Int32(MSG_DONTWAIT))
      if count < 0 {
        guard errno == ENOBUFS else { return hasNews }
        lost.add(1, ordering: .relaxed)
      }
      hasNews = true
    }
  }
}
