import Failover

@testable import HTTPServer
@testable import vipad

/// A request's body: as every type that the routes decode, and as the scanner sees it.
func checkJSONBody(_ input: [UInt8]) throws(Broken) {
  if let members = try? JSONScanner.membersOfObject(in: input), !mayHoldHugeNumber(input) {
    // What the scanner lets pass the decoder understands, and understands alike. Not the other way round: it
    // takes a comma too many. Python, which does not, is compared with in CorpusTests.
    guard case .object(let object)? = JSONValue(input) else {
      throw Broken("the scanner takes it, the decoder does not")
    }
    try demand(Set(object.keys) == Set(members.map(\.key)), "the decoder finds other keys: \(object.keys)")
  }
  try checkBody(ClaimBody.self, input) { body throws(Problem) in
    try demandTransition(try Wish(body, now: now).transition)
  }
  try checkBody(StandbyBody.self, input) { body throws(Problem) in
    try demandTransition(try Wish(body, now: now).transition)
  }
  try checkBody(PauseBody.self, input) { _ in }
  try checkBody(NoBody.self, input) { _ in }
}

private let now = Uptime(seconds: 1000)

/// Whether there may be a number that no Double holds: it is JSON, and refused later.
private func mayHoldHugeNumber(_ input: [UInt8]) -> Bool {
  input.count { isDigit($0) } > 300
    || zip(input, input.dropFirst()).contains { isDigit($0) && $1 | 0x20 == UInt8(ascii: "e") }
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

private func checkBody<Body: JSONBodyKeys>(
  _ type: Body.Type, _ input: [UInt8], then: (Body) throws(Problem) -> Void
) throws(Broken) {
  do throws(Problem) {
    try then(try JSONBody.decode(type, from: input))
  } catch {
    try demand(error.status == 400, "\(type): \(error.json)")
    let json = Array(error.json.utf8)
    try demand(JSONValue(json) != nil, "\(type): the problem is no JSON: \(error.json)")
    try demandOneLine(String(error.json.dropLast()), "\(type): the problem")
  }
}

/// A wish that the state machine can order.
private func demandTransition(_ transition: Transition) throws(Problem) {
  let isRight =
    transition.uptime <= now && transition.uptime >= Uptime(nanoseconds: 0)
    && (transition.priority.map { (0...255).contains($0) } ?? true)
  if !isRight { throw Problem(status: 500, detail: "\(transition)") }
}
