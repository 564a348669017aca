"""The connections of the pages: how many there may be, which is closed first, and when each has taken too long."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator

TICK_S = 0.5  # between two looks at the deadlines
REPORT_S = 10.0  # between two lines in the log about closed connections

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one client, and all of them together, may take.

    Attributes:
        header_timeout_s: from the connection, or from the first byte of a later request, to the end of the header.
        body_timeout_s: from the end of the header to the end of the body.
        send_timeout_s: in which a client must take some of the response.
    """

    connections: int = 1_000
    connections_per_address: int = 500
    header_timeout_s: float = 10.0
    body_timeout_s: float = 30.0
    send_timeout_s: float = 30.0
    header_bytes: int = 32_768
    body_bytes: int = 1_000_000


class Phase(Enum):
    """What a connection waits for, in the order in which a full house closes them; the last is never closed."""

    LEAVING = 0  # we closed it
    WAITING = 1  # for bytes of a request
    SENDING = 2  # for the client to take the response
    ANSWERING = 3


class Connection(Protocol):
    """What `Connections` knows of one connection."""

    address: str
    deadline: float | None  # on the clock of the loop

    def expire(self, now: float) -> None:
        """Close it: the deadline has passed."""

    def check_progress(self, now: float) -> None:
        """Close it where the client has long taken nothing of the response."""

    def evict(self) -> None:
        """Close it for a newer one."""

    def turn_away(self) -> None:
        """Answer that there is no room, and close it."""


class Connections:
    """Every open connection, by phase, the longest in it first. Lives on the loop that serves them."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.closed: Counter[str] = Counter()  # by reason, since the start
        self.most = 0  # open at once
        self._phases: dict[Phase, dict[Connection, None]] = {phase: {} for phase in Phase}
        self._phase_of: dict[Connection, Phase] = {}
        self._by_address: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._reported: Counter[str] = Counter()
        self._report_at = 0.0

    def __len__(self) -> int:
        return len(self._phase_of)

    @property
    def is_full(self) -> bool:
        """True if the next connection takes the place of another."""
        return len(self) >= self.limits.connections

    def admit(self, connection: Connection) -> None:
        """Take a new connection in, and close the oldest one that waits for its client where there are too many."""
        is_full = self.is_full
        is_crowd = self._by_address[connection.address] >= self.limits.connections_per_address
        self._phase_of[connection] = Phase.WAITING
        self._phases[Phase.WAITING][connection] = None
        self._by_address[connection.address] += 1
        self._keep_time()
        if is_full or is_crowd:
            self._make_room(connection, of_address=is_crowd)
        self.most = max(self.most, len(self))

    def move(self, connection: Connection, phase: Phase) -> None:
        """Note the phase of a connection; where it is in it already, it keeps its age."""
        old = self._phase_of.get(connection)
        if old is None or old is phase:
            return
        del self._phases[old][connection]
        self._phases[phase][connection] = None
        self._phase_of[connection] = phase

    def remove(self, connection: Connection) -> None:
        """Forget a closed connection."""
        phase = self._phase_of.pop(connection, None)
        if phase is None:
            return
        del self._phases[phase][connection]
        self._by_address[connection.address] -= 1
        if not self._by_address[connection.address]:
            del self._by_address[connection.address]

    def count(self, reason: str) -> None:
        """Count a connection that was closed for a reason; the log has the sums."""
        self.closed[reason] += 1

    def _make_room(self, newcomer: Connection, *, of_address: bool) -> None:
        for one in self._list_closable():
            if one is not newcomer and (not of_address or one.address == newcomer.address):
                self.remove(one)  # at once: its close comes after the next connections of this round
                one.evict()
                return
        newcomer.turn_away()

    def _list_closable(self) -> Iterator[Connection]:
        for phase in (Phase.LEAVING, Phase.WAITING, Phase.SENDING):
            yield from self._phases[phase]

    def _keep_time(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self._phase_of):
            if connection.deadline is not None and now >= connection.deadline:
                connection.expire(now)
            else:
                connection.check_progress(now)
        self._report(now)
        self._timer = None
        if len(self) or self._reported != self.closed:
            self._keep_time()

    def _report(self, now: float) -> None:
        if now < self._report_at or self._reported == self.closed:
            return
        log.warning("connections.closed", open=len(self), **(self.closed - self._reported))
        self._reported = self.closed.copy()
        self._report_at = now + REPORT_S
