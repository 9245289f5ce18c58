/// Every key a configuration file may have.
///
/// Reading, the list of known keys and the tests of the shipped examples come from these tables; a key's default
/// is its property's initial value.
enum ConfigurationSchema {
  /// Keys outside any table.
  static let rootKeys: [SchemaKey<Configuration>] = [
    SchemaKey("vips", vips, "the VIPs, where there is one group: short for a group named default") {
      $1.groups = [GroupOptions(vips: $0)]
    }
  ]

  /// Keys of each `[[group]]`.
  static let groupKeys: [SchemaKey<GroupOptions>] = [
    SchemaKey("name", .name, \.name, "the group's name, in calls and in the audit log"),
    SchemaKey("vips", vips, "the VIPs that move together", set: { $1.vips = $0 }),
    SchemaKey(
      "vrrpNames",
      SettingListForm(
        element: .word("a VRRP instance's or sync-group's name without spaces"), maximumCount: 32),
      "VRRP instances and sync-groups that the hook may name", set: { $1.vrrpNames = $0 }),
    SchemaKey("witness", .choice, \.witness, "who says that this router is MASTER"),
    SchemaKey("vrrpInterface", .kernelInterface, \.vrrpInterface, "where keepalived puts the VIPs"),
    SchemaKey("networkInterfaceId", .resourceId("eni-"), "the network interface in AWS, by its id") {
      $1.networkInterface = .networkInterfaceId($0)
    },
    SchemaKey("interface", .kernelInterface, "the network interface in AWS, by its name here") {
      $1.networkInterface = .kernelInterface($0)
    },
  ]

  static let sections = [aws, identity, vrrp, server, monitor, audit, state, peer, notify, readiness, drill]

  private static let vips = SettingListForm(element: .vip, maximumCount: 64)

  private static let aws = SchemaSection(
    name: "aws",
    keys: [
      SchemaKey("region", .region, \.aws.region, "the Region"),
      SchemaKey("ec2Endpoint", .ec2Endpoint, \.aws.ec2Endpoint, "where EC2 is called"),
      SchemaKey("imdsEndpoint", .imdsEndpoint, \.aws.imdsEndpoint, "where IMDS is called"),
      SchemaKey("caBundle", .path(), \.aws.caBundle, "PEM file of the CAs that EC2 is trusted by"),
      SchemaKey(
        "profile", .word("a profile's name without spaces"), \.aws.profile, "profile of the shared files"),
      SchemaKey(
        "connectTimeoutSeconds", .seconds(0.1...60), \.aws.connectTimeoutSeconds,
        "how long a connection to EC2 may take"),
      SchemaKey(
        "requestTimeoutSeconds", .seconds(0.1...120), \.aws.requestTimeoutSeconds,
        "how long a call to EC2 may take, connecting included"),
      SchemaKey("bindInterface", .kernelInterface, \.aws.bindInterface, "where calls to EC2 leave"),
    ])

  private static let identity = SchemaSection(
    name: "identity",
    keys: [
      SchemaKey("instanceId", .resourceId("i-"), \.identity.instanceId, "this instance, where IMDS is off")
    ])

  private static let vrrp = SchemaSection(
    name: "vrrp",
    keys: [
      SchemaKey("witness", .choice, \.vrrp.witness, "the witness of groups that name none"),
      SchemaKey(
        "keepalivedPidFile", pidFile, \.vrrp.keepalivedPidFile, "where keepalived's process id stands"),
      SchemaKey(
        "keepalivedConfiguration", .path(), \.vrrp.keepalivedConfiguration, "keepalived's own configuration"),
      SchemaKey(
        "guardSeconds", .seconds(0.1...3600), \.vrrp.guardSeconds,
        "how often a MASTER checks that it still holds its VIPs"),
    ])

  private static let pidFile = SettingForm.text("an absolute path, or \"\" to leave keepalived unwatched") {
    text in
    let file = try? SettingForm.path().read(.text(text))
    return text.isEmpty ? KeepalivedPidFile.unwatched : file.map { .file($0) }
  }

