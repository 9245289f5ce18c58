"""One failover after the other on one pair: each within 10 s, and the table of where the time goes."""

import random
import signal

import pytest


SEED = 20260101


def kill(lab, master):
    master.keepalived.kill()
    return lambda: master.keepalived.start()


def stop(lab, master):
    master.keepalived.stop()
    return lambda: master.keepalived.start()


def hang(lab, master):
    master.keepalived.kill_vrrp_process(signal.SIGSTOP)
    return lambda: (master.keepalived.kill(), master.keepalived.start())


def lose_link(lab, master):
    lab.set_link(master, "down")
    return lambda: lab.set_link(master, "up")


FAULTS = {"kill -9 keepalived": kill, "clean stop": stop, "SIGSTOP of the VRRP process": hang, "link lost": lose_link}


@pytest.mark.parametrize("advert_seconds, share", [(0.1, 3), (1, 1)])
def test_failovers_in_a_row(make_lab, request, advert_seconds, share):
    """Three quarters of them with adverts every 0.1 s."""
    lab = make_lab(advert_seconds=advert_seconds).start()
    chance = random.Random(SEED)
    master = lab.a
    for _ in range(max(1, request.config.getoption("--failovers") * share // 4)):
        fault_name = chance.choice(sorted(FAULTS))
        backup = lab.other(master)
        fault = lab.now()
        mend = FAULTS[fault_name](lab, master)
        lab.expect(backup, fault, cut_off=master if fault_name == "link lost" else None)
        lab.measure(f"{fault_name}, advert_int {advert_seconds} s", backup, fault)
        mend()
        master.keepalived.wait_until("BACKUP")
        assert lab.masters == [backup]
        lab.expect(backup, lab.now())
        master = backup
    for router in lab.routers:
        router.end()
        router.check_log()
