"""The part of make bench about the audit log: a million records are verified, and what that takes. By itself it prints its own table.

The log is made after docs/audit-log.md in segments of 16 MiB, so that another program than vipad says what is right.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
os.environ.setdefault("VIPAD_BIN_DIR", str(ROOT / ".build" / "release"))
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))

from disk import line_of  # noqa: E402
from pair import binary  # noqa: E402
from table import Table  # noqa: E402

SLICE = 16_777_216
OUTCOME = {
    "event": "claimOutcome", "group": "inside", "cause": "vrrp", "actor": {"uid": 0, "gid": 0, "pid": 1234},
    "vips": ["100.80.33.100"], "instanceId": "i-0123456789abcdefb", "networkInterfaceId": "eni-0123456789abcdefb",
    "previousNetworkInterfaceId": "eni-0123456789abcdefa", "region": "eu-central-1",
    "attempts": [{"n": 1, "httpStatus": 200, "awsRequestId": "59dbff89-35bd-4eac-99ed-be587EXAMPLE", "milliseconds": 9.5}],
    "outcome": "accepted", "acceptedMilliseconds": 121.5}


def records(count):
    """Records without their hashes: claims, each with its intent and its outcome."""
    for seq in range(1, count + 1):
        head = {"eventVersion": 1, "seq": seq, "time": "2026-11-23T08:21:27.123Z", "bootId": "b" * 36}
        claim_id = f"{seq // 2:016x}"
        event = {"event": "claimIntent" if seq % 2 == 0 else "claimOutcome", "claimId": claim_id}
        yield {**head, **event, **{k: v for k, v in OUTCOME.items() if k != "event"}}


def make(directory, count):
    """Writes the log; its active file."""
    active, lines, size, prev_hash, first = directory / "audit.jsonl", [], 0, "0" * 64, 1
    for record in records(count):
        if size == 0 or size > SLICE - 4096:
            if lines:
                (directory / f"audit-{first:012}.jsonl").write_text("".join(lines))
            record = {k: record[k] for k in ("eventVersion", "seq", "time", "bootId")}
            record |= {"event": "segmentStarted", "chainId": "c" * 32}
            lines, size, first = [], 0, record["seq"]
        line, prev_hash = line_of(record, prev_hash)
        lines.append(line)
        size += len(line)
    active.write_text("".join(lines))
    return active


def most_resident(process):
    """The most memory of a process in MiB, looked up until it ends.

    wait4(2) would tell what this process had when it forked, where that is more.
    """
    most, status = 0, pathlib.Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        lines = status.read_text().splitlines()
        most = max([most] + [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")])
        time.sleep(0.01)
    return most


def run(table, count=1_000_000):
    """The seconds and the memory of `vipad audit verify`."""
    with tempfile.TemporaryDirectory(prefix="vipad-bench-") as directory:
        active = make(pathlib.Path(directory), count)
        start = time.monotonic()
        process = subprocess.Popen([binary("vipad"), "audit", "verify", str(active)], stdout=subprocess.PIPE)
        resident = most_resident(process)
        seconds = time.monotonic() - start
        output = process.stdout.read().decode()
    assert f"records={count}" in output, output
    table.row(f"audit verify, {count:,} records", f"{seconds:.1f} s", "at most 10 s", seconds <= 10)
    table.row(f"audit verify, {count:,} records: most RSS", f"{resident:.1f} MiB", "at most 32 MiB", resident <= 32)


if __name__ == "__main__":
    table = Table()
    run(table)
    table.print()
