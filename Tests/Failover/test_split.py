"""The routers do not hear each other: both are MASTER for a while, and after the heal the true one has the VIP."""

import time

import pytest

from lab import VIP
from pair import eventually


def split(lab, seconds):
    """A partition of so many seconds in which router-b turns MASTER and claims; gives back the heal's moment."""
    began = lab.now()
    lab.partition()
    assert lab.assigns(lab.b, began.call, wait=seconds), "router-b did not claim"
    time.sleep(max(0, seconds - lab.milliseconds_since(began) / 1000))
    healed = lab.now()
    lab.heal()
    lab.b.keepalived.wait_until("BACKUP")
    assert lab.masters == [lab.a]
    return healed


LONG = [pytest.param(seconds, marks=pytest.mark.long) for seconds in (13, 21, 30, 300)]


@pytest.mark.parametrize("seconds", [4, 17, *LONG])
def test_healed_partition(lab, seconds):
    """keepalived's lost reclaim (#950): the true MASTER gets no event at the heal."""
    healed = split(lab, seconds)
    backup = lab.now()
    lab.expect(lab.a, healed)
    lab.expect_silence(lab.b, backup.call, 5)
    assert lab.is_right(lab.a)
    for router in lab.routers:
        assert len(lab.assigns(router, 0)) <= 6 + seconds / 2, f"the brake of {router.name}"
    lab.note(f"heal of a {seconds} s partition", total=lab.right_since(lab.a, healed))


def test_healed_partition_without_lower_priority_hooks(make_lab):
    """As on VyOS, where MASTER_RX_LOWER_PRI runs no script: the guard alone."""
    lab = make_lab(states=("master", "backup", "fault", "stop")).start()
    healed = split(lab, 4)
    lab.expect(lab.a, healed)
    lab.note("heal of a 4 s partition, guard alone", total=lab.right_since(lab.a, healed))


@pytest.mark.long
def test_without_the_guard_the_reclaim_is_lost(make_lab):
    """The tests above see what they are for: without the guard the backup keeps the VIP.

    The guard can't be turned off, only made slow. What is left is a read of EC2 every 30 s (give or take 20 %) and
    those up to 10 s after an event: so the partition begins when those after router-a's claim are over and one of the
    former is just done.
    """
    lab = make_lab(vrrp={"guardSeconds": 3600}, states=("master", "backup", "fault", "stop")).start()
    time.sleep(11)
    assert lab.cloud.calls(after=lab.cloud.last, wait=40, action="DescribeNetworkInterfaces", router="router-a")
    healed = split(lab, 4)
    lab.expect_silence(lab.a, healed.call, 10)
    assert lab.cloud.holder(VIP) == lab.b.network_interface_id
    lab.expect(lab.a, healed, 45)


def test_one_way_partition(lab):
    """router-b hears nothing and turns MASTER too; router-a gets MASTER_RX_LOWER_PRI every second, and keeps calm."""
    seconds = 20
    began = lab.now()
    lab.deafen(lab.b)
    assert lab.assigns(lab.b, began.call, wait=15)
    time.sleep(seconds)
    assert lab.a.keepalived.log.count("with lower priority 100") >= seconds / 2, "no storm"
    for router in lab.routers:
        calls = lab.cloud.calls(after=began.call, router=router.name)
        assigns = [call for call in calls if call["action"] == "AssignPrivateIpAddresses"]
        assert len(assigns) <= 5 + seconds / 2, f"the brake of {router.name}"
        assert len(calls) - len(assigns) <= 5 + seconds / 2 * 3, f"reads of {router.name}"
    healed = lab.now()
    lab.undeafen(lab.b)
    lab.b.keepalived.wait_until("BACKUP")
    lab.expect(lab.a, healed)
    lab.note("heal of a one-way partition", total=lab.right_since(lab.a, healed))


def test_master_hears_nothing(lab):
    """The other way round nothing happens: router-b hears the MASTER and stays BACKUP."""
    began = lab.now()
    lab.deafen(lab.a)
    lab.expect_silence(lab.b, began.call, 5)
    lab.undeafen(lab.a)
    assert lab.is_right(lab.a)


def test_theft(lab):
    """Somebody moves the VIP away behind everybody's back."""
    stolen = lab.now()
    lab.cloud.move(VIP, lab.b.network_interface_id)
    expect_reclaim(lab, stolen, 10)
    lab.note("theft", total=lab.right_since(lab.a, stolen))


@pytest.mark.long
def test_theft_while_the_metadata_lie(lab):
    """The instance metadata go on to list it: EC2 itself is asked every 30 s."""
    stolen = lab.now()
    addresses = {lab.a.network_interface_id: [lab.a.primary, VIP]}
    lab.cloud.control("POST", "/routers/router-a/metadata", {"localIpv4s": addresses, "lieSeconds": 60})
    lab.cloud.move(VIP, lab.b.network_interface_id)
    expect_reclaim(lab, stolen, 40)
    lab.note("theft while the metadata lie", total=lab.right_since(lab.a, stolen))


def expect_reclaim(lab, stolen, seconds):
    """The VIP is back in time; router-b, who saw it on itself without being MASTER, looks again every 10 s."""
    eventually(lambda: lab.cloud.holder(VIP) == lab.a.network_interface_id, seconds, "the reclaim", 0.05)
    lab.expect(lab.a, lab.now(), 12)
