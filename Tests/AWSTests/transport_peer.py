"""A server with bad manners, for TransportTests: each path is one of them.

Prints one JSON line with its ports and CA file, then serves until its parent is gone.
A POST to / gets the answer that /_answer?key=KEY&status=&header=&body= has set for a KEY in its body.
What it saw is asked by /_wait?tag=TAG&event=EVENT&count=N on the plain port.
"""
import ctypes
import json
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import parse_qs, urlsplit

events = []
changed = threading.Condition()
answers = {}
connections = 0


def note(tag, event, connection, **more):
    with changed:
        events.append({"tag": tag, "event": event, "connection": connection, **more})
        changed.notify_all()


def wait(query):
    want, count = query["event"][0], int(query.get("count", ["1"])[0])
    seen = lambda: [e for e in events if e["tag"] == query["tag"][0] and e["event"] == want]
    with changed:
        changed.wait_for(lambda: len(seen()) >= count, timeout=float(query.get("seconds", ["5"])[0]))
        return seen()


def answer(body=b"ok", status="200 OK", headers=(), length=None):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_request(peer):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = peer.recv(65536)
        if not piece:
            return None
        if not data and piece[0] == 0x16:
            peer.sendall(answer(b"plain HTTP request expected", "400 Bad Request"))
            return None
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    headers = [line.split(": ", 1) if ": " in line else [line.rstrip(":"), ""] for line in lines[1:]]
    length = int(next((v for n, v in headers if n.lower() == "content-length"), 0))
    while len(body) < length:
        body += peer.recv(65536)
    method, target, _ = lines[0].split(" ")
    return method, target, headers, body


class Connection:
    def __init__(self, peer, name):
        global connections
        with changed:
            connections += 1
            self.id = connections
        self.peer, self.name, self.tag, self.served = peer, name, "", 0

    def run(self):
        how = "closed here"
        try:
            while True:
                request = read_request(self.peer)
                if request is None:
                    how = self.after_end()
                    break
                if not self.serve(*request):
                    break
        except ConnectionResetError:
            how = "reset"
        except (OSError, ssl.SSLError) as error:
            how = type(error).__name__
        finally:
            note(self.tag, "closed", self.id, how=how)
            self.peer.close()

    def after_end(self):
        # A TLS peer may say goodbye before its reset: look at the socket itself.
        try:
            raw = socket.socket(fileno=os.dup(self.peer.fileno()))
            raw.settimeout(1)
            with raw:
                raw.recv(1)
            return "end"
        except ConnectionResetError:
            return "reset"

    def serve(self, method, target, headers, body):
        url = urlsplit(target)
        query = parse_qs(url.query)
        if url.path == "/_wait":
            self.peer.sendall(answer(json.dumps(wait(query)).encode()))
            return True
        if url.path == "/_answer":
            answers[query["key"][0]] = query
            self.peer.sendall(answer())
            return True
        text = body.decode()
        self.tag = query.get("tag", [""])[0] or next((key for key in answers if key in text), "")
        note(self.tag, "request", self.id, method=method, target=target, headers=headers, body=text)
        self.served += 1
        if method == "POST" and url.path == "/" and self.tag in answers:
            return self.canned(answers[self.tag])
        return getattr(self, url.path.strip("/").replace("-", "_"), self.ok)(query)

    def ok(self, query):
        self.peer.sendall(answer(headers=["Date: Mon, 23 Nov 2026 08:00:00 GMT", "X-Kept: a", "X-Kept: b"]))
        return True

    def ping(self, query):
        return self.ok(query)

    def canned(self, query):
        status, headers = query.get("status", ["200"])[0], query.get("header", [])
        self.peer.sendall(answer(query.get("body", [""])[0].encode(), f"{status} Canned", headers))
        return True

    def then_close(self, query):
        self.ok(query)
        return False

    def then_goodbye(self, query):
        self.ok(query)
        self.peer.settimeout(0.2)
        try:
            self.peer.unwrap()
        except OSError:
            pass
        return False

    def then_unasked(self, query):
        self.ok(query)
        note(self.tag, "unasked", self.id)
        time.sleep(0.05)
        self.peer.sendall(answer(b"bye", "408 Request Timeout"))
        time.sleep(0.2)
        return True

    def black_hole(self, query):
        """Answers, then drops every packet that comes in before TCP sees it: a path that died."""
        self.ok(query)
        time.sleep(0.1)
        program = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # return 0: drop
        filters = struct.pack("HL", 1, ctypes.addressof(program))
        self.peer.setsockopt(socket.SOL_SOCKET, 26, filters)  # SO_ATTACH_FILTER
        note(self.tag, "dead", self.id)
        return True

    def silent_second(self, query):
        return self.ok(query) if self.served == 1 else False

    def reset_second(self, query):
        if self.served == 1:
            return self.ok(query)
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def hang(self, query):
        return True

    def slow(self, query):
        time.sleep(int(query["ms"][0]) / 1000)
        return self.ok(query)

    def big(self, query):
        self.peer.sendall(answer(b"x" * int(query["bytes"][0])))
        return True

    def endless(self, query):
        self.peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            self.peer.sendall(b"x" * 65536)

    def many_headers(self, query):
        self.peer.sendall(answer(headers=[f"X-{n}: {'y' * 1000}" for n in range(200)]))
        return True

    def redirect(self, query):
        self.peer.sendall(answer(b"", "302 Found", [f"Location: /ok?tag={self.tag}"]))
        return True

    def truncated(self, query):
        self.peer.sendall(answer(b"x" * 10, length=100))
        return False

    def garbage(self, query):
        self.peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        time.sleep(0.2)
        return False

    def closing(self, query):
        self.peer.sendall(answer(headers=["Connection: close"]))
        return False


