"""The health of each part of this process: last success, last error. Stored, so that other processes can read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

import structlog

from copytaster.logs import clean_text
from copytaster.process_id import this_host
from copytaster.store.service_health import (
    PARTS_OF_HOST,
    PartName,
    ServicePart,
    keep_service_part,
    read_service_parts,
)

if TYPE_CHECKING:
    from copytaster.store.engine import Store

KEEP_EVERY = timedelta(seconds=30)  # between two writes of a success that changes nothing

log = structlog.get_logger(__name__)


class Health:
    """Notes the health of the parts of one process; safe to use from any thread.

    `host` is the name of this machine, for parts that each machine has for itself.
    """

    def __init__(self, store: Store, *, host: str | None = None) -> None:
        self._store = store
        self._host = host or this_host()
        self._parts: dict[PartName, ServicePart] = {}
        self._kept: dict[PartName, datetime] = {}
        self._errors: dict[PartName, BaseException] = {}
        self._lock = Lock()

    @property
    def parts(self) -> tuple[ServicePart, ...]:
        """Every part that has reported, by name."""
        with self._lock:
            return tuple(self._parts[name] for name in sorted(self._parts))

    def list_all(self) -> list[ServicePart]:
        """The parts of this process, and as the store has them those of other machines."""
        with self._store.read() as connection:
            stored = read_service_parts(connection)
        return [*self.parts, *(part for part in stored if part.host not in {"", self._host})]

    @property
    def ok(self) -> bool:
        """True if the last try of every part succeeded."""
        return all(part.ok for part in self.parts)

    def find_error(self, name: PartName) -> BaseException | None:
        """The error of the last try of a part; None if it succeeded or has not tried yet."""
        with self._lock:
            return self._errors.get(name)

    def note(self, name: PartName, error: BaseException | None = None) -> None:
        """Note that a part succeeded, or failed with this error. Never raises."""
        now = datetime.now(UTC)
        with self._lock:
            old = self._parts.get(name) or ServicePart(name, self._host if name in PARTS_OF_HOST else "")
            new = _update(old, error, now)
            self._parts[name] = new
            self._errors.pop(name, None)
            if error is not None:
                self._errors[name] = error
            is_news = old.failures != new.failures or name not in self._kept
            if not is_news and now - self._kept[name] < KEEP_EVERY:
                return
            self._kept[name] = now
        try:
            with self._store.write() as connection:
                keep_service_part(connection, new)
        except Exception as failure:  # noqa: BLE001  # the store may be what fails
            log.warning("health.not_stored", part=name, error=str(failure))


def _update(old: ServicePart, error: BaseException | None, now: datetime) -> ServicePart:
    if error is None:
        return replace(old, last_success_at=now, failures=0)
    text = clean_text(f"{type(error).__name__}: {error}")
    return replace(old, last_error_at=now, last_error=text, failures=old.failures + 1)
