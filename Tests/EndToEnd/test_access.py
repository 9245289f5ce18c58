"""Who may: users on the Unix socket, tokens over TCP, and nothing that came through a browser or a proxy."""

import http.client
import json
import os
import shutil
import signal
import subprocess

import pytest

from pair import call, eventually

AS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="other users need root and setpriv")
# Groups that every Debian has; nobody of these tests' users is in them by the group database.
ACTORS, ACTORS_ID = "games", 60
TEAM, TEAM_ID = "users", 100
STRANGER, DAEMON = 64123, 64124
READS = ["/status", "/whoami", "/healthz", "/audit", "/openapi.json", "/claims/0123456789abcdef"]
EFFECTS = ["/claim", "/standby", "/pause", "/resume"]


def curl(router, method, path, user=STRANGER, group=STRANGER, groups=()):
    """The status and body that curl gets as another user."""
    options = ["--groups", ",".join(map(str, groups))] if groups else ["--clear-groups"]
    done = subprocess.run(
        ["setpriv", "--reuid", str(user), "--regid", str(group), *options,
         "curl", "-sS", "-m", "10", "-X", method, "-w", "\n%{http_code}", "--unix-socket", router.socket,
         f"http://localhost{path}"], capture_output=True, text=True, timeout=20)
    if done.returncode:
        return None, done.stderr
    body, status = done.stdout.rsplit("\n", 1)
    return int(status), body


def served(make_simulator, make_router, *settings):
    """A router whose directory all users can reach, as /run/vipad is; no CA, which other users could not read."""
    router = make_router(
        make_simulator(use_tls=False), "router-b", more={"server": [f'socketGroup = "{ACTORS}"', *settings]})
    router.directory.chmod(0o755)
    return router


@AS_ROOT
@pytest.mark.parametrize("who, may", [
    (dict(user=0, group=STRANGER), True),
    (dict(group=ACTORS_ID), True),
    (dict(groups=[ACTORS_ID]), True),
    (dict(groups=[STRANGER, TEAM_ID, ACTORS_ID]), True),
    (dict(groups=[TEAM_ID]), False),
    (dict(), False),
], ids=["root", "group", "supplementary", "one-of-many", "other-group", "nobody"])
def test_on_the_socket_root_and_the_sockets_group_may_post(make_simulator, make_router, who, may):
    router = served(make_simulator, make_router, 'readers = "everyone"').start()
    for path in EFFECTS:
        status, body = curl(router, "POST", path, **who)
        if may:
            assert status in (200, 202), (path, body)
        else:
            problem = json.loads(body)
            assert status == problem["status"] == 403, (path, body)
            assert f"user {STRANGER}" in problem["detail"] and ACTORS in problem["detail"]
            assert f"usermod -aG {ACTORS}" in problem["remedy"]
    assert bool(router.records("claimIntent")) == may
    for path in READS:
        assert curl(router, "GET", path, **who)[0] in (200, 404), path


@AS_ROOT
def test_the_daemons_own_user_may_post(make_simulator, make_router):
    """It runs as a user of its own, and root is another."""
    router = served(make_simulator, make_router, f'readers = "{TEAM}"')
    router.wrapper = ["setpriv", "--reuid", str(DAEMON), "--regid", str(DAEMON), "--groups", str(ACTORS_ID)]
    for place in (router.directory, router.log.parent, router.state_file.parent, router.configuration):
        os.chown(place, DAEMON, DAEMON)
    router.start()
    assert os.stat(router.socket).st_uid == DAEMON and os.stat(router.socket).st_gid == ACTORS_ID
    assert oct(os.stat(router.token_file).st_mode & 0o777) == "0o640"
    assert curl(router, "POST", "/claim?wait=5", user=DAEMON)[0] == 200
    assert curl(router, "POST", "/standby", user=DAEMON + 1)[0] == 403
    assert curl(router, "POST", "/standby")[0] == 403
    assert curl(router, "POST", "/standby", user=0, group=0)[0] == 200


