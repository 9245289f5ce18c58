"""The second copy of each record, in the journal; and a log that goes on from a copy of itself, found out by it."""

import json
import os
import pathlib
import shutil
import signal
import socket
import tempfile
import time

import pytest

from disk import can_hang, disk_of_its_own, failing, hanging, is_possible, write_records
from monitored import peer_section
from pair import VIPS, eventually

CAN_MOUNT = os.geteuid() == 0 and shutil.which("unshare")
# In a mount namespace of its own the daemon finds the sockets where a system has them.
JOURNALD = 'mount -t tmpfs t /run && mkdir -p /run/systemd/journal && mount --bind "$0" /run/systemd/journal && exec "$@"'
SYSLOG = ('mount -t tmpfs t /run && mkdir "$0/dev" && cp -a /dev/null /dev/zero /dev/random /dev/urandom "$0/dev" && '
          'ln -s "$0/log" "$0/dev/log" && mount --bind "$0/dev" /dev && exec "$@"')


class Journal:
    """A socket in place of journald's or syslog's, and what came over it."""

    def __init__(self, name, script):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="vipad-j-"))
        self.path = self.directory / name
        self.wrapper = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, str(self.directory)]
        self.listen()

    def listen(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)

    def close(self):
        self.socket.close()
        self.path.unlink()

    def messages(self):
        """What came since the last time."""
        found = []
        while True:
            try:
                found.append(self.socket.recv(65536))
            except BlockingIOError:
                return found


@pytest.fixture
def make_journal():
    if not CAN_MOUNT:
        pytest.skip("needs root and unshare")
    made = []

    def make(name, script):
        made.append(Journal(name, script))
        return made[-1]

    yield make
    for journal in made:
        shutil.rmtree(journal.directory)


def fields_of(message):
    return dict(line.split("=", 1) for line in message.decode().rstrip("\n").split("\n"))


def lines_of(router):
    return [line.decode() for line in router.log.read_bytes().splitlines()]


def test_each_record_goes_to_journald_too_as_it_stands_in_the_log(make_journal, simulator, make_router):
    journal = make_journal("socket", JOURNALD)
    router = make_router(simulator, "router-b", wrapper=journal.wrapper).start()
    claim_id = router.claim(wait=5).json["claimId"]
    router.outcome_of(claim_id)
    audit = eventually(lambda: (a := router.status()["audit"])["seq"] == len(lines_of(router)) and a)
    assert audit["copiesTo"] == "/run/systemd/journal/socket" and audit["copiesDropped"] == 0
    router.end()
    copies = [fields_of(message) for message in journal.messages()]
    assert [copy["MESSAGE"] for copy in copies] == lines_of(router)
    for copy in copies:
        record = json.loads(copy["MESSAGE"])
        assert copy["SYSLOG_IDENTIFIER"] == "vipad-audit" and copy["PRIORITY"] == "5"
        assert (copy["VIPAD_SEQ"], copy["VIPAD_HASH"]) == (str(record["seq"]), record["hash"])
        assert copy["VIPAD_EVENT"] == record["event"] and copy["VIPAD_CHAIN"] == audit["chainId"]


def test_where_there_is_no_journald_it_goes_to_syslog(make_journal, simulator, make_router):
    journal = make_journal("log", SYSLOG)
    router = make_router(simulator, "router-b", wrapper=journal.wrapper).start()
    assert router.status()["audit"]["copiesTo"] == "/dev/log"
    router.end()
    messages = [message.decode() for message in journal.messages()]
    assert len(messages) == len(lines_of(router))
    for message, line in zip(messages, lines_of(router)):
        head, text = message.split("]: ", 1)
        assert head.startswith("<29>") and " vipad-audit[" in head and text == line


def test_where_there_is_neither_nothing_is_missed(router):
    audit = router.status()["audit"]
    if any(pathlib.Path(path).is_socket() for path in ("/dev/log", "/run/systemd/journal/socket")):
        pytest.skip("this machine has a journal")
    assert audit["copiesTo"] is None and audit["copiesDropped"] == 0


