"""Sends bytes to a listener and gathers what comes back, many connections at a time in one thread."""

import re
import select
import socket
import time

STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) [^\r\n]*\r\n")


class Exchange:
    """One connection: what was sent, what came back, and how it ended."""

    def __init__(self, request):
        self.request, self.rest, self.received = request, request, b""
        self.answered_after = self.ended_after = None
        self.is_half_closed = False
        # Filled in at the end.
        self.answers, self.remainder = [], b""

    @property
    def seconds(self):
        """Until the server had answered or ended the connection; None if it did neither."""
        return self.answered_after if self.answered_after is not None else self.ended_after

    @property
    def statuses(self):
        return [status for status, _, _ in self.answers]


def split_answers(data, to_head):
    """The final answers in `data`, (status, header, body) each, and what is left over."""
    answers = []
    while match := STATUS_LINE.match(data):
        head, found, rest = data.partition(b"\r\n\r\n")
        if not found:
            break
        status = int(match[1])
        length = re.search(rb"(?i)\r\ncontent-length: *([0-9]+)", head)
        size = 0 if to_head or status < 200 or status in (204, 304) or not length else int(length[1])
        if len(rest) < size:
            break
        if status >= 200:
            answers.append((status, head, rest[:size]))
        data = rest[size:]
    return answers, data


def exchange_all(address, requests, at_once=200, patience_seconds=6.0):
    """Sends each request on a connection of its own.

    The connection stays open until there is an answer; then our side is closed, so that the server ends it after
    whatever else it made of the bytes. Nothing is closed before an answer: who waits for more bytes shows.
    """
    waiting = [Exchange(request) for request in requests]
    done, running, poller = [], {}, select.epoll()
    waiting.reverse()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                _begin(waiting.pop(), address, running, poller)
            for descriptor, _ in poller.poll(0.05):
                if _proceed(*running[descriptor]):
                    done.append(_end(descriptor, running))
            now = time.monotonic()
            for descriptor in [d for d, (_, _, began) in running.items() if now - began > patience_seconds]:
                done.append(_end(descriptor, running))
    finally:
        for connection, _, _ in running.values():
            connection.close()
        poller.close()
    return done


def _begin(exchange, address, running, poller):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    connection = socket.socket(family)
    connection.settimeout(10)
    connection.connect(address)
    connection.setblocking(False)
    running[connection.fileno()] = connection, exchange, time.monotonic()
    poller.register(connection, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)


def _proceed(connection, exchange, began):
    """Sends and reads what there is; true at the end of the connection."""
    try:
        while exchange.rest:
            exchange.rest = exchange.rest[connection.send(exchange.rest):]
    except BlockingIOError:
        pass
    except OSError:
        exchange.rest = b""  # refused before it was all sent: the answer may be there still
    try:
        while piece := connection.recv(65536):
            exchange.received += piece
            _look(connection, exchange, began)
    except BlockingIOError:
        return False
    except OSError:
        pass
    exchange.ended_after = time.monotonic() - began
    return True


def _look(connection, exchange, began):
    to_head = exchange.request.lstrip(b"\r\n").startswith(b"HEAD ")
    exchange.answers, exchange.remainder = split_answers(exchange.received, to_head)
    if exchange.answers and exchange.answered_after is None:
        exchange.answered_after = time.monotonic() - began
    if exchange.answers and not exchange.rest and not exchange.is_half_closed:
        exchange.is_half_closed = True
        connection.shutdown(socket.SHUT_WR)


def _end(descriptor, running):
    connection, exchange, _ = running.pop(descriptor)
    connection.close()
    return exchange
