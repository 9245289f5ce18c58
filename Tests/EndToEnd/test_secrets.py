"""Keys and tokens are in no output, whatever goes well or wrong, nor where another process could look."""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import urllib.request

import pytest

from authority import Certificate
from pair import call, eventually, free_port
from proxy import Proxy
from receiver import notify_section

DAEMON = 64124
AS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="another user needs root and setpriv")
ACCESS_KEY = "ASIAPLANTEDACCESSKEY"
READS = ["/status", "/whoami", "/healthz", "/readyz", "/metrics", "/audit?limit=1000", "/claims?limit=1000", "/openapi.json",
         "/"]
EFFECTS = ["/claim", "/standby", "/pause", "/resume", "/drill"]


def planted(name):
    """A secret that is found nowhere unless it leaks."""
    return f"planted-{name}-{os.urandom(9).hex()}"


class Search:
    """Secrets by where they were planted, and everything that was shown."""

    def __init__(self):
        self.secrets = {}
        self.texts = []

    def plant(self, name):
        return self.add(name, planted(name.replace(" ", "-")))

    def add(self, name, secret):
        assert len(secret) >= 16 and secret not in self.secrets.values()
        self.secrets[name] = secret
        return secret

    def look_at(self, router):
        """What a router shows: every route on every listener, every command, its log and its arguments."""
        self.texts += everything(router)

    def leaks(self):
        joined = "\n".join(self.texts)
        return [name for name, secret in self.secrets.items()
                if any(form in joined for form in {secret, json.dumps(secret)[1:-1], secret.replace("/", "\\/")})]


def everything(router):
    texts = [proc_text(router.process.pid, "cmdline")]
    for path in READS + EFFECTS + ["/claims/0123456789abcdef", "/nothing"]:
        for method in ("GET", "POST", "PUT"):
            target = path + ("?x=1" if path in EFFECTS else "")
            for answer in (router.ask(method, target), router.ask_tcp(method, target)):
                texts += [str(answer.headers), answer.body.decode(errors="replace")]
    for arguments in (["status"], ["status", "--json"], ["whoami"], ["whoami", "--json"], ["audit", "tail"],
                      ["status", "--probe"], ["claims"], ["check"], ["check", "--json"], ["check", "--vrrp"], ["drill"],
                      ["iam-policy"], ["pause"], ["resume"], ["claim", "--wait", "2"],
                      ["audit", "verify", str(router.log)], ["standby"], ["--version"]):
        done = router.vipad(*arguments, check=False)
        texts += [done.stdout, done.stderr]
    hook = router.hook("MASTER")
    texts += [hook.stdout, hook.stderr, router.process.text(), *(process.text() for process in router.outputs)]
    for place in (router.log.parent, router.state_file.parent):
        texts += [file.read_text(errors="replace") for file in place.iterdir()]
    return texts


def proc_text(pid, name):
    return pathlib.Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace").replace("\0", " ")


def key_of(secret, session_token, access_key=ACCESS_KEY):
    """Makes the simulator know a key pair."""
    def change(topology):
        topology["accessKeys"].append({
            "accessKeyId": access_key, "secretAccessKey": secret, "sessionToken": session_token, "router": "router-b"})
    return change


def work(search, router, source):
    """Claims, fails to, and is looked at all the while; so that the secrets have been used."""
    router.start()
    assert router.get("/whoami").json["credentials"]["accessKeyId"] == ACCESS_KEY, source
    assert router.claim(wait=5).status == 200
    search.look_at(router)
    for code, status in (("SignatureDoesNotMatch", 403), ("ExpiredToken", 400), ("UnauthorizedOperation", 403)):
        router.simulator.fault(action="AssignPrivateIpAddresses", errorCode=code, httpStatus=status, message=code, count=2)
    router.standby()
    router.claim(wait=2)
    search.look_at(router)
    router.simulator.mend()
    assert ACCESS_KEY in "\n".join(search.texts), "the search finds what is there"
    router.end()
    search.texts += [process.text() for process in router.outputs]


