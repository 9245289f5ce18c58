"""`vipad check` on routers that are set up wrongly: the first line names the cause and what to do about it.

Each set-up is tried twice: a daemon runs and is asked; no daemon runs and the command makes the checks itself.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
from types import SimpleNamespace

import pytest

from namespace import Namespace, is_possible
from pair import VIPS, Simulator, binary, eventually
from tls import make_certificates

B = "eni-0123456789abcdefb"
PROBES = {"readiness": []}  # nothing set: probes are sent
QUICK = {"aws": ["connectTimeoutSeconds = 0.5", "requestTimeoutSeconds = 1"]}
KEEPALIVED = """
vrrp_instance vip {
  # notify_fault "/commented/out/vipad-transition FAULT"
  notify_master "%s MASTER"
}
"""


def interface(topology, router="router-b"):
    return next(r for r in topology["routers"] if r["name"] == router)["interfaces"][0]


def the_router(topology):
    return next(r for r in topology["routers"] if r["name"] == "router-b")


class Setup:
    """A set-up that is wrong in one way: what differs from one that works, and what the first line must say."""

    def __init__(self, check, cause, remedy, topology=None, simulator=None, prepare=None, **router):
        self.check, self.cause, self.remedy = check, cause, remedy
        self.topology, self.simulator, self.prepare, self.router = topology, simulator, prepare, router


def no_role(topology):
    del the_router(topology)["roleName"]


def role_of(*actions):
    def change(topology):
        the_router(topology)["policy"] = "this"
        topology["policies"]["this"] = list(actions)
    return change


def one_address(topology):
    interface(topology)["addressLimit"] = 1


def checked(topology):
    interface(topology)["sourceDestCheck"] = True


def other_groups(topology):
    interface(topology)["securityGroupIds"] = ["sg-0000000000000000b"]


def second_interface(topology):
    the_router(topology)["interfaces"].append(
        {**interface(topology), "networkInterfaceId": "eni-0123456789abcdefc", "macAddress": "02:00:5e:00:53:0c",
         "deviceIndex": 1, "primary": "100.80.33.13", "secondary": []})


def other_authority(router):
    directory = router.directory / "other"
    directory.mkdir()
    path = make_certificates(directory).ca
    text = router.configuration.read_text()
    router.configuration.write_text(re.sub(r'caBundle = ".*"', f'caBundle = "{path}"', text))


def hook_at(path, mode=None):
    def prepare(router):
        place = router.directory / path
        if mode is not None:
            place.write_text("#!/bin/sh\n")
            place.chmod(mode)
        (router.directory / "keepalived.conf").write_text(KEEPALIVED % place)
        router.more = {"vrrp": [f'keepalivedConfiguration = "{router.directory}/keepalived.conf"']}
        router.configure()
    return prepare


def paused(router):
    router.start()
    assert router.ask("POST", "/pause", {}).status == 200
    router.end()


def unknown_key(router):
    router.configuration.write_text(router.configuration.read_text() + "[drll]\n")


SETUPS = {
    "no role": Setup(
        "credentials", "the instance has no role", "attach an instance profile", topology=no_role),
    "role without the right to assign": Setup(
        "assign", "UnauthorizedOperation", "allow ec2:AssignPrivateIpAddresses", more=PROBES,
        topology=role_of("DescribeNetworkInterfaces", "DescribeInstances", "DescribeInstanceTypes")),
    "role without the right to describe": Setup(
        "describe", "DescribeInstances .*UnauthorizedOperation", "allow ec2:DescribeInstances",
        topology=role_of("AssignPrivateIpAddresses")),
    "wrong Region": Setup(
        "identity", "EC2 of us-east-1, and this instance is in eu-central-1", 'region = "eu-central-1"',
        region="us-east-1"),
    "wrong authority": Setup(
        "ec2", "certificate was refused", "caBundle", prepare=other_authority),
    "clock off": Setup(
        "clock", r"clock is 3[56]\d\d s behind", "time synchronisation",
        simulator=lambda s: s.control("POST", "/settings", {"clockOffsetSeconds": 3600})),
    "VIP outside every subnet": Setup(
        "identity", "no interface has a subnet with 100.80.34.9; found: .*100.80.33.0/24", "correct the VIPs",
        groups={"inside": ["100.80.34.9"]}),
    "VIP outside the named interface's subnet": Setup(
        "identity", "100.80.34.9 of group inside is outside 100.80.33.0/24", "correct vips",
        groups={"inside": ["100.80.34.9"]}, group_settings=f'networkInterfaceId = "{B}"'),
    "VIP is a primary address": Setup(
        "vipAddress", "100.80.33.11 is the primary address of eni-0123456789abcdefa", "choose an address",
        groups={"inside": ["100.80.33.11"]}),
    "address limit reached": Setup(
        "addressLimit", "has 1 of 1 addresses, and needs 1 more", "unassign .* or use a larger instance type",
        topology=one_address),
    "hop limit": Setup(
        "identity", "no answer within", "hop limit to 2",
        simulator=lambda s: s.fault(service="imds", action="/latest/api/token", delayBeforeMilliseconds=600000)),
    "instance metadata off": Setup(
        "identity", "off or forbidden", "enable the metadata service",
        simulator=lambda s: s.control("POST", "/routers/router-b/metadata", {"enabled": False})),
    "two interfaces that fit": Setup(
        "identity", "2 interfaces .*eni-0123456789abcdefb.* and .*eni-0123456789abcdefc", "set networkInterfaceId",
        topology=second_interface),
    "hook missing": Setup(
        "hook", r"keepalived.conf:4 names .*/vipad-transition, which is not there", "install -m 755",
        prepare=hook_at("vipad-transition")),
    "hook not executable": Setup(
        "hook", r"keepalived.conf:4 names .*/vipad-transition, which is not executable", "chmod 755",
        prepare=hook_at("vipad-transition", 0o644)),
    "hook named nowhere": Setup(
        "hook", "names no vipad-transition", "notify_master", prepare=hook_at("another-script", 0o755)),
    "source/destination check on": Setup(
        "sourceDestCheck", f"on for {B}", "--no-source-dest-check", topology=checked),
    "other security groups": Setup(
        "securityGroups", "sg-0000000000000000b, eni-0123456789abcdefa", "into the same groups",
        topology=other_groups),
    "keepalived is dead": Setup(
        "vrrp", "no pid file .*nowhere.pid", "start keepalived",
        vrrp=['witness = "kernel"', 'keepalivedPidFile = "/run/vipad-test/nowhere.pid"']),
    "half a pair of keys": Setup(
        "credentials", "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY", "set both or neither",
        environment={"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}),
    "wrong secret": Setup(
        "ec2", "SignatureDoesNotMatch", "check the role or the keys",
        environment={"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wrong"}),
    "paused": Setup("pause", "all claims are stopped until resumed", "vipad resume", prepare=paused),
}


@pytest.fixture
def make(make_simulator, make_router):
    def make(setup):
        simulator = make_simulator(setup.topology)
        options = dict(setup.router)
        region, vrrp, group = (options.pop(name, None) for name in ("region", "vrrp", "group_settings"))
        router = make_router(simulator, "router-b", **options)
        if region:
            router.region = region
        if vrrp:
            router.vrrp_settings = lambda: ["[vrrp]", *vrrp]
        router.configure()
        if group:
            text = router.configuration.read_text()
            router.configuration.write_text(text.replace("[[group]]", f"[[group]]\n{group}"))
        if setup.prepare:
            setup.prepare(router)
        if setup.simulator:
            setup.simulator(simulator)
        return router
    return make


def check(router, *options):
    return router.vipad("check", *options, check=False)


def names(setup, done):
    """Whether the first line says it: the check, its cause, then the remedy."""
    first = done.stdout.split("\n")[0]
    pattern = rf"^not ready: {setup.check}: .*{setup.cause}.*{setup.remedy}"
    return done.returncode == 1 and re.search(pattern, first)


@pytest.mark.parametrize("name", SETUPS)
def test_the_running_daemon_names_cause_and_remedy(make, name):
    setup = SETUPS[name]
    router = make(setup).start(ready=False)
    last = []

    def said():
        last[:] = [check(router)]
        return names(setup, last[0])

    try:
        eventually(said, 15, "the first line", pause_seconds=0.1)
    except AssertionError:
        raise AssertionError(f"{last[0].stdout}\n{last[0].stderr}") from None
    ready = router.get("/readyz")
    assert ready.status == 503 and not ready.json["ready"]
    (found,) = [c for c in ready.json["checks"] if c["name"] == setup.check]
    assert found["state"] == "failed" and found["blocking"]
    assert not router.status()["readiness"]["ready"]


@pytest.mark.parametrize("name", SETUPS)
def test_without_a_daemon_the_command_finds_the_same(make, name):
    setup = SETUPS[name]
    router = make(setup)
    before = sorted(path for path in router.directory.rglob("*"))
    done = check(router)
    assert names(setup, done), done.stdout + done.stderr
    assert sorted(path for path in router.directory.rglob("*")) == before, "a check writes nothing"
    assert router.simulator.holder(VIPS[0]) == "eni-0123456789abcdefa"


def test_a_router_that_works_is_ready_by_the_daemon_s_word_and_by_the_command_s_only_it_is_missing(
        make_simulator, make_router):
    router = make_router(make_simulator(), "router-b", more=PROBES)
    done = check(router)
    assert done.returncode == 1
    assert re.match(r"not ready: daemon: .*is not running.*systemctl start vipad", done.stdout), done.stdout
    router.start()
    done = check(router)
    assert done.returncode == 0 and done.stdout.startswith("ready: "), done.stdout
    states = {c["name"]: c["state"] for c in json.loads(check(router, "--json").stdout)["checks"]}
    assert {name for name, state in states.items() if state != "ok"} == {"hook"}  # no keepalived.conf here


def test_a_configuration_that_is_refused_is_the_cause(make_simulator, make_router):
    router = make_router(make_simulator(), "router-b")
    unknown_key(router)
    done = check(router)
    assert done.returncode == 1
    assert re.match(r"not ready: configuration: .*vipad.toml:\d+: drll: .*drill", done.stdout), done.stdout


def test_a_refused_reload_is_the_cause(make_simulator, make_router):
    router = make_router(make_simulator(), "router-b").start()
    good = router.configuration.read_text()
    unknown_key(router)
    router.process._process.send_signal(1)
    line = eventually(lambda: (o := check(router, "--socket", router.socket, "--config", "/dev/null").stdout).startswith(
        "not ready") and o)
    assert "old settings stay in force" in line.split("\n")[0] and "reload" in line.split("\n")[0]
    router.configuration.write_text(good)
    router.process._process.send_signal(1)
    eventually(lambda: check(router).returncode == 0)


def test_just_after_a_start_it_waits_for_checks_that_were_not_made_yet(make_simulator, make_router):
    simulator = make_simulator()
    simulator.fault(action="DescribeNetworkInterfaces", delayBeforeMilliseconds=2000)
    router = make_router(simulator, "router-b").start(ready=False)
    waits = router.get("/readyz").json
    assert any(c["ageSeconds"] is None for c in waits["checks"]), "else nothing is waited for"
    done = check(router)
    assert done.returncode == 0 and done.stdout.startswith("ready: "), done.stdout


# --vrrp

def test_for_vrrp_an_outage_of_ec2_is_no_fault(make_simulator, make_router):
    simulator = make_simulator()
    router = make_router(simulator, "router-b", more=QUICK).start()
    assert check(router, "--vrrp").returncode == 0
    simulator.end()
    eventually(lambda: check(router).returncode == 1, 60, pause_seconds=0.2)
    done = check(router, "--vrrp")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["hook missing", "keepalived is dead"])
def test_for_vrrp_a_fault_of_this_router_counts(make, name):
    setup = SETUPS[name]
    router = make(setup).start(ready=False)
    done = eventually(lambda: (d := check(router, "--vrrp")).returncode == 1 and d, 15)
    assert re.match(rf"faulty: {setup.check}: .*{setup.cause}.*{setup.remedy}", done.stdout), done.stdout


@pytest.mark.parametrize("name", ["no role", "role without the right to describe", "source/destination check on"])
def test_for_vrrp_what_both_routers_may_see_does_not_count(make, name):
    setup = SETUPS[name]
    router = make(setup).start(ready=False)
    eventually(lambda: names(setup, check(router)), 15)
    assert check(router, "--vrrp").returncode == 0


def test_for_vrrp_a_slip_in_the_configuration_is_no_fault(make_simulator, make_router):
    router = make_router(make_simulator(), "router-b").start()
    unknown_key(router)
    router.process._process.send_signal(1)
    asked = ["--socket", router.socket, "--config", "/dev/null"]
    eventually(lambda: "old settings stay in force" in check(router, *asked).stdout)
    for more in asked, []:
        done = check(router, "--vrrp", *more)
        assert done.returncode == 0, done.stdout


def test_for_vrrp_no_daemon_is_a_fault_and_said_at_once(make_simulator, make_router):
    router = make_router(make_simulator(), "router-b")
    calls = router.simulator.last
    done = check(router, "--vrrp")
    assert done.returncode == 1 and done.stdout.startswith("faulty: daemon: "), done.stdout
    assert router.simulator.last == calls, "nothing else is asked"


# What needs a namespace, for its routes and its /etc/hosts, or a file system of its own

@pytest.fixture
def away(tmp_path, make_router):
    """router-b and the simulated IMDS in a namespace without any route, with a name for EC2."""
    if not is_possible():
        pytest.skip("needs root, ip and nft")
    namespace = Namespace()
    files = pathlib.Path("/etc/netns") / namespace.name
    files.mkdir(parents=True)
    name = "ec2.eu-central-1.amazonaws.com"

    def make(address):
        (files / "hosts").write_text(f"127.0.0.1 localhost\n{address} {name}\n")
        topology = Simulator.example()
        simulator = Simulator(tmp_path, topology, wrapper=namespace.wrapper)
        simulator.topology, simulator.ec2 = topology, f"https://{name}"
        made.append(simulator)
        return make_router(simulator, "router-b", wrapper=namespace.wrapper, more=QUICK)

    made = []
    yield SimpleNamespace(make=make, wrapper=namespace.wrapper)
    for simulator in made:
        simulator.end()
    shutil.rmtree(files)
    namespace.remove()


def check_by(wrapper, router):
    return subprocess.run(
        [*wrapper, binary("vipad"), "check", "--config", str(router.configuration)], env=router.environment,
        capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("address, said", [
    ("10.99.0.9", r"can't connect.*check (the )?route"),
    ("52.94.10.10", r"can't connect.*resolves to the public address 52.94.10.10.*VPC endpoint for ec2 with private DNS"),
], ids=["no route to the endpoint", "endpoint resolves publicly"])
def test_no_way_to_ec2(away, address, said):
    router = away.make(address)
    alone = check_by(away.wrapper, router)
    assert alone.returncode == 1
    assert re.match(f"not ready: ec2: .*{said}", alone.stdout), alone.stdout
    arguments = [*away.wrapper, binary("vipad"), "serve", "--config", str(router.configuration)]
    from pair import Process
    router.process = Process(arguments, router.environment, router.directory)
    eventually(
        lambda: re.match(f"not ready: ec2: .*{said}", check_by(away.wrapper, router).stdout), 40, "the first line",
        pause_seconds=0.2)


def test_the_log_on_a_full_disk(make_simulator, make_router, tmp_path):
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs root and unshare, for a full file system that only the test sees")
    router = make_router(make_simulator(), "router-b")
    mount = f'mount -t tmpfs -o size=64k,mode=755 none "{router.log.parent}" && {{ head -c 1M /dev/zero 2>/dev/null >"{router.log.parent}/x"; ' \
            'exec "$@"; }'
    wrapper = [shutil.which("unshare"), "-m", "/bin/sh", "-c", mount, "sh"]
    alone = check_by(wrapper, router)
    pattern = r"not ready: audit: .*to do: make room"
    assert alone.returncode == 1 and re.match(pattern, alone.stdout), alone.stdout
    router.wrapper = wrapper
    router.start(ready=False)
    said = eventually(lambda: re.match(pattern, (o := check(router).stdout)) and o, 15)
    assert router.log.name in said or str(router.log.parent) in said
