"""Starts in a bad moment, restarts, and what of the time before a restart counts."""

import json
import os
import random
import time

import pytest

from pair import SANITIZER, VIPS, eventually
from proxy import Proxy

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
ASSIGN = "AssignPrivateIpAddresses"


def check(router, name):
    return next(check for check in router.status()["readiness"]["checks"] if check["name"] == name)


def up_within_a_second(router):
    began = time.monotonic()
    router.start(ready=False)
    assert time.monotonic() - began < (5 if SANITIZER else 1)
    assert not router.status()["readiness"]["ready"]


def heals(router, claim_id):
    """The cause is gone: what waited for it is found, and the claim of meanwhile is done."""
    router.wait_until_ready(35)
    claim = router.get(f"/claims/{claim_id}?wait=30").json
    assert claim["outcome"] == "accepted"
    assert router.simulator.holder() == B
    router.check_log()


def test_without_instance_metadata_it_starts_says_so_and_heals(make_simulator, make_router):
    simulator = make_simulator()
    imds = Proxy(simulator.imds["router-b"])
    imds.refuse()
    simulator.imds["router-b"] = imds.url
    router = make_router(simulator, "router-b")
    up_within_a_second(router)
    claim_id = router.claim().json["claimId"]
    missing = eventually(lambda: not (c := check(router, "identity"))["ok"] and c["detail"] != "not checked yet" and c)
    assert imds.url.split("//")[1] in missing["detail"] or "metadata" in missing["detail"], missing
    assert not check(router, "credentials")["ok"]
    assert router.claim_by_id(claim_id)["outcome"] is None
    assert not simulator.assigns()
    imds.listen()
    heals(router, claim_id)
    imds.close()


def test_with_instance_metadata_that_hangs_it_starts_says_so_and_heals(make_simulator, make_router):
    """A container behind a hop limit of 1: the PUT for a token never has an answer."""
    simulator = make_simulator()
    fault = simulator.fault(service="imds", delayBeforeMilliseconds=600000)
    router = make_router(simulator, "router-b")
    up_within_a_second(router)
    claim_id = router.claim().json["claimId"]
    missing = eventually(
        lambda: not (c := check(router, "identity"))["ok"] and c["detail"] != "not checked yet" and c, 15)
    assert "hop" in missing["detail"] or "answer" in missing["detail"], missing
    simulator.mend(fault)
    heals(router, claim_id)


IMDS_ITEMS = {
    "token": "/latest/api/token", "document": "/latest/dynamic/instance-identity/document",
    "interfaces": "/latest/meta-data/network/interfaces/macs/", "role": "/latest/meta-data/iam/security-credentials/"}
IMDS_FAULTS = {
    "HTML": {"body": "<html>please log in</html>", "contentType": "text/html", "httpStatus": 200},
    "cut": {"truncateAtBytes": 7}, "nothing": {"body": "", "httpStatus": 200},
    "too much": {"body": "x" * 200000, "httpStatus": 200}, "500": {"httpStatus": 500}, "reset": {"reset": "after"}}
IMDS_QUICK = [("token", "HTML"), ("token", "too much"), ("document", "HTML"), ("document", "cut"),
              ("interfaces", "nothing"), ("role", "HTML"), ("role", "500"), ("role", "reset")]


@pytest.mark.parametrize("item, fault", [
    (item, fault) for item in IMDS_ITEMS for fault in IMDS_FAULTS
    if (item, fault) in IMDS_QUICK or os.environ.get("VIPAD_TORTURE")])
def test_instance_metadata_that_makes_no_sense_is_not_believed(make_simulator, make_router, item, fault):
    simulator = make_simulator()
    fault = simulator.fault(service="imds", action=IMDS_ITEMS[item], **IMDS_FAULTS[fault])
    router = make_router(simulator, "router-b")
    up_within_a_second(router)
    name = "credentials" if item == "role" else "identity"
    eventually(lambda: not (c := check(router, name))["ok"] and c["detail"] != "not checked yet")
    assert "<html" not in router.get("/whoami").body.decode()
    simulator.mend(fault)
    router.wait_until_ready(15)
    assert router.claim(wait=5).status == 200
    router.check_log()