def test_a_journal_that_takes_nothing_holds_up_nobody_and_is_said(make_journal, simulator, make_router):
    """Its queue is full and nobody reads it: a blocking send would stand still for ever."""
    journal = make_journal("socket", JOURNALD)
    router = make_router(simulator, "router-b", wrapper=journal.wrapper).start()
    eventually(lambda: write_records(router, 10) or router.status()["audit"]["copiesDropped"], 30)
    router.simulator.move(VIPS[0], "eni-0123456789abcdefa")
    start = time.monotonic()
    claim = router.claim(wait=5)
    assert claim.status == 200 and time.monotonic() - start < 1
    router.outcome_of(claim.json["claimId"])
    eventually(lambda: any("no second copy" in line for line in router.process.lines))
    taken = len(journal.messages())
    write_records(router, 2)
    eventually(lambda: len(lines_of(router)) == router.status()["audit"]["seq"])
    assert len(journal.messages()) >= 1, "it takes the next again"
    dropped = router.status()["audit"]["copiesDropped"]
    assert router.status()["audit"]["ok"] and 0 < dropped < len(lines_of(router)) and taken
    router.check_log()


def test_a_journal_that_goes_and_comes_back(make_journal, simulator, make_router):
    journal = make_journal("socket", JOURNALD)
    router = make_router(simulator, "router-b", wrapper=journal.wrapper).start()
    journal.close()
    write_records(router, 2)
    eventually(lambda: router.status()["audit"]["copiesDropped"] == 2)
    journal.listen()
    write_records(router, 2)
    came = []
    eventually(lambda: came.extend(journal.messages()) or len(came) >= 2)
    assert [fields_of(message)["VIPAD_EVENT"] for message in came] == ["paused", "resumed"]


# What does not get into the log

def check_that_it_is_said(router, journal, claim_id):
    """All that a stop gave up is in the journal, and the next start says how much; the words of its `gap` record."""
    copies = [fields_of(message) for message in journal.messages()]
    unwritten = [copy for copy in copies if copy["SYSLOG_IDENTIFIER"] == "vipad-audit-unwritten"]
    assert not any("VIPAD_CHAIN" in copy for copy in unwritten), "it would be taken for the end of the chain"
    records = [json.loads(copy["MESSAGE"]) for copy in unwritten]
    assert [r["event"] for r in records if r.get("claimId") == claim_id][:2] == ["claimIntent", "claimOutcome"]
    assert records[-1]["event"] == "stopped" and {record["seq"] for record in records} == {0}
    for _ in range(2):
        router.start()
        (gap,) = eventually(lambda: router.records("gap"))
        router.end()
    times = sorted(record["time"] for record in records)
    assert gap["detail"].startswith(f"{len(records)} records between {times[0]} and {times[-1]} were lost: ")
    assert not list(router.state_file.parent.glob("*losses*"))
    router.vipad("audit", "verify", str(router.log))
    return gap["detail"]


@pytest.mark.skipif(not is_possible(), reason="needs root and strace")
def test_what_a_stop_can_not_write_is_in_the_journal_and_a_gap_of_the_next_start(make_journal, simulator, make_router):
    journal = make_journal("socket", JOURNALD)
    router = make_router(simulator, "router-b", wrapper=journal.wrapper).start()
    eventually(lambda: router.records("started"))
    with failing(router, "write:error=EIO"):
        claim_id = router.claim(wait=5).json["claimId"]
        assert router.end() == 0
    assert "stopped while the disk failed" in check_that_it_is_said(router, journal, claim_id)


@pytest.mark.skipif(not can_hang(), reason="needs root, mkfs.ext4 and fsfreeze")
def test_so_is_what_a_hanging_disk_keeps_a_stop_from_writing(make_journal, simulator, make_router):
    journal = make_journal("socket", JOURNALD)
    router = make_router(
        simulator, "router-b", wrapper=journal.wrapper, more={"audit": ["maxBytes = 1048576"]})
    with disk_of_its_own(router.log.parent):
        router.start()
        eventually(lambda: router.records("started"))
        with hanging(router.log.parent):
            claim_id = router.claim(wait=5).json["claimId"]
            os.kill(router.process.pid, signal.SIGTERM)
            # The process itself can't end before the kernel lets go of its thread.
            eventually(lambda: list(router.state_file.parent.glob("*losses*")), 10, "the note")
            time.sleep(1)
        router.end()
        assert "stopped while the disk hung" in check_that_it_is_said(router, journal, claim_id)


