"""The main job: a transition on one router moves the address in EC2, once, at once, and the log tells it."""

import json
import os
import subprocess
import sys

import boto3
import pytest
from botocore.config import Config

from pair import VIPS, eventually


def boto3_ec2(simulator):
    key = simulator.topology["accessKeys"][0]
    return boto3.client(
        "ec2", region_name=simulator.topology["region"], endpoint_url=simulator.ec2, verify=simulator.ca,
        aws_access_key_id=key["accessKeyId"], aws_secret_access_key=key["secretAccessKey"],
        config=Config(proxies={}, retries={"max_attempts": 1}))


def test_a_master_transition_moves_the_address_and_the_log_tells_it(pair):
    """Hook, HTTP, signature, EC2, audit: the whole way, and back again."""
    assert pair.simulator.holder() == pair.a.network_interface_id
    assert pair.b.hook("MASTER", "inside").returncode == 0
    eventually(lambda: pair.simulator.holder() == pair.b.network_interface_id, what="the move to router-b")
    eventually(lambda: pair.b.group()["verdict"] == "holding", what="the confirmation")
    (intent,) = pair.b.records("claimIntent")
    outcome = pair.b.outcome_of(intent["claimId"])
    assert outcome["outcome"] == "accepted"
    assert outcome["vips"] == VIPS[:1]
    assert outcome["previousNetworkInterfaceId"] == pair.a.network_interface_id
    assert outcome["networkInterfaceId"] == pair.b.network_interface_id
    assert outcome["instanceId"] == pair.b.instance_id
    assert outcome["cause"] == "vrrp"
    (call,) = pair.simulator.assigns()
    assert [attempt["awsRequestId"] for attempt in outcome["attempts"]] == [call["requestId"]]
    pair.b.check_log()

    assert pair.a.hook("INSTANCE", "vrrp-inside", "MASTER", "200").returncode == 0
    eventually(lambda: pair.simulator.holder() == pair.a.network_interface_id, what="the move back to router-a")
    assert pair.b.hook("BACKUP", "inside").returncode == 0
    eventually(lambda: pair.b.group()["verdict"] == "standby", what="router-b's standing by")
    pair.a.check_log()
    pair.b.check_log()


def test_a_warm_claim_costs_exactly_one_ec2_call_and_nothing_else(router):
    assert router.simulator.calls(service="ping", wait=10), "the connection for claims was never warmed"
    before = router.simulator.last
    assert router.hook("MASTER").returncode == 0
    (assign,) = eventually(lambda: router.simulator.assigns(before, answered="true"))
    until_accepted = [
        call for call in router.simulator.calls(before, service="all")
        if call["arrivalUptimeNanoseconds"] <= assign["answerUptimeNanoseconds"]
    ]
    assert [call["action"] for call in until_accepted] == ["AssignPrivateIpAddresses"]
    assert assign["newConnection"] is False
    assert assign["errorCode"] is None if "errorCode" in assign else True


