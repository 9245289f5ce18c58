// The C library's socket types come with whichever C module is built first.
import CMicroHTTPD
import Glibc

/// Who is at the other end of an accepted connection; `client` is nil on a Unix socket.
func readPeer(descriptor: Int32, client: UnsafePointer<sockaddr>?) -> Peer {
  guard let client = unsafe client, unsafe client.pointee.sa_family != sa_family_t(AF_UNIX) else {
    return readCredentials(descriptor)
  }
  return unsafe .tcp(address: numericAddress(of: client))
}

/// What SO_PEERCRED says; nobody (no process, the highest ids) if it says nothing.
private func readCredentials(_ descriptor: Int32) -> Peer {
  // struct ucred, which Glibc's module leaves out.
  var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, .max, .max)
  var size = socklen_t(MemoryLayout.size(ofValue: credentials))
  guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
    return .unix(processId: 0, userId: .max, groupId: .max)
  }
  return .unix(
    processId: credentials.pid, userId: credentials.uid, groupId: credentials.gid,
    otherGroupIds: readOtherGroups(descriptor))
}

/// What SO_PEERGROUPS says; no group if it says nothing.
private func readOtherGroups(_ descriptor: Int32) -> [UInt32] {
  let width = MemoryLayout<UInt32>.size
  var groups = [UInt32](repeating: 0, count: 32)
  while true {
    var size = socklen_t(groups.count * width)
    if unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, &groups, &size) == 0 {
      return Array(groups.prefix(Int(size) / width))
    }
    // Too many for the room given: the kernel has said how much they need.
    guard errno == ERANGE, Int(size) / width > groups.count else { return [] }
    groups = [UInt32](repeating: 0, count: Int(size) / width)
  }
}

/// An address without its port: `127.0.0.1`, `::1`.
private func numericAddress(of client: UnsafePointer<sockaddr>) -> String {
  let isIPv6 = unsafe client.pointee.sa_family == sa_family_t(AF_INET6)
  let size = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
  return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { host in
    let status = unsafe getnameinfo(
      client, socklen_t(size), host.baseAddress, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
    guard status == 0, let text = host.baseAddress else { return "unknown" }
    return unsafe String(cString: text)
  }
}

/// Ends a TCP connection with a reset now; the descriptor stays open.
///
/// Source: connect(2), AF_UNSPEC dissolves the association.
func resetConnection(_ descriptor: Int32) {
  var nowhere = sockaddr()
  nowhere.sa_family = sa_family_t(AF_UNSPEC)
  unsafe connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
}