def test_without_credentials_it_starts_says_so_and_heals(make_simulator, make_router):
    simulator = make_simulator()
    simulator.control("POST", "/routers/router-b/credentials", {"absent": True})
    router = make_router(simulator, "router-b")
    up_within_a_second(router)
    claim_id = router.claim().json["claimId"]
    missing = eventually(
        lambda: not (c := check(router, "credentials"))["ok"] and c["detail"] != "not checked yet" and c)
    assert "role" in missing["detail"], missing
    assert check(router, "identity")["ok"] or eventually(lambda: check(router, "identity")["ok"])
    assert not simulator.assigns()
    assert "credentials" in router.get("/whoami").json["unavailable"]
    simulator.control("POST", "/routers/router-b/credentials", {"absent": False})
    heals(router, claim_id)


def test_without_ec2_it_starts_says_so_and_heals(make_simulator, make_router):
    simulator = make_simulator(use_tls=False)
    ec2 = Proxy(simulator.ec2)
    ec2.refuse()
    simulator.ec2 = ec2.url
    router = make_router(simulator, "router-b")
    up_within_a_second(router)
    claim_id = router.claim().json["claimId"]
    missing = eventually(lambda: not (c := check(router, "ec2"))["ok"] and c["detail"] != "not checked yet" and c)
    assert ec2.url.split("//")[1] in missing["detail"] and "onnect" in missing["detail"], missing
    ec2.listen()
    heals(router, claim_id)
    ec2.close()


# A restart

def test_the_first_answer_names_the_groups(router):
    """However soon somebody asks: a probe must not take a router that has just started for one without groups."""
    for _ in range(5):
        router.end()
        router.start(ready=False)
        assert [group["group"] for group in router.status()["groups"]] == ["inside"]


def test_a_restart_while_master_claims_nothing_by_itself(make_simulator, make_router):
    """VRRP may have moved on meanwhile: only a hook of after the start counts, and a state kept is for display."""
    simulator = make_simulator()
    router = make_router(simulator, "router-b", more={"vrrp": ["guardSeconds = 1"]}).start()
    assert router.claim(wait=5).status == 200
    for end in (router.kill, router.end):
        end()
        simulator.move(VIPS[0], A)
        before = simulator.last
        router.start()
        assert not simulator.assigns(before, wait=3)
        assert router.group()["vrrp"]["state"] != "MASTER"
        assert router.status()["verdict"] == "standby"
        assert router.claim(wait=5).status == 200
    router.check_log()


def test_generations_go_on_after_a_restart(router):
    for end in (router.end, router.kill, router.end):
        assert router.claim(wait=5).status == 200
        assert router.standby().status == 200
        eventually(lambda: json.loads(router.state_file.read_text())["generations"]["inside"] == max(
            record.get("generation", 0) for record in router.records()))
        end()
        router.start()
    generations = [record["generation"] for record in router.records("claimIntent")]
    assert generations == sorted(set(generations)) and len(generations) == 3


def test_the_state_of_another_instance_is_ignored_and_said(router):
    """A machine image made of a paused router."""
    router.ask("POST", "/pause")
    eventually(lambda: "pause" in (s := json.loads(router.state_file.read_text())) and s["instanceId"])
    router.end()
    state = json.loads(router.state_file.read_text())
    assert state["instanceId"] == router.instance_id
    router.state_file.write_text(json.dumps({**state, "instanceId": "i-0fffffffffffffff0"}))
    router.start(ready=False)
    (record,) = eventually(lambda: router.records("identityChanged"))
    assert "i-0fffffffffffffff0" in record["detail"]
    router.wait_until_ready()
    assert router.status()["verdict"] == "standby"
    assert router.claim(wait=5).status == 200
    eventually(lambda: json.loads(router.state_file.read_text())["instanceId"] == router.instance_id)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"generations": 3}', '{"bootId": "x"}', "\x00" * 40], ids=repr)
def test_a_state_file_that_makes_no_sense_is_ignored_and_said(simulator, make_router, text):
    router = make_router(simulator, "router-b")
    router.state_file.write_text(text)
    router.state_file.chmod(0o640)
    router.start()
    assert any("state" in line and "ignored" in line for line in router.process.lines)
    assert router.claim(wait=5).status == 200


