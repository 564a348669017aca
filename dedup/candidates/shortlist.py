"""Whom to compare with: versions of the window that share bands or sampled phrases, the most alike first, bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedup.text.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from copytaster.store.memberships import DispatchRef

CANDIDATES = 60
PER_DISPATCH = 8
_LOOKED_AT = 300  # versions whose dispatches are looked up
_COUNT_BITS, _VERSION_BITS = 10, 43
_MOST = (1 << _COUNT_BITS) - 1  # phrases, and bands, that two versions can share; a version has fewer keys
SHARED_PHRASES = 2  # sampled phrases in common that propose a version; fewer are chance


def order_alike(hits: NDArray[np.int64]) -> list[int]:
    """The versions that share a band or two sampled phrases: most phrases first, then bands, then id.

    Args:
        hits: int64[n, 3]: version, bands shared, phrases shared.
    """
    alike: list[int] = _order(hits).tolist() if len(hits) else []
    return alike


@compiled
def _order(hits: NDArray[np.int64]) -> NDArray[np.int64]:
    ranks = np.empty(len(hits), dtype=np.int64)
    for number in range(len(hits)):
        version, bands, phrases = hits[number]
        ranks[number] = ((((_MOST - phrases) << _COUNT_BITS) | (_MOST - bands)) << _VERSION_BITS) | version
    proposed, count = np.empty(len(hits), dtype=np.int64), 0
    for rank in np.sort(ranks)[:_LOOKED_AT]:  # those left out below take places, too
        bands = _MOST - ((rank >> _VERSION_BITS) & _MOST)
        phrases = _MOST - (rank >> (_VERSION_BITS + _COUNT_BITS))
        if bands or phrases >= SHARED_PHRASES:
            proposed[count] = rank & ((1 << _VERSION_BITS) - 1)
            count += 1
    return proposed[:count]


def choose(versions: Iterable[int], places: Mapping[int, DispatchRef]) -> dict[int, DispatchRef]:
    """At most 60 versions and 8 of a dispatch, in order, and the founder of each dispatch among them."""
    chosen: dict[int, DispatchRef] = {}
    taken: dict[str, int] = {}
    for version in versions:
        place = places.get(version)
        if place is None or len(chosen) >= CANDIDATES:
            continue
        count = taken.get(place.dispatch_id, 0)
        if not count and place.founder_id not in chosen:
            chosen[place.founder_id] = place
            count += 1
        if count < PER_DISPATCH and version not in chosen:
            chosen[version] = place
            count += 1
        taken[place.dispatch_id] = count
    return chosen
