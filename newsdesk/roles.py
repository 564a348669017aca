"""The roles that the processes of one service share: crawl, group, index, web. A process has all of them by default."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from copytaster.errors import ConfigurationError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable


class Role(StrEnum):
    """What a process does for the service.

    Attributes:
        CRAWL: schedule, requests, parsing, folders and mailboxes.
        GROUP: dispatches, and what they retell or translate.
        INDEX: documents, and what one process does for all: scrub, retention, alerts, subscriptions.
        WEB: pages, API, metrics, and copy that senders push.
    """

    CRAWL = "crawl"
    GROUP = "group"
    INDEX = "index"
    WEB = "web"


EVERY_ROLE = frozenset(Role)


def read_roles(texts: Iterable[str]) -> frozenset[Role]:
    """The roles that these texts name, one or several with commas each; every role where there is no text.

    Raises:
        UsageError: a name is none of a role.
    """
    names = [name.strip() for text in texts for name in text.split(",")]
    for name in names:
        if name not in set(Role):
            raise UsageError(f"no role {name!r}", resource="--role", hint=nearest(name, map(str, Role)))
    return frozenset(map(Role, names)) or EVERY_ROLE


def require_shared_store(roles: frozenset[Role], store_url: str) -> None:
    """Refuse a part of the roles on a store that only one process can work on.

    Raises:
        ConfigurationError: the store is a SQLite file.
    """
    if roles != EVERY_ROLE and store_url.startswith("sqlite"):
        raise ConfigurationError(
            "a part of the roles needs a store on PostgreSQL, and this one is a SQLite file",
            resource=f"--role {','.join(sorted(roles))}",
            hint="move it with `copytaster store copy URL`, set COPYTASTER_DATABASE_URL, or run without --role",
        )