@AS_ROOT
@pytest.mark.parametrize("readers, mode, team, stranger", [
    (None, "0o660", None, None), ("everyone", "0o666", 200, 200), (TEAM, "0o666", 200, 403),
])
def test_readers_says_who_else_may_read_on_the_socket(make_simulator, make_router, readers, mode, team, stranger):
    router = served(make_simulator, make_router, *([f'readers = "{readers}"'] if readers else [])).start()
    assert oct(os.stat(router.socket).st_mode & 0o777) == mode
    assert os.stat(router.socket).st_gid == ACTORS_ID
    assert curl(router, "GET", "/status", group=TEAM_ID)[0] == team
    assert curl(router, "GET", "/status", groups=[TEAM_ID])[0] == team
    assert curl(router, "GET", "/status", groups=[ACTORS_ID])[0] == 200
    status, body = curl(router, "GET", "/status")
    assert status == stranger
    if stranger == 403:
        problem = json.loads(body)
        assert f"user {STRANGER}" in problem["detail"] and f"usermod -aG {TEAM}" in problem["remedy"]
    for path in READS:
        assert curl(router, "GET", path)[0] in ({200: (200, 404)}.get(stranger, (stranger,))), path
    for path in EFFECTS:
        assert curl(router, "POST", path)[0] == (None if stranger is None else 403), path
    assert not router.records("claimIntent")


@pytest.mark.parametrize("key", ["socketGroup", "readers"])
def test_a_group_that_does_not_exist_is_a_configuration_error(simulator, make_router, key):
    router = make_router(simulator, "router-b", more={"server": [f'{key} = "no-such-group"']})
    done = router.vipad("serve", check=False)
    assert done.returncode == 2
    assert f"server.{key}" in done.stderr and "groupadd --system no-such-group" in done.stderr


# The token

def test_the_token_is_32_random_bytes_for_its_group(make_simulator, make_router):
    router = served(make_simulator, make_router)
    # An odd umask must not take the group's right away.
    router.wrapper = ["sh", "-c", 'umask 077; exec "$@"', "sh"]
    router.start()
    text = router.token_file.read_text()
    assert len(text) == 65 and text.endswith("\n") and len(bytes.fromhex(text)) == 32
    found = router.token_file.stat()
    assert oct(found.st_mode & 0o7777) == "0o640" and found.st_uid == os.geteuid()
    if os.geteuid() == 0:
        assert found.st_gid == ACTORS_ID


def test_sighup_and_start_make_a_new_token_and_the_old_one_is_refused(router):
    seen = [router.token]
    for renew in (lambda: os.kill(router.process.pid, signal.SIGHUP),) * 3 + (lambda: (router.end(), router.start()),):
        renew()
        eventually(lambda: router.token != seen[-1] and len(router.token) == 64, what="a new token")
        seen.append(router.token)
        assert eventually(lambda: router.ask_tcp("POST", "/standby").status == 200), "the new one counts"
        for old in seen[:-1]:
            refused = router.ask_tcp("POST", "/claim", token=old)
            assert refused.status == 403 and str(router.token_file) in refused.json["detail"]
    assert len(set(seen)) == 5
    assert not router.records("claimIntent")


def test_the_token_is_new_though_the_configuration_is_broken(router):
    """Whoever renews a token that leaked must not have to mend something else first."""
    before = router.token
    router.configuration.write_text("vips = [")
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: router.token != before)
    assert eventually(lambda: router.ask_tcp("POST", "/standby").status == 200)
    assert router.ask_tcp("POST", "/standby", token=before).status == 403


def test_a_token_that_cannot_be_renewed_stays_and_that_is_said(router):
    before = router.token
    router.token_file.parent.chmod(0o777)
    os.kill(router.process.pid, signal.SIGHUP)
    said = eventually(lambda: [line for line in router.process.lines if "the token is not renewed" in line])
    assert f"chmod go-w {router.token_file.parent}" in said[0]
    assert router.ask_tcp("POST", "/standby").status == 200 and router.token == before


def test_a_reader_never_sees_half_a_token(router):
    seen = set()

    def read():
        text = router.token_file.read_text()
        return text not in seen and (seen.add(text) or True)

    for _ in range(20):
        os.kill(router.process.pid, signal.SIGHUP)
        eventually(read, what="a new token", pause_seconds=0)
    assert {len(text) for text in seen} == {65}


@pytest.mark.parametrize("over", ["ask", "ask_tcp"])
@pytest.mark.parametrize("path", EFFECTS)
@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_of_another_type_is_refused(shared, over, path, content_type):
    """What a form of any web page could send."""
    answer = getattr(shared, over)("POST", path, "{}", {"Content-Type": content_type} if content_type else {})
    assert answer.status == 415 and "application/json" in answer.body.decode()


# Browsers, proxies, other hosts

