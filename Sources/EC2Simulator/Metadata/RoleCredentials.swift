import FoundationEssentials

/// The credentials that one router's metadata service hands out for its role.
struct RoleCredentials: Sendable {
  /// What an operator can make of them; the rest of the state follows from the clock.
  struct Behaviour: Sendable {
    var lifetimeSeconds: Int
    var rotateBeforeSeconds: Int
    /// Whether no new ones are handed out however old the held ones are.
    var isFrozen = false
    /// The document's `Code`; anything but Success comes without keys.
    var code = "Success"
    /// Whether the role is listed at all.
    var isAbsent = false
  }

  private struct Issued: Sendable {
    let serial: Int
    let issued: Date
    var expiration: Date
  }

  let router: String
  let roleName: String
  let principal: @Sendable (_ accessKeyId: String) -> Principal
  var behaviour: Behaviour
  /// Makes keys of an earlier run of the simulator unknown to this one.
  let nonce: String
  private var current: Issued?
  private var serial = 0

  init(
    router: String, roleName: String, behaviour: Behaviour, nonce: String,
    principal: @escaping @Sendable (_ accessKeyId: String) -> Principal
  ) {
    self.router = router
    self.roleName = roleName
    self.behaviour = behaviour
    self.nonce = nonce
    self.principal = principal
  }

  /// The JSON document, with new keys where the held ones are about to end.
  mutating func document(keyring: inout Keyring, at now: Date) -> String {
    guard behaviour.code == "Success" else { return refusal(at: now) }
    let due = current.map { $0.expiration.timeIntervalSince(now) <= Double(behaviour.rotateBeforeSeconds) }
    if due == nil || (due == true && !behaviour.isFrozen) { rotate(keyring: &keyring, at: now) }
    return current.map(written) ?? refusal(at: now)
  }

  /// Hands out new keys from now on; the old ones stay valid until their end.
  mutating func rotate(keyring: inout Keyring, at now: Date) {
    serial += 1
    let end = now.addingTimeInterval(Double(min(max(0, behaviour.lifetimeSeconds), 129_600)))
    // EC2 and clients that read whole seconds must agree on the end.
    let wholeEnd = Date(timeIntervalSince1970: end.timeIntervalSince1970.rounded(.down))
    let issued = Issued(serial: serial, issued: now, expiration: wholeEnd)
    keyring.add(
      Keyring.Key(
        principal: principal(accessKeyId(issued)), secretAccessKey: secret(issued),
        sessionToken: token(issued), expiration: issued.expiration))
    current = issued
  }

  /// Goes on where an earlier state of the same role was.
  mutating func adopt(_ earlier: RoleCredentials) {
    (current, serial) = (earlier.current, earlier.serial)
  }

  /// Ends the keys handed out so far.
  mutating func expire(keyring: inout Keyring, at now: Date) {
    keyring.expire(router: router, at: now)
    current?.expiration = now
  }

  private func accessKeyId(_ issued: Issued) -> String { "ASIA\(nonce)\(paddedSerial(issued))" }
  private func secret(_ issued: Issued) -> String {
    "simulated-secret/\(router)/\(nonce)\(paddedSerial(issued))"
  }
  private func token(_ issued: Issued) -> String {
    "simulated+session+token/\(router)/\(nonce)\(paddedSerial(issued))=="
  }

  private func paddedSerial(_ issued: Issued) -> String {
    let digits = String(issued.serial)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  private func written(_ issued: Issued) -> String {
    jsonText([
      "Code": "Success", "LastUpdated": wholeSeconds(issued.issued), "Type": "AWS-HMAC",
      "AccessKeyId": accessKeyId(issued), "SecretAccessKey": secret(issued), "Token": token(issued),
      "Expiration": wholeSeconds(issued.expiration),
    ])
  }

  private func refusal(at now: Date) -> String {
    jsonText([
      "Code": behaviour.code, "LastUpdated": wholeSeconds(now),
      "Message": "EC2 cannot assume the role \(roleName).",
    ])
  }
}
