import AWS
import Failover
import FoundationEssentials

/// What one check found; the daemon and `vipad check` judge by the same words.
struct Finding: Equatable {
  let name: ReadinessCheck.Name
  let state: ReadinessCheck.State
  let detail: String
  var remedy: String?
  /// A reading that changes by itself: shown where nothing depends on its staying the same.
  var reading: String?

  static func ok(_ name: ReadinessCheck.Name, _ detail: String, reading: String? = nil) -> Finding {
    Finding(name: name, state: .ok, detail: detail, reading: reading)
  }

  static func failed(_ name: ReadinessCheck.Name, _ detail: String, _ remedy: String?) -> Finding {
    Finding(name: name, state: .failed, detail: detail, remedy: remedy)
  }

  static func unknown(_ name: ReadinessCheck.Name, _ detail: String, _ remedy: String? = nil) -> Finding {
    Finding(name: name, state: .unknown, detail: detail, remedy: remedy)
  }

  /// The daemon is there to say so.
  static let running = ok(.daemon, "vipad \(Vipad.version) runs")

  /// The same with something to know where all is well; nil adds nothing.
  func butFor(_ words: String?) -> Finding {
    guard let words, state == .ok else { return self }
    return .ok(name, "\(detail); \(words)", reading: reading)
  }
}

extension Readiness {
  /// Nothing is checked yet; what counts is as configured.
  init(_ options: ReadinessOptions) {
    let probe = AssignProbe(period: options.probePeriod, seed: 0)
    self.init(
      startedAt: DaemonClock.uptime(), ignoring: Set(options.ignore),
      alsoEssential: probe.isOn ? [.assign] : [],
      longestAges: probe.longestAge.map { [.assign: $0] } ?? [:])
  }

  /// Keeps what a check has found now.
  mutating func note(_ finding: Finding) {
    note(
      finding.name, finding.state, finding.detail, remedy: finding.remedy, reading: finding.reading,
      at: DaemonClock.uptime())
  }

  /// What a check found.
  func detail(of name: ReadinessCheck.Name) -> String { self[name]?.detail ?? "" }
}

/// Who this router is in AWS.
extension Finding {
  /// Region, subnet and VIPs fit together; `identities` has one for each group, in their order.
  static func identity(_ identities: [(group: GroupOptions, identity: Identity)], region: String) -> Finding {
    for (group, identity) in identities {
      if let own = identity.region, own != region {
        return .failed(
          .identity, "calls go to EC2 of \(region), and this instance is in \(own)",
          "set region = \"\(own)\" under [aws], or take the Region out of configuration and environment")
      }
      if let outside = group.vips.first(where: { !identity.mayHave($0) }) {
        return .failed(
          .identity,
          "\(outside) of group \(group.name) is outside \(identity.subnetCIDR ?? "the subnet"), the subnet of "
            + identity.networkInterfaceId,
          "correct vips, or name the interface in the VIP's subnet by networkInterfaceId")
      }
    }
    return .ok(.identity, Set(identities.map(\.identity.networkInterfaceId)).sorted().joined(separator: ", "))
  }

  static func unidentified(_ reason: String) -> Finding {
    .failed(.identity, reason, "vipad looks again by itself; see /whoami")
  }

  /// What is held, and whether it can be held further; `now` is EC2's time.
  static func credentials(_ held: HeldCredentials?, lastFailure: CredentialError?, now: Date) -> Finding {
    let remedy =
      "give the instance a role by an instance profile, or set keys; vipad reads them anew by itself"
    guard let held else {
      return lastFailure.map { .failed(.credentials, "\($0)", remedy) }
        ?? .unknown(.credentials, "not looked up yet")
    }
    let end = held.expiration.map { ", until \($0.rfc3339)" } ?? ""
    if let expiration = held.expiration, expiration <= now {
      return .failed(.credentials, "\(held.source): ended at \(expiration.rfc3339)", remedy)
    }
    if let lastFailure {
      return .failed(.credentials, "\(held.source)\(end); refreshing them fails: \(lastFailure)", remedy)
    }
    return .ok(.credentials, held.source + end, reading: held.expiration.map { left(until: $0, now: now) })
  }

