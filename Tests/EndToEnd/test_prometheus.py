"""A real Prometheus scrapes two vipads: its queries give the failover just made; rules and dashboard are true."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
import yaml

from monitored import peer_section, wait_for_verdict
from pair import ROOT, Process, Router, eventually, free_port
from receiver import notify_section

pytestmark = pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("promtool")), reason="prometheus (Debian) is not installed")

RULES = ROOT / "deploy" / "prometheus" / "rules.yaml"
DASHBOARD = ROOT / "deploy" / "grafana" / "vipad.json"


class Prometheus:
    """A real one with a configuration."""

    def __init__(self, directory, configuration):
        self.port = free_port()
        (directory / "prometheus.yml").write_text(yaml.safe_dump(configuration))
        self.process = Process(
            [shutil.which("prometheus"), f"--config.file={directory}/prometheus.yml",
             f"--storage.tsdb.path={directory}/tsdb", f"--web.listen-address=127.0.0.1:{self.port}"],
            {"PATH": "/usr/bin:/bin", "HOME": str(directory)}, directory)
        eventually(self._is_ready, 60, "Prometheus's start")

    def _is_ready(self):
        assert self.process.status is None, self.process.text()
        try:
            return self.get("/-/ready", raw=True)
        except (OSError, urllib.error.URLError):
            return False

    def get(self, path, raw=False):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read() if raw else json.load(answer)["data"]

    def query(self, expression):
        """[(labels, value)]; an error in the expression is an error of the test."""
        try:
            data = self.get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}: {error.read()}") from None
        return [(item["metric"], float(item["value"][1])) for item in data["result"]]

    def query_range(self, expression, seconds, step):
        """[(labels, [value])] as a panel that shows the last seconds asks for it."""
        now = time.time()
        data = self.get("/api/v1/query_range?" + urllib.parse.urlencode(
            {"query": expression, "start": now - seconds, "end": now, "step": step}))
        return [(item["metric"], [float(value) for _, value in item["values"]]) for item in data["result"]]

    def value(self, expression):
        found = self.query(expression)
        return found[0][1] if found else None


def scraping(routers, rules=RULES):
    """A configuration that scrapes routers every 200 ms, all as the pair "edge"."""
    return {
        "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "vipad", "static_configs": [
            {"targets": [f"127.0.0.1:{router.port}"], "labels": {"pair": "edge", "instance": router.name}}
            for router in routers]}]}


def impatient(directory):
    """The rules, but an alert fires after a tenth of the time."""
    rules = directory / "impatient.yaml"
    rules.write_text(re.sub(r"for: (\d+)s", lambda found: f"for: {int(found[1]) * 100}ms", RULES.read_text()))
    return rules


@pytest.fixture
def watched(simulator, make_router, make_receiver, tmp_path):
    """A healthy pair that tells a receiver, router-a MASTER, and the Prometheus that watches it."""
    a, b = make_router(simulator, "router-a"), make_router(simulator, "router-b")
    receiver = make_receiver()
    for router, other in ((a, b), (b, a)):
        router.configure(peer_section(f"http://127.0.0.1:{other.port}") + notify_section(router, receiver.url))
    a.start()
    b.start()
    assert a.claim(wait=5).status == 200
    for router in (a, b):
        wait_for_verdict(router, "healthy")
    prometheus = Prometheus(tmp_path, scraping((a, b), impatient(tmp_path)))
    yield prometheus, a, b
    prometheus.process.end()


def expressions(dashboard):
    """Each query of the dashboard as Grafana would send it, and whether it is for a moment only."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in (
                    ("$__rate_interval", "1m"), ("$__interval", "2s"), ("$__range", "1h"), ("$pair", ".*")):
                expression = expression.replace(name, value)
            assert "$" not in expression, expression
            assert target["instant"] != target["range"]
            assert target["instant"] or "$__range" not in target["expr"], "the whole range again at each step"
            yield panel["title"], expression, target["instant"]


