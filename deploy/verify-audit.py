#!/usr/bin/env python3
"""verify-audit.py FILE... [SEQ:HASH] - checks a vipad audit log without vipad; see docs/audit-log.md."""
import hashlib, re, sys
expect = [a for a in sys.argv[1:] if re.fullmatch(r"\d+:[0-9a-f]{64}", a)]
head, seq, seen, bad = None, 0, set(), []
for path in sorted(set(sys.argv[1:]) - set(expect)):  # segments sort by name as the chain runs
    for number, line in enumerate(open(path, "rb"), 1):
        whole = re.fullmatch(rb'(\{"eventVersion":1,"seq":([1-9]\d*),.*"prevHash":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\}\n', line)
        if not whole or hashlib.sha256(whole[3] + whole[1] + b"}").hexdigest() != whole[4].decode():
            bad.append(f"{path}:{number}: torn or changed")
        elif (whole[3] != head if head else int(whole[2]) == 1 and whole[3] != b"0" * 64) or seq not in (0, int(whole[2]) - 1):
            bad.append(f"{path}:{number}: record {whole[2].decode()} does not follow record {seq}")
        elif not head and b'"event":"segmentStarted"' not in line:
            bad.append(f"{path}:{number}: the log does not begin with segmentStarted")
        if whole: seq, head = int(whole[2]), whole[4]
        seen |= {f"{seq}:{(head or b'').decode()}"} & set(expect)
bad += [f"{e} was expected and is not here" for e in expect if e not in seen]
print("\n".join(bad) or f"whole, head {seq}:{(head or b'').decode()}")
sys.exit(1 if bad else 0)
