/// Who tells a group that this router is MASTER; configured, never learnt.
public enum Witness: String, Sendable, Hashable, CaseIterable {
  /// A VIP on the VRRP interface.
  case kernel
  /// The newest hook.
  case hook
}

/// What this router shows of its VRRP state now; looked at anew whenever something may have changed.
public struct Evidence: Sendable, Hashable {
  /// The VRRP process.
  public enum Keepalived: Sendable, Hashable {
    /// It is not watched.
    case unwatched
    /// It lives and makes progress, since its start.
    case alive(startedAt: Uptime)
    /// It is not there, or does not run; why, in words.
    case dead(reason: String)
  }

  /// The group's VIPs on the VRRP interface.
  public enum Address: Sendable, Hashable {
    /// None of them is there.
    case absent
    /// One is there, as of that moment.
    case present(interface: String, createdAt: Uptime?)
    /// Other software puts addresses onto interfaces, or the kernel can't be asked; why, in words.
    case worthless(reason: String)
  }

  /// The VRRP process.
  public var keepalived: Keepalived
  /// The group's VIPs on the VRRP interface.
  public var address: Address
  /// The VRRP interface is up and its link carries.
  public var isLinkUp: Bool

  /// Evidence as it was seen.
  public init(keepalived: Keepalived = .unwatched, address: Address = .absent, isLinkUp: Bool = true) {
    self.keepalived = keepalived
    self.address = address
    self.isLinkUp = isLinkUp
  }
}

extension Evidence {
  /// Why this router can't become MASTER, in words; nil where nothing is in its way.
  public var problem: String? {
    if case .dead(let reason) = keepalived { return reason }
    if case .worthless(let reason) = address { return reason }
    return nil
  }

  /// Whether one of the VIPs is on the VRRP interface; nil where nobody looks.
  public func showsVIP(to witness: Witness) -> Bool? {
    guard witness == .kernel else { return nil }
    return switch address {
    case .present: true
    case .absent: false
    case .worthless: nil
    }
  }
}

extension Evidence {
  /// The same, with the address's moment as it was seen before where the clocks can't tell the two apart.
  ///
  /// The kernel's stamp becomes a moment by two clocks, each cut to hundredths: it comes out now so, now so.
  func steadied(by known: Evidence) -> Evidence {
    guard case .present(let interface, let createdAt?) = address,
      case .present(interface, let before?) = known.address,
      abs(createdAt.hundredths - before.hundredths) <= Uptime.clockErrorHundredths
    else { return self }
    return Evidence(keepalived: keepalived, address: known.address, isLinkUp: isLinkUp)
  }
}

/// Whether this router is MASTER, and by what evidence.
public struct Ruling: Sendable, Hashable {
  /// True when this router is MASTER.
  public let isMaster: Bool
  /// The evidence, in words.
  public let reason: String

  /// Rules over all inputs; nothing is remembered from an earlier ruling.
  init(witness: Witness, evidence: Evidence, newestHook: Transition?) {
    if case .dead(let reason) = evidence.keepalived {
      self.init(false, reason)
      return
    }
    switch witness {
    case .kernel: self.init(evidence)
    case .hook: self.init(newestHook, evidence.keepalived)
    }
  }

  private init(_ isMaster: Bool, _ reason: String) {
    self.isMaster = isMaster
    self.reason = reason
  }

  private init(_ evidence: Evidence) {
    switch evidence.address {
    case .worthless(let reason): self.init(false, reason)
    case .absent: self.init(false, "the VIP is not on the VRRP interface")
    case .present(let interface, _) where !evidence.isLinkUp:
      self.init(false, "the link of \(interface) is down")
    case .present(let interface, let createdAt):
      if let createdAt, evidence.keepalived.startedAfter(createdAt) {
        self.init(false, "the VIP on \(interface) is left over from before keepalived started")
      } else {
        self.init(true, "the VIP is on \(interface)")
      }
    }
  }

  private init(_ newestHook: Transition?, _ keepalived: Evidence.Keepalived) {
    guard let hook = newestHook else {
      self.init(false, "no hook yet since vipad started")
      return
    }
    if hook.state == .master, hook.cause == .vrrp, keepalived.startedAfter(hook.uptime) {
      self.init(false, "the last hook is from before keepalived started")
    } else {
      self.init(
        hook.state == .master, "\(hook.cause == .operator ? "operator" : "hook"): \(hook.state.rawValue)")
    }
  }
}

extension Uptime {
  /// How well two moments agree that the kernel tells by different clocks.
  fileprivate static let clockErrorHundredths: Int64 = 2
}

extension Evidence.Keepalived {
  fileprivate func startedAfter(_ moment: Uptime) -> Bool {
    guard case .alive(let startedAt) = self else { return false }
    return startedAt.hundredths > moment.hundredths + Uptime.clockErrorHundredths
  }
}
