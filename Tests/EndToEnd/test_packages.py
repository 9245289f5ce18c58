"""The Debian package and the VyOS archive, installed as README.md says, on Debian 12 with its own systemd.

`make test-packages`: needs root, debootstrap and systemd-nspawn. VIPAD_BINARY names a release binary that was built
before, VIPAD_ROOTS a directory in which fresh roots are kept for the next time.
"""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import time

import pytest

import container
from container import Machine, in_chroot, simulator_in
from documents import DEBIAN, VYOS, commands_of
from pair import ROOT, Simulator, eventually

VIP, OWN, PEER = "10.0.1.100", "10.0.1.11", "10.0.1.12"
NETWORK_INTERFACE = "eni-0123456789abcdefa"
WHY_NOT = container.why_not() if os.environ.get("VIPAD_PACKAGES") else "slow, and changes nothing here: make test-packages"
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))


def make(tool, directory):
    done = subprocess.run([str(ROOT / "tools" / tool), str(directory)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return pathlib.Path(done.stdout.split()[-1])


def topology():
    """The example's router-a, whose subnet is the document's; its peer's interface holds the VIP."""
    text = json.dumps(Simulator.example()).replace("100.80.33.0/24", "10.0.1.0/24").replace("100.80.33.", "10.0.1.")
    made = json.loads(text)
    first, second = (router["interfaces"][0] for router in made["routers"])
    first["secondary"], second["secondary"] = [], [VIP]
    return made


@contextlib.contextmanager
def booted(root, directory, interface):
    """A machine with an interface and an EC2, and its vipad's way to that; both end with it, whatever happens."""
    with contextlib.ExitStack() as ends:
        machine = Machine(root)
        ends.callback(machine.end)
        machine.run(f"ip link add {interface} type veth peer name far; ip addr add {OWN}/24 dev {interface}; "
                    f"ip link set {interface} up; ip link set far up")
        machine.ec2 = simulator_in(machine, directory, topology())
        ends.callback(machine.ec2.end)
        machine.write("/etc/systemd/system/vipad.service.d/test.conf", f"""[Service]
Environment=AWS_ENDPOINT_URL_EC2={machine.ec2.ec2} AWS_EC2_METADATA_SERVICE_ENDPOINT={machine.ec2.imds['router-a']}
WatchdogSec=3
""")
        machine.run("systemctl daemon-reload")
        yield machine


def property_of(machine, name):
    return machine.run(f"systemctl show --value --property={name} vipad").stdout.strip()


def process_of(machine):
    """The main process's id once vipad is active; None while it is not."""
    shown = machine.run("systemctl show --property=ActiveState --property=MainPID vipad").stdout
    properties = dict(line.split("=", 1) for line in shown.split())
    return properties["MainPID"] if properties["ActiveState"] == "active" and properties["MainPID"] != "0" else None


def status(machine):
    """What it says; nothing while it does not run."""
    return json.loads(machine.run("vipad status --json", check=False).stdout or "{}")


def keepalived_check(machine):
    """Whether /status sees keepalived run, and what of it if not."""
    checks = status(machine).get("readiness", {}).get("checks", [])
    return next((check for check in checks if check["name"] == "vrrp"), None)


def wait_for_verdict(machine, verdict, seconds=40):
    try:
        eventually(lambda: status(machine).get("verdict") == verdict, seconds, verdict, pause_seconds=0.2)
    except AssertionError:
        raise AssertionError(f"not {verdict}: {json.dumps(status(machine), indent=1)}\n{machine.journal()}") from None


def says_ready(machine, command):
    """Whether `vipad check` finds all well, as soon as what was started just before has come so far."""
    assert command.removeprefix("sudo ") == "vipad check"
    try:
        eventually(lambda: machine.run(command, check=False).returncode == 0, 20, pause_seconds=0.5)
    except AssertionError:
        raise AssertionError(machine.run(command, check=False).stdout + machine.journal()) from None


def dead_links(directory):
    """Links of packaged documents to nothing, and examples that are named and not there."""
    def targets(text):
        return re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r"`((?:deploy|docs|examples)/[^`\s]*)", text)

    documents = {document.name: document.read_text() for document in directory.glob("*.md")}
    assert len(documents) == 5
    return [(name, target) for name, text in documents.items() for target in targets(text)
            if "://" not in target and not (directory / target).exists()]


def vrrp_process(machine):
    return machine.run("cat /run/vrrp.pid").stdout.strip()


# Debian

@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return make("build-deb", tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="module")
def router(package, tmp_path_factory):
    """A Debian router, installed by README.md's first command and booted."""
    directory = tmp_path_factory.mktemp("debian")
    root = container.copy(container.debian(directory / "roots"), directory / "root")
    assert not list(root.glob("usr/bin/*gcc*")) and not list(root.glob("usr/include/*.h"))
    (root / package.name).write_bytes(package.read_bytes())
    install, *rest = commands_of(DEBIAN)
    in_chroot(root, "apt-get update -q; apt-get install -y -q --no-install-recommends systemd-sysv iproute2")
    in_chroot(root, "apt-get install -y -q --no-install-recommends" + install.removeprefix("apt install"))
    with booted(root, directory, "ens5") as machine:
        machine.commands = rest
        yield machine


def test_the_package_is_lintian_clean(package):
    done = subprocess.run(["lintian", "--fail-on", "error,warning", "--allow-root", str(package)],
                          capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_unit_waits_without_failing_until_there_is_a_configuration(router):
    assert property_of(router, "ConditionResult") == "no"
    assert property_of(router, "ActiveState") == "inactive"
    assert router.run("systemctl is-enabled vipad").stdout == "enabled\n"


def test_the_readmes_commands_make_a_router_that_claims(router):
    *commands, last = router.commands
    for command in commands:
        if command.startswith("systemctl"):  # a minute is long for a test
            router.run("sed -i 's/vrrp_startup_delay 60/vrrp_startup_delay 1/' /etc/keepalived/keepalived.conf")
        router.run(command)
    says_ready(router, last)
    wait_for_verdict(router, "holding")
    assert router.ec2.holder(VIP) == NETWORK_INTERFACE
    assert "vipad-transition" in router.journal()
    assert "outcome" in router.run("cat /var/log/vipad/audit.jsonl").stdout
    assert property_of(router, "StatusText") == "default holding"


def test_it_runs_as_its_own_user_without_a_capability(router):
    pid = property_of(router, "MainPID")
    text = router.run(f"cat /proc/{pid}/status").stdout
    user = router.run("id -u vipad").stdout.strip()
    assert re.search(rf"^Uid:\t{user}\t{user}\t{user}\t{user}$", text, re.M)
    assert set(re.findall(r"^Cap(?:Inh|Prm|Eff|Bnd|Amb):\t(\w+)$", text, re.M)) == {"0" * 16}
    assert re.search(r"^Seccomp:\t2$", text, re.M)
    assert property_of(router, "OOMScoreAdjust") == "-900"  # set where the machine's own root may do so
    assert property_of(router, "MemoryMax") == str(256 << 20)
    owners = router.run("stat -c '%U:%G %a' /run/vipad /run/vipad/vipad.sock /run/vipad/token /var/log/vipad "
                        "/var/log/vipad/audit.jsonl /var/lib/vipad").stdout.split("\n")[:-1]
    assert owners == ["vipad:vipad 755", "vipad:vipad 660", "vipad:vipad 640", "vipad:vipad 750", "vipad:vipad 640",
                      "vipad:vipad 750"]


def test_the_socket_tells_users_apart(router):
    def post(path, user=None):
        return router.run("curl -s -o /dev/null -w '%{http_code}' --unix-socket /run/vipad/vipad.sock -X POST "
                          f"http://localhost{path}", user=user, check=False).stdout

    member, other = (f"--reuid=nobody --regid={group} --clear-groups" for group in ("vipad", "nogroup"))
    assert post("/pause", member) == "200"
    assert post("/resume") == "200"
    assert post("/pause", other) == "000"
    router.run("chmod o+rw /run/vipad/vipad.sock")
    try:  # even where it can connect
        assert post("/pause", other) == "403"
    finally:
        router.run("chmod o-rw /run/vipad/vipad.sock")

    def users():
        records = [json.loads(line) for line in router.run("cat /var/log/vipad/audit.jsonl").stdout.splitlines()]
        return [r["actor"]["uid"] for r in records if r["event"] in ("paused", "resumed")]

    eventually(lambda: users() == [65534, 0])
    wait_for_verdict(router, "holding")


def test_a_long_advertisement_interval_is_no_death_for_vipads_user(router):
    """5 s: what keepalived sleeps in is hidden from vipad's user, and it runs once in 5 s."""
    assert "0" == router.run(f"cat /proc/{vrrp_process(router)}/wchan; true", user="--reuid=vipad --clear-groups").stdout
    router.run("sed -i 's/advert_int 1/advert_int 5/' /etc/keepalived/keepalived.conf; systemctl restart keepalived")
    eventually(lambda: status(router)["verdict"] != "holding")
    wait_for_verdict(router, "holding")
    restarted = len(router.ec2.assigns())
    end = time.monotonic() + 75  # longer than the minute in which it learns how long keepalived sleeps
    while time.monotonic() < end:
        seen = status(router)
        assert seen["verdict"] == "holding", json.dumps(seen, indent=1) + router.journal()
        time.sleep(0.5)
    assert len(router.ec2.assigns()) == restarted
    router.run("sed -i 's/advert_int 5/advert_int 1/' /etc/keepalived/keepalived.conf; systemctl restart keepalived")
    wait_for_verdict(router, "holding")


def test_a_keepalived_that_stands_still_is_seen_by_vipads_user(router):
    process = vrrp_process(router)
    router.run(f"kill -STOP {process}")
    began = time.monotonic()
    eventually(lambda: not keepalived_check(router)["ok"], 5)
    assert time.monotonic() - began < 3
    assert status(router)["verdict"] != "holding"
    router.run(f"kill -CONT {process}")
    wait_for_verdict(router, "holding")


def test_killed_again_and_again_it_comes_back_at_once(router):
    for _ in range(12):  # systemd's own limit would be 5 in 10 s
        before = eventually(lambda: process_of(router), 10)
        router.run(f"kill -9 {before}")
        eventually(lambda: process_of(router) not in (None, before), 10, "a new process", pause_seconds=0.05)
    wait_for_verdict(router, "holding")


def test_a_standstill_is_ended_by_the_watchdog(router):
    before = process_of(router)
    router.run(f"kill -STOP {before}")
    eventually(lambda: process_of(router) not in (None, before), 20, "a new process", pause_seconds=0.2)
    assert "Watchdog timeout" in router.journal()
    wait_for_verdict(router, "holding")


def test_a_reload_is_known_to_systemd(router):
    router.run("systemctl reload vipad")
    assert property_of(router, "ActiveState") == "active"
    assert any(json.loads(line)["event"] == "configurationChanged"
               for line in router.run("cat /var/log/vipad/audit.jsonl").stdout.splitlines())


def test_a_wrong_configuration_is_not_tried_again(router):
    router.run("cp -p /etc/vipad/vipad.toml /root/kept; echo 'vip = 1' >/etc/vipad/vipad.toml")
    assert router.run("systemctl restart vipad", check=False).returncode != 0
    assert property_of(router, "ExecMainStatus") == "2"
    time.sleep(1)  # ten restarts, if it did
    assert property_of(router, "ActiveState") == "failed" and property_of(router, "NRestarts") == "0"
    assert "/etc/vipad/vipad.toml:1" in router.journal()
    router.run("cp -p /root/kept /etc/vipad/vipad.toml; systemctl restart vipad")
    wait_for_verdict(router, "holding")


def test_manual_and_completions_are_there(router):
    for file in ["/usr/share/man/man1/vipad.1.gz", "/usr/share/bash-completion/completions/vipad",
                 "/usr/share/zsh/vendor-completions/_vipad", "/usr/share/fish/vendor_completions.d/vipad.fish",
                 "/usr/lib/vipad/vipad-transition", "/etc/vipad/vipad.example.toml"]:
        # minbase keeps no manuals: dpkg knows of them all the same
        assert file in router.run("dpkg -L vipad").stdout.splitlines()


def test_the_documents_lead_to_one_another_and_to_their_examples(router):
    documents = router.root / "usr/share/doc/vipad"
    assert dead_links(documents) == []
    for file in ["aws/router-pair.yaml", "prometheus/rules.yaml", "prometheus/scrape.yaml", "grafana/vipad.json",
                 "keepalived/router-b.conf", "verify-audit.py", "vipad.minimal.toml"]:
        assert (documents / "examples" / file).is_file()
    assert "docs/" in (router.root / "etc/vipad/vipad.example.toml").read_text()  # it says where they are


def test_upgrade_and_removal_keep_configuration_and_log(router, package, tmp_path):
    tree = tmp_path / "tree"
    subprocess.run(["dpkg-deb", "-R", str(package), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"^Version: .*$", "Version: 99", control.read_text(), flags=re.M))
    example = tree / "etc" / "vipad" / "vipad.example.toml"
    example.write_text(example.read_text() + "# of version 99\n")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(tree), str(router.root / "next.deb")], check=True,
                   stdout=subprocess.DEVNULL)
    router.run("echo '# mine' >>/etc/vipad/vipad.toml; echo '# mine too' >>/etc/vipad/vipad.example.toml")
    pid, records = property_of(router, "MainPID"), router.run("head -n 20 /var/log/vipad/audit.jsonl").stdout
    upgrade = router.run("dpkg --force-confdef --force-confold -i /next.deb")
    assert "99" in upgrade.stdout
    kept = ("cat /etc/vipad/vipad.toml", f'vips = ["{VIP}"]\n# mine\n')
    assert router.run(kept[0]).stdout == kept[1]
    assert router.run("tail -n 1 /etc/vipad/vipad.example.toml").stdout == "# mine too\n"
    assert property_of(router, "MainPID") != pid
    wait_for_verdict(router, "holding")
    router.run("dpkg -r vipad")
    assert router.run(kept[0]).stdout == kept[1]
    assert router.run("head -n 20 /var/log/vipad/audit.jsonl").stdout == records
    router.run("dpkg -P vipad")
    assert router.run("ls /etc/vipad/vipad.toml /var/lib/vipad", check=False).returncode != 0
    assert router.run("head -n 20 /var/log/vipad/audit.jsonl").stdout == records


