/// EC2's answer to one call, read strictly: what can't be understood is a failure, never a guess.
struct EC2Answer: Sendable {
  let call: EC2Call
  let response: TransportResponse
  /// The body as XML, or why it is none.
  let document: Result<XMLElement, XMLError>

  init(call: EC2Call, response: TransportResponse) {
    self.call = call
    self.response = response
    document = Result { () throws(XMLError) in try readXML(response.body) }
  }

  private var root: XMLElement? { try? document.get() }

  // EC2's own errors are in Response/Errors, those of other AWS front ends in ErrorResponse.
  private var error: XMLElement? { root?["Errors"]?["Error"] ?? root?["Error"] }

  /// EC2's code of an error, as sent.
  var errorCode: String? { error?.text("Code").map(printable) }

  /// EC2's id of the request, from the body, else from the header.
  var awsRequestId: String? {
    let id = root?.text("requestId") ?? root?.text("RequestID") ?? root?.text("RequestId")
    return (id ?? response.header("x-amzn-requestid") ?? response.header("x-amz-request-id")).map(printable)
  }

  /// Why the answer is no success; nil when it is one of this call.
  func failure(clockCorrected: Bool) -> EC2Failure? {
    if response.status == 200, let root, root.name == "\(call.action)Response", awsRequestId != nil {
      return nil
    }
    return failure(message: message, errorCode: errorCode, clockCorrected: clockCorrected)
  }

  /// A failure that this answer means.
  func failure(message: String, errorCode: String? = nil, clockCorrected: Bool = false) -> EC2Failure {
    EC2Failure(
      call: call.action, subject: call.subject,
      failureClass: FailureClass(errorCode: errorCode, httpStatus: response.status),
      httpStatus: response.status, errorCode: errorCode, message: message, awsRequestId: awsRequestId,
      retryAfterMilliseconds: retryAfterMilliseconds, milliseconds: response.milliseconds,
      clockCorrected: clockCorrected)
  }

  private var message: String {
    if let text = error?.text("Message") { return shortened(printable(text, longest: 4_000)) }
    let type = printable(response.header("Content-Type") ?? "no type")
    let what =
      switch document {
      case .success(let root): "<\(printable(root.name))> instead of <\(call.action)Response>"
      case .failure(let error): "an answer that can't be read (\(type), \(error))"
      }
    return "HTTP \(response.status) with \(what)"
  }

  // EC2 appends a blob of over 1,000 characters that only DecodeAuthorizationMessage can read.
  private func shortened(_ message: String) -> String {
    let blob = message.firstRange(of: "Encoded authorization failure message")
    let text = Substring(message[..<(blob?.lowerBound ?? message.endIndex)]).trimmingBlanks()
    return text.count <= 500 ? String(text) : "\(text.prefix(500))..."
  }

  // In milliseconds, as the 2026 "standard" retry mode of the AWS SDKs defines it.
  private var retryAfterMilliseconds: Int? {
    response.header("x-amz-retry-after").flatMap { Int($0) }.map { max(0, $0) }
  }
}

extension EC2Answer {
  /// Reads the answer to AssignPrivateIpAddresses; it must be about the interface that was asked for.
  func accepted(networkInterfaceId: String) throws(EC2Failure) -> EC2Accepted {
    let root = root ?? XMLElement(name: "")
    let named = root.text("networkInterfaceId")
    guard named == networkInterfaceId || named == nil && root.text("return") == "true" else {
      throw failure(message: "the answer is about \(named.map(printable) ?? "no interface")")
    }
    let assigned = root.items("assignedPrivateIpAddressesSet").compactMap { $0.text("privateIpAddress") }
    return EC2Accepted(
      awsRequestId: awsRequestId ?? "", httpStatus: response.status, milliseconds: response.milliseconds,
      assigned: assigned.map(printable), newConnection: response.newConnection)
  }

  /// The interfaces of an answer to DescribeNetworkInterfaces.
  var networkInterfaces: [EC2NetworkInterface] {
    (root?.items("networkInterfaceSet") ?? []).compactMap(networkInterface)
  }

  /// The instances of an answer to DescribeInstances.
  var instances: [EC2Instance] {
    (root?.items("reservationSet") ?? []).flatMap { reservation in
      reservation.items("instancesSet").compactMap { instance($0, owner: reservation.text("ownerId")) }
    }
  }

  private func instance(_ item: XMLElement, owner: String?) -> EC2Instance? {
    guard let instanceId = item.text("instanceId") else { return nil }
    return EC2Instance(
      instanceId: printable(instanceId), accountId: owner.map(printable),
      availabilityZone: item.text("placement", "availabilityZone").map(printable),
      networkInterfaces: item.items("networkInterfaceSet").compactMap(networkInterface))
  }

  private func networkInterface(_ item: XMLElement) -> EC2NetworkInterface? {
    func text(_ name: String) -> String? { item.text(name).map(printable) }
    guard let networkInterfaceId = text("networkInterfaceId") else { return nil }
    var interface = EC2NetworkInterface(
      networkInterfaceId: networkInterfaceId, macAddress: text("macAddress")?.lowercased(),
      deviceIndex: item.text("attachment", "deviceIndex").flatMap { Int($0) },
      privateIpAddress: text("privateIpAddress"),
      privateIpAddresses: item.items("privateIpAddressesSet").compactMap {
        $0.text("privateIpAddress").map(printable)
      },
      subnetId: text("subnetId"), vpcId: text("vpcId"),
      instanceId: item.text("attachment", "instanceId").map(printable))
    interface.sourceDestCheck = text("sourceDestCheck").flatMap { Bool($0) }
    interface.securityGroupIds = item.items("groupSet").compactMap { $0.text("groupId").map(printable) }
      .sorted()
    return interface
  }

  /// The private IPv4 addresses that an interface of the type may have, of an answer to DescribeInstanceTypes.
  func addressLimit(ofType instanceType: String) -> Int? {
    let types = root?.items("instanceTypeSet") ?? []
    let limit = types.first { $0.text("instanceType") == instanceType }?
      .text("networkInfo", "ipv4AddressesPerInterface")
    return limit.flatMap { Int($0) }
  }
}
