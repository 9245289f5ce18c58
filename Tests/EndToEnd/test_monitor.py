"""Monitoring from afar: who may look, at what, and that it can do nothing else."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
from types import SimpleNamespace

import pytest

from authority import CLIENT, SERVER, Certificate
from pair import Router, Simulator, eventually, free_port

SERVED = ["/status", "/whoami", "/healthz", "/readyz", "/metrics"]
NOT_SERVED = [
    "/", "/audit", "/openapi.json", "/favicon.ico", "/claims", "/claims/0123456789abcdef", "/claim", "/standby", "/pause",
    "/resume", "/drill"]
TOKEN = "monitor-read-token-0123456789abcdef"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A CA, and what clients may show: by it, past it, around it."""
    place = tmp_path_factory.mktemp("certificates")
    place.chmod(0o755)
    ca = Certificate(place, "ca", is_ca=True)
    middle = Certificate(place, "middle", ca, is_ca=True)
    other = Certificate(place, "other-ca", is_ca=True, subject="ca")
    client = Certificate(place, "client", ca, usage=CLIENT)
    return SimpleNamespace(
        place=place, ca=ca, other_ca=other, client=client,
        server=Certificate(place, "server", ca, usage=SERVER, hosts=["127.0.0.1", "router-b.example.net"]),
        any_purpose=Certificate(place, "any-purpose", ca),
        by_middle=Certificate(place, "by-middle", middle, usage=CLIENT, chain=[middle]),
        by_middle_alone=Certificate(place, "by-middle-alone", middle, usage=CLIENT),
        expired=Certificate(place, "expired", ca, usage=CLIENT, days=(-3, -1)),
        too_early=Certificate(place, "too-early", ca, usage=CLIENT, days=(1, 3)),
        other=Certificate(place, "other", other, usage=CLIENT),
        own=Certificate(place, "own", usage=CLIENT),
        by_client=Certificate(place, "by-client", client, usage=CLIENT, chain=[client]))


class Monitored(Router):
    """A router with a monitor listener."""

    def __init__(self, *arguments, monitor=(), **options):
        self.monitor_port = free_port()
        super().__init__(
            *arguments, settings="\n".join(["[monitor]", f'listen = "127.0.0.1:{self.monitor_port}"', *monitor]) + "\n",
            **options)

    def curl(self, path, *options, scheme="https", host="127.0.0.1"):
        """The status, header and body that curl gets; status None with curl's words where there is none."""
        done = subprocess.run(
            ["curl", "-sS", "-m", "10", "-i", *map(str, options), f"{scheme}://{host}:{self.monitor_port}{path}"],
            capture_output=True, timeout=20)
        if done.returncode:
            return SimpleNamespace(status=None, head="", text=done.stderr.decode())
        head, body = done.stdout.decode().split("\r\n\r\n", 1)
        return SimpleNamespace(status=int(head.split(" ")[1]), head=head, text=body)


def tls_keys(certificates, client_ca=True, token=None):
    lines = [f'certificate = "{certificates.server.path}"', f'key = "{certificates.server.key_path}"',
             'names = ["router-b.example.net"]']
    if client_ca:
        lines.append(f'clientCA = "{certificates.ca.path}"')
    if token:
        lines.append(f'tokenFile = "{token}"')
    return lines


def write_token(path, token=TOKEN):
    path = pathlib.Path(path)
    path.touch(mode=0o640)
    path.write_text(token + "\n")
    return path


def start_module_router(request, tls, tmp_path_factory, monitor):
    simulator = Simulator(tmp_path_factory.mktemp("sim"), None, tls)
    router = Monitored(simulator, Simulator.example()["routers"][1], monitor=monitor).start()
    request.addfinalizer(simulator.end)
    request.addfinalizer(router.remove)
    return router


@pytest.fixture(scope="module")
def by_certificate(request, tls, tmp_path_factory, certificates):
    """Only a client certificate lets a monitor look."""
    return start_module_router(request, tls, tmp_path_factory, tls_keys(certificates))


@pytest.fixture(scope="module")
def by_either(request, tls, tmp_path_factory, certificates):
    """A client certificate does, or the read token."""
    token = write_token(certificates.place / "read-token")
    return start_module_router(request, tls, tmp_path_factory, tls_keys(certificates, token=token))


