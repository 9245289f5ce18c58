"""`vipad status` as a person and as Nagios see it."""

import fcntl
import http.server
import os
import pty
import re
import signal
import socketserver
import struct
import subprocess
import termios
import threading
import time

import pytest

from monitored import peer_section, wait_for_verdict
from pair import VIPS, binary, eventually
from receiver import notify_section

ASSIGN = "AssignPrivateIpAddresses"
B = "eni-0123456789abcdefb"


class Terminal:
    """vipad on a pseudo-terminal, and what it has written."""

    def __init__(self, router, *arguments, rows=None, columns=None, **environment):
        self._master, slave = pty.openpty()
        if rows:
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            [binary("vipad"), *arguments, "--config", str(router.configuration)], stdin=slave, stdout=slave,
            stderr=slave, env={**router.environment, "TERM": "xterm", **environment})
        os.close(slave)
        self._text = b""
        os.set_blocking(self._master, False)

    @property
    def text(self):
        try:
            while chunk := os.read(self._master, 65536):
                self._text += chunk
        except (BlockingIOError, OSError):
            pass
        return self._text.decode()

    @property
    def screen(self):
        """What stands there since the cursor was last put home."""
        return self.text.split("\x1b[H")[-1]

    def wait(self):
        return self._process.wait(20)

    def end(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(10)
        os.close(self._master)


def on_terminal(router, *arguments, **environment):
    terminal = Terminal(router, *arguments, **environment)
    status = terminal.wait()
    text = terminal.text
    terminal.end()
    assert status == 0, text
    return text


def probe(router, *arguments):
    done = router.vipad("status", "--probe", *arguments, check=False)
    assert done.stdout.count("\n") == 1 and not done.stderr
    return done.returncode, done.stdout.rstrip("\n")


@pytest.fixture
def both(simulator, make_router):
    a, b = make_router(simulator, "router-a"), make_router(simulator, "router-b")
    a.configure(peer_section(f"http://127.0.0.1:{b.port}"))
    b.configure(peer_section(f"http://127.0.0.1:{a.port}"))
    a.start()
    b.start()
    assert a.claim(wait=5).status == 200
    for router in (a, b):
        wait_for_verdict(router, "healthy")
    return a, b


def test_one_screen_says_who_has_it_first(both):
    a, b = both
    text = on_terminal(b, "status")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).split("\r\n")
    assert lines[0].startswith("HEALTHY  since ")
    assert lines[1].startswith(f"the other router is MASTER and holds {VIPS[0]}")
    assert any(line.startswith(VIPS[0]) and "the other router, eni-0123456789abcdefa" in line for line in lines)
    assert any(line.startswith("this router ") and "BACKUP" in line for line in lines)
    assert any(line.startswith("other router ") and "MASTER" in line for line in lines)
    assert len(lines) < 24, "one screen"
    assert "\x1b[32mHEALTHY" in text
    assert "\x1b[" not in on_terminal(b, "status", NO_COLOR="1")


def test_without_a_peer_since_is_when_the_verdict_began(router):
    """What else changes does not make the state a newer one."""
    router.claim(wait=5)
    eventually(lambda: router.status()["verdict"] == "holding")
    since, changed = router.group()["since"], router.status()["changedAt"]
    time.sleep(max(0, 1.1 - time.time() % 1))
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: router.status()["changedAt"] > changed)
    first = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(router, "status")).splitlines()[0]
    assert first == f"HOLDING  since {since[:19].replace('T', ' ')} UTC"


def test_what_is_missing_stands_there_with_its_remedy(simulator, router):
    simulator.fault(action=ASSIGN, errorCode="UnauthorizedOperation", httpStatus=403)
    router.claim(wait=5)
    router.ask("POST", "/pause", {})
    text = on_terminal(router, "status")
    assert "PAUSED" in text and "remedy: vipad resume" in text
    router.ask("POST", "/resume")
    router.claim(wait=5)
    assert "UnauthorizedOperation" in on_terminal(router, "status")


def test_notifications_are_told_of_where_they_fail(simulator, make_router, make_receiver):
    receiver = make_receiver(script=[410, 500])
    router = make_router(simulator, "router-b")
    router.configure(notify_section(router, receiver.url + "/secret-path"))
    router.start()
    assert "notifications" not in on_terminal(router, "status"), "nothing where all is well"
    router.claim(wait=5)
    eventually(lambda: router.status()["notify"]["lost"])
    text = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(router, "status"))
    since = router.status()["notify"]["failing"]["since"]
    assert f"notifications  nothing was delivered to {receiver.url} since {since}: it answered 410" in text
    assert "remedy: see to the receiver" in text
    assert "notifications  1 lost, the last 20" in text and "secret-path" not in text
    line = next(line for line in router.vipad("status").stdout.splitlines() if line.startswith("notify="))
    assert f"failingSince={since} lost=1" in line
    router.standby()
    router.claim(wait=5)
    receiver.wait_for(3)
    eventually(lambda: router.status()["notify"]["failing"] is None)
    text = on_terminal(router, "status")
    assert "nothing was delivered" not in text and "1 lost" in text


def test_without_a_webhook_the_terminal_has_no_word_of_notifications(router):
    assert "notif" not in on_terminal(router, "status")


def test_watch_refreshes_in_place(router):
    terminal = Terminal(router, "status", "--watch")
    try:
        eventually(lambda: "STANDBY" in terminal.screen)
        router.claim(wait=5)
        eventually(lambda: "HOLDING" in terminal.screen, what="the claim on the screen")
        router.end()
        eventually(lambda: "no answer" in terminal.screen, what="that nobody answers")
        router.start()
        eventually(lambda: "verdict" in terminal.screen.lower() and "no answer" not in terminal.screen, 20)
        assert "\x1b[2J" not in terminal.text, "wiping the screen flickers"
    finally:
        terminal.end()


