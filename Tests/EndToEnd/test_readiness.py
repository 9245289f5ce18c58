"""Readiness all the time: /readyz, what it costs EC2, and that asking for a right moves nothing."""

import json
import os
import subprocess
import sys
import time

import pytest

from namespace import Namespace, is_possible, simulator_in
from pair import ROOT, VIPS, eventually

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
PROBES = {"readiness": []}  # nothing set: probes are sent
MASTER_CALLS, STANDBY_CALLS = 3, 1


def checks(router):
    return {c["name"]: c for c in router.get("/readyz").json["checks"]}


def probes(simulator, **filters):
    return [c for c in simulator.assigns(**filters) if c["userAgent"].endswith(" probe")]


def test_a_standby_and_a_master_are_ready_and_every_check_has_state_age_and_reason(simulator, make_router):
    router = make_router(simulator, "router-b", more=PROBES).start()
    for _ in ("standby", "MASTER"):
        answer = router.get("/readyz")
        assert answer.status == 200 and answer.json["ready"] and answer.json["source"] == "daemon"
        for check in answer.json["checks"]:
            assert check["state"] in ("ok", "unknown") and check["reason"] and not check["blocking"]
            assert 0 <= check["ageSeconds"] < 60
        assert router.ask("HEAD", "/readyz").status == 200
        assert router.claim(wait=5).status == 200
    assert router.ask_tcp("GET", "/readyz", token=False).status == 200


def test_a_standby_notices_that_the_instance_metadata_is_gone_and_back(simulator, make_router):
    """And a MASTER's last look before it stood by is not the last word."""
    router = make_router(simulator, "router-b").start()
    fault = simulator.fault(service="imds", httpStatus=503)
    eventually(lambda: checks(router)["metadata"]["state"] == "failed", 30)
    assert router.get("/readyz").status == 503
    simulator.mend(fault)
    eventually(lambda: router.get("/readyz").status == 200, 30)


def test_an_identity_that_could_not_be_found_again_is_looked_for_until_it_is(simulator, make_router):
    router = make_router(simulator, "router-b").start()
    metadata = simulator.fault(service="imds", httpStatus=503)
    refusal = simulator.fault(
        action="AssignPrivateIpAddresses", errorCode="InvalidNetworkInterfaceID.NotFound", httpStatus=400, count=1)
    router.claim()
    eventually(lambda: checks(router)["identity"]["state"] == "failed", 20)
    router.standby()
    simulator.mend(metadata)
    eventually(lambda: checks(router)["identity"]["state"] == "ok", 35)
    eventually(lambda: router.get("/readyz").status == 200, 30)
    assert refusal


def test_what_changes_by_itself_is_not_in_status(simulator, make_router):
    """A dashboard that polls gets 304 for as long as nothing happens, while ages and round trips go on in /readyz."""
    router = make_router(simulator, "router-b", more=PROBES).start()
    time.sleep(1)  # what was under way at the start ends; nothing tells its end
    before = router.get("/status")
    ages = {name: c["ageSeconds"] for name, c in checks(router).items()}
    end = time.monotonic() + 45  # two proofs of the connection and a look at the files
    while time.monotonic() < end:
        answer = router.get("/status", headers={"If-None-Match": before.headers["ETag"]})
        assert answer.status == 304, (before.body, answer.body)
        time.sleep(1)
    later = checks(router)
    assert later["assign"]["ageSeconds"] > ages["assign"] + 40
    assert later["ec2"]["ageSeconds"] < 25 and "round trip" in later["ec2"]["reason"]


def test_a_check_of_status_says_since_when_it_is_so(router):
    """And a check that could not be made is not ok."""
    found = {c["name"]: c for c in router.status()["readiness"]["checks"]}
    assert set(found) == set(checks(router))
    assert found["hook"]["state"] == "unknown" and found["hook"]["ok"] is False
    since = found["pause"]["checkedAt"]
    router.ask("POST", "/pause", {})
    paused = next(c for c in router.status()["readiness"]["checks"] if c["name"] == "pause")
    assert paused["state"] == "failed" and paused["checkedAt"] > since
    assert router.get("/readyz").status == 503


def test_ignored_checks_are_shown_and_do_not_count(make_simulator, make_router):
    def on(topology):
        topology["routers"][1]["interfaces"][0]["sourceDestCheck"] = True
    simulator = make_simulator(on)
    ignoring = ["assignProbeSeconds = 0", 'ignore = ["sourceDestCheck"]']
    router = make_router(simulator, "router-b", more={"readiness": ignoring}).start()
    check = checks(router)["sourceDestCheck"]
    assert check["state"] == "failed" and not check["blocking"]
    assert router.get("/readyz").status == 200


