"""`vipad drill` moves the address that is set aside for it, and nothing else."""

import re
import threading
import time

import pytest

from disk import failing, is_possible
from pair import VIPS, eventually
from receiver import notify_section

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
SPARE = "100.80.33.200"
DRILL = {"drill": [f'vip = "{SPARE}"']}


@pytest.fixture
def drilled(simulator, make_router):
    simulator.move(SPARE, A)
    return make_router(simulator, "router-b", more=DRILL).start()


def drill(router, **options):
    return router.ask("POST", "/drill", **options)


def test_a_drill_moves_only_its_address_and_times_every_step(drilled):
    simulator, before = drilled.simulator, drilled.simulator.last
    simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=300)
    simulator.control("POST", "/settings", {"remapDelayMilliseconds": 500})
    answer = drill(drilled)
    assert answer.status == 200, answer.body
    done = answer.json
    steps = done["stepMilliseconds"]
    # What the network takes is subtracted, as another exchange took it: a few ms more or less.
    assert 280 <= steps["ec2"] < 1500 and 300 <= steps["imds"] < 3000, steps
    assert 0 < steps["request"] < 300 and 0 < steps["sign"] < 50 and 0 < steps["wire"] < 300, steps
    assert done["totalMilliseconds"] == pytest.approx(sum(steps.values()), abs=0.01)
    assert done["confirmed"] and not done["newConnection"]
    assert simulator.holder(SPARE) == B and simulator.holder(VIPS[0]) == A
    (call,) = simulator.assigns(before)
    assert call["privateIpAddresses"] == [SPARE] and call["userAgent"].endswith(f"claim/{done['claimId']}")


def test_a_drill_is_in_the_audit_log(drilled):
    done = drill(drilled).json
    records = [r for r in drilled.records() if r.get("claimId") == done["claimId"]]
    assert [r["event"] for r in records] == ["claimIntent", "claimOutcome", "claimConfirmed"]
    assert {r["cause"] for r in records} == {"drill"} and all(r["vips"] == [SPARE] for r in records)
    assert records[0]["actor"]["uid"] == 0 and records[1]["outcome"] == "accepted"
    assert records[1]["attempts"][0]["awsRequestId"] == done["awsRequestId"]
    drilled.check_log()


def test_the_command_shows_each_step(drilled):
    out = drilled.vipad("drill").stdout
    assert f"vip={SPARE}" in out and "confirmed=true" in out
    assert re.findall(r"step=(\w+)", out) == ["request", "sign", "wire", "ec2", "imds", "total"]


def test_a_master_drills_too_and_keeps_its_vips(simulator, make_router):
    router = make_router(simulator, "router-b", more=DRILL).start()
    assert router.claim(wait=5).status == 200
    assert drill(router).status == 200
    assert simulator.holder(VIPS[0]) == B == simulator.holder(SPARE)
    assert router.status()["verdict"] == "holding"
    router.check_log()


def test_what_ec2_refuses_is_told_with_its_code_and_recorded(drilled):
    drilled.simulator.fault(
        action="AssignPrivateIpAddresses", errorCode="UnauthorizedOperation", httpStatus=403, message="no")
    answer = drill(drilled)
    assert answer.status == 502 and answer.json["errorCode"] == "UnauthorizedOperation"
    assert "ec2:AssignPrivateIpAddresses" in answer.json["remedy"]
    assert drilled.outcome_of(answer.json["claimId"])["outcome"] == "failed"
    assert drilled.simulator.holder(SPARE) == A
    ready = drilled.get("/readyz")
    assert ready.status == 503
    assert [c["name"] for c in ready.json["checks"] if c["state"] == "failed"] == ["assign"]
    drilled.check_log()


def test_an_address_that_never_arrives_is_no_success(drilled):
    drilled.simulator.control("POST", "/routers/router-b/metadata", {"staleSeconds": 600})
    done = drilled.vipad("drill", check=False)
    assert done.returncode == 1 and "does not list the address" in done.stderr
    assert "confirmed=false" in done.stdout


def test_a_router_that_is_paused_drills_not(drilled):
    drilled.ask("POST", "/pause", {})
    assert drill(drilled).status == 409
    assert drilled.simulator.holder(SPARE) == A


def test_without_an_address_set_aside_there_is_no_drill(router):
    answer = drill(router)
    assert answer.status == 409 and "[drill]" in answer.json["remedy"]


def test_an_address_outside_the_subnet_is_refused(simulator, make_router):
    router = make_router(simulator, "router-b", more={"drill": ['vip = "100.80.44.200"']}).start()
    before = simulator.last
    answer = drill(router)
    assert answer.status == 409 and "outside 100.80.33.0/24" in answer.json["detail"]
    assert not simulator.assigns(before)