def test_watch_keeps_the_headline_on_a_small_terminal(both):
    a, b = both
    b.ask("POST", "/claim", {"cause": "vrrp"})
    wait_for_verdict(b, "twoMasters")
    terminal = Terminal(b, "status", "--watch", rows=16, columns=80)
    try:
        def shown():
            whole = terminal.screen
            return whole.endswith("\x1b[J") and re.sub(r"\x1b\[[0-9;]*[mKJ]", "", whole).split("\r\n")
        lines = eventually(lambda: (found := shown()) and "TWOMASTERS" in found[0] and found)
        assert len(lines) <= 16, "it scrolls, and the first line goes"
        assert max(map(len, lines)) <= 80, "it wraps"
        said = " ".join(b.status()["pair"]["detail"].split())
        assert "".join(lines[1:4]).startswith(said[:200]), "what is the matter is there in whole"
        assert "more lines: vipad status" in lines[-2]
    finally:
        terminal.end()


def test_watch_asks_for_what_is_new_only(simulator, make_router, tmp_path):
    """As other pollers do: 304 where nothing is."""
    router = make_router(simulator, "router-b").start()
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers.get("If-None-Match"))
            answer = router.get(self.path, headers={"If-None-Match": asked[-1]} if asked[-1] else {})
            asked[-1] = (asked[-1], answer.status)
            self.send_response(answer.status)
            self.send_header("ETag", answer.headers["ETag"])
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def address_string(self):
            return "-"

        def log_message(self, *_):
            pass

    between = socketserver.ThreadingUnixStreamServer(str(router.directory / "between"), Handler)
    threading.Thread(target=between.serve_forever, daemon=True).start()
    terminal = Terminal(router, "status", "--watch", "--socket", str(router.directory / "between"))
    try:
        eventually(lambda: len(asked) >= 4)
        assert asked[0] == (None, 200) and {status for _, status in asked[2:3]} == {304}
        assert "STANDBY" in terminal.screen
        router.claim(wait=5)
        eventually(lambda: "HOLDING" in terminal.screen)
    finally:
        terminal.end()
        between.shutdown()
        between.server_close()


def test_watch_in_a_pipe_prints_changes_only(router):
    watch = subprocess.Popen(
        [binary("vipad"), "status", "--watch", "--config", str(router.configuration)], env=router.environment,
        stdout=subprocess.PIPE, text=True)
    try:
        assert watch.stdout.readline().startswith("verdict=standby")
        time.sleep(2.5)
        router.claim(wait=5)
        verdicts = []
        while len(verdicts) < 2 and (line := watch.stdout.readline()):
            assert "\x1b" not in line
            verdicts += [line.split()[0]] if line.startswith("verdict=") else []
            if verdicts[-1:] == ["verdict=holding"]:
                break
        assert set(verdicts) <= {"verdict=claiming", "verdict=holding"} and verdicts
    finally:
        watch.terminate()
        watch.wait(10)


def test_options_that_exclude_each_other(router):
    for pair in (("--json", "--watch"), ("--probe", "--json"), ("--probe", "--watch")):
        assert router.vipad("status", *pair, check=False).returncode == 2


PERFDATA = re.compile(r"^('?[a-z_]+'?=-?[0-9.]+(ms|c)?(;[^; ]*){0,4} ?)+$")


def test_the_probe_of_a_healthy_pair(both):
    code, line = probe(both[0])
    assert code == 0 and line.startswith("VIPAD OK: pair healthy: this router is MASTER and holds")
    text, data = line.split(" | ")
    assert PERFDATA.match(data), data
    values = dict(item.split("=") for item in data.split())
    assert values["ready"] == "1;;;0;1" and values["vips_held"] == "1;;;0;1" and values["failed_checks"].startswith("0;")
    assert float(values["accepted"].removesuffix("ms")) > 0


def test_the_probe_warns_and_is_critical(both):
    a, b = both
    b.ask("POST", "/pause", {})
    wait_for_verdict(a, "peerNotReady")
    code, line = probe(a)
    assert code == 1 and line.startswith("VIPAD WARNING: pair peerNotReady: the other router is not ready: pause")
    code, line = probe(b)
    assert code == 1 and "this router paused" in line and "not ready: pause" in line
    a.standby()
    wait_for_verdict(a, "noMaster")
    code, line = probe(a)
    assert code == 2 and line.startswith("VIPAD CRITICAL: pair noMaster")


def test_the_probe_where_ec2_refuses(simulator, router):
    simulator.fault(action=ASSIGN, errorCode="UnauthorizedOperation", httpStatus=403)
    router.claim(wait=5)
    code, line = probe(router)
    assert code == 2 and "EC2 refuses the claim of group inside" in line


def test_the_probe_of_a_daemon_that_does_not_run_is_critical(router):
    router.end()
    code, line = probe(router)
    assert code == 2 and line.startswith("VIPAD CRITICAL: the daemon is not running")


def test_the_probe_without_the_right_to_ask_is_unknown(router):
    if os.geteuid() != 0:
        pytest.skip("needs root, to be somebody else")
    router.directory.chmod(0o755)
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary("vipad"), "status", "--probe",
         "--socket", router.socket], env=router.environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 3 and done.stdout.startswith("VIPAD UNKNOWN"), done.stdout + done.stderr


def test_the_probe_with_a_broken_configuration_is_unknown(router):
    router.configuration.write_text("vips = 3\n")
    code, line = probe(router)
    assert code == 3 and "vips" in line
