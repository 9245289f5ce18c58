internal import CLinux
internal import Glibc

/// Lists the network interfaces of the calling thread's network namespace.
///
/// It is one rtnetlink(7) dump of the links and one of their IPv4 addresses; it needs no privilege. Throws
/// `NetlinkError`.
public func kernelInterfaces() throws(NetlinkError) -> [KernelInterface] {
  let socket = try NetlinkSocket()
  let links = try socket.dump(.links).compactMap(LinkRecord.init)
  let clock = TickClock()
  var addresses: [Int32: [InterfaceAddress]] = [:]
  for record in try socket.dump(.addresses).compactMap(AddressRecord.init) {
    addresses[record.interfaceIndex, default: []].append(record.address(clock))
  }
  return links.map { $0.interface(with: addresses[$0.index] ?? []) }
}

/// What of RTM_NEWLINK is used: `struct ifinfomsg` and its attributes (rtnetlink(7)).
struct LinkRecord {
  let index: Int32
  let flags: UInt32
  let name: String
  let macAddress: String?

  init?(_ message: NetlinkMessage) {
    guard message.type == UInt16(RTM_NEWLINK),
      let index = message.payload.number(at: 4, as: Int32.self),
      let flags = message.payload.number(at: 8, as: UInt32.self)
    else { return nil }
    let attributes = message.attributes(after: MemoryLayout<ifinfomsg>.size)
    guard let name = attributes[UInt16(IFLA_IFNAME)] else { return nil }
    self.index = index
    self.flags = flags
    self.name = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    macAddress = attributes[UInt16(IFLA_ADDRESS)].flatMap(Self.macAddress)
  }

  func interface(with addresses: [InterfaceAddress]) -> KernelInterface {
    KernelInterface(
      name: name, macAddress: macAddress, isUp: flags & UInt32(IFF_UP) != 0,
      isRunning: flags & UInt32(IFF_RUNNING) != 0, addresses: addresses)
  }

  /// An Ethernet address; nil for other kinds of links and for lo, whose address is zero.
  private static func macAddress(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.count == 6, bytes.contains(where: { $0 != 0 }) else { return nil }
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}

/// What of RTM_NEWADDR is used: `struct ifaddrmsg` and its attributes (rtnetlink(7)).
struct AddressRecord {
  let interfaceIndex: Int32
  let prefixLength: Int
  let local: UInt32
  let networkAddress: UInt32
  let creationStamp: UInt32?

  init?(_ message: NetlinkMessage) {
    let payload = message.payload
    guard message.type == UInt16(RTM_NEWADDR),
      payload.number(at: 0, as: UInt8.self) == UInt8(AF_INET),
      let prefixLength = payload.number(at: 1, as: UInt8.self), prefixLength <= 32,
      let index = payload.number(at: 4, as: Int32.self)
    else { return nil }
    let attributes = message.attributes(after: MemoryLayout<ifaddrmsg>.size)
    let peer = attributes[UInt16(IFA_ADDRESS)]?.number(at: 0, as: UInt32.self)
    guard let local = attributes[UInt16(IFA_LOCAL)]?.number(at: 0, as: UInt32.self) ?? peer else {
      return nil
    }
    interfaceIndex = index
    self.prefixLength = Int(prefixLength)
    self.local = UInt32(bigEndian: local)
    networkAddress = UInt32(bigEndian: peer ?? local) & ~(prefixLength == 0 ? .max : .max >> prefixLength)
    // struct ifa_cacheinfo: preferred, valid, cstamp, tstamp.
    creationStamp = attributes[UInt16(IFA_CACHEINFO)]?.number(at: 8, as: UInt32.self)
  }

  func address(_ clock: TickClock) -> InterfaceAddress {
    InterfaceAddress(
      address: dottedQuad(local), prefixLength: prefixLength,
      network: "\(dottedQuad(networkAddress))/\(prefixLength)",
      createdAtHundredths: creationStamp.flatMap(clock.uptimeHundredths))
  }
}

private func dottedQuad(_ address: UInt32) -> String {
  [24, 16, 8, 0].map { String(address >> $0 & 255) }.joined(separator: ".")
}
