"""A real keepalived on a machine, and what it says of itself."""

import os
import pathlib
import re
import shutil
import signal

from pair import HOOK, Process, eventually

HOOK_ON_ROUTER = "/run/vipad-transition"  # in a directory of root's, as enable_script_security wants it
STATES = {
    "master": "MASTER", "backup": "BACKUP", "fault": "FAULT", "stop": "STOP",
    "master_rx_lower_pri": "MASTER_RX_LOWER_PRI",
}


def why_not():
    """Why keepalived can't be run; None if it can."""
    return None if shutil.which("keepalived") else "no keepalived: apt-get install keepalived"


class Keepalived:
    """keepalived with one VRRP instance; unicast, as in AWS."""

    def __init__(self, machine, directory, source, peer, vips, priority, advert_seconds=1, preempt=False,
                 states=tuple(STATES), fifo_script=None):
        self._machine = machine
        self._directory = pathlib.Path(directory)
        self._file = self._directory / "keepalived.conf"
        self._vips = vips
        self._settings = dict(source=source, peer=peer, priority=priority, advert_seconds=advert_seconds,
                              preempt=preempt, states=states, fifo_script=fifo_script)
        self._process = None

    def start(self):
        """Starts it; returns at once."""
        self._file.write_text(_configuration(self._vips, **self._settings))
        shutil.copy(HOOK, self._machine.root + HOOK_ON_ROUTER)
        arguments = ["/usr/sbin/keepalived", "--dont-fork", "--log-console", "--log-detail", "--no-syslog", "--vrrp",
                     "--use-file", str(self._file)]
        self._process = Process(arguments, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, self._directory,
                                self._machine.spawn)
        return self

    # The processes, by the pids they have here

    @property
    def is_running(self):
        return self._process is not None and self._process.status is None

    @property
    def vrrp_pid(self):
        """The process that speaks VRRP, the parent's only child; None while there is none."""
        pid = self._process.pid
        try:
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            return None
        return next((int(child) for child in children if _is_keepalived(child)), None)

    def wait_for_vrrp_process(self, other_than=None, seconds=15):
        return eventually(lambda: self.vrrp_pid if self.vrrp_pid != other_than else None, seconds, "a VRRP process")

    def kill_vrrp_process(self, number=signal.SIGKILL):
        """Sends a signal to the VRRP process alone; gives back its pid."""
        pid = self.vrrp_pid
        os.kill(pid, number)
        return pid

    def kill(self):
        """kill -9 of the whole of it: nothing is taken back."""
        os.kill(self._process.pid, signal.SIGSTOP)  # it would start another one
        pid = self.vrrp_pid
        if pid:
            os.kill(pid, signal.SIGKILL)  # first: the parent's death would make it say goodbye
        os.kill(self._process.pid, signal.SIGKILL)
        if pid:
            eventually(lambda: not pathlib.Path(f"/proc/{pid}").exists(), what="the VRRP process's end")
        self._process.wait()

    def stop(self):
        """A clean stop; returns when it is over."""
        self._process.end(signal.SIGTERM)

    def reload(self, vips):
        """Changes the VIPs in its configuration and makes it read that."""
        self._file.write_text(_configuration(vips, **self._settings))
        os.kill(self._process.pid, signal.SIGHUP)

    # What it says

    @property
    def log(self):
        return self._process.text() if self._process else ""

    @property
    def state(self):
        """The VRRP state it said last; None when it does not run."""
        said = re.findall(r"\(vipad\) Entering (MASTER|BACKUP|FAULT) STATE", self.log)
        return said[-1] if said and self.is_running else None

    def wait_until(self, state, seconds=15):
        eventually(lambda: self.state == state, seconds, f"{self._machine.name} in state {state}", pause_seconds=0.02)
        return self


def _is_keepalived(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().startswith("keepalived")
    except OSError:
        return False


def _configuration(vips, source, peer, priority, advert_seconds, preempt, states, fifo_script):
    scripts = [f'notify_{state} "{HOOK_ON_ROUTER} {STATES[state]}"' for state in states]
    fifo = f'vrrp_notify_fifo /run/keepalived-fifo\n  vrrp_notify_fifo_script "{fifo_script}"' if fifo_script else ""
    addresses = "\n    ".join(f"{vip}/32 dev eth0" for vip in vips)
    lines = "\n  ".join([*([] if preempt else ["nopreempt"]), *scripts])
    return f"""global_defs {{
  vrrp_version {2 if float(advert_seconds).is_integer() else 3}
  enable_script_security
  script_user root
  {fifo}
}}
vrrp_instance vipad {{
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority {priority}
  advert_int {advert_seconds}
  unicast_src_ip {source}
  unicast_peer {{
    {peer}
  }}
  virtual_ipaddress {{
    {addresses}
  }}
  {lines}
}}
"""
