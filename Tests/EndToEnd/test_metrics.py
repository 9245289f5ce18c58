"""/metrics: what it says of a claim, in both formats, and that asking costs nothing elsewhere."""

import concurrent.futures
import shutil
import subprocess
import time

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from monitored import peer_section, wait_for_verdict
from pair import SANITIZER, VIPS, eventually

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
ASSIGN = "AssignPrivateIpAddresses"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def metrics(router):
    """{(name, labels): value}, read by Prometheus's own client."""
    text = router.get("/metrics").body.decode()
    return {(sample.name, frozenset(sample.labels.items())): sample.value
            for family in plain_text(text) for sample in family.samples}


def value(router, name, **labels):
    return metrics(router).get((name, frozenset(labels.items())))


def states(router, name, label, **labels):
    """Of exclusive states the ones that are 1."""
    wanted = frozenset(labels.items())
    return [dict(found)[label] for (sample, found), number in metrics(router).items()
            if sample == name and wanted <= found and number == 1]


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (Debian's prometheus) is not installed")
def test_promtool_finds_nothing_to_object_to(router):
    assert router.claim(wait=5).status == 200
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=router.get("/metrics").body, capture_output=True, timeout=30)
    assert done.returncode == 0 and not done.stdout + done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize("accept, content_type", [
    (None, TEXT), ("*/*", TEXT), ("text/plain", TEXT), ("application/json", TEXT),
    ("application/openmetrics-text", OPEN_METRICS),
    # As Prometheus 2.42 and 3 ask.
    ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OPEN_METRICS),
    ("application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5", TEXT),
    ("text/plain;version=0.0.4;q=0.9, application/openmetrics-text; version=1.0.0; q=0.5", TEXT),
    ("application/openmetrics-text; version=1.0.0; q=0", TEXT),
])
def test_the_format_is_the_one_asked_for(router, accept, content_type):
    answer = router.get("/metrics", headers={"Accept": accept} if accept else {})
    assert answer.status == 200 and answer.headers["Content-Type"] == content_type
    assert answer.headers["Vary"] == "Accept"
    assert answer.body.endswith(b"# EOF\n") == (content_type == OPEN_METRICS)


def test_both_formats_say_the_same(router):
    assert router.claim(wait=5).status == 200
    eventually(lambda: router.status()["verdict"] == "holding")
    text = router.get("/metrics").body.decode()
    other = router.get("/metrics", headers={"Accept": OPEN_METRICS}).body.decode()

    def samples(families):
        return {(s.name, frozenset(s.labels.items())): s.value for f in families for s in f.samples
                if not s.name.startswith("process_") and s.name != "vipad_clock_skew_seconds"}
    assert samples(plain_text(text)) == samples(open_metrics(other))
    assert len(samples(plain_text(text))) > 100


def test_a_failover_in_numbers(simulator, router):
    accepted = {"group": "inside", "cause": "vrrp", "outcome": "accepted"}
    assert value(router, "vipad_claims_total", **accepted) == 0, "there from the start, so that its increase is seen"
    assert states(router, "vipad_vrrp_state", "state", group="inside") == ["BACKUP"]
    assert value(router, "vipad_vip_held", group="inside", vip=VIPS[0]) == 0
    router.claim(wait=5)
    eventually(lambda: router.status()["verdict"] == "holding")
    assert value(router, "vipad_claims_total", **accepted) == 1
    assert states(router, "vipad_vrrp_state", "state", group="inside") == ["MASTER"]
    assert states(router, "vipad_group_verdict", "verdict", group="inside") == ["holding"]
    assert value(router, "vipad_vip_held", group="inside", vip=VIPS[0]) == 1
    assert value(router, "vipad_vip_confirmed", group="inside", vip=VIPS[0]) == 1
    assert states(router, "vipad_vip_holder_info", "network_interface_id", vip=VIPS[0]) == [B]
    assert value(router, "vipad_ec2_requests_total", action=ASSIGN, code="ok") == 1
    claim = router.group()["lastClaim"]
    milliseconds = {"ec2": claim["attempts"][0]["milliseconds"],
                    "confirmation": claim["confirmedMilliseconds"] - claim["acceptedMilliseconds"]}
    for phase in ("event_to_wire", "ec2", "confirmation"):
        assert value(router, "vipad_claim_phase_seconds_count", phase=phase) == 1
        took = value(router, "vipad_claim_phase_seconds_sum", phase=phase)
        if phase in milliseconds:
            assert took == pytest.approx(milliseconds[phase] / 1000, abs=0.03 if SANITIZER else 0.003)
        else:  # What is left, but for the way back from the wire.
            assert 0 < took <= (claim["acceptedMilliseconds"] - milliseconds["ec2"]) / 1000 + 0.003
    router.standby()
    eventually(lambda: states(router, "vipad_vrrp_state", "state", group="inside") == ["BACKUP"])
    eventually(lambda: states(router, "vipad_group_verdict", "verdict") == ["misplaced"])


