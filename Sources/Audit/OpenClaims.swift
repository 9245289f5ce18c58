/// Claims with an intent and no outcome; a bounded number, however many outcomes a log may lack.
struct OpenClaims: Sendable {
  static let most = 10_000

  // Each claim with its intent's place in their order.
  private var places: [String: Int] = [:]
  private var nextPlace = 0

  /// No claim is open.
  init() {}

  /// Goes on with claims that are open, oldest first.
  init(_ claims: [String]) {
    for claim in claims { add(claim) }
  }

  /// Oldest first.
  var list: [String] { places.sorted { $0.value < $1.value }.map(\.key) }

  /// Whether further claims are not kept.
  var isFull: Bool { places.count >= Self.most }

  func contains(_ claimId: String) -> Bool { places[claimId] != nil }

  /// An intent adds its claim, an outcome takes it away.
  mutating func note(_ event: AuditEvent?, _ claimId: String?) {
    guard let claimId else { return }
    if event == .claimIntent { add(claimId) }
    if event == .claimOutcome { places[claimId] = nil }
  }

  private mutating func add(_ claimId: String) {
    guard !isFull, places[claimId] == nil else { return }
    places[claimId] = nextPlace
    nextPlace += 1
  }
}
