import FoundationEssentials

/// All access keys that EC2 knows: the topology's and those handed out to roles.
struct Keyring: Sendable {
  struct Key: Sendable {
    let principal: Principal
    let secretAccessKey: String
    let sessionToken: String?
    var expiration: Date?
  }

  private var keys: [String: Key] = [:]

  /// The topology's long-lived keys.
  ///
  /// - Throws: `SimulatorError.topology` for a policy that is not there.
  init(_ topology: Topology) throws(SimulatorError) {
    for key in topology.accessKeys ?? [] {
      let account = key.accountId ?? topology.accountId
      let principal = Principal(
        accessKeyId: key.accessKeyId, accountId: account,
        arn: "arn:aws:iam::\(account):user/\(key.accessKeyId)", router: key.router,
        allowedActions: try topology.allowedActions(key.policy))
      keys[key.accessKeyId] = Key(
        principal: principal, secretAccessKey: key.secretAccessKey, sessionToken: key.sessionToken)
    }
  }

  subscript(accessKeyId: String) -> Key? { keys[accessKeyId] }

  mutating func add(_ key: Key) { keys[key.principal.accessKeyId] = key }

  /// Takes over the keys that roles have, each with the rights that its router's role has now.
  mutating func adoptRoleKeys(of old: Keyring, principal: (_ router: String, _ id: String) -> Principal?) {
    for (id, key) in old.keys {
      guard let router = key.principal.router, key.expiration != nil, let now = principal(router, id) else {
        continue
      }
      keys[id] = Key(
        principal: now, secretAccessKey: key.secretAccessKey, sessionToken: key.sessionToken,
        expiration: key.expiration)
    }
  }

  /// Ends every key of a role at once, as revoking its sessions does.
  mutating func expire(router: String, at now: Date) {
    for (id, key) in keys where key.principal.router == router && key.expiration != nil {
      keys[id]?.expiration = min(now, key.expiration ?? now)
    }
  }
}

extension Topology {
  /// The actions that a policy allows; nil allows all.
  func allowedActions(_ policy: String?) throws(SimulatorError) -> Set<String>? {
    guard let policy else { return nil }
    guard let actions = policies?[policy] else { throw .topology("there is no policy \(policy)") }
    return Set(actions)
  }
}
