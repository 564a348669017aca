"""The socket on which the web application listens, and the files that its connections may have open."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsdesk.web.listening.connections import Connections

ACCEPTS_A_ROUND = 16  # of the loop, so that connections are read between two floods of new ones
MOST_WAITING = 256  # to be accepted while the room is full
DROPS_A_ROUND = 512
MOST_FILES = 65_536  # more slows programs that close every possible file
KEPT_FILES = 256  # for store, index, crawls and logs
_INFO = struct.Struct(
    "=8B5I"
)  # the beginning of Linux' tcp_info; of a listener, the last is the length of its queue


class PacedListener(socket.socket):
    """A listening socket that hands out at most `ACCEPTS_A_ROUND` connections in one round of the loop.

    While the room is full, the oldest of those who wait to be accepted are closed at once, but for `MOST_WAITING`: to let
    each in and close it again takes far longer, and those who came last would wait for that.

    A spare file is open all the time. Where no other is left, it makes room to take the next connection and close it:
    the loop would else stop listening for a second.
    """

    _taken = 0
    _spare: int | None = None
    room: Connections | None = None

    def accept(self) -> tuple[socket.socket, tuple[object, ...]]:
        """The next connection.

        Raises:
            BlockingIOError: there is none, or this round has had its share.
        """
        if self._taken >= ACCEPTS_A_ROUND:
            raise BlockingIOError
        if self._spare is None:
            with suppress(OSError):
                self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        if not self._taken:
            with suppress(RuntimeError):  # no loop runs: nobody to share with
                asyncio.get_running_loop().call_soon(self._begin_round)
            self._thin_out()
        self._taken += 1
        try:
            return super().accept()
        except OSError as error:
            if isinstance(error, (BlockingIOError, InterruptedError, ConnectionAbortedError)):
                raise
            self._drop_next()
            raise BlockingIOError from error

    def close(self) -> None:
        """Close the socket and the spare file."""
        self._close_spare()
        super().close()

    def _begin_round(self) -> None:
        self._taken = 0

    def _thin_out(self) -> None:
        if self.room is None or not self.room.is_full:
            return
        for _ in range(min(self._count_waiting() - MOST_WAITING, DROPS_A_ROUND)):
            with suppress(OSError):
                os.close(self._accept()[0])  # type: ignore[attr-defined]  # without an object for each
                self.room.count("not-accepted")

    def _count_waiting(self) -> int:
        """How many connections wait to be accepted; 0 where the system does not say."""
        if not hasattr(socket, "TCP_INFO"):
            return 0
        info = self.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
        return int(_INFO.unpack(info)[-1]) if len(info) == _INFO.size else 0

    def _drop_next(self) -> None:
        self._close_spare()
        with suppress(OSError):
            super().accept()[0].close()

    def _close_spare(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None


def listen(host: str, port: int) -> PacedListener:
    """A listening socket; port 0 takes any free port.

    Its connections send without delay (TCP_NODELAY). A response leaves in two pieces, and with Nagle's algorithm the
    second waits for the acknowledgement of the first: 40 ms per response on a kept connection. asyncio sets the option
    only on sockets that name their protocol, and these do not.

    Raises:
        OSError: host and port cannot be bound.
    """
    listener = PacedListener(fileno=socket.create_server((host, port)).detach())
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listener


def allow_open_files() -> int:
    """Raise this process's soft limit of open files as far as it may; the number that connections may use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    files = MOST_FILES if soft == resource.RLIM_INFINITY else soft
    return max(files - KEPT_FILES, files // 2)