def test_the_call_in_cloudtrail_names_the_claim(router):
    claim = router.claim(wait=5).json
    (assign,) = router.simulator.assigns()
    version = subprocess.run(
        [router_binary(), "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    assert assign["userAgent"] == f"vipad/{version} claim/{claim['claimId']}"
    reads = [call for call in router.simulator.calls() if call["action"].startswith("Describe")]
    assert reads and all(call["userAgent"] == f"vipad/{version}" for call in reads)


def router_binary():
    from pair import binary
    return binary("vipad")


def test_boto3_sees_the_address_where_vipad_put_it(router):
    assert router.claim(wait=5).status == 200
    answer = boto3_ec2(router.simulator).describe_network_interfaces(
        Filters=[{"Name": "addresses.private-ip-address", "Values": [VIPS[0]]}])
    assert [i["NetworkInterfaceId"] for i in answer["NetworkInterfaces"]] == [router.network_interface_id]
    (instance,) = [
        i for r in boto3_ec2(router.simulator).describe_instances(InstanceIds=[router.instance_id])["Reservations"]
        for i in r["Instances"]]
    addresses = [a["PrivateIpAddress"] for a in instance["NetworkInterfaces"][0]["PrivateIpAddresses"]]
    assert VIPS[0] in addresses


def test_the_aws_command_line_sees_the_address_where_vipad_put_it(router, tmp_path):
    assert router.claim(wait=5).status == 200
    key = router.simulator.topology["accessKeys"][0]
    aws = os.path.join(os.path.dirname(sys.executable), "aws")
    if not os.path.exists(aws):
        pytest.skip("the aws command line is not beside this python")
    done = subprocess.run(
        [aws, "ec2", "describe-network-interfaces", "--output", "json", "--filters",
         f"Name=addresses.private-ip-address,Values={VIPS[0]}"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AWS_CA_BUNDLE": router.simulator.ca,
             "AWS_ENDPOINT_URL_EC2": router.simulator.ec2,
             "AWS_DEFAULT_REGION": router.simulator.topology["region"],
             "AWS_ACCESS_KEY_ID": key["accessKeyId"], "AWS_SECRET_ACCESS_KEY": key["secretAccessKey"]},
        capture_output=True, text=True, check=True, timeout=60)
    assert [i["NetworkInterfaceId"] for i in json.loads(done.stdout)["NetworkInterfaces"]] == [
        router.network_interface_id]


def test_the_transition_hooks_moment_is_in_the_claim(router):
    router.hook("INSTANCE", "vrrp-inside", "MASTER", "150")
    (intent,) = eventually(lambda: router.records("claimIntent"))
    assert intent["priority"] == 150
    assert intent["group"] == "inside"


# Waiting


def test_without_wait_the_answer_comes_before_ec2s(router):
    router.simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=2000)
    answer = router.claim()
    assert answer.status == 202
    assert answer.headers["Location"] == f"/claims/{answer.json['claimId']}"
    assert answer.json["state"] == "pending" and answer.json["vips"] == VIPS[:1] and answer.json["group"] == "inside"
    assert router.simulator.holder() != router.network_interface_id


def test_with_wait_the_answer_is_200_once_ec2_has_accepted_and_both_records_are_written(router):
    answer = router.claim(wait=10)
    assert answer.status == 200
    assert answer.json["state"] in ("accepted", "confirmed")
    assert router.simulator.holder() == router.network_interface_id
    assert [r["event"] for r in router.records() if r.get("claimId") == answer.json["claimId"]][:2] == [
        "claimIntent", "claimOutcome"]


def test_a_wait_that_ends_too_early_is_202_and_the_claim_goes_on(router):
    fault = router.simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=60000)
    answer = router.claim(wait=0.3)
    assert answer.status == 202 and answer.json["outcome"] is None
    router.simulator.mend(fault)
    later = router.get(f"/claims/{answer.json['claimId']}?wait=10").json
    assert later["outcome"] == "accepted" and later["claimId"] == answer.json["claimId"]


def test_a_wait_ends_with_502_and_ec2s_words_when_the_operator_is_needed(router):
    router.simulator.fault(
        action="AssignPrivateIpAddresses", errorCode="UnauthorizedOperation", httpStatus=403,
        message="You are not authorized to perform this operation.")
    answer = router.claim(wait=20)
    assert answer.status == 502
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    (assign,) = router.simulator.assigns()[:1]
    assert problem["errorCode"] == "UnauthorizedOperation"
    assert problem["awsRequestId"] == assign["requestId"]
    assert "You are not authorized" in problem["detail"]
    assert problem["remedy"]
    assert [refused["vip"] for refused in problem["refused"]] == VIPS[:1]
    # The wait has ended, the claim has not: it keeps its id and succeeds when the cause is gone.
    claim = router.claim_by_id(problem["claimId"])
    assert claim["state"] == "needsOperator" and claim["outcome"] is None
    assert answer.headers["Location"] == f"/claims/{problem['claimId']}"


def test_waiting_callers_do_not_hold_up_others(router):
    from concurrent.futures import ThreadPoolExecutor
    fault = router.simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=60000)
    with ThreadPoolExecutor(64) as pool:
        waiting = [pool.submit(router.claim, wait=30) for _ in range(64)]
        router.simulator.wait_for_assigns(1)
        for _ in range(20):
            assert router.get("/status").status == 200
            assert router.ask_tcp("GET", "/healthz").status == 200
        router.simulator.mend(fault)
        answers = [future.result() for future in waiting]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["claimId"] for answer in answers}) == 1


# Several wishes


def test_several_claims_become_one(router):
    fault = router.simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=60000)
    ids = {router.claim().json["claimId"] for _ in range(5)}
    router.hook("MASTER")
    router.simulator.mend(fault)
    (claim_id,) = ids
    assert router.get(f"/claims/{claim_id}?wait=10").json["outcome"] == "accepted"
    assert router.claim(wait=5).json["claimId"] == claim_id  # accepted less than a second ago
    assert len(router.simulator.assigns()) == 1
    assert len(router.records("claimIntent")) == 1