@pytest.fixture(scope="module")
def shared(tls, tmp_path_factory):
    """One router for requests that change nothing."""
    from pair import Router, Simulator
    simulator = Simulator(tmp_path_factory.mktemp("sim"), None, tls)
    router = Router(simulator, Simulator.example()["routers"][1]).start()
    yield router
    assert not simulator.assigns() and not router.records("claimIntent") and not router.records("paused")
    router.remove()
    simulator.end()


TRACES = {
    "Origin": "null", "Referer": "http://localhost/", "Sec-Fetch-Site": "same-origin", "Via": "1.1 p",
    "Forwarded": "for=127.0.0.1", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost",
    "X-Forwarded-Proto": "http", "X-Forwarded-Whatever": "1", "x-forwarded-port": "8600",
}


@pytest.mark.parametrize("over", ["ask", "ask_tcp"])
@pytest.mark.parametrize("path", EFFECTS)
@pytest.mark.parametrize("trace", TRACES)
def test_what_came_through_a_browser_or_a_proxy_has_no_effect(shared, over, path, trace):
    """On the socket as root and over TCP with the right token: a proxy on the router has both."""
    answer = getattr(shared, over)("POST", path, None, {trace: TRACES[trace]})
    assert answer.status == 403
    assert trace in answer.json["detail"] and answer.json["remedy"]


@pytest.mark.parametrize("over", ["ask", "ask_tcp"])
def test_it_may_read(shared, over):
    for path in ("/status", "/whoami", "/healthz"):
        assert getattr(shared, over)("GET", path, None, TRACES).status == 200


HOSTS = {
    "127.0.0.1": 200, "localhost": 200, "[::1]": 200, "127.0.0.1:{port}": 200, "localhost:{port}": 200,
    "[::1]:{port}": 200, "127.0.0.1:1": 421, "localhost:80": 421, "localhost:0{port}": 421, "localhost:+{port}": 421,
    "localhost:": 421, "{{::1}}": 421, "127.0.0.2": 421, "vipad.example.com": 421, "127.0.0.1.nip.io": 421,
    "localhost.": 421, "localhost.evil.example:{port}": 421, "user@localhost": 421, "": 421,
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", READS + EFFECTS + ["/nothing-here"])
def test_another_host_is_misdirected_on_every_route(shared, path, host):
    """DNS rebinding: a web page's own name is made to resolve to 127.0.0.1."""
    method = "POST" if path in EFFECTS else "GET"
    # A wrong parameter, so that what is let in has no effect.
    target = path + ("?x=1" if method == "POST" else "")
    value = host.format(port=shared.port)
    expected = {421: (421,), 200: (400,) if method == "POST" else (200, 404)}
    assert shared.ask_tcp(method, target, headers={"Host": value}).status in expected[HOSTS[host]], value
    if ":" in value.replace("[::1]", "") and not value.endswith(":") and value.rsplit(":", 1)[1] in ("1", "80"):
        expected[421] = expected[200]  # any port will do on the socket
    assert shared.ask(method, target, headers={"Host": value}).status in expected[HOSTS[host]], value


def test_no_host_at_all_is_misdirected(shared):
    for method, path in (("GET", "/status"), ("POST", "/claim")):
        connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=5)
        connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Authorization", f"Bearer {shared.token}")
        connection.endheaders()
        assert connection.getresponse().status == 421
        connection.close()


def test_there_is_never_a_cors_header(shared):
    """Whatever a browser asks for, be it a preflight, no page of another origin may read the answer."""
    asked = {"Origin": "http://127.0.0.1:3000", "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization, content-type"}
    for path in READS + EFFECTS + ["/", "/nothing-here", "*"]:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            target = path + ("?x=1" if path in EFFECTS else "")
            for over in (shared.ask, shared.ask_tcp):
                answer = over(method, target, headers=asked)
                named = [name for name in answer.headers if name.lower().startswith(("access-control-", "timing-allow"))]
                assert not named, (method, path, named)
                assert method != "OPTIONS" or answer.status >= 400


def test_a_proxy_of_the_environment_is_not_used(shared):
    """The commands ask the socket itself, whatever proxy the shell has."""
    environment = {**shared.environment, "http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}
    assert shared.vipad("status", environment=environment).returncode == 0


def test_two_authorizations_are_refused(shared):
    connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=5)
    connection.putrequest("POST", "/standby?x=1")
    for token in ("0" * 64, shared.token):
        connection.putheader("Authorization", f"Bearer {token}")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 400 and b"Authorization" in answer.read()
    assert call(http.client.HTTPConnection("127.0.0.1", shared.port, timeout=5), "GET", "/healthz").status == 200
