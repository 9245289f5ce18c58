"""EC2 throttles, answers nonsense, or the world changes under vipad: interfaces and addresses."""

import copy
import os
import time

import pytest

from pair import VIPS, eventually

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
SLOW = pytest.mark.skipif(not os.environ.get("VIPAD_TORTURE"), reason="half a minute or more: VIPAD_TORTURE=1")
ASSIGN = "AssignPrivateIpAddresses"


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=SLOW)])
def test_throttled_for_a_while(router, seconds):
    """The whole account is: the claim waits longer and longer, at most 20 s, and /status says what for."""
    fault = router.simulator.fault(action=ASSIGN, errorCode="RequestLimitExceeded", httpStatus=503)
    claim_id = router.claim().json["claimId"]
    end = time.monotonic() + seconds
    eventually(lambda: "RequestLimitExceeded" in (router.status()["ec2"]["lastError"] or ""))
    assert not router.status()["readiness"]["ready"]
    while time.monotonic() < end:
        time.sleep(0.1)
    sent = len(router.simulator.assigns())
    assert sent <= 5 + seconds / 2 + 1
    router.simulator.mend(fault)
    claim = router.get(f"/claims/{claim_id}?wait=25").json
    assert claim["outcome"] == "accepted"
    assert router.outcome_of(claim_id)["attempts"][-1]["httpStatus"] == 200
    router.check_log()


@pytest.mark.parametrize("fault, words", [
    ({"errorCode": "InternalError", "httpStatus": 500, "message": "An internal error has occurred"}, "InternalError"),
    ({"httpStatus": 502, "body": "<html>Bad Gateway</html>", "contentType": "text/html"}, "502"),
    ({"httpStatus": 200, "body": "<html>please log in</html>", "contentType": "text/html", "takesEffect": False}, ""),
    pytest.param({"httpStatus": 302, "headers": {"Location": "http://203.0.113.9/"}, "body": "", "takesEffect": False}, "302", marks=SLOW),
    ({"networkInterfaceId": "eni-0123456789abcdef0"}, "eni-0123456789abcdef0"),
    ({"httpStatus": 200, "contentType": "text/xml", "takesEffect": False,
      "body": "<AssignPrivateIpAddressesResponse><requestId>r</requestId></AssignPrivateIpAddressesResponse>"}, ""),
    ({"httpStatus": 200, "contentType": "text/xml", "takesEffect": False, "body": "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"},
     ""),
], ids=["5xx", "a proxy's 502", "a captive portal", "a redirection", "another interface", "no return value", "a DTD"])
def test_an_answer_that_is_none_is_shown_and_tried_again_until_it_is_one(router, fault, words):
    """Each until it is mended, however long that takes; none of these is taken for success."""
    fault = router.simulator.fault(action=ASSIGN, **fault)
    claim_id = router.claim().json["claimId"]
    eventually(lambda: router.claim_by_id(claim_id)["attempts"])
    assert router.claim_by_id(claim_id)["outcome"] is None
    assert words in router.status()["ec2"]["lastError"]
    assert router.vip()["held"] is False
    router.simulator.mend(fault)
    eventually(lambda: router.claim_by_id(claim_id)["outcome"] == "accepted", 40)
    assert router.simulator.holder() == B
    assert router.outcome_of(claim_id)["outcome"] == "accepted"
    router.check_log()


def test_reads_that_are_refused_keep_no_claim_from_its_end(router):
    router.simulator.fault(action="DescribeNetworkInterfaces", errorCode="InternalError", httpStatus=500)
    router.simulator.fault(action="DescribeInstances", errorCode="InternalError", httpStatus=500)
    assert router.claim(wait=5).json["outcome"] == "accepted"
    eventually(lambda: router.status()["verdict"] == "holding")


def test_reads_that_lag_behind_take_no_vip_away(make_simulator, make_router):
    """DescribeNetworkInterfaces shows the past for a second: no guard claim, no false loss."""
    simulator = make_simulator()
    router = make_router(simulator, "router-b", more={"vrrp": ["guardSeconds = 1"]}).start()
    simulator.control("POST", "/settings", {"describeLagMilliseconds": 1500})
    assert router.claim(wait=5).status == 200
    eventually(lambda: router.status()["verdict"] == "holding")
    end = time.monotonic() + 4
    while time.monotonic() < end:
        router.claim()
        assert router.status()["verdict"] in ("holding", "claiming")
        time.sleep(0.2)
    assert len(simulator.assigns()) == 1
    assert router.vip()["held"] is True
    router.check_log()