@pytest.mark.skipif(not is_possible(), reason="needs root and strace")
def test_what_memory_has_no_room_for_goes_to_the_journal_at_once(make_journal, simulator, make_router):
    journal = make_journal("socket", JOURNALD)
    router = make_router(simulator, "router-b", wrapper=journal.wrapper).start()
    with failing(router, "write:error=EIO"):
        while "; 4097 records wait" not in (router.status()["audit"]["reason"] or ""):
            write_records(router, 100)
        journal.messages()
        write_records(router, 2)
        came = []
        eventually(lambda: came.extend(journal.messages()) or len(came) >= 2)
    assert [fields_of(message)["VIPAD_EVENT"] for message in came] == ["paused", "resumed"]
    eventually(lambda: router.status()["audit"]["ok"], 60)


# A log that goes on from a copy

def journalctl(directory, script):
    """A journalctl of ours, first in PATH."""
    directory.mkdir(exist_ok=True)
    program = directory / "journalctl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": f"{directory}:/usr/bin:/bin"}


def cut(router, count):
    lines = router.log.read_bytes().splitlines(keepends=True)
    router.log.write_bytes(b"".join(lines[:-count]))
    return json.loads(lines[-1]), json.loads(lines[-count - 1])


def test_a_start_that_finds_the_journal_ahead_says_so(make_journal, simulator, make_router, tmp_path):
    journal = make_journal("socket", JOURNALD)
    environment = journalctl(tmp_path / "bin", f'echo "$@" > {tmp_path}/asked; cat {tmp_path}/answer')
    (tmp_path / "answer").write_text("")
    router = make_router(simulator, "router-b", wrapper=journal.wrapper, environment=environment).start()
    assert router.claim(wait=5).status == 200
    router.end()
    (tmp_path / "answer").write_text(lines_of(router)[-1] + "\n")
    router.start()
    (tmp_path / "asked").unlink()
    assert not router.records("forked"), "the journal has what the log has"
    router.end()
    (tmp_path / "answer").write_text(lines_of(router)[-1] + "\n")
    last, kept = cut(router, 4)
    for _ in range(2):
        router.start()
        (forked,) = eventually(lambda: router.records("forked"))
        assert forked["otherHead"] == {"chainId": forked["ownHead"]["chainId"], "seq": last["seq"], "hash": last["hash"]}
        assert forked["ownHead"]["seq"] >= kept["seq"] and "another copy" in forked["detail"]
        router.end()
    asked = (tmp_path / "asked").read_text().split()
    assert f"VIPAD_CHAIN={forked['ownHead']['chainId']}" in asked and any(a.startswith("--until=@") for a in asked)
    assert "--reverse" in asked, "else it looks at the newest message of all, which this start may have sent"
    # Anybody may send a message with that field; this one journald itself writes.
    assert f"_UID={os.getuid()}" in asked
    router.vipad("audit", "verify", str(router.log))


@pytest.mark.parametrize("script", ["sleep 60", "exit 1", "yes x | head -c 100000000", "echo '{}'"])
def test_a_journalctl_that_makes_no_sense_holds_up_nothing(make_journal, simulator, make_router, tmp_path, script):
    journal = make_journal("socket", JOURNALD)
    router = make_router(
        simulator, "router-b", wrapper=journal.wrapper, environment=journalctl(tmp_path / "bin", script))
    start = time.monotonic()
    router.start()
    assert router.claim(wait=5).status == 200 and time.monotonic() - start < 5
    assert not router.records("forked")


@pytest.mark.parametrize("script, doubt", [
    ("true", "shows no message at all to this user"), ("echo 'a message of somebody'", None),
    ("exit 1", "shows no message at all"), (None, "can't be run")])
