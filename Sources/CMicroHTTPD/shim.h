#pragma once
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <string.h>

// Swift imports no variadic C function: here is one inline function for each call that needs one.

// MHD_start_daemon with the callbacks typed; everything else stands in `options`.
static inline struct MHD_Daemon *_Nullable vipad_mhd_start(
    unsigned int flags, void *_Nonnull context, const struct MHD_OptionItem *_Nonnull options,
    MHD_AccessHandlerCallback _Nonnull access, MHD_RequestCompletedCallback _Nonnull completed,
    MHD_NotifyConnectionCallback _Nonnull connection, MHD_LogCallback _Nonnull log,
    void *_Nullable (*_Nonnull target)(void *_Nullable, const char *_Nullable, struct MHD_Connection *_Nullable)) {
  return MHD_start_daemon(
      flags, 0, NULL, NULL, access, context, MHD_OPTION_EXTERNAL_LOGGER, log, context, MHD_OPTION_ARRAY, options, MHD_OPTION_NOTIFY_COMPLETED, completed,
      context, MHD_OPTION_NOTIFY_CONNECTION, connection, context, MHD_OPTION_URI_LOG_CALLBACK, target, context,
      MHD_OPTION_END);
}

// What NOTIFY_CONNECTION stored for the connection.
static inline void *_Nullable vipad_mhd_context(struct MHD_Connection *_Nonnull connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

// The connection's socket, -1 if there is none.
static inline int vipad_mhd_socket(struct MHD_Connection *_Nonnull connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

// The address of a TCP client; NULL for a Unix socket.
static inline const struct sockaddr *_Nullable vipad_mhd_client(struct MHD_Connection *_Nonnull connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info ? info->client_addr : NULL;
}

// Bytes from the method to the empty line, as received; 0 before the header is complete.
static inline size_t vipad_mhd_header_bytes(struct MHD_Connection *_Nonnull connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

// Holds the certificate that a TLS client has shown against the listener's client CAs, the time, and its purpose; the
// library only asks for one. GNUTLS_E_NO_CERTIFICATE_FOUND if there is none.
static inline int vipad_tls_verify_client(struct MHD_Connection *_Nonnull connection, unsigned int *_Nonnull status) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (!info || !info->tls_session) return GNUTLS_E_NO_CERTIFICATE_FOUND;
  gnutls_typed_vdata_st purpose = {
      .type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, .size = 0};
  return gnutls_certificate_verify_peers((gnutls_session_t)info->tls_session, &purpose, 1, status);
}

// The status that the library says in its log it is about to answer by itself; 0 for its other messages.
static inline unsigned int vipad_mhd_refused_status(const char *_Nonnull format, va_list arguments) {
  static const char refused[] = "Error processing request (HTTP response code is %u";
  return strncmp(format, refused, sizeof refused - 1) == 0 ? va_arg(arguments, unsigned int) : 0;
}
