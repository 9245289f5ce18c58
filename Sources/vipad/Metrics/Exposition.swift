/// Writes metrics as text, in Prometheus's format 0.0.4 or as OpenMetrics 1.0.
///
/// Source: prometheus.io/docs/instrumenting/exposition_formats, and the OpenMetrics specification.
struct Exposition {
  enum Format: Sendable, CaseIterable {
    case text
    case openMetrics

    var contentType: String {
      switch self {
      case .text: "text/plain; version=0.0.4; charset=utf-8"
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      }
    }
  }

  typealias Labels = [(name: String, value: String)]

  private let format: Format
  private var text = ""
  private var family = ""

  init(_ format: Format) {
    self.format = format
    text.reserveCapacity(24_576)
  }

  /// The whole exposition.
  consuming func bytes() -> [UInt8] {
    if format == .openMetrics { text += "# EOF\n" }
    return Array(text.utf8)
  }

  /// Begins a family of values that go up and down.
  mutating func gauge(_ name: String, _ help: String) { begin(name, "gauge", help) }

  /// Begins a family of counts since the start; `name` without `_total`.
  mutating func counter(_ name: String, _ help: String) {
    // 0.0.4 has the suffix in the family's name, OpenMetrics in the samples' only.
    begin(format == .text ? "\(name)_total" : name, "counter", help)
    family = "\(name)_total"
  }

  /// Begins a family of histograms.
  mutating func histogram(_ name: String, _ help: String) { begin(name, "histogram", help) }

  /// A value of the family begun last.
  mutating func sample(_ value: Double, _ labels: Labels = []) { line(family, labels, Self.number(value)) }

  /// A whole number of the family begun last.
  mutating func count(_ value: UInt64, _ labels: Labels = []) { line(family, labels, String(value)) }

  /// One sample for each of several exclusive states: 1 for the one that is, 0 for the others.
  mutating func states(_ name: String, of all: [String], isNow: String?, _ labels: Labels = []) {
    for state in all { line(family, labels + [(name, state)], state == isNow ? "1" : "0") }
  }

  /// 1 for true, 0 for false.
  mutating func truth(_ value: Bool, _ labels: Labels = []) { line(family, labels, value ? "1" : "0") }

  /// The series of one histogram.
  mutating func samples(_ labels: Labels, of histogram: Histogram) {
    var total: UInt64 = 0
    for (index, count) in histogram.counts.enumerated() {
      total += count
      let bound = index < Histogram.bounds.count ? Self.number(Histogram.bounds[index]) : "+Inf"
      line("\(family)_bucket", labels + [("le", bound)], String(total))
    }
    line("\(family)_sum", labels, Self.number(histogram.sum))
    line("\(family)_count", labels, String(total))
  }

  private mutating func begin(_ name: String, _ type: String, _ help: String) {
    family = name
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private mutating func line(_ name: String, _ labels: Labels, _ value: String) {
    text += name
    for (index, label) in labels.enumerated() {
      text += index == 0 ? "{" : ","
      text += label.name
      text += "=\""
      appendEscaped(label.value)
      text += "\""
    }
    text += labels.isEmpty ? " " : "} "
    text += value
    text += "\n"
  }

  private mutating func appendEscaped(_ value: String) {
    guard value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 == 0x0A }) else {
      text += value
      return
    }
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  /// The shortest digits that give the number again; both formats read them.
  private static func number(_ value: Double) -> String { "\(value)" }
}
