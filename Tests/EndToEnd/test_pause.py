"""An operator's pause and an operator's claim against the evidence."""

import json
import time

import pytest

from disk import failing, is_possible
from pair import VIPS, eventually

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
ASSIGN = "AssignPrivateIpAddresses"
FAST = {"vrrp": ["guardSeconds = 1"]}


@pytest.fixture
def router(simulator, make_router):
    return make_router(simulator, "router-b", more=FAST).start()


def pause(router, **body):
    return router.ask("POST", "/pause", body or None)


def resume(router):
    return router.ask("POST", "/resume")


def test_a_pause_cuts_the_claim_under_way_and_refuses_others_with_the_remedy(router):
    router.simulator.fault(action=ASSIGN, delayBeforeMilliseconds=60000, count=1)
    claim_id = router.claim().json["claimId"]
    router.simulator.wait_for_assigns(1)
    began = time.monotonic()
    answer = pause(router)
    assert time.monotonic() - began < 0.25
    assert answer.status == 200 and answer.json == {"paused": True, "until": None}
    before = router.simulator.last
    assert router.outcome_of(claim_id)["outcome"] in ("unknown", "cancelled")
    refused = router.claim(wait=1)
    assert refused.status == 409 and "resume" in refused.json["remedy"]
    assert router.claim(wait=1, cause="operator", force=True).status == 409
    router.hook("MASTER")
    assert not router.simulator.assigns(before, wait=2)
    router.check_log()


@pytest.mark.skipif(not is_possible(), reason="needs root and strace")
def test_a_pause_outlasts_a_stop_that_comes_before_the_disk_has_it(router):
    with failing(router, "renameat:delay_enter=500ms", files=[router.state_file.parent]):
        assert pause(router).status == 200
        router.end()
    router.start(ready=False)
    eventually(lambda: router.status()["verdict"] == "paused")


def test_who_has_paused_resumed_or_stood_by_reads_so_at_once(router):
    for _ in range(50):
        pause(router)
        assert router.status()["verdict"] == "paused"
        resume(router)
        assert router.status()["verdict"] != "paused"
        router.hook("MASTER")
        router.standby()
        assert router.group()["vrrp"]["state"] == "BACKUP"


def test_a_pause_is_loud(router):
    pause(router, seconds=600)
    status = router.status()
    assert status["verdict"] == "paused" == status["groups"][0]["verdict"]
    assert not status["readiness"]["ready"]
    (check,) = [check for check in status["readiness"]["checks"] if check["state"] == "failed"]
    assert check["name"] == "pause" and "vipad resume" in check["remedy"]
    (record,) = router.records("paused")
    assert record["actor"]["uid"] == 0 and "until" in record["detail"]
    assert eventually(lambda: any("paused" in line for line in router.process.lines))
    assert resume(router).json == {"paused": False, "until": None}
    (record,) = eventually(lambda: router.records("resumed"))
    assert record["actor"]["uid"] == 0
    assert eventually(lambda: router.status()["readiness"]["ready"])


def test_the_guard_rests_while_paused_and_takes_back_after_it(router):
    assert router.claim(wait=5).status == 200
    eventually(lambda: router.status()["verdict"] == "holding")
    pause(router)
    router.simulator.move(VIPS[0], A)
    before = router.simulator.last
    assert not router.simulator.assigns(before, wait=3)
    resume(router)
    eventually(lambda: router.simulator.holder() == B, 10, "the VIP's return")
    router.check_log()


def test_what_vrrp_became_meanwhile_counts_after_the_pause(router):
    """A standby during the pause: nothing is claimed afterwards. A MASTER: the VIP is."""
    assert router.claim(wait=5).status == 200
    pause(router)
    assert router.standby().status == 200
    before = router.simulator.last
    resume(router)
    assert not router.simulator.assigns(before, wait=2)
    pause(router)
    router.simulator.move(VIPS[0], A)
    assert router.claim().status == 409
    assert not router.simulator.assigns(before, wait=1)
    resume(router)
    eventually(lambda: router.simulator.holder() == B, 10, "the VIP's move")


def test_a_pause_ends_by_itself(router):
    assert router.claim(wait=5).status == 200
    pause(router, seconds=2)
    router.simulator.move(VIPS[0], A)
    assert router.simulator.holder() == A
    began = time.monotonic()
    eventually(lambda: router.simulator.holder() == B, 12, "the VIP's return")
    assert time.monotonic() - began > 1.5
    (record,) = router.records("resumed")
    assert "actor" not in record or record["actor"] is None


