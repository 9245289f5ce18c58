import CMicroHTTPD

/// The functions that the library calls, each with the service as its context.
enum Callbacks {
  /// NOTIFY_CONNECTION: makes the connection at its start and gives it up at its end.
  static let connection: MHD_NotifyConnectionCallback = { service, handle, context, code in
    guard let service = unsafe service, let handle = unsafe handle, let context = unsafe context else {
      return
    }
    if code == .CONNECTION_NOTIFY_STARTED {
      let service = unsafe Unmanaged<Service>.fromOpaque(service).takeUnretainedValue()
      // Released at the end of the connection, below.
      unsafe context.pointee = unsafe Unmanaged.passRetained(Connection(handle, of: service)).toOpaque()
    } else if let ended = unsafe context.pointee {
      unsafe Unmanaged<Connection>.fromOpaque(ended).takeRetainedValue().close()
      unsafe context.pointee = nil
    }
  }

  /// URI_LOG_CALLBACK: the target before it is decoded in place.
  static let target:
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) ->
      UnsafeMutableRawPointer? = {
        _, target, handle in
        unsafe onConnection(of: handle) { unsafe $0.take(target: target) }
        return nil
      }

  /// The access handler: the header, pieces of the body, the end.
  static let access: MHD_AccessHandlerCallback = { _, handle, _, method, version, data, size, _ in
    guard let method = unsafe method, let version = unsafe version, let size = unsafe size else { return .NO }
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size.pointee)
    unsafe size.pointee = 0
    return unsafe onConnection(of: handle) {
      unsafe $0.proceed(method: method, version: version, bytes: bytes)
    } ?? .NO
  }

  /// NOTIFY_COMPLETED: a request is over, whatever became of it.
  static let completed: MHD_RequestCompletedCallback = { _, handle, _, _ in
    unsafe onConnection(of: handle) { $0.complete() }
  }

  /// EXTERNAL_LOGGER: of what the library tells, only that it is about to refuse a request by itself counts.
  static let log: MHD_LogCallback = { service, format, arguments in
    guard let service = unsafe service, let format = unsafe format, let arguments = unsafe arguments else {
      return
    }
    let status = unsafe vipad_mhd_refused_status(format, arguments)
    guard status != 0 else { return }
    unsafe Unmanaged<Service>.fromOpaque(service).takeUnretainedValue().refusals.answer(Int(status))
  }

  /// Nothing is counted: the library calls only between a connection's start and its end.
  @discardableResult
  private static func onConnection<Result>(
    of handle: OpaquePointer?, _ work: (Connection) -> Result
  ) -> Result? {
    guard let handle = unsafe handle, let context = unsafe vipad_mhd_context(handle) else { return nil }
    return unsafe Unmanaged<Connection>.fromOpaque(context)._withUnsafeGuaranteedRef { work($0) }
  }
}
