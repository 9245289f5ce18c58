"""A machine of its own made of namespaces: network, mounts and process ids; it ends with whoever made it."""

import contextlib
import ctypes
import os
import socket
import subprocess

CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)

# The first process: it reaps orphans, and it ends when our end of the pipe closes, whatever has become of us.
# With it the kernel ends every other process in there and removes the network.
_FIRST = """
mount -t tmpfs -o mode=755 tmpfs /run && mkdir -m 755 /run/vipad && ip link set lo up && echo ready
exec 3<&0
cat <&3 >/dev/null &
wait $!
"""


def why_not():
    """Why no such machine can be made here; None if it can."""
    if os.geteuid() != 0:
        return "not root"
    try:
        Machine("probe").end()
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        return f"no namespaces here: {error}"
    return None


class Machine:
    """A network, /run and process ids of its own."""

    def __init__(self, name):
        self.name = name
        self._first = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "sh", "-c", _FIRST],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        if self._first.stdout.readline() != "ready\n":
            raise RuntimeError(f"unshare: {self._first.communicate()[1].strip()}")
        self.pid = self._first.pid
        self._spawned = []

    def end(self):
        """Ends every process in there, and it."""
        self._first.stdin.close()
        for process in self._spawned:  # the kernel waits until they are reaped
            process.kill()
            process.wait(15)
        self._first.wait(15)

    @property
    def root(self):
        """The machine's files as seen from here."""
        return f"/proc/{self.pid}/root"

    @contextlib.contextmanager
    def _entered(self, kind, name, own):
        with open(f"/proc/{self.pid}/ns/{name}") as theirs, open(own) as ours:
            _setns(theirs, kind)
            try:
                yield
            finally:
                _setns(ours, kind)

    def spawn(self, arguments, **options):
        """subprocess.Popen in the machine, out of reach of Ctrl-C; its pid is the one seen from here."""
        command = [*self._enter(options.pop("cwd", "/")), *arguments]
        with self._entered(CLONE_NEWPID, "pid_for_children", "/proc/self/ns/pid"):
            process = subprocess.Popen(command, start_new_session=True, **options)
        self._spawned.append(process)
        return process

    def _enter(self, directory):
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", f"--mount=/proc/{self.pid}/ns/mnt", f"--wd={directory}"]

    def run(self, *arguments):
        """Runs a command in the machine; gives back what it prints."""
        done = subprocess.run([*self._enter("/"), *arguments], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, f"{self.name}: {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def socket(self, *arguments):
        """A socket in the machine's network."""
        with self._entered(CLONE_NEWNET, "net", "/proc/thread-self/ns/net"):
            return socket.socket(*arguments)


def _setns(file, kind):
    if _libc.setns(file.fileno(), kind) != 0:
        raise OSError(ctypes.get_errno(), "setns")
