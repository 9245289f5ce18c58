"""Two routers that look at each other, and a server that stands between or in for one of them."""

import http.client
import http.server
import threading

from local_server import LocalServer
from pair import Answer, eventually


class StandIn(LocalServer):
    """An HTTP server that answers GET by `answer(handler)`, and keeps what it was asked."""

    def __init__(self, answer, certificates=None):
        self.requests, self._arrival = [], threading.Condition()
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                with stand_in._arrival:
                    stand_in.requests.append((self.path, dict(self.headers)))
                    stand_in._arrival.notify_all()
                answer(self)

            def log_message(self, *_):
                pass

        super().__init__(Handler, certificates)

    def wait_for_requests(self, count, seconds=20):
        with self._arrival:
            assert self._arrival.wait_for(lambda: len(self.requests) >= count, seconds), self.requests


def reply(handler, body, status=200, **headers):
    """A whole answer; names of header fields with `_` for `-`."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def forward_to(router):
    """Answers with what the router answers."""
    def answer(handler):
        connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=5)
        connection.request("GET", handler.path, headers={
            name: value for name, value in handler.headers.items() if name in ("If-None-Match", "Accept")})
        got = Answer(connection.getresponse())
        connection.close()
        reply(handler, got.body, got.status, **{
            name: value for name, value in got.headers.items() if name in ("ETag", "Content-Type")})
    return answer


def peer_section(url, **more):
    lines = ["[peer]", f'status = "{url}"'] + [f'{name} = "{value}"' for name, value in more.items()]
    return "\n".join(lines) + "\n"


def wait_for_verdict(router, verdict, seconds=20):
    """The pair as the router states it, once its verdict is that."""
    def pair():
        found = router.status()["pair"]
        return found if found and found["verdict"] == verdict else None
    try:
        return eventually(pair, seconds)
    except AssertionError:
        raise AssertionError(f"not {verdict}: {router.status()['pair']}\n{router.process.text()}") from None
