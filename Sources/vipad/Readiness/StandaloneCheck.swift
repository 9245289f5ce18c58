import AWS
import Audit
import Failover
import FoundationEssentials
import Glibc
import SystemPackage

/// The daemon's checks, made once by a command: nothing is written, and nothing is moved.
struct StandaloneCheck {
  private let configuration: Configuration
  private let environment: [String: String]
  private let daemonFailure: String

  /// `daemonFailure`: why the daemon can't be asked.
  init(
    _ configuration: Configuration, environment: [String: String] = ProcessInfo.processInfo.environment,
    daemonFailure: String
  ) {
    self.configuration = configuration
    self.environment = environment
    self.daemonFailure = daemonFailure
  }

  /// A configuration that can't be used: nothing else can be looked at.
  static func refused(_ error: ConfigurationError) -> Readiness {
    var readiness = Readiness(ReadinessOptions())
    readiness.note(
      .failed(
        .configuration, error.findings.map(\.description).joined(separator: "; "),
        "mend the configuration; config/vipad.example.toml has every key"))
    return readiness
  }

  /// No daemon, and nothing else looked at.
  func withoutDaemon() -> Readiness {
    var readiness = Readiness(configuration.readiness)
    readiness.note(.ok(.configuration, configuration.file))
    readiness.note(.failed(.daemon, daemonFailure, "systemctl start vipad; journalctl -u vipad"))
    return readiness
  }

  /// All checks, one after the other; a few seconds where something does not answer.
  func run() async -> Readiness {
    var readiness = withoutDaemon()
    await checkHere(&readiness)
    do {
      try await checkCloud(try Cloud(configuration, environment: environment), &readiness)
    } catch {
      readiness.note(.failed(.ec2, "\(error)", "correct [aws]"))
    }
    return readiness
  }

  // MARK: This machine

  private func checkHere(_ readiness: inout Readiness) async {
    let saved = StateFile(directory: configuration.state.directory)
    readiness.note(stateDirectory())
    readiness.note(pause(in: saved))
    readiness.note(audit())
    var keepalivedProcessId: Int32?
    do {
      let witnesses = try Witnesses(configuration, changed: Signal())
      defer { witnesses.stop() }
      let problem = await problem(of: witnesses)
      keepalivedProcessId = witnesses.keepalivedProcessId
      readiness.note(.vrrp(problem))
    } catch {
      readiness.note(.failed(.vrrp, "\(error)", nil))
    }
    let found = await LocalSurvey(
      configuration: configuration, keepalivedProcessId: keepalivedProcessId
    ).result()
    readiness.note(found.hook)
    readiness.note(found.addressCopier)
    let webhook = WebhookSurvey(
      options: configuration.notify, proxy: ProxySettings(environment: environment))
    if let finding = await webhook.finding() { readiness.note(finding) }
  }

