"""Who wrote what, when and from where. Each row is added in the transaction of the write: neither is there alone.

Where a write comes from is known far above the function that writes: whoever takes a request names it with `comes_from`.
"""

from __future__ import annotations

import os
import pwd
import socket
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from copytaster.masking.text import mask_secrets
from copytaster.store.people_tables import audit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

NAME_LENGTH = 255
DETAIL_LENGTH = 2_000
_ORIGIN: ContextVar[str | None] = ContextVar("origin", default=None)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One write of a person."""

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: str
    origin: str


@contextmanager
def comes_from(origin: str) -> Iterator[None]:
    """Name where every write inside comes from, in this task and the threads that it starts."""
    token = _ORIGIN.set(origin)
    try:
        yield
    finally:
        _ORIGIN.reset(token)


def note_write(connection: Connection, what: str, subject: object, *, who: str, detail: str = "") -> None:
    """Note a write of a person. Call it inside the transaction that writes.

    Args:
        connection: in a transaction that writes.
        what: a noun and a verb, such as `decision.split`.
        subject: the id of what was written.
        who: the name of the person.
        detail: the reason, or what changed; secrets are masked.
    """
    row = {
        "at": datetime.now(UTC),
        "who": who[:NAME_LENGTH],
        "what": what,
        "subject": mask_secrets(str(subject))[:NAME_LENGTH],
        "detail": mask_secrets(detail)[:DETAIL_LENGTH],
        "origin": (_ORIGIN.get() or _name_command_line())[:NAME_LENGTH],
    }
    connection.execute(audit.insert().values(row))


def list_audit(
    connection: Connection,
    *,
    who: str = "",
    what: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditRow]:
    """The newest writes first.

    Args:
        connection: to read from.
        who: only those of this person.
        what: only those of this sort, `decision` for all that begin with it.
        since: only those from this moment on.
        until: only those before this moment.
        before: only those with a smaller id, to go on from the last row of a page.
        limit: at most this many.
    """
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if who:
        query = query.where(audit.c.who == who)
    if what:
        query = query.where((audit.c.what == what) | audit.c.what.startswith(f"{what}.", autoescape=True))
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at < until)
    if before is not None:
        query = query.where(audit.c.id < before)
    return [AuditRow(**row) for row in connection.execute(query).mappings()]


def _name_command_line() -> str:
    try:
        account = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        account = str(os.getuid())
    return f"command line of {account} on {socket.gethostname()}"