def test_20_planted_secrets_are_in_no_output(make_simulator, make_router, make_receiver, tmp_path):
    search = Search()
    tmp_path.chmod(0o755)
    from_environment(search, make_simulator, make_router)
    from_files(search, make_simulator, make_router)
    from_a_program(search, make_simulator, make_router)
    from_a_role(search, make_simulator, make_router)
    from_callers(search, make_simulator, make_router, tmp_path)
    in_notifications(search, make_simulator, make_router, make_receiver)
    in_the_configuration(search, make_simulator, make_router)
    assert len(search.secrets) >= 20, sorted(search.secrets)
    assert not search.leaks()
    # It would be found: in what one of the answers says, in any form.
    search.texts.append('{"detail":"' + search.secrets["environment: session token"].replace("/", "\\/") + '"}')
    assert search.leaks() == ["environment: session token"]


def from_environment(search, make_simulator, make_router):
    secret, token = search.plant("environment: secret key"), search.plant("environment: session token") + "/+="
    search.add("environment: session token", token)
    password = search.plant("environment: proxy password")
    router = make_router(make_simulator(key_of(secret, token)), "router-b", environment={
        "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token,
        "HTTPS_PROXY": f"http://operator:{password}@127.0.0.1:9"})
    work(search, router, "environment")


