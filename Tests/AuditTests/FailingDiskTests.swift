import FoundationEssentials
import Glibc
import Testing

@testable import Audit

/// A file system of 128 KiB that can be filled and made read-only.
private final class SmallDisk: Sendable {
  let scratch = Scratch()
  let isMounted: Bool

  init() {
    isMounted = shell("mount -t tmpfs -o size=128k,mode=0755 tmpfs \(scratch.directory)") == 0
  }

  deinit { _ = shell("umount -l \(scratch.directory)") }

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
    let tickets = (0..<300).map { log.append(record(.standby, claim: "c-\($0)")) }
    #expect(await tickets[299].written(withinMilliseconds: 300) == false)
    let health = log.health
    #expect(!health.ok && health.pending > 0 && health.lost == 0)
    #expect(health.reason?.contains("free some space") == true, "\(health)")
    #expect(try verifyAudit(files: [disk.scratch.log]).ok)
    disk.free()
    #expect(await tickets[299].written(withinMilliseconds: 5000))
    #expect(log.health.ok && log.health.pending == 0)
    #expect(log.close())
    let result = try verifyAudit(files: [disk.scratch.log])
    #expect(result.ok && result.records == 302, "\(result)")
  }

  @Test func whatMemoryCanNotHoldIsCountedInAGapRecord() async throws {
    let disk = SmallDisk()
    var settings = disk.scratch.settings()
    settings.pendingLimit = 10
    let log = try AuditLog(settings)
    #expect(log.write(record(.started)))
    disk.fill()
    var last = log.append(record(.standby))
    while log.health.lost < 20 { last = log.append(record(.standby)) }
    let lost = log.health.lost
    #expect(await last.written(withinMilliseconds: 5000) == false)
    disk.free()
    while log.health.pending > 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(log.write(record(.stopped)))
    log.close()
    let gaps = disk.scratch.lines().filter { $0.contains(#""event":"gap""#) }
    #expect(gaps.count == 1 && gaps[0].contains(#""detail":"\#(lost) records between"#), "\(gaps)")
    #expect(try verifyAudit(files: [disk.scratch.log]).ok)
  }

  @Test func aLogOnAReadOnlyDiskOpensWhenTheDiskHeals() async throws {
    let disk = SmallDisk()
    try AuditLog(disk.scratch.settings()).close()
    try #require(disk.remount("ro") == 0)
    let log = try AuditLog(disk.scratch.settings())
    #expect(!log.health.ok)
    let ticket = log.append(record(.started))
    #expect(await ticket.written(withinMilliseconds: 200) == false)
    try #require(disk.remount("rw") == 0)
    #expect(await ticket.written(withinMilliseconds: 5000))
    #expect(log.health.ok)
    #expect(log.close())
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
