import FoundationEssentials

/// The checkout that this test was compiled from.
enum Repository {
  static let root = String(#filePath.dropLast("/Tests/PackageTests/Repository.swift".count))

  /// A file of the checkout.
  struct File {
    /// From the root on.
    let path: String
    let text: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  }

  /// The text files below a folder; build products and what is no text are left out.
  static func files(below folder: String, endingIn suffix: String = "") -> [File] {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
    return paths.filter { $0.hasSuffix(suffix) && !$0.contains("__pycache__") }.sorted().compactMap { path in
      guard let data = FileManager.default.contents(atPath: "\(root)/\(folder)/\(path)"),
        let text = String(validating: data, as: UTF8.self)
      else { return nil }
      return File(path: "\(folder)/\(path)", text: text)
    }
  }
}
