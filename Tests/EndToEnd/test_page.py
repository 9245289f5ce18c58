"""The page at /, in a real Chromium: what a person sees at three in the morning."""

import calendar
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import time

import pytest

from monitored import StandIn, peer_section, reply, wait_for_verdict
from pair import VIPS, eventually
from receiver import notify_section

selenium = pytest.importorskip("selenium", reason="selenium (PyPI) is not installed")
from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="chromium and chromium-driver (Debian) are not installed")

ASSIGN = "AssignPrivateIpAddresses"
A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"


class Browser:
    """A headless Chromium."""

    def __init__(self, directory, javascript=True):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server",
                         f"--user-data-dir={directory}/chromium", "--window-size=1280,1100"):
            options.add_argument(argument)
        if not javascript:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))

    def open(self, router):
        self.driver.get(f"http://127.0.0.1:{router.port}/")
        return self

    def text(self, element="main"):
        """As a person sees it; a section may be replaced while it is read."""
        def read():
            with contextlib.suppress(selenium.common.exceptions.StaleElementReferenceException):
                return self.driver.find_element(By.CSS_SELECTOR, element).text
        return eventually(read)

    def wait_for(self, text, element="main", seconds=20):
        try:
            eventually(lambda: text in self.text(element), seconds)
        except AssertionError:
            raise AssertionError(f"{text!r} is not in: {self.text(element)}") from None

    def run(self, script):
        return self.driver.execute_script(script)

    def errors(self):
        """What stands in the console, but for polls that a stopped daemon does not answer."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def media(self, **features):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]})

    def violations(self):
        """What axe-core finds."""
        from axe_core_python.sync_playwright import Axe
        source = pathlib.Path(__import__("axe_core_python").__file__).parent / "axe.min.js"
        self.run(source.read_text())
        found = self.driver.execute_async_script("const done = arguments[0]; axe.run().then(done)")
        assert Axe and len(found["passes"]) > 10
        return [f"{v['id']}: {v['help']}: {[n['html'] for n in v['nodes']]}" for v in found["violations"]]


@pytest.fixture
def browser(tmp_path):
    made = []

    def make(**options):
        made.append(Browser(tmp_path, **options))
        return made[-1]

    yield make
    for browser in made:
        browser.driver.quit()


@pytest.fixture
def both(simulator, make_router):
    """Both routers, each reading the other; router-a is MASTER and holds the VIP."""
    a, b = make_router(simulator, "router-a"), make_router(simulator, "router-b")
    a.configure(peer_section(f"http://127.0.0.1:{b.port}"))
    b.configure(peer_section(f"http://127.0.0.1:{a.port}"))
    a.start()
    b.start()
    assert a.claim(wait=5).status == 200
    for router in (a, b):
        wait_for_verdict(router, "healthy")
    return a, b


def test_the_states_of_the_pair_are_shown_as_they_come(both, browser):
    a, b = both
    page = browser().open(b)
    page.wait_for("healthy", "#verdict")
    page.wait_for("the other router is MASTER and holds", "#verdict")
    b.ask("POST", "/pause", {})
    page.wait_for("peerNotReady", "#verdict")
    page.wait_for("What to do: vipad resume", "#readiness")
    b.ask("POST", "/resume")
    page.wait_for("healthy", "#verdict")
    a.standby()
    page.wait_for("noMaster", "#verdict")
    a.simulator.control("POST", "/move", {"privateIpAddress": VIPS[0]})
    a.claim()
    b.claim()
    page.wait_for("twoMasters", "#verdict")
    a.end()
    page.wait_for("peerUnreachable", "#verdict")
    page.wait_for("can't be read", "#routers")
    assert page.errors() == []


def test_held_by_nobody_and_the_wrong_router(both, browser):
    a, b = both
    page = browser().open(b)
    fault = a.simulator.fault(action=ASSIGN, errorCode="UnauthorizedOperation", httpStatus=403)
    a.standby()
    b.claim()
    page.wait_for("wrongHolder", "#verdict")
    a.simulator.control("POST", "/move", {"privateIpAddress": VIPS[0]})
    b.standby()
    page.wait_for("dark", "#verdict", 30)
    page.wait_for("nobody", "#vips")
    a.simulator.mend(fault)
    assert page.errors() == []


def test_a_failover_appears_within_three_seconds(both, browser):
    a, b = both
    page = browser().open(b)
    page.wait_for("Live", "#freshness")
    page.wait_for("the other router", "#vips")
    a.standby()
    b.claim(wait=5)
    begin = time.monotonic()
    page.wait_for("this router", "#vips", 3)
    page.wait_for("accepted vrrp, group inside", "#failovers", 3 - (time.monotonic() - begin))
    page.wait_for("to the wire", "#failovers", 1)
    assert f"{A} → {B}" in page.text("#failovers")
    page.wait_for("confirmation", "#failovers li")
    assert page.run("return document.querySelectorAll('#failovers rect.ec2').length") == 1
    assert page.errors() == []


def test_without_a_peer_the_router_speaks_for_itself(router, browser):
    page = browser().open(router)
    page.wait_for("standby", "#verdict")
    router.claim(wait=5)
    page.wait_for("holding", "#verdict")
    assert "AWS confirms that the VIP is here" in page.text("#verdict")
    assert "other router" not in page.text("#routers")


def test_notifications_that_do_not_arrive_are_shown(simulator, make_router, make_receiver, browser):
    receiver = make_receiver(script=[410, 500])
    router = make_router(simulator, "router-b")
    router.configure(notify_section(router, receiver.url + "/secret-path"))
    router.secret_file.chmod(0o644)
    router.start()
    page = browser().open(router)
    page.wait_for("chmod o-r", "#notifications")
    assert "a failover to this router would work now" in page.text("#readiness")
    router.secret_file.chmod(0o640)
    os.kill(router.process.pid, signal.SIGHUP)
    page.wait_for("nothing to tell yet", "#notifications")
    router.claim(wait=5)
    page.wait_for("it answered 410", "#notifications")
    router.standby()
    router.claim(wait=5)
    page.wait_for("goes well", "#notifications")
    text = page.text("#notifications")
    assert "ago" in text and "fails" not in text and "lost\n1, the last" in text
    assert "secret-path" not in page.text("body") and receiver.url in text
    assert page.violations() == [] and page.errors() == []
    router.configure("")
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: page.run("return document.getElementById('notifications')") is None)


def test_without_javascript_it_is_a_plain_snapshot(both, browser):
    a, _ = both
    page = browser(javascript=False).open(a)
    assert "healthy" in page.text("#verdict")
    assert "this router" in page.text("#vips") and A in page.text("#vips")
    assert "UTC" in page.text("#vips")
    taken = re.search(r"State as of (\d\S+ \d\S+) UTC; reload for a newer one", page.text("#freshness"))[1]
    assert abs(calendar.timegm(time.strptime(taken, "%Y-%m-%d %H:%M:%S")) - time.time()) < 30
    assert "Live" not in page.text("body")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_old_data_is_called_old(router, browser, scheme):
    page = browser().open(router)
    page.wait_for("Live", "#freshness")
    began = time.time()
    router.end()
    page.wait_for("Stale since", "#freshness")
    assert "Live" not in page.text("#freshness")
    seen = re.search(r"Stale since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", page.text("#freshness"))[1]
    assert abs(time.mktime(time.strptime(seen, "%Y-%m-%d %H:%M:%S")) - began) < 30
    assert page.run("return getComputedStyle(document.querySelector('main')).filter") == "grayscale(1)"
    page.media(prefers_color_scheme=scheme)
    assert page.violations() == [], "old is not unreadable"
    assert page.run("return getComputedStyle(document.querySelector('main')).opacity") == "1"
    router.start()
    page.wait_for("Live", "#freshness", 35)
    assert "Stale" not in page.text("#freshness")


def test_only_what_changed_is_replaced_and_what_is_open_stays_open(router, browser):
    page = browser().open(router)
    page.wait_for("Live", "#freshness")
    page.run("document.querySelector('#vips').mark = 1; document.querySelector('#readiness').mark = 1")
    page.run("document.getElementById('checks-summary').focus()")
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.run("return document.getElementById('checks').open")
    router.ask("POST", "/pause", {})
    page.wait_for("Not ready", "#readiness")
    assert page.run("return document.querySelector('#vips').mark") == 1, "nothing new in it"
    assert page.run("return document.querySelector('#readiness').mark") is None
    assert page.run("return document.getElementById('checks').open"), "closed under the reader's eyes"
    assert page.run("return document.activeElement.id") == "checks-summary", "the focus was lost"


def test_a_quiet_page_costs_304s(router, browser):
    router.claim(wait=5)
    eventually(lambda: router.status()["verdict"] == "holding")
    page = browser().open(router)
    page.wait_for("Live", "#freshness")
    time.sleep(3)
    sizes = page.run("return performance.getEntriesByType('resource').map(e => [e.name, e.responseStatus])")
    polls = [status for name, status in sizes if not name.endswith("/favicon.ico")]
    assert len(polls) >= 3 and set(polls[1:]) == {304}
    own = f"http://127.0.0.1:{router.port}/"
    assert {name for name, _ in sizes} <= {own, own + "favicon.ico"}, "nothing is loaded from elsewhere"


def test_a_reload_without_javascript_tells_its_own_time(router):
    def taken():
        return re.search(r'State as of <time datetime="(\S+)"', router.get("/").body.decode())[1]
    first, etag = taken(), router.get("/").headers["ETag"]
    time.sleep(1.2)
    answer = router.get("/")
    assert taken() > first and answer.headers["ETag"] == etag and etag.startswith('W/"')


def test_a_screen_reader_is_told_the_state_once(router, browser):
    """What a live region says is said again whenever it is written: not with each second of a time that goes on."""
    page = browser().open(router)
    page.wait_for("Live", "#freshness")
    page.run("""window.said = [];
        const live = document.querySelectorAll('[role=status], [aria-live]');
        for (const region of live) new MutationObserver(() => said.push(region.textContent)).observe(
            region, { childList: true, subtree: true, characterData: true });""")
    time.sleep(6)
    assert page.run("return said") == []
    router.claim(wait=5)
    page.wait_for("holding", "#verdict")
    said = eventually(lambda: (found := page.run("return said")) and found[-1].startswith("holding") and found)
    assert said[-1] == "holding: this router is MASTER, and AWS confirms that the VIP is here"
    assert len(said) == len(set(said)) <= 2 and page.run("return document.contains(document.getElementById('spoken'))")
    assert page.run("return document.querySelector('main [aria-live], main [role=status]')") is None


def test_an_answer_that_comes_late_does_not_show_what_was_before(router, browser):
    """Polls may overlap, where the reader comes back to the page while one is under way."""
    page = browser().open(router)
    page.wait_for("Live", "#freshness")
    page.run("""const real = window.fetch;
        window.fetch = async (address, options) => {
          window.fetch = real;
          const answer = await real(address, { ...options, headers: {} });  // the whole page
          await new Promise(done => window.releaseTheFirst = done);
          return answer;
        };""")
    eventually(lambda: page.run("return !!window.releaseTheFirst"))
    router.claim(wait=5)
    eventually(lambda: router.status()["verdict"] == "holding")
    page.run("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for("holding", "#verdict")
    page.run("""window.words = [];
        new MutationObserver(() => words.push(document.querySelector('#verdict .word').textContent)).observe(
            document.querySelector('main'), { childList: true, subtree: true });
        releaseTheFirst()""")
    time.sleep(2.5)
    assert set(page.run("return words")) <= {"holding"}


def test_the_table_keeps_its_place_and_focus(router, browser):
    page = browser().open(router)
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 320, "height": 740, "deviceScaleFactor": 2, "mobile": True})
    page.wait_for("Live", "#freshness")
    page.run("const t = document.getElementById('vips-scroll'); t.mark = 1; t.focus(); t.scrollLeft = 40")
    left = page.run("return document.getElementById('vips-scroll').scrollLeft")
    assert left > 0, "nothing to scroll"
    router.claim(wait=5)
    page.wait_for("this router", "#vips")
    assert page.run("return document.getElementById('vips-scroll').mark") is None, "it was not replaced"
    assert page.run("return document.activeElement.id") == "vips-scroll"
    assert page.run("return document.getElementById('vips-scroll').scrollLeft") == left


def test_polls_come_ever_more_rarely_while_nobody_answers(router, browser):
    page = browser().open(router)
    page.wait_for("Live", "#freshness")
    page.run("""window.polls = [];
        window.fetch = async () => { polls.push(performance.now()); throw new Error('no answer'); }""")
    times = eventually(lambda: (found := page.run("return polls")) and len(found) >= 5 and found, 30)
    pauses = [(later - earlier) / 1000 for earlier, later in zip(times, times[1:])]
    assert pauses[:4] == [pytest.approx(expected, abs=0.7) for expected in (1, 2, 4, 8)]


def test_without_a_peer_since_is_when_the_verdict_began(router, browser):
    """What else changes does not make the state a newer one."""
    router.claim(wait=5)
    eventually(lambda: router.status()["verdict"] == "holding")
    since, changed = router.group()["since"], router.status()["changedAt"]
    page = browser().open(router)
    page.wait_for("Live", "#freshness")
    assert page.run("return document.querySelector('#verdict time').dateTime") == since
    os.kill(router.process.pid, signal.SIGHUP)
    eventually(lambda: router.status()["changedAt"] > changed)
    page.wait_for(f"{router.status()['audit']['seq']} records", "#audit")
    assert page.run("return document.querySelector('#verdict time').dateTime") == since


def make_bad(both):
    """Trouble, and something of every colour."""
    a, b = both
    a.simulator.control("POST", "/move", {"privateIpAddress": VIPS[0]})
    a.standby()
    wait_for_verdict(b, "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_trouble(both, browser, scheme):
    make_bad(both)
    page = browser().open(both[1])
    page.media(prefers_color_scheme=scheme)
    page.wait_for("Live", "#freshness")
    page.wait_for("dark", "#verdict")
    assert page.violations() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(both, browser, scheme):
    a, b = both
    b.ask("POST", "/pause", {})
    wait_for_verdict(a, "peerNotReady")
    page = browser().open(b)
    page.media(prefers_color_scheme=scheme)
    page.wait_for("Live", "#freshness")
    page.driver.find_element(By.ID, "checks-summary").click()
    assert page.violations() == []
    background = page.run("return getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")


def test_it_fits_a_phone(both, browser):
    page = browser().open(both[0])
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True})
    page.wait_for("Live", "#freshness")
    assert page.run("return document.documentElement.scrollWidth") <= 360
    cards = page.run("return Array.from(document.querySelectorAll('.card'), c => c.getBoundingClientRect().left)")
    assert len(cards) == 2 and cards[0] == cards[1], "one below the other"


def test_hostile_words_of_the_other_router_stay_words(simulator, make_router, browser):
    attack = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>\"'&amp;"
    a = make_router(simulator, "router-a").start()

    def answer(handler):
        status = a.status()
        status["version"] = status["groups"][0]["vrrp"]["source"] = attack
        status["readiness"] = {"ready": False, "checks": [{"name": attack, "ok": False, "detail": attack}]}
        reply(handler, json.dumps(status).encode())
    server = StandIn(answer)
    try:
        b = make_router(simulator, "router-b")
        b.configure(peer_section(server.url))
        b.start()
        page = browser().open(b)
        page.wait_for(attack, "#routers")
        page.wait_for("Live", "#freshness")
        assert "owned" not in page.driver.title
        assert page.run("return document.querySelectorAll('main img, main script').length") == 0
        assert page.errors() == []
    finally:
        server.end()


def test_the_policy_lets_in_only_what_stands_in_the_page(router, browser):
    answer = router.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'") and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and policy.count("'sha256-") == 2
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = browser().open(router)
    page.wait_for("Live", "#freshness")
    # WebDriver's own scripts pass any policy; one that they write into the page does not.
    page.run("const s = document.createElement('script'); s.textContent = 'document.title = \"owned\"'; document.body.append(s)")
    page.run("const i = document.createElement('img'); i.src = 'http://127.0.0.2:9/x.png'; document.body.append(i)")
    eventually(lambda: len([e for e in page.errors() if "Content Security Policy" in e]) or None)
    assert page.driver.title != "owned"


def test_it_is_small_and_keeps_its_tag(router):
    router.claim(wait=5)
    eventually(lambda: router.status()["verdict"] == "holding")
    eventually(lambda: router.get("/").headers["ETag"] == router.get("/").headers["ETag"])
    answer = router.get("/")
    assert len(answer.body) < 50_000 and b"http://" not in answer.body.replace(b"http://127.0.0.1", b"")
    assert router.get("/", headers={"If-None-Match": answer.headers["ETag"]}).status == 304
    assert router.ask("HEAD", "/").headers["ETag"] == answer.headers["ETag"]
    assert router.get("/?x=1").status == 400
