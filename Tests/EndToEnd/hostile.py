"""A server between vipad and the simulator that answers some requests as no server should."""

import gzip
import select
import socket
import struct
import threading
import time
import zlib

from proxy import read_message, reset

CHUNK = b"<a>" + b"x" * 65529 + b"</a>"
# An attack ends when vipad closes, or here: it must have long before.
LONGEST_SECONDS = 20


class Hostile:
    """Hands requests on to `target`, but for those with `mark`: each of these gets the next of `attacks`."""

    def __init__(self, target, mark=b""):
        host, _, port = target.split("//")[1].partition(":")
        self._target, self._mark = (host, int(port)), mark
        self._lock = threading.Lock()
        self._attacks = []
        self.hits, self.longest_request = [], 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def answer_with(self, *attacks):
        """(name, answer) each: bytes that end the connection, or a function that writes to it."""
        with self._lock:
            self._attacks = list(attacks)

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = None
        try:
            while request := read_message(client):
                self.longest_request = max(self.longest_request, len(request))
                if attack := self._next(request):
                    self.hits.append(attack[0])
                    client.settimeout(LONGEST_SECONDS)
                    return carry_out(attack[1], client, self.url)
                server = server or socket.create_connection(self._target)
                server.sendall(request)
                client.sendall(read_message(server))
        except OSError:
            pass
        finally:
            client.close()
            if server:
                server.close()

    def _next(self, request):
        with self._lock:
            return self._attacks.pop(0) if self._mark in request and self._attacks else None


class Canary:
    """A server that must never be asked: where redirections and documents point."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.was_asked = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            self._listener.accept()
            self.was_asked = True
        except OSError:
            pass

    def close(self):
        self._listener.close()


def carry_out(answer, client, url):
    try:
        if callable(answer):
            answer(client)
        else:
            client.sendall(answer.replace(b"SELF", url.encode()))
    except OSError:
        pass  # vipad has had enough


def head(status=b"200 OK", *lines, length=None):
    """The start of an answer, up to its body."""
    if length is not None:
        lines += (b"Content-Length: %d" % length,)
    return b"\r\n".join((b"HTTP/1.1 " + status, b"Content-Type: text/xml;charset=UTF-8", *lines)) + b"\r\n\r\n"


def whole(body, status=b"200 OK", *lines):
    return head(status, *lines, length=len(body)) + body


def endless(start, piece, pause_seconds=0):
    """`start` once and `piece` without end."""
    def send(client):
        client.sendall(start)
        end = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < end:
            client.sendall(piece)
            if pause_seconds and select.select([client], [], [], pause_seconds)[0] and not client.recv(1):
                return
    return send


def held(start):
    """`start`, and then nothing until vipad closes."""
    def send(client):
        client.sendall(start)
        while client.recv(65536):
            pass
    return send


def in_parts(*parts, pause_seconds=0.05):
    """Parts in packets of their own, the connection left open."""
    def send(client):
        for part in parts:
            client.sendall(part)
            time.sleep(pause_seconds)
        while client.recv(65536):
            pass
    return send


def with_reset(start):
    def send(client):
        client.sendall(start)
        reset(client)
    return send


# What looks like success, for the wrong request, place or framing: EC2 has done nothing.

def success(interface, request_id="forged", address="100.80.33.100"):
    return (
        f'<?xml version="1.0"?><AssignPrivateIpAddressesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<requestId>{request_id}</requestId><networkInterfaceId>{interface}</networkInterfaceId>"
        f"<assignedPrivateIpAddressesSet><item><privateIpAddress>{address}</privateIpAddress></item>"
        f"</assignedPrivateIpAddressesSet><return>true</return></AssignPrivateIpAddressesResponse>").encode()


def shown(interface, action, address="100.80.33.100", primary=None, count=1):
    """A read's answer: that many interfaces have the address; `interface` and `primary` may have their number, %d."""
    def described(number):
        identity, own = (text % number if text and "%d" in text else text for text in (interface, primary))
        return (f"<item><networkInterfaceId>{identity}</networkInterfaceId>"
                + (f"<privateIpAddress>{own}</privateIpAddress>" if own else "")
                + f"<privateIpAddressesSet><item><privateIpAddress>{address}</privateIpAddress></item>"
                "</privateIpAddressesSet></item>")

    items = "".join(map(described, range(count)))
    inside = f"<networkInterfaceSet>{items}</networkInterfaceSet>"
    if action == "DescribeInstances":
        inside = (f"<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>{inside}"
                  "</item></instancesSet></item></reservationSet>")
    return (
        f'<?xml version="1.0"?><{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<requestId>forged</requestId>{inside}</{action}Response>").encode()


def failure(code="InternalError", message="x", request_id="r"):
    return (
        f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>").encode()


def gzip_bomb(size=64 << 20):
    return gzip.compress(b"<a>" + bytes(size), 9)


def deflate_bomb(size=64 << 20):
    return zlib.compress(bytes(size), 9)


def chunked(body):
    return b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "' % n + b"&l%d;" % (n - 1) * 10 + b'">' for n in range(1, 20)) + b"]><a>&l19;</a>")


def without_end():
    """Answers that go on for ever."""
    body = head(b"200 OK", b"Transfer-Encoding: chunked")
    return {
        "a body without end": endless(head(), CHUNK),
        "a body of 10^18 bytes": endless(head(length=10 ** 18), CHUNK),
        "chunks without end": endless(body, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        "tiny chunks without end": endless(body, b"1\r\nx\r\n" * 5000),
        "a chunk's extension without end": endless(body + b"1;", b"e" * 65536),
        "a chunk's size without end": endless(body, b"0" * 65536),
        "trailers without end": endless(body + b"0\r\n", b"X-Trailer: y\r\n" * 5000),
        "a header field without end": endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65536),
        "header fields without end": endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 10000),
        "a status line without end": endless(b"HTTP/1.1 200 ", b"O" * 65536),
        "100 Continue without end": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
        "103 Early Hints without end": endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 2000),
        "102 Processing with much in it": endless(b"",
            b"HTTP/1.1 102 Processing\r\nX: " + b"y" * 30000 + b"\r\n\r\n"),
        "a drip without end": endless(head(), b"x", pause_seconds=0.05),
        "a drip of a header": endless(b"HTTP/1.1 200 OK\r\nX: ", b"y", pause_seconds=0.05),
        "white space without end": endless(head(), b" \r\n" * 20000),
    }


