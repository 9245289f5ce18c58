"""A way to EC2 that breaks where a test wants: a TCP proxy before the simulator."""

import socket
import struct
import threading
import time


class Proxy:
    """Hands bytes on between vipad and the simulator.

    A request is told by the text in its head (the claim's User-Agent), so the simulator must speak plain http.
    """

    def __init__(self, target):
        host, port = target.split("//")[1].split(":")
        self._target = host, int(port)
        self._listener = None
        self._lock = threading.Lock()
        self._cuts = []
        self._held = None
        self._open = set()
        self.arrivals = []
        self.ends = []
        self.answers = []
        self.listen(0)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def listen(self, port=None):
        """Takes connections, again on the port of before."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port if port is None else port))
        listener.listen(64)
        self._listener = listener
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def refuse(self):
        """Nothing listens any more, and what was open is reset."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            reset(connection)

    def cut_answers(self, *lengths, with_reset=False):
        """The answers to the next Assign calls end after so many bytes."""
        with self._lock:
            self._cuts = [(length, with_reset) for length in lengths]

    def hold_assigns(self):
        """Assign calls arrive (`arrivals`) and are neither handed on nor answered; `ends`: how vipad ended each."""
        self._held = b"Action=AssignPrivateIpAddresses"

    def close(self):
        self.refuse()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(self._target)
        except OSError:
            return reset(client)
        with self._lock:
            self._open |= {client, server}
        try:
            while (request := read_message(client)):
                if self._held and self._held in request:
                    self.arrivals.append(time.monotonic())
                    self.ends.append(how_it_ends(client))
                    return
                server.sendall(request)
                answer = read_message(server)
                cut = self._cut(request)
                if cut:
                    client.sendall(answer[:cut[0]])
                    return reset(client) if cut[1] else None
                if b"Action=AssignPrivateIpAddresses" in request:
                    self.answers.append(answer)
                client.sendall(answer)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open -= {client, server}
            client.close()
            server.close()

    def _cut(self, request):
        with self._lock:
            if self._cuts and b"Action=AssignPrivateIpAddresses" in request:
                return self._cuts.pop(0)
        return None


def how_it_ends(connection):
    """Waits for the other side's end of the connection: what it was, and when by the monotonic clock."""
    try:
        while connection.recv(65536):
            pass
        return "end", time.monotonic()
    except ConnectionResetError:
        return "reset", time.monotonic()


def read_message(connection):
    """One whole HTTP message with a Content-Length or without a body; empty at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                   if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            break
        body += more
    return head + b"\r\n\r\n" + body


def reset(connection):
    """Closes with a TCP reset."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        pass
    connection.close()
