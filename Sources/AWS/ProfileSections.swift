// A file in AWS's INI dialect: text in, sections out. Read as botocore reads it, which is Python's
// configparser with an inner level: a value that begins on the lines below its name holds pairs itself.
struct ProfileSections: Sendable {
  typealias Options = [String: Value]

  enum Value: Sendable, Equatable {
    case text(String)
    case nested([String: String])
  }

  // In the file's order.
  let sections: [(name: String, options: Options)]

  // `file` is only for the error.
  init(_ text: String, file: String) throws(ProfileError) {
    var reader = ProfileReader(file: file)
    for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      try reader.take(line)
    }
    sections = try reader.finished()
  }
}