# VyOS

BOOT_SCRIPT = """#!/bin/sh
# This script is executed at boot time after VyOS configuration is fully applied.
# Any modifications required to work around unfixed bugs or use services not
# available through the VyOS CLI system can be placed here.
echo somebody-else >>/run/somebody-else
exit 0
"""
CONFIGURATION_TIME = """[Unit]
Description=Stands in for vyos-router.service, which runs the script after the configuration
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/config/scripts/vyos-postconfig-bootup.script
[Install]
WantedBy=default.target
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return make("build-vyos", tmp_path_factory.mktemp("vyos-archive"))


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Makes roots laid out like VyOS: what vipad needs of it is Debian 12, curl, keepalived, sudo and /config."""
    base = container.debian(tmp_path_factory.mktemp("roots"), [
        "systemd", "systemd-sysv", "iproute2", "keepalived", "curl", "sudo", "ca-certificates"])

    def new(directory):
        root = container.copy(base, directory)
        assert not list(root.glob("usr/lib/*/libmicrohttpd*")) and not list(root.glob("usr/lib/*/libexpat*"))
        in_chroot(root, "groupadd vyattacfg; systemctl disable keepalived; install -d -g vyattacfg -m 2775 /config")
        (root / "etc/systemd/system/vyos-stand-in.service").write_text(CONFIGURATION_TIME)
        in_chroot(root, "systemctl enable vyos-stand-in")
        return root

    return new


