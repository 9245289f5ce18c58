"""openapi.json is true: schemathesis asks every route, with good and bad input, and checks what comes back."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
from openapi_spec_validator import validate

from pair import ROOT

EXAMPLES = os.environ.get("VIPAD_SCHEMATHESIS_EXAMPLES", "200")
DESCRIPTION = ROOT / "Sources" / "vipad" / "openapi.json"


def test_the_description_is_valid():
    validate(json.loads(DESCRIPTION.read_text()))


def test_the_daemon_serves_the_description_of_the_repository(router):
    answer = router.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.body == DESCRIPTION.read_bytes()


def test_every_route_is_as_described(make_simulator, make_router, tmp_path):
    def generous(topology):
        topology["throttling"] = {
            "mutating": {"burst": 1e6, "perSecond": 1e6}, "reading": {"burst": 1e6, "perSecond": 1e6}}
    router = make_router(make_simulator(generous), "router-b").start()
    schemathesis = pathlib.Path(sys.executable).parent / "schemathesis"
    if not schemathesis.exists():
        pytest.skip("schemathesis is not beside this python")
    configuration = tmp_path / "schemathesis.toml"
    # Right in form, and still: 304 to who has it already, 409 to a hook that is older than another. The other
    # methods are those of RFC 9110 and PATCH; what no RFC of HTTP knows gets 501.
    configuration.write_text("""
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "401", "403", "404", "409", "5xx"]
[phases.coverage]
unexpected-methods = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]
""")
    # Effects first: what is read afterwards then has claims and records to show.
    done = subprocess.run(
        [str(schemathesis), "--config-file", str(configuration), "run", str(DESCRIPTION),
         "--url", f"http://127.0.0.1:{router.port}", "-H", f"Authorization: Bearer {router.token}",
         "--checks", "all", "--mode", "all", "--max-examples", EXAMPLES, "--seed", "1", "--workers", "1",
         "--request-timeout", "70", "--continue-on-failure", "--no-color"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "NO_PROXY": "*", "LANG": "C.UTF-8"}, cwd=tmp_path,
        capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]
    for phase in "Examples", "Coverage", "Fuzzing", "Stateful":
        assert re.search(rf"✅ {phase}", done.stdout), f"{phase} did not run: {done.stdout[-3000:]}"
    assert int(re.search(r"(\d+) generated", done.stdout)[1]) >= int(EXAMPLES) * 5, done.stdout[-3000:]
    assert router.get("/healthz").status == 200
    router.standby()
    router.check_log()
