internal import CLinux
internal import Glibc
internal import SystemPackage

/// A socket to the kernel's rtnetlink(7) in the network namespace of the thread that makes it.
final class NetlinkSocket: Sendable {
  let descriptor: Int32

  /// What a dump asks for.
  enum Dump {
    case links, addresses
  }

  /// Opens it, subscribed to the groups of the mask (RTMGRP_ of rtnetlink(7)).
  init(groups: UInt32 = 0) throws(NetlinkError) {
    descriptor = socket(
      AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE)
    guard descriptor >= 0 else { throw .last("socket(AF_NETLINK)") }
    var address = sockaddr_nl()
    address.nl_family = sa_family_t(AF_NETLINK)
    address.nl_groups = groups
    let status = unsafe withUnsafePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_nl>.size))
      }
    }
    guard status == 0 else { throw .last("bind(AF_NETLINK)") }
  }

  deinit {
    close(descriptor)
  }

  /// Asks for a receive buffer of so many bytes, beyond the system's limit if the process may (CAP_NET_ADMIN).
  func growReceiveBuffer(toBytes count: Int32) {
    for option in [SO_RCVBUF, SO_RCVBUFFORCE] {
      var count = count
      unsafe setsockopt(descriptor, SOL_SOCKET, option, &count, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  /// All links or all IPv4 addresses, asked for again while they change under the dump.
  func dump(_ what: Dump) throws(NetlinkError) -> [NetlinkMessage] {
    var messages: [NetlinkMessage] = []
    // A dump of few addresses is one datagram and can't be interrupted. Under an endless stream of
    // changes the last one counts: the next change makes the watcher's owner look again.
    for sequence in UInt32(1)...50 {
      try send(what.request(sequence: sequence))
      let answer = try receiveDump(sequence: sequence)
      messages = answer.messages
      if !answer.wasInterrupted { break }
    }
    return messages
  }

  private func send(_ request: [UInt8]) throws(NetlinkError) {
    guard unsafe Glibc.send(descriptor, request, request.count, 0) == request.count else {
      throw .last("send(AF_NETLINK)")
    }
  }

  private func receiveDump(
    sequence: UInt32
  ) throws(NetlinkError) -> (messages: [NetlinkMessage], wasInterrupted: Bool) {
    var messages: [NetlinkMessage] = []
    var wasInterrupted = false
    while true {
      for message in NetlinkMessage.all(in: try receive()) where message.sequence == sequence {
        wasInterrupted = wasInterrupted || message.flags & UInt16(NLM_F_DUMP_INTR) != 0
        switch Int32(message.type) {
        case NLMSG_DONE, NLMSG_ERROR:
          if let code = message.payload.number(at: 0, as: Int32.self), code < 0 {
            throw NetlinkError(operation: "rtnetlink dump", reason: Errno(rawValue: -code).description)
          }
          return (messages, wasInterrupted)
        default: messages.append(message)
        }
      }
    }
  }

  /// One datagram from the kernel; those of other senders are passed over.
  private func receive() throws(NetlinkError) -> ArraySlice<UInt8> {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      var sender = sockaddr_nl()
      let count = receive(into: &buffer, from: &sender)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .last("recvfrom(AF_NETLINK)") }
      guard count <= buffer.count else {
        throw NetlinkError(operation: "recvfrom(AF_NETLINK)", reason: "a datagram of \(count) bytes")
      }
      if sender.nl_pid == 0 { return buffer[..<count] }
    }
  }

  private func receive(into buffer: inout [UInt8], from sender: inout sockaddr_nl) -> Int {
    var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
    return unsafe withUnsafeMutablePointer(to: &sender) { sender in
      unsafe sender.withMemoryRebound(to: sockaddr.self, capacity: 1) { sender in
        unsafe recvfrom(descriptor, &buffer, buffer.count, Int32(MSG_TRUNC), sender, &length)
      }
    }
  }
}

extension NetlinkSocket.Dump {
  /// `struct nlmsghdr`, then `struct ifinfomsg` or `struct ifaddrmsg` (rtnetlink(7)).
  func request(sequence: UInt32) -> [UInt8] {
    let body = body
    var request: [UInt8] = []
    request.append(number: UInt32(16 + body.count))
    request.append(number: self == .links ? UInt16(RTM_GETLINK) : UInt16(RTM_GETADDR))
    request.append(number: UInt16(NLM_F_REQUEST | NLM_F_DUMP))
    request.append(number: sequence)
    request.append(number: UInt32(0))
    return request + body
  }

  private var body: [UInt8] {
    guard self == .links else {
      return [UInt8(AF_INET)] + [UInt8](repeating: 0, count: MemoryLayout<ifaddrmsg>.size - 1)
    }
    var body = [UInt8](repeating: 0, count: MemoryLayout<ifinfomsg>.size)
    // The counters of each link are most of an answer.
    body.append(number: UInt16(8))
    body.append(number: UInt16(IFLA_EXT_MASK))
    body.append(number: UInt32(RTEXT_FILTER_SKIP_STATS))
    return body
  }
}

extension NetlinkError {
  /// The calling thread's last error.
  static func last(_ operation: String) -> NetlinkError {
    NetlinkError(operation: operation, reason: Errno(rawValue: errno).description)
  }
}
