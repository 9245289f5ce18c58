"""deploy/vipad-transition against a real HTTP server: every way keepalived and VyOS call it, and every way it can go wrong."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pytest

from hook_peer import HookPeer, free_port
from pair import eventually

HOOK = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "vipad-transition"
SHELLS = [["dash"], ["busybox", "sh"], ["bash", "--posix"]]


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def hook(request, tmp_path):
    if not shutil.which(request.param[0]):
        pytest.skip(f"{request.param[0]} is not installed")
    return Hook(tmp_path, request.param)


@pytest.fixture
def dash_hook(tmp_path):
    return Hook(tmp_path, ["dash"] if shutil.which("dash") else ["sh"])


class Hook:
    """Runs the hook in an environment of its own, with a `logger` that writes into a file."""

    def __init__(self, directory, shell):
        self.directory, self.shell = directory, shell
        self.socket = directory / "vipad.sock"
        self.token_file = directory / "token"
        self.log = directory / "syslog"
        stubs = directory / "bin"
        stubs.mkdir()
        logger = stubs / "logger"
        logger.write_text(f'#!/bin/sh\nfor last; do :; done\nprintf "%s\\n" "$*" >>{self.log}\n')
        logger.chmod(0o755)
        self.environment = {
            "PATH": f"{stubs}:/usr/bin:/bin",
            "VIPAD_SOCKET": str(self.socket),
            "VIPAD_LISTEN": f"127.0.0.1:{free_port()}",
            "VIPAD_TOKEN_FILE": str(self.token_file),
            "VIPAD_RETRY_SECONDS": "0",
            "http_proxy": "http://127.0.0.1:9",  # must not be used
        }

    def command(self, *arguments):
        return [*self.shell, str(HOOK), *arguments]

    def run(self, *arguments, **changes):
        environment = {**self.environment, **changes}
        started = time.monotonic()
        done = subprocess.run(
            self.command(*arguments), env={k: v for k, v in environment.items() if v is not None},
            capture_output=True, timeout=30)
        done.seconds = time.monotonic() - started
        return done

    def log_lines(self, count=1, seconds=5):
        """Waits until `count` lines are in the log (its writer runs beside the hook)."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            lines = self.log.read_text(errors="surrogateescape").splitlines() if self.log.exists() else []
            if len(lines) >= count:
                return lines
            time.sleep(0.01)
        raise AssertionError(f"{count} log lines expected, found {lines}")

    def successor_in_a_session_other_than(self, session):
        """The process that goes on trying after the hook has returned, once it has left the hook's session."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (b"--try-longer" in (process / "cmdline").read_bytes()
                        and bytes(self.socket) in (process / "environ").read_bytes()
                        and os.getsid(int(process.name)) != session):
                    return process
            except (FileNotFoundError, ProcessLookupError):
                pass  # It has ended meanwhile.
        return None

    def sends(self, *arguments):
        """What one call of the hook makes the server see: (path, parsed body)."""
        with HookPeer(self.socket) as peer:
            assert self.run(*arguments).returncode == 0
            path, _, body, _ = peer.next()
            assert peer.requests.empty()
        return path, json.loads(body)


CALLS = {
    # by hand, VyOS and keepalived's notify_master & co
    ("MASTER",): ("/claim", {}),
    ("MASTER", "inside"): ("/claim", {"group": "inside"}),
    ("BACKUP", "inside"): ("/standby", {"group": "inside", "state": "BACKUP"}),
    ("FAULT", "inside"): ("/standby", {"group": "inside", "state": "FAULT"}),
    ("STOP",): ("/standby", {"state": "STOP"}),
    ("DELETED", "inside"): ("/standby", {"group": "inside", "state": "STOP"}),
    ("MASTER_RX_LOWER_PRI", "inside"): ("/claim", {"group": "inside"}),
    # keepalived's notify
    ("INSTANCE", "vyos-aws", "MASTER", "200"): ("/claim", {"group": "vyos-aws", "priority": 200}),
    ("INSTANCE", "vyos-aws", "BACKUP", "100"): ("/standby", {"group": "vyos-aws", "state": "BACKUP"}),
    ("INSTANCE", "vyos-aws", "STOP", "100"): ("/standby", {"group": "vyos-aws", "state": "STOP"}),
    ("INSTANCE", "vyos-aws", "DELETED", "100"): ("/standby", {"group": "vyos-aws", "state": "STOP"}),
    ("INSTANCE", "vyos-aws", "MASTER_RX_LOWER_PRI", "200"): ("/claim", {"group": "vyos-aws", "priority": 200}),
    ("INSTANCE", "vyos-aws", "MASTER"): ("/claim", {"group": "vyos-aws"}),
    ("INSTANCE", "vyos-aws", "MASTER", "200", "new-in-3"): ("/claim", {"group": "vyos-aws", "priority": 200}),
    ("GROUP", "sync1", "MASTER", "0"): ("/claim", {"group": "sync1"}),
    ("GROUP", "sync1", "FAULT", "0"): ("/standby", {"group": "sync1", "state": "FAULT"}),
    ("inside", "INSTANCE", "vyos-aws", "MASTER", "200"): ("/claim", {"group": "inside", "priority": 200}),
    ("MASTER", "inside", "INSTANCE", "vyos-aws", "BACKUP", "7"): ("/standby", {"group": "inside", "state": "BACKUP"}),
    ("MASTER", "INSTANCE", "vyos-aws", "BACKUP", "7"): ("/standby", {"group": "vyos-aws", "state": "BACKUP"}),
    ("INSTANCE", "INSTANCE", "MASTER", "255"): ("/claim", {"group": "INSTANCE", "priority": 255}),
    ("INSTANCE", "MASTER", "BACKUP", "1"): ("/standby", {"group": "MASTER", "state": "BACKUP"}),
    ("INSTANCE", "vyos-aws", "MASTER", "256"): ("/claim", {"group": "vyos-aws"}),
    ("INSTANCE", "vyos-aws", "MASTER", "07"): ("/claim", {"group": "vyos-aws"}),
    ("INSTANCE", "vyos-aws", "MASTER", "-1"): ("/claim", {"group": "vyos-aws"}),
    # VyOS's old wrapper: our arguments, then STATE interface group
    ("MASTER", "eth0", "vyos-aws"): ("/claim", {"group": "vyos-aws"}),
    ("BACKUP", "eth0", "vyos-aws"): ("/standby", {"group": "vyos-aws", "state": "BACKUP"}),
    ("MASTER", "MASTER", "eth0", "vyos-aws"): ("/claim", {"group": "vyos-aws"}),
    ("MASTER", "inside", "MASTER", "eth0", "vyos-aws"): ("/claim", {"group": "inside"}),
    ("inside", "BACKUP", "eth0", "vyos-aws"): ("/standby", {"group": "inside", "state": "BACKUP"}),
    ("MASTER", "inside", "BACKUP", "eth0", "vyos-aws"): ("/standby", {"group": "inside", "state": "BACKUP"}),
    # names that look like something else
    ("MASTER", "MASTER"): ("/claim", {"group": "MASTER"}),
    ("MASTER", "GROUP"): ("/claim", {"group": "GROUP"}),
    ("MASTER", ""): ("/claim", {}),
    ("MASTER", "-n"): ("/claim", {"group": "-n"}),
    ("MASTER", "two words"): ("/claim", {"group": "two words"}),
    ("MASTER", "*"): ("/claim", {"group": "*"}),
    ("MASTER", "$(id) `id` %s \\n"): ("/claim", {"group": "$(id) `id` %s \\n"}),
    ("MASTER", 'a","force":true,"x":"'): ("/claim", {"group": 'a","force":true,"x":"'}),
    ("MASTER", "back\\slash\\\\ \\u0041"): ("/claim", {"group": "back\\slash\\\\ \\u0041"}),
    ("MASTER", "@/etc/passwd"): ("/claim", {"group": "@/etc/passwd"}),
    ("MASTER", "grüße"): ("/claim", {"group": "grüße"}),
}


@pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
def test_each_way_of_calling_it_becomes_one_request(hook, arguments):
    path, expected = CALLS[arguments]
    seen_path, body = hook.sends(*arguments)
    assert seen_path == path
    assert body.pop("uptime") == pytest.approx(uptime(), abs=10)
    assert body.pop("cause") == "vrrp"
    assert body == expected


def uptime():
    return float(pathlib.Path("/proc/uptime").read_text().split()[0])


def test_the_request_says_it_is_json_and_has_no_token_on_the_socket(hook):
    hook.token_file.write_text("ab" * 32 + "\n")
    with HookPeer(hook.socket) as peer:
        hook.run("MASTER")
        _, headers, _, _ = peer.next()
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers
    assert headers["Host"] == "localhost"


@pytest.mark.parametrize("arguments", [
    (), ("",), ("ON",), ("master",), ("--help",), ("INSTANCE",), ("INSTANCE", "a"), ("INSTANCE", "a", "NEW", "1"),
    ("MASTER", "tab\tname"), ("MASTER", "line\nname"), ("MASTER", "bell\x07"), ("MASTER", "x" * 256),
], ids=repr)
def test_a_wrong_call_sends_nothing_says_how_to_call_it_and_exits_2(hook, arguments):
    with HookPeer(hook.socket) as peer:
        assert hook.run(*arguments).returncode == 2
        lines = hook.log_lines()
        assert peer.requests.empty()
    assert len(lines) == 1
    assert "usage: vipad-transition MASTER|BACKUP|FAULT|STOP [GROUP]" in lines[0]


@pytest.mark.parametrize("status, level, exit_status", [
    (200, "daemon.notice", 0), (202, "daemon.notice", 0), (400, "daemon.err", 1), (403, "daemon.err", 1),
    (404, "daemon.err", 1), (409, "daemon.err", 1), (503, "daemon.err", 1),
])
def test_one_syslog_line_says_what_came_of_it(hook, status, level, exit_status):
    with HookPeer(hook.socket, status=status, answer={"detail": "two\nlines\x1b[31m"}) as peer:
        assert hook.run("MASTER", "inside").returncode == exit_status
        peer.next()
    (line,) = hook.log_lines()
    assert f"-p {level} -- MASTER inside: {status} " in line
    assert "two" in line and "\x1b" not in line


def test_without_a_socket_it_goes_over_tcp_with_the_token(hook):
    hook.token_file.write_text("ab" * 32 + "\n")
    with HookPeer(token="ab" * 32) as peer:
        assert hook.run("MASTER", "inside", VIPAD_LISTEN=f"127.0.0.1:{peer.port}").returncode == 0
        path, headers, _, _ = peer.next()
    assert path == "/claim"
    assert headers["Authorization"] == "Bearer " + "ab" * 32


def test_a_stale_socket_without_a_listener_also_goes_over_tcp(hook):
    left_over = socket.socket(socket.AF_UNIX)
    left_over.bind(str(hook.socket))
    left_over.close()
    hook.token_file.write_text("ab" * 32 + "\n")
    with HookPeer(token="ab" * 32) as peer:
        assert hook.run("MASTER", VIPAD_LISTEN=f"127.0.0.1:{peer.port}").returncode == 0


def test_the_token_is_in_no_argument_list(dash_hook):
    dash_hook.token_file.write_text("ab" * 32 + "\n")
    seen = []
    with HookPeer(hangs=True) as peer:
        environment = {**dash_hook.environment, "VIPAD_LISTEN": f"127.0.0.1:{peer.port}"}
        process = subprocess.Popen(dash_hook.command("MASTER"), env=environment)
        peer.next()
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    seen.append((entry / "cmdline").read_bytes())
                except OSError:
                    pass
        process.wait(5)
    assert any(b"/claim" in line for line in seen), "curl was not seen at work"
    assert not any(b"ab" * 32 in line for line in seen)


@pytest.mark.parametrize("listen", ["192.0.2.1:80", "example.com:80", "169.254.169.254:80", "127.0.0.1.example:80x", ""])
def test_it_never_calls_anything_but_localhost(dash_hook, listen, tmp_path):
    dash_hook.token_file.write_text("ab" * 32 + "\n")
    trace = tmp_path / "trace"
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    subprocess.run(
        ["strace", "-f", "-e", "trace=connect", "-o", str(trace), *dash_hook.command("MASTER")],
        env={**dash_hook.environment, "VIPAD_LISTEN": listen}, check=False, timeout=30)
    assert "AF_INET" not in trace.read_text()


def test_a_vipad_that_hangs_holds_it_up_for_less_than_a_second(hook):
    hook.token_file.write_text("ab" * 32 + "\n")
    with HookPeer(hook.socket, hangs=True), HookPeer(hangs=True) as over_tcp:
        listen = f"127.0.0.1:{over_tcp.port}"
        assert hook.run("MASTER", "inside", VIPAD_LISTEN=listen).seconds < 1
        hook.socket.unlink()
        assert hook.run("MASTER", "inside", VIPAD_LISTEN=listen).seconds < 1


def test_a_full_backlog_holds_it_up_for_less_than_a_second(hook):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(hook.socket))
    listener.listen(0)
    waiting = []
    while True:
        caller = socket.socket(socket.AF_UNIX)
        caller.setblocking(False)
        waiting.append(caller)
        try:
            caller.connect(str(hook.socket))
        except BlockingIOError:
            break
    assert hook.run("MASTER").seconds < 1
    for caller in [*waiting, listener]:
        caller.close()


def test_a_syslog_that_hangs_does_not_hold_it_up(dash_hook):
    (dash_hook.directory / "bin" / "logger").write_text("#!/bin/sh\nexec sleep 20\n")
    with HookPeer(dash_hook.socket):
        done = dash_hook.run("MASTER")
    assert done.returncode == 0 and done.seconds < 1


def test_a_stopped_vipad_gets_the_transition_when_it_goes_on(hook):
    """The request may have been read or not: it is sent again until it is answered."""
    with HookPeer(hook.socket, hangs=True) as stopped:
        assert hook.run("BACKUP", "inside", VIPAD_RETRY_SECONDS="20").returncode == 0
        stopped.next()
    with HookPeer(hook.socket) as peer:
        path, _, body, _ = peer.next(10)
    assert path == "/standby"
    assert json.loads(body)["state"] == "BACKUP"


def test_a_vipad_that_starts_later_gets_the_moment_of_the_transition(hook):
    transition = uptime()
    done = hook.run("INSTANCE", "vyos-aws", "MASTER", "200", VIPAD_RETRY_SECONDS="20")
    assert done.returncode == 0 and done.seconds < 1
    hook.log_lines(1)  # the first try has failed by now
    with HookPeer(hook.socket) as peer:
        path, _, body, _ = peer.next(10)
        body = json.loads(body)
        first, last = hook.log_lines(2)
        assert peer.requests.empty()
    assert path == "/claim"
    assert body["group"] == "vyos-aws" and body["priority"] == 200
    assert transition - 0.02 <= body["uptime"] < transition + 1
    assert "trying for 20 s more" in first and "-p daemon.warning" in first
    assert "MASTER vyos-aws: 202 " in last


def test_a_starting_vipad_that_answers_503_is_tried_again(hook):
    with HookPeer(hook.socket, status=503) as peer:
        assert hook.run("MASTER", VIPAD_RETRY_SECONDS="20").returncode == 0
        peer.next()
        peer.next(5)
        peer.status = 202
        assert "MASTER: 202 " in hook.log_lines(2)[1]


def test_a_token_that_a_restarted_vipad_made_anew_is_read_again(hook):
    hook.token_file.write_text("old\n")
    with HookPeer(token="new") as peer:
        listen = f"127.0.0.1:{peer.port}"
        assert hook.run("MASTER", VIPAD_LISTEN=listen, VIPAD_RETRY_SECONDS="20").returncode == 0
        peer.next()
        hook.token_file.write_text("new\n")
        assert "MASTER: 202 " in hook.log_lines(2)[1]


def test_trying_longer_ends_and_says_so(hook):
    started = uptime()
    hook.run("MASTER", "inside", VIPAD_RETRY_SECONDS="2")
    line = hook.log_lines(2, seconds=10)[1]
    assert "-p daemon.err" in line and "MASTER inside: given up after 2 s" in line
    assert uptime() - started < 5


def test_a_refusal_is_not_tried_again(hook):
    with HookPeer(hook.socket, status=404, answer={"detail": "no group outside"}) as peer:
        assert hook.run("MASTER", "outside", VIPAD_RETRY_SECONDS="20").returncode == 1
        peer.next()
        (line,) = hook.log_lines()
        with pytest.raises(Exception):
            peer.next(0.7)
    assert "no group outside" in line


def test_vyos_can_read_its_pipes_to_their_end_at_once(hook):
    """VyOS's reader runs the next transition only when nobody holds stdout and stderr any more."""
    environment = {**hook.environment, "VIPAD_RETRY_SECONDS": "30"}
    wrapper = ["sh", "-c", 'exec 7>&1 9>&2; exec "$@"', "sh"]  # a caller that leaks descriptors, too
    started = time.monotonic()
    process = subprocess.Popen(
        [*wrapper, *hook.command("MASTER")], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.communicate(timeout=10)
    assert time.monotonic() - started < 1
    with HookPeer(hook.socket) as peer:
        peer.next(10)  # and still the transition is not lost


def test_the_end_of_keepalived_does_not_end_the_trying(dash_hook):
    environment = {**dash_hook.environment, "VIPAD_RETRY_SECONDS": "30"}
    process = subprocess.Popen(dash_hook.command("STOP", "inside"), env=environment, start_new_session=True)
    process.wait(5)
    eventually(lambda: dash_hook.successor_in_a_session_other_than(process.pid))
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    with HookPeer(dash_hook.socket) as peer:
        assert json.loads(peer.next(10)[2])["state"] == "STOP"


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_settings_come_from_a_file_and_the_environment_wins(hook, quote, tmp_path):
    settings = tmp_path / "hook.env"
    settings.write_text(
        f"# comment\nVIPAD_SOCKET={quote}{hook.socket}{quote}\nVIPAD_RETRY_SECONDS=0\nPATH=/nowhere\n$(touch {tmp_path}/ran)")
    clean = {"VIPAD_HOOK_ENV": str(settings), "VIPAD_SOCKET": None, "VIPAD_RETRY_SECONDS": None}
    with HookPeer(hook.socket) as peer:
        assert hook.run("MASTER", **clean).returncode == 0
        peer.next()
        clean["VIPAD_SOCKET"] = str(tmp_path / "another.sock")
        assert hook.run("MASTER", **clean).returncode == 1
    assert not (tmp_path / "ran").exists()


def test_somebody_who_may_not_use_the_socket_is_told_what_to_do(dash_hook):
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    with HookPeer(dash_hook.socket):
        dash_hook.socket.chmod(0o660)
        dash_hook.directory.chmod(0o777)
        for parent in list(dash_hook.directory.parents)[:-2]:
            parent.chmod(parent.stat().st_mode | 0o011)
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *dash_hook.command("MASTER")],
            env=dash_hook.environment, timeout=10)
    assert done.returncode == 1
    assert "may not write to" in dash_hook.log_lines()[0]

