/// Reads a parsed file against the schema and gathers everything that is wrong with it.
struct ConfigurationReader {
  private let file: String
  private let locator: SettingLocator
  private var findings: [ConfigurationError.Finding] = []

  /// A reader for one file, whose text must be a valid TOML document.
  init(file: String, text: String) {
    self.file = file
    locator = SettingLocator(text)
  }

  /// The configuration that a document's root table describes.
  ///
  /// - Throws: `ConfigurationError` with all findings in the order of their lines.
  mutating func read(_ root: [String: SettingValue]) throws(ConfigurationError) -> Configuration {
    var configuration = Configuration(file: file)
    let sectionNames = ConfigurationSchema.sections.map(\.name)
    read(
      root, at: .root, ConfigurationSchema.rootKeys, beside: sectionNames + ["group"], into: &configuration)
    for section in ConfigurationSchema.sections {
      guard let table = table(root[section.name], at: .root + section.name) else { continue }
      read(table, at: .root + section.name, section.keys, into: &configuration)
    }
    readGroups(root, into: &configuration)
    compare(configuration)
    guard findings.isEmpty else {
      throw ConfigurationError(findings.sorted { ($0.line ?? 0) < ($1.line ?? 0) })
    }
    return configuration
  }

  /// Reads one table: each known key into `target`, a finding for each unknown one.
  private mutating func read<Root>(
    _ table: [String: SettingValue], at path: SettingPath, _ keys: [SchemaKey<Root>],
    beside others: [String] = [], into target: inout Root
  ) {
    for key in keys {
      guard let value = table[key.name] else { continue }
      do throws(SettingMismatch) {
        try key.apply(value, &target)
      } catch {
        let place = path + key.name
        add(error.index.map { place + $0 } ?? place, error.reason)
      }
    }
    let known = keys.map(\.name) + others
    for name in table.keys.sorted() where !known.contains(name) {
      add(path + name, UnknownKey(name: name, path: path, known: known).reason)
    }
  }

  /// The content of a `[section]`; nil where it is absent or, with a finding, no table.
  private mutating func table(_ value: SettingValue?, at path: SettingPath) -> [String: SettingValue]? {
    guard let value else { return nil }
    if case .table(let table) = value { return table }
    add(path, "\(value.shown) is not a table; write it as [\(path)]")
    return nil
  }

  private mutating func readGroups(_ root: [String: SettingValue], into configuration: inout Configuration) {
    let path = SettingPath.root + "group"
    guard let value = root["group"] else {
      setShortGroup(isThere: root["vips"] != nil, in: &configuration)
      return
    }
    if root["vips"] != nil {
      add(.root + "vips", "vips and [[group]] exclude each other; move the VIPs into a [[group]]")
    }
    guard case .list(let items) = value, !items.isEmpty else {
      add(path, "\(value.shown) is not a list of tables; write each group as [[group]]")
      return
    }
    configuration.groups = []
    for (index, item) in items.enumerated() {
      guard let table = table(item, at: path + index) else { continue }
      configuration.groups.append(readGroup(table, at: path + index, witness: configuration.vrrp.witness))
    }
    findings += GroupComparison(configuration.groups).clashes.map { clash in
      finding(path + clash.group + clash.key, clash.reason)
    }
  }

  private mutating func setShortGroup(isThere: Bool, in configuration: inout Configuration) {
    if !isThere {
      add(.root, "vips is missing: name the VIPs, as vips = [\"10.0.1.100\"], or write a [[group]]")
    }
    for index in configuration.groups.indices {
      configuration.groups[index].witness = configuration.vrrp.witness
      configuration.groups[index].vrrpNames = [configuration.groups[index].name]
    }
  }

  private mutating func readGroup(
    _ table: [String: SettingValue], at path: SettingPath, witness: Witness
  ) -> GroupOptions {
    var group = GroupOptions(witness: witness)
    read(table, at: path, ConfigurationSchema.groupKeys, into: &group)
    if table["vrrpNames"] == nil { group.vrrpNames = [group.name] }
    for required in ["name", "vips"] where table[required] == nil {
      add(path + required, "is missing: every [[group]] needs name and vips")
    }
    if table["networkInterfaceId"] != nil && table["interface"] != nil {
      add(path + "interface", "interface and networkInterfaceId exclude each other; leave one out")
    }
    return group
  }

  /// What no key can say alone.
  private mutating func compare(_ configuration: Configuration) {
    let aws = configuration.aws
    if aws.requestTimeoutSeconds < aws.connectTimeoutSeconds {
      add(
        .root + "aws" + "requestTimeoutSeconds",
        "\(aws.requestTimeoutSeconds) is less than connectTimeoutSeconds (\(aws.connectTimeoutSeconds)), "
          + "which it includes; raise it or lower that")
    }
    for (key, reason) in MonitorComparison(configuration.monitor).findings {
      add(.root + "monitor" + key, reason)
    }
    for (key, reason) in NotifyComparison(configuration.notify).findings {
      add(.root + "notify" + key, reason)
    }
    if let vip = configuration.drill.vip,
      let group = configuration.groups.first(where: { $0.vips.contains(vip) })
    {
      add(
        .root + "drill" + "vip",
        "\(vip) is a VIP of group \(quoted(group.name)); set another address aside, which carries no traffic")
    }
  }

  private mutating func add(_ path: SettingPath, _ reason: String) {
    findings.append(finding(path, reason))
  }

  private func finding(_ path: SettingPath, _ reason: String) -> ConfigurationError.Finding {
    let key = path == .root ? nil : path.description
    return ConfigurationError.Finding(
      file: file, line: locator.line(of: path), key: key, reason: reason)
  }
}
