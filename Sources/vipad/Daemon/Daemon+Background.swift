import AWS
import Audit
import Failover
import FoundationEssentials
import Logging
import Netlink

/// What goes on without anybody asking: who this router is, its credentials, the warm connection.
extension Daemon {
  static let firstRetry = Duration.seconds(1)
  static let slowestRetry = Duration.seconds(30)
  /// After so long identity, credentials and connection are there where they can be had at all.
  static let startIsOver = Duration.seconds(2)

  func beginBackground() {
    noteAuditHealth()
    beginNotifying()
    if pause != nil { applyPause() }
    background += [
      start { await $0.keepIdentity() }, start { await $0.keepCredentials() }, start { await $0.keepWarm() },
      start { await $0.followWitnesses() }, start { await $0.followStateFile() },
      start(priority: .utility) { await $0.followMetadata() },
      start(priority: .utility) { await $0.followReadiness() },
      start(priority: .utility) { await $0.followProbes() },
    ]
    background += followPeer()
    loadHistory()
    thread.after(Self.startIsOver) {
      _ = self.start(priority: .utility) { _ in ResidentMemory.giveBackTheStart() }
    }
  }

  /// Looks for Region, instance and interfaces until all groups know theirs, and again when that is wanted.
  private func keepIdentity() async {
    var pause = Self.firstRetry
    while !Task.isCancelled {
      if await findIdentity() {
        pause = Self.firstRetry
        await wantsIdentity.wait()
      } else {
        await wantsIdentity.wait(atMost: pause, by: thread)
        pause = min(pause * 2, Self.slowestRetry)
      }
    }
  }

  /// The configuration is another one, or EC2 does not know the interface that is held to be ours.
  func findIdentitySoon() {
    wantsIdentity.give()
  }

  /// A router that stands by asks the instance metadata too, as its next confirmation will: it costs no call to EC2.
  private func followMetadata() async {
    while await thread.slept(for: Self.surveyPeriod) {
      let macAddress = identities.values.lazy.filter(\.isFromMetadata).compactMap(\.macAddress).first
      if let macAddress { _ = try? await addresses(of: macAddress) }
      publishSoon()
    }
  }

  /// Looks once; true when every group knows its interface.
  private func findIdentity() async -> Bool {
    var missing: [String] = []
    for group in configuration.groups {
      do {
        let identity = try await cloud.identity(of: group, client: try await connectedClient())
        try identified(identity, of: group)
      } catch {
        missing.append("\(error)")
      }
    }
    guard missing.isEmpty else {
      noteMissing(.unidentified(missing.joined(separator: "; ")))
      return false
    }
    let isFromMetadata = identities.values.allSatisfy(\.isFromMetadata)
    checks.note(
      .ok(
        .metadata,
        isFromMetadata ? "the instance metadata answers" : "none on this host: EC2 confirms in its place"))
    let known = configuration.groups.compactMap { group in identities[group.name].map { (group, $0) } }
    checks.note(.identity(known, region: client?.region ?? ""))
    publishSoon()
    return true
  }

  private func identified(_ identity: Identity, of group: GroupOptions) throws {
    noteIdentityChange(identities[group.name], identity, of: group)
    identities[group.name] = identity
    if group == configuration.groups.first { interfaceName = try Cloud.kernelName(of: identity) }
    handle(.interfaceIdentified(networkInterfaceId: identity.networkInterfaceId), for: group.name)
    saveState()
  }

  /// Another interface than before, or a state directory that another instance wrote, as in a cloned image.
  private func noteIdentityChange(_ before: Identity?, _ now: Identity, of group: GroupOptions) {
    if let before, before.networkInterfaceId != now.networkInterfaceId {
      record(
        .identityChanged, actor: nil,
        detail: "group \(group.name): \(now.networkInterfaceId) instead of \(before.networkInterfaceId)")
    }
    guard let saved = savedInstanceId, saved != now.instanceId else { return }
    savedInstanceId = nil
    record(
      .identityChanged, actor: nil, detail: "instance \(now.instanceId): the state of \(saved) is ignored")
    endPause(actor: nil, why: "it was instance \(saved)'s")
  }

  private func connectedClient() async throws -> EC2Client {
    if let client { return client }
    let made = try await cloud.connect()
    client = made
    cloud.wantsWarming.give()
    _ = start(priority: .utility) { await $0.resolveEndpoint() }
    return made
  }

  /// Gets credentials and refreshes them before they end.
  private func keepCredentials() async {
    var pause = Self.firstRetry
    while !Task.isCancelled, await !getCredentials() {
      _ = await thread.slept(for: pause)
      pause = min(pause * 2, Self.slowestRetry)
    }
    await cloud.credentials.keepFresh()
  }

  private func getCredentials() async -> Bool {
    do {
      let held = try await cloud.credentials.credentials()
      credentialsHeld(held)
      return true
    } catch {
      noteMissing(.credentials(nil, lastFailure: error, now: Date.now))
      return false
    }
  }

  /// EC2 did not take the signature: gets new credentials, with which the claim goes on at once.
  func refreshCredentials() {
    _ = start { daemon in
      do {
        await daemon.credentialsHeld(try await daemon.cloud.credentials.refresh())
      } catch {
        await daemon.credentialsNotRefreshed()
      }
    }
  }

  private func credentialsHeld(_ held: HeldCredentials) {
    noteCredentials()
    tellGroups(.credentialsRefreshed)
  }

  private func credentialsNotRefreshed() {
    noteMissing(
      .credentials(
        cloud.credentials.held(), lastFailure: cloud.credentials.lastFailure,
        now: cloud.skew.signingDate(Date.now)))
  }

  private func tellGroups(_ event: Event) {
    for name in running.keys { handle(event, for: name) }
  }

  func noteMissing(_ finding: Finding) {
    if checks.detail(of: finding.name) != finding.detail {
      logger.warning("\(finding.name.rawValue): \(finding.detail)")
    }
    checks.note(finding)
    publishSoon()
  }

  /// Keeps the claims' connection open and recently proven; a broken one is replaced at once.
  private func keepWarm() async {
    while !Task.isCancelled {
      await cloud.wantsWarming.wait(atMost: .seconds(EC2Client.keepWarmIntervalSeconds), by: thread)
      if let client { await warm(client) }
      // A server that closes after each answer must not be asked without end.
      _ = await thread.slept(for: Self.firstRetry)
    }
  }

  private func warm(_ client: EC2Client) async {
    do throws(TransportError) {
      noteWarm(.success(try await client.keepWarm()))
    } catch {
      noteWarm(.failure(error))
    }
  }

  private func noteWarm(_ result: Result<WarmConnection, TransportError>) {
    ec2.keptWarm(result, skew: cloud.skew)
    noteEC2()
    publishSoon()
  }

  private func followStateFile() async {
    while !Task.isCancelled {
      noteStateFile()
      await stateFile.tried.wait()
    }
  }

  /// Shows whether what must survive a restart is being kept.
  func noteStateFile() {
    let problem = stateFile.problem
    if let problem, checks.detail(of: .state) != problem { logger.error("\(problem)") }
    checks.note(
      problem.map { .failed(.state, $0, "let vipad's user write directory of [state]") }
        ?? .ok(.state, "what must survive a restart is kept"))
    publishSoon()
  }
}
