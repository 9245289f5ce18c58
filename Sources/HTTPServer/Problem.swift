/// An error as a client reads it: RFC 9457, application/problem+json.
public struct Problem: Error, Sendable, Equatable {
  /// The value of a member beside the standard ones.
  public enum Value: Sendable, Equatable {
    /// A JSON string.
    case string(String)
    /// A JSON number.
    case integer(Int)
    /// A JSON array of strings.
    case strings([String])
    /// A JSON array of objects.
    case objects([[Member]])
    /// JSON's null.
    case null
  }

  /// A member of the object beside the standard ones.
  public struct Member: Sendable, Equatable {
    /// Its name, camelCase.
    public var name: String
    /// Its value.
    public var value: Value

    /// Makes a member.
    public init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// A URI that names the kind of problem; `about:blank` says no more than the status.
  public var type: String
  /// The kind of problem in a few words, the same at each occurrence.
  public var title: String
  /// The HTTP status.
  public var status: Int
  /// What went wrong this time, naming the field or thing at fault.
  public var detail: String
  /// What to do about it, where there is something.
  public var remedy: String?
  /// Further members, in this order after the standard ones.
  public var members: [Member]

  /// Makes a problem; without a title it takes the status's own phrase (RFC 9110).
  public init(
    status: Int, title: String? = nil, detail: String, remedy: String? = nil, type: String = "about:blank",
    members: [Member] = []
  ) {
    self.status = status
    self.title = title ?? reasonPhrase(status)
    self.detail = detail
    self.remedy = remedy
    self.type = type
    self.members = members
  }

  /// The answer that carries it.
  public var response: HTTPResponse { response(headers: []) }

  /// The answer that carries it, with further header fields such as `Allow` or `Retry-After`.
  public func response(headers: [(name: String, value: String)]) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: [("Content-Type", "application/problem+json")] + headers,
      body: Array(json.utf8))
  }

  /// The object as JSON text, its members in a fixed order.
  var json: String {
    var object = [
      Member("type", .string(type)), Member("title", .string(title)), Member("status", .integer(status)),
      Member("detail", .string(detail)),
    ]
    if let remedy { object.append(Member("remedy", .string(remedy))) }
    object += members
    return jsonObject(object) + "\n"
  }
}

extension Problem.Value {
  fileprivate var json: String {
    switch self {
    case .string(let text): jsonString(text)
    case .integer(let number): String(number)
    case .strings(let texts): "[\(texts.map(jsonString).joined(separator: ","))]"
    case .objects(let objects): "[\(objects.map(jsonObject).joined(separator: ","))]"
    case .null: "null"
    }
  }
}

/// Members as a JSON object, in their order.
private func jsonObject(_ members: [Problem.Member]) -> String {
  "{\(members.map { "\(jsonString($0.name)):\($0.value.json)" }.joined(separator: ","))}"
}

/// A text as a JSON string with its quotes.
///
/// Source: RFC 8259 section 7.
private func jsonString(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\n": quoted += "\\n"
    case _ where steers(scalar): quoted += UTF16.encode(scalar).map { $0.map(hexEscape).joined() } ?? ""
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}

/// Whether the scalar ends a line or steers a terminal: a client may print what it reads.
private func steers(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator: true
  default: false
  }
}

private func hexEscape(_ unit: UInt16) -> String {
  let digits = String(unit, radix: 16)
  return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
}

/// The phrase of a status that vipad sends.
///
/// Source: RFC 9110 section 15, RFC 6585.
func reasonPhrase(_ status: Int) -> String {
  reasonPhrases[status] ?? "Error"
}

private let reasonPhrases: [Int: String] = [
  400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
  405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 411: "Length Required",
  413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
  417: "Expectation Failed", 421: "Misdirected Request", 422: "Unprocessable Content",
  431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
  502: "Bad Gateway", 503: "Service Unavailable", 505: "HTTP Version Not Supported",
]
