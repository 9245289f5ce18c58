/// One router's IMDSv2.
struct MetadataService: Sendable {
  struct Request: Sendable {
    let method: String
    let path: String
    let ttlSeconds: String?
    let token: String?
    let isForwarded: Bool
  }

  struct Answer: Sendable, Equatable {
    let httpStatus: Int
    var body = ""
    var ttlSeconds: Int?
  }

  /// What `local-ipv4s` shows instead of the truth, until an instant.
  enum Lie: Sendable {
    /// The addresses as they were at an instant.
    case frozen(atUptimeNanoseconds: UInt64)
    /// Made-up addresses by interface.
    case addresses([String: [String]])
  }

  let instanceId: String
  var isEnabled = true
  var tokens: MetadataTokens
  var role: RoleCredentials?
  var remapDelayMilliseconds: Int
  var lie: (Lie, untilUptimeNanoseconds: UInt64)?

  /// Answers one request.
  ///
  /// Source: EC2 User Guide, "Use the Instance Metadata Service to access instance metadata".
  mutating func answer(
    _ request: Request, world: World, keyring: inout Keyring, at now: Moment
  ) -> Answer {
    guard isEnabled else { return Answer(httpStatus: 403) }
    if request.method == "PUT" { return token(request, at: now) }
    guard request.method == "GET" || request.method == "HEAD" else { return Answer(httpStatus: 405) }
    guard tokens.accepts(request.token, at: now) else { return Answer(httpStatus: 401) }
    guard request.path.hasPrefix("/latest/") else { return Answer(httpStatus: 404) }
    return item(String(request.path.dropFirst("/latest/".count)), world: world, keyring: &keyring, at: now)
  }

  private mutating func token(_ request: Request, at now: Moment) -> Answer {
    guard request.path == "/latest/api/token" else { return Answer(httpStatus: 404) }
    guard !request.isForwarded else { return Answer(httpStatus: 403) }
    guard let seconds = request.ttlSeconds.flatMap({ Int($0) }), (1...21600).contains(seconds) else {
      return Answer(httpStatus: 400)
    }
    return Answer(httpStatus: 200, body: tokens.issue(seconds: seconds, at: now), ttlSeconds: seconds)
  }

  private mutating func item(
    _ path: String, world: World, keyring: inout Keyring, at now: Moment
  ) -> Answer {
    let listedRole = role?.behaviour.isAbsent == false ? role?.roleName : nil
    if let listedRole, path == "meta-data/iam/security-credentials/\(listedRole)" {
      return Answer(httpStatus: 200, body: role?.document(keyring: &keyring, at: now.wall) ?? "")
    }
    let items = MetadataItems(instanceId: instanceId, roleName: listedRole, world: seen(world, at: now))
    return items.text(path).map { Answer(httpStatus: 200, body: $0) } ?? Answer(httpStatus: 404)
  }

  /// The world as this service shows it: late by the remap delay, or lying.
  private func seen(_ world: World, at now: Moment) -> World {
    let visible = now.uptimeNanoseconds(before: remapDelayMilliseconds)
    guard let (lie, until) = lie, now.uptimeNanoseconds < until else {
      return world.asOf(uptimeNanoseconds: visible)
    }
    switch lie {
    case .frozen(let instant): return world.asOf(uptimeNanoseconds: min(instant, visible))
    case .addresses(let addresses):
      var shown = world.asOf(uptimeNanoseconds: visible)
      for index in shown.interfaces.indices {
        let interface = shown.interfaces[index]
        guard let told = addresses[interface.networkInterfaceId] else { continue }
        shown.interfaces[index].secondary = told.filter { $0 != interface.primary }
      }
      return shown
    }
  }
}