def test_queries_give_the_failover_just_made(watched):
    prometheus, a, b = watched
    eventually(lambda: len(prometheus.query('up{job="vipad"} == 1')) == 2, 20)
    eventually(lambda: prometheus.query("vipad_vip_held == 1") and True)
    assert [labels["instance"] for labels, _ in prometheus.query("vipad_vip_held == 1")] == [a.name]
    time.sleep(1)  # so that the increase has a beginning
    a.standby()
    assert b.claim(wait=5).status == 200
    eventually(lambda: b.status()["verdict"] == "holding")
    eventually(lambda: [labels["instance"] for labels, _ in prometheus.query("vipad_vip_held == 1")] == [b.name], 20)
    claims = 'vipad_claims_total{instance="%s",cause="vrrp",outcome="accepted"}' % b.name
    assert prometheus.value(claims) == 1
    assert 0.9 < prometheus.value(f"increase({claims}[1m])") < 60
    took = b.group()["lastClaim"]["attempts"][0]["milliseconds"] / 1000
    assert prometheus.value('vipad_claim_phase_seconds_sum{instance="%s",phase="ec2"}' % b.name) == pytest.approx(
        took, abs=0.001)
    assert prometheus.value(
        'histogram_quantile(0.5, sum by (le) (vipad_claim_phase_seconds_bucket{instance="%s",phase="ec2"}))' % b.name
    ) < 5
    state = prometheus.query('vipad_vrrp_state{state="MASTER"} == 1')
    assert [labels["instance"] for labels, _ in state] == [b.name]
    eventually(lambda: {labels["verdict"] for labels, _ in prometheus.query("vipad_pair_verdict == 1")} == {"healthy"}, 20)
    assert prometheus.query("scrape_samples_scraped")[0][1] > 100


def test_every_query_of_rules_and_dashboard_works(watched):
    """Those that must show something of a healthy pair do; the alerts' show nothing."""
    prometheus, a, b = watched
    eventually(lambda: len(prometheus.query('up{job="vipad"} == 1')) == 2, 20)
    time.sleep(1)  # so that the increase has a beginning
    a.standby()
    assert b.claim(wait=5).status == 200
    eventually(lambda: b.status()["verdict"] == "holding")
    eventually(lambda: b.status()["pair"]["detail"].startswith("this router"))
    time.sleep(2)
    # Nothing to see while all is well.
    quiet = {"Pairs that are not healthy", "Claims that did not go through"}
    dashboard = json.loads(DASHBOARD.read_text())
    for title, expression, is_instant in expressions(dashboard):
        found = prometheus.query(expression) if is_instant else prometheus.query_range(expression, 60, 2)
        assert bool(found) != (title in quiet), f"{title}: {expression}: {found}"
    (pair,) = [variable for variable in dashboard["templating"]["list"] if variable["name"] == "pair"]
    metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", pair["query"]["query"]).groups()
    # As Grafana resolves label_values.
    assert prometheus.get(f"/api/v1/label/{label}/values?" + urllib.parse.urlencode({"match[]": metric})) == ["edge"]

    def rules():
        return prometheus.get("/api/v1/rules")["groups"][0]["rules"]
    eventually(lambda: all(rule["health"] != "unknown" for rule in rules()))
    assert len(rules()) >= 15
    assert [rule for rule in rules() if rule["health"] != "ok"] == []
    eventually(lambda: all(rule["state"] == "inactive" for rule in rules()), 15, "the alerts' silence")


def test_an_alert_fires_in_a_real_prometheus(watched):
    prometheus, a, b = watched
    eventually(lambda: len(prometheus.query('up{job="vipad"} == 1')) == 2, 20)
    a.simulator.fault(action="AssignPrivateIpAddresses", errorCode="UnauthorizedOperation", httpStatus=403)
    a.standby()
    b.claim(wait=5)
    (labels, _), = eventually(
        lambda: prometheus.query('ALERTS{alertname="VipadClaimNeedsOperator",alertstate="firing"}'), 20)
    assert labels["instance"] == b.name and labels["severity"] == "critical" and labels["pair"] == "edge"


def panel(title):
    (found,) = [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["title"] == title]
    return found


