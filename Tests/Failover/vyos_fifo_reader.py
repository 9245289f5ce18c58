#!/usr/bin/env python3
"""Stands in for VyOS's reader of keepalived's FIFO: vyos_fifo_reader.py SECONDS HOOK FIFO.

As that one does, it looks at its queue every 250 ms and runs the transition scripts one at a time, without a time-out,
reading their output to the end; it knows master, backup, fault and stop only. SECONDS is how late it is, as if
scripts before had taken that long.
"""

import pathlib
import queue
import subprocess
import sys
import threading
import time

STATES = ["MASTER", "BACKUP", "FAULT", "STOP"]
LOG = pathlib.Path(__file__).with_suffix(".log")


def run_scripts(transitions, hook, seconds):
    while True:
        while not transitions.empty():
            read_at, state = transitions.get()
            time.sleep(max(0, read_at + seconds - time.monotonic()))
            subprocess.run([hook, state], capture_output=True, check=False)
            with LOG.open("a") as log:
                log.write(f"{state}\n")
        time.sleep(0.25)


def main():
    seconds, hook, fifo = float(sys.argv[1]), sys.argv[2], sys.argv[3]
    transitions = queue.Queue()
    threading.Thread(target=run_scripts, args=(transitions, hook, seconds), daemon=True).start()
    while True:
        with open(fifo) as lines:
            for line in lines:
                kind, _, state = line.split()[:3]
                if kind == "INSTANCE" and state in STATES:
                    transitions.put((time.monotonic(), state))


if __name__ == "__main__":
    main()
