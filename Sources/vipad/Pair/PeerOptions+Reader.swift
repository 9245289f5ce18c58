extension PeerOptions {
  /// The URL that is asked.
  var url: String? {
    status.map { status in
      if status.hasSuffix("/status") { return status }
      return status.hasSuffix("/") ? status + "status" : status + "/status"
    }
  }

  /// A reader of the other router; nil where none is configured.
  func reader() throws -> PeerReader? {
    try url.map { try PeerReader(self, url: $0) }
  }
}
