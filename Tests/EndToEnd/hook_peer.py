"""A local HTTP server for the hook to call: on a Unix socket or on 127.0.0.1, with the manners a test asks for."""

import http.server
import json
import os
import queue
import socket
import socketserver
import threading
import time


class HookPeer:
    """Records every request; answers `status` with `answer`, or not at all while `hangs`."""

    def __init__(self, path=None, status=202, answer=None, hangs=False, token=None):
        self.requests = queue.Queue()
        self.status, self.token, self.hangs = status, token, hangs
        self.answer = answer if answer is not None else {"claimId": "c-1", "group": "inside", "state": "claiming"}
        self.released = threading.Event()
        self._server = _UnixServer(path, self) if path else _TCPServer(self)
        self.port = None if path else self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def next(self, seconds=5):
        """The next request: (path, headers, body as parsed JSON)."""
        return self.requests.get(timeout=seconds)

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        peer = self.server.peer
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        peer.requests.put((self.path, dict(self.headers), body, time.monotonic()))
        if peer.hangs:
            peer.released.wait(30)
            self.close_connection = True
            return
        status = peer.status
        if peer.token and self.headers.get("Authorization") != f"Bearer {peer.token}":
            status = 401
        answer = json.dumps(peer.answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "peer"


class _TCPServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, peer):
        self.peer = peer
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_):
        pass  # the hook may hang up at any moment


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path, peer):
        self.peer = peer
        if os.path.exists(path):
            os.unlink(path)
        super().__init__(str(path), _Handler)

    def handle_error(self, *_):
        pass


def free_port():
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
