/// Finds what two groups may not share.
struct GroupComparison {
  /// Something in a group that an earlier group has already.
  struct Clash {
    /// The later group's place in the file.
    let group: Int
    let key: String
    let reason: String
  }

  private(set) var clashes: [Clash] = []

  init(_ groups: [GroupOptions]) {
    for (later, group) in groups.enumerated() {
      for other in groups[..<later] { compare(group, at: later, with: other) }
    }
  }

  private mutating func compare(_ group: GroupOptions, at index: Int, with other: GroupOptions) {
    guard group.name != other.name else {
      clashes.append(
        Clash(group: index, key: "name", reason: "\(quoted(group.name)) names an earlier group too"))
      return
    }
    for vip in group.vips where other.vips.contains(vip) {
      let reason = "\(vip) is in group \(quoted(other.name)) too; a VIP belongs to one group"
      clashes.append(Clash(group: index, key: "vips", reason: reason))
    }
    let names = [group.name] + group.vrrpNames
    let others = [other.name] + other.vrrpNames
    if let name = names.first(where: others.contains) {
      let reason = "\(quoted(name)) means group \(quoted(other.name)) too; a hook could not tell them apart"
      clashes.append(Clash(group: index, key: "vrrpNames", reason: reason))
    }
  }
}
