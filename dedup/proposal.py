"""Whom to compare with: versions of the window that share bands or sampled phrases, the most alike first, bounded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.store.candidates import add_bands, add_postings, find_bands, find_postings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from copytaster.store.grouping import Place

CANDIDATES = 60
PER_DISPATCH = 8
CROWDED = 40  # versions under one key; more are not filed, the first ones stand for them
_LOOKED_AT = 300  # versions whose dispatches are looked up
_SHARED = 2  # sampled phrases in common; fewer are chance


@dataclass(frozen=True, slots=True)
class Traces:
    """What a text leaves in the candidate index."""

    bands: Sequence[int]
    samples: Sequence[int]


@dataclass(frozen=True, slots=True)
class Found:
    """What the index knows of a text: versions by likeness, and the keys that are crowded already."""

    versions: Sequence[int]
    crowded: frozenset[int]


def look_up(
    connection: Connection, traces: Traces, *, recipe_id: int, at: datetime, window: timedelta
) -> Found:
    """Versions within the window either way that share a band or two sampled phrases.

    Ordered by phrases shared, then bands, then id.
    """
    since, until = at - window, at + window
    banded = find_bands(connection, traces.bands, recipe_id=recipe_id, since=since, until=until)
    posted = find_postings(connection, traces.samples, recipe_id=recipe_id, since=since, until=until)
    bands = Counter(version for _, version in banded)
    phrases = Counter(version for _, version in posted)
    alike = [
        version for version in phrases.keys() | bands.keys() if phrases[version] >= _SHARED or bands[version]
    ]
    alike.sort(key=lambda version: (-phrases[version], -bands[version], version))
    crowded = Counter(key for key, _ in (*banded, *posted))
    return Found(alike[:_LOOKED_AT], frozenset(key for key, count in crowded.items() if count >= CROWDED))


def file_traces(connection: Connection, version_id: int, traces: Traces, crowded: frozenset[int]) -> None:
    """Make a version findable, except under keys that lead to many already."""
    bands = [0 if key in crowded else key for key in traces.bands]
    samples = [gram for gram in traces.samples if gram not in crowded]
    if any(bands):
        add_bands(connection, version_id, bands)
    if samples:
        add_postings(connection, version_id, samples)


def choose(versions: Iterable[int], places: Mapping[int, Place]) -> dict[int, Place]:
    """At most 60 versions and 8 of a dispatch, in order, and the founder of each dispatch among them."""
    chosen: dict[int, Place] = {}
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
