"""The two routers as one: each reads the other's /status and says in one word how the pair stands."""

import time

import pytest

from monitored import StandIn, forward_to, peer_section, reply, wait_for_verdict
from pair import VIPS, eventually

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
ASSIGN = "AssignPrivateIpAddresses"


@pytest.fixture
def stand_in():
    made = []

    def make(answer, certificates=None):
        made.append(StandIn(answer, certificates))
        return made[-1]

    yield make
    for server in made:
        server.end()


@pytest.fixture
def both(simulator, make_router):
    """Both routers, each reading the other; router-a is MASTER and holds the VIP."""
    a, b = make_router(simulator, "router-a"), make_router(simulator, "router-b")
    a.configure(peer_section(f"http://127.0.0.1:{b.port}"))
    b.configure(peer_section(f"http://127.0.0.1:{a.port}/status"))
    a.start()
    b.start()
    assert a.claim(wait=5).status == 200
    for router in (a, b):
        wait_for_verdict(router, "healthy")
    return a, b


def alone(make_router, simulator, url, name="router-b", **more):
    """One router that reads what is at `url`."""
    router = make_router(simulator, name)
    router.configure(peer_section(url, **more))
    return router.start()


def test_without_a_peer_there_is_no_pair(router):
    assert router.status()["pair"] is None


def test_both_routers_show_each_other_and_a_failover_keeps_them_healthy(both):
    a, b = both
    # Each writes the other's head down first, which is a record too.
    shown = eventually(
        lambda: (s := b.status()["pair"]["peer"]["status"])["audit"].items() <= a.status()["audit"].items() and s, 15)
    assert shown["groups"][0]["vrrp"]["state"] == "MASTER" and shown["readiness"]["ready"]
    a.standby()
    assert b.claim(wait=5).status == 200
    pair = wait_for_verdict(b, "healthy")
    assert "this router is MASTER" in eventually(
        lambda: (d := b.status()["pair"]["detail"]).startswith("this router") and d, what="the new MASTER's word")
    eventually(lambda: a.status()["pair"]["detail"].startswith("the other router is MASTER"), 15)
    assert pair["peer"]["reachable"] is True


def test_a_planned_failover_raises_no_false_alarm(both):
    """What one read shows in the middle of it is not stated."""
    a, b = both
    a.standby()
    assert b.claim(wait=5).status == 200
    eventually(lambda: b.status()["pair"]["detail"].startswith("this router"), 15)
    time.sleep(1.5)
    for router in both:
        told = [line for line in router.process.lines if " pair " in line]
        assert not [line for line in told if "healthy" not in line and "peerNotReady" not in line], told


def test_two_masters(both):
    a, b = both
    b.ask("POST", "/claim", {"cause": "vrrp"})
    for router in both:
        pair = wait_for_verdict(router, "twoMasters")
        assert "this router says MASTER" in pair["detail"] and "the other router says MASTER" in pair["detail"]
        assert A in pair["detail"] and B in pair["detail"]
    assert any("pair twoMasters" in line for line in b.process.lines)


def test_no_master_while_one_of_the_two_still_holds_the_vip(both):
    a, b = both
    a.standby(state="FAULT")
    for router in both:
        pair = wait_for_verdict(router, "noMaster")
        assert "says FAULT" in pair["detail"] and f"sees {VIPS[0]} on {A}" in pair["detail"]


def test_held_by_nobody(both):
    a, b = both
    a.simulator.control("POST", "/move", {"privateIpAddress": VIPS[0]})
    a.standby()
    for router in both:
        assert "on no interface" in wait_for_verdict(router, "dark")["detail"]


def test_on_the_wrong_router(both):
    a, b = both
    fault = a.simulator.fault(action=ASSIGN, errorCode="UnauthorizedOperation", httpStatus=403)
    a.standby()
    b.claim()
    pair = wait_for_verdict(b, "wrongHolder")
    assert f"has {B} and sees {VIPS[0]} on {A}" in pair["detail"]
    a.simulator.mend(fault)


def test_the_other_one_is_not_ready(both):
    a, b = both
    b.ask("POST", "/pause", {})
    for router, who in ((a, "the other router"), (b, "this router")):
        assert f"{who} is not ready: pause" in wait_for_verdict(router, "peerNotReady")["detail"]
    b.ask("POST", "/resume")
    wait_for_verdict(a, "healthy")


def test_the_other_one_is_gone_and_back(both):
    a, b = both
    b.end()
    pair = wait_for_verdict(a, "peerUnreachable")
    assert pair["peer"]["reachable"] is False and "refused" in pair["peer"]["reason"]
    assert pair["peer"]["status"]["verdict"] == "standby", "what it said last stays to be seen"
    b.start()
    wait_for_verdict(a, "healthy")


