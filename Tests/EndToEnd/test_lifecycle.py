"""Starting, stopping, dying: what is refused at the start, and what a death in the middle leaves in the log."""

import json
import pathlib
import shutil
import signal
import stat
import subprocess

import pytest

from pair import VIPS, Process, binary, eventually


def serve_and_fail(router, *arguments):
    done = subprocess.run(
        [binary("vipad"), "serve", "--config", str(router.configuration), *arguments], env=router.environment,
        capture_output=True, text=True, timeout=30)
    return done.returncode, done.stderr


@pytest.mark.parametrize("text, named", [
    ('[aws]\nregio = "eu-central-1"\n', ["aws.regio", "region"]),
    ("[vrrp]\nguardSeconds = -1\n", ["guardSeconds"]),
    ('[server]\nlisten = "0.0.0.0:8600"\n', ["listen"]),
    ('[server]\nlisten = 8600\n', ["listen"]),
    ('[aws]\nec2Endpoint = "http://203.0.113.1"\n', ["ec2Endpoint"]),
    ("[aws]\nregion = \n", []),
    ("[[group]]\nname = 'again'\nvips = ['100.80.33.300']\n", ["vips"]),
    ("[[group]]\nname = 'inside'\nvips = ['100.80.33.101']\n", ["inside"]),
    ("[audit]\nkeep = 'many'\n", ["keep"]),
], ids=repr)
def test_a_configuration_error_names_file_line_and_key_and_exits_2(simulator, make_router, text, named):
    router = make_router(simulator, "router-b")
    lines = ['[[group]]', 'name = "inside"', f'vips = ["{VIPS[0]}"]', "", *text.splitlines()]
    router.configuration.write_text("\n".join(lines) + "\n")
    status, error = serve_and_fail(router)
    assert status == 2, error
    assert str(router.configuration) in error
    assert any(f":{line}" in error or f"line {line}" in error for line in range(1, len(lines) + 2)), error
    for word in named:
        assert word in error
    assert not simulator.calls(service="all")


def test_a_configuration_that_others_may_write_is_refused(simulator, make_router):
    router = make_router(simulator, "router-b")
    router.configuration.chmod(0o666)
    status, error = serve_and_fail(router)
    assert status == 2 and str(router.configuration) in error and "writ" in error


def test_no_configuration_is_said_with_the_path(simulator, make_router):
    router = make_router(simulator, "router-b")
    router.configuration.unlink()
    status, error = serve_and_fail(router)
    assert status == 2 and str(router.configuration) in error


@pytest.mark.parametrize("same", ["socket", "log"])
def test_a_second_daemon_says_so_and_leaves_the_first_alone(simulator, make_router, same):
    first = make_router(simulator, "router-b").start()
    second = make_router(simulator, "router-b")
    if same == "socket":
        second.socket = first.socket
    else:
        second.log = first.log
    second.configure()
    status, error = serve_and_fail(second)
    assert status not in (0, None), error
    assert {"socket": first.socket, "log": str(first.log)}[same] in error
    assert first.get("/healthz").status == 200
    assert first.ask_tcp("GET", "/healthz").status == 200
    assert first.claim(wait=5).status == 200
    assert first.ask_tcp("POST", "/standby", {}).status == 200
    first.check_log()


def test_a_socket_that_a_dead_daemon_left_is_taken_over(simulator, make_router):
    router = make_router(simulator, "router-b").start()
    router.kill()
    router.start()
    assert router.claim(wait=5).status == 200


def test_socket_and_token_are_for_root_and_the_group_only(router):
    assert stat.S_IMODE((router.directory / "s").stat().st_mode) == 0o660
    assert stat.S_IMODE(router.token_file.stat().st_mode) == 0o640
    assert len(router.token) == 64 and int(router.token, 16) >= 0
    assert router.token_file.read_text() == router.token + "\n"


def test_each_start_makes_a_new_token(router):
    old = router.token
    router.end()
    router.start()
    assert router.token != old
    assert router.ask_tcp("POST", "/claim", {}, token=old).status == 403


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_stop_gives_up_the_claim_and_says_so_in_the_log(router, number):
    router.simulator.fault(action="AssignPrivateIpAddresses", errorCode="UnauthorizedOperation", httpStatus=403)
    claim_id = router.claim(wait=10).json["claimId"]  # refused: the next attempt is half a minute away
    assert router.end(number) == 0
    sent = len(router.simulator.assigns())
    assert router.outcome_of(claim_id)["outcome"] == "cancelled"
    assert router.records()[-1]["event"] == "stopped"
    assert not router.simulator.assigns(router.simulator.last, wait=1)
    assert len(router.simulator.assigns()) == sent
    router.check_log()


def test_a_stop_wakes_those_who_wait(router):
    from concurrent.futures import ThreadPoolExecutor
    router.simulator.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=60000)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(router.claim, wait=50)
        router.simulator.wait_for_assigns(1)
        assert router.end() == 0
        try:
            assert waiting.result(5).status in (409, 202, 503)
        except OSError:
            pass


def test_killed_before_ec2_has_it_the_claim_is_recorded_as_not_applied(router):
    router.simulator.fault(action="AssignPrivateIpAddresses", reset="before")
    claim_id = router.claim().json["claimId"]
    router.simulator.wait_for_assigns(1)
    router.kill()
    assert router.records("claimIntent") and not router.records("claimOutcome")
    router.simulator.mend()
    router.start()
    assert router.outcome_of(claim_id)["outcome"] == "recoveredNotApplied"
    router.check_log()