def test_the_configuration_refuses_a_vip_of_a_group(simulator, make_router):
    router = make_router(simulator, "router-b", more={"drill": [f'vip = "{VIPS[0]}"']})
    done = router.vipad("serve", check=False)
    assert done.returncode == 2
    assert "drill.vip" in done.stderr and "is a VIP of group" in done.stderr


def test_no_request_can_name_an_address(drilled):
    for body in ({"vip": VIPS[0]}, {"vips": VIPS}, {"group": "inside"}):
        assert drill(drilled, body=body).status == 400
    assert drilled.ask("POST", f"/drill?vip={VIPS[0]}").status == 400
    assert drilled.simulator.holder(VIPS[0]) == A and drilled.simulator.holder(SPARE) == A


def test_a_drill_needs_the_rights_of_a_claim(drilled):
    assert drilled.ask_tcp("POST", "/drill", token=False).status == 401
    assert drilled.ask_tcp("POST", "/drill", token="0" * 64).status == 403
    assert drilled.ask_tcp("POST", "/drill", headers={"Origin": "http://localhost"}).status == 403
    assert drilled.get("/drill").status == 405
    assert drilled.simulator.holder(SPARE) == A
    assert drilled.ask_tcp("POST", "/drill").status == 200


def test_a_drill_that_a_crash_cut_off_gets_its_outcome_at_the_next_start(drilled):
    drilled.simulator.fault(action="AssignPrivateIpAddresses", count=1, delayAfterMilliseconds=60000)
    asking = threading.Thread(target=lambda: pytest.raises(Exception, drill, drilled))
    before = drilled.simulator.last
    asking.start()
    drilled.simulator.assigns(before, wait=10)
    drilled.kill()
    asking.join(20)
    drilled.simulator.mend()
    drilled.start()
    (intent,) = drilled.records("claimIntent")
    assert drilled.outcome_of(intent["claimId"])["outcome"] == "recoveredAccepted"
    eventually(lambda: drilled.simulator.holder(SPARE) == B)
    drilled.check_log()


def test_a_drill_that_a_crash_cut_off_is_no_failover(drilled, make_receiver):
    """Nobody is called in the night for it, and it is no claim of the timeline."""
    receiver = make_receiver()
    drilled.configure(notify_section(drilled, receiver.url))
    drilled.end()
    drilled.start()
    drilled.simulator.fault(action="AssignPrivateIpAddresses", count=1, delayAfterMilliseconds=60000)
    asking = threading.Thread(target=lambda: pytest.raises(Exception, drill, drilled))
    asking.start()
    eventually(lambda: drilled.simulator.holder(SPARE) == B)
    drilled.kill()
    asking.join(20)
    drilled.simulator.mend()
    drilled.start()
    eventually(lambda: drilled.records("claimOutcome"))
    claim_id = drilled.claim(wait=5).json["claimId"]
    first = eventually(lambda: receiver.deliveries)[0]
    assert claim_id in first.body.decode(), "the failover after it is the first that is told"


def test_a_pause_ends_a_drill_under_way(drilled):
    drilled.simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=60000)
    before = drilled.simulator.last
    answers = []
    asking = threading.Thread(target=lambda: answers.append(drill(drilled)))
    asking.start()
    drilled.simulator.assigns(before, wait=10)
    began = time.monotonic()
    assert drilled.ask("POST", "/pause", {}).status == 200
    assert time.monotonic() - began < 5
    asking.join(5)
    assert answers and answers[0].status == 502
    drilled.check_log()


@pytest.mark.skipif(not is_possible(), reason="needs root and strace")
def test_a_drill_that_must_be_recorded_and_can_not_be_is_refused_and_sends_nothing(simulator, make_router):
    router = make_router(simulator, "router-b", more={**DRILL, "audit": ['onFailure = "refuse"']}).start()
    before = simulator.last
    with failing(router, "write:error=ENOSPC", files=[router.log]):
        answer = drill(router, timeout=10)
        assert answer.status == 503 and "log" in answer.json["title"], answer.body
        assert not simulator.assigns(before, wait=1)
    eventually(lambda: router.records("claimOutcome"), 20)
    router.check_log()
    assert not simulator.assigns(before)


@pytest.mark.parametrize("waits_for", ["EC2", "the instance metadata"])
def test_a_stop_does_not_wait_for_a_drill(drilled, waits_for):
    if waits_for == "EC2":
        drilled.simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=60000)
    else:
        drilled.simulator.control("POST", "/routers/router-b/metadata", {"staleSeconds": 600})
    before = drilled.simulator.last
    asking = threading.Thread(target=lambda: drill(drilled), daemon=True)
    asking.start()
    drilled.simulator.assigns(before, wait=10)
    if waits_for != "EC2":
        eventually(lambda: drilled.records("claimOutcome"))
    began = time.monotonic()
    assert drilled.end() == 0
    assert time.monotonic() - began < 5
    (outcome,) = drilled.records("claimOutcome")
    assert outcome["outcome"] == ("unknown" if waits_for == "EC2" else "accepted")
    drilled.check_log()
