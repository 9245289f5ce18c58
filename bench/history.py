"""The part of make bench about the history: how long vipad reads the last claims of a long audit log. By itself it prints its own table."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
os.environ.setdefault("VIPAD_BIN_DIR", str(ROOT / ".build" / "release"))
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))

from pair import Router  # noqa: E402
from table import Table  # noqa: E402
from test_history import history_read, write_log  # noqa: E402

STARTS = 5


def run(table, count=100_000):
    """The milliseconds of `STARTS` starts over the same log; no EC2 is needed for it."""
    nowhere = [f'{name} = "http://127.0.0.1:1"' for name in ("ec2Endpoint", "imdsEndpoint")]
    router = Router(
        None, {"name": "router", "instanceId": "-", "interfaces": [{"networkInterfaceId": "-"}]}, more={"aws": nowhere})
    try:
        write_log(router.log, count)
        milliseconds = []
        for _ in range(STARTS):
            router.start(ready=False)
            claims, took = history_read(router)
            assert claims == 1000
            milliseconds.append(took)
            router.kill()
    finally:
        router.remove()
    median = sorted(milliseconds)[STARTS // 2]
    table.row(
        f"history, last 1,000 claims of {count:,} records", f"{median:.1f} ms, at most {max(milliseconds):.1f}",
        "under 100 ms", median < 100)


if __name__ == "__main__":
    table = Table()
    run(table)
    table.print()
