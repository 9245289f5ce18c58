"""The files of deploy/: judged by the programs that are to read them."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from documents import DEBIAN, VYOS, commands_of
from pair import ROOT, binary

UNIT = ROOT / "deploy/systemd/vipad.service"


def needs(program, root=False):
    missing = not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    reason = f"no {program}" if missing else "not root" if root and os.geteuid() else None
    return pytest.mark.skipif(reason is not None, reason=str(reason))


def settings():
    return dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if re.match(r"\w+=", line))


@pytest.mark.parametrize("way", [DEBIAN, VYOS])
def test_both_documents_tell_the_same_few_commands(way):
    commands = commands_of(way)
    assert len(commands) <= 10 and commands == commands_of(way, "docs/install.md")


@needs("systemd-analyze")
def test_the_unit_is_right(tmp_path):
    unit = tmp_path / "vipad.service"  # of a program that is here
    unit.write_text(UNIT.read_text().replace("/usr/bin/vipad", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@needs("systemd-analyze")
def test_the_units_exposure():
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", str(UNIT)], capture_output=True, text=True)
    assert float(re.search(r"exposure level for vipad.service: ([\d.]+)", done.stdout)[1]) <= 1.3, done.stdout


def test_the_unit_lets_vipad_see_keepalived_and_its_callers():
    assert not settings().keys() & {"ProtectProc", "ProcSubset", "PrivateUsers", "PrivatePIDs", "PrivateNetwork"}


@needs("keepalived", root=True)
@pytest.mark.parametrize("router, own", [("a", "10.0.1.11"), ("b", "10.0.1.12")])
def test_keepalived_takes_its_configuration(router, own):
    """In a network with the interface that it names, and with the hook where it names it."""
    script = f"""
        mount -t tmpfs tmpfs /usr/lib/vipad 2>/dev/null || {{ mkdir /tmp/up /tmp/work; mount -t overlay overlay \\
          -o lowerdir=/usr/lib,upperdir=/tmp/up,workdir=/tmp/work /usr/lib; mkdir /usr/lib/vipad; }}
        cp {ROOT}/deploy/vipad-transition /usr/lib/vipad/ && chmod 755 /usr/lib/vipad/vipad-transition
        ip link add eth0 type veth peer name far && ip addr add {own}/24 dev eth0 && ip link set eth0 up
        exec keepalived --config-test --use-file {ROOT}/deploy/keepalived/router-{router}.conf"""
    done = subprocess.run(
        ["unshare", "--mount", "--net", "sh", "-ec", "mount -t tmpfs tmpfs /tmp\n" + script], capture_output=True,
        text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, timeout=30)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "error" not in said.lower() and "not found" not in said.lower(), said


def test_the_pair_are_each_others_peers_and_take_nothing_back():
    a, b = ((ROOT / f"deploy/keepalived/router-{name}.conf").read_text() for name in "ab")
    swapped = b.replace("10.0.1.12", "@").replace("10.0.1.11", "10.0.1.12").replace("@", "10.0.1.11")
    lines = [(x, y) for x, y in zip(a.splitlines(), swapped.splitlines()) if x != y and not x.startswith("#")]
    assert lines == [("  priority 101", "  priority 100")]
    for text in (a, b):
        assert re.search(r"^  nopreempt$", text, re.M) and re.search(r"^  vrrp_startup_delay \d+$", text, re.M)


def test_the_cloudformation_template_passes_cfn_lint():
    lint = pathlib.Path(sys.executable).with_name("cfn-lint")
    if not lint.exists():
        pytest.skip("cfn-lint is not beside this python")
    done = subprocess.run([str(lint), str(ROOT / "deploy/aws/router-pair.yaml")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@needs("mandoc")
def test_the_manual_is_read_without_a_warning_and_has_every_option(tmp_path):
    page = tmp_path / "vipad.1"
    page.write_text(subprocess.run([str(ROOT / "tools/manual"), binary("vipad")], capture_output=True, text=True,
                                   check=True).stdout)
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "error", str(page)], capture_output=True, text=True)
    assert (lint.returncode, lint.stdout) == (0, "")
    shown = subprocess.run(["mandoc", "-T", "ascii", str(page)], capture_output=True, text=True, check=True).stdout
    shown = re.sub(r".\x08", "", shown)
    for words in ["vipad serve", "vipad audit verify", "vipad iam-policy", "--peer-network-interface-id eni", "EXIT STATUS",
                  "/run/vipad/vipad.sock"]:
        assert words in shown


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completions_are_read_by_their_shell(tmp_path, shell):
    made = subprocess.run([binary("vipad"), "--generate-completion-script", shell], capture_output=True, text=True)
    assert made.returncode == 0 and "iam-policy" in made.stdout
    if not shutil.which(shell):
        pytest.skip(f"no {shell}: only looked at")
    file = tmp_path / "completion"
    file.write_text(made.stdout)
    done = subprocess.run([shell, "-n", str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