def redirecting(canary):
    """To itself, to the metadata service, to files, to another server: none is followed."""
    places = {
        "itself": b"SELF/", "itself by a relative path": b"/",
            "the metadata service": b"http://169.254.169.254/latest/meta-data/",
        "a file": b"file:///etc/passwd", "another server": canary.encode(), "gopher": b"gopher://127.0.0.1:6379/_x",
        "a place of two lines": b"SELF/\r\nX-Injected: y", "a long place": b"http://x/" + b"a" * 20000,
    }
    statuses = [b"301 Moved Permanently", b"302 Found", b"303 See Other", b"307 Temporary Redirect",
        b"308 Permanent Redirect"]
    return {
        f"a redirection {status[:3].decode()} to {name}": whole(b"", status, b"Location: " + place)
        for number, (name, place) in enumerate(places.items()) for status in (statuses[number % 5],
            statuses[(number + 3) % 5])
    } | {"a refresh": whole(b"<a/>", b"200 OK", b"Refresh: 0; url=" + canary.encode()),
         "an alternative service": whole(b"<a/>", b"200 OK",
             b"Alt-Svc: h2=\"" + canary.split("//")[1].encode() + b"\""),
         "a demand for a password": whole(b"", b"401 Unauthorized", b"WWW-Authenticate: Negotiate"),
         "a demand of a proxy": whole(b"", b"407 Proxy Authentication Required",
             b"Proxy-Authenticate: Basic realm=x")}


