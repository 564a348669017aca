"""The state of each part of the running service, for other processes to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import select

from copytaster.store.tables import service_health
from copytaster.store.upsert import insert_or_update

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

PartOfHost = Literal["web", "sources", "receive"]  # each machine has one of its own
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


PARTS_OF_HOST = frozenset(get_args(PartOfHost))


@dataclass(frozen=True, slots=True)
class ServicePart:
    """One part: when it last did its work, and its last error; `failures` counts failed tries in a row.

    `host` is the machine of a part that each machine has for itself; empty for work that one process does at a time.
    """

    part: PartName
    host: str = ""
    last_success_at: datetime | None = None
    last_error_at: datetime | None = None
    last_error: str | None = None
    failures: int = 0

    @property
    def ok(self) -> bool:
        """Whether its last try went well."""
        return self.failures == 0

    @property
    def name(self) -> str:
        """The part, and its machine where it has one."""
        return f"{self.part} on {self.host}" if self.host else self.part


def keep_service_part(connection: Connection, part: ServicePart) -> None:
    """Store the state of a part."""
    values = {name: getattr(part, name) for name in ServicePart.__slots__}
    changing = [name for name in values if name not in {"part", "host"}]
    connection.execute(insert_or_update(connection, service_health, values, update=changing))


def read_service_parts(connection: Connection) -> list[ServicePart]:
    """Every part that ever ran, but for machines that have left."""
    order = (service_health.c.part, service_health.c.host)
    rows = connection.execute(select(service_health).order_by(*order)).mappings()
    return [ServicePart(**row) for row in rows]


def keep_only_hosts(connection: Connection, hosts: Collection[str]) -> None:
    """Forget the parts of machines that are not among these."""
    connection.execute(service_health.delete().where(service_health.c.host.not_in({"", *hosts})))
