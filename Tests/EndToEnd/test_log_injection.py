"""What callers and EC2 send stays text: one act is one line, of the daemon's log and of the audit log."""

import json
import os
import shutil
import signal
import subprocess

import pytest

from hostile import Hostile, failure, whole
from pair import HOOK, VIPS, eventually
from raw_exchange import exchange_all
from test_hostile_answers import ASSIGN, LOG_LINE, STEERING, in_batches

FORGED = "2026-01-01T00:00:00+0000 notice vipad: [vipad] claim 0123456789abcdef of group inside: accepted after 1 ms"
RECORD = '{"eventVersion":1,"seq":1,"event":"claimOutcome","outcome":"accepted"}'
# As text; what can't be in a place as it stands is sent all the same: then the request is refused.
DIRT = [
    "\r\n" + FORGED, "\n" + FORGED, "\r" + FORGED, "\r\n\r\n" + RECORD, "\n" + RECORD + "\n", "\x0b" + FORGED,
        "\x0c" + FORGED, "\x85" + FORGED, "\u2028" + FORGED, "\u2029" + FORGED,
    "\x00", "a\x00b", "\x07", "\x08" * 200, "\x7f", "\x1b[2J\x1b[H", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07",
        "\x1b]8;;http://x\x07y\x1b]8;;\x07", "\x1bP+q\x1b\\", "\x1b[6n", "\x9b31m", "\x9d0;x\x9c", "\x1b(0",
        "\x0e\x0f",
    "\u202egnp.exe", "\u2066\u2069", "\u200b\u200c\u200d", "\ufeff", "\ufff9\ufffa\ufffb", "\u061c", "\U000e0041",
        "e\u0301" * 300, "\U0001f600", "\udcff\udcfe", "\udcc0\udcaf", "\udced\udca0\udc80", "\udcf5\udc80",
        "\udc9b31m",
    '"', "\\", '\\"', '","outcome":"accepted","x":"', '"}\n' + RECORD, "\\u000a", "\\n", "\\u0000", "}{", "]}", "'",
        "`id`", "$(id)", "; rm -rf /", "| cat", "%0d%0a" + FORGED, "%00", "%s%s%n%n", "%1$s", "${jndi:ldap://x}",
        "{{7*7}}",
    "<script>alert(1)</script>", "<!--", "--><b>", "../../etc/passwd", "A" * 4096, "A" * 3000 + "\n" + FORGED,
        "\t" * 500, " " * 300, "=cmd|'/c calc'!A1", "NaN", "1e999", "null", "-0",
]


@pytest.fixture
def told(make_simulator, make_router):
    """router-b, whose calls to EC2 pass a hostile server."""
    simulator = make_simulator(use_tls=False)
    server = Hostile(simulator.ec2, ASSIGN)
    simulator.ec2 = server.url
    router = make_router(simulator, "router-b")
    router.server = server
    yield router
    server.close()


def bytes_of(text):
    """Bytes over 0x7F that are no UTF-8 stand as lone surrogates in `DIRT`."""
    return text.encode("utf-8", "surrogateescape")


