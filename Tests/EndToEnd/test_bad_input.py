"""What callers do wrong is refused with the field's name, and changes nothing."""

import json
import subprocess
import socket

import pytest


@pytest.fixture(scope="module")
def router(request, tls, tmp_path_factory):
    from pair import Router, Simulator, VIPS
    simulator = Simulator(tmp_path_factory.mktemp("sim"), None, tls)
    simulator.topology = Simulator.example()
    router = Router(simulator, simulator.topology["routers"][1], groups={"inside": VIPS[:1], "outside": VIPS[1:]})
    router.start()
    yield router
    assert not simulator.assigns(), "bad input made a claim"
    assert not router.records("claimIntent")
    router.remove()
    simulator.end()


def is_problem(answer, status, *words):
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status and problem["title"] and problem["type"] and problem["detail"]
    for word in words:
        assert word in json.dumps(problem), f"{word} is not named in {problem}"
    return True


def test_an_unknown_group_is_404_and_the_known_ones_are_named(router):
    for path in ("/claim", "/standby"):
        assert is_problem(router.ask("POST", path, {"group": "elsewhere"}), 404, "inside", "outside")


def test_no_group_is_400_where_there_are_two(router):
    assert is_problem(router.ask("POST", "/claim"), 400, "group", "inside", "outside")


@pytest.mark.parametrize("body, named", [
    ('{"group": "inside", "grp": 1}', "grp"),
    ('{"group": 7}', "group"),
    ('{"group": null}', "group"),
    ('{"group": "inside", "priority": "200"}', "priority"),
    ('{"group": "inside", "priority": 1.5}', "priority"),
    ('{"group": "inside", "priority": 256}', "priority"),
    ('{"group": "inside", "priority": -1}', "priority"),
    ('{"group": "inside", "uptime": -0.5}', "uptime"),
    ('{"group": "inside", "uptime": "1"}', "uptime"),
    ('{"group": "inside", "uptime": 1e999}', "uptime"),
    ('{"group": "inside", "force": "yes"}', "force"),
    ('{"group": "inside", "force": 1}', "force"),
    ('{"group": "inside", "cause": "guard"}', "cause"),
    ('{"group": "inside", "group": "outside"}', "group"),
    ('{"group": "inside", "gr\\u006fup": "outside"}', "group"),
    ('{"group": "inside"', "JSON"), ('{"group": "inside"} x', "JSON"), ("[]", ""), ('"inside"', ""), ("null", ""),
    ('{"group": inside}', "JSON"), ("{'group': 'inside'}", "JSON"), ('{"group": "inside",}', "JSON"),
    ('\ufeff{"group": "inside"}', ""), ('{"group": "in\x00side"}', ""), ('{"group": "\\ud800"}', ""),
    ('{"group": ' + "[" * 20 + "]" * 20 + "}", ""), ("\xff\xfe".encode("latin1"), ""), (" ", ""),
], ids=repr)
def test_a_body_that_is_not_as_described_is_400_and_names_the_field(router, body, named):
    body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    answer = router.ask("POST", "/claim", body, {"Content-Type": "application/json"})
    assert is_problem(answer, 400, named)


@pytest.mark.parametrize("state", ["MASTER", "backup", "", "DELETED"])
def test_standby_takes_only_states_that_are_not_master(router, state):
    assert is_problem(router.ask("POST", "/standby", {"group": "inside", "state": state}), 400, "state", "BACKUP")


@pytest.mark.parametrize("query", ["wait=61", "wait=-1", "wait=x", "wait=", "wait=nan", "wait=1&wait=2", "waits=1"])
def test_a_wrong_parameter_is_400_and_named(router, query):
    answer = router.ask("POST", f"/claim?{query}", {"group": "inside"})
    assert is_problem(answer, 400, query.split("=")[0])


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=-1", "since=1"])
def test_wrong_parameters_of_audit_are_400_and_named(router, query):
    assert is_problem(router.get(f"/audit?{query}"), 400, query.split("=")[0])