@pytest.fixture
def show(certificates):
    """curl's options for a server that the CA vouches for, and a client certificate to show."""
    def options(name=None):
        shown = getattr(certificates, name) if name else None
        return ["--cacert", certificates.ca.path,
                *(["--cert", shown.path, "--key", shown.key_path] if shown else [])]
    return options


def test_it_is_off_by_default(router):
    own = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True).stdout.splitlines()
    own = [line for line in own if f"pid={router.process.pid}," in line]
    assert len(own) == 1 and f"127.0.0.1:{router.port}" in own[0]


# Who

@pytest.mark.parametrize("name", ["client", "any_purpose", "by_middle"])
def test_a_certificate_by_the_client_ca_lets_look(by_certificate, show, name):
    for path in SERVED:
        answer = by_certificate.curl(path, *show(name))
        assert answer.status == 200, answer.text
        assert path == "/metrics" or json.loads(answer.text)


@pytest.mark.parametrize("name, why", [
    (None, "neither certificate nor token"), ("expired", "expired"), ("too_early", "not valid yet"),
    ("other", "its signature is not by the CA"), ("own", "no CA of clientCA"), ("by_middle_alone", "no CA of clientCA"),
    ("server", "not for TLS clients"), ("by_client", "CA"),
])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_any_other_certificate_is_refused_and_the_reason_said(by_certificate, show, name, why, version):
    for path in SERVED:
        answer = by_certificate.curl(path, *show(name), f"--tlsv{version}", "--tls-max", version)
        assert answer.status == 403, answer.text
        problem = json.loads(answer.text)
        assert why in problem["detail"] and "clientCA" in problem["remedy"], problem
        assert "verdict" not in answer.text and "instanceId" not in answer.text


def test_certificate_or_token(by_either, show):
    bearer = ["-H", f"Authorization: Bearer {TOKEN}"]
    for options, status in [
            (show("client"), 200), (show() + bearer, 200), (show("expired") + bearer, 200), (show(), 401),
            (show("expired"), 401), (show("other"), 401), (show() + ["-H", "Authorization: Bearer " + "x" * 35], 403),
            (show() + ["-H", f"Authorization: Bearer {TOKEN}x"], 403),
            (show() + ["-H", f"Authorization: Bearer {by_either.token}"], 403), (show() + ["-u", f"x:{TOKEN}"], 401)]:
        answer = by_either.curl("/status", *options)
        assert answer.status == status, (options, answer.text)
        assert ("WWW-Authenticate: Bearer" in answer.head) == (status == 401)


def test_the_read_token_acts_nowhere(by_either):
    assert by_either.ask_tcp("POST", "/standby", token=TOKEN).status == 403


def test_the_token_of_the_router_itself_is_none_here(by_certificate, show):
    answer = by_certificate.curl("/status", *show(), "-H", f"Authorization: Bearer {by_certificate.token}")
    assert answer.status == 403


# What

def test_only_what_looks_is_served(by_certificate, show):
    for path in NOT_SERVED:
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = by_certificate.curl(path, *show("client"), "-X", method)
            assert answer.status == 404, (method, path)
            assert "/status" in json.loads(answer.text)["remedy"]
    for path in SERVED:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            answer = by_certificate.curl(path, *show("client"), "-X", method)
            assert answer.status == 405 and "Allow: GET, HEAD" in answer.head, (method, path)
        assert by_certificate.curl(path, *show("client"), "-I").status == 200
    assert not by_certificate.records("claimIntent") and not by_certificate.records("paused")


def test_an_etag_spares_the_monitor_an_answer(by_certificate, show):
    head = by_certificate.curl("/status", *show("client")).head
    tag = next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("ETag"))
    assert by_certificate.curl("/status", *show("client"), "-H", f"If-None-Match: {tag}").status in (200, 304)


