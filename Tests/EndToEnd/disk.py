"""Disks that fail under a running daemon: system calls on the audit log's files fail by strace, and heal."""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess

from pair import eventually


def is_possible():
    """strace is at hand, and we may attach it to our own daemons."""
    return shutil.which("strace") and os.geteuid() == 0


def can_hang():
    """A file system of one's own can be made and frozen."""
    return os.geteuid() == 0 and shutil.which("mkfs.ext4") and shutil.which("fsfreeze")


def paths(router):
    """The files of the log that a call may name."""
    return [router.log, router.log.with_suffix(".next"), router.log.parent]


def injecting(router, *faults, files=None):
    """strace's arguments: `faults` such as "write:error=EIO" hit what concerns the files (the log's) only."""
    calls = sorted({fault.split(":")[0] for fault in faults})
    arguments = ["strace", "-f", "-I2", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e", f"trace={','.join(calls)}"]
    for path in files or paths(router):
        arguments += ["-P", str(path)]
    for fault in faults:
        arguments += ["-e", f"inject={fault}"]
    return arguments


@contextlib.contextmanager
def failing(router, *faults, files=None):
    """The disk fails in this way until the end of the block, when it heals."""
    tracer = subprocess.Popen(
        [*injecting(router, *faults, files=files), "-p", str(router.process.pid)], stderr=subprocess.PIPE, text=True)
    try:
        eventually(lambda: tracer_of(router.process.pid) or tracer.poll() is not None, what="strace's attaching")
        assert tracer.poll() is None, tracer.stderr.read()
        threads = pathlib.Path(f"/proc/{router.process.pid}/task")
        eventually(lambda: all("TracerPid:\t0" not in (t / "status").read_text() for t in threads.iterdir()))
        yield
    finally:
        # At SIGINT strace leaves its tracees to themselves; a call that it delays ends with it.
        tracer.send_signal(signal.SIGINT)
        tracer.wait(60)


@contextlib.contextmanager
def disk_of_its_own(directory):
    """A small ext4 mounted there."""
    image = pathlib.Path(f"{directory}.img")
    with image.open("wb") as file:
        file.truncate(16 << 20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, directory], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", directory], check=True)
        image.unlink()


@contextlib.contextmanager
def hanging(directory):
    """Whatever would change something on that file system stands still in the kernel until the end of the block."""
    subprocess.run(["fsfreeze", "--freeze", directory], check=True)
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", directory], check=True)


def tracer_of(process_id):
    """The process that traces another; 0 for none."""
    status = pathlib.Path(f"/proc/{process_id}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("TracerPid:")).split()[1])


def heal_from_the_start_on(router):
    """Ends a strace that the daemon was started under; the daemon goes on."""
    tracer = tracer_of(router.process.pid)
    os.kill(tracer, signal.SIGINT)
    eventually(lambda: not tracer_of(router.process.pid), 60)


def write_records(router, count=1):
    """Has the daemon write some records, without a claim."""
    for number in range(count):
        assert router.ask("POST", "/resume" if number % 2 else "/pause").status == 200
    if count % 2:
        assert router.ask("POST", "/resume").status == 200


def line_of(record, prev_hash):
    """A record's line behind the one with that hash, after docs/audit-log.md."""
    body = {**{k: v for k, v in record.items() if k not in ("prevHash", "hash")}, "prevHash": prev_hash}
    covered = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256((prev_hash + covered).encode()).hexdigest()
    return covered[:-1] + f',"hash":"{digest}"}}\n', digest


def fill_segment(log, maximum_bytes, room):
    """Appends records until less than `room` is left of the active file, as the daemon would: the next will rotate."""
    lines = log.read_text().splitlines()
    last = json.loads(lines[-1])
    seq, prev_hash, text = last["seq"], last["hash"], []
    size = log.stat().st_size
    while size < maximum_bytes - room:
        seq += 1
        record = {"eventVersion": 1, "seq": seq, "time": last["time"], "bootId": last["bootId"], "event": "standby",
                  "group": "inside", "detail": "x" * min(900, maximum_bytes - size)}
        line, prev_hash = line_of(record, prev_hash)
        text.append(line)
        size += len(line)
    with log.open("a") as file:
        file.write("".join(text))
