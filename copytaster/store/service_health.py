"""The state of each part of the running service, for other processes to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from copytaster.store.tables import service_health
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

PartName = Literal[
    "schedule",
    "group",
    "relate",
    "index",
    "scrub",
    "retention",
    "alert",
    "subscription",
    "web",
    "sources",
    "receive",
]


@dataclass(frozen=True, slots=True)
class ServicePart:
    """One part: when it last did its work, and its last error; `failures` counts failed tries in a row."""

    part: PartName
    last_success_at: datetime | None = None
    last_error_at: datetime | None = None
    last_error: str | None = None
    failures: int = 0

    @property
    def ok(self) -> bool:
        """Whether its last try went well."""
        return self.failures == 0


def keep_service_part(connection: Connection, part: ServicePart) -> None:
    """Store the state of a part."""
    values = {name: getattr(part, name) for name in ServicePart.__slots__}
    connection.execute(
        insert_or_update(
            connection, service_health, values, update=[name for name in values if name != "part"]
        )
    )


def read_service_parts(connection: Connection) -> list[ServicePart]:
    """Every part that ever ran."""
    rows = connection.execute(select(service_health).order_by(service_health.c.part)).mappings()
    return [ServicePart(**row) for row in rows]