def test_the_buckets_add_up_from_a_millisecond_to_a_minute(simulator, router):
    simulator.fault(action=ASSIGN, delayBeforeMilliseconds=300)
    router.claim(wait=5)
    buckets = {float(dict(labels)["le"]): number for (name, labels), number in metrics(router).items()
               if name == "vipad_claim_phase_seconds_bucket" and ("phase", "ec2") in labels}
    assert min(buckets) == 0.001 and sorted(buckets)[-2] == 60
    assert [buckets[bound] for bound in sorted(buckets)] == sorted(buckets.values())
    assert buckets[0.25] == 0 and buckets[0.5] == 1 and buckets[float("inf")] == 1


def test_calls_are_counted_by_what_ec2_said(simulator, router):
    simulator.fault(action=ASSIGN, errorCode="RequestLimitExceeded", httpStatus=503, count=2)
    router.claim(wait=20)
    assert value(router, "vipad_ec2_requests_total", action=ASSIGN, code="RequestLimitExceeded") == 2
    assert value(router, "vipad_ec2_requests_total", action=ASSIGN, code="ok") == 1
    assert value(router, "vipad_ec2_request_duration_seconds_count", action=ASSIGN) == 3
    assert value(router, "vipad_ec2_requests_total", action="DescribeNetworkInterfaces", code="ok") >= 1


def test_a_refused_claim_needs_the_operator(simulator, router):
    fault = simulator.fault(action=ASSIGN, errorCode="UnauthorizedOperation", httpStatus=403)
    router.claim(wait=5)
    eventually(lambda: value(router, "vipad_claim_needs_operator", group="inside") == 1)
    simulator.mend(fault)
    router.standby()
    eventually(lambda: value(router, "vipad_claim_needs_operator", group="inside") == 0)
    eventually(lambda: value(router, "vipad_claims_total", group="inside", cause="vrrp", outcome="cancelled") == 1)


def test_the_guard_is_counted_and_a_claim_war(simulator, make_router):
    router = make_router(simulator, "router-b", more={"vrrp": ["guardSeconds = 0.2"]}).start()
    router.claim(wait=5)
    eventually(lambda: router.status()["verdict"] == "holding")
    before = value(router, "vipad_guard_checks_total", result="answered")
    eventually(lambda: value(router, "vipad_guard_checks_total", result="answered") >= before + 3)
    thief = simulator.topology["routers"][0]["interfaces"][0]["networkInterfaceId"]

    def stolen_again():
        if simulator.holder() == B:
            simulator.move(VIPS[0], thief)
        return value(router, "vipad_hold_downs_total", group="inside")
    eventually(stolen_again, 60, "the guard's pause", pause_seconds=0.2)
    assert states(router, "vipad_group_verdict", "verdict", group="inside") == ["contended"]
    assert value(router, "vipad_claims_total", group="inside", cause="guard", outcome="accepted") >= 4


def test_a_claim_that_the_brake_holds_back_is_counted(simulator, router):
    """Five Assigns pass at once, the sixth and seventh wait, and each is counted once."""
    def held_down():
        return value(router, "vipad_hold_downs_total", group="inside")
    for expected in (0, 0, 0, 0, 0, 1, 2):
        assert router.claim(wait=10).status == 200
        eventually(lambda: held_down() == expected)
        router.standby()
    assert simulator.holder() == B


def test_readiness_credentials_audit_and_pause(simulator, router):
    assert value(router, "vipad_ready") == 1 and value(router, "vipad_check_ok", check="identity") == 1
    left = value(router, "vipad_credentials_expiration_timestamp_seconds") - time.time()
    assert 0 < left < 7 * 3600
    assert abs(value(router, "vipad_clock_skew_seconds")) < 2
    assert value(router, "vipad_ec2_ok") == 1
    status = router.status()
    assert value(router, "vipad_audit_ok") == 1 and value(router, "vipad_audit_seq") == status["audit"]["seq"]
    assert value(router, "vipad_build_info", version=status["version"]) == 1
    assert value(router, "vipad_pair_verdict", verdict="healthy") is None, "no series without a peer"
    router.ask("POST", "/pause", {})
    assert value(router, "vipad_paused") == 1 and value(router, "vipad_ready") == 0