def test_an_endpoint_that_must_be_private_is(simulator, make_router):
    private = ["assignProbeSeconds = 0", "privateEndpoint = true"]
    router = make_router(simulator, "router-b", more={"readiness": private}).start()
    assert "(private address)" in checks(router)["ec2"]["reason"]


def test_ec2_s_end_and_return_show(make_simulator, make_router):
    simulator = make_simulator()
    router = make_router(simulator, "router-b").start()
    fault = simulator.fault(httpStatus=503, errorCode="Unavailable")
    router.claim()  # whose read of EC2 fails, or its Assign
    eventually(lambda: checks(router)["ec2"]["state"] == "failed", 20)
    assert router.get("/readyz").status == 503
    simulator.mend(fault)
    eventually(lambda: router.get("/readyz").status == 200, 40)


# The probe

def test_a_probe_tells_the_right_and_moves_nothing(simulator, make_router):
    state = simulator.control("GET", "/state")
    router = make_router(simulator, "router-b", more=PROBES).start()
    (probe,) = probes(simulator)
    assert probe["networkInterfaceId"] == B and probe["privateIpAddresses"] == ["100.80.33.12"]
    assert probe["errorCode"] == "InvalidParameterValue", "EC2 got past authorization"
    assert checks(router)["assign"]["state"] == "ok"
    after = simulator.control("GET", "/state")
    assert after["addresses"] == state["addresses"] and after["moves"] == state["moves"] == 0


@pytest.mark.parametrize("answer, state", [
    ({"errorCode": "UnauthorizedOperation", "httpStatus": 403}, "failed"),
    ({"errorCode": "RequestLimitExceeded", "httpStatus": 503}, "unknown"),
    ({"errorCode": "MissingParameter", "httpStatus": 400}, "unknown"),
    ({"reset": "before"}, "unknown"),
    ({"errorCode": "PrivateIpAddressLimitExceeded", "httpStatus": 400}, "ok"),
], ids=lambda value: value if isinstance(value, str) else None)
def test_only_an_answer_from_behind_authorization_counts(simulator, make_router, answer, state):
    simulator.fault(action="AssignPrivateIpAddresses", message="no", **answer)
    router = make_router(simulator, "router-b", more=PROBES).start(ready=False)
    found = eventually(lambda: (c := checks(router)["assign"])["ageSeconds"] is not None and c, 15)
    assert found["state"] == state, found
    assert found["blocking"] == (state != "ok"), "an unknown right is not ready while it is probed"
    assert router.get("/readyz").status == (200 if state == "ok" else 503)
    assert simulator.control("GET", "/state")["moves"] == 0


def test_even_an_ec2_that_accepts_the_probe_moves_nothing(simulator, make_router):
    """What EC2 answers for an address that is there already is not documented."""
    simulator.fault(action="AssignPrivateIpAddresses", httpStatus=200, takesEffect=False, body=(
        '<?xml version="1.0"?><AssignPrivateIpAddressesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<requestId>r</requestId><networkInterfaceId>{B}</networkInterfaceId><return>true</return>"
        "</AssignPrivateIpAddressesResponse>"))
    router = make_router(simulator, "router-b", more=PROBES).start()
    assert checks(router)["assign"]["state"] == "ok"
    assert simulator.control("GET", "/state")["moves"] == 0


def test_a_probe_never_names_what_the_metadata_calls_primary(simulator, make_router):
    """An instance metadata that lists a VIP first would make it an address that could be added: EC2's word counts."""
    simulator.control("POST", "/routers/router-b/metadata", {
        "localIpv4s": {B: [VIPS[0], "100.80.33.12"]}, "lieSeconds": 600})
    simulator.control("POST", "/move", {"privateIpAddress": VIPS[0]})
    router = make_router(simulator, "router-b", more=PROBES).start(ready=False)
    time.sleep(3)  # nothing tells that no probe will come
    assert all(VIPS[0] not in call["privateIpAddresses"] for call in simulator.assigns())
    assert simulator.holder(VIPS[0]) is None
    assert router.get("/healthz").status == 200


def test_without_probes_the_right_is_unknown_and_does_not_count(router):
    check = checks(router)["assign"]
    assert check["state"] == "unknown" and "assignProbeSeconds" in check["reason"] and not check["blocking"]
    assert not router.simulator.assigns()
    assert router.claim(wait=5).status == 200
    assert checks(router)["assign"]["state"] == "ok", "a claim is the better probe"


