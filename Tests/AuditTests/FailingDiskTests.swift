import FoundationEssentials
import Glibc
import SystemPackage
import Testing

@testable import Audit

/// A file system of 2 MiB that can be filled and made read-only.
private final class SmallDisk: Sendable {
  let scratch = Scratch()
  let isMounted: Bool

  init() {
    isMounted = shell("mount -t tmpfs -o size=2m,mode=0755 tmpfs \(scratch.directory)") == 0
  }

  deinit { _ = shell("umount -l \(scratch.directory)") }

  /// Bytes of the disk that a file takes, seen or not.
  func allocatedBytes(_ path: String) throws -> Int64 {
    Int64(try Stat(FilePath(path), followTargetSymlink: false).blocksAllocated) * 512
  }

  func fill() { _ = shell("cat /dev/zero > \(scratch.directory)/filler 2>/dev/null") }
  func free() { unsafe unlink(scratch.directory + "/filler") }
  func remount(_ mode: String) -> Int32 { shell("mount -o remount,\(mode) \(scratch.directory)") }
}

private let canMount = geteuid() == 0 && SmallDisk().isMounted

@Suite(.enabled(if: canMount, "needs root and the right to mount a tmpfs"))
struct FailingDiskTests {
  @Test func recordsWaitInMemoryWhileTheDiskIsFullAndNoneIsLostOrDoubled() async throws {
    let disk = SmallDisk()
    let log = try AuditLog(disk.scratch.settings())
    #expect(log.write(record(.started)))
    disk.fill()
    let tickets = (0..<2500).map { log.append(record(.standby, claim: "c-\($0)")) }
    #expect(await tickets[2499].tried(withinMilliseconds: 5000, by: alarm) == false)
    let health = log.health
    #expect(!health.ok && health.pending > 0 && health.lost == 0)
    #expect(health.reason?.contains("free some space") == true, "\(health)")
    #expect(try verifyAudit(files: [disk.scratch.log]).ok)
    disk.free()
    #expect(await tickets[2499].written(withinMilliseconds: 5000, by: alarm))
    #expect(await log.healed() && log.health.pending == 0)
    #expect(log.close())
    let result = try verifyAudit(files: [disk.scratch.log])
    #expect(result.ok && result.records == 2502, "\(result)")
  }