def test_killed_before_ec2s_answer_the_claim_is_recorded_as_accepted(router):
    router.simulator.fault(action="AssignPrivateIpAddresses", delayAfterMilliseconds=60000)
    claim_id = router.claim().json["claimId"]
    eventually(lambda: router.simulator.holder() == router.network_interface_id)
    router.kill()
    router.simulator.mend()
    router.start()
    assert router.outcome_of(claim_id)["outcome"] == "recoveredAccepted"
    router.check_log()


def test_killed_after_the_answer_nothing_is_recorded_twice(router):
    claim_id = router.claim(wait=5).json["claimId"]
    router.kill()
    router.start()
    assert router.outcome_of(claim_id)["outcome"] == "accepted"
    router.check_log()


def test_killed_at_each_write_of_the_log_there_is_one_outcome_for_each_intent(simulator, make_router):
    """SIGKILL at the n-th system call on the log, for each n that a claim makes."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    router = make_router(simulator, "router-b")
    for n in range(1, 60):
        router.wrapper = [
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-P", str(router.log), "-e", "trace=write,fdatasync",
            "-e", f"inject=write,fdatasync:signal=SIGKILL:when={n}"]
        try:
            router.start()
            router.claim(wait=5)
            router.standby()
        except (AssertionError, OSError, ValueError):
            pass  # it died, and whoever asked it got no answer
        died = router.end() == -signal.SIGKILL
        router.wrapper = []
        router.start()
        eventually(lambda: len(router.records("claimOutcome")) == len(router.records("claimIntent")))
        router.check_log()
        router.end()
        if not died:
            break
    assert n > 5, "the claim was hardly ever interrupted"
    outcomes = {record["outcome"] for record in router.records("claimOutcome")}
    assert {"accepted", "recoveredAccepted"} <= outcomes


def test_a_torn_last_line_is_put_aside_and_said(router):
    assert router.claim(wait=5).status == 200
    router.kill()
    with open(router.log, "ab") as log:
        log.write(b'{"eventVersion":1,"seq":99,"tor')
    router.start()
    assert list(router.log.parent.glob("audit.torn-*"))
    router.check_log()


def test_the_daemon_starts_and_answers_without_imds_and_without_ec2(make_simulator, make_router):
    simulator = make_simulator()
    router = make_router(simulator, "router-b")
    simulator.end()
    router.start(ready=False)
    status = eventually(lambda: (s := router.status()) and any(not c["ok"] for c in s["readiness"]["checks"]) and s)
    assert not status["readiness"]["ready"] and status["verdict"] == "unknown"
    for check in status["readiness"]["checks"]:
        assert check["ok"] or check["detail"]
    assert router.claim().status == 202
    assert router.vip()["held"] is None
    whoami = router.get("/whoami").json
    assert whoami["instanceId"] is None and whoami["unavailable"]["instanceId"]


def memory(router, name):
    """A line of /proc/PID/status, in kB."""
    lines = pathlib.Path(f"/proc/{router.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def test_what_only_the_start_needed_is_given_back_and_a_claim_goes_on_without(router):
    eventually(lambda: memory(router, "VmRSS") < 0.7 * memory(router, "VmHWM"))
    assert router.claim(wait=5).status == 200


def test_a_router_at_rest_has_no_thread_of_a_pool_that_wakes_by_itself(router):
    """Dispatch's looks at itself once a second from its first job on; a queue's thread ends after 5 s without one."""
    def threads():
        return [(t / "comm").read_text().strip() for t in pathlib.Path(f"/proc/{router.process.pid}/task").iterdir()]

    eventually(lambda: not any("qos" in name for name in threads()), 25, pause_seconds=0.2)


def test_the_log_can_be_read_over_http_and_by_the_command_line(router):
    claim_id = router.claim(wait=5).json["claimId"]
    eventually(lambda: router.records("claimConfirmed"))
    answer = router.get("/audit?limit=1000")
    assert answer.headers["Content-Type"] == "application/jsonl"
    assert answer.body == router.log.read_bytes()
    seqs = [json.loads(line)["seq"] for line in answer.body.splitlines()]
    assert [json.loads(line)["seq"] for line in router.get(f"/audit?after={seqs[1]}&limit=1").body.splitlines()] == [
        seqs[2]]
    tail = router.vipad("audit", "tail", "-n", "50").stdout
    assert claim_id in tail
    assert router.vipad("audit", "verify", str(router.log)).returncode == 0


def test_the_log_is_followed_as_it_grows(router):
    tail = Process(
        [binary("vipad"), "audit", "tail", "-f", "--config", str(router.configuration)], router.environment,
        router.directory)
    claim_id = router.claim(wait=5).json["claimId"]
    eventually(lambda: any(claim_id in line and "claimOutcome" in line for line in tail.out))
    tail.end(signal.SIGINT)


def test_a_changed_record_is_found(router):
    router.claim(wait=5)
    router.end()
    text = router.log.read_bytes()
    router.log.write_bytes(text.replace(b'"outcome":"accepted"', b'"outcome":"refusedxx"'))
    done = router.vipad("audit", "verify", str(router.log), check=False)
    assert done.returncode == 1
