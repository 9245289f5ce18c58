import Glibc

/// A group of this router's users.
struct UserGroup: Sendable, Equatable {
  var id: UInt32
  var name: String

  /// The group of that name; nil where there is none.
  init?(named name: String) {
    var entry = unsafe group()
    var found: UnsafeMutablePointer<group>?
    var buffer = [CChar](repeating: 0, count: 65_536)
    let status = unsafe getgrnam_r(name, &entry, &buffer, buffer.count, &found)
    guard status == 0, unsafe found != nil else { return nil }
    self.init(id: unsafe entry.gr_gid, name: name)
  }

  /// The group the daemon runs in.
  static func own() -> UserGroup {
    let id = getegid()
    var entry = unsafe group()
    var found: UnsafeMutablePointer<group>?
    var buffer = [CChar](repeating: 0, count: 65_536)
    let status = unsafe getgrgid_r(id, &entry, &buffer, buffer.count, &found)
    guard status == 0, unsafe found != nil, let name = unsafe entry.gr_name else {
      return UserGroup(id: id, name: "\(id)")
    }
    return UserGroup(id: id, name: unsafe String(cString: name))
  }

  init(id: UInt32, name: String) {
    (self.id, self.name) = (id, name)
  }
}

extension SocketRights {
  /// Who may do what on the Unix socket, by the configuration and this router's groups.
  ///
  /// - Throws: `ConfigurationError` where a configured group does not exist.
  init(_ configuration: Configuration) throws(ConfigurationError) {
    let server = configuration.server
    userId = geteuid()
    if let name = server.socketGroup {
      group = try Self.group(name, of: "server.socketGroup", in: configuration)
    } else {
      group = UserGroup(named: "vipad") ?? .own()
    }
    readers =
      switch server.readers {
      case nil: .actors
      case ServerOptions.everyone?: .everyone
      case let name?: .group(try Self.group(name, of: "server.readers", in: configuration))
      }
  }

  private static func group(
    _ name: String, of key: String, in configuration: Configuration
  ) throws(ConfigurationError) -> UserGroup {
    if let group = UserGroup(named: name) { return group }
    throw ConfigurationError(
      file: configuration.file, key: key,
      reason: "there is no group \(name); make it with groupadd --system \(name), or name another")
  }
}
