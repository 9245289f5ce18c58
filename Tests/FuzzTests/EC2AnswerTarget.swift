import FoundationEssentials

@testable import AWS

/// An answer of EC2, or of whatever stands in its place: digits that choose call and status, the value of its
/// headers, a newline, the body.
func checkEC2Answer(_ input: [UInt8]) throws(Broken) {
  let (first, body) = halves(input, at: "\n")
  let choice = Int(first.first ?? 0)
  let header = String(decoding: first.dropFirst(), as: UTF8.self)
  let calls = [
    EC2Call.assign(["10.0.0.9"], to: "eni-1"), .networkInterfaces(with: ["10.0.0.9"], vpcId: nil),
    .instance("i-1"),
  ]
  let response = TransportResponse(
    status: [200, 400, 403, 503][choice / 3 % 4],
    headers: ["Content-Type", "Date", "x-amzn-requestid", "x-amz-retry-after"].map { ($0, header) },
    body: body, sentAt: Date(timeIntervalSince1970: 1e9), receivedAt: Date(timeIntervalSince1970: 1e9),
    milliseconds: 1)
  try check(EC2Answer(call: calls[choice % 3], response: response))
  _ = ClockSkew().learn(
    dateHeader: header, ageHeader: nil, sentAt: response.sentAt, receivedAt: response.receivedAt,
    errorCode: nil)
}

private func check(_ answer: EC2Answer) throws(Broken) {
  if case .success(let root) = answer.document { try check(root, depth: 1) }
  if let failure = answer.failure(clockCorrected: false) {
    try check(failure)
  } else {
    try demand(answer.response.status == 200, "status \(answer.response.status) counts as success")
  }
  do throws(EC2Failure) {
    let accepted = try answer.accepted(networkInterfaceId: "eni-1")
    try demandOneLine(accepted.assigned + [accepted.awsRequestId], "what was accepted")
  } catch {
    try check(error)
  }
  for interface in answer.networkInterfaces + answer.instances.flatMap(\.networkInterfaces) {
    try check(interface)
  }
  for instance in answer.instances {
    try demandOneLine([instance.instanceId, instance.accountId, instance.availabilityZone], "an instance")
  }
}

private func demandOneLine(_ texts: [String], _ what: String) throws(EC2Failure) {
  do throws(Broken) {
    try demandOneLine(texts.map(Optional.init), what)
  } catch {
    throw EC2Failure(call: "", subject: "", failureClass: .transient, message: "\(error)\n")
  }
}

private func check(_ element: XMLElement, depth: Int) throws(Broken) {
  try demand(depth <= XMLReader.maximumDepth, "an element \(depth) deep")
  try demand(!element.name.isEmpty, "an element without a name")
  for child in element.children { try check(child, depth: depth + 1) }
}

private func check(_ failure: EC2Failure) throws(Broken) {
  try demandOneLine([failure.description, failure.errorCode, failure.awsRequestId], "a failure")
  try demand((failure.retryAfterMilliseconds ?? 0) >= 0, "a pause of less than nothing")
}

private func check(_ interface: EC2NetworkInterface) throws(Broken) {
  let texts = [
    interface.networkInterfaceId, interface.macAddress, interface.privateIpAddress, interface.subnetId,
    interface.vpcId, interface.instanceId,
  ]
  try demandOneLine(texts + interface.privateIpAddresses, "an interface")
}
