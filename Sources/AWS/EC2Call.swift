/// One call of the EC2 Query API, version 2016-11-15: its action and parameters.
struct EC2Call: Sendable {
  let action: String
  /// What the call is about, for messages.
  let subject: String
  private(set) var parameters: [(name: String, value: String)]

  init(_ action: String, subject: String) {
    self.action = action
    self.subject = subject
    parameters = [("Action", action), ("Version", "2016-11-15")]
  }

  /// The call with one parameter more.
  func with(_ name: String, _ value: String) -> EC2Call {
    var call = self
    call.parameters.append((name, value))
    return call
  }

  /// The call with a list: `NAME.1`, `NAME.2` and so on.
  func with(_ name: String, list: [String]) -> EC2Call {
    list.enumerated().reduce(self) { $0.with("\(name).\($1.offset + 1)", $1.element) }
  }

  /// The call with a filter; filters are joined by "and", the values of one by "or".
  func filtered(_ name: String, _ values: [String]) -> EC2Call {
    let number = parameters.filter { $0.name.hasSuffix(".Name") }.count + 1
    return with("Filter.\(number).Name", name).with("Filter.\(number).Value", list: values)
  }

  /// The form body, with everything but unreserved characters encoded (RFC 3986, section 2.3).
  var body: [UInt8] {
    Array(parameters.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&").utf8)
  }

  private func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      if isUnreserved(byte) {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return result
  }

  private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: false
    }
  }
}

extension EC2Call {
  /// Takes addresses for an interface, away from any other that has them; all or none.
  static func assign(_ vips: [String], to networkInterfaceId: String) -> EC2Call {
    EC2Call(
      "AssignPrivateIpAddresses", subject: "of \(vips.joined(separator: ", ")) to \(networkInterfaceId)"
    )
    .with("NetworkInterfaceId", networkInterfaceId)
    .with("AllowReassignment", "true")
    .with("PrivateIpAddress", list: vips)
  }

  /// Finds the interfaces that have addresses.
  static func networkInterfaces(with vips: [String], vpcId: String?) -> EC2Call {
    EC2Call("DescribeNetworkInterfaces", subject: "with \(vips.joined(separator: ", "))")
      .filtered("addresses.private-ip-address", vips)
      .filtered(vpcId: vpcId)
  }

  /// Finds the instances that have addresses: allowed where DescribeNetworkInterfaces is not.
  static func instances(with vips: [String], vpcId: String?) -> EC2Call {
    EC2Call("DescribeInstances", subject: "with \(vips.joined(separator: ", "))")
      .filtered("network-interface.addresses.private-ip-address", vips)
      .filtered(vpcId: vpcId)
  }

  /// Asks for what already is: the interface's own primary address on that interface, and none taken from another.
  static func assignProbe(_ networkInterfaceId: String, primaryAddress: String) -> EC2Call {
    EC2Call(
      "AssignPrivateIpAddresses", subject: "of \(networkInterfaceId)'s own \(primaryAddress) to itself"
    )
    .with("NetworkInterfaceId", networkInterfaceId)
    .with("AllowReassignment", "false")
    .with("PrivateIpAddress", list: [primaryAddress])
  }

  /// Reads what an instance type can do.
  static func instanceType(_ instanceType: String) -> EC2Call {
    EC2Call("DescribeInstanceTypes", subject: instanceType).with("InstanceType", list: [instanceType])
  }

  /// Reads one instance.
  static func instance(_ instanceId: String) -> EC2Call {
    EC2Call("DescribeInstances", subject: instanceId).with("InstanceId", list: [instanceId])
  }

  private func filtered(vpcId: String?) -> EC2Call {
    vpcId.map { filtered("vpc-id", [$0]) } ?? self
  }
}
