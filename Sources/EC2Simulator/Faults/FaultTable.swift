/// The faults in force.
struct FaultTable: Sendable {
  /// A fault with its number and what it has done so far.
  struct Entry: Codable, Sendable, Equatable {
    let id: Int
    let fault: Fault
    var seen = 0
    var hit = 0
  }

  private(set) var entries: [Entry] = []
  private var lastId = 0
  /// Counts removals, so that a request which is being delayed notices that its fault is gone.
  private(set) var removals = 0

  mutating func add(_ fault: Fault) -> Int {
    lastId += 1
    entries.append(Entry(id: lastId, fault: fault))
    return lastId
  }

  /// Removes one fault, or all; false if there is none of that number.
  mutating func remove(_ id: Int? = nil) -> Bool {
    let count = entries.count
    entries.removeAll { id == nil || $0.id == id }
    removals += 1
    return id == nil || entries.count < count
  }

  /// What all matching faults together do to a call; of two that say the same thing, the newer one wins.
  mutating func effect(on call: Call) -> FaultEffect {
    var effect = FaultEffect()
    for index in entries.indices where entries[index].fault.selection.matches(call) {
      let selection = entries[index].fault.selection
      entries[index].seen += 1
      guard entries[index].seen > selection.skip ?? 0 else { continue }
      if let count = selection.count, entries[index].hit >= count { continue }
      entries[index].hit += 1
      effect = effect.overlaid(by: entries[index].fault.effect)
    }
    return effect
  }
}
