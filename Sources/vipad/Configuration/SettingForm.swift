/// What a key's value must look like, and how it becomes a Swift value.
struct SettingForm<Value: Sendable>: Sendable {
  /// Completes "is not": "a number from 0.1 to 60".
  let expected: String
  /// Whether an error line may show the value: not where it may hold a password.
  let isShown: Bool
  private let convert: @Sendable (SettingValue) -> Value?

  /// A form from a closure that gives nil for a value that is not in it.
  init(_ expected: String, isShown: Bool = true, convert: @escaping @Sendable (SettingValue) -> Value?) {
    self.expected = expected
    self.isShown = isShown
    self.convert = convert
  }

  func read(_ value: SettingValue) throws(SettingMismatch) -> Value {
    guard let result = convert(value) else {
      throw SettingMismatch(reason: "\(isShown ? value.shown : "the value") is not \(expected)")
    }
    return result
  }
}

/// Why a value was not taken.
struct SettingMismatch: Error {
  /// The element that is wrong, where the value is a list.
  var index: Int?
  var reason: String
}

extension SettingForm {
  /// A text for which `check` gives a value.
  static func text(
    _ expected: String, isShown: Bool = true, check: @escaping @Sendable (String) -> Value?
  ) -> SettingForm {
    SettingForm(expected, isShown: isShown) { value in
      if case .text(let text) = value { check(text) } else { nil }
    }
  }
}

extension SettingForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of an enumeration's raw strings.
  static var choice: SettingForm {
    let names = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
    return text(names, check: Value.init)
  }
}

extension SettingForm<Int> {
  static func integer(_ bounds: ClosedRange<Int>) -> SettingForm {
    SettingForm("a whole number from \(bounds.lowerBound) to \(bounds.upperBound)") { value in
      if case .integer(let integer) = value, bounds.contains(integer) { integer } else { nil }
    }
  }
}

extension SettingForm<Double> {
  /// A duration; whole numbers count as well.
  static func seconds(_ bounds: ClosedRange<Double>) -> SettingForm {
    SettingForm("a number of seconds from \(short(bounds.lowerBound)) to \(short(bounds.upperBound))") {
      value in
      let seconds: Double? =
        switch value {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
      return seconds.flatMap { bounds.contains($0) ? $0 : nil }
    }
  }

  /// 60 rather than 60.0.
  private static func short(_ number: Double) -> String {
    number.rounded() == number ? String(Int(number)) : String(number)
  }
}

/// A list with at least one element, all of one form and all different.
struct SettingListForm<Element: Sendable & Hashable>: Sendable {
  let element: SettingForm<Element>
  let maximumCount: Int

  var form: SettingForm<[SettingValue]> {
    SettingForm("a list of 1 to \(maximumCount) elements, each \(element.expected)") { [maximumCount] value in
      guard case .list(let items) = value, (1...maximumCount).contains(items.count) else { return nil }
      return items
    }
  }

  /// - Throws: `SettingMismatch`, with the place of the first element that is wrong.
  func read(_ value: SettingValue) throws(SettingMismatch) -> [Element] {
    var elements: [Element] = []
    for (index, item) in try form.read(value).enumerated() {
      do throws(SettingMismatch) {
        let next = try element.read(item)
        guard !elements.contains(next) else {
          throw SettingMismatch(reason: "\(item.shown) is there twice; leave one out")
        }
        elements.append(next)
      } catch {
        throw SettingMismatch(index: index, reason: error.reason)
      }
    }
    return elements
  }
}
