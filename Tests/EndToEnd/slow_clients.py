"""A thousand connections that do as little as they can, in one thread; and the hook's times meanwhile."""

import json
import random
import select
import socket
import subprocess
import sys
import threading
import time

BIG = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
POLL = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
BODY = b"POST /claim HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
HEADER = b"GET /status HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 4000
BYTE_EACH_SECONDS = 0.4


class SlowClient:
    """One connection; `began` is when its deadline began, `lasted` how long it had from then."""

    def __init__(self, connection, opening, drip=b"", reads=True):
        self.connection, self.drip, self.reads = connection, drip, reads
        self.began = time.monotonic()
        self.lasted = None
        self.next_byte = self.began + random.uniform(0, BYTE_EACH_SECONDS)
        self.received = b""
        try:
            connection.sendall(opening)
        except OSError:
            pass  # over the limit of connections: the end is read below

    def send_byte(self, now):
        self.next_byte = now + BYTE_EACH_SECONDS
        piece, self.drip = self.drip[:1], self.drip[1:]
        try:
            self.connection.send(piece)
        except OSError:
            pass

    def see(self, events):
        """Takes what came; true at the end."""
        try:
            if not self.reads:
                return bool(events & (select.EPOLLERR | select.EPOLLHUP))
            while self.reads and (piece := self.connection.recv(65536)):
                self.received += piece
                # Whoever was answered idles from then on.
                self.began = time.monotonic()
            return True
        except BlockingIOError:
            return False
        except OSError:
            return True


class Crowd(threading.Thread):
    """Opens `count` connections of a kind and watches them until they end, or for `seconds`."""

    def __init__(self, address, kind, count, seconds):
        super().__init__(daemon=True)
        self._address, self._kind, self._count, self._seconds = address, kind, count, seconds
        self.clients, self.all_are_open = [], threading.Event()

    def run(self):
        poller = select.epoll()
        by_descriptor = {}
        end = None
        while end is None or (by_descriptor and time.monotonic() < end):
            for _ in range(50):
                if len(self.clients) == self._count:
                    break
                client = self._open()
                self.clients.append(client)
                by_descriptor[client.connection.fileno()] = client
                poller.register(client.connection, select.EPOLLIN if client.reads else 0)
            if len(self.clients) == self._count and end is None:
                end = time.monotonic() + self._seconds
                self.all_are_open.set()
            self._serve(poller, by_descriptor)
        for client in self.clients:
            client.connection.close()
        poller.close()

    def _serve(self, poller, by_descriptor):
        for descriptor, events in poller.poll(0.02):
            client = by_descriptor[descriptor]
            if client.see(events):
                client.lasted = time.monotonic() - client.began
                poller.unregister(descriptor)
                del by_descriptor[descriptor]
        now = time.monotonic()
        for client in by_descriptor.values():
            if client.drip and now >= client.next_byte:
                client.send_byte(now)

    def _open(self):
        connection = socket.socket(socket.AF_UNIX if isinstance(self._address, str) else socket.AF_INET)
        if self._kind == "not reading":
            # The kernel's buffers must not take the whole answer.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(10)
        connection.connect(self._address)
        connection.setblocking(False)
        match self._kind:
            case "idle":
                return SlowClient(connection, b"")
            case "dripping a header":
                return SlowClient(connection, HEADER[:40], HEADER[40:])
            case "dripping a body":
                return SlowClient(connection, BODY, b"x" * 4000)
            case "not reading":
                return SlowClient(connection, BIG * 60, reads=False)
            case "polling":
                return SlowClient(connection, POLL)


class HookTimer:
    """Runs the real hook again and again in a process of its own, and notes how long each took.

    Of its own, because this one's threads share a lock.
    """

    PROGRAM = """
import json, subprocess, sys, time
command, environment, pause = json.loads(sys.argv[1])
while True:
    began = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True)
    print(json.dumps([began, time.monotonic() - began, done.returncode]), flush=True)
    time.sleep(pause)
"""

    def __init__(self, command, environment, pause_seconds=0.05):
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM, json.dumps([command, environment, pause_seconds])],
            stdout=subprocess.PIPE, text=True)
        self.runs = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self.runs.append(json.loads(line))

    def end(self):
        """Ends it; (began, seconds, exit status) of each run."""
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        return self.runs


class Pulse:
    """How long the machine stood still: a process that only sleeps, and notes when it was woken late."""

    PROGRAM = """
import time
while True:
    before = time.monotonic()
    time.sleep(0.05)
    late = time.monotonic() - before - 0.05
    if late > 0.5:
        print(late, flush=True)
"""

    def __init__(self):
        self._process = subprocess.Popen([sys.executable, "-c", self.PROGRAM], stdout=subprocess.PIPE, text=True)

    def end(self):
        """The longest standstill, in seconds; 0 for none over half a second."""
        if self._process.poll() is None:
            self._process.terminate()
            self._late = self._process.communicate()[0].split()
        return max(map(float, self._late), default=0.0)
