import Dispatch
import Glibc
import Synchronization
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
    #expect(try Reader(pipe.readEnd).lines() == (0..<100).map { "line \($0)" })
  }

  @Test func aPipeThatNobodyReadsHoldsUpNobodyAndTheGapIsCounted() throws {
    let pipe = try FileDescriptor.pipe()
    let writer = try LineWriter(pipe.writeEnd)
    let count = 20 * LineWriter.mostWaiting
    let text = String(repeating: "x", count: 200)
    let took = ContinuousClock().measure { for _ in 0..<count { writer.write(text) } }
    #expect(took < .seconds(5))
    #expect(!writer.settle(within: .milliseconds(50)))
    let reader = Reader(pipe.readEnd)
    #expect(writer.settle(within: .seconds(10)))
    writer.write("the last")
    #expect(writer.settle(within: .seconds(10)))
    try pipe.writeEnd.close()
    let read = try reader.lines()
    let gaps = read.compactMap { line in line.split(separator: " ").first.flatMap { Int($0) } }
    #expect(!gaps.isEmpty && read.count(where: { $0 == text }) + gaps.reduce(0, +) == count)
    #expect(read.last == "the last")
  }
}

/// Reads to the end of a pipe, by a thread of its own: those of tests all wait.
private final class Reader: Sendable {
  private let read = Mutex<Result<[UInt8], any Error>>(.success([]))
  private let ended = DispatchSemaphore(value: 0)

  init(_ descriptor: FileDescriptor) {
    DispatchQueue(label: "reader").async {
      let result = Result { try Self.bytes(of: descriptor) }
      self.read.withLock { $0 = result }
      self.ended.signal()
    }
  }

  func lines() throws -> [String] {
    ended.wait()
    let bytes = try read.withLock { try $0.get() }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static func bytes(of descriptor: FileDescriptor) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = try unsafe buffer.withUnsafeMutableBytes({ try unsafe descriptor.read(into: $0) }),
      count > 0
    {
      bytes += buffer.prefix(count)
    }
    return bytes
  }
}
