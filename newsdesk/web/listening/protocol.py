"""HTTP on one connection, with limits in bytes and seconds. `newsdesk.web.listening.connections` keeps them and closes the oldest."""

from __future__ import annotations

import json
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from newsdesk.web.listening.connections import Connections, Phase

if TYPE_CHECKING:
    import asyncio

    from uvicorn import Config
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

MAX_HEADERS = 100
MAX_PIPELINED = 16  # requests that wait for the response to the first
LEAVE_S = (
    2.0  # in which a client may read why it was refused: a close with bytes unread would take that from it
)
MIN_PROGRESS = 8_192  # bytes that a client takes within `send_timeout_s`


@dataclass(frozen=True, slots=True)
class Refusal:
    """The response to a request that is not let in, and the reason under which it is counted."""

    status: int
    reason: str
    detail: str


TOO_MANY = Refusal(503, "no-room", "Too many connections are open. Try again in a minute.")
HEADER_LATE = Refusal(408, "header-timeout", "The header of the request did not come in time.")
BODY_LATE = Refusal(408, "body-timeout", "The body of the request did not come in time.")
MALFORMED = Refusal(400, "malformed", "This is no HTTP request.")
LONG_ADDRESS = Refusal(414, "long-address", "The address is too long. Search for less.")
LARGE_HEADER = Refusal(431, "large-header", "The header of the request is too large.")
LARGE_BODY = Refusal(413, "large-body", "The body of the request is too large.")


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline for every wait on the client, and a limit for everything it sends."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        room: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.room = room
        self.limits = room.limits
        self.url = b""
        self.address = ""
        self.deadline: float | None = None
        self._late = HEADER_LATE
        self._receiving: str | None = None  # header or body of a request; None between two
        self._received = 0  # bytes of that request
        self._refusal: Refusal | None = None
        self._is_leaving = False
        self._is_last = False  # nothing more is read; the responses under way are the last
        self._unsent = 0
        self._progress_at = 0.0

    # --- asyncio calls these

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection in."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._set_deadline(self.limits.header_timeout_s, HEADER_LATE)
        self.room.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self.deadline = None
        self.room.remove(self)

    def data_received(self, data: bytes) -> None:
        """Read on, and refuse what is too large."""
        if self._is_leaving or self._is_last:
            return
        if self._receiving is None:
            self._begin("header")
        self._received += len(data)
        super().data_received(data)
        self._weigh()
        self._note_phase()

    def pause_writing(self) -> None:
        """The client takes less than it is sent."""
        super().pause_writing()
        self._note_phase()

    def resume_writing(self) -> None:
        """The client has taken most of it."""
        super().resume_writing()
        self._note_phase()

    # --- the parser calls these

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        if self._receiving is None:  # several requests in one piece
            self._begin("header")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer after the body."""
        super().on_header(name, value)
        if len(self.headers) > MAX_HEADERS:
            self._stop(LARGE_HEADER)

    def on_headers_complete(self) -> None:
        """Let the request in, or refuse it."""
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop(TOO_MANY)
        if len(self.url) > self.limits.header_bytes // 2:
            self._stop(LONG_ADDRESS)
        if _size(self.headers) + len(self.url) > self.limits.header_bytes:
            self._stop(LARGE_HEADER)
        if _declared_length(self.headers) > self.limits.body_bytes:
            self._stop(LARGE_BODY)
        super().on_headers_complete()
        self._begin("body")

    def on_message_complete(self) -> None:
        """The request is here."""
        super().on_message_complete()
        self._receiving, self._received, self.deadline = None, 0, None
        self._note_phase()

    # --- uvicorn calls these

    def on_response_complete(self) -> None:
        """The response is written; the next request may come."""
        super().on_response_complete()
        self._note_phase()

    def send_400_response(self, msg: str) -> None:
        """Answer what stopped the parser."""
        self._refuse(self._refusal or MALFORMED)

    # --- the room calls these

    def expire(self, now: float) -> None:
        """The client took too long."""
        if self._is_leaving:
            self._drop()
        elif self._receiving is None and self._find_unanswered() is None:
            self.room.count("silent")
            self._close()
        else:
            self._refuse(self._late)

    def check_progress(self, now: float) -> None:
        """Drop a client that has taken nothing of its response for too long."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent > self._unsent or unsent <= self._unsent - MIN_PROGRESS:
            self._unsent, self._progress_at = unsent, now
        elif now - self._progress_at >= self.limits.send_timeout_s:
            self.room.count("slow-reader")
            self._drop()

    def evict(self) -> None:
        """Make room for a newer connection."""
        self.room.count("evicted")
        self._close()

    def turn_away(self) -> None:
        """No room, and nobody else to close."""
        self._refuse(TOO_MANY)

    # --- own steps

    def _begin(self, part: str) -> None:
        if part == "header":
            self._set_deadline(self.limits.header_timeout_s, HEADER_LATE)
        else:
            self._set_deadline(self.limits.body_timeout_s, BODY_LATE)
        self._receiving = part
        self._received = 0

    def _set_deadline(self, seconds: float, refusal: Refusal) -> None:
        self.deadline, self._late = self.loop.time() + seconds, refusal

    def _stop(self, refusal: Refusal) -> None:
        """End the parser from within one of its calls; `send_400_response` answers."""
        self._refusal = refusal
        raise httptools.HttpParserError(refusal.detail)

    def _weigh(self) -> None:
        """Refuse what the parser still holds: a line or a body whose end has not come."""
        if self._receiving == "header" and self._received > self.limits.header_bytes:
            is_address = not self.headers and len(self.url) > self.limits.header_bytes // 2
            self._refuse(LONG_ADDRESS if is_address else LARGE_HEADER)
        elif self._receiving == "body" and self._received > self.limits.body_bytes + self.limits.header_bytes:
            self._refuse(LARGE_BODY)

    def _find_unanswered(self) -> RequestResponseCycle | None:
        """The last request that came in as far as its body, while its response is not complete."""
        cycle: RequestResponseCycle | None = self.cycle
        return None if cycle is None or cycle.response_complete else cycle

    def _refuse(self, refusal: Refusal) -> None:
        if self._is_leaving or self._is_last or self.transport.is_closing():
            return
        self.room.count(refusal.reason)
        unanswered = self._find_unanswered()
        if unanswered and self._receiving == "header":  # its response comes first, and is the last
            unanswered.keep_alive = False
            self._is_last, self.deadline = True, None
            self.flow.pause_reading()
        elif unanswered and (self.pipeline or unanswered.response_started):
            self._drop()
        elif unanswered:
            unanswered.disconnected = True  # what the application still says goes nowhere
            unanswered.message_event.set()
            self._leave(_render(refusal, is_api=self.url.startswith(b"/api/")))
        else:
            is_answered = self._receiving == "body"
            self._leave(b"" if is_answered else _render(refusal, is_api=self.url.startswith(b"/api/")))

    def _leave(self, response: bytes) -> None:
        """Say why, close the sending half, and give the client a moment to read."""
        self._is_leaving = True
        self._set_deadline(LEAVE_S, self._late)
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        self.transport.write(response)
        self.transport.write_eof()
        self._note_phase()

    def _drop(self) -> None:
        """Close at once; the system forgets what the client has not taken, and does not keep it for later."""
        connection = self.transport.get_extra_info("socket")
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _close(self) -> None:
        if self.transport.get_write_buffer_size():
            self._drop()
        else:
            self.transport.close()

    def _note_phase(self) -> None:
        if self._is_leaving:
            phase = Phase.LEAVING
        elif self._find_unanswered() and self._receiving != "body":
            phase = Phase.SENDING if self.flow.write_paused else Phase.ANSWERING
        else:
            phase = Phase.WAITING
        self.room.move(self, phase)


def make_protocol(room: Connections) -> type[asyncio.Protocol]:
    """The protocol class for `uvicorn.Config(http=...)`, whose connections are kept in `room`."""

    class RoomProtocol(LimitedProtocol):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, room=room, **named)

    return RoomProtocol


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) + len(b": \r\n") for name, value in headers)


def _declared_length(headers: list[tuple[bytes, bytes]]) -> int:
    lengths = [value for name, value in headers if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


def _render(refusal: Refusal, *, is_api: bool) -> bytes:
    phrase = HTTPStatus(refusal.status).phrase
    body, kind = f"{refusal.detail}\n", "text/plain; charset=utf-8"
    if is_api:
        shape = {"type": "about:blank", "title": phrase, "status": refusal.status, "detail": refusal.detail}
        body, kind = json.dumps(shape), "application/problem+json"
    lines = [
        f"HTTP/1.1 {refusal.status} {phrase}",
        f"content-type: {kind}",
        f"content-length: {len(body.encode())}",
        "x-content-type-options: nosniff",
        "connection: close",
        *(["retry-after: 60"] if refusal is TOO_MANY else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
