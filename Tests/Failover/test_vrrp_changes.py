"""VRRP changes its mind in an orderly way: the VIP follows, with hooks, without and with late ones."""

import shutil
import time

import pytest

from keepalived import HOOK_ON_ROUTER
from lab import VIP, VIPS
from pair import ROOT, eventually


def test_stopped_cleanly(lab):
    fault = lab.now()
    lab.a.keepalived.stop()
    lab.expect(lab.b, fault)
    assert not lab.a.addresses.has(VIP)
    lab.measure("clean stop", lab.b, fault)


def test_restarted(lab):
    fault = lab.now()
    lab.a.keepalived.stop()
    lab.a.keepalived.start()
    master = lab.wait_for_new_master(fault)
    lab.expect(master, fault)
    lab.other(master).keepalived.wait_until("BACKUP")
    assert lab.is_right(master)
    lab.measure("keepalived restarted", master, fault)


def test_reloaded(lab):
    """A reload that takes the VIP off, and one that puts it on again."""
    lab.a.keepalived.reload(VIPS[1:])
    eventually(lambda: lab.a.verdict == "misplaced", what="the VIP is no longer router-a's business")
    before = lab.now()
    lab.a.keepalived.reload(VIPS[:1])
    assert lab.assigns(lab.a, before.call, wait=10), "a new MASTER always sends Assign"
    lab.expect(lab.a, before)
    assert lab.masters == [lab.a]


def test_link_lost_and_back(lab):
    fault = lab.now()
    lab.set_link(lab.a, "down")
    lab.expect(lab.b, fault, cut_off=lab.a)
    assert not lab.a.addresses.has(VIP)
    back = lab.now()
    lab.set_link(lab.a, "up")
    lab.a.keepalived.wait_until("BACKUP")
    lab.expect(lab.b, back)
    lab.measure("link lost", lab.b, fault)


@pytest.mark.parametrize("advert_seconds", [1, 0.1])
def test_no_hook_at_all(make_lab, advert_seconds):
    """The address on the interface is enough."""
    lab = make_lab(states=(), advert_seconds=advert_seconds).start()
    fault = lab.now()
    lab.a.keepalived.kill()
    lab.expect(lab.b, fault)
    lab.measure(f"kill -9 keepalived, no hook, advert_int {advert_seconds} s", lab.b, fault)


def hooks_run(router):
    return router.machine_file("/run/vyos_fifo_reader.log").split()


def test_hooks_ten_seconds_late(make_lab):
    """VyOS runs transition scripts one after the other: what they say is over when they say it, and does no harm."""
    reader = ROOT / "Tests" / "Failover" / "vyos_fifo_reader.py"
    lab = make_lab(advert_seconds=0.1, preempt=True, states=(), fifo_script=f"/run/{reader.name} 10 {HOOK_ON_ROUTER}")
    for router in lab.routers:
        shutil.copy(reader, router.machine.root + "/run")
    lab.start()
    fault = lab.now()
    lab.set_link(lab.a, "down")
    lab.expect(lab.b, fault, cut_off=lab.a)
    back = lab.now()
    lab.set_link(lab.a, "up")
    lab.expect(lab.a, back)
    lost = lab.assigns(lab.a, back.call)[0]["n"]
    eventually(lambda: hooks_run(lab.a)[-3:] == ["FAULT", "BACKUP", "MASTER"], 30, "router-a's late hooks")
    eventually(lambda: hooks_run(lab.b)[-2:] == ["MASTER", "BACKUP"], 30, "router-b's late hooks")
    lab.expect_silence(lab.b, lost, 5)
    assert lab.is_right(lab.a)
    assert lab.b.records("stale"), "the late MASTER is in the log"


@pytest.mark.parametrize("seconds", [0, 8])
def test_reboot_keepalived_first(make_lab, seconds):
    """keepalived comes up before vipad and becomes MASTER; its hook finds nobody and keeps trying."""
    lab = make_lab(preempt=True, advert_seconds=0.1).start()
    fault = lab.now()
    lab.a.reboot()
    lab.expect(lab.b, fault)
    lab.a.keepalived.start().wait_until("MASTER")
    time.sleep(seconds)
    up = lab.now()
    lab.a.start(ready=False)
    lab.expect(lab.a, up)
    lab.expect_silence(lab.b, up.call, 5)
    assert lab.is_right(lab.a)


def test_reboot_vipad_first(make_lab):
    lab = make_lab(preempt=True, advert_seconds=0.1).start()
    fault = lab.now()
    lab.a.reboot()
    lab.expect(lab.b, fault)
    up = lab.now()
    lab.a.start()
    assert not lab.assigns(lab.a, up.call), "not MASTER yet"
    lab.a.keepalived.start().wait_until("MASTER")
    lab.expect(lab.a, lab.now())