def test_the_dashboard_draws_each_failover_once(watched):
    """And neither the claims of the guard nor those of an operator."""
    prometheus, a, b = watched
    eventually(lambda: len(prometheus.query('up{job="vipad"} == 1')) == 2, 20)
    # A step further back than the first failover there is something to subtract from.
    eventually(lambda: prometheus.query("vipad_build_info offset 4s"), 20)
    for old, new in ((a, b), (b, a), (a, b)):
        old.standby()
        assert new.claim(wait=5).status == 200
        eventually(lambda: new.status()["verdict"] == "holding")
    assert b.ask("POST", "/claim?wait=5", {"cause": "operator"}).status == 200
    time.sleep(3)
    shown = panel("Failovers")
    assert shown["interval"] == "1m", "one bar a failover, however long the range"
    ((_, values),) = prometheus.query_range(
        shown["targets"][0]["expr"].replace("$__interval", "2s").replace("$pair", ".*"), 60, 2)
    assert sum(values) == 3, values


def test_the_dashboard_shows_a_check_that_could_not_be_made(watched):
    prometheus, a, b = watched
    ready, checks = (target["expr"].replace("$pair", ".*") for target in panel("Readiness")["targets"])
    eventually(lambda: len(prometheus.query(f"{ready} == 1")) == 2, 20)
    assert prometheus.query(f"{checks} < 0") == []
    a.simulator.fault(action="DescribeNetworkInterfaces", errorCode="RequestLimitExceeded", httpStatus=503)
    a.simulator.fault(service="imds", httpStatus=503)
    b.end()
    b.start(ready=False)
    unknown = eventually(lambda: prometheus.query(f'{checks} == -1'), 20)
    assert {labels["instance"] for labels, _ in unknown} == {b.name}
    assert [labels["instance"] for labels, _ in prometheus.query(f"{ready} == 0")] == [b.name]


def test_a_claim_that_goes_on_without_end_is_an_alert(watched):
    """The old MASTER is dead, the new one claims and claims: its verdict is `claiming` all the while."""
    prometheus, a, b = watched
    eventually(lambda: len(prometheus.query('up{job="vipad"} == 1')) == 2, 20)
    a.simulator.fault(action="AssignPrivateIpAddresses", errorCode="RequestLimitExceeded", httpStatus=503)
    a.kill()
    b.claim()
    for alert in ("VipadVIPOnWrongRouter", "VipadPairInTrouble"):
        (labels, _), = eventually(
            lambda: prometheus.query(f'ALERTS{{alertname="{alert}",alertstate="firing"}}'), 30, alert)
        assert labels["instance"] == b.name and labels["severity"] == "critical" and labels["pair"] == "edge"
    assert b.group()["verdict"] == "claiming"


def test_the_scrape_configuration_reads_a_real_monitor_listener(simulator, make_router, tmp_path, tls):
    """deploy/prometheus/scrape.yaml with this machine's addresses and paths: TLS that is verified, and the token."""
    router, port, token = make_router(simulator, "router-b"), free_port(), "monitor-read-token-0123456789abcdef"
    files = {name: router.directory / name for name in ("monitor.pem", "monitor.key", "monitor.token")}
    for path, text in zip(files.values(), (
            pathlib.Path(tls.certificate).read_text(), pathlib.Path(tls.key).read_text(), token)):
        path.touch(mode=0o640)
        path.write_text(text)
    router.configure("\n".join([
        "[monitor]", f'listen = "127.0.0.1:{port}"', f'certificate = "{files["monitor.pem"]}"',
        f'key = "{files["monitor.key"]}"', f'tokenFile = "{files["monitor.token"]}"']) + "\n")
    router.start()
    text = (RULES.parent / "scrape.yaml").read_text().replace("/etc/prometheus", str(tmp_path))
    configuration = {"global": {"evaluation_interval": "1s"}, **yaml.safe_load(text)}
    (job,) = configuration["scrape_configs"]
    (job["scrape_interval"], job["static_configs"][0]["targets"]) = ("500ms", [f"127.0.0.1:{port}"])
    job["scrape_timeout"] = "500ms"
    shutil.copy(RULES, tmp_path / "vipad-rules.yaml")
    shutil.copy(tls.ca, tmp_path / "vipad-ca.pem")
    (tmp_path / "vipad-token").write_text("not-" + token)
    prometheus = Prometheus(tmp_path, configuration)
    try:
        eventually(lambda: prometheus.query('up{job="vipad",pair="edge"} == 0'), 20, "that the token is refused")
        assert "403" in prometheus.get("/api/v1/targets")["activeTargets"][0]["lastError"]
        (tmp_path / "vipad-token").write_text(token)
        eventually(lambda: prometheus.query('up{job="vipad",pair="edge"} == 1'), 20, "the scrape")
        assert prometheus.value('vipad_ready{pair="edge"}') == 1
        eventually(lambda: all(rule["health"] == "ok" for rule in prometheus.get("/api/v1/rules")["groups"][0]["rules"]))
    finally:
        prometheus.process.end()