# Interfaces

def changed(simulator, change):
    topology = copy.deepcopy(simulator.topology)
    change(topology)
    simulator.control("POST", "/topology", topology)


def test_an_interface_that_was_replaced_is_found_anew(router):
    """The claim finds out, and goes to the new one, by itself."""
    fresh = "eni-0fedcba987654321b"

    def replace(topology):
        interface = topology["routers"][1]["interfaces"][0]
        interface["networkInterfaceId"], interface["macAddress"] = fresh, "02:00:5e:00:53:1b"
    changed(router.simulator, replace)
    claim = router.claim(wait=20).json
    assert claim["outcome"] == "accepted"
    assert router.simulator.holder() == fresh
    codes = [attempt["errorCode"] for attempt in claim["attempts"]]
    assert codes[0] == "InvalidNetworkInterfaceID.NotFound" and len(codes) <= 3
    assert claim["acceptedMilliseconds"] < 5000
    assert router.get("/whoami").json["networkInterfaceId"] == fresh
    (record,) = router.records("identityChanged")
    assert fresh in record["detail"] and B in record["detail"]
    assert router.outcome_of(claim["claimId"])["networkInterfaceId"] == fresh
    router.check_log()


def test_an_interface_that_was_replaced_under_a_master_gets_the_vip(simulator, make_router):
    """Nobody claims: the guard misses the VIP, and the claim finds the new interface."""
    router = make_router(simulator, "router-b", more={"vrrp": ["guardSeconds = 1"]}).start()
    assert router.claim(wait=5).status == 200
    eventually(lambda: router.status()["verdict"] == "holding")
    fresh = "eni-0fedcba987654321b"

    def replace(topology):
        interface = topology["routers"][1]["interfaces"][0]
        interface["networkInterfaceId"], interface["macAddress"] = fresh, "02:00:5e:00:53:1b"
    changed(simulator, replace)
    eventually(lambda: simulator.holder() == fresh, 12, "the VIP on the new interface")
    eventually(lambda: router.status()["verdict"] == "holding")
    assert router.records("identityChanged")
    router.check_log()


def test_throttled_reads_make_no_master_doubt(simulator, make_router):
    """The account's reads are used up by another tool: nothing is claimed, and the guard is there when they are back."""
    router = make_router(simulator, "router-b", more={"vrrp": ["guardSeconds = 1"]}).start()
    assert router.claim(wait=5).status == 200
    eventually(lambda: router.status()["verdict"] == "holding")
    for action in ("DescribeNetworkInterfaces", "DescribeInstances"):
        simulator.fault(action=action, errorCode="RequestLimitExceeded", httpStatus=503)
    before = simulator.last
    simulator.move(VIPS[0], A)
    assert not simulator.assigns(before, wait=4)
    assert len(simulator.calls(before, action="DescribeNetworkInterfaces")) <= 4
    eventually(lambda: "RequestLimitExceeded" in (router.status()["ec2"]["lastError"] or ""))
    simulator.mend()
    eventually(lambda: simulator.holder() == B, 13, "the return")
    router.check_log()


