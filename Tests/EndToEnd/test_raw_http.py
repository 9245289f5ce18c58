"""Bytes that are no proper request: refused in time, answered at most once, and without any effect."""

import os
import pathlib
import re
import threading
import time

import pytest

import raw_by_hand
import raw_requests
from pair import SANITIZER, VIPS, eventually
from raw_exchange import exchange_all

SEED = int(os.environ.get("VIPAD_RAW_SEED", "1"))
COUNT = int(os.environ.get("VIPAD_RAW_COUNT", "12000"))
BY_HAND = raw_by_hand.by_hand()
# The longest deadline before an answer is that of a body, 5 s; the reaper looks each 0.1 s.
LONGEST_SECONDS = 15 if SANITIZER else 5.6
# EC2 is read while not MASTER, but for no request: each 60 s, and once more if that read was refused.
READS_A_MINUTE = 2


@pytest.fixture
def attacked(make_simulator, make_router):
    """router-b with two groups: a claim without a group is bad, and nothing a bad request says fits by chance."""
    router = make_router(make_simulator(), "router-b", groups={"inside": VIPS[:1], "outside": VIPS[1:]}).start()
    before = Picture(router)
    yield router
    eventually(lambda: Picture(router).descriptors <= before.descriptors + 4, 15, "the end of all connections")
    after = Picture(router)
    assert after.pid == before.pid and router.process.status is None, "it died"
    assert after.head == before.head, f"a record was written: {router.records()[-1]}"
    assert after.changed_at == before.changed_at
    assert after.threads <= before.threads + 4
    assert not router.simulator.assigns()
    calls = router.simulator.calls(before.last_call)
    assert len(calls) <= READS_A_MINUTE * (1 + (time.monotonic() - before.moment) / 60), calls
    assert len(router.process.lines) == before.lines, router.process.text()
    router.check_log()


class Picture:
    """What must be the same afterwards."""

    def __init__(self, router):
        status = router.status()
        self.pid, self.lines, self.moment = router.process.pid, len(router.process.lines), time.monotonic()
        self.head, self.changed_at = status["audit"]["headHash"], status["changedAt"]
        process = pathlib.Path(f"/proc/{self.pid}")
        self.descriptors = len(list((process / "fd").iterdir()))
        self.threads = int(re.search(r"Threads:\s+(\d+)", (process / "status").read_text())[1])
        self.last_call = router.simulator.last


def with_token(request, token, port):
    """As it has to be over TCP, with all rights: what is bad must be refused for its own fault."""
    authorization = f"Authorization: Bearer {token}\r\n".encode()
    first, found, rest = request.partition(b"\r\n")
    if not found or not first.startswith(b"POST "):
        return request
    return first + b"\r\n" + authorization + rest


def send_to_both(router, requests):
    """Half of them to each listener, at the same time; (listener, exchange) of all."""
    done = {}
    token = router.token
    over_tcp = [with_token(request, token, router.port) for request in requests[1::2]]

    def run(name, address, requests):
        done[name] = exchange_all(address, requests, patience_seconds=LONGEST_SECONDS + 0.4)
    threads = [threading.Thread(target=run, args=("unix", router.socket, requests[::2])),
               threading.Thread(target=run, args=("tcp", ("127.0.0.1", router.port), over_tcp))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [(name, exchange) for name in ("unix", "tcp") for exchange in done[name]]


def fault_of(exchange, messages=1):
    """Why what came back is wrong; None if it is right."""
    if exchange.seconds is None or exchange.seconds > LONGEST_SECONDS:
        return f"neither answered nor ended within {LONGEST_SECONDS} s: {exchange.seconds}"
    if len(exchange.answers) > messages:
        return f"{len(exchange.answers)} answers"
    for status in exchange.statuses:
        if status >= 500 and status not in (501, 505):
            return f"answered {status}"
        if status < 400:
            return f"taken for good: {status}"
    if exchange.remainder and not exchange.remainder.startswith(b"HTTP/1."):
        return f"bytes that are no answer: {exchange.remainder[:80]!r}"
    return None


def check(found, tell):
    faults = [f"{name}: {fault}: {tell(exchange)}" for name, exchange in found if (fault := fault_of(exchange))]
    assert not faults, f"{len(faults)} faults, the first:\n" + "\n".join(faults[:20])


def test_requests_written_by_hand(attacked):
    """Each over both listeners, one message each."""
    requests = {request: name for name, request in raw_by_hand.by_hand().items() if name not in raw_by_hand.SEVERAL}
    assert len(requests) >= 500
    names = {with_token(request, attacked.token, attacked.port): name for request,
        name in requests.items()} | requests
    for turn in (list(requests), list(requests)[1:] + list(requests)[:1]):
        check(send_to_both(attacked, turn), lambda exchange: names[exchange.request])


def test_several_messages_on_one_connection(attacked):
    """As many answers as messages, and what follows an unclear one is not read at all."""
    for name in sorted(raw_by_hand.SEVERAL):
        request = BY_HAND[name]
        is_unclear = "request after" in name
        (exchange,) = exchange_all(attacked.socket, [request])
        messages = 1 if is_unclear else 200
        fault = fault_of(exchange, messages)
        if name == "a good one and garbage":
            assert exchange.statuses[0] == 200 and set(exchange.statuses[1:]) <= {400}
        else:
            assert not fault, f"{name}: {fault}"
    (exchange,) = exchange_all(attacked.socket, [BY_HAND["200 bad ones in one packet"]])
    assert exchange.statuses == [404] * 200


def test_requests_made_from_a_seed(attacked):
    """Ten thousand and more, all different, by VIPAD_RAW_SEED; a fault names the number to print it by."""
    made = raw_requests.Maker(SEED).bad(COUNT)
    assert len(set(made)) == COUNT
    numbers = {request: number for number, request in enumerate(made)}
    token, port = attacked.token, attacked.port
    numbers |= {with_token(request, token, port): number for request, number in list(numbers.items())}
    began = time.monotonic()
    found = send_to_both(attacked, made)
    print(f"seed {SEED}: {len(found)} requests in {time.monotonic() - began:.1f} s")
    assert len(found) == COUNT
    check(found, lambda exchange: (
        f"python Tests/EndToEnd/raw_requests.py --seed {SEED} --number {numbers[exchange.request]}: {exchange.request[:300]!r}"))
