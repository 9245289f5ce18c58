import HTTPServer

/// Who may do what on the Unix socket: root, the daemon's user and the socket's group act, `readers` look.
struct SocketRights: Sendable {
  /// Who may look, beside those who may act.
  enum Readers: Sendable, Equatable {
    case actors
    case everyone
    case group(UserGroup)
  }

  /// The daemon's user.
  var userId: UInt32
  /// The group that may act.
  var group: UserGroup
  var readers = Readers.actors

  /// The mode of the socket's file: it can name one group only, so that further readers come in by "others".
  var permissions: UInt32 { readers == .actors ? 0o660 : 0o666 }

  /// Refuses who may not act: 403 with what would help.
  func checkActor(_ peer: Peer) throws(Problem) {
    guard !mayAct(peer) else { return }
    throw Problem(
      status: 403,
      detail: "\(peer.words) may not change anything here: neither root, nor vipad's user (\(userId)), "
        + "nor in group \(group.name) (\(group.id))",
      remedy: group.id == 0
        ? "run it as root, or name a group in [server] socketGroup"
        : "run it as root, or usermod -aG \(group.name) USER and log in anew")
  }

  /// Refuses who may not even look: 403 with what would help.
  func checkReader(_ peer: Peer) throws(Problem) {
    guard !mayAct(peer) else { return }
    switch readers {
    case .everyone: return
    case .group(let group) where peer.isMember(of: group.id): return
    case .group(let group):
      throw refusal(of: peer, "usermod -aG \(group.name) USER and log in anew")
    case .actors:
      throw refusal(of: peer, "set readers = \"\(ServerOptions.everyone)\" or a group's name in [server]")
    }
  }

  private func refusal(of peer: Peer, _ remedy: String) -> Problem {
    Problem(
      status: 403, detail: "\(peer.words) may not read here: [server] readers does not let it",
      remedy: "run it as root, or \(remedy)")
  }

  private func mayAct(_ peer: Peer) -> Bool {
    guard case .unix(_, let user, _, _) = peer else { return false }
    return user == 0 || user == userId || peer.isMember(of: group.id)
  }
}

extension Peer {
  /// Whether it is a process in that group, be it by its supplementary groups.
  fileprivate func isMember(of id: UInt32) -> Bool {
    guard case .unix(_, _, let group, let others) = self else { return false }
    return group == id || others.contains(id)
  }

  fileprivate var words: String {
    switch self {
    case .unix(_, let user, _, _): "user \(user)"
    case .tcp(let address): address
    }
  }
}
