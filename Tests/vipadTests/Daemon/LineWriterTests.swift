import Glibc
import SystemPackage
import Testing

@testable import vipad

/// The daemon's log where nobody reads it.
struct LineWriterTests {
  @Test func linesComeInTheirOrder() throws {
    let pipe = try FileDescriptor.pipe()
    let writer = try LineWriter(pipe.writeEnd)
    for number in 0..<100 { writer.write("line \(number)") }
    #expect(writer.settle(within: .seconds(10)))
    try pipe.writeEnd.close()
    #expect(try Self.lines(from: pipe.readEnd) == (0..<100).map { "line \($0)" })
  }

  @Test func aPipeThatNobodyReadsHoldsUpNobodyAndTheGapIsCounted() async throws {
    let pipe = try FileDescriptor.pipe()
    let writer = try LineWriter(pipe.writeEnd)
    let count = 20 * LineWriter.mostWaiting
    let text = String(repeating: "x", count: 200)
    let took = ContinuousClock().measure { for _ in 0..<count { writer.write(text) } }
    #expect(took < .seconds(5))
    #expect(!writer.settle(within: .milliseconds(50)))
    let reader = Task.detached { try Self.lines(from: pipe.readEnd) }
    #expect(writer.settle(within: .seconds(10)))
    writer.write("the last")
    #expect(writer.settle(within: .seconds(10)))
    try pipe.writeEnd.close()
    let read = try await reader.value
    let gaps = read.compactMap { line in line.split(separator: " ").first.flatMap { Int($0) } }
    #expect(!gaps.isEmpty && read.count(where: { $0 == text }) + gaps.reduce(0, +) == count)
    #expect(read.last == "the last")
  }

  private static func lines(from descriptor: FileDescriptor) throws -> [String] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = try unsafe buffer.withUnsafeMutableBytes({ try unsafe descriptor.read(into: $0) }),
      count > 0
    {
      bytes += buffer.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
