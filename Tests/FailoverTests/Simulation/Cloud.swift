import Failover

/// EC2 and the instance metadata: who really holds which VIP, and what the routers are told of it.
final class Cloud {
  /// What EC2 does with Assigns.
  enum AssignTrouble: CaseIterable {
    case throttled, serverError, answerLost, requestLost, forbidden, credentialsRefused
  }

  /// What the instance metadata does.
  enum MetadataTrouble: CaseIterable {
    case unreadable, frozen, listsEverything, listsNothing
  }

  /// An Assign on its way.
  final class Call {
    var isCut = false
    var hasArrived = false
    var answer: ((Result<AssignAnswer.Acceptance, Refusal>) -> Void)?
  }

  static let thief = "eni-thief"
  /// EC2's answers are never older than this.
  static let readLag = 0.0...1.0

  var assignTrouble: AssignTrouble?
  var readsFail = false
  var metadataTrouble: MetadataTrouble? { didSet { troubleSince = schedule.now } }
  /// A VIP was moved to that interface by an Assign, which had been cut or not.
  var moved: (_ networkInterfaceId: String, _ wasCut: Bool) -> Void = { _, _ in }

  private let schedule: Schedule
  private let chance: Chance
  private let remapSeconds: Double
  private var troubleSince = 0.0
  /// Who has held each VIP since when, in order.
  private var history: [String: [(since: Double, networkInterfaceId: String)]] = [:]

  init(_ schedule: Schedule, _ chance: Chance) {
    (self.schedule, self.chance) = (schedule, chance)
    remapSeconds = chance.seconds(0.1...2)
  }

  func holder(of vip: String, at moment: Double? = nil) -> String? {
    history[vip]?.last { $0.since <= moment ?? schedule.now }?.networkInterfaceId
  }

  func move(_ vips: [String], to networkInterfaceId: String) {
    for vip in vips where holder(of: vip) != networkInterfaceId {
      history[vip, default: []].append((schedule.now, networkInterfaceId))
    }
  }

  // MARK: AssignPrivateIpAddresses

  func assign(_ vips: [String], to networkInterfaceId: String, _ call: Call) {
    schedule.after(chance.seconds(0.003...0.06)) { [self] in
      guard !call.isCut else { return }
      call.hasArrived = true
      if let trouble = assignTrouble { return fail(vips, networkInterfaceId, call, trouble) }
      carryOut(vips, to: networkInterfaceId, call)
      schedule.after(chance.seconds(0.26...0.35)) { self.accept(call) }
    }
  }

  /// The connection is reset: what has not arrived never does.
  func cut(_ call: Call) {
    call.isCut = true
    schedule.after(chance.seconds(0...0.04)) { [self] in
      finish(call, .failure(Refusal(.transient, message: "cut")))
    }
  }

  private func carryOut(_ vips: [String], to networkInterfaceId: String, _ call: Call) {
    schedule.after(chance.seconds(0.05...0.25)) { [self] in
      move(vips, to: networkInterfaceId)
      moved(networkInterfaceId, call.isCut)
    }
  }

  private func accept(_ call: Call) {
    finish(call, .success(.init(httpStatus: 200, awsRequestId: nil)))
  }

  private func fail(_ vips: [String], _ networkInterfaceId: String, _ call: Call, _ trouble: AssignTrouble) {
    if trouble == .answerLost { carryOut(vips, to: networkInterfaceId, call) }
    let isSilent = trouble == .answerLost || trouble == .requestLost
    schedule.after(isSilent ? 5 : 0.1) { [self] in finish(call, .failure(refusal(trouble))) }
  }

  private func refusal(_ trouble: AssignTrouble) -> Refusal {
    switch trouble {
    case .throttled:
      Refusal(.throttled, httpStatus: 503, errorCode: "RequestLimitExceeded", message: "slower")
    case .serverError: Refusal(.transient, httpStatus: 500, errorCode: "InternalError", message: "500")
    case .answerLost, .requestLost: Refusal(.transient, message: "time-out")
    case .forbidden:
      Refusal(.permission, httpStatus: 403, errorCode: "UnauthorizedOperation", message: "policy")
    case .credentialsRefused:
      Refusal(.credentials, httpStatus: 401, errorCode: "AuthFailure", message: "credentials")
    }
  }

  private func finish(_ call: Call, _ result: Result<AssignAnswer.Acceptance, Refusal>) {
    call.answer?(result)
    call.answer = nil
  }

  // MARK: Reads

  /// Who holds the VIPs, as of a little before the answer; nil: EC2 did not say.
  func read(_ vips: [String], _ answer: @escaping ([String: Holder]?) -> Void) {
    guard !readsFail else { return schedule.after(chance.seconds(0.1...5)) { answer(nil) } }
    schedule.after(chance.seconds(0.01...0.15)) { [self] in
      let moment = schedule.now - (chance.happens(0.2) ? chance.seconds(Self.readLag) : 0)
      var holders: [String: Holder] = [:]
      for vip in vips {
        if let id = holder(of: vip, at: moment) { holders[vip] = Holder(networkInterfaceId: id) }
      }
      schedule.after(chance.seconds(0.01...0.15)) { answer(holders) }
    }
  }

  /// The addresses that the instance metadata lists: those of a moment ago; nil: it did not answer.
  func localAddresses(
    of networkInterfaceId: String, among vips: [String], _ answer: @escaping (Set<String>?) -> Void
  ) {
    schedule.after(chance.seconds(0.001...0.01)) { [self] in
      switch metadataTrouble {
      case .unreadable: answer(nil)
      case .listsEverything: answer(Set(vips))
      case .listsNothing: answer([])
      case .frozen: answer(held(by: networkInterfaceId, vips, at: troubleSince - remapSeconds))
      case nil: answer(held(by: networkInterfaceId, vips, at: schedule.now - remapSeconds))
      }
    }
  }

  private func held(by networkInterfaceId: String, _ vips: [String], at moment: Double) -> Set<String> {
    Set(vips.filter { holder(of: $0, at: moment) == networkInterfaceId })
  }
}
