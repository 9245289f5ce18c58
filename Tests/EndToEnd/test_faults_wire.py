"""The way to EC2 breaks: the claim goes on by itself, ends once, and /status tells why it takes so long."""

import os
import re

import pytest

from namespace import Namespace, is_possible
from pair import VIPS, Simulator, eventually
from proxy import Proxy

QUICK = {"aws": ["connectTimeoutSeconds = 0.4", "requestTimeoutSeconds = 0.8"]}


def accepted(router, claim_id, seconds=15):
    """The claim went on to its end by itself: one outcome, the VIP here, the log whole."""
    claim = router.get(f"/claims/{claim_id}?wait={seconds}").json
    assert claim["outcome"] == "accepted", claim
    assert router.simulator.holder() == router.network_interface_id
    assert router.outcome_of(claim_id)["outcome"] == "accepted"
    router.check_log()
    return claim


def failing(router, claim_id, *words, attempts=1):
    """The claim has failed that often, and both it and /status give the reason."""
    claim = eventually(
        lambda: (c := router.claim_by_id(claim_id)) and len(c["attempts"]) >= attempts and c,
        what="a failed attempt")
    assert claim["outcome"] is None and claim["state"] == "pending"
    said = " ".join(attempt["message"] for attempt in claim["attempts"]).lower()
    assert any(word in said for word in words), said
    error = eventually(lambda: router.status()["ec2"]["lastError"], what="the reason in /status")
    assert any(word in error.lower() for word in words), error
    assert router.status()["verdict"] == "claiming"


@pytest.fixture
def proxied(make_simulator, make_router):
    """router-b, whose way to EC2 goes through a proxy."""
    plenty = {"burst": 1e9, "perSecond": 1e9}
    simulator = make_simulator(
        lambda topology: topology.update(throttling={"mutating": plenty, "reading": plenty}), use_tls=False)
    proxy = Proxy(simulator.ec2)
    simulator.ec2 = proxy.url
    router = make_router(simulator, "router-b", more=QUICK)
    router.proxy = proxy
    yield router
    proxy.close()


@pytest.mark.parametrize("warm", [True, False], ids=["while warm", "from the start"])
def test_nothing_listens_where_ec2_should_be(proxied, warm):
    if warm:
        proxied.start()
    proxied.proxy.refuse()
    if not warm:
        proxied.start(ready=False)
        eventually(lambda: proxied.get("/whoami").json["networkInterfaceId"])
    claim_id = proxied.claim().json["claimId"]
    failing(proxied, claim_id, "refused", "connect", attempts=2)
    proxied.proxy.listen()
    accepted(proxied, claim_id)


# One answer cut at every byte

def cut_points(answer, every):
    """The places where an answer is cut: all, or each side of what has a meaning."""
    if every:
        return list(range(len(answer)))
    head = answer.index(b"\r\n\r\n")
    edges = {0, 1, 12, 15, head, head + 1, head + 2, head + 4, head + 5, len(answer) - 1, len(answer) - 2}
    for match in re.finditer(rb"</?(requestId|networkInterfaceId|privateIpAddress)>|true", answer):
        edges |= {match.start() + 1, match.end()}
    return sorted(edges)


@pytest.mark.parametrize("every", [
    False, pytest.param(True, marks=pytest.mark.skipif(
        not os.environ.get("VIPAD_TORTURE"), reason="every byte takes minutes: VIPAD_TORTURE=1"))],
    ids=["at the joints", "everywhere"])
def test_an_answer_that_is_cut_is_no_answer(proxied, every):
    """Each time EC2 has moved the address already: the next attempt finds that out, whatever was readable.

    Four cuts to one claim: the fifth Assign is the last that the brake lets pass at once.
    """
    proxied.start()
    assert proxied.claim(wait=10).status == 200
    points = cut_points(proxied.proxy.answers[0], every)
    while points:
        proxied.end()
        proxied.start()
        batch, points = points[:4], points[4:]
        proxied.proxy.cut_answers(*batch, with_reset=len(points) % 2 == 0)
        claim = proxied.claim(wait=10).json
        assert claim["outcome"] == "accepted", (batch, claim)
        assert [bool(attempt["message"]) for attempt in claim["attempts"]] == [True] * len(batch) + [False], batch
    proxied.check_log()


# A hole in the net

@pytest.fixture
def inside(tmp_path, make_router):
    """router-b and the simulator in a namespace of their own, without TLS."""
    if not is_possible():
        pytest.skip("needs root, ip and nft")
    namespace = Namespace()

    class Inside(Simulator):
        def control(self, *arguments, **options):
            with namespace.entered():
                return super().control(*arguments, **options)

    topology = Simulator.example()
    simulator = Inside(tmp_path, topology, wrapper=namespace.wrapper)
    simulator.topology = topology
    router = make_router(simulator, "router-b", wrapper=namespace.wrapper, more=QUICK)
    router.namespace = namespace
    router.ec2_port = simulator.ec2.rsplit(":", 1)[1]
    try:
        router.start()
        yield router
    finally:
        router.end()
        simulator.end()
        namespace.remove()


@pytest.mark.parametrize("hole, arrives", [
    ("tcp dport {}", False),
    ("tcp dport {} tcp flags & (syn | ack) == syn", True),
    ("tcp dport {} tcp flags & (syn | fin | rst) == 0 meta length > 64", False),
    ("tcp dport {} meta length > 700", False),
    ("tcp sport {}", True),
    ("tcp sport {} tcp flags & (syn | fin | rst) == 0 meta length > 64", True),
], ids=["all of the way there", "new connections", "after the handshake", "in the request", "all of the way back",
        "in the answer"])
def test_a_hole_in_the_net(inside, hole, arrives):
    """Packets vanish, and nobody is told: only the time-out ends an attempt, and each has a new connection."""
    router, simulator = inside, inside.simulator
    assert "== syn" not in hole or simulator.calls(service="ping", wait=25)
    before = simulator.last
    router.namespace.drop(hole.format(router.ec2_port))
    claim_id = router.claim().json["claimId"]
    if "== syn" in hole:
        accepted(router, claim_id)  # the connection was open
        assert len(simulator.assigns(before)) == 1
        return
    failing(router, claim_id, "no answer", "timed out", attempts=2)
    assert bool(simulator.assigns(before)) == arrives
    router.namespace.pass_all()
    claim = accepted(router, claim_id)
    assert all(attempt["milliseconds"] < 2500 for attempt in claim["attempts"])


def test_a_standby_is_quick_though_no_packet_gets_through(inside):
    """The reset can't arrive either: still nothing is sent after the answer, and the way is free afterwards."""
    import time
    router, simulator = inside, inside.simulator
    router.namespace.drop(f"tcp dport {router.ec2_port}")
    claim_id = router.claim().json["claimId"]
    eventually(lambda: router.records("claimIntent"))
    time.sleep(0.1)  # the request is in the hole
    began = time.monotonic()
    assert router.standby().status == 200
    assert time.monotonic() - began < 0.5
    router.namespace.pass_all()
    assert router.outcome_of(claim_id)["outcome"] in ("unknown", "cancelled")
    assert not simulator.assigns(wait=2)
    assert simulator.holder(VIPS[0]) != router.network_interface_id
    router.check_log()
