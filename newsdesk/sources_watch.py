"""Follows sources.toml while the service runs: a good edit is taken over within seconds, a bad one is refused."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsdesk.operations.health import Health
    from spiders.sources.config import Sources
    from spiders.sources.live import LiveSources

LOOK_EVERY_S = 1.0

log = structlog.get_logger(__name__)


class SourcesWatch:
    """Looks at the file every second, and at once when it is woken.

    Args:
        live: the list that follows the file.
        health: keeps the part `sources`, which fails while the file is refused.
        on_change: called on the loop with each new list.
    """

    def __init__(self, live: LiveSources, health: Health, on_change: Callable[[Sources], None]) -> None:
        self._live = live
        self._health = health
        self._on_change = on_change
        self._wake = asyncio.Event()
        self._is_asked = False
        self._said = str(None)  # the fault that was logged last

    def look(self) -> None:
        """Read the file now, changed or not. Call it on the loop."""
        self._is_asked = True
        self._wake.set()

    async def run(self) -> None:
        """Follow the file until cancelled."""
        await asyncio.to_thread(self._health.note, "sources")
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY_S)
            self._wake.clear()
            try:
                await self._follow()
            except Exception:
                log.exception("sources.not_followed")

    async def _follow(self) -> None:
        if not (self._is_asked or await asyncio.to_thread(self._live.has_changed)):
            return
        if self._is_asked:
            self._is_asked, self._said = False, ""
        is_new = await asyncio.to_thread(self._live.refresh)
        fault = self._live.fault
        if str(fault) == self._said and not is_new:
            return
        self._said = str(fault)
        if fault is not None:
            log.error("sources.refused", fault=str(fault), kept=len(self._live.current))
        elif is_new:
            log.info("sources.reloaded", sources=len(self._live.current))
            self._on_change(self._live.current)
        else:  # the edit was corrected, or somebody asked
            log.info("sources.unchanged", sources=len(self._live.current))
        await asyncio.to_thread(self._health.note, "sources", fault)
