internal import CCurl
internal import Glibc

/// The sockets of one transport: opens and closes them for libcurl, and watches those nobody is using.
///
/// libcurl asks for the open and close, so that a descriptor's number never stands for another socket.
/// Used on the transport's thread only.
final class CurlSockets {
  private enum Use: Equatable {
    // By the transfer that opened it or sent on it last.
    case busy(ObjectIdentifier)
    case idle
    case broken
  }

  private var uses: [Int32: Use] = [:]

  /// Makes a socket for libcurl; -1 when the system has none to give.
  func open(_ address: curl_sockaddr, by transfer: CurlTransfer) -> Int32 {
    let descriptor = vipad_socket(
      address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
    if descriptor >= 0, [AF_INET, AF_INET6].contains(address.family) {
      uses[descriptor] = .busy(ObjectIdentifier(transfer))
    }
    return descriptor
  }

  /// Closes a socket for libcurl, with a reset unless its last exchange was complete.
  ///
  /// What the kernel has not delivered yet is thrown away and can't arrive later. socket(7), SO_LINGER.
  func close(_ descriptor: Int32) -> Int32 {
    if case .busy = uses.removeValue(forKey: descriptor) {
      setOption(descriptor, SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
    }
    return Glibc.close(descriptor)
  }

  /// Notes that a request is about to go out by the connection with this local port.
  func use(localPort: Int32, by transfer: CurlTransfer, deadAfterMilliseconds: Int) {
    for descriptor in uses.keys where port(of: descriptor) == localPort {
      uses[descriptor] = .busy(ObjectIdentifier(transfer))
      setOption(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, UInt32(deadAfterMilliseconds))
    }
  }

  /// Notes that a transfer is done with its connection.
  ///
  /// libcurl may have given it to another transfer already, before it told of the first one's end.
  func release(_ descriptor: Int32, by transfer: CurlTransfer) {
    if uses[descriptor] == .busy(ObjectIdentifier(transfer)) { uses[descriptor] = .idle }
  }

  /// The connections to be woken for when something happens on them.
  var idle: [Int32] { uses.compactMap { $0.value == .idle ? $0.key : nil } }

  /// Ends idle connections on which anything came in; true if there was one.
  ///
  /// An idle connection has nothing to say but its end, a TLS alert before it, or bytes of an answer
  /// nobody asked for. libcurl takes a socket with unread bytes for alive, so they are read away.
  func dropEnded() -> Bool {
    let ended = idle.filter { !isQuiet($0) }
    for descriptor in ended { end(descriptor) }
    return !ended.isEmpty
  }

  /// Ends all idle connections: when one of them broke, the others probably lead the same way.
  func dropIdle() {
    for descriptor in idle { end(descriptor) }
  }

  private func isQuiet(_ descriptor: Int32) -> Bool {
    var byte: UInt8 = 0
    let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
    return count < 0 && (errno == EAGAIN || errno == EINTR)
  }

  private func end(_ descriptor: Int32) {
    uses[descriptor] = .broken
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
    var bytes = [UInt8](repeating: 0, count: 4096)
    while unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
  }

  private func port(of descriptor: Int32) -> Int32? {
    var address = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &length)
      }
    }
    // The port stands at the same place in sockaddr_in and sockaddr_in6, in network order.
    return code == 0 ? Int32(UInt16(bigEndian: address.sin6_port)) : nil
  }

  // A socket that refuses an option is no reason to refuse the claim: the time-outs still hold.
  private func setOption<Value: BitwiseCopyable>(
    _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Value
  ) {
    var value = value
    _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Value>.size))
  }
}
