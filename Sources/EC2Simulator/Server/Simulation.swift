import FoundationEssentials
import HTTPServer
import Synchronization

/// The state behind all listeners; its methods are their handlers and may block their thread.
final class Simulation: Sendable {
  let topology: Topology
  let nonce: String
  private let state: Mutex<SimulatorState>
  let bell = Bell()

  init(_ topology: Topology) throws(SimulatorError) {
    self.topology = topology
    nonce = String(UUID().uuidString.prefix(8))
    state = Mutex(try SimulatorState(topology, nonce: nonce))
  }

  /// Changes the state at this moment and wakes those who wait for a change.
  func change<Result: Sendable>(_ change: (inout SimulatorState, Moment) -> Result) -> Result {
    let result = state.withLock { state in
      change(&state, Moment.now(clockOffsetSeconds: state.clockOffsetSeconds))
    }
    bell.ring()
    return result
  }

  /// Looks at the state.
  func look<Found: Sendable>(_ at: (SimulatorState) -> Found) -> Found { state.withLock { at($0) } }

  /// A request that has arrived: its number in the log and what the faults do to it.
  struct Arrival: Sendable {
    let n: Int
    let fault: FaultEffect
    let faultRemovals: Int
  }

  /// Logs a request and finds the faults that hit it.
  func arrive(_ call: Call) -> Arrival {
    change { state, _ in
      let n = state.log.append(call)
      return Arrival(n: n, fault: state.faults.effect(on: call), faultRemovals: state.faults.removals)
    }
  }

  /// Blocks for a fault's delay; clearing faults ends it early.
  func delay(_ milliseconds: Int?, of arrival: Arrival) {
    guard let milliseconds, milliseconds > 0 else { return }
    _ = bell.wait(milliseconds: milliseconds) {
      look { $0.faults.removals != arrival.faultRemovals } ? true : nil
    }
  }

  /// Completes the log, and makes the answer as the faults want it on the wire.
  func finish(
    _ arrival: Arrival, _ answer: EC2Answer, headers: [(name: String, value: String)]
  ) -> HTTPResponse {
    let fault = arrival.fault
    delay(fault.delayAfterMilliseconds, of: arrival)
    let date = change { state, now in
      state.log.complete(arrival.n) { call in
        call.answerUptimeNanoseconds = now.uptimeNanoseconds
        call.httpStatus = fault.reset == nil ? answer.httpStatus : nil
        call.errorCode = answer.errorCode
        call.message = fault.reset == nil ? answer.message : "connection reset"
      }
      return httpDate(now.wall.addingTimeInterval(fault.dateOffsetSeconds ?? 0))
    }
    if fault.reset != nil { return .reset }
    let all = headers + [("Date", date)] + (fault.headers ?? [:]).map { ($0.key, $0.value) }
    let body = Array(answer.body.utf8)
    guard let sentBytes = fault.truncateAtBytes else {
      return HTTPResponse(status: answer.httpStatus, headers: all, body: body)
    }
    return .cut(status: answer.httpStatus, headers: all, body: body, sentBytes: sentBytes)
  }

  /// A request as the log has it.
  func call(_ request: HTTPRequest, _ service: Service, action: String, listener: String) -> Call {
    let connection = "\(listener) \(request.connectionId)"
    let arrival = bootTimeNanoseconds()
    return Call(
      service: service, action: action, method: request.method, connectionId: request.connectionId,
      newConnection: state.withLock { $0.connections.insert(connection).inserted },
      requestId: UUID().uuidString.lowercased(), userAgent: request.header("User-Agent"),
      arrivalUptimeNanoseconds: arrival)
  }
}
