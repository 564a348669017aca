"""The rulings that stand, read for the pass and kept at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.store.decisions import read_counter, read_rulings
from dedup.decision.overrides import ManualDecision, ManualDecisions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from copytaster.store.decisions import DecidedVersion


def read_standing_rulings(connection: Connection) -> ManualDecisions:
    """What the pass obeys."""
    return ManualDecisions(
        [
            ManualDecision(
                row.id,
                row.kind,  # type: ignore[arg-type]
                _by_part(row.versions),
                _find_bonds(row.versions),
                {one.version_id: one.story_id for one in row.versions},
            )
            for row in read_rulings(connection, only_standing=True)
        ]
    )


def _by_part(named: Iterable[DecidedVersion]) -> dict[str, frozenset[int]]:
    parts: dict[str, set[int]] = {}
    for one in named:
        parts.setdefault(one.part, set()).add(one.version_id)
    return {part: frozenset(ids) for part, ids in parts.items()}


def _find_bonds(named: Iterable[DecidedVersion]) -> list[tuple[int, ...]]:
    """What a ruling ties: each version that it speaks of by name, and one of each dispatch that it joins them with."""
    bonds: dict[tuple[str, str | int], list[int]] = {}
    for one in named:
        if one.part != "rest":
            own = one.part in {"taken", "held"}
            bonds.setdefault((one.part, one.version_id if own else one.was_in), []).append(one.version_id)
    return [tuple(ids) for ids in bonds.values()]


class ManualDecisionCache:
    """Read anew when somebody decided something; one look-up a batch otherwise."""

    def __init__(self) -> None:
        self._counter = 0
        self._rulings = ManualDecisions()

    def read(self, connection: Connection) -> ManualDecisions:
        """The rulings that stand now. Call once in each transaction that groups."""
        counter = read_counter(connection)
        if counter != self._counter:
            self._rulings = read_standing_rulings(connection)
            self._counter = counter
        self._rulings.forget_places()  # a transaction that failed may have left some
        return self._rulings