def test_a_later_claim_while_master_reads_ec2_and_finds_the_address_here(router):
    assert router.claim(wait=5).status == 200
    first = router.group()["lastClaim"]["claimId"]
    eventually(lambda: router.claim(wait=5).json["claimId"] != first, what="a claim of its own")
    claim = router.group()["lastClaim"]
    assert claim["outcome"] == "alreadyHeld"
    assert len(router.simulator.assigns()) == 1
    assert any(call["action"].startswith("Describe") for call in router.simulator.calls())


def test_a_later_claim_while_master_takes_a_stolen_address_back(pair):
    assert pair.b.claim(wait=5).status == 200
    eventually(lambda: pair.b.group()["verdict"] == "holding")
    first = pair.b.group()["lastClaim"]["claimId"]
    pair.simulator.move(VIPS[0], pair.a.network_interface_id)
    eventually(lambda: pair.b.claim(wait=5).json["claimId"] != first, what="a claim of its own")
    assert pair.simulator.holder() == pair.b.network_interface_id


def test_a_new_master_always_asks_ec2_to_move_the_address(router):
    """What was read before the transition says nothing of now."""
    assert router.claim(wait=5).status == 200
    router.standby()
    assert router.claim(wait=5).status == 200
    assert len(router.simulator.assigns()) == 2


# Standing by


def test_standby_cancels_the_claim_and_nothing_leaves_afterwards(router):
    router.simulator.fault(action="AssignPrivateIpAddresses", errorCode="RequestLimitExceeded", httpStatus=503,
                           headers={"x-amz-retry-after": "1000"})
    claim_id = router.claim().json["claimId"]
    eventually(lambda: router.claim_by_id(claim_id)["attempts"], what="the first refusal")
    answer = router.standby(state="FAULT")
    sent = len(router.simulator.assigns())
    assert answer.status == 200 and answer.json == {"group": "inside", "state": "FAULT"}
    assert router.outcome_of(claim_id)["outcome"] == "cancelled"
    assert not router.simulator.assigns(router.simulator.last, wait=1.5)
    assert len(router.simulator.assigns()) == sent
    router.check_log()


def test_standby_cuts_a_request_that_ec2_has_and_the_log_says_so(router):
    router.simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=3000, count=1)
    claim_id = router.claim().json["claimId"]
    router.simulator.wait_for_assigns(1)
    assert router.standby().status == 200
    assert router.outcome_of(claim_id)["outcome"] in ("unknown", "cancelled")
    assert len(router.simulator.assigns()) == 1
    router.check_log()


def test_a_late_hook_changes_nothing_and_is_recorded(router):
    """VyOS runs scripts one after another: a MASTER may arrive after the BACKUP that followed it."""
    with open("/proc/uptime") as file:
        uptime = float(file.read().split()[0])
    assert router.standby(uptime=uptime).status == 200
    assert router.claim(uptime=uptime - 5).status == 409
    assert not router.simulator.assigns()
    assert eventually(lambda: router.records("stale"))[0]["group"] == "inside"


# Groups


def test_groups_are_independent(simulator, make_router):
    router = make_router(simulator, "router-b", groups={"inside": VIPS[:1], "outside": VIPS[1:]}).start()
    fault = simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=60000, count=1)
    router.claim(group="inside")
    simulator.wait_for_assigns(1)
    assert router.claim(wait=5, group="vrrp-outside").status == 200
    assert simulator.holder(VIPS[1]) == router.network_interface_id
    assert simulator.holder(VIPS[0]) != router.network_interface_id
    router.standby(group="outside")
    simulator.mend(fault)
    assert eventually(lambda: router.group("inside")["lastClaim"]["outcome"]) == "accepted"
    assert router.group("outside")["vrrp"]["state"] == "BACKUP"
    router.check_log()


def test_all_vips_of_a_group_go_in_one_call(simulator, make_router):
    router = make_router(simulator, "router-b", groups={"inside": VIPS}).start()
    assert router.claim(wait=5).status == 200
    (assign,) = simulator.assigns()
    assert assign["privateIpAddresses"] == VIPS
    assert {simulator.holder(vip) for vip in VIPS} == {router.network_interface_id}


