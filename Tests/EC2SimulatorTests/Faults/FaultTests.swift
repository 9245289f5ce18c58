import FoundationEssentials
import HTTPServer
import Testing

@testable import EC2Simulator

struct FaultTests {
  private func fault(_ json: String) throws -> Fault {
    try JSONDecoder().decode(Fault.self, from: Data(json.utf8))
  }

  private func call(_ action: String, router: String? = nil, service: Service = .ec2) -> Call {
    Call(
      service: service, action: action, router: router, connectionId: 1, newConnection: false, requestId: "r",
      userAgent: nil, arrivalUptimeNanoseconds: 0)
  }

  private func hit(_ table: inout FaultTable, _ call: Call) -> FaultEffect { table.effect(on: call) }

  @Test func hitsSoManyCallsAfterThoseItSkips() throws {
    var table = FaultTable()
    _ = table.add(
      try fault(#"{"action":"A","skip":1,"count":2,"errorCode":"InternalError","httpStatus":500}"#))
    let hits = (0..<5).map { _ in table.effect(on: call("A")).errorCode }
    #expect(hits == [nil, "InternalError", "InternalError", nil, nil])
    #expect(hit(&table, call("B")).errorCode == nil)
  }

  @Test func hitsOnlyTheRouterItNames() throws {
    var table = FaultTable()
    _ = table.add(try fault(#"{"router":"router-a","delayBeforeMilliseconds":20}"#))
    #expect(hit(&table, call("A", router: "router-a")).delayBeforeMilliseconds == 20)
    #expect(hit(&table, call("A", router: "router-b")).delayBeforeMilliseconds == nil)
    #expect(hit(&table, call("A")).delayBeforeMilliseconds == nil)
  }

  @Test func hitsMetadataByTheBeginningOfThePath() throws {
    var table = FaultTable()
    _ = table.add(try fault(#"{"service":"imds","action":"/latest/api","httpStatus":403}"#))
    #expect(hit(&table, call("/latest/api/token", service: .imds)).httpStatus == 403)
    #expect(hit(&table, call("/latest/meta-data/mac", service: .imds)).httpStatus == nil)
    #expect(hit(&table, call("/latest/api/token")).httpStatus == nil)
  }

  @Test func addsUpFaultsTheNewerOnTop() throws {
    var table = FaultTable()
    _ = table.add(try fault(#"{"delayBeforeMilliseconds":20,"errorCode":"A"}"#))
    let id = table.add(try fault(#"{"errorCode":"B"}"#))
    #expect(hit(&table, call("A")) == FaultEffect(errorCode: "B", delayBeforeMilliseconds: 20))
    let removals = [table.remove(id), table.remove(id)]
    #expect(removals == [true, false])
    #expect(hit(&table, call("A")).errorCode == "A")
  }

  @Test(arguments: [(nil, false), (true, true)])
  func answersAnErrorBeforeOrAfterTheEffect(takesEffect: Bool?, hasMoved: Bool) throws {
    var scenario = try Scenario()
    let parameters = [
      ("NetworkInterfaceId", Scenario.interfaceB), ("PrivateIpAddress.1", "100.80.33.100"),
      ("AllowReassignment", "true"),
    ]
    let effect = FaultEffect(httpStatus: 503, errorCode: "Unavailable", takesEffect: takesEffect)
    let answer = scenario.call("AssignPrivateIpAddresses", parameters, fault: effect)
    #expect(answer.httpStatus == 503)
    #expect(answer.errorCode == "Unavailable")
    #expect((scenario.holder("100.80.33.100") == Scenario.interfaceB) == hasMoved)
  }

  @Test func namesAnotherInterfaceInTheAnswer() throws {
    var scenario = try Scenario()
    let parameters = [
      ("NetworkInterfaceId", Scenario.interfaceB), ("PrivateIpAddress.1", "100.80.33.100"),
      ("AllowReassignment", "true"),
    ]
    let effect = FaultEffect(networkInterfaceId: "eni-other")
    let answer = scenario.call("AssignPrivateIpAddresses", parameters, fault: effect)
    #expect(answer.body.contains("<networkInterfaceId>eni-other</networkInterfaceId>\n    <assigned"))
    #expect(scenario.holder("100.80.33.100") == Scenario.interfaceB)
  }

  @Test func putsHTMLInTheAnswersPlaceAfterTheEffect() throws {
    var scenario = try Scenario()
    let answer = scenario.call("DescribeInstances", fault: FaultEffect(body: "<html>"))
    #expect(answer == EC2Answer(httpStatus: 200, body: "<html>"))
  }
}
