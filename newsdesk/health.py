"""How each part of this process fares: its last success, its last error. Kept in the store for other processes to read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

import structlog

from copytaster.logs import clean_text
from copytaster.store.service_health import Part, PartName, keep_part

if TYPE_CHECKING:
    from copytaster.store.engine import Store

KEEP_EVERY = timedelta(seconds=30)  # a success that changes nothing is written no oftener

log = structlog.get_logger(__name__)


class Health:
    """The parts of one process; safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parts: dict[PartName, Part] = {}
        self._kept: dict[PartName, datetime] = {}
        self._lock = Lock()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part that has reported, by name."""
        with self._lock:
            return tuple(self._parts[name] for name in sorted(self._parts))

    @property
    def ok(self) -> bool:
        """Whether the last try of every part went well."""
        return all(part.ok for part in self.parts)

    def note(self, name: PartName, error: BaseException | None = None) -> None:
        """A part did its work, or this stood in its way. Never raises."""
        now = datetime.now(UTC)
        with self._lock:
            old = self._parts.get(name, Part(name))
            new = _judge(old, error, now)
            self._parts[name] = new
            news = old.failures != new.failures or name not in self._kept
            if not news and now - self._kept[name] < KEEP_EVERY:
                return
            self._kept[name] = now
        try:
            with self._store.write() as connection:
                keep_part(connection, new)
        except Exception as unkept:  # noqa: BLE001  # the store may be the very thing that fails
            log.warning("health.unkept", part=name, error=str(unkept))


def _judge(old: Part, error: BaseException | None, now: datetime) -> Part:
    if error is None:
        return replace(old, last_success_at=now, failures=0)
    text = clean_text(f"{type(error).__name__}: {error}")
    return replace(old, last_error_at=now, last_error=text, failures=old.failures + 1)