def test_a_vip_that_ec2_refuses_does_not_hold_back_the_other(make_simulator, make_router):
    """One of the two is the other router's primary address, which can't be moved."""
    simulator = make_simulator()
    router = make_router(simulator, "router-b", groups={"inside": [VIPS[0], "100.80.33.11"]}).start(ready=False)
    eventually(lambda: [vip for vip in router.status()["vips"] if vip["observedAt"]])
    failed = [c["name"] for c in router.get("/readyz").json["checks"] if c["state"] == "failed"]
    assert failed == ["vipAddress"], "it is said before anybody claims"
    answer = router.claim(wait=20)
    assert answer.status == 502
    assert [refused["vip"] for refused in answer.json["refused"]] == ["100.80.33.11"]
    assert simulator.holder(VIPS[0]) == router.network_interface_id
    assert simulator.holder("100.80.33.11") != router.network_interface_id
    assert router.vip(VIPS[0])["held"] is True
    assert router.vip("100.80.33.11")["held"] is False
    router.standby()
    outcome = router.outcome_of(answer.json["claimId"])
    assert outcome["outcome"] in ("cancelled", "failed")
    router.check_log()


# What EC2 does not say at once


def test_accepted_and_confirmed_are_two_things(make_simulator, make_router):
    def slow(topology):
        topology["metadata"]["remapDelayMilliseconds"] = 1500
    simulator = make_simulator(slow)
    router = make_router(simulator, "router-b").start()
    claim = router.claim(wait=5).json
    assert claim["state"] == "accepted" and claim["confirmedMilliseconds"] is None
    assert router.group()["verdict"] == "claiming"
    confirmed = eventually(lambda: (c := router.claim_by_id(claim["claimId"]))["state"] == "confirmed" and c)
    assert confirmed["confirmedMilliseconds"] > confirmed["acceptedMilliseconds"]
    assert router.group()["verdict"] == "holding"
    assert eventually(lambda: router.records("claimConfirmed"))[0]["claimId"] == claim["claimId"]


def test_status_has_an_etag_that_holds_while_nothing_changes(router):
    first = router.get("/status")
    etag = first.headers["ETag"]
    again = router.get("/status", headers={"If-None-Match": etag})
    assert again.status == 304 and again.body == b"" and again.headers["ETag"] == etag
    assert router.claim(wait=5).status == 200
    assert router.get("/status", headers={"If-None-Match": etag}).status == 200


def test_whoami_says_who_this_router_is(router):
    whoami = router.get("/whoami").json
    assert whoami["instanceId"] == router.instance_id
    assert whoami["networkInterfaceId"] == router.network_interface_id
    assert whoami["privateIpAddress"] == "100.80.33.12"
    assert whoami["region"] == router.simulator.topology["region"]
    assert whoami["accountId"] == router.simulator.topology["accountId"]
    assert whoami["subnetId"] == router.simulator.topology["subnets"][0]["subnetId"]
    assert whoami["vpcId"] == router.simulator.topology["vpcId"]
    assert whoami["credentials"]["accessKeyId"]
    assert whoami["interfaceName"] is None  # the simulator's MAC is none of this kernel's
    for name, value in whoami.items():
        assert value is not None or name in whoami["unavailable"]


def test_with_two_interfaces_the_one_whose_subnet_holds_the_vip_is_chosen(make_simulator, make_router):
    def two(topology):
        topology["subnets"].append(
            {"subnetId": "subnet-0fffffffffffffff0", "cidr": "100.80.44.0/24", "availabilityZone": "eu-central-1a"})
        router = topology["routers"][1]
        router["interfaces"][0]["deviceIndex"] = 1
        router["interfaces"].insert(0, {
            "networkInterfaceId": "eni-0fffffffffffffff0", "macAddress": "02:00:5e:00:53:00", "deviceIndex": 0,
            "subnetId": "subnet-0fffffffffffffff0", "primary": "100.80.44.12"})
    simulator = make_simulator(two)
    router = make_router(simulator, "router-b").start()
    wanted = simulator.topology["routers"][1]["interfaces"][1]["networkInterfaceId"]
    assert router.get("/whoami").json["networkInterfaceId"] == wanted
    assert router.claim(wait=5).status == 200
    assert simulator.holder() == wanted


@pytest.mark.parametrize("policy", ["older"])
def test_the_older_policy_without_describe_network_interfaces_is_enough(make_simulator, make_router, policy):
    def limit(topology):
        for router in topology["routers"]:
            router["policy"] = policy
    simulator = make_simulator(limit)
    router = make_router(simulator, "router-b").start()
    assert router.vip()["holder"]["networkInterfaceId"] != router.network_interface_id
    assert router.claim(wait=5).status == 200
    assert simulator.holder() == router.network_interface_id
    refused = [c for c in simulator.calls(action="DescribeNetworkInterfaces") if c["router"] == "router-b"]
    assert len(refused) <= 1, "a refusal is remembered"
    outcome = router.outcome_of(router.group()["lastClaim"]["claimId"])
    assert outcome["previousNetworkInterfaceId"]