@pytest.fixture(scope="module")
def vyos(image, archive, tmp_path_factory):
    """A VyOS router, booted; nothing is installed on it yet."""
    directory = tmp_path_factory.mktemp("vyos")
    root = image(directory / "image-1")
    in_chroot(root, "install -d -g vyattacfg -m 2775 /config/scripts")
    script = root / "config/scripts/vyos-postconfig-bootup.script"
    script.write_text(BOOT_SCRIPT)
    script.chmod(0o775)
    with booted(root, directory, "eth0") as machine:
        (root / "root" / archive.name).write_bytes(archive.read_bytes())
        yield machine


def boot_script(machine):
    return (machine.root / "config/scripts/vyos-postconfig-bootup.script").read_text()


def start_keepalived(machine):
    """As VyOS's configuration would: with the hook that install.sh has named."""
    text = (ROOT / "deploy/keepalived/router-a.conf").read_text()
    text = text.replace("/usr/lib/vipad/vipad-transition", "/config/vipad/vipad-transition")
    (machine.root / "etc/keepalived").mkdir(exist_ok=True)
    (machine.root / "etc/keepalived/keepalived.conf").write_text(text.replace("startup_delay 60", "startup_delay 1"))
    machine.run("systemctl start keepalived")


def test_the_readmes_commands_install_it(vyos):
    """All but those of VyOS's own configuration mode, whose work is done by hand."""
    unpack, install, *_, last = commands_of(VYOS)
    vyos.run("cd /root; " + unpack)
    said = vyos.run("cd /root; " + install).stdout
    lines = (ROOT / "docs/install.md").read_text().partition("The lines, for 1.4 and later:")[2].split("```")[1]
    wanted = [line for line in lines.splitlines() if line.startswith("set high-av")]
    assert len(wanted) > 10
    printed = [line for line in said.splitlines() if line.startswith("set high-availability")]
    assert printed == wanted
    start_keepalived(vyos)
    says_ready(vyos, last)
    wait_for_verdict(vyos, "holding")
    assert vyos.ec2.holder(VIP) == NETWORK_INTERFACE
    assert property_of(vyos, "User") == "vipad"
    assert vyos.run("stat -c '%U:%G %a' /config/vipad /config/vipad/vipad /config/vipad/log").stdout.split("\n")[:-1] == [
        "root:root 755", "root:root 755", "vipad:vipad 750"]
    assert "claimConfirmed" in vyos.run("cat /config/vipad/log/audit.jsonl").stdout


