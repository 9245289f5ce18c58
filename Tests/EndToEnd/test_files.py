"""Each file of the daemon's: a link, another's, one that others may write, a directory that they may write to."""

import os
import re
import shutil
import signal
import stat
import subprocess

import pytest

from pair import binary, eventually

ANOTHER = 64123
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
FILES = ["socket", "token", "log", "lock", "configuration", "state"]
# These stop no failover: the daemon serves without them, and says so.
SERVES_ON = {"state"}


def prepare(router):
    """Puts each file into a directory of its own; the path of each."""
    for name in ("run", "tokens", "etc"):
        (router.directory / name).mkdir(mode=0o755)
    router.socket = str(router.directory / "run" / "s")
    router.token_file = router.directory / "tokens" / "token"
    router.configuration = router.directory / "etc" / "vipad.toml"
    router.configure()
    return {"socket": router.directory / "run" / "s", "token": router.token_file, "log": router.log,
            "lock": router.log.with_name("audit.lock"),
            "configuration": router.configuration, "state": router.state_file}


def link(path, elsewhere):
    """What was there goes elsewhere, and a link to it takes its place."""
    elsewhere.mkdir(exist_ok=True)
    target = elsewhere / path.name
    if path.exists():
        path.rename(target)
    else:
        target.touch()
    path.symlink_to(target)


def give_away(path, _):
    os.chown(path, ANOTHER, -1)


def open_to_group(path, _):
    path.chmod(path.stat().st_mode | stat.S_IWGRP)


def open_directory(path, _):
    path.parent.chmod(0o777)


def give_directory_away(path, _):
    os.chown(path.parent, ANOTHER, -1)


def link_directory(path, elsewhere):
    path.parent.rename(elsewhere)
    path.parent.symlink_to(elsewhere)


FLAWS = {
    "symlink": (link, r"symbolic link|symlink"), "other owner": (give_away, f"user id {ANOTHER}"),
    "group-writable": (open_to_group, r"written by others|others may write"),
    "world-writable directory": (open_directory, r"written by others|others may write"),
    "directory of another": (give_directory_away, f"user id {ANOTHER}"),
    "linked directory": (link_directory, r"symbolic link|symlink|real path"),
}
# The socket is made anew at each start, with its own mode.
NO_FLAW = {("socket", "group-writable")}


def said(router, name):
    """What the daemon says of a file, at its start or while it serves."""
    lines = [line for line in router.process.lines if "answers on" not in line]
    if name == "state":
        checks = router.status()["readiness"]["checks"]
        lines += [check["detail"] for check in checks if check["name"] == "state" and not check["ok"]]
    return "\n".join(lines)


@ROOT
@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_others_have_a_hand_in_is_refused_with_what_to_do(simulator, make_router, name, flaw):
    router = make_router(simulator, "router-b")
    path = prepare(router)[name]
    # A run before, which has left its files.
    router.start()
    router.ask("POST", "/pause")
    eventually(lambda: router.state_file.exists() and b"pause" in router.state_file.read_bytes())
    router.end(signal.SIGKILL)
    spoil, words = FLAWS[flaw]
    spoil(path, router.directory / "elsewhere")
    if (name, flaw) in NO_FLAW:
        router.start(ready=False)
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        return
    said_now, command = refused(router, name, path, words)
    if command is None:
        assert "real path" in said_now
        return
    assert str(path.parent) in command
    subprocess.run(["sh", "-c", command], check=True)
    # The one command is the remedy.
    if name not in SERVES_ON:
        router.start(ready=False)
    else:
        router.end()
        router.start(ready=False)
        eventually(lambda: "refuse" not in said(router, name) and not stands_against(router))
    assert router.get("/healthz").status == 200
    assert router.status()["audit"]["ok"]


def stands_against(router):
    return [check for check in router.status()["readiness"]["checks"] if check["name"] == "state" and not check["ok"]]


def refused(router, name, path, words):
    """Starts the daemon; what it says of the file, and the command it names."""
    elsewhere = router.directory / "elsewhere" / path.name
    before = elsewhere.read_bytes() if elsewhere.is_file() else None
    if name in SERVES_ON:
        router.start(ready=False)
        router.ask("POST", "/resume")
        router.ask("POST", "/pause")
        text = eventually(lambda: re.search(words, said(router, name)) and said(router, name), what="a word of the file")
        assert router.get("/healthz").status == 200
    else:
        done = router.vipad("serve", check=False, timeout=15)
        assert done.returncode in (1, 2), done
        text = done.stderr
    # Of a log's directory it is enough to name that.
    assert str(path) in text or name in ("log", "lock") and str(path.parent) + ":" in text, text
    assert re.search(words, text), text
    assert before is None or elsewhere.read_bytes() == before, "what the link points to was touched"
    command = re.search(r"fix: (.*?)$", text, re.MULTILINE)
    return text, command and command.group(1)


def test_files_are_made_with_these_modes(simulator, make_router):
    router = make_router(simulator, "router-b")
    paths = prepare(router)
    router.wrapper = ["sh", "-c", 'umask 000; exec "$@"', "sh"]
    router.start()
    router.ask("POST", "/pause")
    eventually(lambda: router.state_file.exists())
    modes = {name: oct(stat.S_IMODE(path.stat().st_mode)) for name, path in paths.items() if name != "configuration"}
    assert modes == {"socket": "0o660", "token": "0o640", "log": "0o640", "lock": "0o640", "state": "0o640"}


def test_another_daemons_files_are_left_alone(router):
    """A second one with the same paths: the first one keeps its log, its socket and its token."""
    before = router.token
    (router.directory / "log2").mkdir()
    of_its_own = router.toml().replace(str(router.log), str(router.directory / "log2" / "audit.jsonl"))
    for text in (router.toml(), of_its_own):
        router.configuration.write_text(text)
        done = router.vipad("serve", check=False, timeout=15)
        assert done.returncode == 1
        assert router.token == before and router.get("/healthz").status == 200
        assert router.ask_tcp("POST", "/standby").status == 200


@ROOT
@pytest.mark.skipif(not shutil.which("setpriv"), reason="another user needs setpriv")
def test_what_the_daemons_user_may_not_read_is_said_with_what_to_do(simulator, make_router):
    router = make_router(simulator, "router-b")
    router.directory.chmod(0o755)
    router.configuration.chmod(0o600)
    user = ["setpriv", "--reuid", str(ANOTHER), "--regid", str(ANOTHER), "--clear-groups"]
    done = subprocess.run(
        [*user, binary("vipad"), "serve", "--config", str(router.configuration)], env=router.environment,
        capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert f"chgrp {ANOTHER} {router.configuration} && chmod g+r {router.configuration}" in done.stderr, done.stderr
