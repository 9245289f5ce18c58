"""EC2 or the instance metadata answers as no server should: little memory, no success, and the claim goes on.

Each answer reaches one attempt of a claim; EC2 itself has seen nothing of it. Whatever it was, the next attempt is
EC2's own, and only that one counts. Or it reaches every read of EC2, which no claim waits for.
"""

import pathlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import hostile
from hostile import Canary, Hostile
from pair import SANITIZER, eventually

INTERFACE = "eni-0123456789abcdefb"
ASSIGN = b"Action=AssignPrivateIpAddresses"
READS = ["DescribeNetworkInterfaces", "DescribeInstances"]
# As a debug build and as a release build: in rest 42 MB and 25 MB, of which a debug build maps more code. A sanitizer
# keeps books of its own, and holds back what was freed.
LARGEST_RESIDENT_KIB = 64 * 1024 if not SANITIZER else 1024 * 1024
# Five calls pass the brake at once: four hostile answers and EC2's own.
AT_ONCE = 4
LOG_LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} (info|notice|warning|error|critical) vipad: \[\w+\] \S.*")
STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\udc00-\udfff]")
CLAIM_SECONDS = 30


def in_batches(attacks, size=AT_ONCE):
    items = list(attacks.items())
    return [items[at:at + size] for at in range(0, len(items), size)]


@pytest.fixture
def canary():
    canary = Canary()
    yield canary
    assert not canary.was_asked, "vipad followed a redirection or an entity"
    canary.close()


@pytest.fixture
def between(make_simulator, make_router):
    """router-b, whose calls to EC2 pass a hostile server."""
    simulator = make_simulator(unthrottled, use_tls=False)
    router = behind(Hostile(simulator.ec2, ASSIGN), simulator, make_router)
    yield router
    router.server.close()


def unthrottled(topology):
    plenty = {"burst": 1e9, "perSecond": 1e9}
    topology.update(throttling={"mutating": plenty, "reading": plenty})


def behind(server, simulator, make_router):
    """router-b, whose way to EC2 leads through that server."""
    simulator.ec2 = server.url
    router = make_router(
        simulator, "router-b", more={"aws": ["connectTimeoutSeconds = 0.4", "requestTimeoutSeconds = 0.8"]})
    router.server = server
    return router


