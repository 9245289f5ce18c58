/// Where a value stands in a TOML document: keys and, in lists, places counted from 0.
struct SettingPath: Sendable, Hashable, CustomStringConvertible {
  enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  private(set) var steps: [Step] = []

  static let root = SettingPath()

  static func + (path: SettingPath, key: String) -> SettingPath {
    SettingPath(steps: path.steps + [.key(key)])
  }

  static func + (path: SettingPath, index: Int) -> SettingPath {
    SettingPath(steps: path.steps + [.index(index)])
  }

  var parent: SettingPath? {
    steps.isEmpty ? nil : SettingPath(steps: steps.dropLast())
  }

  /// As the operator writes it: `group[0].vips[1]`; a key that TOML wants quoted is quoted.
  var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .key(let key): text += (text.isEmpty ? "" : ".") + Self.shown(key)
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }

  private static func shown(_ key: String) -> String {
    let isBare = key.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    return isBare && !key.isEmpty && key.utf8.count <= 64 ? key : quoted(key)
  }
}
