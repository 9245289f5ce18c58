"""vipad is killed or restarted around a failover: the right holder, and a log without a gap."""

import pytest

from lab import VIP

QUIET_SECONDS = 8


def at_the_address(lab, fault):
    lab.b.addresses.wait(VIP, after=fault.uptime)


def with_assign_on_the_wire(lab, fault):
    assert lab.assigns(lab.b, fault.call, wait=15)


def just_accepted(lab, fault):
    assert lab.cloud.control("GET", "/moves?after={}&wait=15".format(lab.moves))["moves"]


@pytest.mark.parametrize("moment", [at_the_address, with_assign_on_the_wire, just_accepted])
def test_killed_at_the_moment_of_failover(make_lab, moment):
    lab = make_lab(advert_seconds=0.1).start()
    lab.moves = lab.cloud.control("GET", "/state")["moves"]
    fault = lab.now()
    lab.a.keepalived.kill()
    moment(lab, fault)
    lab.b.kill()
    lab.b.start(ready=False)
    lab.expect(lab.b, fault)
    for router in lab.routers:
        router.end()
        router.check_log()


def test_restarted_after_the_master_moved_away(make_lab):
    """It must not take the VIP back."""
    lab = make_lab(vrrp={"guardSeconds": 1}, advert_seconds=0.1).start()
    fault = lab.now()
    lab.a.kill()
    lab.a.keepalived.stop()
    lab.expect(lab.b, fault)
    back = lab.now()
    lab.a.start()
    lab.expect_silence(lab.a, back.call, QUIET_SECONDS)
    lab.expect(lab.b, back, 20)


def test_restarted_with_the_address_left_behind(make_lab):
    """Neither without keepalived nor with a new one is the old address evidence."""
    lab = make_lab(vrrp={"guardSeconds": 1}, advert_seconds=0.1).start()
    fault = lab.now()
    lab.a.kill()
    lab.a.keepalived.kill()
    lab.expect(lab.b, fault)
    assert lab.a.addresses.has(VIP)
    back = lab.now()
    lab.a.start()
    lab.expect_silence(lab.a, back.call, QUIET_SECONDS)
    lab.a.keepalived.start().wait_until("BACKUP")
    lab.expect_silence(lab.a, back.call, QUIET_SECONDS)
    assert lab.is_right(lab.b)


def test_restarted_while_master(lab):
    """It finds out for itself that it is MASTER, and holds on."""
    before = lab.now()
    lab.a.kill()
    lab.a.start(ready=False)
    lab.expect(lab.a, before)
    assert not lab.assigns(lab.b, before.call)


def test_frozen_while_the_master_came_and_went(make_lab):
    """SIGSTOP before router-b turns MASTER, SIGCONT when router-a is MASTER again: it looks before it sends."""
    lab = make_lab(advert_seconds=0.1, preempt=True).start()
    before = lab.now()
    lab.b.freeze()
    lab.a.keepalived.stop()
    lab.b.addresses.wait(VIP, after=before.uptime)
    lab.a.keepalived.start().wait_until("MASTER")
    lab.b.keepalived.wait_until("BACKUP")
    lab.expect(lab.a, lab.now())
    lab.b.thaw()
    lab.expect_silence(lab.b, before.call, QUIET_SECONDS)
    assert lab.is_right(lab.a)