  private static let server = SchemaSection(
    name: "server",
    keys: [
      SchemaKey("listen", .loopbackEndpoint, \.server.listen, "the TCP listener"),
      SchemaKey("socket", .path(maximumBytes: 107), \.server.socket, "the Unix socket"),
      SchemaKey(
        "socketGroup", .word("a group's name without spaces"), \.server.socketGroup,
        "the group that may POST on the socket"),
      SchemaKey(
        "readers", .word("\"everyone\" or a group's name without spaces"), \.server.readers,
        "who else may read on the socket"),
      SchemaKey("tokenFile", .path(), \.server.tokenFile, "where the token for POST over TCP is written"),
    ])

  private static let monitor = SchemaSection(
    name: "monitor",
    keys: [
      SchemaKey("listen", .endpoint, \.monitor.listen, "the listener for monitoring from afar"),
      SchemaKey("certificate", .path(), \.monitor.certificate, "PEM file of its certificate"),
      SchemaKey("key", .path(), \.monitor.key, "PEM file of the certificate's key"),
      SchemaKey("clientCA", .path(), \.monitor.clientCA, "PEM file of the CAs of client certificates"),
      SchemaKey("tokenFile", .path(), \.monitor.tokenFile, "file with the read token"),
      SchemaKey(
        "names", SettingListForm(element: .hostName, maximumCount: 32), "what clients call this router",
        set: { $1.monitor.names = $0 }),
    ])

  private static let audit = SchemaSection(
    name: "audit",
    keys: [
      SchemaKey("path", .auditPath, \.audit.path, "the active audit log; rotated segments lie beside it"),
      SchemaKey("maxBytes", .integer(16_384...1_073_741_824), \.audit.maximumBytes, "size of one segment"),
      SchemaKey("keep", .integer(1...10_000), \.audit.keep, "how many rotated segments are kept"),
      SchemaKey("onFailure", .choice, \.audit.onFailure, "what a claim does while the log can't be written"),
    ])

  private static let readiness = SchemaSection(
    name: "readiness",
    keys: [
      SchemaKey(
        "assignProbeSeconds", .probePause, \.readiness.assignProbeSeconds,
        "how often EC2 is asked whether it would let this router assign addresses"),
      SchemaKey(
        "privateEndpoint", .flag, \.readiness.privateEndpoint, "EC2 must be reached by private addresses"),
      SchemaKey(
        "ignore", SettingListForm(element: .check, maximumCount: 32), "checks that don't count",
        set: { $1.readiness.ignore = $0 }),
    ])

  private static let drill = SchemaSection(
    name: "drill", keys: [SchemaKey("vip", .vip, \.drill.vip, "an address set aside for drills")])

  private static let state = SchemaSection(
    name: "state",
    keys: [SchemaKey("directory", .path(), \.state.directory, "what must survive a restart of the daemon")])

  private static let peer = SchemaSection(
    name: "peer",
    keys: [
      SchemaKey("status", .peerStatus, \.peer.status, "where the other router's /status is"),
      SchemaKey("caBundle", .path(), \.peer.caBundle, "PEM file of the CAs that it is trusted by"),
      SchemaKey("tokenFile", .path(), \.peer.tokenFile, "the token that it wants of readers"),
    ])

  private static let notify = SchemaSection(
    name: "notify",
    keys: [
      SchemaKey("webhook", .webhook, \.notify.webhook, "where failovers and trouble are told"),
      SchemaKey("secretFile", .path(), \.notify.secretFile, "the secret that notifications are signed with"),
      SchemaKey(
        "caBundle", .path(), \.notify.caBundle, "PEM file of the CAs that the receiver is trusted by"),
      SchemaKey(
        "notReadySeconds", .seconds(1...3600), \.notify.notReadySeconds,
        "how long it must last that this router is not ready, or is again, to be told"),
    ])
}