def test_a_pause_between_probes_below_10_min_is_refused(simulator, make_router):
    router = make_router(simulator, "router-b", more={"readiness": ["assignProbeSeconds = 599"]})
    done = router.vipad("serve", check=False)
    assert done.returncode == 2 and "600" in done.stderr


# What it costs

def most_in_a_minute(calls):
    times = [call["arrivalUptimeNanoseconds"] / 1e9 for call in calls]
    return max((sum(1 for t in times if begin <= t < begin + 60) for begin in times), default=0)


def test_reads_of_several_groups_are_one(make_simulator, make_router):
    simulator = make_simulator()
    router = make_router(simulator, "router-b", groups={"inside": VIPS[:1], "outside": VIPS[1:]}).start()
    before = simulator.last
    router.standby(group="inside")
    eventually(lambda: simulator.calls(before, action="DescribeNetworkInterfaces"))
    time.sleep(1)
    assert len(simulator.calls(before, action="DescribeNetworkInterfaces")) == 1
    assert router.vip(VIPS[1])["held"] is False


def test_background_calls_of_a_quiet_pair(simulator, make_router):
    """At most 3 calls to EC2 in a minute on a MASTER, 1 on a standby: guard and readiness together."""
    seconds = int(os.environ.get("VIPAD_QUIET_SECONDS", 130))
    master = make_router(simulator, "router-a", more=PROBES).start()
    assert master.claim(wait=5).status == 200
    standby = make_router(simulator, "router-b", more=PROBES).start()
    time.sleep(61)  # the calls of the start: identity, limits, the first probe, the reads after a claim
    before = simulator.last
    time.sleep(seconds)
    for router, most in ((master, MASTER_CALLS), (standby, STANDBY_CALLS)):
        calls = simulator.calls(before, router=router.name)
        assert calls, "the guard reads"
        assert most_in_a_minute(calls) <= most, json.dumps(calls, indent=1)
        assert len(calls) <= most * (seconds // 60 + 1)
    assert master.status()["verdict"] == "holding" and standby.status()["verdict"] == "standby"


def test_a_quiet_master_whose_witness_is_the_kernel_reads_no_more_than_another(tmp_path, make_router):
    """Each look works out the address's age anew, by two clocks, and hundredths come out now so, now so."""
    if not is_possible():
        pytest.skip("needs root and ip")
    namespace = Namespace()
    simulator = simulator_in(namespace, tmp_path)
    router = make_router(simulator, "router-b", wrapper=namespace.wrapper)
    pid_file = tmp_path / "keepalived.pid"
    router.vrrp_settings = lambda: ["[vrrp]", 'witness = "kernel"', f'keepalivedPidFile = "{pid_file}"']
    router.configure()
    keepalived = subprocess.Popen([sys.executable, ROOT / "bench" / "keepalived.py", pid_file])
    try:
        eventually(pid_file.exists)
        for name in ("vrrp0", "other0"):
            namespace.run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}p")
            namespace.run("ip", "link", "set", f"{name}p", "up")
            namespace.run("ip", "link", "set", name, "up")
        router.start()
        claim = router.claim().json
        assert claim["state"] == "unwitnessed"
        namespace.run("ip", "address", "add", f"{VIPS[0]}/32", "dev", "vrrp0")
        eventually(lambda: router.status()["verdict"] == "holding", 15)
        (intent,) = router.records("claimIntent")
        assert intent["claimId"] == claim["claimId"] and intent["actor"]["uid"] == os.geteuid()
        time.sleep(12)  # the reads 2, 5 and 10 s after the claim
        before, end = simulator.last, time.monotonic() + 25
        while time.monotonic() < end:  # each is a reason to look
            for act in ("add", "delete"):
                namespace.run("ip", "address", act, "192.0.2.1/32", "dev", "other0")
            time.sleep(0.05)
        reads = simulator.calls(before, action="DescribeNetworkInterfaces", router="router-b")
        assert len(reads) <= 1, f"{len(reads)} reads, and one in 30 to 36 s is the MASTER's"
        assert router.status()["verdict"] == "holding"
    finally:
        keepalived.terminate()
        keepalived.wait()
        router.kill()
        simulator.end()
        namespace.remove()


def test_a_claim_on_a_ready_router_is_one_call(simulator, make_router):
    router = make_router(simulator, "router-b", more=PROBES).start()
    before = simulator.last
    claim = router.claim(wait=5).json
    calls = simulator.calls(before, router="router-b")
    assert claim["outcome"] == "accepted"
    assert [c["action"] for c in calls][0] == "AssignPrivateIpAddresses" and not calls[0]["newConnection"]