def test_a_state_directory_that_takes_nothing_is_said_and_stops_no_claim(simulator, make_router):
    router = make_router(simulator, "router-b")
    router.state_file.parent.rmdir()
    router.state_file.parent.write_text("a file in its place")
    router.start(ready=False)
    assert eventually(lambda: router.claim(wait=5).status == 200)
    eventually(lambda: any(str(router.state_file.parent) in line for line in router.process.lines),
               what="a line in the journal")
    said = check(router, "state")
    assert not said["ok"] and str(router.state_file.parent) in said["detail"]


# Intents without an outcome

def died_with_an_open_intent(router):
    router.simulator.fault(action=ASSIGN, delayAfterMilliseconds=60000)
    claim_id = router.claim().json["claimId"]
    eventually(lambda: router.simulator.holder() == B)
    router.kill()
    router.simulator.mend()
    return claim_id


def test_an_open_intent_waits_for_ec2_to_be_readable(router):
    claim_id = died_with_an_open_intent(router)
    fault = router.simulator.fault(action="DescribeNetworkInterfaces", errorCode="InternalError", httpStatus=500)
    other = router.simulator.fault(action="DescribeInstances", errorCode="InternalError", httpStatus=500)
    router.start(ready=False)
    eventually(lambda: len(router.simulator.calls(action="DescribeNetworkInterfaces")) > 2)
    assert not router.records("claimOutcome")
    router.simulator.mend(fault)
    router.simulator.mend(other)
    assert router.outcome_of(claim_id, 35)["outcome"] == "recoveredAccepted"
    router.check_log()


def test_an_intent_that_nothing_can_resolve_holds_up_no_other(make_simulator, make_router):
    """vipad died before it knew its interface, and now the group of one intent is not configured any more."""
    simulator = make_simulator()
    fault = simulator.fault(service="imds", delayBeforeMilliseconds=600000)
    router = make_router(simulator, "router-b", groups={"gone": VIPS[:1], "inside": VIPS[1:]})
    router.start(ready=False)
    gone, inside = (router.claim(group=group).json["claimId"] for group in router.groups)
    eventually(lambda: len(router.records("claimIntent")) == 2)
    router.kill()
    simulator.mend(fault)
    router.groups = {"inside": VIPS[1:]}
    router.configure()
    router.start()
    assert router.outcome_of(inside)["outcome"] == "recoveredNotApplied"
    assert router.outcome_of(gone)["outcome"] == "unknown"
    router.check_log()


def test_an_open_intent_is_resolved_though_a_new_claim_comes_first(router):
    """What EC2 says now may be the new claim's doing: then nobody can tell any more."""
    claim_id = died_with_an_open_intent(router)
    router.simulator.move(VIPS[0], A)
    router.start(ready=False)
    answer = router.claim(wait=10)
    assert answer.status == 200 and answer.json["claimId"] != claim_id
    assert router.outcome_of(claim_id)["outcome"] in ("unknown", "recoveredNotApplied")
    router.check_log()


def test_a_vip_that_is_here_without_a_record_of_it_gets_one(router):
    """A power cut took the last records, or somebody moved it by hand while vipad was down."""
    router.end()
    router.simulator.move(VIPS[0], B)
    router.start()
    (record,) = eventually(lambda: router.records("recovered"), what="the record")
    assert record["vips"] == VIPS[:1] and record["networkInterfaceId"] == B
    router.end()
    router.start()
    router.check_log()
    assert len(router.records("recovered")) == 1, "it has a record now"


def test_a_vip_whose_claim_is_in_the_log_needs_no_other_record(router):
    assert router.claim(wait=5).status == 200
    router.kill()
    router.start()
    eventually(lambda: router.vip()["held"])
    router.end()
    assert not router.records("recovered")


# Dying again and again

def test_however_often_it_dies_each_intent_has_one_outcome(router):
    """kill -9 at any moment of a failover, ten times, with an EC2 that takes its time."""
    chance = random.Random(20)
    router.simulator.fault(action=ASSIGN, delayBeforeMilliseconds=20, delayAfterMilliseconds=20)
    for _ in range(10):
        router.claim()
        time.sleep(chance.uniform(0, 0.08))
        if chance.random() < 0.3:
            router.standby()
        router.kill()
        router.simulator.move(VIPS[0], chance.choice([A, B]))
        router.start(ready=False)
    intents = len(router.records("claimIntent"))
    eventually(lambda: len(router.records("claimOutcome")) == intents, 20, "all outcomes")
    router.check_log()
    assert intents >= 5
