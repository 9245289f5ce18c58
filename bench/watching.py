"""What watching costs: answers beside C's, and 200 pollers at once."""

import asyncio
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from table import percentile

HERE = pathlib.Path(__file__).resolve().parent
C_PORT = 18698
POLLERS, SECONDS, HOOKS, ROUNDS = 200, 20, 60, 6
PAGES = ("/", "/status", "/metrics")


def beside_c(table, router, path, bound, header=None):
    environment = {**os.environ, "PID": str(router.process.pid), **({"HEADER": header} if header else {})}
    done = subprocess.run(
        [str(HERE / "http" / "run.sh"), f"http://127.0.0.1:{router.port}{path}", "5", "2"],
        env=environment, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines()[2:]:
        load, c, vipad, ratio, c_cpu, vipad_cpu = line.split()
        connections, threads, *apart = load.split("/")
        what = f"{path}{' with its ETag' if header else ''}, {connections} connections"
        table.row(f"{what} (wrk -t{threads}{', a processor each' if apart else ''}): vipad / C",
                  f"{vipad} / {c} requests/s, {vipad_cpu} / {c_cpu} us of processor time each",
                  f"at least {bound} x", float(ratio) >= bound, f"x {ratio}")


async def poll(port, path, delay, until):
    """One poller: once a second, with the tag of what it has, on a connection that is kept."""
    await asyncio.sleep(delay)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    tag, count = "", 0
    while time.monotonic() < until:
        begin = time.monotonic()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{tag}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        assert head[0].split()[1] in ("200", "304"), head[0]
        if "200" in head[0]:
            await reader.readexactly(int(fields["content-length"]))
        if "etag" in fields:
            tag = f"If-None-Match: {fields['etag']}\r\n"
        count += 1
        await asyncio.sleep(max(0, 1 - (time.monotonic() - begin)))
    writer.close()
    return count


async def poll_all(port, seconds):
    until = time.monotonic() + seconds
    counts = await asyncio.gather(*(
        poll(port, PAGES[n % len(PAGES)], n / POLLERS, until) for n in range(POLLERS)))
    return sum(counts)


def processor_seconds(process_id):
    fields = pathlib.Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def hooks(router):
    """Milliseconds of HOOKS runs of the hook that change nothing; each is followed by reads of EC2 for 10 s."""
    times = []
    for _ in range(HOOKS):
        begin = time.monotonic()
        assert router.hook("BACKUP").returncode == 0
        times.append((time.monotonic() - begin) * 1000)
    return times


def settled_etag(router, seconds=15):
    """The tag of /status once it has been the same for so long: EC2 is read for 10 s after a hook."""
    tag, since = None, time.monotonic()
    while time.monotonic() - since < seconds:
        if (now := router.get("/status").headers["ETag"]) != tag:
            tag, since = now, time.monotonic()
        time.sleep(0.5)
    return tag


def run(table, router, simulator):
    etag = settled_etag(router)
    beside_c(table, router, "/status", 0.8, f"If-None-Match: {etag}")
    beside_c(table, router, "/metrics", 0.8)
    router.hook("BACKUP")
    time.sleep(2)
    quiet = hooks(router)
    time.sleep(12)
    calls, before, begin = len(simulator.calls()), processor_seconds(router.process.pid), time.monotonic()
    polls = asyncio.run(poll_all(router.port, SECONDS))
    share = (processor_seconds(router.process.pid) - before) / (time.monotonic() - begin) * 100
    made = [call for call in simulator.calls()[calls:] if call.get("service") == "ec2"]
    table.row(f"{POLLERS} pollers a second on {' '.join(PAGES)}: {polls} polls in {SECONDS} s",
              f"{share:.1f} % of a core, {len(made)} EC2 calls (a standby reads the holder once a minute)",
              "at most 2 %, none", share <= 2 and len(made) <= 1)
    hooks_beside_pollers(table, router)


@contextlib.contextmanager
def running(*command):
    process = subprocess.Popen(command, cwd=HERE)
    try:
        time.sleep(2)
        yield
        assert process.poll() is None, f"{command} has ended by itself"
    finally:
        process.terminate()
        process.wait(10)


def hooks_beside_pollers(table, router):
    """In turns, for this machine's pace changes by itself; at a C program the same pollers take only their own time."""
    quiet, elsewhere, polled = [], [], []
    with tempfile.TemporaryDirectory(prefix="vipad-bench-") as directory:
        reference, body = f"{directory}/reference", pathlib.Path(directory, "body")
        body.write_bytes(router.get("/status").body)
        subprocess.run(
            ["cc", "-O2", "-o", reference, "http/reference.c", "-lmicrohttpd", "-lpthread"], cwd=HERE, check=True)
        for _ in range(ROUNDS):
            quiet += hooks(router)
            with running(reference, str(C_PORT), "thread", str(body)):
                with running(sys.executable, __file__, str(C_PORT)):
                    elsewhere += hooks(router)
            with running(sys.executable, __file__, str(router.port)):
                polled += hooks(router)
    late = {name: percentile(times, 0.99) for name, times in (("q", quiet), ("c", elsewhere), ("v", polled))}
    table.row(f"hook, 99th percentile of {len(quiet)}: quiet / {POLLERS} pollers at a C program / at vipad",
              f"{late['q']:.1f} / {late['c']:.1f} / {late['v']:.1f} ms", "at most 1.1 x quiet",
              late["v"] <= 1.1 * late["q"], f"x {late['v'] / late['q']:.2f}, C x {late['c'] / late['q']:.2f}")


if __name__ == "__main__":
    asyncio.run(poll_all(int(sys.argv[1]), 600))
