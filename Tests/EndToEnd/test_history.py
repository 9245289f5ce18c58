"""The last 1,000 claims, across restarts: /claims, `vipad claims`, and what reading them back costs."""

import datetime
import hashlib
import json
import os
import re
import signal

import pytest

from pair import VIPS, binary, eventually

B = "eni-0123456789abcdefb"


def claims(router, query=""):
    return router.get("/claims" + query).json


def make_failovers(router, count):
    """Claims and standbys in turn; the claims' ids, newest first."""
    made = []
    for _ in range(count):
        made.append(router.claim(wait=20).json["claimId"])
        eventually(lambda: router.status()["verdict"] == "holding")
        router.standby()
    return made[::-1]


def history_read(router):
    """(claims, milliseconds) as the daemon says of its reading."""
    def line():
        return next((line for line in router.process.lines if "history: " in line), None)
    text = eventually(line, 30, "the reading of the history")
    return [float(number) for number in re.search(r"(\d+) claims .* in ([\d.]+) ms", text).groups()]


def test_claims_are_listed_newest_first_with_their_phases(router):
    ids = make_failovers(router, 3)
    page = claims(router)
    assert [claim["claimId"] for claim in page["claims"]] == ids and page["next"] is None
    claim, by_id = page["claims"][0], router.claim_by_id(ids[0])
    assert claim["outcome"] == "accepted" and claim["vips"] == VIPS[:1] and claim["networkInterfaceId"] == B
    assert claim["acceptedMilliseconds"] == by_id["acceptedMilliseconds"]
    assert sum(claim["phases"].values()) == pytest.approx(by_id["confirmedMilliseconds"], abs=0.01)
    assert claim["phases"]["ec2Milliseconds"] == by_id["attempts"][0]["milliseconds"]
    began, told = (datetime.datetime.fromisoformat(c["startedAt"]) for c in (claim, by_id))
    assert abs((began - told).total_seconds()) < 0.002 and claim["endedAt"] > claim["startedAt"]


def test_pages_follow_one_another(router):
    ids = make_failovers(router, 5)
    seen, query = [], "?limit=2"
    while query:
        page = claims(router, query)
        seen.append([claim["claimId"] for claim in page["claims"]])
        query = page["next"] and f"?limit=2&before={page['next']}"
    assert seen == [ids[:2], ids[2:4], ids[4:]]


def test_what_is_asked_wrongly_is_refused(router):
    for query in ("?limit=0", "?limit=1001", "?limit=x", "?after=1", "?limit=1&limit=2"):
        assert router.get("/claims" + query).status == 400, query
    assert router.get("/claims?before=0123456789abcdef").status == 404
    assert router.ask("POST", "/claims").status == 405


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_keeps_them_as_they_were(router, number):
    make_failovers(router, 3)
    before = claims(router)["claims"]
    eventually(lambda: len(router.records("claimConfirmed")) == 3)
    router.end(number)
    router.start()
    assert history_read(router)[0] == 3
    after = claims(router)["claims"]
    for one, other in zip(before, after, strict=True):
        # The intent's time is written in milliseconds, as everything is.
        assert one == other
    newest = make_failovers(router, 1)
    assert [claim["claimId"] for claim in claims(router)["claims"]] == newest + [c["claimId"] for c in before]
    assert newest[0] in router.get("/").body.decode() or VIPS[0] in router.get("/").body.decode()


def test_one_that_vipad_did_not_survive_is_there_too(simulator, router):
    simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=20000)
    claim = router.claim().json["claimId"]
    simulator.wait_for_assigns(1)
    router.kill()
    simulator.mend()
    router.start()
    found = eventually(lambda: claims(router)["claims"], what="the recovered claim")
    assert found[0]["claimId"] == claim and found[0]["outcome"].startswith("recovered")


def test_the_command_lists_them(router):
    ids = make_failovers(router, 2)
    lines = router.vipad("claims").stdout.splitlines()
    assert [re.search(r"claimId=(\w+)", line)[1] for line in lines] == ids
    assert "outcome=accepted" in lines[0] and re.search(r"ec2Milliseconds=[\d.]+", lines[0])
    assert router.vipad("claims", "--limit", "1").stdout.count("\n") == 1
    assert ids[1] in router.vipad("claims", "--before", ids[0]).stdout
    assert json.loads(router.vipad("claims", "--json").stdout)["claims"][0]["claimId"] == ids[0]
    assert router.vipad("claims", "--limit", "0", check=False).returncode == 2
    assert router.vipad("claims", "--before", "x y", check=False).returncode == 2


