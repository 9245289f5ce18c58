"""Two routers with a real keepalived and a real vipad each, and a simulated EC2, on a network of their own."""

import json
import os
import pathlib
import signal
import subprocess

from addresses import AddressWatch, uptime_nanoseconds
from keepalived import STATES, Keepalived
from namespaces import Machine
from pair import VIPS, Router, Simulator, eventually

VIP = VIPS[0]
EC2_ADDRESS, IMDS_ADDRESS, GATEWAY = "10.99.0.1", "169.254.169.254", "100.80.33.1"
IMDS_PORTS = {"router-a": 8001, "router-b": 8002}
# What AWS takes: measured writes are 0.25 to 0.5 s, the metadata follow later.
ASSIGN_MILLISECONDS, REMAP_MILLISECONDS = 250, 300


class Moment:
    """A moment, on the clock of all and in the simulator's count of requests."""

    def __init__(self, simulator):
        self.call = simulator.last
        self.uptime = uptime_nanoseconds()

    def milliseconds_to(self, uptime):
        return (uptime - self.uptime) / 1e6 if uptime else None


class Cloud(Simulator):
    """ec2sim on a machine that is also the switch between the routers."""

    def __init__(self, directory, tls):
        self.machine = Machine("cloud")
        for command in (
                "link add br0 type bridge", f"address add {GATEWAY}/24 dev br0",
                f"address add {EC2_ADDRESS}/32 dev br0", f"address add {IMDS_ADDRESS}/32 dev br0", "link set br0 up"):
            self.machine.run("ip", *command.split())
        self.topology = self._topology()
        imds = [f"--imds={name}={IMDS_ADDRESS}:{port}" for name, port in IMDS_PORTS.items()]
        super().__init__(
            directory, self.topology, tls, options=["--listen", EC2_ADDRESS, "--ec2-port", "443", *imds],
            spawn=self.machine.spawn)
        self.fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=ASSIGN_MILLISECONDS)

    @staticmethod
    def _topology():
        topology = Simulator.example()
        topology["metadata"]["remapDelayMilliseconds"] = REMAP_MILLISECONDS
        return topology

    def connection(self, host, timeout):
        connection = Simulator.connection(host, timeout)
        connection.sock = self.machine.socket()
        connection.sock.settimeout(timeout)
        connection.sock.connect((connection.host, connection.port))
        return connection

    def end(self):
        self.machine.end()


class VRRPRouter(Router):
    """A machine with vipad and keepalived; vipad at its usual places, with the kernel as witness."""

    def __init__(self, cloud, topology, peer, priority, vrrp=None, settings="", **keepalived):
        interface = topology["interfaces"][0]
        self.machine = Machine(topology["name"])
        self.spawn = self.machine.spawn
        self.vrrp = vrrp or {}
        self.is_frozen = False
        self.port_on_switch = f"port-{topology['name']}"
        _cable(self, cloud.machine, interface)
        self.addresses = AddressWatch(self.machine)
        super().__init__(cloud, topology, groups={"inside": VIPS[:1]}, settings=settings)
        self.primary = interface["primary"]
        self.socket = self.machine.root + "/run/vipad/vipad.sock"
        self.keepalived = Keepalived(self.machine, self.directory, interface["primary"], peer, VIPS[:1], priority,
                                     **keepalived)

    def vrrp_settings(self):
        return ["[vrrp]", 'witness = "kernel"', *(f"{key} = {json.dumps(value)}" for key, value in self.vrrp.items())]

    def server_settings(self):
        return []

    @staticmethod
    def is_ready(status):
        """All but keepalived, which comes later here."""
        checks = [check for check in status["readiness"]["checks"] if check["name"] != "vrrp"]
        untried = [check for check in checks if check["detail"] == "not checked yet"]
        return not untried and all(check["state"] != "failed" for check in checks) and all(vip["observedAt"] for vip in status["vips"])

    def reboot(self):
        """As the machine comes up again: nothing runs, no address but its own."""
        self.kill()
        if self.keepalived.is_running:
            self.keepalived.kill()
        if self.addresses.has(VIP):
            self.machine.run("ip", "address", "del", f"{VIP}/32", "dev", "eth0")

    def machine_file(self, path):
        """The text of a file on the machine; nothing if it is not there."""
        file = pathlib.Path(self.machine.root + path)
        return file.read_text() if file.exists() else ""

    def freeze(self):
        """SIGSTOP of vipad: it answers nobody."""
        self.is_frozen = True
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.process.pid, signal.SIGCONT)
        self.is_frozen = False

    @property
    def verdict(self):
        """What vipad says of the group; None while it says nothing."""
        if self.is_frozen or not self.process or not self.is_up:
            return None
        return self.group()["verdict"]

    def remove(self):
        self.addresses.end()
        self.machine.end()  # and with it everything that runs there
        super().remove()


def _cable(router, switch, interface):
    subprocess.run(
        ["ip", "link", "add", "eth0", "netns", str(router.machine.pid), "address", interface["macAddress"],
         "type", "veth", "peer", "name", router.port_on_switch, "netns", str(switch.pid)], check=True)
    switch.run("ip", "link", "set", "dev", router.port_on_switch, "master", "br0", "up")
    for command in (f"address add {interface['primary']}/24 dev eth0", "link set eth0 up",
                    f"route add default via {GATEWAY}"):
        router.machine.run("ip", *command.split())


