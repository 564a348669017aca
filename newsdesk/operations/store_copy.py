"""Move a store to another database: a copy of every row, compared with the store before it may be opened."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.errors import BusyError, UsageError
from copytaster.process_id import is_gone
from copytaster.store import copying, leases
from copytaster.store.engine import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.store.copying import TableDigest

    Progress = Callable[[str, int, int], None]  # what is done, rows done, rows in all


@dataclass(frozen=True, slots=True)
class StoreCopy:
    """A finished copy: where it is, and what each of its tables holds."""

    url: str
    tables: dict[str, TableDigest]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def copy_store(
    source_url: str, target_url: str, on_progress: Progress = lambda _step, _done, _total: None
) -> StoreCopy:
    """Copy the store into an empty database, or go on with a copy that was cut off; compare both and finish.

    Until it is finished, the copy opens for nothing else. The source stays as it is.

    Raises:
        UsageError: the target is no database URL, the store itself, or not empty.
        BusyError: the service runs on the store.
        ConfigurationError: the target's driver or schema does not fit.
        StoreError: a database fails, a row does not fit, or the store changed while it was copied.
    """
    shown = copying.show_database(target_url)
    if shown == copying.show_database(source_url):
        raise UsageError("this is the store itself", resource=shown, hint="name another database")
    with closing(Store(source_url)) as source, closing(Store(target_url, unfinished=True)) as target:
        _require_still(source)
        with target.read() as connection:
            fits = copying.is_started(connection) or copying.is_empty(connection)
        if not fits:
            raise UsageError(
                "this database holds a store", resource=shown, hint="make an empty one, and name that"
            )
        copying.copy_rows(source, target, lambda done, total: on_progress("copying", done, total))
        tables, differ = copying.compare(
            source, target, lambda done, total: on_progress("comparing", done, total)
        )
        if differ:
            raise copying.explain_change(f"while it was copied, in {', '.join(differ)}")
        copying.finish(source, target)
    return StoreCopy(shown, tables)


def _require_still(store: Store) -> None:
    with store.read() as connection:
        holders = leases.list_holders(connection)
    for name, holder in holders.items():
        if not is_gone(holder):
            raise BusyError(
                f"a process works on the store ({name}: {holder})",
                resource=store.engine.url.render_as_string(hide_password=True),
                hint="stop it; one on another machine that ended without releasing its lease: start and stop the service once",
            )
