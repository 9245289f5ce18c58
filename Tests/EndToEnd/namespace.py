"""A network namespace whose loopback drops what a test wants dropped."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import uuid

from pair import Simulator

CLONE_NEWNET = 0x40000000
TABLE = "vipad-test"


def is_possible():
    """Network namespaces and nftables are at hand, and we may use them."""
    return os.geteuid() == 0 and shutil.which("ip") and shutil.which("nft")


class Namespace:
    """Made and removed by the test; programs start in it by `wrapper`."""

    def __init__(self):
        self.name = f"vipad-{uuid.uuid4().hex[:8]}"
        self._run("ip", "netns", "add", self.name)
        self.wrapper = [shutil.which("ip"), "netns", "exec", self.name]
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command):
        self._run(*self.wrapper, *command)

    def _run(self, *command):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"

    def drop(self, *rules):
        """Drops the packets that any of the nft expressions matches, instead of what was dropped before."""
        self.pass_all()
        self.run("nft", "add", "table", "ip", TABLE)
        self.run("nft", "add", "chain", "ip", TABLE, "in", "{ type filter hook input priority 0 ; }")
        for rule in rules:
            self.run("nft", "add", "rule", "ip", TABLE, "in", *rule.split(), "drop")

    def pass_all(self):
        with contextlib.suppress(AssertionError):
            self.run("nft", "delete", "table", "ip", TABLE)

    @contextlib.contextmanager
    def entered(self):
        """Sockets that this thread opens here belong to the namespace."""
        with open("/proc/thread-self/ns/net") as own, open(f"/run/netns/{self.name}") as other:
            _setns(other.fileno())
            try:
                yield
            finally:
                _setns(own.fileno())

    def remove(self):
        self._run("ip", "netns", "delete", self.name)


def simulator_in(namespace, directory, **options):
    """A simulator in the namespace, with the example topology."""
    class Inside(Simulator):
        def control(self, *arguments, **further):
            with namespace.entered():
                return super().control(*arguments, **further)

    simulator = Inside(directory, topology := Simulator.example(), wrapper=namespace.wrapper, **options)
    simulator.topology = topology
    return simulator


def _setns(descriptor):
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
