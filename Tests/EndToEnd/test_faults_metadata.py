"""Instance metadata, credentials and clock fail: a claim needs none of them once vipad is warm."""

import os
import time

import pytest

from pair import eventually
from proxy import Proxy

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
TORTURE = os.environ.get("VIPAD_TORTURE")  # the healing takes up to half a minute
ASSIGN = "AssignPrivateIpAddresses"


def credentials(simulator, **change):
    simulator.control("POST", "/routers/router-b/credentials", change)


def test_tokens_that_are_gone_are_replaced(make_simulator, make_router):
    """Every 401 costs a new token and one more try, no more."""
    simulator = make_simulator()
    router = make_router(simulator, "router-b", more={"vrrp": ["guardSeconds = 1"]}).start()
    for _ in range(3):
        simulator.control("POST", "/routers/router-b/metadata", {"dropTokens": True})
        claim = router.claim(wait=5).json
        assert claim["outcome"] in ("accepted", "alreadyHeld")
        eventually(lambda: router.status()["verdict"] == "holding", what="the confirmation")
        router.standby()
    router.check_log()


def test_a_metadata_service_that_answers_401_for_ever_is_not_asked_without_end(router):
    simulator = router.simulator
    simulator.fault(service="imds", action="/latest/meta-data", httpStatus=401)
    before = simulator.last
    assert router.claim(wait=5).status == 200
    eventually(lambda: len(simulator.calls(before, service="imds")) > 4)
    simulator.calls(simulator.last, service="imds", wait=1)
    times = [call["arrivalUptimeNanoseconds"] / 1e9 for call in simulator.calls(before, service="imds")]
    assert len(times) <= 4 * (4 + 5 * (times[-1] - times[0]))
    assert router.status()["verdict"] == "claiming"  # accepted, and nobody confirms it
    simulator.mend()
    eventually(lambda: router.status()["verdict"] == "holding")


def test_a_warm_vipad_claims_without_instance_metadata(make_simulator, make_router):
    simulator = make_simulator()
    imds = Proxy(simulator.imds["router-b"])
    simulator.imds["router-b"] = imds.url
    router = make_router(simulator, "router-b").start()
    imds.refuse()
    before = simulator.last
    answer = router.claim(wait=5)
    assert answer.status == 200 and answer.json["acceptedMilliseconds"] < 1000
    (assign,) = simulator.assigns(before)
    assert not [
        call for call in simulator.calls(before, service="imds")
        if call["arrivalUptimeNanoseconds"] < assign["answerUptimeNanoseconds"]]
    assert router.group()["lastClaim"]["outcome"] == "accepted"
    assert router.status()["verdict"] == "claiming"
    imds.listen()
    eventually(lambda: router.status()["verdict"] == "holding", what="the late confirmation")
    router.check_log()
    imds.close()


def test_credentials_that_ended_cost_one_attempt_when_new_ones_are_there(router):
    credentials(router.simulator, expire=True, rotate=True)
    claim = router.claim(wait=10).json
    assert [attempt["errorCode"] for attempt in claim["attempts"]] == ["RequestExpired", None]
    router.check_log()


def test_credentials_that_ended_and_are_not_renewed_are_said_and_heal(router):
    """IMDS goes on handing out what EC2 no longer takes; the operator reads it, and nothing need be started anew."""
    credentials(router.simulator, frozen=True, expire=True)
    answer = router.claim(wait=15)
    assert answer.status == 502 and answer.json["errorCode"] == "RequestExpired"
    assert "RequestExpired" in router.status()["ec2"]["lastError"]
    assert not router.status()["readiness"]["ready"]
    credentials(router.simulator, frozen=False, rotate=True)
    if TORTURE:
        eventually(lambda: router.claim_by_id(answer.json["claimId"])["outcome"] == "accepted", 35, "success")
        router.check_log()


def test_keys_that_were_replaced_are_read_anew_before_a_failover_needs_them(make_simulator, make_router):
    """A file's keys have no end: a standby whose reads are refused looks at the file, and is ready by itself."""
    names = ["AKIAOLDOLDOLDOLDOLD1", "AKIANEWNEWNEWNEWNEW1"]

    def know(topology):
        topology["accessKeys"] += [
            {"accessKeyId": name, "secretAccessKey": f"secret of {name}".replace(" ", "-"), "router": "router-b"}
            for name in names]

    def write(name):
        file.write_text(
            f"[default]\naws_access_key_id = {name}\n"
            f"aws_secret_access_key = {f'secret of {name}'.replace(' ', '-')}\n")

    simulator = make_simulator(know)
    router = make_router(simulator, "router-b")
    file = router.directory / ".aws" / "credentials"
    file.parent.mkdir()
    write(names[0])
    router.start()
    simulator.fault(service="ec2", accessKeyId=names[0], errorCode="AuthFailure", httpStatus=401)
    router.standby()
    eventually(lambda: "AuthFailure" in (router.status()["ec2"]["lastError"] or ""), what="a refused read")
    write(names[1])
    eventually(lambda: router.status()["ec2"]["lastError"] is None, 45, "a read with the new keys")
    router.wait_until_ready(30)
    claim = router.claim(wait=10).json
    assert [attempt["errorCode"] for attempt in claim["attempts"]] == [None]
    assert [call["accessKeyId"] for call in simulator.assigns()] == [names[1]]
    router.check_log()


def test_a_role_whose_keys_change_during_a_claim(router):
    """The old ones stay valid: at most an attempt more."""
    router.simulator.fault(action=ASSIGN, errorCode="InternalError", httpStatus=500, count=3)
    claim_id = router.claim().json["claimId"]
    router.simulator.wait_for_assigns(1)
    credentials(router.simulator, rotate=True)
    claim = router.get(f"/claims/{claim_id}?wait=10").json
    assert claim["outcome"] == "accepted" and len(claim["attempts"]) == 4
    router.check_log()


def test_a_role_whose_keys_end_during_a_claim(router):
    router.simulator.fault(action=ASSIGN, delayBeforeMilliseconds=700, count=1)
    claim_id = router.claim().json["claimId"]
    router.simulator.wait_for_assigns(1)
    credentials(router.simulator, expire=True, rotate=True)
    claim = router.get(f"/claims/{claim_id}?wait=10").json
    assert claim["outcome"] == "accepted" and len(claim["attempts"]) <= 2
    router.check_log()


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_while_vipad_runs_costs_one_attempt(router, hours):
    router.simulator.control("POST", "/settings", {"clockOffsetSeconds": hours * 3600})
    claim = router.claim(wait=10).json
    assert claim["outcome"] == "accepted"
    assert len(claim["attempts"]) == 2
    assert claim["acceptedMilliseconds"] < 1500
    router.standby()
    assert len(router.claim(wait=10).json["attempts"]) == 1
    router.check_log()


def test_credentials_that_look_expired_are_still_tried(make_simulator, make_router):
    """The router's clock may be wrong: EC2 decides."""
    simulator = make_simulator()
    credentials(simulator, frozen=True, lifetimeSeconds=1)
    router = make_router(simulator, "router-b").start()
    fault = simulator.fault(service="imds", action="/latest/meta-data/iam", delayBeforeMilliseconds=60000)
    time.sleep(1.2)
    claim = router.claim(wait=20)
    assert simulator.assigns(), "held up for ever by a refresh that never comes"
    simulator.mend(fault)
    credentials(simulator, frozen=False, lifetimeSeconds=21600, rotate=True)
    eventually(lambda: router.claim_by_id(claim.json["claimId"])["outcome"] == "accepted", 35)
