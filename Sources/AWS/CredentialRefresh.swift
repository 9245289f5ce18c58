internal import FoundationEssentials

// When credentials have to be looked up anew. Pure.
enum CredentialRefresh {
  case none
  // Soon: nobody needs to wait for it.
  case inBackground
  // They end soon, or there are none.
  case awaited

  // After a failed lookup the next one is due: what was asked for may be needed, whenever the credentials end.
  init(of held: HeldCredentials?, lastFailed: Bool, now: Date) {
    guard let held else {
      self = .awaited
      return
    }
    let left = held.expiration?.timeIntervalSince(now) ?? .infinity
    self = left <= awaitedSeconds ? .awaited : left <= backgroundSeconds || lastFailed ? .inBackground : .none
  }

  // How long to leave a source alone after the `failures`th failure in a row: 1, 2, 4 ... 30 s.
  static func pauseSeconds(failures: Int) -> Double {
    min(30, Double(1 << min(failures - 1, 5)))
  }

  // How long the refresher sleeps after a success. It looks again each minute: the wall clock may have been
  // set meanwhile, and a role's new keys appear only some minutes before the old ones end.
  static func sleepSeconds(_ held: HeldCredentials?, now: Date) -> Double {
    let left = held?.expiration?.timeIntervalSince(now) ?? .infinity
    return left > backgroundSeconds ? min(60, left - backgroundSeconds) : 60
  }
}

private let backgroundSeconds = 15.0 * 60
private let awaitedSeconds = 10.0 * 60
