/// The answer of POST /claim.
struct ClaimReport {
  private let answer: JSONValue

  init(_ answer: JSONValue) {
    self.answer = answer
  }

  func text(_ style: Console.Style) -> String {
    let always = [
      Field("claimId", answer["claimId"]),
      Field("group", answer["group"]),
      Field("state", answer["state"]),
      Field("vips", answer["vips"]),
    ]
    let known = ["outcome", "acceptedMilliseconds", "confirmedMilliseconds", "previousNetworkInterfaceId"]
      .compactMap { name in answer[name].map { Field(name, $0) } }
    return Table(rows: [always + known]).text(style)
  }
}

/// The answer of POST /standby.
struct StandbyReport {
  private let answer: JSONValue

  init(_ answer: JSONValue) {
    self.answer = answer
  }

  func text(_ style: Console.Style) -> String {
    let state = answer["vrrp"]?["state"] ?? answer["state"]
    return Table(rows: [[Field("group", answer["group"]), Field("state", state)]]).text(style)
  }
}

/// The answer of GET /whoami: a line for each fact.
struct WhoamiReport {
  private let answer: JSONValue

  init(_ answer: JSONValue) {
    self.answer = answer
  }

  private static let names = [
    "instanceId", "networkInterfaceId", "deviceIndex", "macAddress", "interfaceName", "privateIpAddress",
    "subnetId",
    "vpcId", "availabilityZone", "region", "accountId", "version", "startedAt",
  ]

  func text(_ style: Console.Style) -> String {
    let credentials = answer["credentials"]
    let fields =
      Self.names.map { Field($0, answer[$0]) }
      + ["source", "accessKeyId", "expiration"].map { Field("credentials.\($0)", credentials?[$0]) }
    guard style != .plain else {
      return
        (fields.map(\.plain) + unavailable.map { Field("unavailable.\($0.name)", .text($0.reason)).plain })
        .joined(separator: "\n")
    }
    let width = fields.map(\.name.count).reduce(0, max)
    return fields.map { field in
      let reason = unavailable.first { $0.name == field.name }.map { " (\($0.reason))" } ?? ""
      return field.name + String(repeating: " ", count: width - field.name.count + 2) + field.value + reason
    }.joined(separator: "\n")
  }

  /// Why a fact is not known.
  private var unavailable: [(name: String, reason: String)] {
    answer["unavailable"]?.members.map { (name: $0.name, reason: $0.value.shown) } ?? []
  }
}
