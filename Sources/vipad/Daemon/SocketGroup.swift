import Glibc

/// The group whose members may POST over the Unix socket.
enum SocketGroup {
  /// The configured group's id; by default `vipad`'s where there is such a group, else the daemon's own.
  ///
  /// - Throws: `ConfigurationError` where the configured group does not exist.
  static func id(for configuration: Configuration) throws(ConfigurationError) -> UInt32 {
    guard let name = configuration.server.socketGroup else { return id(named: "vipad") ?? getegid() }
    guard let id = id(named: name) else {
      throw ConfigurationError(
        file: configuration.file, key: "server.socketGroup",
        reason: "there is no group \(name); make it with groupadd --system \(name), or name another")
    }
    return id
  }

  private static func id(named name: String) -> UInt32? {
    var entry = unsafe group()
    var found: UnsafeMutablePointer<group>?
    var buffer = [CChar](repeating: 0, count: 65_536)
    let status = unsafe getgrnam_r(name, &entry, &buffer, buffer.count, &found)
    guard status == 0, unsafe found != nil else { return nil }
    return unsafe entry.gr_gid
  }
}
