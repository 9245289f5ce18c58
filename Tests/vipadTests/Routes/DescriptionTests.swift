import Audit
import FoundationEssentials
import Testing

@testable import vipad

/// The words of openapi.json are those that the daemon writes.
struct DescriptionTests {
  @Test(arguments: [
    ("event", AuditEvent.allCases.map(\.rawValue)), ("outcome", AuditOutcome.allCases.map(\.rawValue)),
  ])
  func everyWordOfARecordIsDescribed(_ member: String, _ written: [String]) throws {
    let property = try #require(schema("AuditRecord")?["properties"]?[member])
    #expect(Set(words(property)) == Set(written))
  }

  @Test func everyCauseIsDescribed() throws {
    #expect(Set(words(try #require(schema("Cause")))) == Set(AuditCause.allCases.map(\.rawValue)))
  }

  private func schema(_ name: String) -> JSONValue? {
    JSONValue(PackageResources.openapi_json)?["components"]?["schemas"]?[name]
  }

  private func words(_ schema: JSONValue) -> [String] { schema["enum"]?.elements.map(\.shown) ?? [] }
}