def from_files(search, make_simulator, make_router):
    secret, token = search.plant("credentials file: secret key"), search.plant("credentials file: session token")
    router = make_router(make_simulator(key_of(secret, token)), "router-b")
    aws = router.directory / ".aws"
    aws.mkdir()
    (aws / "credentials").write_text(
        f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {secret}\naws_session_token = {token}\n")
    work(search, router, "credentials file")
    # Files that can't be used: half a pair, and a line that is none.
    half, line = search.plant("credentials file: half a pair"), search.plant("credentials file: broken line")
    for text in (f"[default]\naws_secret_access_key = {half}\n", f"[default]\n{line}\n", f"[default\nx = {line}\n"):
        (aws / "credentials").write_text(text)
        router.start(ready=False)
        # A line that is none is passed over, and the instance's role is next.
        eventually(lambda: (who := router.get("/whoami").json)["credentials"]["accessKeyId"]
                   or "not checked" not in who["unavailable"].get("credentials", "not checked"))
        search.look_at(router)
        router.end()
    search.texts += [process.text() for process in router.outputs]
    secret = search.plant("config file: secret key")
    router = make_router(make_simulator(key_of(secret, None)), "router-b")
    (router.directory / ".aws").mkdir()
    (router.directory / ".aws" / "config").write_text(
        f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {secret}\n")
    work(search, router, "config file")


def from_a_program(search, make_simulator, make_router):
    """credential_process: what it prints when it works, and when it does not."""
    secret, token = search.plant("program: secret key"), search.plant("program: session token")
    router = make_router(make_simulator(key_of(secret, token)), "router-b")
    (router.directory / ".aws").mkdir()
    program = router.directory / "program"
    (router.directory / ".aws" / "config").write_text(f"[default]\ncredential_process = {program}\n")

    def prints(output, errors="", status=0):
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{output}\nEND\ncat >&2 <<'END'\n{errors}\nEND\nexit {status}\n")
        program.chmod(0o755)

    errors = search.plant("program: error output")
    prints(json.dumps({"Version": 1, "AccessKeyId": ACCESS_KEY, "SecretAccessKey": secret, "SessionToken": token}), errors)
    work(search, router, "program")
    broken = search.plant("program: output that is no JSON")
    for output, status in ((broken, 0), ('{"Version": 1, "SecretAccessKey": "%s"}' % broken, 0),
                           ('{"Version": "%s"}' % broken, 0), (broken, 3)):
        prints(output, errors, status)
        router.start(ready=False)
        eventually(lambda: "credential_process" in router.get("/whoami").json["unavailable"].get("credentials", ""))
        search.look_at(router)
        router.end()
    search.texts += [process.text() for process in router.outputs]


class Overheard(Proxy):
    """Keeps what is asked on the way to the instance metadata."""

    def __init__(self, target):
        self.requests = []
        super().__init__(target)

    def _cut(self, request):
        self.requests.append(request.decode(errors="replace"))


def from_a_role(search, make_simulator, make_router):
    simulator = make_simulator()
    imds = simulator.imds["router-b"]
    keys = role_keys(imds)
    overheard = Overheard(imds)
    simulator.imds["router-b"] = overheard.url
    router = make_router(simulator, "router-b").start()
    eventually(lambda: router.get("/whoami").json["credentials"]["accessKeyId"] == keys["AccessKeyId"])
    assert router.claim(wait=5).status == 200
    tokens = re.findall(r"(?im)^x-aws-ec2-metadata-token: *(\S+)", "\n".join(overheard.requests))
    search.add("role: secret key", keys["SecretAccessKey"])
    search.add("role: session token", keys["Token"])
    search.add("instance metadata: token", tokens[0])
    search.look_at(router)
    simulator.fault(service="imds", httpStatus=401)
    router.standby()
    search.look_at(router)
    router.end()
    overheard.close()


def role_keys(imds):
    """What the instance metadata gives out as the role's keys."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    ask = urllib.request.Request(
        f"{imds}/latest/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    header = {"X-aws-ec2-metadata-token": opener.open(ask).read().decode()}
    base = f"{imds}/latest/meta-data/iam/security-credentials/"
    role = opener.open(urllib.request.Request(base, headers=header)).read().decode().strip()
    return json.load(opener.open(urllib.request.Request(base + role, headers=header)))


def takes(monitor_port, token_file):
    """The listener for monitoring is there and takes this token."""
    monitor = http.client.HTTPConnection("127.0.0.1", monitor_port, timeout=10)
    try:
        return call(monitor, "GET", "/status", headers={"Authorization": f"Bearer {token_file.read_text()}"}).status == 200
    except OSError:
        return False


def from_callers(search, make_simulator, make_router, directory):
    """What callers send, and the secrets of the daemon's own that they send right and wrong."""
    monitor_port = free_port()
    certificate = Certificate(directory, "server", hosts=["127.0.0.1"])
    for number, line in enumerate(certificate.key_path.read_text().splitlines()[1:3]):
        search.add(f"monitor: line {number} of the key", line)
    read_token = directory / "read-token"
    read_token.touch(mode=0o640)
    read_token.write_text(search.plant("monitor: read token"))
    router = make_router(make_simulator(), "router-b", settings="\n".join([
        "[monitor]", f'listen = "127.0.0.1:{monitor_port}"', f'tokenFile = "{read_token}"', ""])).start()
    search.add("token", router.token)
    before = router.token
    read_token.write_text(search.plant("monitor: read token after SIGHUP"))
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: takes(monitor_port, read_token), what="the renewed listener")
    assert router.token != before
    search.add("token after SIGHUP", router.token)
    sent = {name: search.plant(f"caller: {name}") for name in (
        "wrong token", "basic", "cookie", "proxy-authorization", "security token", "query", "path", "body", "user agent")}
    headers = {
        "Cookie": f"session={sent['cookie']}", "Proxy-Authorization": f"Basic {sent['proxy-authorization']}",
        "X-Amz-Security-Token": sent["security token"], "User-Agent": sent["user agent"]}
    for authorization in (f"Bearer {sent['wrong token']}", f"Basic {sent['basic']}"):
        for path in EFFECTS + READS + [f"/{sent['path']}", f"/claims/{sent['path']}", f"/claim?wait={sent['query']}"]:
            for method, body in (("GET", None), ("POST", {"group": sent["body"]}), ("POST", None)):
                for extra in ({}, {"Origin": f"http://{sent['path']}"}, {"Host": sent["path"]}):
                    asked = {**headers, **extra, "Authorization": authorization}
                    ways = [router.ask_tcp(method, path, body, asked)]
                    if method == "GET":
                        monitor = http.client.HTTPConnection("127.0.0.1", monitor_port, timeout=10)
                        ways.append(call(monitor, method, path, body, asked))
                        ways.append(router.ask(method, path, body, asked))
                    search.texts += [str(way.headers) + way.body.decode(errors="replace") for way in ways]
    assert takes(monitor_port, read_token)
    assert router.ask_tcp("POST", "/claim?wait=5").status == 200
    search.look_at(router)
    read_token.write_text(search.plant("monitor: read token that is too odd") + " \n\n")
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: "[monitor]" in router.process.text())
    search.look_at(router)
    router.end()
    tls = make_router(make_simulator(), "router-b", settings="\n".join([
        "[monitor]", f'listen = "127.0.0.1:{monitor_port}"', f'certificate = "{certificate.key_path}"',
        f'key = "{certificate.key_path}"', f'tokenFile = "{read_token}"', ""])).start()
    assert "[monitor]" in tls.process.text()
    search.look_at(tls)
    tls.end()


