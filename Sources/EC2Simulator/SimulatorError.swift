/// Why the simulator can't start or go on.
public enum SimulatorError: Error, CustomStringConvertible, Equatable {
  /// The topology contradicts itself or can't be read.
  case topology(String)
  /// An address to listen on is refused or taken.
  case listener(String)

  /// One line: what is wrong and where.
  public var description: String {
    switch self {
    case .topology(let detail): "topology: \(detail)"
    case .listener(let detail): "listener: \(detail)"
    }
  }
}