  @Test func whatMemoryCanNotHoldIsCountedInAGapRecord() async throws {
    let disk = SmallDisk()
    var settings = disk.scratch.settings()
    settings.pendingLimit = 10
    let log = try AuditLog(settings)
    #expect(log.write(record(.started)))
    disk.fill()
    useUpReserve(of: log)
    var last = log.append(record(.standby))
    while log.health.lost < 20 { last = log.append(record(.standby)) }
    let lost = log.health.lost
    #expect(await last.written(withinMilliseconds: 5000, by: alarm) == false)
    disk.free()
    while log.health.pending > 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(log.write(record(.stopped)))
    log.close()
    let gaps = disk.scratch.lines().filter { $0.contains(#""event":"gap""#) }
    #expect(gaps.count == 1 && gaps[0].contains(#""detail":"\#(lost) records between"#), "\(gaps)")
    #expect(try verifyAudit(files: [disk.scratch.log]).ok)
  }

  @Test func whatAStopCouldNotWriteIsAGapOfTheNextStart() throws {
    let disk = SmallDisk()
    let state = Scratch()
    var settings = disk.scratch.settings()
    settings.lossNotePath = state.directory + "/losses"
    settings.pendingLimit = 10
    for stop in 1...2 {
      let log = try AuditLog(settings)
      if stop == 1 {
        #expect(log.write(record(.started)))
        disk.fill()
        useUpReserve(of: log)
      }
      while log.health.lost < 5 { log.append(record(.standby)) }
      #expect(!log.close())
      disk.free()
      try #require(disk.remount(stop == 1 ? "ro" : "rw") == 0)
    }
    for _ in 1...2 {
      let log = try AuditLog(settings)
      #expect(log.write(record(.started)))
      #expect(log.close())
    }
    let gaps = disk.scratch.lines().filter { $0.contains(#""event":"gap""#) }
    try #require(gaps.count == 1, "\(gaps)")
    let said = gaps[0].split(separator: #""detail":""#)[1]
    #expect(said.hasPrefix("15 records between 2023-11-14T22:13:20.250Z and "), "\(said)")
    #expect(said.contains("; 15 records between"), "of the other stop: \(said)")
    #expect(said.contains("vipad was stopped while the disk failed"), "\(said)")
    #expect(state.files(containing: "losses").isEmpty)
    #expect(try verifyAudit(files: [disk.scratch.log]).ok)
  }

  @Test func aLogOnAReadOnlyDiskOpensWhenTheDiskHeals() async throws {
    let disk = SmallDisk()
    try AuditLog(disk.scratch.settings()).close()
    try #require(disk.remount("ro") == 0)
    let log = try AuditLog(disk.scratch.settings())
    #expect(!log.health.ok)
    let ticket = log.append(record(.started))
    #expect(await ticket.written(withinMilliseconds: 200, by: alarm) == false)
    try #require(disk.remount("rw") == 0)
    #expect(await ticket.written(withinMilliseconds: 5000, by: alarm))
    #expect(log.health.ok)
    #expect(log.close())
  }

  @Test func roomStaysReservedAheadOfTheEndAndTheSizeStaysTrue() throws {
    let disk = SmallDisk()
    let log = try AuditLog(disk.scratch.settings())
    #expect(log.write(record(.started)))
    log.settle()
    #expect(try disk.allocatedBytes(disk.scratch.log) >= 256 * 1024)
    #expect(disk.scratch.bytes().count < 2000)
    disk.fill()
    var written = 0
    while written < 256 * 1024 - 4096 {
      var long = record(.standby)
      long.detail = String(repeating: "x", count: 1000)
      #expect(log.write(long))
      written += 1300
    }
    log.settle()
    #expect(log.health.reason?.contains("KiB are left for it; free some space") == true, "\(log.health)")
    disk.free()
    #expect(log.write(record(.stopped)))
    log.settle()
    #expect(log.health.ok, "\(log.health)")
    #expect(log.close())
    #expect(try verifyAudit(files: [disk.scratch.log]).ok)
  }

  @Test func onAFullDiskTheSegmentIsWrittenOnAndNotGivenAwayForANewOne() throws {
    let disk = SmallDisk()
    let log = try AuditLog(disk.scratch.settings(maximumBytes: 8192))
    #expect(log.write(record(.started)))
    log.settle()
    disk.fill()
    for _ in 0..<60 { #expect(log.write(record(.standby))) }
    #expect(disk.scratch.segments().count == 1 && disk.scratch.bytes().count > 8192)
    #expect(log.health.reason?.contains("free some space") == true, "\(log.health)")
    disk.free()
    #expect(log.write(record(.standby)))
    #expect(log.write(record(.standby)))
    log.settle()
    #expect(disk.scratch.segments().count == 2 && log.health.ok, "\(log.health)")
    #expect(try disk.allocatedBytes(disk.scratch.segments()[0]) < 64 * 1024)
    #expect(log.close())
    #expect(try verifyAudit(files: [disk.scratch.log]).ok)
  }

  @Test func aFileSystemThatCanNotReserveIsWrittenAllTheSame() throws {
    let scratch = Scratch()
    try #require(shell("mount -t ramfs -o mode=0755 ramfs \(scratch.directory)") == 0)
    defer { _ = shell("umount -l \(scratch.directory)") }
    let log = try AuditLog(scratch.settings(maximumBytes: 4096))
    for _ in 0..<30 { #expect(log.write(record(.standby))) }
    log.settle()
    #expect(log.health.ok && scratch.segments().count > 2, "\(log.health)")
    #expect(log.close())
    #expect(try verifyAudit(files: [scratch.log]).ok)
  }

  @Test func aTornEndThatCanNotBeCutOffIsCopiedOnce() throws {
    let scratch = Scratch()
    let names = try SegmentNames(active: scratch.log)
    try scratch.write(Array("torn".utf8))
    try TornEnd.putAside(names, from: 0, seq: 1)
    try scratch.write(Array("torn".utf8))
    try TornEnd.putAside(names, from: 0, seq: 1)
    #expect(scratch.files(containing: "torn") == ["audit.torn-1"])
    try scratch.write(Array("worn".utf8))
    try TornEnd.putAside(names, from: 0, seq: 1)
    #expect(scratch.files(containing: "torn") == ["audit.torn-1", "audit.torn-1.2"])
  }

  private func useUpReserve(of log: AuditLog) {
    var long = record(.standby)
    long.detail = String(repeating: "x", count: 1000)
    while log.append(long).blockUntilWritten(withinMilliseconds: 300) {}
  }

  @Test func aSegmentWhoseFdatasyncFailedIsLeftForANewOne() throws {
    let scratch = Scratch()
    let names = try SegmentNames(active: scratch.log)
    var writer = ChainWriter(try LogOpening(names), names, scratch.settings())
    try writer.write(record(.claimIntent, claim: "a"))
    let unsound = try #require(writer.segment)
    try unsound.sync()
    unsound.fail(.system(operation: "fdatasync", path: scratch.log, reason: "Input/output error", errno: EIO))
    #expect(throws: AuditError.self) { try unsound.sync() }
    #expect(try writer.leaveUnsoundSegment())
    try writer.write(record(.standby))
    #expect(scratch.segments().count == 2)
    #expect(scratch.lines()[0].contains("fdatasync"))
    #expect(scratch.lines()[0].contains(#""openClaims":["a"]"#))
    #expect(try verifyAudit(files: [scratch.log]).ok)
  }
}

extension AuditLog {
  /// Lets the log's thread do what it does behind a record.
  func settle() {
    #expect(append(record(.standby)).blockUntilDurable(withinMilliseconds: 5000))
    usleep(200_000)
  }

  /// Waits until the log is well.
  func healed() async -> Bool {
    for _ in 0..<200 where !health.ok { try? await Task.sleep(for: .milliseconds(20)) }
    return health.ok
  }
}
