/// Forms of single texts. What exists on this router is not looked at here, only what can be right at all.
extension SettingForm<String> {
  /// A file or directory by its absolute path.
  static func path(maximumBytes: Int = 4095) -> SettingForm {
    let limit = maximumBytes < 4095 ? " of at most \(maximumBytes) bytes" : ""
    return text("an absolute path\(limit), as \"/run/vipad/x\"") { path in
      let isRight = path.hasPrefix("/") && !path.hasSuffix("/") && path.utf8.count <= maximumBytes
      return isRight && isPrintable(path) ? path : nil
    }
  }

  /// The active file of an audit log: its segments are named after it.
  static var auditPath: SettingForm {
    text("an absolute path that ends in .jsonl, as \"/var/log/vipad/audit.jsonl\"") { text in
      text.hasSuffix(".jsonl") && !text.hasSuffix("/.jsonl") ? try? path().read(.text(text)) : nil
    }
  }

  /// A kernel interface's name (IFNAMSIZ of net/if.h: 15 bytes).
  static var kernelInterface: SettingForm {
    text("the name of a network interface, as \"eth0\" (1 to 15 characters)") { name in
      let isRight = (1...15).contains(name.utf8.count) && isPrintable(name) && name != "." && name != ".."
      return isRight && !name.contains { $0 == "/" || $0 == ":" || $0 == " " } ? name : nil
    }
  }

  /// The name of a group, in messages and on command lines.
  static var name: SettingForm {
    text("a name of 1 to 64 letters, digits, \".\", \"_\" or \"-\"") { name in
      (1...64).contains(name.utf8.count) && name.utf8.allSatisfy { isNameByte($0) } ? name : nil
    }
  }

  /// A word that came from elsewhere: printable, without spaces.
  static func word(_ expected: String) -> SettingForm {
    text(expected) { word in
      (1...64).contains(word.utf8.count) && isPrintable(word) && !word.contains(" ") ? word : nil
    }
  }

  /// An AWS resource id: the prefix, then letters and digits.
  static func resourceId(_ prefix: String) -> SettingForm {
    text("an id as \"\(prefix)0123456789abcdef0\"") { id in
      let rest = id.dropFirst(prefix.count)
      let isRight = id.hasPrefix(prefix) && (1...32).contains(rest.utf8.count)
      return isRight && rest.utf8.allSatisfy { isLowerCaseOrDigit($0) } ? id : nil
    }
  }

  /// An AWS Region's code.
  static var region: SettingForm {
    text("a Region's code, as \"eu-central-1\"") { region in
      let isRight = (3...32).contains(region.utf8.count) && !region.hasPrefix("-") && !region.hasSuffix("-")
      let isCode = region.utf8.allSatisfy { isLowerCaseOrDigit($0) || $0 == UInt8(ascii: "-") }
      return isRight && isCode ? region : nil
    }
  }

  private static func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy {
      $0.value >= 0x20 && $0.value != 0x7F && !(0x80...0x9F).contains($0.value)
    }
  }

  private static func isLowerCaseOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isLowerCaseOrDigit(byte | 0x20) && byte >= UInt8(ascii: "0") || "._-".utf8.contains(byte)
  }
}
