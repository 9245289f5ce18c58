import FoundationEssentials
import Glibc

/// One kind of input from outside, and what must hold whatever it is.
///
/// `make fuzz` makes inputs up by libFuzzer; `CorpusTests` feeds the kept ones with every `swift test`.
struct FuzzTarget: Sendable {
  /// Its name, and its folder's in `Corpus`.
  let name: String
  /// Takes an input; throws where something does not hold that must.
  let check: @Sendable ([UInt8]) throws(Broken) -> Void

  /// All of them.
  static let all: [FuzzTarget] = [
    FuzzTarget(name: "RequestGuard") { input throws(Broken) in try RequestStreams.shared.check(input) },
    FuzzTarget(name: "JSONBody", check: checkJSONBody),
    FuzzTarget(name: "EC2Answer", check: checkEC2Answer),
    FuzzTarget(name: "ProfileFiles", check: checkProfileFiles),
    FuzzTarget(name: "InstanceMetadata", check: checkInstanceMetadata),
    FuzzTarget(name: "AuditLog", check: checkAuditLog),
    FuzzTarget(name: "AuditRecord", check: checkAuditRecord),
    FuzzTarget(name: "Configuration", check: checkConfiguration),
    FuzzTarget(name: "PeerStatus", check: checkPeerStatus),
  ]
}

/// Something that must hold and did not, in words.
struct Broken: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Where targets keep their files: a directory of this process, removed with it.
///
/// What a crash leaves below TMPDIR is removed by tools/fuzz.
enum Scratch {
  static let directory: String = {
    let place = FileManager.default.temporaryDirectory.path
    var template = Array("\(place)/vipad-fuzz-XXXXXX".utf8CString)
    guard let made = unsafe mkdtemp(&template) else { return place }
    atexit { try? FileManager.default.removeItem(atPath: Scratch.directory) }
    return unsafe String(cString: made)
  }()
}

/// Makes sure of something that must hold.
func demand(_ holds: Bool, _ what: @autoclosure () -> String) throws(Broken) {
  if !holds { throw Broken(what()) }
}

/// Makes sure that a text is one line which no terminal, log or header takes for anything but text.
func demandOneLine(_ text: String, _ what: @autoclosure () -> String) throws(Broken) {
  let wrong = text.unicodeScalars.first { scalar in
    [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
  }
  if let wrong { throw Broken("\(what()) has \(wrong.escaped(asASCII: true)): \(text.debugDescription)") }
}

/// The same for texts that may be left out.
func demandOneLine(_ texts: [String?], _ what: @autoclosure () -> String) throws(Broken) {
  for case let text? in texts { try demandOneLine(text, what()) }
}

/// Cuts an input in two at the first occurrence of a separator; without one the second half is empty.
func halves(_ input: [UInt8], at separator: String) -> (first: [UInt8], second: [UInt8]) {
  guard let range = input.firstRange(of: Array(separator.utf8)) else { return (input, []) }
  return (Array(input[..<range.lowerBound]), Array(input[range.upperBound...]))
}
