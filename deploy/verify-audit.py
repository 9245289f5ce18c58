#!/usr/bin/env python3
"""verify-audit.py FILE... [SEQ:HASH] - checks a vipad audit log without vipad and stops at the first thing wrong; see docs/audit-log.md."""
import hashlib, re, sys
expect = {a for a in sys.argv[1:] if re.fullmatch(r"\d+:[0-9a-f]{64}", a)}
seq, head, shape = 0, b"0" * 64, rb'(\{"eventVersion":1,"seq":([1-9]\d*),.*"prevHash":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\}\n'
for path, number, line in ((p, n, l) for p in sorted({*sys.argv[1:]} - expect) for n, l in enumerate(open(p, "rb"), 1)):
    r = re.fullmatch(shape, line)  # segments sort by name as the chain runs; the first that is kept need not be the chain's first
    if not r or hashlib.sha256(r[3] + r[1] + b"}").hexdigest() != r[4].decode() or ((int(r[2]), r[3]) != (seq + 1, head) if seq or r[2] == b"1" else b'"event":"segmentStarted"' not in line):
        sys.exit(f"{path}:{number}: torn, changed, or not what follows record {seq}")
    seq, head, expect = int(r[2]), r[4], expect - {f"{int(r[2])}:{r[4].decode()}"}
sys.exit(f"not here: {' '.join(expect)}" if expect or not seq else print(f"whole, head {seq}:{head.decode()}"))
