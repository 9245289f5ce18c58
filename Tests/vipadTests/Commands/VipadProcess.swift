import FoundationEssentials
import Glibc
import SystemPackage

/// What a run of the real vipad left behind.
struct VipadResult: Equatable {
  let exitCode: Int32
  let output: String
  let errors: String
}

/// Runs the vipad that was built beside the tests, with an empty environment.
///
/// - Parameters:
///   - arguments: words without quotation marks.
///   - directory: where its output is put meanwhile.
///   - environment: all that it inherits.
///   - output: where standard output goes instead.
/// - Returns: what it left behind.
/// - Throws: where it could not be run.
func vipad(
  _ arguments: String..., in directory: FilePath, environment: [String: String] = [:], output: String? = nil
) throws -> VipadResult {
  let tests = FilePath(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  let executable = tests.removingLastComponent().appending("vipad")
  let (out, err) = (directory.appending("out"), directory.appending("err"))
  let words =
    ["env", "-i"] + environment.map { "\($0.key)='\($0.value)'" } + ["'\(executable)'"]
    + arguments.map { "'\($0)'" } + [">\(output ?? out.string)", "2>\(err)", "</dev/null"]
  let status = unsafe system(words.joined(separator: " "))
  return VipadResult(
    exitCode: status & 0x7F == 0 ? status >> 8 : -(status & 0x7F),
    output: output == nil ? String(decoding: try readWhole(out), as: UTF8.self) : "",
    errors: String(decoding: try readWhole(err), as: UTF8.self))
}
