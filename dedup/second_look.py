"""A second look at a dispatch when a newcomer belongs to two: whether they are one, and what then moves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from copytaster.store.rulings import list_standings, move_members, reseat
from dedup.score import score_pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from copytaster.store.grouping import Place
    from dedup.places import Places
    from dedup.rulings import Rulings
    from dedup.score import Reading


SAME_PASSAGES = 0.5  # of the smaller part; two stories on one page have less in common


def share_passages(hub: Reading, one: Reading, other: Reading) -> float:
    """How much of what the smaller part of a text is made of, by one of two others, is made of the other too, 0..1.

    A page with two stories is made of two parts; what was cut from one story shares its passages.
    """
    parts = [_find_matched(hub, each) for each in (one, other)]
    return float((parts[0] & parts[1]).sum() / max(1, min(part.sum() for part in parts)))


def _find_matched(hub: Reading, other: Reading) -> NDArray[np.bool_]:
    """bool[len(hub)]: which words of a text stand in matched runs with another."""
    matched = np.zeros(len(hub.text), dtype=np.bool_)
    theirs = (len(other.text), other.key)
    is_longer = (len(hub.text), hub.key) > theirs
    for start, longer_start, length in score_pair(hub, other).runs:
        begin = longer_start if is_longer else start
        matched[begin : begin + length] = True
    return matched


def merge(
    connection: Connection,
    later: Place,
    into: Place,
    evidence: Mapping[str, Any],
    *,
    places: Places,
    rulings: Rulings,
) -> bool:
    """Move all of a dispatch into an earlier one, its id leading there; False where people decided otherwise.

    Args:
        connection: the transaction, in which both have been written.
        later: the dispatch that ends.
        into: the one that goes on.
        evidence: why the founder of the later one belongs there; the others keep theirs.
        places: where versions stand.
        rulings: what people decided.
    """
    standings = list_standings(connection, later.dispatch_id)

    def find_places(ids: Iterable[int]) -> dict[int, str]:
        return {version: place.dispatch_id for version, place in places.find(connection, sorted(ids)).items()}

    if not all(
        rulings.may_join(one.version_id, one.story_id, into.dispatch_id, find_places) for one in standings
    ):
        return False
    moved = [one.version_id for one in standings]
    because = {one.version_id: one.evidence for one in standings} | {later.founder_id: evidence}
    move_members(connection, dict.fromkeys(moved, into.dispatch_id), because)
    reseat(connection, [later.dispatch_id], moved, at=datetime.now(UTC))
    places.move(moved, later.dispatch_id, into)
    return True