def peak_kib(router):
    status = pathlib.Path(f"/proc/{router.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])


def check_log_lines(router):
    for line in router.process.lines:
        assert LOG_LINE.fullmatch(line), f"no log line: {line!r}"
        assert not STEERING.search(line), f"it steers: {line!r}"


def withstand(router, attacks):
    """Each batch meets a daemon that is warm and has done nothing yet."""
    for batch in in_batches(attacks):
        names = [name for name, _ in batch]
        router.start()
        hits, calls = len(router.server.hits), router.simulator.last
        router.server.answer_with(*batch)
        claim = router.get(f"/claims/{router.claim().json['claimId']}?wait={CLAIM_SECONDS}").json
        assert router.server.hits[hits:] == names, (names, claim)
        assert claim["outcome"] == "accepted", (names, claim)
        said = [attempt["message"] for attempt in claim["attempts"]]
        assert len(said) > len(batch) and all(said[:len(batch)]) and said[-1] is None, (names, said)
        assert claim["attempts"][-1]["httpStatus"] == 200
        assert router.simulator.holder() == INTERFACE, f"taken for success: {names}"
        assert router.simulator.assigns(calls)
        assert not any(STEERING.search(text) for text in map(str, said)), said
        assert peak_kib(router) < LARGEST_RESIDENT_KIB, f"{peak_kib(router)} KiB after {names}"
        router.standby()
        router.simulator.move("100.80.33.100", "eni-0123456789abcdefa")
        check_log_lines(router)
        router.end()
    router.start()
    router.check_log()


def test_answers_that_never_end(between):
    withstand(between, hostile.without_end())


def test_redirections_are_not_followed(between, canary):
    withstand(between, hostile.redirecting(canary.url))


def test_answers_whose_framing_is_in_doubt(between):
    withstand(between, hostile.broken_framing(hostile.success(INTERFACE)))


def test_much_from_little(between, canary):
    withstand(between, hostile.bombs(hostile.success(INTERFACE), canary.url))


def test_control_characters_and_numbers_at_their_limits(between):
    withstand(between, hostile.steering(INTERFACE))


@pytest.fixture
def readers(make_simulator, make_router, request):
    """Six daemons of router-b, each with a hostile server of its own in the way of one kind of read."""
    def change(topology):
        unthrottled(topology)
        topology["routers"][1]["policy"] = "reader"
        topology["policies"]["reader"] = ["AssignPrivateIpAddresses", "DescribeInstanceTypes", request.param]

    simulator = make_simulator(change, use_tls=False)
    true_url = simulator.ec2
    mark = f"Action={request.param}&".encode()
    routers = [behind(Hostile(true_url, mark), simulator, make_router) for _ in range(6)]
    for router in routers:
        router.action = request.param
    yield routers
    for router in routers:
        router.server.close()


def holder(router):
    """Where EC2 says the VIP is, as /status has it."""
    return (router.vip()["holder"] or {}).get("networkInterfaceId")


def describe(router):
    return next(c for c in router.get("/readyz").json["checks"] if c["name"] == "describe")


def claim_while_reads_get(router, name, answer):
    """Reads at once, by /standby, and from then on as ever, and claims meanwhile."""
    before = len(router.server.hits)
    router.server.answer_with(*[(name, answer)] * 1000)
    router.standby()
    claim = router.claim(wait=CLAIM_SECONDS)
    assert claim.status == 200 and len(claim.json["attempts"]) == 1, (name, claim.body)
    eventually(lambda: len(router.server.hits) > before)


def read_right(router):
    """After a right answer all is as ever."""
    router.server.answer_with()
    router.standby()
    eventually(lambda: describe(router)["state"] == "ok" and holder(router) == INTERFACE)


def share(routers, attacks, meet):
    """Each daemon meets its share of the answers, one after the other, and must not grow."""
    def meet_all(number):
        router = routers[number].start()
        for name, answer in list(attacks.items())[number::len(routers)]:
            claim_while_reads_get(router, name, answer)
            meet(router, name)
            assert peak_kib(router) < LARGEST_RESIDENT_KIB, f"{peak_kib(router)} KiB after {name}"
            read_right(router)
        # EC2 takes 200 values in the filters of one call: what it once said must not make the next ones longer.
        assert router.server.longest_request < 8192
        check_log_lines(router)
        router.check_log()

    with ThreadPoolExecutor(len(routers)) as pool:
        list(pool.map(meet_all, range(len(routers))))


@pytest.mark.parametrize("readers", READS, indirect=True)
def test_reads_that_fail_in_any_way_stop_no_claim_and_the_reason_is_shown(readers, canary):
    action = readers[0].action
    yes = hostile.shown(INTERFACE, action)
    attacks = {**hostile.without_end(), **hostile.redirecting(canary.url), **hostile.broken_framing(yes),
               **hostile.bombs(yes, canary.url), **hostile.steering(INTERFACE)}
    for date in ("the year 1601", "30 February"):  # signatures follow EC2's clock, and these set it at each read
        del attacks[date]

    def is_said(router, name):
        found = eventually(lambda: (check := describe(router))["state"] != "ok" and check, 10, f"a finding: {name}")
        assert found["reason"].startswith(f"EC2 did not say: {action} ") and not STEERING.search(found["reason"]), (
            name, found)

    share(readers, attacks, is_said)


@pytest.mark.parametrize("readers", READS, indirect=True)
def test_reads_that_say_anything_stop_no_claim(readers):
    def is_shown(router, name):
        eventually(lambda: holder(router) != INTERFACE, 10, name)
        said = router.get("/status").body.decode().rstrip("\n")
        assert not STEERING.search(said) and not re.search(r"\\[a-z]", said), (name, said)

    share(readers, hostile.odd_reads(readers[0].action), is_shown)


def test_metadata_that_says_anything(make_simulator, make_router, canary):
    """Each question goes wrong once for one of many daemons: each gets ready by itself, and none grows."""
    simulator = make_simulator(use_tls=False)
    true_url = simulator.imds["router-b"]
    role = role_name(simulator)
    for batch in in_batches(hostile.metadata(canary.url), 8):
        routers = []
        for name, (mark, answer) in batch:
            server = Hostile(true_url, mark.replace(b"/vipad", b"/" + role))
            server.answer_with((name, answer))
            simulator.imds["router-b"] = server.url
            routers.append(make_router(simulator, "router-b"))
            routers[-1].server = server
        with ThreadPoolExecutor(len(routers)) as pool:
            list(pool.map(lambda router: router.start(ready=False), routers))
            list(pool.map(lambda router: router.wait_until_ready(60), routers))
        for router, (name, _) in zip(routers, batch):
            assert router.server.hits == [name]
            assert peak_kib(router) < LARGEST_RESIDENT_KIB, f"{peak_kib(router)} KiB after {name}"
            check_log_lines(router)
            assert router.get("/whoami").json["networkInterfaceId"] == INTERFACE
        assert routers[0].claim(wait=20).json["outcome"] in ("accepted", "alreadyHeld")
        for router in routers:
            router.end()
            router.server.close()


def role_name(simulator):
    """The role that router-b's instance has by the example topology."""
    return simulator.topology["routers"][1]["roleName"].encode()


def test_a_claim_needs_no_word_of_hostile_metadata(make_simulator, make_router):
    """Everything that IMDS is asked after the start gets bytes without end: EC2 alone decides."""
    simulator = make_simulator(use_tls=False)
    server = Hostile(simulator.imds["router-b"])
    simulator.imds["router-b"] = server.url
    router = make_router(simulator, "router-b").start()
    server.answer_with(*[("endless", hostile.endless(hostile.head(), hostile.CHUNK))] * 10000)
    claim = router.claim(wait=5).json
    assert claim["outcome"] == "accepted" and claim["acceptedMilliseconds"] < 1000
    eventually(lambda: len(server.hits) > 3)
    assert peak_kib(router) < LARGEST_RESIDENT_KIB
    server.answer_with()
    eventually(lambda: router.status()["verdict"] == "holding", 15, "the confirmation")
    check_log_lines(router)
    router.check_log()
    server.close()
