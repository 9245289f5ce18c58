"""make bench: vipad beside what would be used instead, all from one run on this machine. Prints one table.

Times from a process to EC2 are taken by one clock (CLOCK_BOOTTIME): here before the process is started, and by the
simulator when it has read the request and when it has answered.

vipad's brake lets five Assigns pass at once and then one every 2 s. So that claims can be measured one after the
other, several vipads take turns, each with its own rest of 2 s.
"""

import argparse
import itertools
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
os.environ.setdefault("VIPAD_BIN_DIR", str(ROOT / ".build" / "release"))
sys.path.insert(0, str(ROOT / "Tests" / "EndToEnd"))

from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

import audit_log  # noqa: E402
import failover  # noqa: E402
import history  # noqa: E402
import watching  # noqa: E402
from pair import VIPS, Router, Simulator, binary, eventually  # noqa: E402
from table import Table, percentile  # noqa: E402
from tls import make_certificates  # noqa: E402

ASSIGN = "AssignPrivateIpAddresses"
VIPADS, REST_SECONDS = 16, 2


def boottime():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def topology():
    """Without throttling: here it is vipad's time that counts."""
    example = Simulator.example()
    plenty = {"burst": 1e9, "perSecond": 1e9}
    example["throttling"] = {"mutating": plenty, "reading": plenty}
    return example


