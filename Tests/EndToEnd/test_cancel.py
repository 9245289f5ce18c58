"""Standing by: what is under way is cut at once and can't arrive later, also after the process was stopped."""

import os
import signal
import statistics
import threading
import time

import pytest

from namespace import Namespace, is_possible, simulator_in
from pair import SANITIZER, VIPS, eventually
from proxy import Proxy

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
ASSIGN = "AssignPrivateIpAddresses"
AT_ONCE_SECONDS = 0.5 if SANITIZER else 0.05


def test_standby_is_answered_at_once_and_cuts_the_request_with_a_reset(make_simulator, make_router):
    simulator = make_simulator(use_tls=False)
    proxy = Proxy(simulator.ec2)
    simulator.ec2 = proxy.url
    router = make_router(simulator, "router-b").start()
    proxy.hold_assigns()
    took, ends = [], []
    for n in range(5):
        claim_id = router.claim().json["claimId"]
        eventually(lambda: len(proxy.arrivals) > n, what="the request's arrival")
        began = time.monotonic()
        assert router.standby().status == 200
        took.append(time.monotonic() - began)
        how, ended = eventually(lambda: len(proxy.ends) > n and proxy.ends[n], what="the request's end")
        ends.append(ended - began)
        assert how == "reset"
        assert router.outcome_of(claim_id)["outcome"] == "unknown"
    assert statistics.median(took) < AT_ONCE_SECONDS, took
    assert statistics.median(ends) < AT_ONCE_SECONDS, ends
    assert not simulator.assigns(wait=2.5)
    assert len(proxy.ends) == 5
    router.check_log()
    proxy.close()


def test_a_request_that_was_cut_too_late_is_found_out_by_reading(router):
    """EC2 carries it out all the same, two seconds later: the log says unknown, /status says where the VIP is."""
    simulator = router.simulator
    simulator.fault(action=ASSIGN, delayBeforeMilliseconds=2000, count=1)
    claim_id = router.claim().json["claimId"]
    simulator.wait_for_assigns(1)
    before = simulator.last
    assert router.standby().status == 200
    assert router.outcome_of(claim_id)["outcome"] == "unknown"
    eventually(lambda: simulator.holder() == B)
    eventually(lambda: router.status()["verdict"] == "misplaced", 12, "the truth in /status")
    assert not simulator.assigns(before)
    router.check_log()


def test_standby_ends_a_wait_for_the_next_attempt_at_once(router):
    """The claim waits 30 s for the operator; nothing remains of it."""
    router.simulator.fault(action=ASSIGN, errorCode="UnauthorizedOperation", httpStatus=403)
    claim = router.claim(wait=5)
    began = time.monotonic()
    assert router.standby().status == 200
    assert time.monotonic() - began < AT_ONCE_SECONDS
    assert router.outcome_of(claim.json["claimId"])["outcome"] == "cancelled"


def test_those_who_wait_for_a_claim_are_told_that_it_was_cancelled(router):
    router.simulator.fault(action=ASSIGN, delayBeforeMilliseconds=60000)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(router.claim(wait=50)))
    waiting.start()
    router.simulator.wait_for_assigns(1)
    router.standby()
    waiting.join(5)
    assert answers and answers[0].status == 409
    assert answers[0].json["outcome"] in ("unknown", "cancelled")


def test_a_newer_claim_does_not_wait_for_the_one_that_was_cut(router):
    router.simulator.fault(action=ASSIGN, delayBeforeMilliseconds=60000, count=1)
    first = router.claim().json["claimId"]
    router.simulator.wait_for_assigns(1)
    router.standby()
    answer = router.claim(wait=5)
    assert answer.status == 200 and answer.json["claimId"] != first
    assert answer.json["acceptedMilliseconds"] < 1000
    generations = [record["generation"] for record in router.records("claimIntent")]
    assert generations[0] < generations[1]
    router.check_log()


# A process that is stopped for a while

def test_a_stopped_vipad_heeds_the_standby_that_came_meanwhile(router):
    """Whatever is left of the old claim when it goes on: after the standby's answer nothing is sent."""
    simulator = router.simulator
    simulator.fault(action=ASSIGN, errorCode="InternalError", httpStatus=500)
    claim_id = router.claim().json["claimId"]
    simulator.wait_for_assigns(2)
    os.kill(router.process.pid, signal.SIGSTOP)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(router.standby()))
    asking.start()
    simulator.mend()
    time.sleep(1)  # a retry is overdue
    os.kill(router.process.pid, signal.SIGCONT)
    asking.join(5)
    after = simulator.last
    assert answers[0].status == 200
    assert not simulator.assigns(after, wait=2.5)
    assert router.outcome_of(claim_id)["outcome"] in ("cancelled", "accepted", "unknown")
    assert router.group()["vrrp"]["state"] == "BACKUP"
    router.check_log()


def test_a_stopped_vipad_looks_at_the_kernel_before_it_sends(tmp_path, make_router):
    """The address went away while the process was stopped: not one more Assign, though a retry is overdue."""
    if not is_possible():
        pytest.skip("needs root and ip")
    namespace = Namespace()
    simulator = simulator_in(namespace, tmp_path)
    router = make_router(
        simulator, "router-b", wrapper=namespace.wrapper, more={"[group]": ['witness = "kernel"']})
    try:
        namespace.run("ip", "link", "add", "vrrp0", "type", "veth", "peer", "name", "peer0")
        namespace.run("ip", "link", "set", "peer0", "up")
        namespace.run("ip", "link", "set", "vrrp0", "up")
        router.start()
        simulator.fault(action=ASSIGN, errorCode="InternalError", httpStatus=500)
        namespace.run("ip", "address", "add", f"{VIPS[0]}/32", "dev", "vrrp0")
        simulator.wait_for_assigns(3)  # begun by the address, no hook was run
        os.kill(router.process.pid, signal.SIGSTOP)
        namespace.run("ip", "address", "delete", f"{VIPS[0]}/32", "dev", "vrrp0")
        stopped = simulator.last
        time.sleep(2)
        os.kill(router.process.pid, signal.SIGCONT)
        (outcome,) = eventually(lambda: router.records("claimOutcome"))
        assert outcome["outcome"] == "cancelled"
        assert not simulator.assigns(stopped, wait=2)
        assert router.group()["vrrp"]["state"] == "BACKUP"
        router.check_log()
    finally:
        router.kill()
        simulator.end()
        namespace.remove()
