"""kill -9 at every system call of a start, a claim and a rotation, and at random moments.

One router lives and dies again and again on one log. After each death what was whole in the log is still there,
byte for byte; in the end the chain verifies, each intent has exactly one outcome, whatever a caller was told is in
the log, and EC2 was never asked for anything that nobody had asked for.
"""

import collections
import contextlib
import http.client
import os
import random
import re
import shutil
import signal
import threading
import time

import pytest

from disk import fill_segment
from pair import SANITIZER, VIPS, Simulator, eventually

# A record that is lost once is lost: where others are tried again, these are not.
pytestmark = pytest.mark.flaky(reruns=0)

A = "eni-0123456789abcdefa"
SLICE = 16384
SHARDS = 4
TORTURE = bool(os.environ.get("VIPAD_TORTURE"))
POINTS, MOMENTS = (None, 1000) if TORTURE else (600, 200)
# What has to do with files: each of these calls is a point, of the others as many as there is time for.
OF_THE_LOG = {"write", "fdatasync", "fsync", "fallocate", "ftruncate", "rename", "unlink", "flock", "pwrite64",
              "openat", "getdents64"}
# Calls that wait for something to happen: how many there are is chance.
WAITING = {"futex", "poll", "ppoll", "epoll_wait", "epoll_pwait", "restart_syscall", "nanosleep", "clock_nanosleep"}


class Lives:
    """A router that dies and starts again, and what must be true of its log."""

    def __init__(self, router):
        self.router = router
        self.whole = b""
        self.posts = 0
        self.told = []
        self.deaths = 0

    def live(self, wrapper=(), kill_after=None):
        """Starts, claims, stands by and ends; false if it came through."""
        router = self.router
        router.simulator.move(VIPS[0], A)
        router.wrapper = list(wrapper)
        timer = None
        if kill_after is not None:
            router.spawn = self.spawning_with(kill_after)
        with contextlib.suppress(AssertionError, OSError, ValueError, http.client.HTTPException):
            router.start(ready=False)
            self.posts += 1
            answer = router.claim(wait=5)
            if answer.status == 200:
                self.told.append(answer.json["claimId"])
            router.standby()
            if kill_after is not None:
                router.process.wait(kill_after + 1)
        router.spawn = type(router).spawn
        died = router.end(signal.SIGTERM) == -signal.SIGKILL
        self.deaths += died
        self.look()
        return died

    @staticmethod
    def spawning_with(seconds):
        import subprocess

        def spawn(*arguments, **options):
            process = subprocess.Popen(*arguments, **options)
            threading.Timer(seconds, process.kill).start()
            return process
        return spawn

    def look(self):
        """What was whole before is there unchanged."""
        whole = self.read()
        assert whole.startswith(self.whole), "records that were in the log are gone or changed"
        self.whole = whole

    def read(self):
        log = self.router.log
        files = sorted(log.parent.glob("audit-*.jsonl")) + [log]
        text = b"".join(file.read_bytes() for file in files if file.exists())
        return text[:text.rfind(b"\n") + 1]

    def fill(self):
        """The next life's claim needs a new segment."""
        if self.router.log.exists() and self.whole:
            if self.router.log.read_bytes().endswith(b"\n"):
                fill_segment(self.router.log, SLICE, 700)
                self.whole = self.read()

    def end(self):
        """A last life that nobody ends: it finds out what became of all the others."""
        router = self.router
        router.wrapper = []
        router.start()
        eventually(
            lambda: len(router.records("claimOutcome")) == len(router.records("claimIntent")), 60, "all outcomes")
        self.look()
        router.check_log()
        intents = [record["claimId"] for record in router.records("claimIntent")]
        assert set(self.told) <= set(intents), "a caller was told of a claim that is not in the log"
        assert len(intents) <= self.posts, "claims that nobody asked for"
        asked = {re.search(r"claim/(\S+)", call["userAgent"])[1] for call in router.simulator.assigns()}
        assert asked <= set(intents), "EC2 was called without an intent in the log"
        for record in router.records("claimOutcome"):
            if record["claimId"] in self.told:
                assert record["outcome"] in ("accepted", "alreadyHeld"), record
        assert len(router.records("started")) <= self.deaths + 2 + len(router.records("stopped"))
        router.end()


@pytest.fixture
def lives(make_simulator, make_router):
    def plenty(topology):
        bucket = {"burst": 1e9, "perSecond": 1e9}
        topology["throttling"] = {"mutating": bucket, "reading": bucket}

    simulator = make_simulator(plenty, use_tls=False)
    # Without journalctl in PATH: what it calls is not ours.
    router = make_router(
        simulator, "router-b", environment={"PATH": "/nonexistent"}, more={"audit": [f"maxBytes = {SLICE}", "keep = 10000"], "aws": [
            "connectTimeoutSeconds = 1", "requestTimeoutSeconds = 2"]})
    return Lives(router)