def in_notifications(search, make_simulator, make_router, make_receiver):
    """The webhook's URL and the secret that notifications are signed with, while they fail and when they go."""
    receiver = make_receiver(script=[500, 410])
    router = make_router(make_simulator(), "router-b")
    secret, path, query = (search.plant(f"notifications: {name}") for name in ("secret", "path", "query"))
    router.configure(notify_section(router, f"{receiver.url}/{path}?{query}", secret))
    router.start()
    for count in (2, 3):
        assert router.claim(wait=5).status == 200
        receiver.wait_for(count)
        search.look_at(router)
        router.standby()
    assert receiver.deliveries[0].is_signed_by(secret) and path in receiver.deliveries[0].path
    search.texts += [str(delivery.headers) + delivery.body.decode() for delivery in receiver.deliveries]
    router.secret_file.write_text(search.plant("notifications: secret that is too odd") + " \n\n")
    router.claim(wait=5)
    eventually(lambda: "notify: " in router.process.text() and "visible characters" in router.process.text())
    search.look_at(router)
    router.end()
    search.texts += [process.text() for process in router.outputs]


def in_the_configuration(search, make_simulator, make_router):
    """Secrets where none belong."""
    router = make_router(make_simulator(), "router-b")
    for key, value in (("secretAccessKey", "{}"), ("ec2Endpoint", "https://user:{}@host/x"),
                       ("imdsEndpoint", "http://user:{}@169.254.169.254/")):
        line = f'{key} = "{value.format(search.plant(f"configuration: {key}"))}"'
        others = [other for other in router.toml().splitlines() if not other.startswith(key)]
        others.insert(others.index("[aws]") + 1, line)
        router.configuration.write_text("\n".join(others))
        done = router.vipad("serve", check=False, timeout=15)
        assert done.returncode == 2 and "aws." in done.stderr
        search.texts += [done.stdout, done.stderr]


# Where another process could look

@pytest.fixture
def private(make_simulator, make_router):
    """A daemon of a user of its own that may leave cores of any size, with a secret in its environment."""
    def start():
        secret = planted("core")
        router = make_router(
            make_simulator(key_of(secret, None), use_tls=False), "router-b",
            environment={"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": secret})
        router.directory.chmod(0o755)
        for place in (router.directory, router.log.parent, router.state_file.parent, router.configuration):
            os.chown(place, DAEMON, DAEMON)
        router.wrapper = AS_DAEMON
        router.start()
        assert router.claim(wait=5).status == 200
        return router, secret
    return start


AS_DAEMON = ["prlimit", "--core=unlimited", "setpriv", "--reuid", str(DAEMON), "--regid", str(DAEMON), "--clear-groups"]