def test_a_body_over_4_kib_is_413(router):
    # The answer comes before the body is read: curl takes it, http.client may trip over the closed connection.
    done = subprocess.run(
        ["curl", "-sS", "--unix-socket", router.socket, "-H", "Content-Type: application/json", "-w", "%{http_code}",
         "-d", json.dumps({"group": "x" * 5000}), "http://localhost/claim"], capture_output=True, text=True, timeout=10)
    problem, status = done.stdout[:-3], done.stdout[-3:]
    assert status == "413" and "4096" in json.loads(problem)["detail"], done


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", None])
def test_a_body_of_another_type_is_415(router, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    assert is_problem(router.ask("POST", "/claim", '{"group":"inside"}', headers), 415, "application/json")


@pytest.mark.parametrize("path, method, allow", [
    ("/claim", "GET", "POST"), ("/claim", "PUT", "POST"), ("/standby", "GET", "POST"), ("/standby", "DELETE", "POST"),
    ("/status", "POST", "GET, HEAD"), ("/whoami", "DELETE", "GET, HEAD"), ("/healthz", "PATCH", "GET, HEAD"),
    ("/audit", "POST", "GET, HEAD"), ("/openapi.json", "PUT", "GET, HEAD"), ("/claims/0123456789abcdef", "POST", "GET, HEAD"),
    ("/status", "OPTIONS", "GET, HEAD"), ("/status", "TRACE", "GET, HEAD"),
])
def test_another_method_is_405_with_allow(router, path, method, allow):
    answer = router.ask(method, path)
    assert is_problem(answer, 405)
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize("path", [
    "/claims/", "/claim/", "//status", "/status/", "/Status", "/a/../status", "/%73tatus", "/status%00",
    "/claims/xyz", "/claims/0123456789abcdef", "/claims/0123456789abcdef/x",
])
def test_an_unknown_path_is_404(router, path):
    assert router.get(path).status in ((400,) if "%00" in path else (404,))


def test_nothing_with_an_effect_answers_get(router):
    for path in ("/claim?group=inside", "/standby?group=inside"):
        assert router.get(path).status == 405


def test_over_tcp_a_post_needs_the_token(router):
    body = {"group": "inside"}
    assert is_problem(router.ask_tcp("POST", "/claim", body, token=False), 401, str(router.token_file))
    assert router.ask_tcp("POST", "/claim", body, token=False).headers["WWW-Authenticate"] == "Bearer"
    for wrong in ("0" * 64, router.token[:-1], router.token + "0", "", router.token.upper() + "x"):
        assert router.ask_tcp("POST", "/claim", body, token=wrong).status in (401, 403)
    assert is_problem(router.ask_tcp("POST", "/standby", body, token="0" * 64), 403)
    basic = router.ask_tcp("POST", "/claim", body, {"Authorization": f"Basic {router.token}"})
    assert basic.status == 401
    assert router.ask_tcp("GET", "/status", token=False).status == 200


@pytest.mark.parametrize("header", [
    {"Origin": "http://127.0.0.1"}, {"Referer": "http://127.0.0.1/"}, {"X-Forwarded-For": "1.2.3.4"},
    {"Sec-Fetch-Site": "same-origin"}, {"Via": "1.1 proxy"}, {"Forwarded": "for=1.2.3.4"},
], ids=lambda header: next(iter(header)))
def test_browsers_and_proxies_change_nothing(router, header):
    assert is_problem(router.ask_tcp("POST", "/claim", {"group": "inside"}, header), 403)


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com", "127.0.0.1:1", "localhost:99999", ""])
def test_a_foreign_host_is_421(router, host):
    assert router.ask_tcp("GET", "/status", headers={"Host": host}).status in (400, 421)


@pytest.mark.parametrize("raw, status", [
    (b"POST /claim HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
    (b"GET /status HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", b"400"),
    (b"GET /status HTTP/1.1\r\n\r\n", b"400"),
    (b"GET /status HTTP/1.9\r\nHost: localhost\r\n\r\n", b"505"),
    (b"POST /claim HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"400"),
    (b"GET /status HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 9000 + b"\r\n\r\n", b"431"),
], ids=["chunked", "two-hosts", "no-host", "http-1.9", "two-lengths", "long-header"])
def test_raw_requests_that_mean_two_things_are_refused(router, raw, status):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(router.socket)
        connection.sendall(raw)
        assert connection.recv(4096).split(b" ")[1] == status


def test_it_serves_on_after_all_that(router):
    assert router.get("/healthz").status == 200
    router.check_log()


def test_head_is_get_without_a_body(router):
    for path in ("/status", "/whoami", "/healthz", "/openapi.json"):
        head, get = router.ask("HEAD", path), router.get(path)
        assert head.status == 200 and head.body == b""
        assert head.headers["Content-Length"] == str(len(get.body))


def test_the_command_line_says_what_is_wrong_and_exits_1_or_2(router):
    unknown = router.vipad("claim", "--group", "elsewhere", check=False)
    assert unknown.returncode == 1 and "inside" in unknown.stderr
    assert router.vipad("claim", "--wait", "61", check=False).returncode == 2
    assert router.vipad("claim", "--frobnicate", check=False).returncode == 2
    assert router.vipad("frobnicate", check=False).returncode == 2
    nobody = router.vipad("status", "--socket", "/nonexistent/s", check=False)
    assert nobody.returncode == 1 and "/nonexistent/s" in nobody.stderr