  /// keepalived lives by its progress, which takes up to 3 s to be seen (`VRRPProcessSettings.standstillSeconds`).
  private func problem(of witnesses: Witnesses) async -> String? {
    let end = DaemonClock.uptime() + .seconds(3)
    while true {
      let problem = witnesses.look(for: configuration.groups).lazy.compactMap(\.evidence.problem).first
      guard let problem, witnesses.sawKeepalived, DaemonClock.uptime() < end else { return problem }
      guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return problem }
    }
  }

  private func stateDirectory() -> Finding {
    let directory = configuration.state.directory
    guard unsafe access(directory, W_OK) == 0 || mayMake(directory) else {
      return .failed(.state, "\(directory) can't be written", "let vipad's user write directory of [state]")
    }
    return .ok(.state, "\(directory) can be written")
  }

  private func pause(in file: StateFile) -> Finding {
    guard let pause = (try? file.read())?.pause else { return .ok(.pause, "claims are not paused") }
    return .failed(.pause, "all claims are stopped \(pause.words)", "vipad resume")
  }

  private func audit() -> Finding {
    let path = configuration.audit.path
    let directory = FilePath(path).removingLastComponent().string
    let isThere = unsafe access(path, F_OK) == 0
    let isWritable = unsafe access(isThere ? path : directory, W_OK) == 0
    return .audit(
      isWritten: isWritable || !isThere && mayMake(directory),
      reason: "\(path) can't be written by this user",
      room: LogRoom(configuration.audit))
  }

  /// The daemon makes a missing directory itself.
  private func mayMake(_ directory: String) -> Bool {
    let parent = FilePath(directory).removingLastComponent().string
    return unsafe access(directory, F_OK) != 0 && access(parent, W_OK) == 0
  }

  // MARK: AWS

  private func checkCloud(_ cloud: Cloud, _ readiness: inout Readiness) async throws {
    do throws(CredentialError) {
      let held = try await cloud.credentials.credentials()
      readiness.note(.credentials(held, lastFailure: nil, now: Date.now))
    } catch {
      readiness.note(.credentials(nil, lastFailure: error, now: Date.now))
    }
    let client: EC2Client
    do {
      client = try await cloud.connect()
    } catch {
      readiness.note(.unidentified("\(error)"))
      return
    }
    await checkWay(client, cloud, &readiness)
    guard let identities = await identify(cloud, client, &readiness) else { return }
    guard cloud.credentials.held() != nil else { return }
    await checkRights(client, identities, &readiness)
    readiness.note(.clock(skewMilliseconds: (cloud.skew.seconds * 1000).rounded()))
  }

  private func checkWay(_ client: EC2Client, _ cloud: Cloud, _ readiness: inout Readiness) async {
    var way = EndpointFinding(
      url: client.endpoint.url,
      addresses: await HostAddresses.resolve(EndpointFinding.host(of: client.endpoint.url)),
      mustBePrivate: configuration.readiness.privateEndpoint)
    do throws(TransportError) {
      way.warm = try await client.keepWarm()
      readiness.note(.clock(skewMilliseconds: (cloud.skew.seconds * 1000).rounded()))
    } catch {
      way.trouble = (error.description, nil)
    }
    if let finding = way.finding { readiness.note(finding) }
  }

  private func identify(
    _ cloud: Cloud, _ client: EC2Client, _ readiness: inout Readiness
  ) async -> [(group: GroupOptions, identity: Identity)]? {
    var known: [(group: GroupOptions, identity: Identity)] = []
    for group in configuration.groups {
      do {
        known.append((group, try await cloud.identity(of: group, client: client)))
      } catch {
        readiness.note(.unidentified("\(error)"))
        return nil
      }
    }
    let isFromMetadata = known.allSatisfy(\.identity.isFromMetadata)
    readiness.note(
      .ok(
        .metadata,
        isFromMetadata ? "the instance metadata answers" : "none on this host: EC2 confirms in its place"))
    readiness.note(.identity(known, region: client.region))
    return known
  }

  private func checkRights(
    _ client: EC2Client, _ known: [(group: GroupOptions, identity: Identity)], _ readiness: inout Readiness
  ) async {
    let vips = known.flatMap(\.group.vips)
    let own = known.compactMap(\.identity.privateIpAddress)
    let read: Result<EC2Survey, EC2Failure>
    do throws(EC2Failure) {
      read = .success(try await client.survey(of: vips, with: own, vpcId: known.first?.identity.vpcId))
    } catch {
      read = .failure(error)
    }
    if case .failure(let failure) = read, failure.failureClass == .credentials {
      readiness.note(.failed(.ec2, failure.cause, failure.remedy))
    }
    let isRefused = client.isDescribeNetworkInterfacesRefused
    if let finding = Finding.describe(read.map { _ in () }, isNetworkInterfacesRefused: isRefused) {
      readiness.note(finding)
    }
    let shown = (try? read.get().interfaces) ?? []
    let seen = Dictionary(shown.map { ($0.networkInterfaceId, $0) }) { first, _ in first }
    let targets = known.map {
      InterfaceFindings.Target(vips: $0.group.vips, networkInterfaceId: $0.identity.networkInterfaceId)
    }
    var limit: Int?
    if let type = known.lazy.compactMap(\.identity.instanceType).first {
      limit = (try? await client.addressLimit(ofType: type)) ?? nil
    }
    for finding in InterfaceFindings(seen: seen, targets: targets, addressLimit: limit).all {
      readiness.note(finding)
    }
    await probe(client, targets, seen, &readiness)
  }

  private func probe(
    _ client: EC2Client, _ targets: [InterfaceFindings.Target], _ seen: [String: EC2NetworkInterface],
    _ readiness: inout Readiness
  ) async {
    guard configuration.readiness.probePeriod != nil else { return readiness.note(.unprobed) }
    let vips = targets.flatMap(\.vips)
    for id in Set(targets.map(\.networkInterfaceId)).sorted() {
      guard let primary = seen[id]?.privateIpAddress, !vips.contains(primary) else {
        return readiness.note(.unknown(.assign, "EC2 has not shown the primary address of \(id)"))
      }
      let finding = Finding.assign(
        await client.probeAssignRight(networkInterfaceId: id, primaryAddress: primary))
      readiness.note(finding)
      guard finding.state == .ok else { return }
    }
  }
}