def test_its_shared_objects_are_found_beside_it(vyos):
    loaded = vyos.run(f"cat /proc/{property_of(vyos, 'MainPID')}/maps").stdout
    for name in ["libmicrohttpd.so.12", "libexpat.so.1"]:
        assert f"/config/vipad/lib/{name}" in loaded


def test_licences_and_documents_are_there(vyos):
    home = vyos.root / "config/vipad"
    for name in ["lib/libmicrohttpd12.copyright", "lib/libexpat1.copyright", "copyright"]:
        assert "License" in (home / name).read_text()
    assert len(list(home.glob("lib/*.so.*"))) == len(list(home.glob("lib/*.copyright")))
    assert dead_links(home / "docs") == []
    assert (home / "docs/examples/prometheus/rules.yaml").is_file()
    assert vyos.run("find /config/vipad/docs ! -user root -o ! -group root -o -perm /022").stdout == ""


def test_drop_ins_of_unit_d_count_beside_vyoss_own_and_go_with_their_file(vyos):
    vyos.write("/config/vipad/unit.d/vyos.conf", "[Service]\nEnvironment=MINE=yes\n")  # the name of VyOS's own
    vyos.run("/config/vipad/boot")
    assert "MINE=yes" in property_of(vyos, "Environment")
    assert "/config/vipad/vipad serve" in property_of(vyos, "ExecStart")
    vyos.run("rm /config/vipad/unit.d/vyos.conf; /config/vipad/boot")
    assert "MINE=yes" not in property_of(vyos, "Environment")
    assert "/config/vipad/vipad serve" in property_of(vyos, "ExecStart")
    wait_for_verdict(vyos, "holding")


