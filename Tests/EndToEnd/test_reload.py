"""SIGHUP: what changes while MASTER, what does not, and what a bad file does."""

import os
import signal

from pair import VIPS, eventually

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
ASSIGN = "AssignPrivateIpAddresses"
FAST = {"vrrp": ["guardSeconds = 1"]}


def reload(router, groups=None, text=None):
    """Writes the configuration and lets vipad read it."""
    if groups:
        router.groups = groups
    if text is None:
        router.configure()
    else:
        router.configuration.write_text(text)
    os.kill(router.process.pid, signal.SIGHUP)


def start_master(simulator, make_router, vips):
    router = make_router(simulator, "router-b", groups={"inside": vips}, more=FAST).start()
    assert router.claim(wait=5).status == 200
    eventually(lambda: router.status()["verdict"] == "holding", what="the confirmation")
    return router


def test_a_vip_that_is_added_while_master_is_claimed_and_guarded(simulator, make_router):
    router = start_master(simulator, make_router, VIPS[:1])
    before = simulator.last
    reload(router, {"inside": VIPS})
    eventually(lambda: simulator.holder(VIPS[1]) == B, what="the new VIP's move")
    (assign,) = simulator.assigns(before)
    assert assign["privateIpAddresses"] == VIPS[1:]
    assert router.records("configurationChanged")
    eventually(lambda: router.status()["verdict"] == "holding" and router.vip(VIPS[1])["confirmed"])
    simulator.move(VIPS[1], A)
    eventually(lambda: simulator.holder(VIPS[1]) == B, what="the new VIP's return")
    router.check_log()


def test_a_vip_that_is_removed_is_let_be(simulator, make_router):
    """Neither guarded nor taken off the interface."""
    router = start_master(simulator, make_router, VIPS)
    before = simulator.last
    reload(router, {"inside": VIPS[:1]})
    eventually(lambda: [vip["vip"] for vip in router.status()["vips"]] == VIPS[:1])
    assert simulator.holder(VIPS[1]) == B
    simulator.move(VIPS[1], A)
    assert not simulator.assigns(before, wait=3.5)
    assert router.status()["verdict"] == "holding"
    router.check_log()


def test_a_vip_that_is_added_while_not_master_is_only_looked_at(simulator, make_router):
    router = make_router(simulator, "router-b").start()
    reload(router, {"inside": VIPS})
    eventually(lambda: len(router.status()["vips"]) == 2 and router.vip(VIPS[1])["observedAt"])
    assert router.status()["verdict"] == "standby"
    assert not simulator.assigns(wait=1)


def test_a_vip_that_is_added_during_a_claim_comes_along(simulator, make_router):
    router = make_router(simulator, "router-b").start()
    fault = simulator.fault(action=ASSIGN, delayBeforeMilliseconds=60000)
    first = router.claim().json["claimId"]
    simulator.wait_for_assigns(1)
    reload(router, {"inside": VIPS})
    assert router.outcome_of(first)["outcome"] in ("superseded", "unknown")
    simulator.mend(fault)
    eventually(lambda: {simulator.holder(vip) for vip in VIPS} == {B}, what="both VIPs' move")
    eventually(lambda: router.status()["verdict"] == "holding")
    router.check_log()


def test_a_group_that_is_added_and_one_that_is_removed(simulator, make_router):
    router = start_master(simulator, make_router, VIPS[:1])
    reload(router, {"outside": VIPS[1:]})
    eventually(lambda: [group["group"] for group in router.status()["groups"]] == ["outside"])
    assert router.claim(wait=1, group="inside").status == 404
    assert eventually(lambda: router.claim(wait=5, group="outside").status == 200)
    assert router.hook("MASTER", "vrrp-outside").returncode == 0
    assert simulator.holder(VIPS[0]) == simulator.holder(VIPS[1]) == B
    router.check_log()


def test_a_claim_of_a_group_that_is_removed_ends(simulator, make_router):
    router = make_router(simulator, "router-b", groups={"inside": VIPS[:1], "outside": VIPS[1:]}).start()
    simulator.fault(action=ASSIGN, delayBeforeMilliseconds=60000)
    claim_id = router.claim(group="outside").json["claimId"]
    simulator.wait_for_assigns(1)
    before = simulator.last
    reload(router, {"inside": VIPS[:1]})
    assert router.outcome_of(claim_id)["outcome"] in ("failed", "unknown")
    assert not simulator.assigns(before, wait=2)
    router.check_log()


def test_a_bad_file_leaves_the_old_settings_in_force_and_says_so(simulator, make_router):
    router = start_master(simulator, make_router, VIPS[:1])
    for text in ("vips = [", 'vips = ["100.80.33.100", "100.80.33.101"]\nvip = 1\n', ""):
        lines = len(router.process.lines)
        reload(router, text=text)
        said = eventually(lambda: [line for line in router.process.lines[lines:] if "stays in force" in line])
        assert str(router.configuration) in said[0], said
    assert not router.records("configurationChanged")
    simulator.move(VIPS[0], A)
    eventually(lambda: simulator.holder() == B, what="the return")


def test_a_change_that_needs_a_restart_is_named(simulator, make_router):
    router = make_router(simulator, "router-b").start()
    router.more = {"aws": ["requestTimeoutSeconds = 3"]}
    reload(router)
    assert eventually(lambda: [line for line in router.process.lines if "[aws]" in line and "restart" in line])


def test_a_reload_without_a_change_disturbs_nothing(simulator, make_router):
    router = start_master(simulator, make_router, VIPS[:1])
    before = simulator.last
    for _ in range(3):
        reload(router)
    assert not simulator.assigns(before, wait=2)
    assert router.status()["verdict"] == "holding"
    router.check_log()
