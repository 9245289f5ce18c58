internal import CCurl

/// The C functions libcurl calls; each finds its Swift object by the pointer given with it.
enum CurlCallbacks {
  static let body: curl_write_callback = { bytes, size, count, owner in
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard let transfer = unsafe object(owner, CurlTransfer.self) else { return 0 }
    return unsafe transfer.receive(body: piece) ? piece.count : 0
  }

  static let header: curl_write_callback = { bytes, size, count, owner in
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard let transfer = unsafe object(owner, CurlTransfer.self) else { return 0 }
    return unsafe transfer.receive(headerLine: piece) ? piece.count : 0
  }

  static let beforeSend: curl_prereq_callback = { owner, _, _, _, localPort in
    let transfer = unsafe object(owner, CurlTransfer.self)
    return transfer?.allowsSend(localPort: localPort) == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
  }

  // A request that was sent once gets no second connection.
  static let openSocket: curl_opensocket_callback = { owner, _, address in
    guard let transfer = unsafe object(owner, CurlTransfer.self), transfer.sends == 0,
      let address = unsafe address
    else { return -1 }
    return unsafe transfer.sockets.open(address.pointee, by: transfer)
  }

  static let closeSocket: curl_closesocket_callback = { owner, descriptor in
    unsafe object(owner, CurlSockets.self)?.close(descriptor) ?? -1
  }

  private static func object<Object: AnyObject>(
    _ pointer: UnsafeMutableRawPointer?, _ type: Object.Type
  ) -> Object? {
    unsafe pointer.map { unsafe Unmanaged<Object>.fromOpaque($0).takeUnretainedValue() }
  }
}
