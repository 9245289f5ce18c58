"""Bad HTTP requests written by hand, each with a name that says what is wrong with it."""

import random

GROUP = b'{"group":"inside"}'
JSON = b"Content-Type: application/json\r\n"


def post(path=b"/claim", body=GROUP, more=b"", host=b"localhost", content_type=JSON):
    """A request with an effect that is right in all, but for what `more` adds."""
    return (b"POST " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n" + content_type + more
            + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def get(path=b"/status", more=b"", host=b"localhost", version=b"HTTP/1.1", method=b"GET"):
    return method + b" " + path + b" " + version + b"\r\nHost: " + host + b"\r\n" + more + b"\r\n"


SMUGGLED = post()


def by_hand():
    """(name, request) of each, all different; what is one message says so by not being among `SEVERAL`."""
    requests = dict(_framing() + _lines() + _names_and_values() + _targets() + _versions_and_methods()
                    + _hosts() + _bodies() + _several())
    assert len(set(requests.values())) == len(requests)
    return requests


def _framing():
    lengths = [
        b"-1", b"+18", b"0x12", b"1e1", b"18 ", b"18,18", b"18, 18", b"18;a", b"18.0", b"", b" ", b"\t", b"'18'",
            b"abc",
        b"00000000000000000018x", b"9223372036854775807", b"9223372036854775808", b"18446744073709551615",
        b"18446744073709551616", b"18446744073709551634", b"4294967314", b"1" * 300, b"4097", b"1_8",
            b"\xd9\xa1\xd9\xa8",
        b"18\x0b", b"\x0c18", b"18\xc2\xa0", b"NaN", b"inf", b"0" * 9000 + b"18"]
    found = [(f"length {value!r:.40}",
        b"POST /claim HTTP/1.1\r\nHost: localhost\r\n" + JSON + b"Content-Length: " + value
              + b"\r\n\r\n" + GROUP) for value in lengths if value != b"18 "]
    pairs = [(b"18", b"18"), (b"18", b"0"), (b"0", b"18"), (b"18", b"17"), (b"4", b"18"), (b"18", b""), (b"x", b"18")]
    found += [(f"lengths {one!r} and {two!r}", post(more=b"Content-Length: " + one + b"\r\n").replace(
        b"Content-Length: 18\r\n\r\n", b"Content-Length: " + two + b"\r\n\r\n")) for one, two in pairs]
    found += [("three lengths", post(more=b"Content-Length: 18\r\ncontent-length: 18\r\n")),
              ("a length in another case", post(more=b"CONTENT-LENGTH: 5\r\n")),
              ("a length far too long", post().replace(b"Content-Length: 18", b"Content-Length: 4000"))]
    codings = [
        b"chunked", b"Chunked", b"CHUNKED", b" chunked ", b"\tchunked", b"identity", b"gzip", b"gzip, chunked",
        b"chunked, gzip", b"chunked, chunked", b"xchunked", b"chunked;q=1", b"\"chunked\"", b"'chunked'", b"chunked,",
        b",chunked", b"", b"\x0bchunked", b"chunked\x00", b"chunked, identity", b"cow", b"trailers"]
    chunks = b"12\r\n" + GROUP + b"\r\n0\r\n\r\n"
    found += [(f"coding {value!r}",
        b"POST /claim HTTP/1.1\r\nHost: localhost\r\n" + JSON + b"Transfer-Encoding: " + value
               + b"\r\n\r\n" + chunks) for value in codings]
    chunked = b"POST /claim HTTP/1.1\r\nHost: localhost\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    found += [(name, chunked + body) for name, body in [
        ("a huge chunk extension", b"12;" + b"a" * 20000 + b"\r\n" + GROUP + b"\r\n0\r\n\r\n"),
        ("a huge chunk", b"ffffffffffffffff\r\n" + GROUP), ("a negative chunk", b"-1\r\n" + GROUP),
        ("a chunk that says 0x", b"0x12\r\n" + GROUP + b"\r\n0\r\n\r\n"),
            ("chunks with bare LF", b"12\n" + GROUP + b"\n0\n\n"),
        ("trailers", b"12\r\n" + GROUP + b"\r\n0\r\nContent-Length: 0\r\n\r\n"),
            ("no last chunk", b"12\r\n" + GROUP + b"\r\n"),
        ("a huge trailer", b"0\r\nX: " + b"y" * 20000 + b"\r\n\r\n"),
            ("a chunk with no end", b"12;a=\"" + b"b" * 100)]]
    both = [(b"chunked", b"18"), (b"chunked", b"0"), (b"identity", b"18"), (b"chunked", b"5"), (b"x", b"18")]
    for coding, length in both:
        head = b"POST /claim HTTP/1.1\r\nHost: localhost\r\n" + JSON
        lines = [b"Transfer-Encoding: " + coding + b"\r\n", b"Content-Length: " + length + b"\r\n"]
        found += [(f"coding {coding!r} before length {length!r}", head + lines[0] + lines[1] + b"\r\n" + chunks),
                  (f"length {length!r} before coding {coding!r}", head + lines[1] + lines[0] + b"\r\n" + chunks)]
    found += [(f"coding hidden by {name!r}", post(more=name + b"\r\n", body=b"0\r\n\r\n" + SMUGGLED)) for name in [
        b"Transfer-Encoding : chunked", b" Transfer-Encoding: chunked", b"Transfer-Encoding\t: chunked",
            b"X: y\rTransfer-Encoding: chunked",
        b"X: y\nTransfer-Encoding: chunked", b"Transfer-Encoding:\x0bchunked", b"Transfer-Encoding: \r\n chunked",
        b"Transfer-Encoding", b"Transfer-Encoding\x00: chunked", b"Transfer\x00-Encoding: chunked"]]
    return found + [("coding and HTTP/1.0", chunked.replace(b"HTTP/1.1", b"HTTP/1.0") + chunks),
                    ("a coding on a GET", get(more=b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n" + SMUGGLED)]


def _lines():
    valid = post()
    ends = [("LF", b"\n"), ("CR", b"\r"), ("LF CR", b"\n\r"), ("CR CR LF", b"\r\r\n"), ("CR LF LF", b"\r\n\n"),
        ("VT", b"\x0b"), ("NEL", b"\xc2\x85"),
            ("U+2028", "\u2028".encode()), ("NUL CR LF", b"\x00\r\n"), ("space CR LF in the request line", b" \r\n")]
    found = [(f"all lines end in {name}", valid.replace(b"\r\n", end)) for name, end in ends[:-1]]
    found += [(f"the request line ends in {name}", valid.replace(b"\r\n", end, 1)) for name, end in ends]
    found += [(f"the Host line ends in {name}", valid.replace(b"localhost\r\n", b"localhost" + end, 1)) for name,
        end in ends[:4] + ends[5:9]]
    found += [(f"the header ends in {name!r}", valid.replace(b"\r\n\r\n", name)) for name in
              [b"\n\n", b"\r\n\n", b"\n\r\n", b"\r\r", b"\r\n\r", b"\r\n \r\n", b"\r\n\x00\r\n"]]
    found += [("a folded line", post(more=b"X-A: b\r\n c\r\n")),
        ("a line folded by a tab", post(more=b"X-A: b\r\n\tc\r\n")),
              ("a folded Host", valid.replace(b"Host: localhost", b"Host:\r\n localhost")),
              ("a folded length", valid.replace(b"Content-Length: 18", b"Content-Length:\r\n 18")),
              ("a folded first line", valid.replace(b"Host:", b" X: y\r\nHost:")),
              ("a fold without a field", valid.replace(b"Host: localhost\r\n", b" \r\nHost: localhost\r\n")),
              ("a fold that hides a coding", post(more=b"X-A: b\r\n Transfer-Encoding: chunked\r\n")),
              ("many folds", post(more=b"X-A: b" + b"\r\n c" * 500 + b"\r\n"))]
    return found + [("white space before the method", b" " + valid), ("a tab before the method", b"\t" + valid),
        ("NUL first", b"\x00" + valid),
                    ("a byte order mark first", b"\xef\xbb\xbf" + valid), ("only CR LF", b"\r\n" * 100),
                        ("only LF", b"\n" * 100),
                    ("nothing but NUL", b"\x00" * 200), ("one byte", b"P"), ("a colon", b":\r\n\r\n"),
                        ("no end", valid[:-20].split(b"\r\n\r\n")[0]),
                    ("a TLS hello", bytes.fromhex("16030100c8010000c40303") + bytes(range(180))),
                        ("an SSH banner", b"SSH-2.0-OpenSSH_9.2\r\n"),
                    ("random bytes", random.Random(0).randbytes(3000)), ("all bytes", bytes(range(256)) * 4),
                    ("a PROXY line", b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + valid),
                        ("a PROXY header of version 2",
                        b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12) + valid),
                    ("a redis command", b"*1\r\n$4\r\nPING\r\n"), ("a gopher", b"/status\r\n"),
                        ("SMTP", b"EHLO localhost\r\nMAIL FROM:<a@b>\r\n\r\n")]


def _names_and_values():
    names = [b"", b" ", b"X Y", b"X\x00Y", b"X\x7fY", b"X\x1bY", b"X\xffY", b"X(Y)", b"X@Y", b"X,Y", b"X;Y", b"X/Y",
        b"\"X\"", b"X[0]", b"X{", b"X\\Y",
             b"X\xc3\xa4", b"X=Y", b"X<Y>", b"X?"]
    values = [b"a\x00b", b"a\x01b", b"a\x08b", b"a\x0bb", b"a\x0cb", b"a\x0eb", b"a\x1bb", b"a\x1fb", b"a\x7fb",
        b"a\rb", b"a\nb", b"\xff\xfe", b"\xc3\x28", b"\xe2\x82",
              b"\xf0\x28\x8c\x28", b"\xc0\xaf", b"\xed\xa0\x80", b"a\x00", b"\x00", b"\x1b[2J", b"a\r"]
    found = [(f"field name {name!r}", post(more=name + b": y\r\n")) for name in names]
    found += [(f"white space {space!r} after a name", post(more=b"X-A" + space + b": y\r\n")) for space in (b" ",
        b"\t", b"  ", b"\x0b", b"\xc2\xa0")]
    found += [(f"field value {value!r}", post(more=b"X-A: " + value + b"\r\n")) for value in values]
    found += [("no colon", post(more=b"XYZ\r\n")), ("no colon and a space", post(more=b"X YZ\r\n")),
        ("a name of 8 KiB", post(more=b"X" * 8200 + b": y\r\n")),
              ("a value of 8 KiB", post(more=b"X: " + b"y" * 8200 + b"\r\n")),
                  ("a value of 64 KiB", post(more=b"X: " + b"y" * 65536 + b"\r\n")),
              ("2,000 fields", post(more=b"".join(b"X%d: y\r\n" % n for n in range(2000)))),
                  ("20,000 fields", post(more=b"A:b\r\n" * 20000)),
              ("8 KiB of cookies", post(more=b"Cookie: " + b"a=b;" * 2050 + b"\r\n")),
                  ("a cookie of 15 KiB", post(more=b"Cookie: a=" + b"b" * 15000 + b"\r\n")),
              ("8 KiB of white space", post(more=b"X: " + b" " * 8200 + b"y\r\n")),
                  ("a header of 1 MiB", post(more=b"X: " + b"y" * (1 << 20) + b"\r\n"))]
    expectations = [b"200-ok", b"100-continued", b"", b"100", b"100-continue, x", b"x=100-continue",
        b"\"100-continue\""]
    found += [(f"Expect {value!r}", post(more=b"Expect: " + value + b"\r\n")) for value in expectations]
    found += [("Expect and a body too long", post(more=b"Expect: 100-continue\r\n", body=b"x" * 5000)),
        ("two Expect", post(more=b"Expect: 100-continue\r\nExpect: x\r\n"))]
    found += [(f"{name.decode()} {value.decode()}", post(more=name + b": " + value + b"\r\n")) for name, value in [
        (b"Origin", b"null"), (b"Origin", b"http://127.0.0.1"), (b"origin", b"http://evil.example"),
            (b"Referer", b"http://127.0.0.1:8600/"), (b"Via", b"1.1 x"),
        (b"Forwarded", b"for=127.0.0.1"), (b"X-Forwarded-For", b"127.0.0.1"), (b"X-Forwarded-Host", b"localhost"),
            (b"X-Forwarded-Proto", b"http"),
        (b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Site", b"same-origin")]]
    return found


def _targets():
    targets = [
        b"http://localhost/claim", b"http://localhost:8600/claim", b"http://evil.example/claim",
            b"HTTP://127.0.0.1/claim", b"https://localhost/claim",
        b"http:///claim", b"//localhost/claim", b"//claim", b"/claim/", b"/claim//", b"/./claim", b"/a/../claim",
            b"/claim/.", b"/claim/..", b"/../claim",
        b"/%63laim", b"/clai%6d", b"/%2fclaim", b"/%2e%2e/claim", b"/claim%00", b"/claim%00.json", b"/claim\x00",
            b"/claim\x00x", b"/claim%", b"/claim%2", b"/claim%zz",
        b"/claim%u0063", b"/%c1%9c", b"/claim%0d%0aX:y", b"/claim%20", b"/claim;a=b", b"/claim#x", b"/claim%23",
            b"/claim%3fwait=1", b"/Claim", b"/CLAIM",
        b"/claim\\", b"\\claim", b"claim", b"*", b"localhost:8600", b"?", b"", b"/claim\x7f", b"/claim\xff",
            b"/cl\xc3\xa4im", b"/claim\t", b"/claim\x1b[2J", b"/claim\"", b"/claim<x>",
        b"/claims/../claim", b"/claims/%2e%2e/claim", b"/claims/" + b"a" * 4000, b"/" + b"a" * 7000,
            b"/" + b"a" * 20000, b"/" + b"%41" * 2000, b"/claim?" + b"a" * 20000,
        b"/claim?x=1", b"/claim?wait=1&wait=1", b"/claim?wait", b"/claim?wait=-1", b"/claim?wait=61",
            b"/claim?wait=1e9", b"/claim?wait=0x1", b"/claim?wait=nan",
        b"/claim?wait=inf", b"/claim?wait=%00", b"/claim?wait=1%", b"/claim?%77ait=99", b"/claim?wait=1;wait=2",
            b"/claim?=", b"/claim?&x", b"/claim??wait=1", b"/claim?group=inside",
        b"javascript:alert(1)", b"file:///etc/passwd", b"/etc/passwd", b"/..%2f..%2fetc/passwd",
            b"unix:/run/vipad/vipad.sock", b"data:,x"]
    found = [(f"target {target[:40]!r} {len(target)}", post(target)) for target in targets]
    reads = [b"/status?x=1", b"/status/", b"/status%20", b"/healthz?", b"/audit?after=-1", b"/audit?limit=0",
        b"/audit?limit=1001", b"/audit?limit=99999999999999999999", b"/audit?after=1.5",
             b"/audit?after=0x1", b"/audit?after=1&after=2", b"/audit?after=%31%00", b"/audit?after=\xd9\xa1",
                 b"/claims/", b"/claims/0123456789abcdef", b"/claims/%00", b"/claims/x/y", b"/claims/?wait=1"]
    return found + [(f"read {target!r}", get(target)) for target in reads if target != b"/healthz?"] + [
        ("three spaces", b"POST   /claim   HTTP/1.1\r\n" + post().split(b"\r\n", 1)[1]),
            ("tabs", b"POST\t/claim\tHTTP/1.1\r\n" + post().split(b"\r\n", 1)[1]),
        ("a space in the target", post(b"/cl aim")),
            ("no target", b"POST HTTP/1.1\r\n" + post().split(b"\r\n", 1)[1]),
            ("four words", post(b"/claim /standby")),
        ("OPTIONS *", get(b"*", method=b"OPTIONS")), ("CONNECT", get(b"localhost:22", method=b"CONNECT")),
            ("CONNECT /claim", get(b"/claim", method=b"CONNECT")),
        ("TRACE", get(b"/status", method=b"TRACE")),
            ("TRACE that would echo", get(b"/", method=b"TRACE", more=b"Cookie: x\r\n"))]


def _versions_and_methods():
    versions = [b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/2.0", b"HTTP/2", b"HTTP/3", b"HTTP/1", b"HTTP/1.",
        b"HTTP/.1", b"HTTP/1.10", b"HTTP/1.1.1", b"HTTP/01.1", b"HTTP/1.01", b"http/1.1",
                b"Http/1.1", b"HTTPS/1.1", b"HTTP 1.1", b"HTTP/1,1", b"HTTP/-1.1", b"HTTP/1.1x", b"XHTTP/1.1",
                    b"ICY/1.1", b"", b"RTSP/1.0", b"HTTP/\xd9\xa1.1", b"HTTP/99999999999.1", b"HTTP/1.1 x",
                b"HTTP/" + b"1" * 3000]
    found = [(f"version {version[:20]!r}", post().replace(b"HTTP/1.1", version)) for version in versions]
    methods = [b"post", b"Post", b"pOST", b"POS", b"POSTT", b"POST\x00", b"PO ST", b"", b"P\xc3\xb6ST", b"PUT",
        b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"PROPFIND", b"BREW", b"PRI", b"DEBUG",
               b"TRACK", b"SEARCH", b"M-SEARCH", b"__proto__", b"(POST)", b"\"POST\"", b"A" * 3000, b"A" * 20000,
                   b"{}", b"\x1b[A", b"GET", b"HEAD", b"PURGE"]
    found += [(f"method {method[:20]!r} {len(method)}", post().replace(b"POST", method, 1)) for method in methods]
    return found + [
        ("HTTP/0.9", b"GET /status\r\n"), ("HTTP/0.9 without an end", b"GET /status"),
            ("HTTP/0.9 POST", b"POST /claim\r\n"), ("HTTP/0.9 with LF", b"GET /healthz\n"),
        ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
        ("HTTP/2 upgrade",
            post(more=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            body=b"{}x")),
        ("WebSocket",
            get(b"/claim",
            more=b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"))]


def _hosts():
    hosts = [b"", b" ", b"example.com", b"127.0.0.1.example.com", b"localhost.", b"localhost.example.com",
        b"127.0.0.1:", b"127.0.0.1:x", b"localhost:99999", b"localhost:-1", b"localhost:1:2", b"evil@localhost",
             b"localhost@evil", b"localhost,evil", b"localhost evil", b"localhost/", b"localhost/claim",
                 b"http://localhost", b"[::1", b"::1", b"[::2]", b"[::1]x", b"[0:0:0:0:0:0:0:1]", b"127.1",
                 b"127.0.0.2", b"0.0.0.0",
             b"2130706433", b"0x7f.1", b"localhost\x00.evil.example", b"localhost%00", b"localho\xc5\xbft",
                 b"\xef\xbd\x8cocalhost", b"*", b"'localhost'", b"localhost#", b"localhost?", b"localhost\\",
                 b"169.254.169.254", b"a" * 300,
             b"{::1}", b"localhost:+8600", b"xlocalhost", b"localhostx", b"127.0.0.1x", b"0127.0.0.1", b"127.0.0.1 "*20]
    found = [(f"Host {host[:30]!r}", post(host=host)) for host in hosts]
    return found + [("no Host", post().replace(b"Host: localhost\r\n", b"")),
        ("two Hosts", post(more=b"Host: localhost\r\n")),
        ("two Hosts, one foreign", post(more=b"host: evil.example\r\n")),
                    ("a Host without a colon", post().replace(b"Host: ", b"Host ")),
                        ("a foreign Host on HTTP/1.0", post(host=b"evil.example").replace(b"HTTP/1.1", b"HTTP/1.0")),
                    ("another absolute form than Host", post(b"http://localhost/claim", host=b"evil.example")),
                        ("a Host with a space before the colon", post().replace(b"Host:", b"Host :"))]


def _bodies():
    bodies = [
        b"", b" ", b"\x00", b"{", b"}", b"[]", b"null", b"1", b"\"inside\"", b"true", b"{}", b"{}x", b"{}{}",
            b"{\"group\":\"inside\"}\x00", b"\xef\xbb\xbf" + GROUP, GROUP.decode().encode("utf-16"),
            GROUP.decode().encode("utf-32"),
        b"{\"group\":\"inside\",}", b"{'group':'inside'}", b"{group:\"inside\"}", b"{\"group\":\"in\nside\"}",
            b"{\"group\":\"in\x00side\"}", b"{\"group\":\"\\ud800\"}", b"{\"group\":\"\\u0000\"}",
            b"{\"group\":\"\xff\"}",
        b"{\"group\":\"\xc0\xaf\"}", b"{\"group\":null}", b"{\"group\":1}", b"{\"group\":[\"inside\"]}",
            b"{\"group\":{\"a\":1}}", b"{\"group\":\"elsewhere\"}", b"{\"group\":\"inside\",\"group\":\"inside\"}",
        b"{\"group\":\"inside\",\"gr\\u006fup\":\"outside\"}", b"{\"Group\":\"inside\"}", b"{\"group\":\"inside \"}",
            b"{\"group\":\"inside\",\"vip\":\"10.0.0.1\"}",
            b"{\"group\":\"inside\",\"networkInterfaceId\":\"eni-1\"}",
        b"{\"group\":\"inside\",\"__proto__\":{}}", b"{\"group\":\"inside\",\"\":1}", b"[" * 2000,
            b"{\"a\":" * 400 + b"1" + b"}" * 400, b"[" * 2000 + b"]" * 2000, b"{\"group\":\"inside\",\"uptime\":-1}",
        b"{\"group\":\"inside\",\"uptime\":1e999}", b"{\"group\":\"inside\",\"uptime\":NaN}",
            b"{\"group\":\"inside\",\"uptime\":\"1\"}", b"{\"group\":\"inside\",\"priority\":256}",
            b"{\"group\":\"inside\",\"priority\":1.5}",
        b"{\"group\":\"inside\",\"priority\":99999999999999999999}", b"{\"group\":\"inside\",\"force\":1}",
            b"{\"group\":\"inside\",\"cause\":\"guard\"}", b"{\"group\":\"inside\",\"cause\":\"\"}",
            b"{\"group\":\"inside\"}//x",
        b"/**/{\"group\":\"inside\"}", b"{\"group\":\"inside\" \"force\":true}", b"{\"group\" \"inside\"}",
            b"{\"group\":\"inside\"", b"{\"group\":\"" + b"a" * 4000 + b"\"}", b"group=inside",
            b"<group>inside</group>", b"{\"group\":\"inside\",\"uptime\":" + b"9" * 3000 + b"}",
        b"{\"group\":\"inside\",\"uptime\":0x1}", b"{\"group\":\"inside\",\"uptime\":01}",
            b"{\"group\":\"inside\",\"uptime\":+1}", b"{\"group\":\"inside\",\"uptime\":.5}",
            b"{\"group\":\"inside\",\"uptime\":1.}", b"{\"group\":\"inside\",\"uptime\":-}", b"{\"group\":\"\\x41\"}",
        b"{\"group\":\"inside\"}" + b" " * 4090]
    found = [(f"body {body[:40]!r} {len(body)}", post(body=body)) for body in bodies]
    found += [(f"pause {body!r}", post(b"/pause", body)) for body in (b"{\"seconds\":0}", b"{\"seconds\":-1}",
        b"{\"seconds\":1e99}", b"{\"seconds\":\"1\"}", b"{\"seconds\":null}", b"{\"s\":1}")]
    found += [(f"standby {body!r}",
        post(b"/standby", body)) for body in (b"{\"group\":\"inside\",\"state\":\"MASTER\"}",
        b"{\"group\":\"inside\",\"state\":\"\"}", b"{\"group\":\"inside\",\"state\":7}",
        b"{\"group\":\"inside\",\"force\":true}")]
    types = [b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x",
        b"application/jsonx", b"application/json; charset=utf-16", b"application/json; charset=latin1", b"text/json",
        b"", b"application/json, text/plain",
             b"application/json;a=b", b"*/*", b"application /json", b"json"]
    return found + [(f"type {value!r}",
        post(content_type=b"Content-Type: " + value + b"\r\n")) for value in types] + [("no type",
        post(content_type=b""))]


# The names of those that are more than one message.
SEVERAL = set()


def _several():
    """More than one message, or bytes after the first: as many answers as there are messages, at most."""
    bad_get, unknown = get(b"/nothing"), post(body=b'{"group":"elsewhere"}')
    found = [
        ("ten unknown paths in one packet", bad_get * 10),
            ("a good one and garbage", get(b"/healthz") + b"\x00\xff garbage\r\n\r\n"),
            ("a bad one and garbage", bad_get + b"garbage"),
        ("a bad one and NUL", bad_get + b"\x00" * 100), ("a bad one and CR LF", bad_get + b"\r\n" * 20),
            ("a body on a GET", get(b"/nothing", more=b"Content-Length: 5\r\n") + b"hello"),
        ("a request as body of a GET", get(b"/nothing", more=b"Content-Length: %d\r\n" % len(SMUGGLED)) + SMUGGLED),
            ("a request as body of a refused POST", post(b"/nothing", SMUGGLED)),
        ("a request as body of a DELETE",
            get(b"/status", method=b"DELETE", more=b"Content-Length: %d\r\n" % len(SMUGGLED)) + SMUGGLED),
            ("a request as body of a HEAD",
            get(b"/nothing", method=b"HEAD", more=b"Content-Length: %d\r\n" % len(SMUGGLED)) + SMUGGLED),
        ("a request after Connection: close", get(b"/nothing", more=b"Connection: close\r\n") + SMUGGLED),
            ("a request after HTTP/1.0", get(b"/nothing", version=b"HTTP/1.0") + SMUGGLED),
            ("a request after two lengths", post(more=b"Content-Length: 0\r\n") + SMUGGLED),
        ("a request after a coding", post(more=b"Transfer-Encoding: chunked\r\n") + SMUGGLED),
            ("a request after a folded line", post(more=b"A: b\r\n c\r\n") + SMUGGLED),
            ("a request after a bare LF", post(more=b"A: b\n") + SMUGGLED),
        ("a request after a bad method", post().replace(b"POST", b"P(ST") + SMUGGLED),
            ("a request after too long a body", post(body=b"x" * 5000) + SMUGGLED),
            ("a request after a NUL", post(more=b"A: \x00\r\n") + SMUGGLED),
        ("an unknown group and a half one", unknown + SMUGGLED[:60]), ("an unknown group, thrice", unknown * 3),
            ("Upgrade and what follows",
            get(b"/nothing", more=b"Connection: Upgrade\r\nUpgrade: h2c\r\n") + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("CONNECT and what follows",
            get(b"localhost:22", method=b"CONNECT", more=b"Connection: close\r\n") + SMUGGLED),
            ("Expect and no body", post(more=b"Expect: 100-continue\r\n").split(b"\r\n\r\n")[0] + b"\r\n\r\n"),
        ("200 bad ones in one packet", bad_get * 200)]
    SEVERAL.update(name for name, _ in found)
    SEVERAL.add("HTTP/2 preface")
    return found
