import TOMLKit

/// A TOML value as plain data: what the schema is read against.
enum SettingValue: Sendable, Equatable {
  case text(String)
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  /// A date, a time or both; no key takes one.
  case time
  case list([SettingValue])
  case table([String: SettingValue])

  /// Copies a table out of TOMLKit, whose values are pointers into the parsed document.
  init(_ table: TOMLTable) {
    var copy: [String: SettingValue] = [:]
    for key in table.keys {
      if let value = table[key] { copy[key] = SettingValue(value) }
    }
    self = .table(copy)
  }

  private init(_ value: any TOMLValueConvertible) {
    if let text = value.string {
      self = .text(text)
    } else if let integer = value.int {
      self = .integer(integer)
    } else if let number = value.double {
      self = .number(number)
    } else if let boolean = value.bool {
      self = .boolean(boolean)
    } else if let array = value.array {
      self = .list(array.map { SettingValue($0) })
    } else if let table = value.table {
      self = SettingValue(table)
    } else {
      self = .time
    }
  }

  /// The value as an error line shows it: at most 64 characters, nothing that moves a terminal's cursor.
  var shown: String {
    switch self {
    case .text(let text): quoted(text)
    case .integer(let integer): String(integer)
    case .number(let number): String(number)
    case .boolean(let boolean): String(boolean)
    case .time: "a date or time"
    case .list(let items): "a list of \(items.count)"
    case .table: "a table"
    }
  }
}

/// A text in quotation marks for one line of output: cut after 64 characters, control characters escaped.
func quoted(_ text: String) -> String {
  let characters = text.unicodeScalars.prefix(64).map { scalar in
    let isControl =
      scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
    return isControl || scalar == "\"" || scalar == "\\" ? scalar.escaped(asASCII: true) : String(scalar)
  }
  return "\"" + characters.joined() + (text.unicodeScalars.count > 64 ? "..." : "") + "\""
}
