"""What EC2 and the way to it do wrong: vipad goes on by itself where it can, and says so where it can't."""

import pytest

from pair import VIPS, eventually

ASSIGN = "AssignPrivateIpAddresses"


def attempts(router, claim_id):
    return router.claim_by_id(claim_id)["attempts"]


@pytest.mark.parametrize("fault, code", [
    ({"errorCode": "InternalError", "httpStatus": 500}, "InternalError"),
    ({"errorCode": "Unavailable", "httpStatus": 503}, "Unavailable"),
    ({"httpStatus": 200, "body": "<html>maintenance</html>", "contentType": "text/html", "takesEffect": False}, None),
    ({"httpStatus": 200, "body": "", "takesEffect": False}, None),
    ({"reset": "before"}, None),
    ({"reset": "after"}, None),
    ({"truncateAtBytes": 20}, None),
    ({"networkInterfaceId": "eni-00000000000000000"}, None),
    ({"errorCode": "RequestLimitExceeded", "httpStatus": 503}, "RequestLimitExceeded"),
    ({"errorCode": "InvalidNetworkInterfaceID.NotFound", "httpStatus": 400}, "InvalidNetworkInterfaceID.NotFound"),
    ({"errorCode": "ANewCodeOfEC2", "httpStatus": 500}, "ANewCodeOfEC2"),
], ids=lambda value: str(value)[:60])
def test_a_passing_fault_only_costs_attempts(router, fault, code):
    router.simulator.fault(action=ASSIGN, count=2, **fault)
    answer = router.claim(wait=30)
    assert answer.status == 200, answer.body
    assert router.simulator.holder() == router.network_interface_id
    claim = answer.json
    assert len(claim["attempts"]) == 3 == len(router.simulator.assigns())
    for attempt in claim["attempts"][:2]:
        assert attempt["message"] and (code is None or attempt["errorCode"] == code)
    assert claim["attempts"][2]["errorCode"] is None
    assert [a["n"] for a in router.outcome_of(claim["claimId"])["attempts"]] == [1, 2, 3]
    router.check_log()


def test_attempts_are_paced_and_every_one_is_signed_anew(router):
    """Transient: random waits up to 50 ms x 2^(n-1), so six failures in a row take less than 2 s."""
    router.simulator.fault(action=ASSIGN, errorCode="InternalError", httpStatus=500, count=6)
    assert router.claim(wait=30).status == 200
    calls = router.simulator.assigns()
    assert len(calls) == 7
    assert (calls[-1]["arrivalUptimeNanoseconds"] - calls[0]["arrivalUptimeNanoseconds"]) / 1e9 < 5


def test_throttling_is_answered_more_slowly_than_a_broken_connection(router):
    router.simulator.fault(
        action=ASSIGN, errorCode="RequestLimitExceeded", httpStatus=503, count=1,
        headers={"x-amz-retry-after": "1500"})
    assert router.claim(wait=30).status == 200
    first, second = router.simulator.assigns()
    assert (second["arrivalUptimeNanoseconds"] - first["answerUptimeNanoseconds"]) / 1e9 >= 1.4


@pytest.mark.parametrize("code, status", [
    ("UnauthorizedOperation", 403), ("OptInRequired", 401), ("InvalidParameterValue", 400),
    ("PrivateIpAddressLimitExceeded", 400),
])
def test_what_only_the_operator_can_mend_is_said_with_cause_and_remedy(router, code, status):
    router.simulator.fault(action=ASSIGN, errorCode=code, httpStatus=status, message="words of EC2")
    answer = router.claim(wait=20)
    assert answer.status == 502
    assert answer.json["errorCode"] == code
    assert "words of EC2" in answer.json["detail"] and answer.json["remedy"]
    done = router.vipad("claim", "--wait", "5", check=False)
    assert done.returncode == 1
    for words in (code, "words of EC2", answer.json["awsRequestId"]):
        assert words in done.stdout + done.stderr
    assert code in str(router.status())


def test_a_claim_is_never_given_up_while_master(make_simulator, make_router):
    """EC2 refuses until the operator has mended it: the same claim then succeeds, though nobody asked again."""
    simulator = make_simulator()
    router = make_router(simulator, "router-b").start()
    fault = simulator.fault(action=ASSIGN, errorCode="AuthFailure", httpStatus=401)
    claim_id = router.claim(wait=10).json["claimId"]
    simulator.mend(fault)
    eventually(lambda: router.claim_by_id(claim_id)["outcome"] == "accepted", 40, "the claim's success")
    assert simulator.holder() == router.network_interface_id


def test_credentials_that_ec2_no_longer_takes_are_read_anew_at_once(router):
    router.simulator.control("POST", "/routers/router-b/credentials", {"expire": True, "rotate": True})
    answer = router.claim(wait=10)
    assert answer.status == 200, answer.body
    assert [a["errorCode"] is None for a in answer.json["attempts"]] == [False, True]
    assert answer.json["acceptedMilliseconds"] < 3000


def test_a_wrong_clock_costs_one_attempt(make_simulator, make_router):
    """The router's clock is an hour off against EC2's; EC2's Date header says so."""
    simulator = make_simulator()
    simulator.control("POST", "/settings", {"clockOffsetSeconds": 3600})
    router = make_router(simulator, "router-b").start(ready=False)
    eventually(lambda: router.get("/whoami").json["networkInterfaceId"])
    answer = router.claim(wait=10)
    assert answer.status == 200
    assert len(simulator.assigns()) <= 2
    skew = eventually(lambda: router.status()["ec2"]["clockSkewMilliseconds"])
    assert skew == pytest.approx(3_600_000, abs=5000)


def test_ec2_out_of_reach_is_tried_until_it_is_back(make_simulator, make_router):
    simulator = make_simulator()
    router = make_router(simulator, "router-b").start()
    simulator.fault(action=ASSIGN, reset="before")
    claim_id = router.claim().json["claimId"]
    simulator.wait_for_assigns(7, seconds=30)
    claim = router.claim_by_id(claim_id)
    assert claim["outcome"] is None and claim["state"] == "pending"
    simulator.mend()
    assert router.get(f"/claims/{claim_id}?wait=30").json["outcome"] == "accepted"
    assert len(router.outcome_of(claim_id)["attempts"]) == len(simulator.assigns())


def test_ec2_with_another_ca_is_refused(make_simulator, make_router, tmp_path):
    simulator = make_simulator()
    import subprocess
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
         "2", "-keyout", tmp_path / "k", "-out", tmp_path / "other.pem", "-subj", "/CN=other"],
        check=True, capture_output=True)
    simulator.ca = str(tmp_path / "other.pem")
    router = make_router(simulator, "router-b").start(ready=False)
    answer = router.claim(wait=3)
    assert answer.status in (202, 502)
    assert not simulator.calls()
    assert "certificate" in str(router.status()["ec2"]["lastError"]).lower()


def test_a_refused_read_does_not_keep_a_claim_from_working(make_simulator, make_router):
    def limit(topology):
        topology["policies"]["assign-only"] = [ASSIGN]
        topology["routers"][1]["policy"] = "assign-only"
    simulator = make_simulator(limit)
    router = make_router(simulator, "router-b").start(ready=False)
    eventually(lambda: router.get("/whoami").json["networkInterfaceId"])
    answer = router.claim(wait=10)
    assert answer.status == 200, answer.body
    assert simulator.holder() == router.network_interface_id
    assert VIPS[0] in simulator.assigns()[0]["privateIpAddresses"]