  private static func left(until end: Date, now: Date) -> String {
    "\(Int(end.timeIntervalSince(now) / 60)) min left"
  }
}

extension Identity {
  /// False for an address that is certainly outside the interface's subnet.
  func mayHave(_ vip: String) -> Bool {
    guard let network = subnetCIDR.flatMap({ IPv4Network($0) }), let address = IPv4Address(vip) else {
      return true
    }
    return network.contains(address)
  }
}

/// The clock, the rights and the witnesses.
extension Finding {
  /// `problem`: why this router can't become MASTER, in words.
  static func vrrp(_ problem: String?) -> Finding {
    guard let problem else { return .ok(.vrrp, "what shows who is MASTER can be seen") }
    return .failed(
      .vrrp, problem, "start keepalived and see its log; /status says of each group what is missing")
  }

  /// EC2 refuses signatures that are 5 min off; vipad corrects its own once it has seen EC2's clock.
  static let toleratedSkewMilliseconds = 240_000.0

  /// `milliseconds`: EC2's clock less this router's; nil before any answer.
  static func clock(skewMilliseconds milliseconds: Double?) -> Finding {
    guard let milliseconds else { return .unknown(.clock, "EC2 has not answered yet") }
    guard abs(milliseconds) <= toleratedSkewMilliseconds else {
      let seconds = Int(abs(milliseconds) / 1000)
      return .failed(
        .clock, "this router's clock is \(seconds) s \(milliseconds > 0 ? "behind" : "ahead of") EC2's",
        "mend time synchronisation (chronyc tracking; 169.254.169.123 is EC2's NTP); vipad corrects its "
          + "signatures meanwhile, the times in log and audit are wrong")
    }
    return .ok(
      .clock, "within \(Int(toleratedSkewMilliseconds / 60_000)) min of EC2's",
      reading: "\(Int(milliseconds)) ms behind EC2's")
  }

  /// How the last read of the VIPs' holders went.
  static func describe(_ answer: Result<Void, EC2Failure>, isNetworkInterfacesRefused: Bool) -> Finding? {
    switch answer {
    case .success where isNetworkInterfacesRefused:
      return .ok(
        .describe, "DescribeInstances, in place of DescribeNetworkInterfaces, which the policy refuses")
    case .success: return .ok(.describe, "DescribeNetworkInterfaces is allowed")
    case .failure(let failure) where failure.isCancelled: return nil
    case .failure(let failure) where failure.failureClass == .permission:
      return .failed(.describe, failure.cause, failure.remedy)
    case .failure(let failure):
      return .unknown(.describe, "EC2 did not say: \(failure.cause)", failure.remedy)
    }
  }

  /// What a probe of the right to assign said.
  static func assign(_ right: EC2AssignRight) -> Finding {
    switch right {
    case .granted(let answer):
      .ok(
        .assign,
        "AssignPrivateIpAddresses is allowed: EC2 answers a probe that changes nothing with \(answer)")
    case .refused(let failure): .failed(.assign, failure.cause, failure.remedy)
    case .unknown(let failure): .unknown(.assign, "the probe says nothing: \(failure.cause)", failure.remedy)
    }
  }

  static let unprobed = Finding.unknown(
    .assign, "not probed: assignProbeSeconds is 0", "set assignProbeSeconds under [readiness]")

  /// An Assign of a claim, which says more than any probe.
  static func assign(_ answer: Result<Void, EC2Failure>) -> Finding? {
    switch answer {
    case .success: .ok(.assign, "AssignPrivateIpAddresses is allowed: EC2 accepted a claim")
    case .failure(let failure) where failure.failureClass == .permission:
      .failed(.assign, failure.cause, failure.remedy)
    case .failure: nil
    }
  }
}
