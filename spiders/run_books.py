"""The books of one run: what its source listed, and at which gate each entry ended. See copytaster.store.books."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.store.books import INTERRUPTED, book, ends_at, hour_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.books import Counts, Gate
    from spiders.resources import Resources
    from spiders.run_report import Tally

KNOWN = "known"  # it gave a story before
REFUSED_BEFORE = "refused-before"  # it gave none before, and another try would give none
UNREADABLE = "unreadable-entry"


class RunBooks:
    """Counts the entries of a run, in its tally and under the hour in which it was due.

    What ends in a transaction of its own is booked there. The rest is noted, and written before the first page is requested
    and with the end of the run.
    """

    def __init__(self, source: str, tally: Tally) -> None:
        self.hour = hour_of(datetime.now(UTC))
        self._source = source
        self._tally = tally
        self._noted: Counts = Counter()

    def count_found(self, number: int) -> None:
        """Count entries that the source lists."""
        self._tally.found += number
        self._noted["found", ""] += number

    def count_lost(self, number: int) -> None:
        """Count entries that the source lists and nobody can read."""
        self.count_found(number)
        self._note("fetched", UNREADABLE, number)

    def count_known(self) -> None:
        """Count an entry whose story is stored."""
        self._tally.unchanged += 1
        self._note("fetched", KNOWN)

    def drop(self, reason: str, gate: Gate = "fetched", *, booked: str | None = None) -> None:
        """Count an entry that ends at a gate without a transaction of its own; the books may name the reason otherwise."""
        self._tally.dropped[reason] += 1
        self._note(gate, booked or reason)

    async def flush(self, resources: Resources) -> None:
        """Write what is noted."""
        noted = Counter(self._noted)
        await resources.write(
            lambda connection: book(connection, self._source, self.hour, noted), self._source
        )
        self._noted.subtract(noted)

    def book_end(self, connection: Connection, gate: Gate, reason: str = "") -> None:
        """Book an entry that ends in this transaction."""
        book(connection, self._source, self.hour, ends_at(gate, reason, since="fetched"))

    def close(self, connection: Connection, *, left: int) -> None:
        """Write the rest at the end of a run; `left`: entries that it did not come to, or that the store refused."""
        not_stored = self._tally.errors["not-stored"]
        self._note("stored", "not-stored", not_stored)
        self._note("fetched", INTERRUPTED, max(0, left - not_stored))
        book(connection, self._source, self.hour, self._noted)

    def _note(self, gate: Gate, reason: str, number: int = 1) -> None:
        for place, each in ends_at(gate, reason, since="fetched").items():
            self._noted[place] += each * number