def test_a_second_installation_changes_nothing(vyos):
    before, configuration = boot_script(vyos), vyos.run("cat /config/vipad/vipad.toml").stdout
    records = vyos.run("head -n 5 /config/vipad/log/audit.jsonl").stdout
    said = vyos.run("cd /root/vipad-vyos-*; sh install.sh --vip 10.9.9.9 --peer 10.0.1.12").stdout
    assert "stays as it is" in said
    assert boot_script(vyos) == before and before.count("/config/vipad/boot") == 2  # both in one line
    assert vyos.run("cat /config/vipad/vipad.toml").stdout == configuration
    assert vyos.run("head -n 5 /config/vipad/log/audit.jsonl").stdout == records
    assert vyos.run("stat -c '%G %a' /config/scripts/vyos-postconfig-bootup.script").stdout == "vyattacfg 775\n"
    wait_for_verdict(vyos, "holding")


def test_after_an_image_upgrade_it_starts_by_itself(vyos, image, tmp_path):
    """Another root, in which only /config is what it was."""
    root = image(tmp_path / "image-2")
    in_chroot(root, "useradd --system first-of-the-new-image")  # takes the number that vipad had
    subprocess.run(["rm", "-r", str(root / "config")], check=True)
    vyos.write("/config/vipad/unit.d/mine.conf", "[Service]\nEnvironment=MINE=yes\n")
    vyos.run("install -d -m 0750 -g vipad /config/vipad/secrets; umask 027; echo secret >/config/vipad/secrets/token")
    subprocess.run(["cp", "-a", str(vyos.root / "config"), str(root / "config")], check=True)
    vyos.run("rm -r /config/vipad/secrets /config/vipad/unit.d/mine.conf")
    with booted(root, tmp_path, "eth0") as machine:
        assert machine.run("cat /run/somebody-else").stdout == "somebody-else\n"
        assert machine.run("id -u vipad").stdout != vyos.run("id -u vipad").stdout
        assert "MINE=yes" in property_of(machine, "Environment")
        kept = "secrets secrets/token vipad.toml"
        groups = machine.run(f"cd /config/vipad; stat -c '%U:%G %a' {kept}")
        assert groups.stdout.split("\n")[:-1] == ["root:vipad 750", "root:vipad 640", "root:vipad 644"]
        assert property_of(machine, "ActiveState") == "active"
        machine.run("systemctl restart vipad")  # with this machine's EC2
        start_keepalived(machine)
        wait_for_verdict(machine, "holding")
        assert machine.run("vipad audit verify /config/vipad/log/audit.jsonl").returncode == 0


