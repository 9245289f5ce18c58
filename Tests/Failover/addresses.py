"""What the kernel of a machine tells about its addresses, with the moment it told it."""

import socket
import struct
import threading
import time

RTMGRP_IPV4_IFADDR = 0x10
RTM_NEWADDR, RTM_DELADDR = 20, 21
IFA_LOCAL = 2


def uptime_nanoseconds():
    """CLOCK_BOOTTIME, as ec2sim's times."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class AddressWatch:
    """Every coming and going of IPv4 addresses of a machine, from RTNLGRP_IPV4_IFADDR."""

    def __init__(self, machine):
        self._events = []  # (uptimeNanoseconds, address, is it there)
        self._changed = threading.Condition()
        self._socket = machine.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.bind((0, RTMGRP_IPV4_IFADDR))
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self):
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return
            now = uptime_nanoseconds()
            with self._changed:
                self._events += [(now, *change) for change in _changes(data)]
                self._changed.notify_all()

    def has(self, address):
        """Whether the address is on an interface."""
        with self._changed:
            return self._has(address)

    def _has(self, address):
        return next((is_there for _, name, is_there in reversed(self._events) if name == address), False)

    def came(self, address, after=0):
        """When the address appeared first after that moment; None: not yet."""
        with self._changed:
            return self._when(address, True, after)

    def _when(self, address, is_there, after):
        return next((at for at, *what in self._events if at > after and what == [address, is_there]), None)

    def wait(self, address, is_there=True, after=0, seconds=15):
        """Waits until the address has come (or gone) after that moment; says when."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._when(address, is_there, after), seconds):
                verb = "appear" if is_there else "disappear"
                raise AssertionError(f"{address} did not {verb} within {seconds} s")
            return self._when(address, is_there, after)

    def end(self):
        self._socket.close()


def _changes(data):
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        if kind in (RTM_NEWADDR, RTM_DELADDR):
            yield _local_address(data[24:length]), kind == RTM_NEWADDR
        data = data[(length + 3) & ~3:]


def _local_address(attributes):
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("=HH", attributes)
        if kind == IFA_LOCAL:
            return socket.inet_ntoa(attributes[4:8])
        attributes = attributes[(length + 3) & ~3:]
    return None