@pytest.fixture
def bystander():
    """A process of the same user with a secret, for what could be seen of the daemon if nothing were done."""
    secret = planted("bystander")
    process = subprocess.Popen([*AS_DAEMON, "sleep", "60"], env={"PATH": "/usr/bin:/bin", "SECRET": secret})
    eventually(lambda: b"sleep" in pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes())
    eventually(lambda: os.stat(f"/proc/{process.pid}").st_uid == DAEMON)
    yield process, secret
    process.kill()
    process.wait()


@AS_ROOT
def test_its_own_user_reads_neither_environment_nor_memory(private, bystander):
    router, secret = private()
    other, other_secret = bystander

    def read(pid, name):
        return subprocess.run([*AS_DAEMON, "head", "-c", "65536", f"/proc/{pid}/{name}"], capture_output=True, timeout=10)

    assert other_secret.encode() in read(other.pid, "environ").stdout, "a user can read what is not protected"
    assert secret in proc_text(router.process.pid, "environ"), "and it is there: root reads it"
    for name in ("environ", "mem", "maps", "auxv"):
        refused = read(router.process.pid, name)
        assert refused.returncode != 0 and not refused.stdout, name


@AS_ROOT
@pytest.mark.skipif(not shutil.which("gcore"), reason="gcore is not installed")
def test_its_own_user_gets_no_core_of_it(private, bystander, tmp_path):
    router, _ = private()
    other, other_secret = bystander
    os.chown(tmp_path, DAEMON, DAEMON)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)

    def core_of(pid):
        subprocess.run([*AS_DAEMON, "gcore", "-o", "core", str(pid)], cwd=tmp_path, capture_output=True, timeout=120)
        found = tmp_path / f"core.{pid}"
        return found.read_bytes() if found.exists() else None

    control = core_of(other.pid)
    if control is None:
        pytest.skip("gcore takes no core of any process here (ptrace_scope?)")
    assert other_secret.encode() in control
    assert core_of(router.process.pid) is None


@AS_ROOT
@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV])
def test_a_crash_leaves_no_core(private, number, tmp_path):
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if pattern.startswith(("|", "/")):
        pytest.skip(f"cores do not go to the working directory here: {pattern}")

    def cores(directory):
        return [file for file in directory.iterdir() if file.name.startswith("core")]

    control = subprocess.Popen(["prlimit", "--core=unlimited", "sleep", "60"], cwd=tmp_path)
    eventually(lambda: b"sleep\x0060" == pathlib.Path(f"/proc/{control.pid}/cmdline").read_bytes()[:8])
    control.send_signal(number)
    control.wait(10)
    if not cores(tmp_path):
        pytest.skip("no process leaves a core here")
    router, _ = private()
    pid = router.process.pid
    assert "unlimited" in next(line for line in proc_text(pid, "limits").splitlines() if "core file size" in line)
    process = router.process
    assert router.end(number) == -number
    assert not cores(router.directory)
    # Swift's backtracer, where it is installed, quotes memory.
    assert "Registers" not in process.text() and "rdi" not in process.text()


@AS_ROOT
def test_what_it_runs_is_not_kept_from_dumping(make_simulator, make_router):
    """execve(2) sets the flag anew: a credential_process can be debugged as ever."""
    router = make_router(make_simulator(), "router-b")
    program = router.directory / "program"
    (router.directory / ".aws").mkdir()
    (router.directory / ".aws" / "config").write_text(f"[default]\ncredential_process = {program}\n")
    program.write_text(f"#!/bin/sh\nls -ln /proc/$$/environ > {router.directory}/seen\nexit 1\n")
    program.chmod(0o755)
    router.start(ready=False)
    seen = eventually(lambda: (router.directory / "seen").exists() and (router.directory / "seen").read_text())
    assert seen.split()[2] == str(os.geteuid())
