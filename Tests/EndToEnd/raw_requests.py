"""Bad HTTP requests, as many as wanted, made from a seed and from those written by hand (raw_by_hand.py).

What is bad is judged here by a strict reading of RFC 9112 and of the API, independent of vipad's own: a made
request counts only if that reading finds a fault, so none may be answered 2xx or have an effect.

    python raw_requests.py --seed 7 --number 123      # prints one, as it is sent over the Unix socket
"""

import argparse
import json
import random
import re
import sys

from raw_by_hand import SEVERAL, by_hand, get, post

EFFECTS = (b"/claim", b"/standby", b"/pause", b"/resume")
READS = (b"/status", b"/whoami", b"/healthz", b"/openapi.json", b"/audit", b"/readyz", b"/metrics", b"/")
KEYS = {
    b"/claim": {"group", "cause", "uptime", "priority", "force"},
    b"/standby": {"group", "state", "cause", "uptime", "priority"}, b"/pause": {"seconds"}, b"/resume": set()}
MAXIMUM_HEADER, MAXIMUM_BODY = 8192, 4096
TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEAD = re.compile(rb"(\S+) (\S+) (HTTP/\d\.\d)\r\n((?:[^\r\n]+\r\n)*)\r\n", re.DOTALL)
TRACES = {b"origin", b"referer", b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"}


# The strict reading

class Reading:
    """What a strict reader makes of a request: the fault, and how many messages there may be."""

    def __init__(self, request):
        self.fault = None
        self.messages = 1
        match = HEAD.match(request)
        if not match:
            self.fault = "no request line and header fields that end in an empty line"
            return
        self.method, self.target, self.version, lines = match.groups()
        self.fields = [line.partition(b":") for line in lines.split(b"\r\n")[:-1]]
        self.body = request[match.end():]
        self.fault = self._framing_fault()
        if not self.fault and len(self.body) > self.length:
            self.messages = 2 + self.body[self.length:].count(b"\r\n\r\n")
        self.fault = self.fault or self._fault(match.end())

    def values(self, name):
        return [value.strip(b" \t") for key, _, value in self.fields if key.lower() == name]

    def _framing_fault(self):
        for name, colon, value in self.fields:
            if not colon or not TOKEN.fullmatch(name):
                return "a line that is no header field"
            if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", value):
                return "a control character in a value"
            try:
                value.decode()
            except UnicodeDecodeError:
                return "a value that is not UTF-8"
        lengths = self.values(b"content-length")
        if self.values(b"transfer-encoding") or len(lengths) > 1:
            return "in doubt about the body's end"
        if lengths and not re.fullmatch(rb"[0-9]+", lengths[0]):
            return "a length that is no number"
        # Python refuses to read numbers of thousands of digits.
        self.length = int((lengths[0].lstrip(b"0") or b"0")[:20]) if lengths else 0
        if self.length > MAXIMUM_BODY:
            return "a body that is too long"
        return None

    def _fault(self, header_bytes):
        hosts = self.values(b"host")
        if len(hosts) > 1 or not hosts and self.version != b"HTTP/1.0":
            return "not one Host"
        if hosts and not re.fullmatch(rb"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", hosts[0].lower()):
            return "another host"
        if self.version not in (b"HTTP/1.1", b"HTTP/1.0"):
            return "another version"
        if header_bytes > MAXIMUM_HEADER:
            return "a header that is too long"
        if any(value.lower() != b"100-continue" for value in self.values(b"expect")):
            return "another expectation"
        if len(self.body) < self.length:
            return "a body that ends early"
        return self._call_fault()

    def _call_fault(self):
        path, _, query = self.target.partition(b"?")
        if path in EFFECTS and self.method == b"POST":
            return self._effect_fault(path, query)
        if path not in READS or self.method not in (b"GET", b"HEAD"):
            return "no such call"
        if re.search(rb"%(?![0-9a-fA-F]{2})|%00|[^\x21-\x7e]", self.target):
            return "no request target"
        return query and path != b"/audit" and "a query where none is taken"

    def _effect_fault(self, path, query):
        names = {name for name, _, _ in self.fields for name in [name.lower()]}
        if names & TRACES or self.values(b"sec-fetch-site"):
            return "through a browser or a proxy"
        if query and (path != b"/claim" or not query.startswith(b"wait=")):
            return "an unknown parameter"
        body = self.body[:self.length]
        if not body:
            return path == b"/claim" and "no group where there are two"
        if not any(value.lower().startswith(b"application/json") for value in self.values(b"content-type")):
            return "a body of another type"
        return body_fault(path, body)


def body_fault(path, body):
    def once(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("the same key twice")
        return dict(pairs)
    try:
        members = json.loads(body.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError):
        return "a body that is no JSON"
    if not isinstance(members, dict) or not members.keys() <= KEYS[path]:
        return "a body with unknown members"
    if "group" in members and members["group"] not in ("inside", "vrrp-inside", "outside", "vrrp-outside"):
        return "an unknown group"
    return path == b"/claim" and "group" not in members and "no group where there are two"


# Made from a seed

PIECES = [b"\x00", b"\r", b"\n", b"\r\n", b"\t", b" ", b"\x0b", b"\x7f", b"\x1b[31m", b"\xff", b"\xc3\x28",
    b"\xe2\x80\xa8", b"\xc2\x85", b":", b"%00", b"%0d%0a", b"%", b"#", b"?", b"//", b"..", b"\\", b"\"", b"{",
    b"\r\n\r\n", b"\r\n ", b"HTTP/1.1", b"0\r\n\r\n"]


class Maker:
    """Makes bad requests; the same seed makes the same ones."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        hand = [request for name, request in sorted(by_hand().items()) if name not in SEVERAL and len(request) < 9000]
        self._lines = sorted(
            {line for request in hand for line in request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:] if line})
        self._starts = sorted({request.split(b"\r\n")[0] for request in hand})
        self._bodies = sorted({request.partition(b"\r\n\r\n")[2] for request in hand})
        self._seeds = [post(), post(b"/standby"), post(b"/pause", b'{"seconds":1}'), post(b"/resume", b"{}"),
            post(b"/claim?wait=1"), get(), get(b"/audit?after=1&limit=2"), get(b"/claims/0123456789abcdef?wait=1"),
                       get(method=b"HEAD"), get(b"/openapi.json", version=b"HTTP/1.0")] + hand
        self._mutations = [self._flip, self._insert, self._delete, self._repeat, self._cut, self._add_line,
            self._add_line, self._start, self._body, self._splice, self._length, self._case, self._ends]

    def bad(self, count):
        """So many different ones, each with a fault by the strict reading."""
        made = {}
        while len(made) < count:
            request = self._random.choice(self._seeds)
            for _ in range(self._random.choice((1, 1, 2, 2, 3, 5))):
                request = self._random.choice(self._mutations)(request)
            # An empty one is no request; of two messages the second might be good.
            if request and len(request) < 20000 and is_wholly_bad(request):
                made.setdefault(request)
        return list(made)

    def _place(self, request):
        # Most often in the header, where it matters.
        end = request.find(b"\r\n\r\n") + 4 if self._random.random() < 0.8 else 0
        return self._random.randrange(max(1, end or len(request)))

    def _flip(self, request):
        at = self._place(request)
        return request[:at] + bytes(byte ^ 1 << self._random.randrange(8) for byte in request[at:at
            + 1]) + request[at + 1:]

    def _insert(self, request):
        at = self._place(request)
        return request[:at] + self._random.choice(PIECES) * self._random.choice((1, 1, 1, 2, 40)) + request[at:]

    def _delete(self, request):
        at = self._place(request)
        return request[:at] + request[at + self._random.choice((1, 1, 2, 4, 20)):]

    def _repeat(self, request):
        at = self._place(request)
        return request[:at] + request[at:at + self._random.randrange(1, 60)] * self._random.choice((2, 3,
            30)) + request[at:]

    def _cut(self, request):
        return request[:self._place(request)] if self._random.random() < 0.2 else self._flip(request)

    def _add_line(self, request):
        lines = request.split(b"\r\n")
        lines.insert(self._random.randrange(1, max(2, min(len(lines), 6))), self._random.choice(self._lines))
        return b"\r\n".join(lines)

    def _start(self, request):
        return self._random.choice(self._starts) + b"\r\n" + request.partition(b"\r\n")[2]

    def _body(self, request):
        body = self._random.choice(self._bodies)
        head = re.sub(rb"(?i)\r\ncontent-length: *[0-9]+", b"\r\nContent-Length: %d" % len(body),
            request.partition(b"\r\n\r\n")[0])
        return head + b"\r\n\r\n" + body

    def _splice(self, request):
        other = self._random.choice(self._seeds)
        return request[:self._place(request)] + other[self._place(other):]

    def _length(self, request):
        value = self._random.choice((b"0", b"1", b"17", b"19", b"99", b"4096", b"4097", b"-1", b"1e3", b"0x12",
            b"18 18", str(self._random.getrandbits(self._random.choice((8, 31, 32, 63, 64, 65, 128)))).encode()))
        return re.sub(rb"(?i)(content-length: *)[^\r]*", lambda match: match[1] + value, request, count=1)

    def _case(self, request):
        at = self._place(request)
        return request[:at] + request[at:at + 12].swapcase() + request[at + 12:]

    def _ends(self, request):
        return request.replace(b"\r\n", self._random.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b" \r\n", b"\r\n ",
            b"\r\n\x00")), self._random.choice((1, 2, 99)))


def is_wholly_bad(request):
    """A fault in the first message, and no second one that could be good on its own."""
    # libmicrohttpd ends a line at NUL LF as at CR LF, and nothing it hands over tells one from the other. No
    # browser and no proxy passes that on, so it hides nothing from anybody.
    if b"\x00\n" in request:
        return False
    # Empty lines before a request line are to be skipped: RFC 9112 section 2.2.
    reading = Reading(re.sub(rb"\A(\r?\n)+", b"", request))
    return bool(reading.fault) and reading.messages == 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--number", type=int, required=True)
    arguments = parser.parse_args()
    sys.stdout.buffer.write(Maker(arguments.seed).bad(arguments.number + 1)[arguments.number])
