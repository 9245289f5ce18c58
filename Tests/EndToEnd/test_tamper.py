"""A log that somebody laid hands on: `vipad audit verify` and deploy/verify-audit.py both find it, 60 times each."""

import contextlib
import io
import json
import random
import shutil
import subprocess
import sys

import pytest

from disk import line_of
from pair import ROOT, binary

# A record that is lost once is lost: where others are tried again, these are not.
pytestmark = pytest.mark.flaky(reruns=0)

TRIALS = 60
ZEROS = "0" * 64
PROGRAM = compile((ROOT / "deploy" / "verify-audit.py").read_text(), "verify-audit.py", "exec")


def made_log(segments=3, records=12):
    """A whole log in several segments, after docs/audit-log.md; the lists of their lines."""
    seq, prev_hash, files = 0, ZEROS, []
    for segment in range(segments):
        lines = []
        for number in range(records):
            seq += 1
            event = "segmentStarted" if number == 0 else "standby"
            record = {"eventVersion": 1, "seq": seq, "time": "2026-11-23T08:21:27.123Z", "bootId": "b", "event": event,
                      "group": "inside", "vips": ["100.80.33.100"]}
            if number == 0:
                record["chainId"] = "c" * 32
            line, prev_hash = line_of(record, prev_hash)
            lines.append(line)
        files.append(lines)
    return files


def write(directory, files):
    """Closed segments by their first record, the last one active; the paths."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    paths, first = [], 1
    for index, lines in enumerate(files):
        name = "audit.jsonl" if index == len(files) - 1 else f"audit-{first:012}.jsonl"
        (directory / name).write_text("".join(lines))
        paths.append(str(directory / name))
        first += len(lines)
    return paths


def verdicts(paths, *more):
    """The exit codes of vipad and of the program without vipad."""
    own = subprocess.run(
        [binary("vipad"), "audit", "verify", *paths, *(["--expect", *more] if more else [])], capture_output=True)
    return own.returncode, without_vipad(*paths, *more)


def without_vipad(*arguments):
    """The exit code of deploy/verify-audit.py, run in this process: so often it would be slow as one of its own."""
    before, sys.argv = sys.argv, ["verify-audit.py", *arguments]
    try:
        with contextlib.redirect_stdout(io.StringIO()), pytest.raises(SystemExit) as ended:
            exec(PROGRAM, {"__name__": "__main__"})
        return 1 if ended.value.code else 0
    finally:
        sys.argv = before


def head(files):
    last = json.loads(files[-1][-1])
    return f"{last['seq']}:{last['hash']}"


def insert(files, chance):
    lines = chance.choice(files)
    place = chance.randrange(1, len(lines))
    record = json.loads(lines[place - 1])
    line, _ = line_of({**record, "seq": record["seq"] + 1}, record["hash"])
    lines.insert(place, line)


def delete(files, chance):
    lines = chance.choice(files[:-1])
    del lines[chance.randrange(len(lines))]


def reorder(files, chance):
    lines = chance.choice(files)
    place = chance.randrange(len(lines) - 1)
    lines[place], lines[place + 1] = lines[place + 1], lines[place]


def duplicate(files, chance):
    lines = chance.choice(files)
    place = chance.randrange(len(lines))
    lines.insert(chance.randrange(place, len(lines)), lines[place])


def swap_segments(files, chance):
    one, other = chance.sample(range(len(files)), 2)
    files[one], files[other] = files[other], files[one]


def restamp(files, chance):
    """Changed with a fitting hash of its own."""
    lines = chance.choice(files[:-1])
    place = chance.randrange(len(lines))
    record = json.loads(lines[place])
    lines[place], _ = line_of({**record, "vips": [f"100.80.33.{chance.randrange(101, 200)}"]}, record["prevHash"])


def drop_segment(files, chance):
    del files[1]


@pytest.mark.parametrize(
    "tampering", [insert, delete, reorder, duplicate, swap_segments, restamp, drop_segment], ids=lambda t: t.__name__)
def test_tampering_is_found_by_both(tmp_path, tampering):
    whole = made_log()
    paths = write(tmp_path / "log", whole)
    as_a_program = [sys.executable, str(ROOT / "deploy" / "verify-audit.py"), *paths]
    assert subprocess.run(as_a_program, capture_output=True).returncode == 0
    assert verdicts(paths) == (0, 0) and verdicts(paths, head(whole)) == (0, 0)
    chance = random.Random(tampering.__name__)
    for trial in range(TRIALS):
        files = [list(lines) for lines in whole]
        tampering(files, chance)
        if files != whole:
            assert verdicts(write(tmp_path / "log", files)) == (1, 1), f"trial {trial}"


def cut_tail(files, chance):
    count = chance.randrange(1, sum(map(len, files)) - 1)
    while count:
        taken = min(count, len(files[-1]))
        del files[-1][len(files[-1]) - taken:]
        count -= taken
        if not files[-1] and len(files) > 1:
            files.pop()


def rewrite(files, chance):
    """Everything from a record on with hashes that fit."""
    at, prev_hash, seq = chance.randrange(1, sum(map(len, files))), ZEROS, 0
    for lines in files:
        for place, line in enumerate(lines):
            seq += 1
            record = json.loads(line)
            if seq == at:
                record["group"] = "other"
            lines[place], prev_hash = line_of(record, prev_hash)


@pytest.mark.parametrize("tampering", [cut_tail, rewrite], ids=lambda t: t.__name__)
def test_what_only_a_head_noted_elsewhere_gives_away(tmp_path, tampering):
    whole = made_log()
    chance = random.Random(tampering.__name__)
    witness = tmp_path / "witness.jsonl"
    seq, hash_ = head(whole).split(":")
    line, _ = line_of(
        {"eventVersion": 1, "seq": 7, "time": "2026-11-23T08:21:27.123Z", "bootId": "b", "event": "peerHead",
         "peerHead": {"chainId": "c" * 32, "seq": int(seq), "hash": hash_}}, ZEROS)
    witness.write_text(line)
    for trial in range(TRIALS):
        files = [list(lines) for lines in whole]
        tampering(files, chance)
        paths = write(tmp_path / "log", files)
        assert verdicts(paths) == (0, 0), "nothing in it gives it away"
        assert verdicts(paths, head(whole)) == (1, 1), f"trial {trial}"
        done = subprocess.run([binary("vipad"), "audit", "verify", *paths, "--witness", str(witness)], capture_output=True)
        assert done.returncode == 1, f"trial {trial}"


def test_each_bit_flipped_is_found_by_the_program_without_vipad_as_well(tmp_path):
    """In one process, line by line; vipad's own verifier goes through every bit in TamperTests."""
    whole = made_log(segments=1, records=3)
    path = write(tmp_path / "log", whole)[0]
    text = open(path, "rb").read()
    for bit in range(len(text) * 8):
        changed = bytearray(text)
        changed[bit // 8] ^= 1 << bit % 8
        with open(path, "wb") as file:
            file.write(changed)
        assert without_vipad(path) == 1, f"bit {bit}"
