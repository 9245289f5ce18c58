"""What vipad tells the service manager: with a socket in systemd's place, and threads that are really held up."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from pair import VIPS, eventually

TRACER = "no strace, or not root" if not shutil.which("strace") or os.geteuid() else None


class ServiceManager:
    """A socket as NOTIFY_SOCKET names it, and the messages that came, with their moment."""

    def __init__(self, name, on_ready=lambda: None):
        self.name, self.messages, self.moments = name, [], []
        self._on_ready = on_ready
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while True:
            message = self._socket.recv(65536).decode()
            if message == "end":
                return
            if message == "READY=1":
                self._on_ready()
            self.moments.append(time.monotonic())
            self.messages.append(message)

    def count(self, message):
        return self.messages.count(message)

    def wait_for(self, message, count=1, seconds=15):
        eventually(lambda: self.count(message) >= count, seconds, f"{message} x {count}; there is {self.messages}")

    def end(self):
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as last:
            last.sendto(b"end", self._socket.getsockname())
        self._reader.join(5)
        self._socket.close()


@pytest.fixture
def manager(tmp_path):
    made = ServiceManager(str(tmp_path / "n"))
    yield made
    made.end()


def router_of(manager, simulator, make_router, **environment):
    return make_router(simulator, "router-b", environment={"NOTIFY_SOCKET": manager.name, **environment})


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_ready_comes_once_and_not_before_the_api_answers(simulator, make_router, tmp_path, kind):
    answers = []
    name = f"@vipad-test-{os.getpid()}-{time.monotonic_ns()}" if kind == "abstract" else str(tmp_path / "n")
    manager = ServiceManager(name, on_ready=lambda: answers.append(router.get("/healthz").status))
    router = router_of(manager, simulator, make_router)
    router.start(ready=False)
    manager.wait_for("READY=1")
    router.end()
    manager.end()
    assert answers == [200]


def test_a_wrong_configuration_is_never_ready(manager, simulator, make_router):
    router = router_of(manager, simulator, make_router)
    router.configuration.write_text("vips = []\n")
    with pytest.raises(AssertionError):
        router.start(ready=False)
    assert router.process.wait() == 2
    assert manager.messages == []


def test_a_socket_that_takes_nothing_is_said_and_stops_nobody(simulator, make_router, tmp_path):
    router = make_router(simulator, "router-b", environment={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    router.start()
    assert any("can't be told READY=1" in line for line in router.process.lines), router.process.text()


def test_a_notify_socket_of_another_kind_ends_the_start(simulator, make_router):
    router = make_router(simulator, "router-b", environment={"NOTIFY_SOCKET": "vsock:2:1234"})
    with pytest.raises(AssertionError):
        router.start(ready=False)
    assert "NOTIFY_SOCKET=vsock:2:1234 names no Unix socket" in router.process.text()


def test_the_status_line_follows_the_verdict(manager, simulator, make_router):
    router = router_of(manager, simulator, make_router).start()
    manager.wait_for("STATUS=inside standby")
    assert any(line.startswith("STATUS=inside unknown; not ready: ") for line in manager.messages)
    assert router.claim(wait=5).status == 200
    manager.wait_for("STATUS=inside holding")


def test_a_reload_is_announced_with_its_moment_and_ended(manager, simulator, make_router):
    router = router_of(manager, simulator, make_router).start()
    before = time.monotonic()
    os.kill(router.process.pid, signal.SIGHUP)
    manager.wait_for("READY=1", count=2)
    (message,) = [message for message in manager.messages if message.startswith("RELOADING=1")]
    moment = int(re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", message)[1]) / 1e6
    assert before <= moment <= time.monotonic()
    states = [m for m in manager.messages if not m.startswith("STATUS")]
    assert states.index(message) < len(states) - 1 - states[::-1].index("READY=1")


def test_the_end_is_announced_before_it(manager, simulator, make_router):
    router = router_of(manager, simulator, make_router).start()
    router.end()
    assert manager.count("STOPPING=1") == 1
    assert [m for m in manager.messages if not m.startswith("STATUS")][-1] == "STOPPING=1"


# The watchdog

def test_the_watchdog_is_fed_twice_in_its_time(manager, simulator, make_router):
    router_of(manager, simulator, make_router, WATCHDOG_USEC="2000000").start(ready=False)
    manager.wait_for("WATCHDOG=1", count=4)
    fed = [at for at, message in zip(manager.moments, manager.messages) if message == "WATCHDOG=1"]
    assert all(0.8 < later - earlier < 1.8 for earlier, later in zip(fed, fed[1:])), fed


@pytest.mark.parametrize("environment", [
    {}, {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}], ids=str)
def test_a_watchdog_that_does_not_wait_for_it_is_not_fed(manager, simulator, make_router, environment):
    router_of(manager, simulator, make_router, **environment).start()
    time.sleep(1.5)  # there is no event to wait for
    assert manager.count("WATCHDOG=1") == 0


class HeldUp:
    """A thread that gets no further: strace delays its next system call."""

    def __init__(self, thread):
        self._tracer = subprocess.Popen(
            ["strace", "-qq", "-o", "/dev/null", "-p", str(thread), "-e", "inject=all:delay_enter=600s"],
            stderr=subprocess.DEVNULL)
        eventually(lambda: re.search(r"TracerPid:\t[1-9]", pathlib.Path(f"/proc/{thread}/status").read_text()))

    def release(self):
        self._tracer.kill()  # the kernel lets go of the thread
        self._tracer.wait()


def answers(ask):
    try:
        return ask() == 200
    except OSError:
        return False


def serves(router):
    return answers(lambda: router.get("/healthz", timeout=1).status)


def takes_events(router):
    return answers(lambda: router.ask("POST", "/standby", timeout=1).status)


def claims(router):
    """Whether an Assign comes to its end, for a VIP that is elsewhere."""
    router.simulator.move(VIPS[0], "eni-0123456789abcdefa")
    return answers(lambda: router.claim(wait=1).status)


def hold_up(router, *parts):
    """Holds up the first thread without which the last of the parts stands still, and the others go on."""
    threads = sorted(int(path.name) for path in pathlib.Path(f"/proc/{router.process.pid}/task").iterdir())
    for thread in threads[1:]:
        held = HeldUp(thread)
        if all(part(router) for part in parts[:-1]) and not parts[-1](router):
            return held
        held.release()
    raise AssertionError("no thread of that kind")


@pytest.mark.skipif(TRACER is not None, reason=str(TRACER))
@pytest.mark.parametrize("parts, words, seconds", [
    ([serves], "GET /healthz is not answered", 10),
    ([serves, takes_events], "takes no events", 10),
    # An Assign may wait for a refresh of credentials: it is overdue 30 s and twice its time limit after its start.
    ([serves, takes_events, claims], "an Assign does not end", 40)],
    ids=["the-API-stands-still", "the-claims-stand-still", "an-Assign-does-not-end"])
def test_the_watchdog_is_not_fed_while(manager, simulator, make_router, parts, words, seconds):
    short = {"aws": ["connectTimeoutSeconds = 0.2", "requestTimeoutSeconds = 0.2"]}
    router = make_router(simulator, "router-b", more=short, environment={
        "NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "1000000"}).start()
    manager.wait_for("WATCHDOG=1")
    held = hold_up(router, *parts)
    try:
        eventually(lambda: any(words in line for line in router.process.lines), seconds, words)
        before = manager.count("WATCHDOG=1")
        time.sleep(3)  # three times the watchdog's time
        assert manager.count("WATCHDOG=1") == before
    finally:
        held.release()
    manager.wait_for("WATCHDOG=1", count=before + 2)
    assert router.claim(wait=5).status == 200


def test_the_watchdog_costs_at_most_half_a_wake_up_a_second(simulator, make_router, tmp_path):
    """Counted at checks every half second, beside a vipad without a watchdog; the unit has one check in 22.5 s."""
    manager = ServiceManager(str(tmp_path / "n"))
    plain, fed = [
        make_router(simulator, "router-b", environment=environment).start()
        for environment in ({}, {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "1000000"})]

    def switches(router):
        files = pathlib.Path(f"/proc/{router.process.pid}/task").glob("*/status")
        counts = [re.search(r"^voluntary_ctxt_switches:\t(\d+)", file.read_text(), re.M) for file in files]
        return sum(int(count[1]) for count in counts)

    before = switches(fed), switches(plain), manager.count("WATCHDOG=1")
    time.sleep(10)
    more = (switches(fed) - before[0]) - (switches(plain) - before[1])
    checks = manager.count("WATCHDOG=1") - before[2]
    manager.end()
    assert checks >= 15
    # A connection's thread has ended: at most two of its own for each check are missing.
    assert (more / checks + 2) / 22.5 <= 0.5, f"{more} more wake-ups for {checks} checks"
    print(f"{more / checks + 2} wake-ups for a check")
