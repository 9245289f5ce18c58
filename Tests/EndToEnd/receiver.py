"""A receiver of notifications that answers as it is told, and checks signatures by itself."""

import collections
import hashlib
import hmac
import http.server
import json
import re
import threading
import time

from local_server import LocalServer

HANG = "hang"
SECRET = "0123456789abcdef" * 4


def notify_section(router, url, secret=SECRET, notReadySeconds=60, **settings):
    """A [notify] that tells `url`, signed by a secret in the router's directory."""
    router.secret_file = router.directory / "notify.secret"
    router.secret_file.touch(mode=0o640)
    router.secret_file.write_text(secret + "\n")
    lines = ["[notify]", f'webhook = "{url}"', f'secretFile = "{router.secret_file}"',
             f"notReadySeconds = {notReadySeconds}"]
    return "\n".join(lines + [f'{name} = "{setting}"' for name, setting in settings.items()]) + "\n"


class Delivery:
    """One request to the receiver."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body, self.at = path, headers, body, time.monotonic()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def signed_at(self):
        return int(re.fullmatch(r"t=(\d+),v1=[0-9a-f]{64}", self.headers["vipad-signature"])[1])

    def is_signed_by(self, secret):
        """As docs/monitoring.md tells receivers to do it, five minutes included."""
        stamp, code = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", self.headers["vipad-signature"]).groups()
        expected = hmac.new(secret.encode(), stamp.encode() + b"." + self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(code, expected) and abs(time.time() - int(stamp)) < 300


class Receiver(LocalServer):
    """Answers each POST with the next of `script`, then with 204: a status, (status, headers), HANG, or
    (HANG, status) to answer that when released."""

    def __init__(self, certificates=None, port=0, script=()):
        self.deliveries, self._script = [], collections.deque(script)
        self._arrival, self._released = threading.Condition(), threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = receiver._take(Delivery(self.path, self.headers, body))
                if answer == HANG:
                    answer = (HANG, 204)
                if isinstance(answer, tuple) and answer[0] == HANG:
                    receiver._released.wait(60)
                    answer = answer[1]
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(Handler, certificates, port)

    def _take(self, delivery):
        with self._arrival:
            self.deliveries.append(delivery)
            self._arrival.notify_all()
            return self._script.popleft() if self._script else 204

    def answer(self, *answers):
        """What it answers next."""
        with self._arrival:
            self._script.extend(answers)

    def wait_for(self, count, seconds=20):
        """All that came, once there are so many."""
        with self._arrival:
            assert self._arrival.wait_for(lambda: len(self.deliveries) >= count, seconds), self.events
            return list(self.deliveries)

    @property
    def events(self):
        return [delivery.json["event"] for delivery in self.deliveries]

    def release(self):
        """Those that hang are answered."""
        self._released.set()

    def end(self):
        self.release()
        super().end()
