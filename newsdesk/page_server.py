"""Serves pages and API from the event loop of the service, until it is stopped. What they show is in `newsdesk.web`."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from copytaster.errors import BusyError
from newsdesk.web.listening.connections import ConnectionLimits, Connections
from newsdesk.web.listening.listener import allow_open_files, listen
from newsdesk.web.listening.protocol import make_protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from fastapi import FastAPI

    from newsdesk.operations.health import Health
    from newsdesk.web.listening.listener import PacedListener
    from settings import WebSettings

DRAIN_S = 1  # for responses under way at a stop

log = structlog.get_logger(__name__)


class PageServer:
    """Listens from the start, serves while `run` runs, and keeps the health of the part `web`.

    Args:
        app: what answers.
        settings: where and within which limits.
        health: keeps what fails.
        on_stop: ends the responses that have no end of their own.

    Raises:
        BusyError: another program listens on the port.
    """

    def __init__(
        self,
        app: FastAPI,
        settings: WebSettings,
        health: Health,
        *,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_stop = on_stop
        self._listener = _listen(settings)
        self._health = health
        self.connections = Connections(_read_limits(settings))
        self._listener.room = self.connections
        self._server = _UvicornServer(
            uvicorn.Config(
                app,
                http=make_protocol(self.connections),
                log_config=None,
                access_log=False,
                lifespan="off",
                proxy_headers=False,  # who is at the other end decides whose word is believed
                timeout_keep_alive=settings.keep_alive_s,  # type: ignore[arg-type]  # any number of seconds will do
                timeout_graceful_shutdown=DRAIN_S,
            )
        )

    async def run(self, on_ready: Callable[[str], None] | None) -> None:
        """Serve until `stop`; `on_ready` receives the address once the pages are served."""
        host, port = self._listener.getsockname()[:2]
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        self._server.on_started = lambda: self._note_ready(address, on_ready)
        try:
            await self._server.serve(sockets=[self._listener])
        except Exception as error:
            log.exception("web.failed")
            await asyncio.to_thread(self._health.note, "web", error)

    def stop(self) -> None:
        """End `run`, after the responses under way."""
        self._on_stop()
        self._server.should_exit = True

    def _note_ready(self, address: str, on_ready: Callable[[str], None] | None) -> None:
        log.info("service.ready", address=address)
        asyncio.get_running_loop().run_in_executor(None, self._health.note, "web")
        if on_ready is not None:
            on_ready(address)


def _listen(settings: WebSettings) -> PacedListener:
    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        raise BusyError(
            f"cannot listen: {error.strerror or error}",
            resource=f"{settings.host}:{settings.port}",
            hint="choose another with --port; --port 0 takes any free port",
        ) from error


def _read_limits(settings: WebSettings) -> ConnectionLimits:
    files = allow_open_files()
    if files < settings.max_connections:
        log.warning("connections.limited", allowed=files, hint="raise the limit of open files (LimitNOFILE)")
    return ConnectionLimits(
        connections=min(settings.max_connections, files),
        connections_per_address=min(settings.max_connections_per_address, files),
        header_timeout_s=settings.header_timeout_s,
        body_timeout_s=settings.body_timeout_s,
        send_timeout_s=settings.send_timeout_s,
        header_bytes=settings.max_header_bytes,
        body_bytes=settings.max_body_bytes,
    )


class _UvicornServer(uvicorn.Server):
    """Leaves the signals of the process to the service, and calls `on_started` once it serves."""

    on_started: Callable[[], None] | None = None

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.on_started is not None:
            self.on_started()
