/// What was received before the body, as the library parsed it, with what shows where its parse hides bytes.
struct RequestHead {
  /// The method as sent.
  var method: String
  /// The request target as sent, up to a NUL.
  var target: String
  /// The version as sent: `HTTP/1.1`.
  var version: String
  /// The header fields, values without the white space around them; nil if one is not UTF-8.
  var headers: [(name: String, value: String)]?
  /// White space around the values, in bytes.
  var paddingBytes: Int
  /// Whether each line began right after the one before it and its CRLF.
  var linesAreAdjacent: Bool
  /// Whether the header ends in what the parse makes of the last line's CRLF and the empty line: four NULs.
  var endsInNULs: Bool
  /// What was received from the method to the empty line, in bytes.
  var headerBytes: Int

  /// What the header would measure if the parse had lost nothing, in bytes.
  var rebuiltBytes: Int {
    let requestLine = method.utf8.count + 1 + target.utf8.count + 1 + version.utf8.count + 2
    let fields = (headers ?? []).reduce(0) { $0 + $1.name.utf8.count + 1 + $1.value.utf8.count + 2 }
    return requestLine + fields + paddingBytes + 2
  }
}
