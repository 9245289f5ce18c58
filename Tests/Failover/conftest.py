"""The lab of two routers with a real keepalived; skips with the reason where it can't be."""

import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "EndToEnd")]

import keepalived  # noqa: E402
import namespaces  # noqa: E402
from lab import EC2_ADDRESS, Lab  # noqa: E402
from timetable import Timetable  # noqa: E402
from tls import make_certificates  # noqa: E402

timetable = Timetable()


def pytest_addoption(parser):
    parser.addoption("--failovers", type=int, default=20, help="how many failovers in a row")
    parser.addoption("--long", action="store_true", help="also what takes minutes")


def pytest_collection_modifyitems(config, items):
    why_not = keepalived.why_not() or namespaces.why_not()
    for item in items:
        if why_not:
            item.add_marker(pytest.mark.skip(reason=why_not))
        elif item.get_closest_marker("long") and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: make failover"))


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes, runs only with --long")


def pytest_runtest_logreport(report):
    """Gathers what the tests noted, also from the processes that pytest-xdist runs them in."""
    if report.when == "teardown":
        for scenario, milliseconds in (value for name, value in report.user_properties if name == "failover"):
            timetable.add(scenario, **milliseconds)


def pytest_terminal_summary(terminalreporter):
    if timetable:
        terminalreporter.section("where the time goes")
        terminalreporter.write_line(timetable.text())


@pytest.fixture(scope="session")
def tls(tmp_path_factory):
    """A CA, and a certificate of the simulated EC2 by it."""
    return make_certificates(tmp_path_factory.mktemp("tls"), EC2_ADDRESS)


@pytest.fixture
def make_lab(tls, tmp_path, request):
    """Makes labs, not started; all are ended and removed."""
    made = []

    def note(scenario, **milliseconds):
        request.node.user_properties.append(("failover", [scenario, milliseconds]))

    def make(**options):
        made.append(Lab(tmp_path, tls, note, **options))
        return made[-1]

    yield make
    for lab in made:
        try:
            print(lab.report())  # pytest shows it where the test failed
        finally:
            lab.end()


@pytest.fixture
def lab(make_lab):
    """Both routers, router-a MASTER and holder."""
    return make_lab().start()
