"""Whom to compare with: versions of the window that share bands or sampled phrases, the most alike first, bounded."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from copytaster.store.memberships import DispatchRef

CANDIDATES = 60
PER_DISPATCH = 8
_LOOKED_AT = 300  # versions whose dispatches are looked up
SHARED_PHRASES = 2  # sampled phrases in common that propose a version; fewer are chance


def order_alike(hits: NDArray[np.int64]) -> list[int]:
    """The versions that share a band or two sampled phrases: most phrases first, then bands, then id.

    Args:
        hits: int64[n, 3]: version, bands shared, phrases shared.
    """
    found = hits.tolist()
    if len(found) <= _LOOKED_AT:  # else those left out take places, too
        found = [hit for hit in found if hit[1] or hit[2] >= SHARED_PHRASES]
    found.sort(key=lambda hit: (-hit[2], -hit[1], hit[0]))
    return [version for version, bands, phrases in found[:_LOOKED_AT] if bands or phrases >= SHARED_PHRASES]


def choose(versions: Iterable[int], places: Mapping[int, DispatchRef]) -> dict[int, DispatchRef]:
    """At most 60 versions and 8 of a dispatch, in order, and the founder of each dispatch among them."""
    chosen: dict[int, DispatchRef] = {}
    taken: Counter[str] = Counter()
    for version in versions:
        place = places.get(version)
        if place is None or len(chosen) >= CANDIDATES:
            continue
        if not taken[place.dispatch_id] and place.founder_id not in chosen:
            chosen[place.founder_id] = place
            taken[place.dispatch_id] += 1
        if taken[place.dispatch_id] < PER_DISPATCH and version not in chosen:
            chosen[version] = place
            taken[place.dispatch_id] += 1
    return chosen
