extension SimulatorState {
  /// This fresh state, in which clients of an older one can go on: their connections, metadata tokens and
  /// role keys stay valid, so that a reset between two tests disturbs no running daemon.
  func continuing(_ old: SimulatorState) -> SimulatorState {
    var state = self
    state.connections = old.connections
    state.world.lastMove = old.world.lastMove
    state.log = old.log
    state.log.clear()
    state.faults = old.faults
    _ = state.faults.remove()
    state.keyring.adoptRoleKeys(of: old.keyring) { router, id in metadata[router]?.role?.principal(id) }
    for (name, service) in old.metadata {
      state.metadata[name]?.tokens = service.tokens
      if let role = service.role { state.metadata[name]?.role?.adopt(role) }
    }
    return state
  }
}
