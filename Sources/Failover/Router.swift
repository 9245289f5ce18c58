/// All VRRP groups of this router, and the brake that they share.
///
/// The whole decision as one value: see `Group` for what it promises.
public struct Router: Sendable {
  private var groupsByName: [String: Group] = [:]
  private var brake: Brake

  /// A router with these groups.
  public init(_ groups: [Group], brake: Brake = Brake()) {
    self.brake = brake
    for group in groups { groupsByName[group.name] = group }
  }

  /// The group of that name.
  public subscript(name: String) -> Group? { groupsByName[name] }

  /// All groups, in no order.
  public var groups: some Collection<Group> { groupsByName.values }

  /// Adds a group, or puts one in the place of that with its name; what that one had under way must be withdrawn before.
  public mutating func put(_ group: Group) {
    groupsByName[group.name] = group
  }

  /// Removes a group, which must be withdrawn before.
  public mutating func remove(_ name: String) {
    groupsByName[name] = nil
  }

  /// Takes an event for a group at the moment `now`, and says what to do, for which group.
  ///
  /// Where the brake leaves fewer Assigns than are due, the newest wish comes first.
  public mutating func handle(
    _ event: Event, for name: String, at now: Uptime
  ) -> [(group: String, effect: Effect)] {
    var effects = (groupsByName[name]?.take(event, at: now) ?? []).map { (group: name, effect: $0) }
    for next in namesByNewestWish {
      let sent = groupsByName[next]?.advanceClaim(at: now, brake: &brake) ?? []
      effects += sent.map { (group: next, effect: $0) }
    }
    return effects
  }

  /// Puts off the reads of EC2 that quiet standbys make by the time alone.
  public mutating func postponeReads(to moment: Uptime) {
    for name in groupsByName.keys { groupsByName[name]?.postponeReads(to: moment) }
  }

  /// When `Event.timePassed` is due for that group.
  public func nextWakeAt(_ name: String, at now: Uptime) -> Uptime? {
    guard let group = groupsByName[name] else { return nil }
    // What is due is looked at even if it must wait then: that is counted.
    let brakedUntil = group.claim?.isHeldDown == true ? brake.nextAt(now) : nil
    let attemptAt = group.nextAttemptAt.map { max($0, brakedUntil ?? $0) }
    return [attemptAt, group.nextWakeAt].compactMap(\.self).min()
  }

  /// Of two wishes at the same moment the order is that of the names, so that a run can be repeated.
  private var namesByNewestWish: [String] {
    var wishes: [(at: Uptime, name: String)] = []
    for group in groupsByName.values where group.nextAttemptAt != nil {
      if let claim = group.claim { wishes.append((claim.startedAt, group.name)) }
    }
    wishes.sort { $0.at == $1.at ? $0.name < $1.name : $0.at > $1.at }
    return wishes.map(\.name)
  }
}
