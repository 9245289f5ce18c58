import HTTPServer

private struct CredentialsBody: JSONBodyKeys {
  static let keys: Set<String> = [
    "expire", "rotate", "frozen", "absent", "code", "lifetimeSeconds", "rotateBeforeSeconds",
  ]
  let expire: Bool?
  let rotate: Bool?
  let frozen: Bool?
  let absent: Bool?
  let code: String?
  let lifetimeSeconds: Int?
  let rotateBeforeSeconds: Int?
}

private struct MetadataBody: JSONBodyKeys {
  static let keys: Set<String> = [
    "enabled", "dropTokens", "remapDelayMilliseconds", "staleSeconds", "lieSeconds", "localIpv4s",
  ]
  let enabled: Bool?
  let dropTokens: Bool?
  let remapDelayMilliseconds: Int?
  let staleSeconds: Double?
  let lieSeconds: Double?
  let localIpv4s: [String: [String]]?
}

extension Simulation {
  /// `POST /routers/{name}/credentials`.
  func changeCredentials(_ request: HTTPRequest, _ router: String) throws(Problem) -> String {
    let body = try JSONBody.decode(CredentialsBody.self, from: request.body)
    let isDone: Bool = change { state, now in
      guard var role = state.metadata[router]?.role else { return false }
      role.behaviour.change(body)
      if body.expire == true { role.expire(keyring: &state.keyring, at: now.wall) }
      if body.rotate == true { role.rotate(keyring: &state.keyring, at: now.wall) }
      state.metadata[router]?.role = role
      return true
    }
    guard isDone else { throw Problem(status: 404, detail: "there is no router \(router) with a role") }
    return "{}"
  }

  /// `POST /routers/{name}/metadata`.
  func changeMetadata(_ request: HTTPRequest, _ router: String) throws(Problem) -> String {
    let body = try JSONBody.decode(MetadataBody.self, from: request.body)
    let isDone: Bool = change { state, now in
      guard var service = state.metadata[router] else { return false }
      service.change(body, at: now)
      state.metadata[router] = service
      return true
    }
    guard isDone else { throw Problem(status: 404, detail: "there is no router \(router)") }
    return "{}"
  }
}

extension RoleCredentials.Behaviour {
  fileprivate mutating func change(_ body: CredentialsBody) {
    isFrozen = body.frozen ?? isFrozen
    isAbsent = body.absent ?? isAbsent
    code = body.code ?? code
    lifetimeSeconds = body.lifetimeSeconds ?? lifetimeSeconds
    rotateBeforeSeconds = body.rotateBeforeSeconds ?? rotateBeforeSeconds
  }
}

extension MetadataService {
  fileprivate mutating func change(_ body: MetadataBody, at now: Moment) {
    isEnabled = body.enabled ?? isEnabled
    remapDelayMilliseconds = body.remapDelayMilliseconds ?? remapDelayMilliseconds
    if body.dropTokens == true { tokens.drop() }
    func end(_ seconds: Double?) -> UInt64 {
      now.advanced(byMilliseconds: Int(min(max(seconds ?? 0, 0), 86_400) * 1000)).uptimeNanoseconds
    }
    if let seconds = body.staleSeconds {
      lie = (.frozen(atUptimeNanoseconds: now.uptimeNanoseconds), end(seconds))
    }
    if let told = body.localIpv4s { lie = (.addresses(told), end(body.lieSeconds ?? 3600)) }
  }
}
