"""Debian roots made by debootstrap, and machines booted from them by systemd-nspawn, with a network of their own."""

import ctypes
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading

from pair import Simulator, eventually

_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
TOOLS = ["debootstrap", "systemd-nspawn", "nsenter", "lintian", "dpkg-buildpackage", "patchelf", "keepalived"]


def why_not():
    """Why no such machine can be made here; None if it can."""
    if os.geteuid() != 0:
        return "not root"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    return f"not installed: {', '.join(missing)}" if missing else None


def debian(directory, packages=()):
    """A root of Debian 12 with these packages, made once and kept in VIPAD_ROOTS, where that is set."""
    kept = pathlib.Path(os.environ.get("VIPAD_ROOTS") or directory)
    root = kept / ("-".join(["bookworm", *packages])[:100])
    if not root.exists():
        kept.mkdir(parents=True, exist_ok=True)
        half = root.with_name(root.name + ".half")
        shutil.rmtree(half, ignore_errors=True)
        include = [f"--include={','.join(packages)}"] if packages else []
        done = subprocess.run(["debootstrap", "--variant=minbase", *include, "bookworm", str(half)],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        half.rename(root)
    return root


def copy(root, to):
    """A root of one's own."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(root), str(to)], check=True)
    return pathlib.Path(to)


def in_chroot(root, command):
    """Runs a shell command in the root, with the network that is here."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
    done = subprocess.run(["chroot", str(root), "sh", "-ec", command], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


class Machine:
    """A booted root: systemd is its first process."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.name = f"vipad-{self.root.name}"[:60]
        self._nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--link-journal=no",
             f"--machine={self.name}", f"--directory={self.root}", "--boot"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True)
        self._output = []
        threading.Thread(target=self._read, daemon=True).start()
        self.pid = eventually(self._first_process, 30, "the machine's first process")
        eventually(lambda: self.run("systemctl is-system-running", check=False).stdout.strip() in (
            "running", "degraded"), 60, "the end of the boot")

    def _read(self):
        for line in self._nspawn.stdout:
            self._output.append(line)

    def _first_process(self):
        assert self._nspawn.poll() is None, "".join(self._output)
        children = pathlib.Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        for child in children:
            inside = next((line.split() for line in pathlib.Path(f"/proc/{child}/status").read_text().splitlines()
                           if line.startswith("NSpid")), [])
            if inside[-1:] == ["1"] and pathlib.Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                return int(child)
        return None

    def _enter(self, *arguments):
        return ["nsenter", f"--target={self.pid}", "--all", "env", "-i",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root", "LANG=C.UTF-8", *arguments]

    def run(self, command, check=True, timeout=120, user=None):
        """Runs a shell command as root, or by setpriv's options as somebody else."""
        who = ["setpriv", *user.split()] if user else []
        done = subprocess.run(self._enter(*who, "sh", "-ec", command), capture_output=True, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL)
        if check:
            assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}\n{self.journal()}"
        return done

    def journal(self):
        return self.run("journalctl --no-pager -n 60 -o short-monotonic", check=False).stdout

    def write(self, path, text):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def end(self):
        """Powers it off as a router is: all services stop."""
        if self._nspawn.poll() is None:
            self.run("systemctl poweroff --no-block", check=False)
            try:
                self._nspawn.wait(60)
            except subprocess.TimeoutExpired:
                os.kill(self.pid, signal.SIGKILL)
                self._nspawn.wait(15)

    def socket_to(self, address):
        """A TCP connection within the machine's network."""
        with open(f"/proc/{self.pid}/ns/net") as theirs, open("/proc/thread-self/ns/net") as ours:
            _setns(theirs)
            try:
                made = socket.socket()
            finally:
                _setns(ours)
        made.settimeout(60)
        made.connect(address)
        return made


def _setns(file):
    if _libc.setns(file.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def simulator_in(machine, directory, topology):
    """ec2sim in the machine's network, run from here."""

    class Connection(http.client.HTTPConnection):
        def connect(self):
            self.sock = machine.socket_to((self.host, self.port))

    class Inside(Simulator):
        @staticmethod
        def connection(host, timeout):
            return Connection(host, timeout=timeout)

    return Inside(directory, topology, wrapper=["nsenter", f"--net=/proc/{machine.pid}/ns/net"])
