import Failover

/// What being ready means on this router.
struct ReadinessOptions: Sendable, Equatable {
  /// The pause between two probes of the right to assign; 0: none is sent.
  var assignProbeSeconds = AssignProbe.shortestPeriodSeconds
  /// EC2's name must resolve to private addresses, as it does with a VPC endpoint.
  var privateEndpoint = false
  /// Checks that are shown and don't count.
  var ignore: [ReadinessCheck.Name] = []

  /// The pause as the probe takes it.
  var probePeriod: Duration? { assignProbeSeconds > 0 ? .seconds(assignProbeSeconds) : nil }
}

/// What `vipad drill` moves.
struct DrillOptions: Sendable, Equatable {
  /// An address set aside for drills, in the subnet of a group's interface; nil: there are no drills.
  var vip: String?
}

extension SettingForm<Int> {
  /// 0, or a pause of at least the shortest that is allowed.
  static var probePause: SettingForm {
    let shortest = AssignProbe.shortestPeriodSeconds
    return SettingForm("0 for none, or a whole number of seconds from \(shortest) to 86400") { value in
      guard case .integer(let seconds) = value else { return nil }
      return seconds == 0 || (shortest...86_400).contains(seconds) ? seconds : nil
    }
  }
}

extension SettingForm<Bool> {
  static var flag: SettingForm {
    SettingForm("true or false") { value in
      if case .boolean(let flag) = value { flag } else { nil }
    }
  }
}

extension SettingForm<ReadinessCheck.Name> {
  static var check: SettingForm {
    let names = ReadinessCheck.Name.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return text("one of the checks \(names)") { ReadinessCheck.Name(rawValue: $0) }
  }
}
