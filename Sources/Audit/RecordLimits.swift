/// How much of a record's content goes into its line, so that no line is longer than 4 KiB.
///
/// The first step that fits is taken. The last one always fits: see `RecordLineTests`.
struct RecordLimits {
  static let maximumLineBytes = 4096

  /// The most bytes of an identifier, escapes counted.
  let textBytes: Int
  /// The most bytes of `detail`, escapes counted.
  let detailBytes: Int
  /// How many attempts are kept of the first and of the last.
  let firstAttempts, lastAttempts: Int
  /// How many entries a list of addresses or claims keeps.
  let listed: Int

  static let steps = [
    RecordLimits(textBytes: 256, detailBytes: 1024, firstAttempts: 4, lastAttempts: 12, listed: 256),
    RecordLimits(textBytes: 128, detailBytes: 256, firstAttempts: 2, lastAttempts: 4, listed: 64),
    RecordLimits(textBytes: 64, detailBytes: 128, firstAttempts: 1, lastAttempts: 1, listed: 8),
  ]
}
