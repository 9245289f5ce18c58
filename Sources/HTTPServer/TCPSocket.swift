// The C library's socket types come with whichever C module is built first.
import CMicroHTTPD
import Glibc

/// A TCP socket that listens on a numeric address, and its port.
func listenTCP(
  address: String, port: UInt16, backlog: Int32, bindsAhead: Bool = false
) throws(HTTPServerError) -> (descriptor: Int32, port: UInt16) {
  let endpoint = address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
  var storage = sockaddr_storage()
  guard let size = fill(&storage, address: address, port: port) else {
    throw .cannotListen(
      on: endpoint, reason: "not a numeric address", remedy: "give an IPv4 or IPv6 address such as 127.0.0.1")
  }
  let descriptor = makeSocket(family: Int32(storage.ss_family))
  if bindsAhead { allowForeignAddress(descriptor) }
  guard descriptor >= 0, bindAndListen(descriptor, &storage, size, backlog) else {
    let code = errno
    if descriptor >= 0 { close(descriptor) }
    throw .cannotListen(on: endpoint, reason: reason(code), remedy: remedy(code))
  }
  return (descriptor, boundPort(descriptor))
}

/// Writes a socket address; its size, or nil if the text is no numeric address.
private func fill(_ storage: inout sockaddr_storage, address: String, port: UInt16) -> socklen_t? {
  unsafe withUnsafeMutablePointer(to: &storage) { storage in
    let raw = UnsafeMutableRawPointer(storage)
    let ipv4 = unsafe raw.assumingMemoryBound(to: sockaddr_in.self)
    if unsafe inet_pton(AF_INET, address, &ipv4.pointee.sin_addr) == 1 {
      unsafe ipv4.pointee.sin_family = sa_family_t(AF_INET)
      unsafe ipv4.pointee.sin_port = port.bigEndian
      return socklen_t(MemoryLayout<sockaddr_in>.size)
    }
    let ipv6 = unsafe raw.assumingMemoryBound(to: sockaddr_in6.self)
    guard unsafe inet_pton(AF_INET6, address, &ipv6.pointee.sin6_addr) == 1 else { return nil }
    unsafe ipv6.pointee.sin6_family = sa_family_t(AF_INET6)
    unsafe ipv6.pointee.sin6_port = port.bigEndian
    return socklen_t(MemoryLayout<sockaddr_in6>.size)
  }
}

/// Lets the socket bind an address that this host does not have, or not yet; IPv6 sockets heed it too (ip(7)).
private func allowForeignAddress(_ descriptor: Int32) {
  var on: Int32 = 1
  unsafe setsockopt(
    descriptor, Int32(IPPROTO_IP), IP_FREEBIND, &on, socklen_t(MemoryLayout<Int32>.size))
}

private func bindAndListen(
  _ descriptor: Int32, _ storage: inout sockaddr_storage, _ size: socklen_t, _ backlog: Int32
) -> Bool {
  var on: Int32 = 1
  let onSize = socklen_t(MemoryLayout<Int32>.size)
  // A restart must not wait for the connections of the process before.
  unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, onSize)
  if Int32(storage.ss_family) == AF_INET6 {
    unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, onSize)
  }
  // Accepted sockets inherit it. Loopback's segments are so large that the kernel would hold 2.6 MB of answers
  // for each client that does not read.
  var sendBufferBytes: Int32 = 65_536
  unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &sendBufferBytes, onSize)
  let bound = unsafe withUnsafePointer(to: &storage) { storage in
    unsafe bind(descriptor, UnsafeRawPointer(storage).assumingMemoryBound(to: sockaddr.self), size)
  }
  return bound == 0 && listen(descriptor, backlog) == 0
}

/// The port that the socket got.
private func boundPort(_ descriptor: Int32) -> UInt16 {
  var storage = sockaddr_storage()
  var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
  return unsafe withUnsafeMutablePointer(to: &storage) { storage in
    let raw = UnsafeMutableRawPointer(storage)
    unsafe getsockname(descriptor, raw.assumingMemoryBound(to: sockaddr.self), &size)
    // The port stands at the same place in both families.
    return unsafe UInt16(bigEndian: raw.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_port)
  }
}

private func remedy(_ code: Int32) -> String {
  switch code {
  case EADDRINUSE: "another process listens there: stop it (ss -ltnp shows it), or choose another port"
  case EADDRNOTAVAIL: "give an address that this host has"
  case EACCES: "run as root, or choose a port above 1023"
  default: "see the reason"
  }
}

/// The system's words for an error number.
func reason(_ code: Int32) -> String {
  unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
}
