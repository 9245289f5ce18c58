/// An error as EC2 answers it.
struct EC2Error: Error, Equatable, Sendable {
  let httpStatus: Int
  let code: String
  let message: String

  init(_ code: String, _ message: String, httpStatus: Int = 400) {
    self.httpStatus = httpStatus
    self.code = code
    self.message = message
  }

  /// EC2's error body; note the capitals of RequestID.
  func body(requestId: String) -> String {
    XMLElement(
      "Response",
      [
        XMLElement(
          "Errors", [XMLElement("Error", [XMLElement("Code", code), XMLElement("Message", message)])]),
        XMLElement("RequestID", requestId),
      ]
    ).compact
  }
}

extension EC2Error {
  static func missing(_ parameter: String) -> EC2Error {
    EC2Error("MissingParameter", "The request must contain the parameter \(parameter)")
  }

  static func value(_ message: String) -> EC2Error {
    EC2Error("InvalidParameterValue", message)
  }

  static func noInterface(_ networkInterfaceId: String) -> EC2Error {
    EC2Error(
      "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '\(networkInterfaceId)' does not exist")
  }
}
