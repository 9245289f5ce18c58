"""keepalived of the MASTER dies or hangs: the peer takes the VIP, and the dead side never takes it back."""

import signal

import pytest

from lab import VIP
from pair import eventually

# Several of the guard's periods: without the liveness check the theft shows within them (last test).
GUARD = {"guardSeconds": 1}
QUIET_SECONDS = 8


def expect_takeover(lab, fault, scenario):
    """router-b has it, and router-a is silent from b's claim on, though the address stays behind."""
    lab.expect(lab.b, fault)
    assert lab.a.addresses.has(VIP), "the dead router's address stays behind"
    claim = lab.assigns(lab.b, fault.call)[0]["n"]
    lab.expect_silence(lab.a, claim, QUIET_SECONDS)
    assert lab.is_right(lab.b)
    lab.measure(scenario, lab.b, fault)


@pytest.mark.parametrize("advert_seconds", [1, 0.1])
def test_killed_outright(make_lab, advert_seconds):
    lab = make_lab(vrrp=GUARD, advert_seconds=advert_seconds).start()
    fault = lab.now()
    lab.a.keepalived.kill()
    expect_takeover(lab, fault, f"kill -9 keepalived, advert_int {advert_seconds} s")


@pytest.mark.parametrize("advert_seconds", [1, 0.1])
def test_vrrp_process_stopped(make_lab, advert_seconds):
    """SIGSTOP: parent and link live, and the address is on both. Resumed, it is MASTER again and has its VIP."""
    lab = make_lab(vrrp=GUARD, advert_seconds=advert_seconds).start()
    fault = lab.now()
    lab.a.keepalived.kill_vrrp_process(signal.SIGSTOP)
    expect_takeover(lab, fault, f"SIGSTOP of the VRRP process, advert_int {advert_seconds} s")
    resumed = lab.now()
    lab.a.keepalived.kill_vrrp_process(signal.SIGCONT)
    lab.b.keepalived.wait_until("BACKUP")
    lab.expect(lab.a, resumed)


def test_vrrp_process_killed(make_lab):
    """keepalived starts another; whichever router is MASTER then has the VIP."""
    lab = make_lab(vrrp=GUARD).start()
    fault = lab.now()
    lab.a.keepalived.kill_vrrp_process()
    master = lab.wait_for_new_master(fault)
    lab.expect(master, fault)
    lab.expect_silence(lab.other(master), lab.assigns(master, fault.call)[0]["n"], QUIET_SECONDS)
    lab.measure("kill -9 of the VRRP process", master, fault)


@pytest.mark.long
def test_vrrp_process_crashes_in_a_loop(make_lab):
    lab = make_lab(vrrp=GUARD).start()
    fault = lab.now()
    killed = lab.a.keepalived.kill_vrrp_process()
    while not lab.b.addresses.came(VIP, fault.uptime):
        eventually(lambda: lab.b.addresses.came(VIP, fault.uptime) or lab.a.keepalived.vrrp_pid not in (None, killed))
        if lab.a.keepalived.vrrp_pid:
            killed = lab.a.keepalived.kill_vrrp_process()
    lab.expect(lab.b, fault)
    claim = lab.assigns(lab.b, fault.call)[0]["n"]
    for _ in range(2):
        killed = lab.a.keepalived.wait_for_vrrp_process(other_than=killed, seconds=60)
        lab.a.keepalived.kill_vrrp_process()
    lab.a.keepalived.wait_for_vrrp_process(other_than=killed, seconds=60)
    lab.expect_silence(lab.a, claim, QUIET_SECONDS)
    assert lab.is_right(lab.b)
    lab.measure("crashing VRRP process", lab.b, fault)


def test_without_the_liveness_check_the_dead_side_steals_it_back(make_lab):
    """The tests above see what they are for."""
    lab = make_lab(vrrp=GUARD | {"keepalivedPidFile": ""}).start()
    fault = lab.now()
    lab.a.keepalived.kill()
    claim = lab.cloud.wait_for_assigns(1, after=fault.call, router="router-b")[0]["n"]
    assert lab.assigns(lab.a, claim, wait=QUIET_SECONDS), "no theft: these tests would not see one"