def test_the_interface_whose_subnet_holds_the_vip_is_chosen(make_simulator, make_router):
    """Whatever the order in which they are listed, and though a subnet's text begins alike."""
    def more(topology):
        zone = topology["subnets"][0]["availabilityZone"]
        topology["subnets"] += [
            {"subnetId": "subnet-00000000000000001", "cidr": "100.80.3.0/24", "availabilityZone": zone},
            {"subnetId": "subnet-00000000000000002", "cidr": "10.80.33.0/24", "availabilityZone": zone}]
        own = topology["routers"][1]["interfaces"]
        for n, subnet, primary in ((0, "subnet-00000000000000001", "100.80.3.12"),
                                   (2, "subnet-00000000000000002", "10.80.33.12")):
            own.append({**own[0], "networkInterfaceId": f"eni-0000000000000000{n}", "deviceIndex": n,
                        "macAddress": f"02:00:5e:00:53:0{n}", "subnetId": subnet, "primary": primary})
        own[0] = {**own[0], "deviceIndex": 1}
        own.sort(key=lambda interface: interface["deviceIndex"])
    simulator = make_simulator(more)
    router = make_router(
        simulator, "router-b", groups={"inside": VIPS[:1], "outside": ["10.80.33.100"], "other": ["100.80.3.100"]})
    router.network_interface_id = B
    router.start()
    for group, vip, interface in (("inside", VIPS[0], B), ("outside", "10.80.33.100", "eni-00000000000000002"),
                                  ("other", "100.80.3.100", "eni-00000000000000000")):
        answer = router.claim(wait=5, group=group)
        assert answer.status == 200, answer.body
        assert simulator.holder(vip) == interface
        assert router.group(group)["networkInterfaceId"] == interface
    router.check_log()


def test_two_interfaces_that_fit_are_named_and_none_is_guessed(make_simulator, make_router):
    def more(topology):
        own = topology["routers"][1]["interfaces"]
        own.append({**own[0], "networkInterfaceId": "eni-00000000000000009", "deviceIndex": 1,
                    "macAddress": "02:00:5e:00:53:09", "primary": "100.80.33.13"})
    simulator = make_simulator(more)
    router = make_router(simulator, "router-b").start(ready=False)

    def detail():
        return next(c["detail"] for c in router.status()["readiness"]["checks"] if c["name"] == "identity")
    assert eventually(lambda: B in detail() and "eni-00000000000000009" in detail())
    assert router.claim(wait=1).status in (202, 502)
    assert not simulator.assigns()


# Addresses whose text begins alike

ALIKE = ["100.80.33.20", "100.80.33.200", "100.80.33.201"]


@pytest.fixture
def alike(make_simulator, make_router):
    def put(topology):
        topology["routers"][0]["interfaces"][0]["secondary"] = ALIKE
    simulator = make_simulator(put)
    return make_router(simulator, "router-b", groups={"inside": ALIKE[:1]}, more={"vrrp": ["guardSeconds = 1"]}).start()


def test_an_address_is_not_taken_for_one_that_begins_like_it(alike):
    """100.80.33.200 and .201 are here; that says nothing of 100.80.33.20, in EC2 as in the instance metadata."""
    simulator = alike.simulator
    for vip in ALIKE[1:]:
        simulator.move(vip, B)
    alike.end()
    alike.start()
    assert alike.vip(ALIKE[0])["held"] is False and alike.status()["verdict"] == "standby"
    simulator.control("POST", "/routers/router-b/metadata", {"remapDelayMilliseconds": 1500})
    claim = alike.claim(wait=5).json
    assert claim["outcome"] == "accepted" and alike.status()["verdict"] == "claiming"
    assert simulator.holder(ALIKE[0]) == B
    eventually(lambda: alike.status()["verdict"] == "holding")
    simulator.move(ALIKE[0], A)
    eventually(lambda: simulator.holder(ALIKE[0]) == B, 10, "the return of the one that was lost")
    (intent,) = [record for record in alike.records("claimIntent") if record["cause"] == "guard"]
    assert intent["vips"] == ALIKE[:1]
    alike.check_log()


def test_the_same_address_in_another_vpc_is_another_address(make_simulator, make_router):
    def more(topology):
        topology["subnets"].append(
            {"subnetId": "subnet-0000000000000000f", "cidr": "100.80.33.0/24", "vpcId": "vpc-0000000000000000f",
             "availabilityZone": topology["subnets"][0]["availabilityZone"]})
        topology["interfaces"].append(
            {"networkInterfaceId": "eni-0000000000000000f", "macAddress": "02:00:5e:00:53:ff",
             "subnetId": "subnet-0000000000000000f", "primary": VIPS[0]})
    simulator = make_simulator(more)
    router = make_router(simulator, "router-b").start()
    assert router.vip()["holder"]["networkInterfaceId"] == A
    claim = router.claim(wait=5).json
    assert claim["previousNetworkInterfaceId"] == A and claim["outcome"] == "accepted"
    assert eventually(lambda: router.status()["verdict"] == "holding")
