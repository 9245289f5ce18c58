"""Stands for keepalived, where vipad watches its process: a parent and a child of its names that wake now and then.

    keepalived.py PID-FILE
"""

import ctypes
import os
import pathlib
import sys
import time

PR_SET_NAME, PR_SET_PDEATHSIG = 15, 1
libc = ctypes.CDLL(None)
child = os.fork()
libc.prctl(PR_SET_NAME, b"keepalived" if child else b"keepalived_vrrp")
if child:
    pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()}\n")
else:
    libc.prctl(PR_SET_PDEATHSIG, 15)
while True:
    time.sleep(1)
