"""An HTTP server on loopback that a test's peers are made of."""

import http.server
import ssl
import threading


class LocalServer:
    """Serves by `handler` on threads of its own, with TLS where certificates are given, until `end`."""

    def __init__(self, handler, certificates=None, port=0):
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client that went away is no matter."""

        self._server = Server(("127.0.0.1", port), handler)
        self.scheme = "http"
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.certificate, certificates.key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}"

    def end(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
