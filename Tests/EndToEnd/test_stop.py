"""A clean stop is clean however much is going on."""

import socket
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


def test_a_stop_amid_malformed_requests_ends_with_0_every_time(simulator, make_router):
    """The library answers these by itself, on its own threads, also while it is being stopped."""
    router = make_router(simulator, "router-b")
    for _ in range(20):
        router.start(ready=False)
        stopped = threading.Event()
        attackers = [threading.Thread(target=send_malformed, args=(router, stopped)) for _ in range(8)]
        for attacker in attackers:
            attacker.start()
        process = router.process
        eventually(lambda: router.get("/healthz").status == 200)
        status = router.end()
        stopped.set()
        for attacker in attackers:
            attacker.join()
        assert status == 0, process.text()[-4000:]


def send_malformed(router, stopped):
    while not stopped.is_set():
        try:
            with socket.create_connection(("127.0.0.1", router.port), 1) as connection:
                connection.sendall(b"POST /claim HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n")
                connection.recv(4096)
        except OSError:
            pass
