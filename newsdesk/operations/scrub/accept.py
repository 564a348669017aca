"""Taking a damaged row for right as it is now, because a person says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.errors import NotFoundError
from copytaster.store import scrubs
from copytaster.store.revisions import announce_again
from copytaster.store.sealed_rows import drop_seal, read_row, seal_rows
from copytaster.store.sealing import SEALED_TABLES, open_for_check
from newsdesk.operations.scrub.findings import noun_of

if TYPE_CHECKING:
    from copytaster.store.engine import Store

HINT = "list damage with `copytaster scrub --json`"


def accept_damage(store: Store, name: str) -> None:
    """Seal the row of `KIND:KEY` as it is, or forget the digest of a row that is gone; ends its damage.

    Raises:
        NotFoundError: no such damage is open.
    """
    kind, _, key = name.partition(":")
    table = next((table for table in SEALED_TABLES if noun_of(table.name) == kind), None)
    now = datetime.now(UTC)
    with store.write() as connection:
        found = scrubs.read_damage(connection, kind, key)
        if table is None or found is None or found.state != "open":
            raise NotFoundError("no open damage", resource=name, hint=HINT)
        raw = open_for_check(connection)
        if read_row(raw, table, key) is None:
            drop_seal(raw, table, key)
        else:
            seal_rows(raw, table, [key])
        shown = scrubs.end_damages(connection, [found], done="accepted as it is", now=now)
        announce_again(connection, shown, at=now)
