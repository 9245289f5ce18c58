"""Who only looks takes no memory, no thread, no port that a claim needs."""

import fcntl
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from pair import SANITIZER, binary, eventually

READERS, MOST_MEBIBYTES = 400, 64


def resident_mebibytes(pid):
    line = next(
        line for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def ask_and_do_not_read(port, path):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection


def first_line(connection):
    connection.settimeout(20)
    received = b""
    while b"\r\n" not in received:
        received += connection.recv(256)
    return received.split(b"\r\n")[0]


@pytest.mark.skipif(bool(SANITIZER), reason="a sanitizer keeps memory of its own")
def test_long_answers_that_nobody_reads_take_bounded_memory(router):
    for _ in range(600):
        assert router.ask("POST", "/standby", {"state": "BACKUP", "cause": "operator"}).status == 200
        assert router.ask("POST", "/pause", {}).status == 200
        assert router.ask("POST", "/resume").status == 200
    record_bytes = len(router.get("/audit?limit=1000").body)
    assert record_bytes > 300_000, "else there is nothing to hold"
    readers = [ask_and_do_not_read(router.port, "/audit?limit=1000") for _ in range(READERS)]
    try:
        answers = [first_line(reader) for reader in readers]
        refused = sum(b" 503 " in answer for answer in answers)
        assert 0 < refused < READERS, answers[:3]
        assert resident_mebibytes(router.process.pid) < MOST_MEBIBYTES
        # The other listener has room of its own, and a claim needs none.
        assert router.get("/audit?limit=1000").status == 200
        assert router.claim(wait=10).status == 200
    finally:
        for reader in readers:
            reader.close()
    eventually(lambda: router.ask_tcp("GET", "/audit?limit=1000").status == 200, what="room again")


def test_a_port_that_is_taken_holds_up_no_failover_and_is_taken_when_it_is_free(simulator, make_router):
    router = make_router(simulator, "router-b")
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", router.port))
        squatter.listen()
        router.start()
        eventually(lambda: any(
            "answers on its Unix socket only" in line and f"127.0.0.1:{router.port}" in line and "ss -ltnp" in line
            for line in router.process.lines), what="the line that says so")
        assert router.claim(wait=10).status == 200
        daemon = next(c for c in router.status()["readiness"]["checks"] if c["name"] == "daemon")
        assert f"127.0.0.1:{router.port}" in daemon["detail"]
    eventually(lambda: socket.socket().connect_ex(("127.0.0.1", router.port)) == 0, 20, "the port")
    assert router.ask_tcp("POST", "/standby", {}).status == 200
    eventually(lambda: next(
        c for c in router.status()["readiness"]["checks"] if c["name"] == "daemon")["detail"].endswith("runs"))


def test_a_log_that_nobody_takes_holds_up_no_claim(simulator, make_router):
    """As a journald that stands still with the disk: its socket fills, and a write to it waits."""
    router = make_router(simulator, "router-b")
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    fcntl.fcntl(writing, fcntl.F_SETFL, os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writing, b"x" * 1024)
    os.set_blocking(writing, True)

    daemon = subprocess.Popen(
        [binary("vipad"), "serve", "--config", str(router.configuration)], env=router.environment,
        stdin=subprocess.DEVNULL, stderr=writing)
    try:
        eventually(lambda: router.is_up, 20)
        eventually(lambda: router.is_ready(router.status()), 20)
        for _ in range(3):
            assert router.claim(wait=10).status == 200
            assert router.standby().status == 200
        begin = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
        assert time.monotonic() - begin < 8
    finally:
        daemon.kill()
        daemon.wait()
        os.close(reading)
        os.close(writing)