@pytest.mark.parametrize("host, status", [
    ("127.0.0.1", 200), ("localhost", 200), ("router-b.example.net", 200), ("router-b.example.net:{port}", 200),
    ("Router-B.Example.net", 200), ("router-b.example.net:1", 421), ("router-b", 421), ("evil.example", 421),
    ("router-b.example.net.evil.example", 421), ("10.0.0.1", 421),
])
def test_host_is_the_listeners_address_or_a_configured_name(by_certificate, show, host, status):
    host = host.format(port=by_certificate.monitor_port)
    answer = by_certificate.curl("/status", *show("client"), "-H", f"Host: {host}")
    assert answer.status == status, answer.text


def test_its_name_is_verified_by_curl(by_certificate, show):
    answer = by_certificate.curl(
        "/healthz", *show("client"), "--resolve", f"router-b.example.net:{by_certificate.monitor_port}:127.0.0.1",
        host="router-b.example.net")
    assert answer.status == 200


# TLS

def s_client(port, *options):
    """What openssl says of a handshake, and what is answered."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-ign_eof", *map(str, options)],
        input=b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n", capture_output=True, timeout=20)
    return (done.stdout + done.stderr).decode(errors="replace")


@pytest.fixture(scope="module")
def lax_port(certificates):
    """A TLS server that takes whatever a client offers: what it takes, the client can really do."""
    port = free_port()
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", str(port), "-cert", certificates.server.path, "-key",
         certificates.server.key_path, "-cipher", "ALL:@SECLEVEL=0", "-www"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert b"ACCEPT" in b"".join(iter(lambda: server.stdout.read(1), b"\n")) + server.stdout.readline()
    yield port
    server.kill()
    server.wait()


@pytest.mark.parametrize("options", [
    ["-tls1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"],
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"],
], ids=" ".join)
def test_old_tls_and_unauthenticated_ciphers_are_refused(by_certificate, lax_port, options):
    none = "Cipher is (NONE)"
    assert none not in s_client(lax_port, *options), "this openssl can't even ask"
    said = s_client(by_certificate.monitor_port, *options)
    assert none in said and "HTTP/1" not in said, said


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_tls_1_2_and_1_3_are_spoken_and_a_client_certificate_is_asked_for(by_certificate, version):
    said = s_client(by_certificate.monitor_port, version)
    assert "Acceptable client certificate CA names" in said and "CN = ca" in said, said
    assert "HTTP/1.0 403" in said or "HTTP/1.1 403" in said, said


def test_plain_http_is_not_spoken_there(by_certificate):
    assert by_certificate.curl("/healthz", scheme="http").status is None


def test_a_client_that_says_nothing_is_cut(by_certificate):
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", by_certificate.monitor_port)) as silent:
        silent.settimeout(10)
        assert silent.recv(1) == b""
    assert time.monotonic() - began < 6


def test_a_crowd_there_does_not_reach_the_hook(by_certificate):
    """Its connections, threads and limits are its own."""
    crowd = []
    try:
        for _ in range(300):
            crowd.append(socket.create_connection(("127.0.0.1", by_certificate.monitor_port), timeout=5))
        for _ in range(20):
            began = time.monotonic()
            assert by_certificate.get("/healthz").status == 200
            assert by_certificate.ask_tcp("GET", "/healthz").status == 200
            assert time.monotonic() - began < 0.5
    finally:
        for one in crowd:
            one.close()


# Plain, on loopback

def test_plain_http_on_loopback_serves_the_same_and_no_more(simulator, make_router_of):
    router = make_router_of(simulator, ()).start()
    for path in SERVED:
        assert router.curl(path, scheme="http").status == 200
    for path in NOT_SERVED:
        assert router.curl(path, "-X", "POST", scheme="http").status == 404
    assert router.curl("/status", "-H", "Host: evil.example", scheme="http").status == 421


def test_plain_http_on_loopback_can_ask_for_the_token(simulator, make_router_of, tmp_path):
    tmp_path.chmod(0o755)
    router = make_router_of(simulator, [f'tokenFile = "{write_token(tmp_path / "t")}"']).start()
    assert router.curl("/status", scheme="http").status == 401
    assert router.curl("/status", "-H", f"Authorization: Bearer {TOKEN}", scheme="http").status == 200


@pytest.mark.parametrize("listen", ["0.0.0.0:8601", "10.0.1.11:8601", "[::]:8601"])
def test_plain_http_elsewhere_is_a_configuration_error(simulator, make_router, listen):
    router = make_router(simulator, "router-b", settings=f'[monitor]\nlisten = "{listen}"\nnames = ["a"]\n')
    done = router.vipad("serve", check=False)
    assert done.returncode == 2 and "monitor.listen: plain http is for loopback only" in done.stderr


# Files that change, and trouble with them

@pytest.fixture
def make_router_of():
    """Starts routers with further lines of [monitor]."""
    made = []

    def make(simulator, monitor, name="router-b"):
        router = next(router for router in simulator.topology["routers"] if router["name"] == name)
        made.append(Monitored(simulator, router, monitor=monitor))
        return made[-1]

    yield make
    for router in made:
        router.remove()


def hang_up(router):
    os.kill(router.process.pid, signal.SIGHUP)


def test_sighup_takes_a_new_token_and_a_new_certificate(simulator, make_router_of, certificates, tmp_path):
    tmp_path.chmod(0o755)
    token = write_token(tmp_path / "token")
    renewed = Certificate(tmp_path, "renewed", certificates.ca, hosts=["127.0.0.1"])
    for kind in ("path", "key_path"):
        target = tmp_path / pathlib.Path(getattr(certificates.server, kind)).name
        target.write_bytes(getattr(certificates.server, kind).read_bytes())
        target.chmod(0o640)
    router = make_router_of(simulator, [
        f'certificate = "{tmp_path}/server.pem"', f'key = "{tmp_path}/server.key"', f'tokenFile = "{token}"']).start()

    def ask(value):
        return router.curl("/status", "--cacert", certificates.ca.path, "-H", f"Authorization: Bearer {value}").status

    assert ask(TOKEN) == 200 and "CN = server" in s_client(router.monitor_port)
    write_token(token, "another-token-" + "y" * 32)
    (tmp_path / "server.pem").write_bytes(renewed.path.read_bytes())
    (tmp_path / "server.key").write_bytes(renewed.key_path.read_bytes())
    hang_up(router)
    eventually(lambda: ask("another-token-" + "y" * 32) == 200, what="the new token")
    assert ask(TOKEN) == 403
    assert "CN = renewed" in s_client(router.monitor_port)
    # What makes no sense leaves it as it was, and is said.
    for file, content in ((token, "short"), (tmp_path / "server.key", "no key"), (tmp_path / "server.pem", "")):
        before, lines = file.read_bytes(), len(router.process.lines)
        file.write_text(content)
        hang_up(router)
        said = eventually(lambda: [line for line in router.process.lines[lines:] if "[monitor]" in line])
        assert "reload" in said[0] and "no key" not in said[0]
        assert eventually(lambda: ask("another-token-" + "y" * 32) == 200), file
        file.write_bytes(before)


@pytest.mark.parametrize("break_it, says", [
    (lambda key: key.unlink(), "does not exist"),
    (lambda key: key.chmod(0o644), "can be read by everyone; fix: chmod o-r"),
    (lambda key: key.chmod(0o660), "can be written by others"),
    (lambda key: key.write_text("nonsense"), "check certificate, key and client CA"),
], ids=["missing", "readable", "writable", "nonsense"])
def test_trouble_with_it_is_said_and_stops_no_failover(simulator, make_router_of, certificates, tmp_path, break_it, says):
    tmp_path.chmod(0o755)
    key = tmp_path / "server.key"
    key.write_bytes(certificates.server.key_path.read_bytes())
    key.chmod(0o640)
    break_it(key)
    router = make_router_of(simulator, [
        f'certificate = "{certificates.server.path}"', f'key = "{key}"', f'clientCA = "{certificates.ca.path}"']).start()
    assert any("[monitor]" in line and says in line for line in router.process.lines), router.process.text()
    assert router.claim(wait=5).status == 200
    assert router.curl("/healthz", "-k").status is None
    key.write_bytes(certificates.server.key_path.read_bytes())
    key.chmod(0o640)
    hang_up(router)
    eventually(lambda: router.curl("/healthz", "-k").status == 403, what="the listener, once mended")
