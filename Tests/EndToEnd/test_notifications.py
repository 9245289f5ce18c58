"""Notifications: a webhook is told of failovers and trouble, whatever it does, and no claim notices."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

import jsonschema
import pytest

from disk import failing, is_possible
from pair import ROOT, VIPS, eventually, free_port
from receiver import HANG, SECRET, notify_section
from test_metrics import value

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
PATH = "/services/T000/B000?key=in-the-url"
SCHEMAS = json.loads((ROOT / "openapi.json").read_text())
ENDED = "vipad_notifications_total"


@pytest.fixture
def told(simulator, make_router):
    """Makes router-b tell a receiver; not started."""
    def make(url, more=None, **settings):
        router = make_router(simulator, "router-b", more=more)
        router.configure(notify_section(router, url + PATH, **settings))
        return router
    return make


def log(router, *words):
    """The lines about notifications with all these words."""
    return [line for line in router.process.lines if "notify: " in line and all(word in line for word in words)]


def wait_for_log(router, *words, seconds=20):
    return eventually(lambda: log(router, *words), seconds, f"a line with {words} in\n{router.process.text()}")


def last(router):
    return router.status()["notify"]["last"]


def wait_for_outcome(router, outcome):
    """/status follows the log."""
    eventually(lambda: (found := last(router)) and found["outcome"] == outcome, what=f"{outcome} in /status")


def checks(router):
    return {check["name"]: check for check in router.get("/readyz").json["checks"]}


def check_form(document):
    """As openapi.json describes it."""
    jsonschema.validate(document, {"$ref": "#/components/schemas/Notification", "components": SCHEMAS["components"]})


def test_without_a_webhook_there_is_nothing(router):
    assert router.claim(wait=5).status == 200
    assert router.status()["notify"] is None
    assert "notify" not in checks(router) and "otification" not in router.get("/").body.decode()
    assert "vipad_notif" not in router.get("/metrics").body.decode()
    assert not log(router)


def test_a_failover_is_told_to_a_receiver_that_fails_first(told, make_receiver, tls):
    """Nobody listens; then 500; then 503 with Retry-After; then it is taken."""
    port = free_port()
    router = told(f"https://127.0.0.1:{port}", caBundle=tls.ca).start()
    assert router.status()["notify"] == {
        "receiver": f"https://127.0.0.1:{port}", "pending": 0, "last": None, "failing": None, "lost": None}
    claim_id = router.claim(wait=5).json["claimId"]
    wait_for_log(router, "failover", "attempt 1 ", "failed", "again in")
    wait_for_outcome(router, "failing")
    assert router.status()["notify"]["pending"] == 1
    (line,) = [line for line in router.vipad("status").stdout.splitlines() if line.startswith("notify=")]
    assert f"notify=https://127.0.0.1:{port} pending=1 event=failover outcome=failing" in line and "refused" in line
    receiver = make_receiver(tls, port, script=[500, (503, {"Retry-After": "9"})])
    deliveries = receiver.wait_for(3, 30)
    assert all(delivery.is_signed_by(SECRET) for delivery in deliveries)
    assert not any(delivery.is_signed_by(SECRET[1:]) for delivery in deliveries)
    assert {delivery.path for delivery in deliveries} == {PATH}
    assert {delivery.headers["Content-Type"] for delivery in deliveries} == {"application/json"}
    assert len({delivery.body for delivery in deliveries}) == 1, "a repetition is the same, its id too"
    assert deliveries[2].signed_at > deliveries[0].signed_at, "each attempt is signed anew"
    assert deliveries[2].at - deliveries[1].at >= 8.9, "Retry-After is heeded"

    document = deliveries[0].json
    check_form(document)
    outcome = router.outcome_of(claim_id)
    assert document["event"] == "failover" and document["group"] == "inside"
    assert document["instanceId"] == router.instance_id and document["router"] == os.uname().nodename
    assert document["claim"]["claimId"] == claim_id and document["claim"]["vips"] == VIPS[:1]
    assert (document["claim"]["previousNetworkInterfaceId"], document["claim"]["networkInterfaceId"]) == (A, B)
    assert document["claim"]["phases"]["ec2Milliseconds"] > 0
    assert (document["audit"]["seq"], document["audit"]["hash"]) == (outcome["seq"], outcome["hash"])
    assert document["time"] == outcome["time"]
    for word in (VIPS[0], A, B, claim_id, document["router"]):
        assert word in document["text"]

    (line,) = wait_for_log(router, "delivered")
    attempts = int(re.search(r"attempt (\d+)", line)[1])
    assert document["id"] in line and "status 204" in line and attempts >= 4
    assert len(log(router, document["id"], "failed")) == attempts - 1, "each attempt is in the log"
    wait_for_outcome(router, "delivered")
    assert last(router)["id"] == document["id"] and router.status()["notify"]["pending"] == 0
    assert value(router, ENDED, event="failover", outcome="delivered") == 1
    assert value(router, "vipad_notification_failed_attempts_total") == attempts - 1
    assert value(router, "vipad_notifications_pending") == 0


def test_a_receiver_that_hangs_holds_up_no_claim(told, make_receiver):
    receiver = make_receiver(script=[HANG] * 10)
    router = told(receiver.url).start()
    assert router.claim(wait=5).status == 200
    receiver.wait_for(1)
    for _ in range(3):
        router.standby()
        begun = time.monotonic()
        assert router.claim(wait=5).status == 200
        assert time.monotonic() - begun < 1
    router.standby()
    begun = time.monotonic()
    assert router.hook("MASTER").returncode == 0
    assert time.monotonic() - begun < 1
    eventually(lambda: router.status()["verdict"] == "holding")
    assert len(receiver.deliveries) == 1 and router.status()["notify"]["pending"] == 5
    receiver.release()
    deliveries = receiver.wait_for(5)
    claims = [delivery.json["claim"]["claimId"] for delivery in deliveries[-5:]]
    assert claims == [record["claimId"] for record in router.records("claimOutcome")], "in their order"


@pytest.mark.skipif(not is_possible(), reason="needs root and strace")
def test_a_failing_disk_holds_up_no_notification_and_a_repetition_stays_the_same(told, make_receiver):
    receiver = make_receiver(script=[(503, {"Retry-After": "6"})])
    router = told(receiver.url).start()
    with failing(router, "write:error=EIO"):
        claim_id = router.claim(wait=5).json["claimId"]
        assert receiver.wait_for(1, 5)[0].json["audit"] is None, "it names no record that is not there"
    router.outcome_of(claim_id)
    first, second = receiver.wait_for(2)
    assert first.body == second.body
    check_form(second.json)


@pytest.mark.parametrize("answer, word", [
    (410, "410"), (403, "403"), ((302, {"Location": "/elsewhere"}), "302"), ((204, {}), None), (200, None)])
def test_an_answer_that_ends_it_is_final(told, make_receiver, answer, word):
    receiver = make_receiver(script=[answer])
    router = told(receiver.url).start()
    assert router.claim(wait=5).status == 200
    outcome = "givenUp" if word else "delivered"
    wait_for_outcome(router, outcome)
    assert value(router, ENDED, event="failover", outcome="givenUp" if word else "delivered") == 1
    if word:
        assert word in last(router)["reason"] and log(router, "given up", word)
    router.standby()
    assert router.claim(wait=5).status == 200
    first, second = receiver.wait_for(2)
    assert first.json["id"] != second.json["id"], "the first is not sent again, the next one is"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_an_answer_that_may_change_is_asked_for_again(told, make_receiver, status):
    receiver = make_receiver(script=[status])
    router = told(receiver.url).start()
    assert router.claim(wait=5).status == 200
    first, second = receiver.wait_for(2)
    assert first.json["id"] == second.json["id"] and second.at - first.at > 0.5
    assert log(router, f"{status}", "again in")


def test_contention_is_told_when_it_begins_and_when_it_ends(simulator, told, make_receiver):
    receiver = make_receiver()
    router = told(receiver.url, more={"vrrp": ["guardSeconds = 0.2"]}).start()
    assert router.claim(wait=5).status == 200
    eventually(lambda: router.status()["verdict"] == "holding")

    def stolen_again():
        if simulator.holder() == B:
            simulator.move(VIPS[0], A)
        return "contended" in receiver.events
    eventually(stolen_again, 60, "the brake", pause_seconds=0.2)
    router.standby()
    eventually(lambda: "contendedEnded" in receiver.events)
    for delivery in receiver.deliveries:
        check_form(delivery.json)
    told_of = [delivery.json for delivery in receiver.deliveries if delivery.json["event"].startswith("contended")]
    assert [document["event"] for document in told_of] == ["contended", "contendedEnded"], "each once"
    assert told_of[0]["verdict"] == "contended" and "VRRP" in told_of[0]["text"]
    assert told_of[1]["verdict"] != "contended"
    retaken = [delivery.json["claim"]["cause"] for delivery in receiver.deliveries if delivery.json["claim"]]
    assert retaken[0] == "vrrp" and set(retaken[1:]) == {"guard"}


def test_not_ready_is_told_when_it_lasts_and_ready_again(told, make_receiver):
    receiver = make_receiver()
    router = told(receiver.url, notReadySeconds=1.5).start()
    router.ask("POST", "/pause", {})
    assert not router.status()["readiness"]["ready"]
    router.ask("POST", "/resume")
    router.ask("POST", "/pause", {})
    document = receiver.wait_for(1)[0].json
    check_form(document)
    assert document["event"] == "notReady" and document["group"] is None
    assert "pause" in [check["name"] for check in document["readiness"]["checks"]] and "pause" in document["text"]
    router.ask("POST", "/resume")
    again = receiver.wait_for(2)[1].json
    check_form(again)
    assert again["event"] == "ready" and again["readiness"]["ready"]
    assert receiver.events == ["notReady", "ready"], "what came and went at once is not told"


def test_a_start_that_fails_is_told_once(simulator, told, make_receiver):
    """Nothing is ready at a start; what stays so is one notification, what mends itself none."""
    receiver = make_receiver()
    fault = simulator.fault(action="DescribeNetworkInterfaces", errorCode="UnauthorizedOperation", httpStatus=403)
    other = simulator.fault(action="DescribeInstances", errorCode="UnauthorizedOperation", httpStatus=403)
    router = told(receiver.url, notReadySeconds=1).start(ready=False)
    document = receiver.wait_for(1)[0].json
    assert document["event"] == "notReady" and "describe" in document["text"]
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: router.records("configurationChanged"))
    simulator.mend(fault)
    simulator.mend(other)
    receiver.wait_for(2, 75)
    assert receiver.events == ["notReady", "ready"]


def test_sighup_puts_another_receiver_in_force_for_what_waits_too(told, make_receiver):
    first, second = make_receiver(script=[500] * 100), make_receiver()
    router = told(first.url).start()
    assert router.claim(wait=5).status == 200
    first.wait_for(1)
    router.configure(notify_section(router, second.url + PATH))
    os.kill(router.process.pid, signal.SIGHUP)
    assert second.wait_for(1)[0].json["id"] == first.deliveries[0].json["id"]
    wait_for_outcome(router, "delivered")
    assert router.status()["notify"]["receiver"] == second.url
    assert not [line for line in router.process.lines if "[notify] has changed" in line], "no restart is needed"
    router.configure("")
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: router.status()["notify"] is None)
    router.standby()
    assert router.claim(wait=5).status == 200
    assert len(second.deliveries) == 1


def reload(router, section):
    """Puts a [notify] in force."""
    before = len(router.records("configurationChanged"))
    router.configure(section)
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: len(router.records("configurationChanged")) > before)


@pytest.mark.parametrize("status", [500, 410])
def test_how_an_earlier_receiver_fails_is_none_of_the_new_ones_fault(told, make_receiver, status):
    first, second = make_receiver(script=[(HANG, status)]), make_receiver(script=[500])
    router = told(first.url).start()
    assert router.claim(wait=5).status == 200
    first.wait_for(1)
    reload(router, notify_section(router, second.url + PATH))
    begin = time.monotonic()
    first.release()
    assert second.wait_for(1)[0].json["id"] == first.deliveries[0].json["id"]
    assert second.deliveries[0].at - begin < 0.7, "tried at once, and not after the first one's pause"
    second.wait_for(2)
    wait_for_outcome(router, "delivered")
    assert str(status) not in json.dumps(router.status()["notify"]) and router.status()["notify"]["lost"] is None
    assert value(router, ENDED, event="failover", outcome="delivered") == 1
    assert value(router, ENDED, event="failover", outcome="givenUp") == 0


@pytest.mark.parametrize("status, outcome", [(204, "delivered"), (500, "dropped")])
def test_a_notification_that_is_being_sent_as_the_webhook_goes_has_one_end(told, make_receiver, status, outcome):
    receiver = make_receiver(script=[(HANG, status)])
    router = told(receiver.url).start()
    assert router.claim(wait=5).status == 200
    receiver.wait_for(1)
    reload(router, "")
    receiver.release()
    wait_for_log(router, outcome)
    other = make_receiver()
    reload(router, notify_section(router, other.url + PATH))
    ends = {name: value(router, ENDED, event="failover", outcome=name) for name in ("delivered", "givenUp", "dropped")}
    assert {name for name, count in ends.items() if count} == {outcome} and sum(ends.values()) == 1
    assert router.status()["notify"]["last"] is None and not other.deliveries


def test_without_a_safe_secret_nothing_is_sent_and_the_remedy_is_said(told, make_receiver):
    receiver = make_receiver()
    router = told(receiver.url)
    router.secret_file.chmod(0o644)
    router.start()
    wait_for_log(router, "nothing can be delivered", f"chmod o-r {router.secret_file}")
    assert router.claim(wait=5).status == 200, "a claim does without"
    wait_for_outcome(router, "failing")
    assert "chmod o-r" in last(router)["reason"] and not receiver.deliveries
    router.secret_file.write_text("short\n")
    router.secret_file.chmod(0o640)
    wait_for_log(router, "failed", "32 or more", "openssl rand -hex 32")
    router.secret_file.write_text("another secret of enough length!!".replace(" ", "-"))
    os.kill(router.process.pid, signal.SIGHUP)
    assert receiver.wait_for(1)[0].is_signed_by("another-secret-of-enough-length!!"), "read anew for each attempt"


def test_a_receiver_that_can_not_be_trusted_gets_nothing(told, make_receiver, tls):
    receiver = make_receiver(tls)
    router = told(receiver.url).start()
    assert router.claim(wait=5).status == 200
    (line,) = wait_for_log(router, "attempt 1 ", "failed")
    assert "certificate" in line and not receiver.deliveries


@pytest.mark.parametrize("lines, says", [
    (['webhook = "http://hooks.example.net/x"', 'secretFile = "/s"'], "notify.webhook"),
    (['webhook = "https://user:word@hooks.example.net/x"', 'secretFile = "/s"'], "notify.webhook"),
    (['webhook = "https://hooks.example.net/x"'], "notify.secretFile: is missing"),
])
def test_a_webhook_that_is_not_safe_is_a_configuration_error(simulator, make_router, lines, says):
    router = make_router(simulator, "router-b")
    router.configure("\n".join(["[notify]", *lines, ""]))
    done = router.vipad("serve", check=False, timeout=15)
    assert done.returncode == 2 and says in done.stderr
    assert "word" not in done.stderr and "example.net" not in done.stderr


def test_at_a_stop_what_waits_is_tried_once_more(told, make_receiver):
    port = free_port()
    router = told(f"http://127.0.0.1:{port}").start()
    assert router.claim(wait=5).status == 200
    wait_for_log(router, "attempt 3 ", "again in")
    receiver = make_receiver(None, port)
    process = router.process
    assert router.end() == 0
    assert receiver.events == ["failover"] and "delivered" in process.text()


def test_at_a_stop_it_is_said_what_was_not_delivered(told, make_receiver):
    receiver = make_receiver(script=[HANG] * 10)
    router = told(receiver.url).start()
    for _ in range(2):
        assert router.claim(wait=5).status == 200
        router.standby()
    receiver.wait_for(1)
    process = router.process
    begun = time.monotonic()
    assert router.end() == 0
    assert time.monotonic() - begun < 3
    dropped = [line for line in process.lines if "notify: failover" in line and "dropped" in line]
    assert len(dropped) == 2 and receiver.deliveries[0].json["id"] in dropped[0]


def test_nothing_of_the_url_or_the_secret_is_shown(told, make_receiver):
    receiver = make_receiver(script=[500, 410, 204])
    router = told(receiver.url).start()
    for count in (2, 3):
        assert router.claim(wait=5).status == 200
        receiver.wait_for(count)
        router.standby()
    wait_for_log(router, "delivered")
    shown = [router.get(path).body.decode() for path in ("/status", "/metrics", "/whoami", "/readyz", "/")]
    shown += [router.process.text(), *(json.dumps(record) for record in router.records())]
    for text in shown:
        assert SECRET not in text and "in-the-url" not in text and "/services" not in text
    assert receiver.url in router.process.text()


def test_a_receiver_that_fails_is_a_warning_until_it_has_all(told, make_receiver):
    """In /status with the moment of the first failure, in the checks, and never a reason not to be ready."""
    receiver = make_receiver(script=[500, 503, 410, 500])
    router = told(receiver.url).start()
    eventually(lambda: checks(router)["notify"]["state"] == "ok")
    assert router.claim(wait=5).status == 200
    since = eventually(lambda: router.status()["notify"]["failing"])["since"]
    eventually(lambda: (lost := router.status()["notify"]["lost"]) and lost["count"] == 1 and "410" in lost["reason"])
    failing = router.status()["notify"]["failing"]
    assert failing == {"since": since, "reason": "it answered 410"}, "since the first attempt that failed"
    check = checks(router)["notify"]
    assert check["state"] == "failed" and not check["blocking"] and not check["local"]
    assert f"nothing was delivered to {receiver.url} since {since}: it answered 410" in check["reason"]
    answer = router.get("/readyz")
    assert answer.status == 200 and answer.json["ready"]
    shown = router.vipad("check").stdout
    assert shown.startswith("ready: ") and "check=notify state=failed" in shown and "it answered 410" in shown
    assert router.vipad("check", "--vrrp").returncode == 0
    router.standby()
    assert router.claim(wait=5).status == 200
    receiver.wait_for(5)
    eventually(lambda: checks(router)["notify"]["state"] == "ok")
    notify = router.status()["notify"]
    assert notify["failing"] is None and notify["lost"]["count"] == 1, "what was lost stays lost"


def test_what_a_delivery_needs_is_checked_before_there_is_one(told, make_receiver, tls):
    """Secret, authorities and name, at a start and after a reload; by the command alone too; and nothing is sent."""
    receiver = make_receiver(tls)
    router = told(receiver.url, caBundle=tls.ca)
    router.secret_file.chmod(0o644)

    def says(*words):
        """Daemon and command say the same, and that a failover works all the same."""
        check = eventually(lambda: (c := checks(router).get("notify")) and words[0] in c["reason"] and c)
        assert check["state"] == "failed" and all(word in check["reason"] for word in words)
        assert router.get("/readyz").status == 200
        done = router.vipad("check")
        assert all(word in done.stdout for word in words) and done.stdout.startswith("ready: ")

    router.start()
    says("chmod o-r", str(router.secret_file))
    router.secret_file.chmod(0o640)
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: checks(router)["notify"]["state"] == "ok")
    for settings, words in [
            ({"caBundle": "/none/ca.pem"}, ("/none/ca.pem: can't be read",)),
            ({"url": "https://hooks.invalid:8443"}, ("hooks.invalid has no address",))]:
        router.configure(notify_section(router, settings.pop("url", receiver.url) + PATH, **settings))
        os.kill(router.process.pid, signal.SIGHUP)
        says(*words)
        alone = router.vipad("check", "--socket", "/none", check=False)
        assert alone.stdout.startswith("not ready: daemon") and all(word in alone.stdout for word in words)
        assert PATH not in alone.stdout and "in-the-url" not in alone.stdout
    router.configure("")
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: "notify" not in checks(router))
    assert not receiver.deliveries


def test_not_ready_for_another_reason_does_not_blame_the_webhook(told, make_receiver):
    router = told(make_receiver().url)
    router.secret_file.chmod(0o644)
    router.start()
    eventually(lambda: checks(router).get("notify"))
    router.ask("POST", "/pause", {})
    assert router.get("/readyz").status == 503
    line = router.vipad("status", "--probe", check=False).stdout
    assert "not ready: pause" in line and "not ready: notify" not in line


def test_the_documented_verifiers_agree(told, make_receiver, tmp_path):
    """The lines of docs/monitoring.md, run as they stand there."""
    receiver = make_receiver()
    router = told(receiver.url).start()
    assert router.claim(wait=5).status == 200
    delivery = receiver.wait_for(1)[0]
    text = (ROOT / "docs" / "monitoring.md").read_text()
    python = next(block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "vipad-signature" in block or "hmac" in block)
    scope = {}
    exec(python, scope)
    header = delivery.headers["vipad-signature"]
    assert scope["is_genuine"](header, delivery.body, SECRET)
    assert not scope["is_genuine"](header, delivery.body + b" ", SECRET)
    assert not scope["is_genuine"](header, delivery.body, SECRET[::-1])
    old = f"t={delivery.signed_at - 301},{header.split(',')[1]}"
    assert not scope["is_genuine"](old, delivery.body, SECRET)
    shell = next(block for block in re.findall(r"```sh\n(.*?)```", text, re.S) if "openssl dgst" in block)
    (tmp_path / "body").write_bytes(delivery.body)
    done = subprocess.run(
        ["sh", "-c", shell], cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "t": str(delivery.signed_at), "secret": str(router.secret_file)})
    assert pathlib.Path(tmp_path / "body").exists() and header.split("v1=")[1] in done.stdout, done