def test_the_command_line_shows_the_pair(both):
    a, b = both
    assert "pair=healthy" in b.vipad("status").stdout


# How it reads


def test_a_quiet_pair_keeps_its_etag_and_is_read_every_five_seconds(simulator, make_router, stand_in):
    a = make_router(simulator, "router-a").start()
    between = stand_in(forward_to(a))
    b = alone(make_router, simulator, between.url)
    assert a.claim(wait=5).status == 200
    wait_for_verdict(b, "healthy")
    eventually(lambda: a.status()["verdict"] == "holding")
    time.sleep(6)  # what follows from the claim has been read
    etag, count, begin = b.get("/status").headers["ETag"], len(between.requests), time.monotonic()
    moments = []
    for number in range(1, 5):
        between.wait_for_requests(count + number)
        moments.append(time.monotonic())
    assert moments[2] - begin < 19
    pauses = [later - earlier for earlier, later in zip(moments, moments[1:])]
    assert all(3.9 < pause < 7 for pause in pauses), pauses
    assert max(pauses) - min(pauses) > 0.02, "not all routers at the same moments"
    assert b.get("/status", headers={"If-None-Match": etag}).status == 304
    assert "If-None-Match" in between.requests[-1][1]
    assert between.requests[-1][0] == "/status"


def test_a_peer_that_hangs_holds_up_no_claim(simulator, make_router, stand_in):
    hanging = stand_in(lambda handler: time.sleep(30))
    b = alone(make_router, simulator, hanging.url)
    hanging.wait_for_requests(1)
    begin = time.monotonic()
    assert b.claim(wait=5).status == 200
    assert time.monotonic() - begin < 1
    pair = wait_for_verdict(b, "peerUnreachable")
    assert "no answer within 3000 ms" in pair["peer"]["reason"]
    eventually(lambda: any("pair peerUnreachable" in line for line in b.process.lines))


@pytest.mark.parametrize("name, answer, reason", [
    ("redirect", lambda h: reply(h, b"", 302, Location="http://127.0.0.1:1/status"), "status 302"),
    ("nonsense", lambda h: reply(h, b"<html>"), "no /status of vipad"),
    ("other JSON", lambda h: reply(h, b'{"version": 1}'), "no /status of vipad"),
    ("too long", lambda h: reply(h, b" " * 200_000), "longer than"),
    ("refused", lambda h: reply(h, b"", 401), "status 401"),
])
def test_an_answer_that_is_none_is_said_so(simulator, make_router, stand_in, name, answer, reason):
    server = stand_in(answer)
    b = alone(make_router, simulator, server.url)
    assert reason in wait_for_verdict(b, "peerUnreachable")["peer"]["reason"]
    assert len({path for path, _ in server.requests}) == 1, "nothing else is asked"


def test_the_read_token_is_sent_over_tls_that_is_verified(simulator, make_router, stand_in, tls, tmp_path):
    a = make_router(simulator, "router-a").start()
    token = tmp_path / "peer-token"
    token.write_text("0123456789abcdef\n")
    token.chmod(0o600)
    tmp_path.chmod(0o755)
    server = stand_in(forward_to(a), tls)
    b = alone(make_router, simulator, server.url, caBundle=tls.ca, tokenFile=token)
    assert a.claim(wait=5).status == 200
    wait_for_verdict(b, "healthy")
    assert server.requests[-1][1]["Authorization"] == "Bearer 0123456789abcdef"


def test_an_unknown_authority_is_refused(simulator, make_router, stand_in, tls):
    server = stand_in(lambda handler: reply(handler, b"{}"), tls)
    b = alone(make_router, simulator, server.url)
    assert "certificate" in wait_for_verdict(b, "peerUnreachable")["peer"]["reason"]
    assert not server.requests


def test_this_routers_own_address_is_no_peer(simulator, make_router):
    b = make_router(simulator, "router-b")
    b.configure(peer_section(f"http://127.0.0.1:{b.port}"))
    b.start()
    assert "leads to this router itself" in wait_for_verdict(b, "peerUnreachable")["detail"]


def test_plain_http_beyond_this_machine_is_refused_at_the_start(simulator, make_router):
    b = make_router(simulator, "router-b")
    b.configure(peer_section("http://10.0.0.1:8600/status"))
    done = b.vipad("serve", check=False)
    assert done.returncode == 2 and "peer.status" in done.stderr and "https://" in done.stderr
