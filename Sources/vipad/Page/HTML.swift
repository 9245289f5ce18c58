/// Text made safe for HTML: in an element or in a quoted attribute.
func html(_ text: String) -> String {
  var safe = ""
  safe.reserveCapacity(text.utf8.count)
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": safe += "&amp;"
    case "<": safe += "&lt;"
    case ">": safe += "&gt;"
    case "\"": safe += "&quot;"
    case "'": safe += "&#39;"
    default: safe.unicodeScalars.append(scalar)
    }
  }
  return safe
}

/// A moment that a browser can turn into its own clock; `text` is RFC 3339 in UTC.
func htmlTime(_ text: String?) -> String {
  guard let text else { return "-" }
  let words = text.prefix(19).map { $0 == "T" ? " " : $0 }
  return "<time datetime=\"\(html(text))\">\(html(String(words))) UTC</time>"
}

/// What a state means to who reads it: the class of its colour.
enum PageMood: String {
  case good, attention, bad

  init(ofVerdict verdict: String) {
    switch verdict {
    case "holding", "standby": self = .good
    case "claiming", "paused", "unknown": self = .attention
    default: self = .bad
    }
  }

  init(ofPair verdict: PairVerdict?) {
    switch verdict {
    case .healthy: self = .good
    case .peerNotReady, .peerUnreachable, nil: self = .attention
    default: self = .bad
    }
  }

  /// A word in the colour of its meaning.
  func word(_ text: String) -> String { "<span class=\"\(rawValue)\">\(html(text))</span>" }
}