class Lab:
    """The pair: router-a is preferred by priority, none preempts the other unless that is asked for."""

    def __init__(self, directory, tls, note, vrrp=None, settings="", **keepalived):
        self.note = note  # note(scenario, **milliseconds)
        self.routers = []
        self.cloud = Cloud(directory, tls)
        a, b = self.cloud.topology["routers"]
        address = {router["name"]: router["interfaces"][0]["primary"] for router in (a, b)}
        for router, peer, priority in ((a, b, 200), (b, a, 100)):
            self.routers.append(VRRPRouter(
                self.cloud, router, address[peer["name"]], priority, vrrp, settings, **keepalived))
        self.a, self.b = self.routers

    def start(self):
        """Both vipads, then keepalived, until router-a is MASTER and holds the VIP."""
        for router in self.routers:
            router.start(ready=False)
        for router in self.routers:
            router.wait_until_ready()
        began = self.now()
        self.a.keepalived.start()
        self.expect(self.a, began)
        self.b.keepalived.start().wait_until("BACKUP")
        return self

    def end(self):
        for router in self.routers:
            router.remove()
        self.cloud.end()

    # Faults

    def now(self):
        return Moment(self.cloud)

    def partition(self):
        """Neither router reaches the other; both reach EC2."""
        self._isolate("on")

    def heal(self):
        self._isolate("off")

    def _isolate(self, value):
        for router in self.routers:
            self.cloud.machine.run("bridge", "link", "set", "dev", router.port_on_switch, "isolated", value)

    def deafen(self, router):
        """The router hears no VRRP any more, and is heard."""
        router.machine.run("nft", "add table ip deaf; add chain ip deaf in { type filter hook input priority 0; }; "
                                  "add rule ip deaf in ip protocol 112 drop")

    def undeafen(self, router):
        router.machine.run("nft", "delete table ip deaf")

    def set_link(self, router, state):
        """The carrier of the router's interface."""
        self.cloud.machine.run("ip", "link", "set", "dev", router.port_on_switch, state)

    # What must be

    def other(self, router):
        return self.b if router is self.a else self.a

    @property
    def masters(self):
        return [router for router in self.routers if router.keepalived.state == "MASTER"]

    def wait_for_new_master(self, since):
        """The router on which the VIP appears after that moment."""
        return eventually(
            lambda: next((router for router in self.routers if router.addresses.came(VIP, since.uptime)), None),
            15, "a new MASTER")

    def is_right(self, master, cut_off=None):
        """EC2, and both vipads, say that the VIP is on the master; one that is cut off from EC2 can't know.

        After a claim war its verdict stays `contended` for a minute.
        """
        other = self.other(master)
        fits = [None, "standby", *(["misplaced", "unknown"] if other is cut_off else [])]
        return (self.cloud.holder(VIP) == master.network_interface_id and master.verdict in ("holding", "contended")
                and master.vip()["confirmed"] and other.verdict in fits)

    def expect(self, master, since, seconds=10, cut_off=None):
        """The VIP is on the master at most so long after that moment, and all say so."""
        left = seconds - self.milliseconds_since(since) / 1000
        try:
            eventually(lambda: self.is_right(master, cut_off), left, pause_seconds=0.05)
        except AssertionError:
            told = {router.name: (router.keepalived.state, router.verdict) for router in self.routers}
            raise AssertionError(f"the VIP is not right on {master.name} {seconds} s later; holder "
                                 f"{self.cloud.holder(VIP)}, {told}") from None

    def assigns(self, router, after, wait=0):
        """The Assigns that EC2 has had from the router after that request."""
        return self.cloud.assigns(after=after, wait=wait, router=router.name)

    def expect_silence(self, router, after, seconds):
        """For so long no Assign of the router reaches EC2."""
        sent = self.assigns(router, after, wait=seconds)
        assert not sent, f"{router.name} sent {len(sent)} Assign(s) that must not be: {sent[0]}"

    # What it took

    @staticmethod
    def milliseconds_since(moment):
        return moment.milliseconds_to(uptime_nanoseconds())

    def right_since(self, master, since):
        """How many milliseconds after that moment the VIP was moved to the master for good; 0: before."""
        last = self.cloud.control("GET", f"/moves?after=0&privateIpAddress={VIP}")["moves"][-1]
        assert last["to"] == master.network_interface_id
        return max(0, since.milliseconds_to(last["uptimeNanoseconds"]))

    def measure(self, scenario, master, since):
        """Notes where the time went in the failover to the master since that moment."""
        assign = self.assigns(master, since.call)[0]
        address = master.addresses.came(VIP, since.uptime)
        arrival, answer = assign["arrivalUptimeNanoseconds"], assign["answerUptimeNanoseconds"]
        confirmation = self._confirmation(master, assign)
        total = since.milliseconds_to(answer)
        self.note(
            scenario, **{"detection": since.milliseconds_to(address), "to Assign": (arrival - address) / 1e6,
                         "EC2": (answer - arrival) / 1e6, "confirmation": confirmation,
                         "total": total + confirmation if confirmation else None})

    @staticmethod
    def _confirmation(master, assign):
        claim_id = assign["userAgent"].rpartition("claim/")[2]
        fields = {}
        for record in master.records():
            fields |= record if record.get("claimId") == claim_id else {}
        confirmed = fields.get("confirmedMilliseconds")
        return confirmed and confirmed - fields["acceptedMilliseconds"]

    def report(self):
        """Everything that was said, for a test that failed."""
        texts = []
        for router in self.routers:
            log = "\n".join(process.text() for process in [*router.outputs, router.process] if process)
            texts += [f"== {router.name}: vipad", log, f"== {router.name}: keepalived", router.keepalived.log]
        calls = "\n".join(map(json.dumps, self.cloud.calls()))
        return "\n".join([*texts, "== EC2", calls])