def write_log(path, records):
    """A valid log of so many records in segments of 16 MB, a claim of three records after each other; its claims' ids."""
    previous, seq, size, ids = "0" * 64, 0, 0, []
    first, lines = 1, []

    def add(event, **members):
        nonlocal previous, seq, size
        seq += 1
        head = {"eventVersion": 1, "seq": seq, "time": f"2026-11-{1 + seq // 86400:02}T{seq // 3600 % 24:02}:{seq // 60 % 60:02}:{seq % 60:02}.000Z",
                "bootId": "7b6e9ae3-0f4e-4b83-8d71-2a5a4c1f3c55", "event": event, **members, "prevHash": previous}
        text = json.dumps(head, separators=(",", ":"))
        previous = hashlib.sha256((previous + text).encode()).hexdigest()
        line = text[:-1] + f',"hash":"{previous}"}}\n'
        lines.append(line)
        size += len(line)

    def close():
        nonlocal first, lines, size
        path.with_name(f"audit-{first:012}.jsonl").write_text("".join(lines))
        first, lines, size = seq + 1, [], 0

    add("segmentStarted", chainId="0123456789abcdef0123456789abcdef")
    while seq < records:
        if size > 16_000_000:
            close()
            add("segmentStarted", chainId="0123456789abcdef0123456789abcdef")
        ids.append(f"{seq:016x}")
        about = {"claimId": ids[-1], "group": "inside", "cause": "vrrp", "actor": {"uid": 0, "gid": 0, "pid": 4242},
                 "vips": VIPS[:1], "instanceId": "i-0123456789abcdefb", "networkInterfaceId": B,
                 "previousNetworkInterfaceId": "eni-0123456789abcdefa", "region": "eu-central-1", "generation": len(ids)}
        add("claimIntent", **about)
        add("claimOutcome", **about, attempts=[
            {"n": 1, "httpStatus": 200, "awsRequestId": "59dbff89-35bd-4eac-99ed-be587EXAMPLE", "milliseconds": 311.25}],
            outcome="accepted", acceptedMilliseconds=314.5, clockSkewMilliseconds=12)
        add("claimConfirmed", **about, confirmedMilliseconds=1414.5)
    path.write_text("".join(lines))
    return ids[::-1]


def anonymous_kilobytes(router):
    with open(f"/proc/{router.process.pid}/status") as status:
        return int(re.search(r"RssAnon:\s+(\d+)", status.read())[1])


def test_a_log_of_a_hundred_thousand_records_is_read_from_its_end(simulator, make_router):
    router = make_router(simulator, "router-b")
    ids = write_log(router.log, 100_000)
    router.vipad("audit", "verify", str(router.log))
    router.start()
    count, milliseconds = history_read(router)
    page = claims(router, "?limit=1000")
    assert count == 1000 and page["next"] is None
    assert [claim["claimId"] for claim in page["claims"]] == ids[:1000]
    claim = page["claims"][999]
    assert claim["phases"] == {
        "toWireMilliseconds": 3.25, "ec2Milliseconds": 311.25, "confirmationMilliseconds": 1100}
    assert re.match(r"2026-11-\d\dT", claim["startedAt"]) and claim["startedAt"] != claim["endedAt"]
    # The debug build is some ten times slower.
    is_release = os.path.realpath(binary("vipad")).find("release") >= 0
    assert milliseconds < (100 if is_release else 3000), milliseconds
    print(f"{milliseconds} ms, {anonymous_kilobytes(router)} kB anonymous")


def test_numbers_beyond_all_reason_keep_nobody_from_starting(simulator, make_router):
    router = make_router(simulator, "router-b")
    ids = write_log(router.log, 30)
    lines = router.log.read_bytes().split(b"\n")
    outcomes = [n for n, line in enumerate(lines) if b'"claimOutcome"' in line]
    for n, (before, after) in zip(outcomes, [
            (b'"outcome":', b'"attemptsOmitted":9223372036854775807,"outcome":'),
            (b'"outcome":', b'"attemptsOmitted":-9223372036854775808,"outcome":'),
            (b'"acceptedMilliseconds":314.5', b'"acceptedMilliseconds":1e308'),
            (b'"acceptedMilliseconds":314.5', b'"acceptedMilliseconds":-1e308'),
            (b'"milliseconds":311.25', b'"milliseconds":1e308')]):
        lines[n] = lines[n].replace(before, after)
    for n, text in zip(outcomes[5:], (b"1e308", b"nan", b"inf")):
        lines[n + 1] = lines[n + 1].replace(b'"confirmedMilliseconds":1414.5', b'"confirmedMilliseconds":' + text)
    router.log.write_bytes(b"\n".join(lines))
    router.start()
    assert history_read(router)[0] == len(ids)
    found = claims(router)["claims"]
    assert [claim["claimId"] for claim in found] == ids
    assert {claim["attempts"] for claim in found} == {1, 1 + 0x7fffffff}
    assert router.get("/").status == 200 and ids[-1] in router.vipad("claims").stdout


def test_a_damaged_line_costs_only_itself(simulator, make_router):
    router = make_router(simulator, "router-b")
    ids = write_log(router.log, 30)
    lines = router.log.read_bytes().split(b"\n")
    lines[5] = b"\xff" * 5000
    router.log.write_bytes(b"\n".join(lines))
    router.start()
    found = [claim["claimId"] for claim in claims(router)["claims"]] if history_read(router) else []
    assert len(found) == len(ids) - 1 and set(found) < set(ids)
