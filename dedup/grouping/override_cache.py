"""The manual decisions in force, read for the pass and kept between batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.store.decisions import read_counter, read_grouping_decisions
from dedup.decision.overrides import ManualDecision, ManualDecisions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from copytaster.store.decisions import DecidedVersion


def read_decisions_in_force(connection: Connection) -> ManualDecisions:
    """The manual decisions that the pass obeys."""
    return ManualDecisions(
        [
            ManualDecision(
                row.id,
                row.kind,  # type: ignore[arg-type]
                _by_part(row.versions),
                _find_bonds(row.versions),
                {one.version_id: one.story_id for one in row.versions},
            )
            for row in read_grouping_decisions(connection)
        ]
    )


def _by_part(named: Iterable[DecidedVersion]) -> dict[str, frozenset[int]]:
    parts: dict[str, set[int]] = {}
    for one in named:
        parts.setdefault(one.part, set()).add(one.version_id)
    return {part: frozenset(ids) for part, ids in parts.items()}


def _find_bonds(named: Iterable[DecidedVersion]) -> list[tuple[int, ...]]:
    """The versions that a decision ties: each that it names itself, and one of each dispatch it joins them with."""
    bonds: dict[tuple[str, str | int], list[int]] = {}
    for one in named:
        if one.part != "rest":
            own = one.part in {"taken", "held"}
            bonds.setdefault((one.part, one.version_id if own else one.was_in), []).append(one.version_id)
    return [tuple(ids) for ids in bonds.values()]


class ManualDecisionCache:
    """Reads the decisions again only after a new one; otherwise a batch costs one look-up."""

    def __init__(self) -> None:
        self._counter = 0
        self._decisions = ManualDecisions()

    def read(self, connection: Connection) -> ManualDecisions:
        """The decisions in force now. Call once in each transaction that groups."""
        counter = read_counter(connection)
        if counter != self._counter:
            self._decisions = read_decisions_in_force(connection)
            self._counter = counter
        self._decisions.forget_places()  # a failed transaction may have left some
        return self._decisions
