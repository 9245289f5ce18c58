"""A clean stop is clean however much is going on."""

import threading

import pytest

from pair import eventually

ASSIGN = "AssignPrivateIpAddresses"
GROUPS = {f"g{n}": [f"100.80.33.{150 + n}"] for n in range(8)}


@pytest.mark.parametrize("what", ["quiet", "claims under way", "polled"])
def test_a_stop_ends_with_0_every_time(simulator, make_router, what):
    """Twenty times: threads that still work must not meet the clean-up of the libraries they use."""
    router = make_router(simulator, "router-b", groups=GROUPS)
    if what == "claims under way":
        simulator.fault(action=ASSIGN, delayBeforeMilliseconds=60000)
    for _ in range(20):
        router.start(ready=False)
        stopped = threading.Event()
        polling = []
        if what == "polled":
            polling = [threading.Thread(target=poll, args=(router, stopped)) for _ in range(4)]
            for thread in polling:
                thread.start()
        if what != "quiet":
            eventually(lambda: router.get("/whoami").json["networkInterfaceId"])
            for group in GROUPS:
                router.claim(group=group)
        process = router.process
        status = router.end()
        stopped.set()
        for thread in polling:
            thread.join()
        assert status == 0, process.text()[-4000:]
        assert router.records()[-1]["event"] == "stopped"
    router.check_log()


def poll(router, stopped):
    while not stopped.is_set():
        try:
            router.get("/status")
        except (OSError, ValueError):
            return