def listen(name, context=None, handler=None):
    server = socket.create_server(("127.0.0.1", 0), backlog=64)

    def one(peer):
        try:
            if context:
                peer = context.wrap_socket(peer, server_side=True)
        except (OSError, ssl.SSLError) as error:
            note(name, "handshake failed", 0, error=str(error))
            peer.close()
            return
        (handler or (lambda p: Connection(p, name).run()))(peer)

    def serve():
        while True:
            peer, _ = server.accept()
            threading.Thread(target=one, args=(peer,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()[1]


class Quitter(Connection):
    """Answers the first request of a connection and leaves at the second."""

    def serve(self, method, target, headers, body):
        if self.served == 1:
            note("quitter", "left", self.id, method=method)
            return False
        return super().serve(method, target, headers, body)


def certificate(folder, name, names):
    run = lambda *words: subprocess.run(words, cwd=folder, check=True, capture_output=True)
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    if not os.path.exists(f"{folder}/ca.pem"):
        run(*new, "-x509", "-days", "2", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem")
    run(*new, "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}", "-keyout", f"{name}.key",
        "-out", f"{name}.csr")
    run("openssl", "x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-copy_extensions", "copy", "-out", f"{name}.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
    return context


def proxy(tls_port):
    def handle(peer):
        request = read_request_line(peer)
        note("proxy", "connect", 0, line=request)
        peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", tls_port)) as far:
            threading.Thread(target=pump, args=(far, peer), daemon=True).start()
            pump(peer, far)

    return handle


def read_request_line(peer):
    data = b""
    while b"\r\n\r\n" not in data:
        data += peer.recv(1)
    return data.decode().split("\r\n")[0]


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass


def stuck():
    """A port whose queue is full: a further connect gets no answer at all."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(server.getsockname())
    return server, fillers


def unix_listener(folder):
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{folder}/peer.sock")
    server.listen(16)

    def serve():
        while True:
            peer, _ = server.accept()
            threading.Thread(target=Connection(peer, "unix").run, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()


def main():
    parent = os.getppid()
    folder = tempfile.mkdtemp(prefix="vipad-peer-")
    here = certificate(folder, "here", "DNS:localhost,IP:127.0.0.1,DNS:ec2.test.invalid")
    other = certificate(folder, "other", "DNS:other.example")
    held = stuck()
    unix_listener(folder)
    tls = listen("tls", here)
    print(json.dumps({
        "ca": f"{folder}/ca.pem", "socket": f"{folder}/peer.sock", "plain": listen("plain"), "tls": tls,
        "otherName": listen("otherName", other), "proxy": listen("proxy", handler=proxy(tls)),
        "mute": listen("mute", handler=lambda peer: time.sleep(60)),
        "quitter": listen("quitter", here, lambda peer: Quitter(peer, "quitter").run()),
        "stuck": held[0].getsockname()[1],
    }), flush=True)
    try:
        while os.getppid() == parent:
            time.sleep(0.5)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
