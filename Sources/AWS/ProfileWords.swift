// Splits a line into words as a POSIX shell would, without expanding anything; nil for a quote that is not
// closed or a backslash at the end. The same as Python's `shlex.split`, which AWS's tools use.
func shellWords(_ line: String) -> [String]? {
  var splitter = WordSplitter()
  for character in line.unicodeScalars { splitter.take(character) }
  return splitter.finished()
}

private struct WordSplitter {
  private enum Quoting { case none, single, double }

  private var words: [String] = []
  private var word: String.UnicodeScalarView?
  private var quoting = Quoting.none
  private var isEscaped = false

  mutating func take(_ character: Unicode.Scalar) {
    if isEscaped {
      takeEscaped(character)
    } else {
      switch (quoting, character) {
      case (.none, "\\"), (.double, "\\"): isEscaped = true
      case (.none, "'"): open(.single)
      case (.none, "\""): open(.double)
      case (.single, "'"), (.double, "\""): quoting = .none
      case (.none, " "), (.none, "\t"), (.none, "\r"), (.none, "\n"): endWord()
      default: append(character)
      }
    }
  }

  mutating func finished() -> [String]? {
    guard quoting == .none, !isEscaped else { return nil }
    endWord()
    return words
  }

  // Between double quotes a backslash escapes only itself and the quote.
  private mutating func takeEscaped(_ character: Unicode.Scalar) {
    isEscaped = false
    if quoting == .double, character != "\\", character != "\"" { append("\\") }
    append(character)
  }

  private mutating func open(_ quote: Quoting) {
    quoting = quote
    word = word ?? String.UnicodeScalarView()
  }

  private mutating func append(_ character: Unicode.Scalar) {
    word = word ?? String.UnicodeScalarView()
    word?.append(character)
  }

  private mutating func endWord() {
    if let word { words.append(String(word)) }
    word = nil
  }
}