class Bench:
    def __init__(self, table, directory, rounds, claims):
        self.table, self.directory, self.rounds, self.claims = table, pathlib.Path(directory), rounds, claims
        self.tls = make_certificates(self.directory)
        self.simulator = Simulator(self.directory, topology(), self.tls)
        self.topology = topology()
        self.other = self.topology["routers"][0]["interfaces"][0]["networkInterfaceId"]
        self.key = self.topology["accessKeys"][0]
        self.routers = [self.make_router() for _ in range(VIPADS)]
        self.turns = itertools.cycle(self.routers)
        self.rested = dict.fromkeys(self.routers, 0)

    def make_router(self, **more):
        # As installed, where the socket's group stands in /etc/group.
        more.setdefault("server", []).append('socketGroup = "root"')
        return Router(self.simulator, self.topology["routers"][1], more=more)

    def end(self):
        for router in self.routers:
            router.remove()
        self.simulator.end()

    def next_router(self):
        """The vipad whose turn it is, BACKUP and rested."""
        router = next(self.turns)
        router.standby()
        time.sleep(max(0, self.rested[router] - time.monotonic()))
        self.rested[router] = time.monotonic() + REST_SECONDS + 0.1
        return router

    # From a script's start to EC2's answer

    def assign_body(self):
        return (f"Action={ASSIGN}&Version=2016-11-15&NetworkInterfaceId={self.routers[0].network_interface_id}"
                f"&PrivateIpAddress.1={VIPS[0]}&AllowReassignment=true")

    def contestants(self):
        """A command and its environment for each; vipad's is made for the one whose turn it is."""
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(self.directory), "AWS_CA_BUNDLE": self.tls.ca,
            "AWS_ENDPOINT_URL_EC2": self.simulator.ec2, "AWS_DEFAULT_REGION": self.topology["region"],
            "AWS_ACCESS_KEY_ID": self.key["accessKeyId"], "AWS_SECRET_ACCESS_KEY": self.key["secretAccessKey"]}
        curl = ["curl", "-q", "-sS", "--fail", "--cacert", self.tls.ca, "--noproxy", "*", "--aws-sigv4",
                f"aws:amz:{self.topology['region']}:ec2",
                "--user", f"{self.key['accessKeyId']}:{self.key['secretAccessKey']}",
                "--data", self.assign_body(), "-o", "/dev/null", self.simulator.ec2 + "/"]
        own_address = self.topology["routers"][1]["interfaces"][0]["primary"]
        return {
            "vipad": ([str(ROOT / "deploy" / "vipad-transition"), "MASTER"], environment),
            "curl --aws-sigv4, everything known": (curl, environment),
            "boto3 script": ([sys.executable, str(ROOT / "bench" / "replaced.py"), own_address, VIPS[0]], environment),
        }

    def one(self, command, environment):
        """Milliseconds until EC2 had read the request, until it had answered, and until the process ended."""
        environment = {**environment, "VIPAD_SOCKET": self.next_router().socket}
        self.simulator.move(VIPS[0], self.other)
        before = self.simulator.last
        start = boottime()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        status = process.wait(30)
        done = boottime()
        assert status == 0, f"{command[0]} failed"
        assign = eventually(lambda: self.simulator.assigns(before, answered="true"))[-1]
        assert assign["httpStatus"] == 200
        return tuple((moment - start) / 1e6 for moment in (
            assign["arrivalUptimeNanoseconds"], assign["answerUptimeNanoseconds"], done))

    def from_hook_to_answer(self, delay):
        times = {name: [] for name in self.contestants()}
        for _ in range(self.rounds):
            for name, (command, environment) in self.contestants().items():
                times[name].append(self.one(command, environment))
        vipad = statistics.median(time[1] for time in times["vipad"])
        for name, rounds in times.items():
            wire, answer, end = (statistics.median(column) for column in zip(*rounds))
            self.table.row(
                f"start of the script to EC2's answer, delay {delay} ms: {name}",
                f"{answer:.1f} ms (on the wire {wire:.1f}, script ended {end:.1f})", ratio=f"x {answer / vipad:.1f}")

    # A claim itself

    def claim_times(self, count):
        """For each claim: request sent to Assign read by EC2, and what the daemon says it took until accepted."""
        to_wire, accepted = [], []
        for _ in range(count):
            router = self.next_router()
            before = self.simulator.last
            start = boottime()
            answer = router.claim(wait=10)
            assert answer.status == 200
            (assign,) = self.simulator.assigns(before)
            if assign["newConnection"]:
                # A claim does not wait for the ping that proves its connection, a millisecond in every 20 s.
                assert self.simulator.calls(before - 3, service="ping"), "a new connection without need"
                continue
            to_wire.append((assign["arrivalUptimeNanoseconds"] - start) / 1e6)
            accepted.append(answer.json["acceptedMilliseconds"])
        return to_wire, accepted

    def bare_times(self, bare, count):
        body = self.assign_body()
        request = AWSRequest(
            method="POST", url=self.simulator.ec2 + "/", data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
        SigV4Auth(
            Credentials(self.key["accessKeyId"], self.key["secretAccessKey"]), "ec2",
            self.topology["region"]).add_auth(request)
        (self.directory / "body").write_text(body)
        (self.directory / "headers").write_text(
            "".join(f"{name}: {value}\n" for name, value in request.headers.items()))
        done = subprocess.run(
            [bare, self.simulator.ec2 + "/", self.tls.ca, str(self.directory / "body"),
             str(self.directory / "headers"), str(count), "2"], capture_output=True, text=True, check=True)
        return [float(line) / 1000 for line in done.stdout.split()]

    def claim_against_bare(self, delay):
        bare = self.directory / "bare"
        if not bare.exists():
            subprocess.run(["cc", "-O2", "-o", bare, ROOT / "bench" / "bare.c", "-lcurl"], check=True)
        to_wire, accepted, plain = [], [], []
        for _ in range(10):
            wire, took = self.claim_times(self.claims // 10)
            to_wire += wire
            accepted += took
            plain += self.bare_times(bare, self.claims // 10)
        if delay == 0:
            late = percentile(to_wire, 0.99)
            self.table.row("request sent to Assign read by EC2, p50 / p99",
                           f"{percentile(to_wire, 0.5):.2f} / {late:.2f} ms", "p99 at most 5 ms", late <= 5)
        mine, theirs = statistics.median(accepted), statistics.median(plain)
        self.table.row(f"claim, request received to accepted, delay {delay} ms", f"{mine:.2f} ms",
                       "at most 1.1 x" if delay else "at most 1 ms more",
                       mine <= 1.1 * theirs if delay else mine <= theirs + 1,
                       f"x {mine / theirs:.2f}, + {mine - theirs:.2f} ms")
        self.table.row(f"the same bytes by libcurl, warm, delay {delay} ms", f"{theirs:.2f} ms", ratio="x 1.00")

    # The daemon at rest

    def idle(self):
        """First with the hook alone, then as configured by default: kernel's addresses, keepalived watched."""
        self.measure_idle(self.routers[0], "hook")
        pid_file = self.directory / "keepalived.pid"
        keepalived = subprocess.Popen([sys.executable, ROOT / "bench" / "keepalived.py", pid_file])
        eventually(pid_file.exists)
        router = self.make_router()
        router.configuration.write_text(router.toml().replace(
            'witness = "hook"\nkeepalivedPidFile = ""', f'witness = "kernel"\nkeepalivedPidFile = "{pid_file}"'))
        try:
            router.start()
            self.measure_idle(router, "kernel, keepalived watched")
        finally:
            router.remove()
            keepalived.terminate()
            keepalived.wait()

    def measure_idle(self, router, witness, seconds=20):
        # Until what follows a start is over.
        time.sleep(15)
        pid = router.process.pid

        def switches():
            return sum(
                int(line.split()[1]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                for line in (task / "status").read_text().splitlines() if line.startswith("voluntary_ctxt"))
        before, start = switches(), time.monotonic()
        time.sleep(seconds)
        rate = (switches() - before) / (time.monotonic() - start)
        resident, anonymous = failover.memory(pid)
        for what, value, bound, unit in (
                ("RSS", resident, 24, " MiB"), ("anonymous", anonymous, 4, " MiB"),
                ("wake-ups a second", rate, 2, "")):
            self.table.row(f"idle, witness {witness}: {what}", f"{value:.2f}{unit}", f"at most {bound}{unit}",
                           value <= bound)

    def start_times(self, count=15):
        router, times = self.routers[0], []
        for _ in range(count):
            router.end()
            start = time.monotonic_ns()
            router.process = subprocess.Popen(
                [binary("vipad"), "serve", "--config", str(router.configuration)], env=router.environment,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while True:
                try:
                    with socket.socket(socket.AF_UNIX) as probe:
                        probe.connect(router.socket)
                    break
                except OSError:
                    assert router.process.poll() is None
            times.append((time.monotonic_ns() - start) / 1e6)
            router.process.send_signal(signal.SIGTERM)
            router.process.wait(10)
            router.process = None
        median = statistics.median(times)
        self.table.row(f"exec to listening, median / worst of {count}", f"{median:.1f} / {max(times):.1f} ms",
                       "at most 30 ms", median <= 30)

    def watched(self):
        self.routers[0].standby()
        # Where it belongs: a standby that has the VIP looks every 5 s who takes it.
        self.simulator.move(VIPS[0], self.other)
        watching.run(self.table, self.routers[0], self.simulator)

    def size(self):
        stripped = self.directory / "stripped"
        subprocess.run(["strip", "-o", stripped, binary("vipad")], check=True)
        megabytes = stripped.stat().st_size / 1e6
        self.table.row("binary, static Swift runtime, stripped", f"{megabytes:.2f} MB", "at most 18 MB",
                       megabytes <= 18)

    def run(self):
        for router in self.routers:
            router.start()
        assert len(self.simulator.calls(service="ping", wait=10)) >= VIPADS, "no warm connections"
        for delay in (0, 20):
            fault = self.simulator.fault(delayBeforeMilliseconds=delay) if delay else None
            self.from_hook_to_answer(delay)
            self.claim_against_bare(delay)
            if fault:
                self.simulator.mend(fault)
        for router in self.routers[1:]:
            router.remove()
        self.routers = self.routers[:1]
        watching.beside_c(self.table, self.routers[0], "/status", 0.9)
        self.watched()
        self.start_times()
        self.routers[0].start()
        self.idle()
        self.size()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="starts of each script")
    parser.add_argument("--claims", type=int, default=500, help="claims, and bare requests")
    parser.add_argument("--seconds", type=int, default=60, help="of flapping")
    options = parser.parse_args()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="vipad-bench-") as directory:
        bench = Bench(table, directory, options.rounds, options.claims)
        try:
            bench.run()
        finally:
            bench.end()
    failover.run(table, rounds=100, seconds=options.seconds)
    audit_log.run(table)
    history.run(table)
    table.print()


if __name__ == "__main__":
    main()
