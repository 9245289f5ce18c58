internal import SigV4
internal import struct FoundationEssentials.Date
internal import Synchronization

/// The EC2 calls vipad makes, each signed and sent once; whether to try again is the caller's decision.
///
/// A read alone is sent a second time, where EC2 refused its signature and another one can be made: a standby's reads
/// find out that keys or clock are not what they were before a claim does.
///
/// Claims have a transport of their own, so no background read is ever in their way.
public struct EC2Client: Sendable {
  /// How often `keepWarm` is worth calling, in seconds, and at once when a transport reports
  /// `idleConnectionLost`.
  ///
  /// What the other layers notice needs no call: the end of a connection wakes the transport, and the
  /// kernel's keepalive finds a dead path within 6 s. The call is for what is left: it keeps a server's
  /// idle time-out from ending the connection (60 s and more is usual; a third of that forgives a lost
  /// call) and proves that the front end behind the connection answers.
  public static let keepWarmIntervalSeconds = 20

  /// Where EC2 is asked.
  public let endpoint: Endpoint
  let scope: SigningScope
  /// The Region that calls are signed for.
  public var region: String { scope.region }
  let claims: any Transport
  let reads: any Transport
  let credentials: CredentialProvider
  let clockSkew: ClockSkew
  let version: String
  let timeouts: EC2Timeouts
  let report: (@Sendable (EC2CallReport) -> Void)?
  let refusal = DescribeRefusal()

  /// Makes a client for one endpoint; `version` is vipad's, for the User-Agent.
  ///
  /// `report` is told of each call when it has come to its end, before the caller is; it must not block.
  public init(
    endpoint: Endpoint, region: String, claims: any Transport, reads: any Transport,
    credentials: CredentialProvider, clockSkew: ClockSkew, version: String,
    timeouts: EC2Timeouts = EC2Timeouts(), report: (@Sendable (EC2CallReport) -> Void)? = nil
  ) {
    self.endpoint = endpoint
    scope = SigningScope(region: endpoint.signingRegion ?? region, service: "ec2")
    self.claims = claims
    self.reads = reads
    self.credentials = credentials
    self.clockSkew = clockSkew
    self.version = version
    self.timeouts = timeouts
    self.report = report
  }

  /// Takes the VIPs for the interface with one call, away from any other that has them.
  ///
  /// All are taken or none. An answer that can't be read counts as a failure of class `transient`: the
  /// call may have had its effect, and doing it again does no harm. Source: EC2 API Reference,
  /// AssignPrivateIpAddresses.
  public func assignPrivateIpAddresses(
    _ vips: [String], networkInterfaceId: String, claimId: String
  ) async throws(EC2Failure) -> EC2Accepted {
    let call = EC2Call.assign(vips, to: networkInterfaceId)
    let held = try await claimCredentials(for: call)
    let (answer, signMilliseconds) = try await send(
      call, with: held, by: claims, mark: "claim/\(printable(claimId).filter { $0 != " " })")
    var accepted = try answer.accepted(networkInterfaceId: networkInterfaceId)
    accepted.signMilliseconds = signMilliseconds
    return accepted
  }

  /// Reads one instance with its interfaces.
  public func instance(_ instanceId: String) async throws(EC2Failure) -> EC2Instance {
    let call = EC2Call.instance(instanceId)
    let answer = try await read(call)
    guard let instance = answer.instances.first(where: { $0.instanceId == instanceId }) else {
      throw EC2Failure(
        call: call.action, subject: call.subject, failureClass: .identity,
        httpStatus: answer.response.status, message: "the answer does not have the instance",
        awsRequestId: answer.awsRequestId, milliseconds: answer.response.milliseconds)
    }
    return instance
  }

  func read(_ call: EC2Call, mark: String? = nil) async throws(EC2Failure) -> EC2Answer {
    let held = try await freshCredentials(for: call)
    do {
      return try await send(call, with: held, by: reads, mark: mark).answer
    } catch {
      guard let other = await credentials(after: error, with: held) else { throw error }
      return try await send(call, with: other, by: reads, mark: mark).answer
    }
  }

  // What a refused call can be signed with anew; nil where that would change nothing.
  private func credentials(after failure: EC2Failure, with held: HeldCredentials) async -> HeldCredentials? {
    guard failure.failureClass == .credentials else { return nil }
    return failure.clockCorrected ? held : await credentials.replacement(for: held)
  }

  // A claim waits for a refresh only when what is held looks expired, and EC2 decides whether it is.
  private func claimCredentials(for call: EC2Call) async throws(EC2Failure) -> HeldCredentials {
    let now = clockSkew.signingDate(Date())
    if let held = credentials.held(), held.expiration.map({ $0 > now }) ?? true { return held }
    return try await freshCredentials(for: call)
  }

  private func freshCredentials(for call: EC2Call) async throws(EC2Failure) -> HeldCredentials {
    do {
      return try await credentials.credentials()
    } catch {
      throw EC2Failure(
        call: call.action, subject: call.subject, failureClass: .credentials,
        message: error.description, wasSent: false, isCancelled: error == .cancelled)
    }
  }
}

/// How long a call to EC2 may take.
public struct EC2Timeouts: Sendable, Equatable {
  /// Name resolution, TCP and TLS together, in milliseconds.
  public var connectMilliseconds: Int
  /// The whole exchange, in milliseconds.
  public var requestMilliseconds: Int

  /// Takes times; the configuration's defaults unless given.
  public init(connectMilliseconds: Int = 2000, requestMilliseconds: Int = 5000) {
    self.connectMilliseconds = connectMilliseconds
    self.requestMilliseconds = requestMilliseconds
  }
}
