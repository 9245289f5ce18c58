import HTTPServer
import Synchronization

/// Which group a request means: by its name or by the name of one of its VRRP instances.
final class GroupNames: Sendable {
  private let current: Mutex<Configuration>

  init(_ configuration: Configuration) {
    current = Mutex(configuration)
  }

  /// Takes the groups of a configuration that was read anew.
  func follow(_ configuration: Configuration) {
    current.withLock { $0 = configuration }
  }

  private var configuration: Configuration { current.withLock { $0 } }

  /// The group of that name; without a name the only one there is.
  ///
  /// - Throws: 404 for an unknown name, 400 where a name is needed.
  func group(named name: String?) throws(Problem) -> String {
    guard let name else { return try onlyGroup() }
    guard let group = configuration.group(named: name) else {
      throw Problem(
        status: 404, detail: "no group has this name", remedy: "known: \(names)",
        members: [Problem.Member("field", .string("group"))])
    }
    return group.name
  }

  private func onlyGroup() throws(Problem) -> String {
    guard configuration.groups.count == 1, let only = configuration.groups.first else {
      throw .field("group", "must say which group is meant: \(names)")
    }
    return only.name
  }

  private var names: String { configuration.groups.map(\.name).joined(separator: ", ") }
}