def check_lines(router, lines, records):
    """The daemon's log has so many lines, each an entry; the audit log so many records, for python and jq alike."""
    eventually(lambda: len(router.process.lines) >= lines, what=f"{lines} lines")
    assert len(router.process.lines) == lines, router.process.lines
    for line in router.process.lines:
        assert LOG_LINE.fullmatch(line) and not STEERING.search(line), repr(line)
    eventually(lambda: router.log.read_bytes().count(b"\n") >= records, what=f"{records} records")
    raw = router.log.read_bytes()
    found = [json.loads(line) for line in raw.split(b"\n")[:-1]]
    assert len(found) == records and raw.count(b"\n") == records
    for line in raw.decode().split("\n"):
        assert not STEERING.search(line), repr(line)
    assert [record["seq"] for record in found] == list(range(1, records + 1))
    if shutil.which("jq"):
        done = subprocess.run(["jq", "-c", ".seq", str(router.log)], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [str(number) for number in range(1, records + 1)]
    tail = router.vipad("audit", "tail", "--json", check=False).stdout or router.vipad("audit", "tail").stdout
    assert not STEERING.search(tail.replace("\n", ""))
    router.check_log()


def post(target, more=b"", body=b"", host=b"localhost"):
    kind = b"Content-Type: application/json\r\n" if body else b""
    return (b"POST " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n" + more + kind
            + b"Content-Length: %d\r\n\r\n" % len(body) + body)


# Of the path of an act, the dirt as it is, and the dirt as a JSON string.
PLACES = [
    lambda path, dirt, quoted: post(path, b"User-Agent: " + dirt + b"\r\n"),
    lambda path, dirt, quoted: post(path, b"Cookie: " + dirt + b"\r\n"),
    lambda path, dirt, quoted: post(path + b"/" + dirt),
    lambda path, dirt, quoted: post(path + b"?" + dirt + b"=" + dirt),
    lambda path, dirt, quoted: post(path, host=b"localhost" + dirt),
    lambda path, dirt, quoted: post(path, body=b"{" + quoted + b":1}"),
    lambda path, dirt, quoted: post(b"/claim", body=b'{"group":' + quoted + b',"cause":' + quoted + b"}"),
]


def test_requests_make_no_lines_but_their_own(told):
    """In the path, the query, the header and the body; taken or refused. What is taken pauses and resumes in turn."""
    router = told.start()
    lines, records = len(router.process.lines), len(router.records())
    sent, acts = 0, 0
    for text in DIRT:
        quoted = json.dumps(text.encode("utf-8", "replace").decode()).encode()
        for place in PLACES:
            request = place((b"/pause", b"/resume")[acts % 2], bytes_of(text), quoted)
            (exchange,) = exchange_all(router.socket, [request])
            sent += 1
            acts += 200 in exchange.statuses
            check_answers(exchange)
    assert sent == len(DIRT) * len(PLACES) >= 500 and acts > 50
    check_lines(router, lines + acts, records + acts)


def check_answers(exchange):
    assert len(exchange.answers) <= 1 and not {500, 502, 503} & set(exchange.statuses)
    for _, head, body in exchange.answers:
        assert not STEERING.search(head.decode().replace("\r\n", "")), head
        if b"json" in head and body:
            json.loads(body)
            assert not STEERING.search(body.decode().rstrip("\n")), body


def test_what_ec2_says_makes_no_lines_but_the_attempts(told):
    """In its code, its message and its request id: a line for each attempt, and one record for the claim."""
    router, refusals = told, {}
    for at in range(0, len(DIRT) - 2, 3):
        code, message, request_id = (escape(text) for text in DIRT[at:at + 3])
        refusals[f"dirt {at}"] = whole(failure(code, message, request_id), b"500 X")
    for batch in in_batches(refusals):
        router.start()
        lines, records = len(router.process.lines), len(router.records())
        router.server.answer_with(*batch)
        claim = router.claim(wait=30).json
        assert claim["outcome"] == "accepted" and len(claim["attempts"]) == len(batch) + 1
        assert not STEERING.search(json.dumps(claim, ensure_ascii=False))
        shown = router.vipad("status").stdout + router.vipad("status", "--json").stdout
        assert not STEERING.search(shown.replace("\n", "")), shown
        # Begins, each refused attempt, accepted; intent, outcome, confirmation.
        eventually(lambda: len(router.records()) == records + 3)
        check_lines(router, lines + 2 + len(batch), records + 3)
        router.standby()
        router.simulator.move(VIPS[0], "eni-0123456789abcdefa")
        router.end()


def escape(text):
    """As XML has it, where it can: the rest is raw, and then the answer is no XML."""
    text = text.encode("utf-8", "replace").decode().replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"&#{ord(c)};" if c in "\r\n\t" else c for c in text)


def test_the_hooks_arguments_make_one_line_of_syslog(told, tmp_path):
    """Whatever VRRP or an administrator calls a group: one visible line, and none in the daemon's log."""
    router = told.start()
    lines, records = len(router.process.lines), len(router.records())
    syslog, stubs = tmp_path / "syslog", tmp_path / "bin"
    stubs.mkdir()
    (stubs / "logger").write_text(f'#!/bin/sh\nfor last; do :; done\nprintf "%s\\n" "$last" >>{syslog}\n')
    (stubs / "logger").chmod(0o755)
    runs = 0
    for number, text in enumerate(DIRT):
        if "\x00" in text:
            continue  # no argument can have it
        arguments = (["MASTER", text], [text, "GROUP"], ["INSTANCE", text, "MASTER", text])[number % 3]
        done = subprocess.run(
            [str(HOOK).encode(), *(bytes_of(argument) for argument in arguments)], capture_output=True, timeout=10,
            env={"PATH": f"{stubs}:/usr/bin:/bin", "VIPAD_SOCKET": router.socket, "VIPAD_LISTEN": "",
                 "VIPAD_RETRY_SECONDS": "0"})
        runs += 1
        assert done.returncode in (1, 2), done
    eventually(lambda: syslog.read_bytes().count(b"\n") >= runs, what=f"{runs} lines")
    found = syslog.read_bytes().split(b"\n")[:-1]
    assert len(found) == runs
    for line in found:
        assert all(0x20 <= byte < 0x7f for byte in line), repr(line)
    check_lines(router, lines, records)


def test_what_a_configuration_says_is_one_line(told):
    """A reload tells every finding in one entry, and nothing in the file steers whoever reads the log."""
    router = told.start()
    lines = len(router.process.lines)
    router.configuration.write_text(
        router.toml('\n"\\u001b[2J\\u202e\\u2028forged" = 1\n"a\\nb" = 2\n[vrrp."\\u009b31m"]\nx = 3\n'))
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: len(router.process.lines) > lines)
    router.configure()
    check_lines(router, lines + 1, len(router.records()))
    assert "stays in force" in router.process.lines[-1]
