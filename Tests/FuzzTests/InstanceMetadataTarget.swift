import Dispatch
import FoundationEssentials
import SigV4
import Synchronization

@testable import AWS

/// Answers of the instance metadata: the items' text, an empty line, the JSON documents' text.
///
/// The JSON is also read as what a `credential_process` prints.
func checkInstanceMetadata(_ input: [UInt8]) throws(Broken) {
  let (items, document) = halves(input, at: "\n\n")
  let metadata = InstanceMetadata(transport: FixedMetadata(items: items, document: document))
  let result = Answered<Broken?>()
  Task { result.give(await check(metadata)) }
  if let broken = result.take() { throw broken }
  try checkProcessAnswer(document)
}

private func check(_ metadata: InstanceMetadata) async -> Broken? {
  do throws(InstanceMetadataError) {
    let texts = try await metadata.region()
    let interfaces = try await metadata.interfaces()
    let addresses = try await metadata.localIPv4s(macAddress: "0a:00:00:00:00:01")
    try demandOneLine(texts: [texts] + addresses + interfaces.flatMap(\.texts))
  } catch {
    if let broken = broken(error) { return broken }
  }
  do throws(InstanceMetadataError) {
    let document = try await metadata.identityDocument()
    try demandOneLine(
      texts: [document.instanceId]
        + [document.region, document.availabilityZone, document.accountId].compactMap(\.self))
  } catch {
    if let broken = broken(error) { return broken }
  }
  do throws(InstanceMetadataError) {
    let role = try await metadata.roleCredentials()
    try demandOneLine(texts: [role.roleName])
    try demand(role.credentials)
  } catch {
    if let broken = broken(error) { return broken }
  }
  return nil
}

/// A demand that is not met, and an error that is no line.
private func broken(_ error: InstanceMetadataError) -> Broken? {
  if error.kind == .cancelled { return Broken(error.description) }
  do throws(Broken) {
    try demandOneLine(error.description, "the error")
    return nil
  } catch {
    return error
  }
}

private func demandOneLine(texts: [String]) throws(InstanceMetadataError) {
  do throws(Broken) {
    try demandOneLine(texts.map(Optional.init), "an item")
  } catch {
    throw InstanceMetadataError(.cancelled, path: "", what: error.description)
  }
}

private func demand(_ credentials: Credentials) throws(InstanceMetadataError) {
  do throws(Broken) {
    try demandSendable(credentials)
  } catch {
    throw InstanceMetadataError(.cancelled, path: "", what: error.description)
  }
}

private func checkProcessAnswer(_ output: [UInt8]) throws(Broken) {
  do throws(CredentialProcessFailure) {
    let held = try CredentialProcessAnswer(output).held(source: "here")
    do throws(Broken) {
      try demandSendable(held.credentials)
    } catch {
      throw CredentialProcessFailure("BROKEN \(error)")
    }
  } catch {
    try demandOneLine(error.reason, "the reason")
    try demand(!error.reason.hasPrefix("BROKEN"), error.reason)
  }
}

/// Keys that a header can hold: visible ASCII.
func demandSendable(_ credentials: Credentials) throws(Broken) {
  let texts = [credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken ?? "-"]
  try demand(
    texts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } },
    "keys that no header can hold: \(texts)")
}

/// A metadata service that gives the same text for each item, and the same document.
private struct FixedMetadata: Transport {
  let items, document: [UInt8]

  func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
    let path = request.url.dropFirst("http://169.254.169.254".count)
    let body =
      switch path {
      case "/latest/api/token": Array("token".utf8)
      case "/latest/dynamic/instance-identity/document": document
      case _ where path.contains("/security-credentials/") && !path.hasSuffix("/"): document
      default: items
      }
    return TransportResponse(
      status: 200, body: body, sentAt: Date(timeIntervalSince1970: 0),
      receivedAt: Date(timeIntervalSince1970: 0), milliseconds: 0)
  }
}

/// A value that a task hands to the thread that waits for it.
private final class Answered<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let arrival = DispatchSemaphore(value: 0)

  func give(_ given: Value) {
    value.withLock { $0 = given }
    arrival.signal()
  }

  func take() -> Value {
    while true {
      arrival.wait()
      if let given = value.withLock({ $0 }) { return given }
    }
  }
}

extension InstanceMetadataInterface {
  fileprivate var texts: [String] {
    [macAddress, networkInterfaceId] + [subnetId, vpcId, ownerId].compactMap(\.self) + subnetCIDRs
      + localIPv4s
  }
}