@pytest.mark.parametrize("script, lines", [
    ("/config/vipad/vipad-transition MASTER", "transition-script"), ("/config/vipad/vipad check --vrrp", "health-check")])
def test_it_is_not_removed_while_vrrp_names_it(vyos, script, lines):
    before, files = boot_script(vyos), vyos.run("ls -R /config/vipad").stdout
    vyos.write("/config/config.boot", f'high-availability {{\n    script "{script}"\n}}\n')
    try:
        done = vyos.run("cd /root/vipad-vyos-*; sh install.sh --remove", check=False)
    finally:
        vyos.run("rm /config/config.boot")
    assert done.returncode == 2 and f"delete the {lines} lines, commit, save, then run this again" in done.stderr
    assert (boot_script(vyos), vyos.run("ls -R /config/vipad").stdout) == (before, files)
    assert property_of(vyos, "ActiveState") == "active"


def test_removed_it_leaves_other_peoples_lines_configuration_and_log(vyos):
    said = vyos.run("cd /root/vipad-vyos-*; sh install.sh --remove").stdout
    assert "stay" in said
    assert boot_script(vyos) == BOOT_SCRIPT
    assert sorted(vyos.run("ls /config/vipad").stdout.split()) == ["log", "state", "vipad.toml"]
    assert property_of(vyos, "ActiveState") == "inactive"
    assert vyos.run("command -v vipad", check=False).returncode != 0
    vyos.run("cd /root/vipad-vyos-*; sh install.sh --remove")
    assert boot_script(vyos) == BOOT_SCRIPT


@pytest.mark.parametrize("arguments", ["--vip 10.0.1", "--vip", "--peer x", "--group 'a b'", "--group a.b", "--vrid y", "--what 1"])
def test_wrong_usage_is_refused_before_anything_is_done(vyos, arguments):
    before = boot_script(vyos)
    done = vyos.run(f"cd /root/vipad-vyos-*; sh install.sh {arguments}", check=False)
    assert done.returncode == 2 and "install.sh: " in done.stderr
    assert boot_script(vyos) == before


def test_the_journal_shows_vipads_user_that_the_log_goes_on_from_a_copy(router, package):
    """On Debian again, where no other test needs the router any more."""
    def is_sound():
        shown = status(router)
        return shown.get("audit", {}).get("ok") and "forked" not in json.dumps(shown["readiness"]["checks"])

    router.run(f"dpkg -i /{package.name}; install -d /etc/vipad")
    router.write("/etc/vipad/vipad.toml", f'vips = ["{VIP}"]\n')
    router.run("rm -rf /var/log/vipad/*; systemctl restart vipad")
    eventually(is_sound, 20)
    router.run("systemctl stop vipad; cp -a /var/log/vipad /root/copy; systemctl start vipad")
    eventually(is_sound, 20)
    router.run("vipad pause; vipad resume; systemctl stop vipad; rm -r /var/log/vipad; mv /root/copy /var/log/vipad")
    router.run("systemctl start vipad")
    (forked,) = eventually(lambda: [
        json.loads(line) for line in router.run("cat /var/log/vipad/audit.jsonl").stdout.splitlines()
        if '"event":"forked"' in line], 20)
    assert forked["detail"].startswith("the journal has record ")