def broken_framing(yes):
    """Answers whose end or form is in doubt; the XML in them, `yes`, says success."""
    return {
        "a length too long": whole(yes).replace(b"Content-Length: %d" % len(yes),
            b"Content-Length: %d" % (len(yes) + 9)),
        "a length too short": head(length=len(yes) - 9) + yes,
        "a negative length": head(b"200 OK", b"Content-Length: -1") + yes[:40],
        "a length that is no number": head(b"200 OK", b"Content-Length: 0x10") + yes[:40],
        "two lengths": head(b"200 OK", b"Content-Length: 10", b"Content-Length: 11") + yes,
        "a length over 64 bits": head(b"200 OK", b"Content-Length: 99999999999999999999999") + yes[:40],
        "HTTP/0.9": yes, "HTTP/0.9 by one byte": b"<", "nothing": b"", "a reset": with_reset(b""),
            "a reset in the header": with_reset(b"HTTP/1.1 200 OK\r\nCon"),
        "HTTP/2 frames": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(200),
            "a TLS alert": b"\x15\x03\x03\x00\x02\x02\x28", "HTTP/3.7": b"HTTP/3.7 200 OK\r\n\r\n" + yes,
        "no status": b"HTTP/1.1\r\n\r\n" + yes, "status 99": b"HTTP/1.1 99 X\r\n\r\n" + yes,
            "status 1000": b"HTTP/1.1 1000 X\r\n\r\n" + yes,
            "101": held(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
        "204 with a body": whole(yes, b"204 No Content"), "304": whole(yes, b"304 Not Modified"),
            "206": whole(yes, b"206 Partial Content", b"Content-Range: bytes 0-9/10"),
        "NUL in the header": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n" + yes[:40],
            "a bare CR in the header": b"HTTP/1.1 500 X\r\nX: a\rContent-Length: 0\r\n\r\n" + yes[:40],
        "folded header lines": b"HTTP/1.1 500 X\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
            "a chunk size of 2^64": head(b"200 OK", b"Transfer-Encoding: chunked") + b"10000000000000000\r\n" + yes,
        "a negative chunk": head(b"200 OK", b"Transfer-Encoding: chunked") + b"-5\r\n" + yes,
            "chunks cut off": head(b"200 OK", b"Transfer-Encoding: chunked") + b"%x\r\n" % len(yes) + yes,
        "an unknown coding": head(b"200 OK", b"Transfer-Encoding: cow") + yes,
        "an answer after the answer": in_parts(whole(failure(), b"500 X") + whole(yes)),
    }


def bombs(yes, canary):
    """Much from little: compression, entities, depth, many elements; `yes` says success."""
    outside = canary.encode()
    return {
        "a gzip bomb": whole(gzip_bomb(), b"200 OK", b"Content-Encoding: gzip"),
            "a deflate bomb": whole(deflate_bomb(), b"200 OK", b"Content-Encoding: deflate"),
        "a gzip bomb as transfer coding": head(b"200 OK", b"Transfer-Encoding: gzip, chunked") + chunked(gzip_bomb()),
            "gzip in gzip": whole(gzip.compress(gzip_bomb()), b"200 OK", b"Content-Encoding: gzip, gzip"),
        "brotli that is none": whole(b"\xff" * 900, b"200 OK", b"Content-Encoding: br"),
            "many codings": whole(b"x", b"200 OK", b"Content-Encoding: " + b"gzip, " * 500 + b"gzip"),
        "a billion laughs": whole(LAUGHS),
            "a large entity, often": whole(b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 50000 + b'">]><a>' + b"&b;" * 50000
            + b"</a>"),
        "an entity in itself": whole(b'<!DOCTYPE a [<!ENTITY b "&c;"><!ENTITY c "&b;">]><a>&b;</a>'),
            "an outside entity": whole(b'<!DOCTYPE a [<!ENTITY b SYSTEM "' + outside + b'/e">]><a>&b;</a>'),
        "a file as entity": whole(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + yes.replace(
            b"forged", b"&b;").split(b"?>")[1]),
            "an outside document type": whole(b'<!DOCTYPE a SYSTEM "' + outside + b'/d"><a/>'),
        "a parameter entity": whole(b'<!DOCTYPE a [<!ENTITY % b SYSTEM "' + outside + b'/p">%b;]><a/>'),
            "an XInclude": whole(b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="' + outside
            + b'/x"/></a>'),
        "a stylesheet": whole(b'<?xml-stylesheet href="' + outside + b'/s"?><a/>'),
            "elements 100,000 deep": whole(b"<a>" * 100000 + b"</a>" * 100000),
            "elements 1 MiB deep, open": whole(b"<a>" * 340000),
        "250,000 elements": whole(b"<r>" + b"<a/>" * 250000 + b"</r>"),
            "120,000 items": whole(yes.replace(b"<item>", b"<item/>" * 120000 + b"<item>", 1).replace(b"requestId",
            b"x")),
        "50,000 attributes": whole(b"<a " + b" ".join(b"a%d='x'" % n for n in range(50000)) + b"/>"),
            "a name of 1 MB": whole(b"<" + b"a" * 1000000 + b"/>"),
            "an attribute of 1 MB": whole(b"<a b='" + b"x" * 1000000 + b"'/>"),
        "a comment of 1 MB": whole(b"<a><!--" + b"x" * 1000000 + b"--></a>"),
            "a text of 1 MB": whole(b"<a>" + b"x" * 1000000 + b"</a>"),
            "500,000 character references": whole(b"<a>" + b"&#x41;" * 160000 + b"</a>"),
        "a code of 1 MB": whole(failure("E" * 1000000), b"500 X"),
            "a message of 1 MB": whole(failure(message="m" * 1000000), b"500 X"),
            "a request id of 1 MB": whole(failure(request_id="r" * 1000000), b"500 X"),
        "UTF-16": whole(yes.decode().replace('version="1.0"',
            'version="1.0" encoding="UTF-16"').encode("utf-16")[:101]),
            "an encoding that is none": whole(b'<?xml version="1.0" encoding="EBCDIC-X"?><a/>'),
            "UTF-7": whole(b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-b/+AD4-</a>'),
        "an XML declaration, often": whole(b'<?xml version="1.0"?>' * 1000 + b"<a/>"),
            "two documents": whole(b"<a/>" + yes), "NUL bytes": whole(b"\x00" * 100000),
            "JSON": whole(b'{"a":' * 100000),
    }


def steering(interface):
    """Control characters where ids, codes and words stand, and numbers at their limits."""
    dirt = "&#13;&#10;HTTP/1.1 200 OK&#13;&#10;&#9;\u2028\u2029\u202e\u0085\u009b31m\u200b\ufeff"
    fields = {
        "the code": failure(dirt + "Internal" + dirt),
            "the message": failure(message=dirt + "forged: accepted" + dirt),
            "the request id": failure(request_id=dirt + "x" + dirt),
        "all at once": failure("RequestLimitExceeded", dirt * 20, dirt),
            "raw ESC": failure(message="\x1b[2J\x1b]0;x\x07"), "a raw NUL": failure(message="a\x00b"),
        "the interface": success(interface + "&#10;" + dirt).replace(b"<return>true", b"<return>false"),
            "an element's name": b"<a\xe2\x80\xa8b/>",
            "text that breaks JSON": failure(message='","outcome":"accepted"}\\'),
        "a message that looks like an audit record": failure(
            message='{&quot;event&quot;:&quot;claimOutcome&quot;}&#10;{&quot;seq&quot;:1}'),
    }
    found = {f"dirt in {name}": whole(body, b"500 X") for name, body in fields.items()}
    odd = failure("Unavailable")
    headers = {
        "retry in 10^30 ms": b"x-amz-retry-after: " + b"9" * 30,
            "retry in 2^63-1 ms": b"x-amz-retry-after: 9223372036854775807",
            "retry in -2^63 ms": b"x-amz-retry-after: -9223372036854775808",
            "retry in no number": b"x-amz-retry-after: 1e9",
        "the year 9999": b"Date: Fri, 31 Dec 9999 23:59:59 GMT",
            "the year 1601": b"Date: Mon, 01 Jan 1601 00:00:00 GMT", "no date": b"Date: " + b"9" * 5000,
            "30 February": b"Date: Sun, 30 Feb 2026 10:00:00 GMT",
            "a date of control characters": b"Date: \x01\x02\x1b[2J",
        "an id in the header": b"x-amzn-requestid: \x1b[31mred\x7f\xff\xfe",
            "a type of ESC": b"Content-Type: text/\x1b[2Jxml\xe2\x80\xa8", "cookies": b"Set-Cookie: a=" + b"b" * 4000,
            "a clear-site-data": b"Strict-Transport-Security: max-age=9", "a status text of ESC": b"X: y",
    }
    return found | {name: whole(odd if "retry" not in name else failure("RequestLimitExceeded"),
        b"503 \x1b[2J" if "status" in name else b"503 X", line) for name, line in headers.items()}


def odd_reads(action):
    """What a read may say in good form: other places of the VIP, by the thousand or with ids that steer."""
    dirt = "&#13;&#10;&#9;\u2028\u202e\u0085\u009b31m\u200b\ufeff"
    return {
        "nobody holds it": whole(shown("eni-x", action, count=0)),
        "dirt in an interface's id": whole(shown(f"eni-{dirt}x", action)),
        "an id of 900 kB": whole(shown("e" * 900000, action)),
        "4,000 holders": whole(shown("eni-%d", action, count=4000)),
        "4,000 holders with an address of their own": whole(shown("eni-%d", action, count=4000, primary="10.%d.0.1")),
        "dirt in the address": whole(shown("eni-x", action, address=f"100.80.33.100{dirt}")),
    }


# What the instance metadata may say; (mark of the question, answer) each.

def text(body, status=b"200 OK", *lines):
    return b"HTTP/1.1 " + status + b"\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n" % len(
        body) + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


TOKEN, DOCUMENT, MACS, ROLES = b"/latest/api/token ", b"/instance-identity/document ", b"/interfaces/macs/ ", b"/security-credentials/ "
INTERFACES = b"/interfaces/macs/02"
KEYS = b"/security-credentials/vipad"


def metadata(canary):
    keys = b'{"Code":"Success","AccessKeyId":"%s","SecretAccessKey":"%s","Token":"%s","Expiration":"2099-01-01T00:00:00Z"}'
    endless_body = endless(head(), CHUNK)
    return {
        "tokens without end": (TOKEN, endless_body), "a token of 1 MB": (TOKEN, text(b"t" * 1000000)),
            "a token of two lines": (TOKEN, text(b"t\r\nX-Injected: y")),
        "a token that ends at 10^30 s": (TOKEN,
            text(b"token", b"200 OK", b"X-aws-ec2-metadata-token-ttl-seconds: " + b"9" * 30)),
            "a token that ends at 2^63-1 s": (TOKEN,
            text(b"token", b"200 OK", b"X-aws-ec2-metadata-token-ttl-seconds: 9223372036854775807")),
        "a token that ended": (TOKEN,
            text(b"token", b"200 OK", b"X-aws-ec2-metadata-token-ttl-seconds: -9223372036854775808")),
            "a redirected token": (TOKEN, text(b"", b"307 X", b"Location: " + canary.encode())),
        "100 Continue for a token": (TOKEN, endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000)),
            "a document without end": (DOCUMENT, endless_body),
            "a deep document": (DOCUMENT, text(b'{"instanceId":' * 70000)),
        "arrays 500,000 deep": (DOCUMENT, text(b"[" * 500000)),
            "an instance of 1 MB": (DOCUMENT, text(b'{"instanceId":"' + b"i" * 1000000 + b'"}')),
            "dirt in the document": (DOCUMENT,
            text('{"instanceId":"i-\\r\\n\\u001b[2J\u2028","region":"eu-\\n1","accountId":"\\u0000"}'.encode())),
        "a redirected document": (DOCUMENT, text(b"", b"302 X", b"Location: file:///etc/passwd")),
            "HTTP/0.9": (DOCUMENT, b'{"instanceId":"i-1"}'),
            "a gzip bomb": (DOCUMENT, text(gzip_bomb(), b"200 OK", b"Content-Encoding: gzip")),
        "100,000 interfaces": (MACS, text(b"02:00:5e:00:53:0a/\n" * 50000)),
            "paths for interfaces": (MACS, text(b"../../../x/\n?a=b/\n#/\n%00/\n")),
            "dirt for interfaces": (MACS, text("\x1b[2J\u2028\x00/\n\r\r\n\x9b".encode())),
        "an interface without end": (INTERFACES, endless_body),
            "dirt in an interface": (INTERFACES, text("eni-\x1b[31m\u202e\x00".encode())),
            "invalid UTF-8": (INTERFACES, text(b"\xff\xfe\xc0\xaf")), "a role of 1 MB": (ROLES, text(b"r" * 1000000)),
        "a role with a query": (ROLES, text(b"x?a=b#c")),
            "a role of two lines": (ROLES, text(b"x HTTP/1.1\r\nHost: y\r\n\r\n")),
            "keys of two lines": (KEYS, text(keys % (b"A\\r\\nX: y", b"s", b"t"))),
            "a key that ends a header": (KEYS, text(keys % (b"AKIA", b"s", b"t\\nX-Injected: y"))),
        "keys of 1 MB": (KEYS, text(keys % (b"A" * 300000, b"s" * 300000, b"t" * 300000))),
            "keys that ended in the year 0": (KEYS, text((keys % (b"AKIA", b"s", b"t")).replace(b"2099", b"0000"))),
            "deep keys": (KEYS, text(b'{"Code":' + b"[" * 100000)),
        "keys without end": (KEYS, endless_body), "keys drip": (KEYS, endless(head(), b"{", pause_seconds=0.05)),
    }
