import FoundationEssentials

/// RFC 3339 UTC with milliseconds, as in all of vipad's JSON.
func timestamp(_ date: Date) -> String {
  date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}

/// RFC 3339 UTC in whole seconds, as AWS writes expirations.
func wholeSeconds(_ date: Date) -> String {
  date.formatted(Date.ISO8601FormatStyle())
}

/// The IMF-fixdate of a Date header, RFC 9110 section 5.6.7.
func httpDate(_ date: Date) -> String {
  let seconds = Int(date.timeIntervalSince1970.rounded(.down))
  let days = Int((Double(seconds) / 86400).rounded(.down))
  let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  let parts = wholeSeconds(date).split { "-T:Z".contains($0) }
  guard parts.count == 6, let month = Int(parts[1]) else { return "" }
  let weekday = weekdays[((days % 7) + 7) % 7]
  return "\(weekday), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
}