@pytest.mark.parametrize("how", ["end", "kill"])
def test_a_pause_survives_a_restart(router, how):
    pause(router)
    assert "pause" in json.loads(router.state_file.read_text()), "it was kept before the answer"
    getattr(router, how)()
    router.start(ready=False)
    assert eventually(lambda: router.status()["verdict"] == "paused")
    assert router.claim().status == 409
    resume(router)
    router.wait_until_ready()
    getattr(router, how)()
    router.start()
    assert router.status()["verdict"] != "paused"
    assert router.claim(wait=5).status == 200
    # The refused hook made it MASTER, so the resume began a claim, which the kill may have interrupted.
    eventually(lambda: len(router.records("claimOutcome")) == len(router.records("claimIntent")))
    router.check_log()


def test_a_pause_that_ended_while_vipad_was_down_is_over(router):
    pause(router, seconds=1)
    router.end()
    time.sleep(1)
    router.start(ready=False)
    eventually(lambda: router.status()["verdict"] != "paused")
    router.wait_until_ready()
    assert router.claim(wait=5).status == 200
    eventually(lambda: router.records("resumed"))


@pytest.mark.skipif(not is_possible(), reason="needs root and strace")
def test_a_pause_is_on_the_disk_before_it_is_answered(router, tmp_path):
    """A power cut after the answer must not undo it, nor leave half a file."""
    router.end()
    trace = tmp_path / "trace"
    router.wrapper = ["strace", "-D", "-f", "-y", "-qq", "-e", "signal=none", "-e", "trace=fdatasync,renameat,renameat2,fsync",
                      "-o", str(trace)]
    router.start()
    before = len(trace.read_text())
    assert pause(router).status == 200
    calls = [line for line in trace.read_text()[before:].splitlines() if str(router.state_file.parent) in line]
    written = next(i for i, c in enumerate(calls) if "fdatasync(" in c and "state.json.new>" in c)
    replaced = next(i for i, c in enumerate(calls) if "rename" in c and '"state.json")' in c)
    named = next(i for i, c in enumerate(calls) if "fsync(" in c and f"<{router.state_file.parent}>" in c)
    assert written < replaced < named, calls


@pytest.mark.parametrize("body", [
    {"seconds": 0}, {"seconds": -1}, {"seconds": 1e12}, {"seconds": "60"}, {"second": 60}], ids=str)
def test_a_pause_without_sense_is_refused(router, body):
    answer = router.ask("POST", "/pause", body)
    assert answer.status == 400 and "second" in answer.json["detail"]
    assert router.status()["verdict"] != "paused"
    assert not router.records("paused")


def test_over_tcp_a_pause_needs_the_token(router):
    assert router.ask_tcp("POST", "/pause", token=False).status in (401, 403)
    assert router.ask_tcp("POST", "/resume", token=False).status in (401, 403)
    assert router.ask_tcp("POST", "/pause").status == 200
    assert router.ask_tcp("POST", "/resume").status == 200


def test_the_command_line_pauses_and_resumes(router):
    assert "until=20" in router.vipad("pause", "--for", "1h").stdout
    status = router.status()
    assert status["verdict"] == "paused"
    done = router.vipad("claim", check=False)
    assert done.returncode == 1 and "vipad resume" in done.stdout + done.stderr
    router.vipad("resume")
    assert router.status()["verdict"] != "paused"


# Force

def test_a_claim_against_the_evidence_is_refused_and_force_sends_it_once(router):
    refused = router.claim(wait=5, cause="operator")
    assert refused.status == 409 and "force" in refused.json["remedy"]
    assert not router.simulator.assigns()
    answer = router.claim(wait=5, cause="operator", force=True)
    assert answer.status == 200 and router.simulator.holder() == B
    assert router.outcome_of(answer.json["claimId"])["cause"] == "operator"
    before = router.simulator.last
    router.simulator.move(VIPS[0], A)
    assert not router.simulator.assigns(before, wait=3), "a forced claim is guarded"
    assert router.status()["verdict"] in ("standby", "misplaced")
    router.check_log()


def test_a_forced_claim_is_no_sign_of_master(router):
    assert router.claim(wait=5, cause="operator", force=True).status == 200
    assert router.group()["vrrp"]["state"] != "MASTER"
    eventually(lambda: router.status()["verdict"] == "misplaced")


def test_a_standby_ends_a_forced_claim(router):
    router.simulator.fault(action=ASSIGN, delayBeforeMilliseconds=60000, count=1)
    claim_id = router.claim(cause="operator", force=True).json["claimId"]
    router.simulator.wait_for_assigns(1)
    before = router.simulator.last
    assert router.standby().status == 200
    assert router.outcome_of(claim_id)["outcome"] in ("unknown", "cancelled")
    assert not router.simulator.assigns(before, wait=1)
