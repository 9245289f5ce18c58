import ArgumentParser

/// `vipad claim`: take a group's VIPs to this router.
struct ClaimCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "claim",
    abstract: "Take a group's VIPs to this router.",
    discussion:
      "Refused while the evidence says that this router is not MASTER: then move VRRP, not the address.")

  @OptionGroup var daemon: DaemonOptions

  @Option(
    help: ArgumentHelp(
      "How long to wait until EC2 has accepted all VIPs, in seconds, 0 to 60. Default: 0, not at all.",
      valueName: "seconds"))
  var wait: Int?

  @Flag(help: "Claim against the evidence: one call to EC2 that is not repeated or guarded. Default: off.")
  var force = false

  @Option(help: ArgumentHelp("The group. Default: the only one.", valueName: "name"))
  var group: String?

  func validate() throws {
    guard (0...60).contains(wait ?? 0) else {
      throw ValidationError("--wait takes 0 to 60 seconds, not \(wait ?? 0).")
    }
  }

  func run() async throws {
    let seconds = wait ?? 0
    let request = Request(group: group, cause: "operator", force: force ? true : nil)
    let answer = try await daemon.connection().post(
      seconds > 0 ? "/claim?wait=\(seconds)" : "/claim", request, timeoutSeconds: seconds + 10)
    try daemon.show(answer) { ClaimReport($0).text($1) }
    if seconds > 0 && answer.status == 202 {
      throw CommandFailure("EC2 has not accepted within \(seconds) s; the claim goes on, see: vipad status")
    }
  }

  /// The body of POST /claim.
  struct Request: Encodable, Equatable {
    var group: String?
    var cause: String
    var force: Bool?
  }
}