def test_a_journal_that_can_not_be_read_is_told_from_one_that_has_nothing(
        make_journal, simulator, make_router, tmp_path, script, doubt):
    journal = make_journal("socket", JOURNALD)
    ours = f'case "$*" in *VIPAD_CHAIN*) ;; *) {script} ;; esac'
    environment = journalctl(tmp_path / "bin", ours) if script else {"PATH": "/nonexistent"}
    environment["PATH"] = environment["PATH"].removesuffix(":/usr/bin:/bin")
    wrapper = [shutil.which("unshare"), *journal.wrapper[1:-2], 'PATH=/usr/bin:/bin; ' + JOURNALD.replace(
        'exec "$@"', f'PATH={environment["PATH"]} exec "$@"'), journal.wrapper[-1]]
    wrapper[wrapper.index("sh")] = "/bin/sh"
    router = make_router(simulator, "router-b", wrapper=wrapper, environment=environment).start()

    def detail():
        return next(check for check in router.status()["readiness"]["checks"] if check["name"] == "audit")

    if doubt:
        eventually(lambda: doubt in detail()["detail"])
        assert detail()["ok"], "the log takes records all the same"
        assert any("forked can't be told" in line and doubt in line for line in router.process.lines)
    else:
        time.sleep(1)
        assert "forked" not in detail()["detail"]


@pytest.fixture
def both(simulator, make_router):
    """Two routers that read each other's /status."""
    a, b = make_router(simulator, "router-a"), make_router(simulator, "router-b")
    a.configure(peer_section(f"http://127.0.0.1:{b.port}"))
    b.configure(peer_section(f"http://127.0.0.1:{a.port}"))
    return a, b


def test_each_router_notes_the_others_head_and_the_two_come_to_rest(both):
    a, b = both
    for router in both:
        router.start(ready=False)
    for own, other in (both, reversed(both)):
        (noted,) = eventually(lambda: own.records("peerHead"), 20)
        records = {record["seq"]: record["hash"] for record in other.records()}
        assert records[noted["peerHead"]["seq"]] == noted["peerHead"]["hash"]
        assert noted["peerHead"]["chainId"] == other.status()["audit"]["chainId"]
        shown = eventually(lambda: own.status()["audit"]["peerHead"])
        assert (shown["seq"], shown["recordedAs"]) == (noted["peerHead"]["seq"], noted["seq"])
    time.sleep(12)
    assert [len(router.records("peerHead")) for router in both] == [1, 1], "at most one a minute"


def test_the_peers_log_finds_a_cut_tail(both):
    a, b = both
    b.start(ready=False)
    write_records(b, 4)
    a.start(ready=False)
    (noted,) = eventually(lambda: a.records("peerHead"), 20)
    b.end()
    b.vipad("audit", "verify", str(b.log), "--witness", str(a.log))
    lines = b.log.read_bytes().splitlines(keepends=True)
    b.log.write_bytes(b"".join(lines[:noted["peerHead"]["seq"] - 1]))
    b.vipad("audit", "verify", str(b.log))
    done = b.vipad("audit", "verify", str(b.log), "--witness", str(a.log), check=False)
    assert done.returncode == 1 and "its end was cut" in done.stdout
    # A part of the peer's log will do.
    part = a.log.with_suffix(".part")
    part.write_text("".join(line for line in a.log.open() if '"event":"peerHead"' in line))
    assert b.vipad("audit", "verify", str(b.log), "--witness", str(part), check=False).returncode == 1


def test_a_router_that_starts_from_an_older_copy_of_its_log_says_so_with_both_heads(both):
    """An image upgrade copied /config; the old image ran on, and now the new one starts."""
    a, b = both
    b.start(ready=False)
    eventually(lambda: b.log.exists() and b.records("started"))
    copy = b.log.read_bytes()
    write_records(b, 6)
    a.start(ready=False)
    (noted,) = eventually(lambda: a.records("peerHead"), 20)
    b.kill()
    b.log.write_bytes(copy)
    b.start(ready=False)
    (forked,) = eventually(lambda: b.records("forked"), 20)
    assert forked["otherHead"] == noted["peerHead"]
    assert forked["ownHead"]["seq"] < noted["peerHead"]["seq"]
    eventually(lambda: any("has forked" in line for line in b.process.lines))
    done = b.vipad("audit", "verify", str(b.log), "--witness", str(a.log), check=False)
    assert done.returncode == 1
    assert "forked" in b.vipad("audit", "verify", str(b.log)).stdout