def points_of(lives, path):
    """Each system call of a life with a start, a claim and a rotation: its name and the how manieth of its thread."""
    lives.live()
    lives.fill()
    segments = len(list(lives.router.log.parent.glob("audit-*.jsonl")))
    assert not lives.live([shutil.which("strace"), "-D", "-f", "-qq", "-e", "signal=none", "-o", str(path)])
    assert len(list(lives.router.log.parent.glob("audit-*.jsonl"))) == segments + 1, "no rotation"
    counts = collections.Counter()
    for line in path.read_text(errors="replace").splitlines():
        found = re.match(r"(\d+) +(\w+)\(", line)
        if found:
            counts[found.groups()] += 1
    most = collections.Counter()
    for (_, call), count in counts.items():
        most[call] = max(most[call], count)
    return [(call, n) for call in sorted(set(most) - WAITING - {"execve", "exit_group", "exit"})
            for n in range(1, most[call] + 1)]


def chosen(points, count):
    """All of the log's, and of the others an even share."""
    if count is None:
        return points
    own = [point for point in points if point[0] in OF_THE_LOG]
    others = [point for point in points if point[0] not in OF_THE_LOG]
    # A start opens, reads and maps dozens of libraries before there is anything to lose.
    room = max(count - len(own), count // 3)
    return own + [others[i * len(others) // room] for i in range(min(room, len(others)))]


@pytest.mark.skipif(bool(SANITIZER), reason="most system calls would be the sanitizer's own, and who is killed reports nothing")
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_each_system_call_nothing_is_lost_or_doubled(lives, tmp_path, shard):
    points = chosen(points_of(lives, tmp_path / "trace"), POINTS)
    mine = points[shard::SHARDS]
    for index, (call, n) in enumerate(mine):
        if call in OF_THE_LOG or index % 2:
            lives.fill()
        lives.live([
            shutil.which("strace"), "-D", "-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e",
            f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}"])
    # Some calls come too late for a life, or not each time.
    assert lives.deaths >= len(mine) * 0.8, f"{lives.deaths} of {len(mine)}"
    print(f"{lives.deaths} deaths at {len(mine)} points")
    lives.end()


@pytest.mark.skipif(bool(SANITIZER), reason="who is killed reports nothing")
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_killed_at_each_call_of_a_rotation_nothing_is_lost_or_doubled(lives, tmp_path):
    """By the log's paths, so that every one of them is met; between the two renames there is no active file."""
    lives.live()
    log = lives.router.log
    following = log.with_suffix(".next")
    strace = [shutil.which("strace"), "-D", "-f", "-qq", "-e", "signal=none", "-P", str(log), "-P", str(following), "-o"]
    lives.fill()
    assert not lives.live([*strace, str(tmp_path / "trace")])
    found = re.findall(r"^(\d+) +(\w+)\((.*)", (tmp_path / "trace").read_text(), re.M)
    writer = next(thread for thread, call, what in found if call == "rename" and following.name in what)
    calls = [(call, what) for thread, call, what in found if thread == writer]
    names = [call for call, _ in calls]
    first, last = (next(i for i, (call, what) in enumerate(calls) if call == name and following.name in what)
                   for name in ("newfstatat", "rename"))
    rotation = [(names[i], names[:i + 1].count(names[i])) for i in range(first, last + 4)]
    assert {"openat", "fallocate", "rename", "ftruncate"} <= {name for name, _ in rotation}, rotation
    assert sum(name == "rename" for name, _ in rotation) == 2
    without_active = 0
    for call, n in rotation:
        for _ in range(5):
            lives.fill()
            if lives.live([*strace, "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}"]):
                break
        else:
            raise AssertionError(f"{call} number {n} was never met")
        without_active += not log.exists() and following.exists()
    assert without_active == 1, "killed between the two renames"
    lives.end()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_random_moments_nothing_is_lost_or_doubled(lives, shard):
    chance = random.Random(shard)
    lives.live()
    wanted = MOMENTS // SHARDS
    for index in range(wanted * 2):
        if lives.deaths == wanted:
            break
        if index % 3 == 0:
            lives.fill()
        # Half of them after the start, when there are claims to be cut.
        lives.live(kill_after=chance.choice([chance.uniform(0, 0.1), chance.uniform(0.05, 0.3)]))
    assert lives.deaths == wanted, "it ended by itself far too often"
    lives.end()