def test_the_pair_in_numbers(simulator, make_router):
    """What the other router says, and each verdict as it comes."""
    a, b = make_router(simulator, "router-a"), make_router(simulator, "router-b")
    for router, other in ((a, b), (b, a)):
        router.configure(peer_section(f"http://127.0.0.1:{other.port}"))
        router.start()

    def wait_for(verdict):
        wait_for_verdict(b, verdict)
        assert states(b, "vipad_pair_verdict", "verdict") == [verdict]
    assert a.claim(wait=5).status == 200
    wait_for("healthy")
    eventually(lambda: states(b, "vipad_peer_vrrp_state", "state", group="inside") == ["MASTER"])
    assert states(b, "vipad_peer_vip_holder_info", "network_interface_id", group="inside", vip=VIPS[0]) == [A]
    assert value(b, "vipad_peer_reachable") == 1 and value(b, "vipad_peer_ready") == 1
    a.ask("POST", "/pause", {})
    wait_for("peerNotReady")
    assert value(b, "vipad_peer_ready") == 0 and value(b, "vipad_peer_reachable") == 1
    a.ask("POST", "/resume")
    wait_for("healthy")
    fault = simulator.fault(action=ASSIGN, errorCode="UnauthorizedOperation", httpStatus=403)
    b.claim()
    wait_for("twoMasters")
    a.standby()
    wait_for("wrongHolder")
    b.standby()
    wait_for("noMaster")
    simulator.control("POST", "/move", {"privateIpAddress": VIPS[0]})
    b.standby()
    wait_for("dark")
    eventually(lambda: states(b, "vipad_vip_holder_info", "network_interface_id", vip=VIPS[0]) == [""])
    simulator.mend(fault)
    assert b.claim(wait=5).status == 200
    wait_for("healthy")
    a.end()
    wait_for("peerUnreachable")
    assert value(b, "vipad_peer_reachable") == 0
    assert not [name for name, _ in metrics(b) if name in (
        "vipad_peer_ready", "vipad_peer_vrrp_state", "vipad_peer_vip_holder_info")], "old words are no news"


def test_a_claim_that_vipad_did_not_survive_is_counted_too(simulator, router):
    simulator.fault(action=ASSIGN, delayBeforeMilliseconds=20000)
    router.claim()
    simulator.wait_for_assigns(1)
    router.kill()
    simulator.mend()
    router.start()
    (record,) = eventually(lambda: router.records("claimOutcome"))
    eventually(lambda: value(
        router, "vipad_claims_total", group="inside", cause="vrrp", outcome=record["outcome"]) == 1)
    assert record["outcome"].startswith("recovered")


def test_a_check_that_is_not_known_blocks_and_is_no_ok(simulator, make_router):
    simulator.fault(service="imds", action="/latest/meta-data", delayBeforeMilliseconds=60000)
    router = make_router(simulator, "router-b").start(ready=False)

    def unknown():
        return [check["name"] for check in router.get("/readyz").json["checks"]
                if check["state"] == "unknown" and check["blocking"]]
    eventually(lambda: "identity" in unknown() and "configuration" not in unknown())
    assert value(router, "vipad_check_ok", check="identity") is None and value(router, "vipad_ready") == 0
    assert value(router, "vipad_check_blocking", check="identity") == 1
    assert value(router, "vipad_check_blocking", check="configuration") == 0


def test_nobody_gets_what_was_true_long_ago(router):
    """Who comes while the page is being written gets the one of before: but not one of when somebody asked last."""
    def paused(_):
        return b"\nvipad_paused 1\n" in router.get("/metrics").body
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for _ in range(3):
            assert not paused(None)
            router.ask("POST", "/pause", {})
            time.sleep(2.1)
            assert all(pool.map(paused, range(32)))
            router.ask("POST", "/resume")
            time.sleep(2.1)
            assert not any(pool.map(paused, range(32)))


def test_the_process_in_numbers(router):
    found = {name: number for (name, labels), number in metrics(router).items() if not labels}
    status = dict(line.split(":\t") for line in open(f"/proc/{router.process.pid}/status").read().splitlines() if ":\t" in line)
    assert found["process_resident_memory_bytes"] == pytest.approx(int(status["VmRSS"].split()[0]) * 1024, rel=0.1)
    assert abs(found["process_start_time_seconds"] - time.time()) < 60
    assert found["process_open_fds"] > 5 and found["process_max_fds"] >= found["process_open_fds"]
    assert found["process_cpu_seconds_total"] > 0 and found["process_threads"] > 3


def test_asking_costs_no_call_and_little_writing(simulator, router):
    """200 polls from 8 callers: no call to EC2 or IMDS, and most of them got the bytes that were there."""
    def calls():
        return [call for call in simulator.calls() if call.get("service") != "ping"]
    eventually(lambda: router.status()["ec2"]["lastSuccessAt"])
    before = len(calls())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: router.get("/metrics").body, range(200)))
    assert len(calls()) == before
    assert len(set(bodies)) < 20


def test_parameters_are_refused_and_head_works(router):
    assert router.get("/metrics?x=1").status == 400
    assert router.ask("HEAD", "/metrics").headers["Content-Type"] == TEXT
    assert router.ask("POST", "/metrics").status == 405
