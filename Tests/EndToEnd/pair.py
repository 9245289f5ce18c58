"""Two real vipads, the simulator and what a test asks of them."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOOK = ROOT / "deploy" / "vipad-transition"
VIPS = ["100.80.33.100", "100.80.33.101"]
SECRET_SEED = "simulated-secret"
# The sanitizer in the programs, which makes them several times slower and larger; tools/sanitize.
SANITIZER = os.environ.get("VIPAD_SANITIZED")


def binary(name):
    """A built program: from VIPAD_BIN_DIR, else from .build/debug."""
    path = pathlib.Path(os.environ.get("VIPAD_BIN_DIR") or ROOT / ".build" / "debug") / name
    assert path.exists(), f"{path} is not built: make build"
    return str(path)


def free_port():
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition, seconds=10, what="what was waited for", pause_seconds=0.01):
    """The first true value of `condition()`; an error after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s; last: {value!r}"
        time.sleep(pause_seconds)


class Answer:
    """An HTTP answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def call(connection, method, path, body=None, headers=None):
    """One request on a connection of its own; dictionaries are sent as JSON."""
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    with contextlib.closing(connection):
        connection.request(method, path, body=body, headers=headers)
        return Answer(connection.getresponse())


class Process:
    """A program in the background; its standard error is read line by line."""

    def __init__(self, arguments, environment, directory, spawn=subprocess.Popen):
        self.lines, self.out = [], []
        self._process = spawn(
            arguments, env=environment, cwd=directory, text=True, errors="surrogateescape",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pid = self._process.pid
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((self._process.stdout, self.out), (self._process.stderr, self.lines))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))
        stream.close()

    @property
    def status(self):
        return self._process.poll()

    def wait(self, seconds=10):
        status = self._process.wait(seconds)
        for reader in self._readers:
            reader.join(seconds)
        return status

    def end(self, number=signal.SIGTERM, seconds=15):
        if self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self.wait()
                raise AssertionError(f"{self._process.args[0]} did not end within {seconds} s of signal {number}")
        return self._process.returncode

    def text(self):
        return "\n".join(self.lines + self.out)


class Simulator:
    """ec2sim; docs/simulator.md describes its control calls."""

    def __init__(
            self, directory, topology=None, tls=None, environment=None, wrapper=(), options=(),
            spawn=subprocess.Popen):
        arguments = [*wrapper, binary("ec2sim"), *options]
        if topology:
            path = pathlib.Path(directory) / "topology.json"
            path.write_text(json.dumps(topology))
            arguments += ["--topology", str(path)]
        if tls:
            arguments += ["--tls-certificate", tls.certificate, "--tls-key", tls.key]
        self.ca = tls.ca if tls else None
        self.process = Process(arguments, {"PATH": "/usr/bin:/bin"}, directory, spawn)
        eventually(lambda: self.process.out or self.process.status is not None, what="ec2sim's ready line")
        assert self.process.out, self.process.text()
        endpoints = json.loads(self.process.out[0])
        self.ec2, self.imds, self._control = endpoints["ec2"], endpoints["imds"], endpoints["control"]

    @staticmethod
    def example():
        """The topology with two routers that ec2sim comes with; router-a holds the VIPs."""
        done = subprocess.run([binary("ec2sim"), "--example"], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def control(self, method, path, body=None, timeout=60):
        answer = call(self.connection(self._control.split("//")[1], timeout), method, path, body)
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.body}"
        return answer.json

    @staticmethod
    def connection(host, timeout):
        """A way to its control calls."""
        return http.client.HTTPConnection(host, timeout=timeout)

    def fault(self, **fault):
        return self.control("POST", "/faults", fault)["id"]

    def mend(self, fault=None):
        self.control("DELETE", f"/faults/{fault}" if fault else "/faults")

    def holder(self, vip=VIPS[0]):
        """The network interface that EC2 routes the address to; None for none."""
        found = [a for a in self.control("GET", "/state")["addresses"] if a["privateIpAddress"] == vip]
        assert len(found) <= 1, f"{vip} is in two places: {found}"
        return found[0]["networkInterfaceId"] if found else None

    def calls(self, after=0, wait=0, **filters):
        query = "&".join(f"{name}={value}" for name, value in {"after": after, "wait": wait, **filters}.items())
        return self.control("GET", f"/calls?{query}", timeout=wait + 10)["calls"]

    def assigns(self, after=0, wait=0, **filters):
        return self.calls(after, wait, action="AssignPrivateIpAddresses", **filters)

    def wait_for_assigns(self, count, after=0, seconds=15, **filters):
        return eventually(
            lambda: (found := self.assigns(after, **filters)) and len(found) >= count and found, seconds,
            f"{count} Assign calls")

    @property
    def last(self):
        """The number of the newest request."""
        return self.control("GET", "/calls?after=0")["last"]

    def move(self, vip, network_interface_id):
        self.control("POST", "/move", {"privateIpAddress": vip, "networkInterfaceId": network_interface_id})

    def end(self):
        self.process.end()


class Router:
    """One router: a vipad with directories, sockets and an environment of its own."""

    def __init__(self, simulator, router, groups=None, name=None, settings="", environment=None, wrapper=(),
                 more=None):
        """`more`: further lines by section, such as {"aws": ["requestTimeoutSeconds = 1"]}."""
        self.more = more or {}
        self.name = name or router["name"]
        self.simulator = simulator
        self.network_interface_id = router["interfaces"][0]["networkInterfaceId"]
        self.instance_id = router["instanceId"]
        # Short, because a Unix socket's path has at most 107 bytes.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="vipad-"))
        self.socket = str(self.directory / "s")
        self.port = free_port()
        self.token_file = self.directory / "token"
        self.log = self.directory / "log" / "audit.jsonl"
        self.log.parent.mkdir(mode=0o755)
        self.state_file = self.directory / "state" / "state.json"
        self.state_file.parent.mkdir(mode=0o755)
        self.configuration = self.directory / "vipad.toml"
        self.groups = groups or {"inside": VIPS[:1]}
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(self.directory), "LANG": "C.UTF-8", **(environment or {})}
        self.configure(settings)
        self.wrapper = list(wrapper)
        self.process = None
        self.outputs = []

    def configure(self, settings="", **sections):
        self.configuration.write_text(self.toml(settings))
        self.configuration.chmod(0o644)

    def toml(self, settings=""):
        lines = []
        for name, vips in self.groups.items():
            lines += ["[[group]]", f'name = "{name}"', f"vips = {json.dumps(vips)}", f'vrrpNames = ["vrrp-{name}"]']
        lines += ["[aws]"]
        if "region" not in settings:
            lines += [f'region = "{self.region}"'] if self.region else []
        if self.simulator:
            lines += [f'ec2Endpoint = "{self.simulator.ec2}"', f'imdsEndpoint = "{self.simulator.imds[self.name]}"']
            if self.simulator.ca:
                lines += [f'caBundle = "{self.simulator.ca}"']
        lines += self.vrrp_settings() + self.server_settings()
        lines += ["[audit]", f'path = "{self.log}"', "[state]", f'directory = "{self.directory}/state"']
        lines += self.readiness_settings()
        for section, further in self.more.items():
            if f"[{section}]" not in lines:
                lines.append(f"[{section}]")
            place = lines.index(f"[{section}]") + 1
            lines[place:place] = further
        return "\n".join(lines) + "\n" + settings

    def vrrp_settings(self):
        return ["[vrrp]", 'witness = "hook"', 'keepalivedPidFile = ""']

    def readiness_settings(self):
        """No probes, which are Assign calls too, unless a test wants them."""
        return [] if "readiness" in self.more else ["[readiness]", "assignProbeSeconds = 0"]

    def server_settings(self):
        return ["[server]", f'listen = "127.0.0.1:{self.port}"', f'socket = "{self.socket}"',
                f'tokenFile = "{self.token_file}"']

    region = None
    spawn = staticmethod(subprocess.Popen)

    # The daemon

    def start(self, ready=True):
        arguments = [*self.wrapper, binary("vipad"), "serve", "--config", str(self.configuration)]
        self.process = Process(arguments, self.environment, self.directory, self.spawn)
        eventually(lambda: self.is_up or self.process.status is not None, 20, "vipad's listening")
        assert self.process.status is None, self.process.text()
        if ready:
            self.wait_until_ready()
        return self

    @property
    def is_up(self):
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False

    def wait_until_ready(self, seconds=15):
        """Everything that a claim needs is there, and the holders are known."""
        try:
            eventually(lambda: self.is_ready(self.status()), seconds)
        except AssertionError:
            raise AssertionError(f"not ready: {json.dumps(self.status(), indent=1)}\n{self.process.text()}") from None
        return self

    @staticmethod
    def is_ready(status):
        return status["readiness"]["ready"] and all(vip["observedAt"] for vip in status["vips"])

    def end(self, number=signal.SIGTERM):
        if self.process:
            self.outputs.append(self.process)
            status = self.process.end(number)
            self.process = None
            return status

    def kill(self):
        self.end(signal.SIGKILL)

    def remove(self):
        with contextlib.suppress(Exception):
            self.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    # Asking it

    def ask(self, method, path, body=None, headers=None, timeout=75):
        """Over the Unix socket."""
        return call(_UnixConnection(self.socket, timeout), method, path, body, headers)

    def ask_tcp(self, method, path, body=None, headers=None, token=True, timeout=75):
        headers = dict(headers or {})
        if token:
            headers.setdefault("Authorization", f"Bearer {self.token if token is True else token}")
        return call(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout), method, path, body, headers)

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def claim(self, wait=None, **body):
        return self.ask("POST", "/claim" + (f"?wait={wait}" if wait is not None else ""), body or None)

    def standby(self, **body):
        return self.ask("POST", "/standby", body or None)

    def status(self):
        return self.get("/status").json

    def group(self, name="inside"):
        return next(group for group in self.status()["groups"] if group["group"] == name)

    def vip(self, address=VIPS[0]):
        return next(vip for vip in self.status()["vips"] if vip["vip"] == address)

    def claim_by_id(self, claim_id):
        return self.get(f"/claims/{claim_id}").json

    @property
    def token(self):
        return self.token_file.read_text().strip()

    def hook(self, *arguments, **environment):
        """Runs the transition hook, as VyOS or keepalived would."""
        return subprocess.run(
            [str(HOOK), *arguments], timeout=30, capture_output=True, text=True,
            env={"PATH": "/usr/bin:/bin", "VIPAD_SOCKET": self.socket, "VIPAD_LISTEN": f"127.0.0.1:{self.port}",
                 "VIPAD_TOKEN_FILE": str(self.token_file), **environment})

    def vipad(self, *arguments, check=True, environment=None, timeout=75):
        """Runs a command of vipad with this router's configuration."""
        done = subprocess.run(
            [binary("vipad"), *arguments, *(["--config", str(self.configuration)] if "--config" not in arguments else [])],
            env=environment or self.environment, capture_output=True, text=True, timeout=timeout)
        if check:
            assert done.returncode == 0, f"vipad {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    # Its log

    def records(self, event=None):
        """The records of all segments, oldest first."""
        files = sorted(self.log.parent.glob("audit-*.jsonl")) + [self.log]
        lines = [line for file in files if file.exists() for line in file.read_bytes().split(b"\n")[:-1]]
        return [record for record in map(json.loads, lines) if event in (None, record["event"])]

    def outcome_of(self, claim_id, seconds=10):
        """The claim's one outcome, once it is written."""
        found = eventually(
            lambda: [r for r in self.records("claimOutcome") if r["claimId"] == claim_id], seconds,
            f"the outcome of {claim_id}")
        assert len(found) == 1
        return found[0]

    def check_log(self):
        """The chain holds, and each intent has exactly one outcome, once what is under way has ended."""
        def ids(event):
            return sorted(record["claimId"] for record in self.records(event))

        eventually(lambda: ids("claimIntent") == ids("claimOutcome"), 5, "an outcome for each intent")
        assert len(set(ids("claimIntent"))) == len(ids("claimIntent"))
        self.vipad("audit", "verify", str(self.log))