def test_every_metric_that_is_asked_for_exists(watched):
    """A name misspelt in a rule or a panel would only ever be silent."""
    prometheus, a, b = watched
    known = set(re.findall(rb"^(\w+)[{ ]", a.get("/metrics").body, re.M))
    texts = RULES.read_text() + DASHBOARD.read_text()
    asked = set(re.findall(r"\b(?:vipad|process)_\w+\b", texts))
    assert {name for name in asked if name.encode() not in known} == set()


# Without a daemon


def test_promtool_accepts_the_rules():
    done = subprocess.run(["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr


def run_unit_tests(directory):
    return subprocess.run(
        ["promtool", "test", "rules", str(directory / "rules_test.yaml")], capture_output=True, text=True, timeout=60)


def test_the_rules_pass_their_unit_tests():
    done = run_unit_tests(RULES.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tested_and_has_a_runbook(tmp_path):
    """Without any one of them the unit tests fail."""
    text = yaml.safe_load(RULES.read_text())
    rules = text["groups"][0]["rules"]
    shutil.copy(RULES.parent / "rules_test.yaml", tmp_path)
    for index, rule in enumerate(rules):
        assert len(rule["annotations"]["runbook"]) > 30 and rule["annotations"]["summary"], rule["alert"]
        text["groups"][0]["rules"] = rules[:index] + rules[index + 1:]
        (tmp_path / "rules.yaml").write_text(yaml.safe_dump(text))
        assert run_unit_tests(tmp_path).returncode != 0, f"{rule['alert']} is not tested"


def test_the_scrape_configuration_is_one(tmp_path):
    shutil.copy(RULES, tmp_path / "vipad-rules.yaml")
    for name in ("vipad-ca.pem", "vipad-token"):
        (tmp_path / name).write_text("x")
    text = (RULES.parent / "scrape.yaml").read_text().replace("/etc/prometheus", str(tmp_path))
    (tmp_path / "prometheus.yml").write_text(text)
    done = subprocess.run(
        ["promtool", "check", "config", str(tmp_path / "prometheus.yml")], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 or "invalid" in done.stderr and "certificate" in done.stderr, done.stdout + done.stderr


def test_grafanas_own_types_know_everything_in_the_dashboard():
    """Read and written by Grafana's SDK, which drops what its schema does not have."""
    dashboards = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    written = json.loads(DASHBOARD.read_text())
    again = json.loads(JSONEncoder(sort_keys=True).encode(dashboards.Dashboard.from_json(written)))

    def lost(before, after, path=""):
        if isinstance(before, dict):
            for name, value in before.items():
                if not isinstance(after, dict) or name not in after:
                    yield f"{path}/{name}"
                else:
                    yield from lost(value, after[name], f"{path}/{name}")
        elif isinstance(before, list):
            if len(before) != len(after):
                yield path
            for index, (one, other) in enumerate(zip(before, after)):
                yield from lost(one, other, f"{path}/{index}")
        elif before != after:
            yield f"{path}: {before!r} became {after!r}"
    assert list(lost(written, again)) == []
    ids = [panel["id"] for panel in written["panels"]]
    assert len(set(ids)) == len(ids)


def test_no_two_panels_lie_on_each_other():
    taken = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
