internal import FoundationEssentials

// Reads an HTTP date in any of its three forms (RFC 9110, section 5.6.7); nil for any other text.
// `now` tells which century a two-digit year means.
func httpDate(_ text: String, now: Date) -> Date? {
  let parts = text.split { " ,-:".contains($0) }.map(String.init)
  switch parts.count {
  case 8 where parts[7] == "GMT":  // Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT
    return date(year: parts[3], month: parts[2], day: parts[1], time: parts[4...6], now: now)
  case 7:  // Sun Nov  6 08:49:37 1994
    return date(year: parts[6], month: parts[1], day: parts[2], time: parts[3...5], now: now)
  default:
    return nil
  }
}

private func date(year: String, month: String, day: String, time: ArraySlice<String>, now: Date) -> Date? {
  let clock = time.compactMap { number($0, in: 0...60) }
  guard let year = fullYear(year, now: now), let month = months.firstIndex(of: month),
    let day = number(day, in: 1...31), clock.count == 3, clock[0] < 24, clock[1] < 60
  else { return nil }
  let days = daysSince1970(year: year, month: month + 1, day: day)
  return Date(timeIntervalSince1970: Double(days * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]))
}

private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

// Two digits that would be more than 50 years ahead mean the century before.
private func fullYear(_ text: String, now: Date) -> Int? {
  if text.utf8.count == 4 { return number(text, in: 1601...9999) }
  guard text.utf8.count == 2, let short = number(text, in: 0...99) else { return nil }
  let thisYear = 1970 + Int(now.timeIntervalSince1970 / secondsInAYear)
  let guess = thisYear / 100 * 100 + short
  return guess > thisYear + 50 ? guess - 100 : guess
}

private let secondsInAYear = 365.2425 * 86400

private func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
  guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
    let value = Int(text), range.contains(value)
  else { return nil }
  return value
}

// The proleptic Gregorian calendar with the year beginning in March, so that 29 February is its last day.
private func daysSince1970(year: Int, month: Int, day: Int) -> Int {
  let shifted = month > 2 ? year : year - 1
  let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
}
