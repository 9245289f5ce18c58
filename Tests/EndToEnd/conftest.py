"""Fixtures: a simulated EC2 over TLS and real vipads, each with an environment of its own."""

import pathlib
import signal
import sys
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from pair import VIPS, Router, Simulator  # noqa: E402
from receiver import Receiver  # noqa: E402
from tls import make_certificates  # noqa: E402

# A shell ignores SIGINT for what it runs in the background, and all that is started here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tls(tmp_path_factory):
    """A CA, and a certificate of 127.0.0.1 by it, made by openssl."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def make_simulator(tls, tmp_path):
    """Starts simulators; a test may change the example topology first."""
    made = []

    def make(change=None, use_tls=True):
        topology = Simulator.example()
        if change:
            change(topology)
        simulator = Simulator(tmp_path, topology, tls if use_tls else None)
        simulator.topology = topology
        made.append(simulator)
        return simulator

    yield make
    for simulator in made:
        simulator.end()


@pytest.fixture
def make_router(tmp_path):
    """Makes routers, not started; all are ended and removed."""
    made = []

    def make(simulator, name, **options):
        router = next(router for router in simulator.topology["routers"] if router["name"] == name)
        made.append(Router(simulator, router, **options))
        return made[-1]

    yield make
    for router in made:
        router.remove()


@pytest.fixture
def make_receiver():
    """Starts receivers of notifications."""
    made = []

    def make(*arguments, **options):
        made.append(Receiver(*arguments, **options))
        return made[-1]

    yield make
    for receiver in made:
        receiver.end()


@pytest.fixture
def simulator(make_simulator):
    return make_simulator()


@pytest.fixture
def router(simulator, make_router):
    """router-b, ready; router-a's interface holds the VIPs."""
    return make_router(simulator, "router-b").start()


@pytest.fixture
def pair(simulator, make_router):
    """Both routers, ready."""
    return SimpleNamespace(
        simulator=simulator, a=make_router(simulator, "router-a").start(),
        b=make_router(simulator, "router-b").start(), vip=VIPS[0])
