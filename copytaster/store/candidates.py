"""The candidate index: bands, sampled phrases, phrase counts and paragraphs, as rows that expire.

A list of numbers travels as one JSON parameter: one statement and one join, whatever its length. Every function works
inside the caller's transaction.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from copytaster.store.tables import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, TextClause

SLICES = 1024  # what has expired is swept a slice a commit
GRAM_SPACE = 2**48  # hashes of phrases and paragraphs lie below
BANDS = 64

_LISTED = {
    "sqlite": "SELECT key AS position, value AS number FROM json_each(:numbers)",
    "postgresql": (
        "SELECT ordinality - 1 AS position, CAST(value AS bigint) AS number"
        " FROM json_array_elements_text(CAST(:numbers AS json)) WITH ORDINALITY AS each_of (value, ordinality)"
    ),
}
_FIND_BANDS = (
    "SELECT listed.number, found.version_id FROM listed"
    " JOIN bands found ON found.band = listed.position AND found.key = listed.number"
    " JOIN signatures s ON s.version_id = found.version_id"
    " WHERE s.recipe_id = :recipe_id AND s.at BETWEEN :since AND :until"
)
_FIND_POSTINGS = (
    "SELECT listed.number, found.version_id FROM listed"
    " JOIN postings found ON found.gram = listed.number"
    " JOIN signatures s ON s.version_id = found.version_id"
    " WHERE s.recipe_id = :recipe_id AND s.at BETWEEN :since AND :until"
)
_ADD_BANDS = "INSERT INTO bands (band, key, version_id) SELECT position, number, :version_id FROM listed WHERE number <> 0"
_ADD_POSTINGS = "INSERT INTO postings (gram, version_id) SELECT number, :version_id FROM listed"
_COUNT_GRAMS = (
    "SELECT counted.gram, SUM(counted.dispatches) FROM listed"
    " JOIN gram_counts counted ON counted.gram = listed.number WHERE counted.day >= :since_day GROUP BY counted.gram"
)
_ADD_GRAMS = (
    "INSERT INTO gram_counts (gram, day, dispatches) SELECT number, :day, 1 FROM listed WHERE true"
    " ON CONFLICT (gram, day) DO UPDATE SET dispatches = gram_counts.dispatches + 1"
)
_COUNT_PARAGRAPHS = (
    "SELECT p.paragraph, COUNT(*) FROM listed JOIN paragraphs p ON p.paragraph = listed.number"
    " WHERE p.day >= :since_day GROUP BY p.paragraph"
)
_ADD_PARAGRAPHS = (
    "INSERT INTO paragraphs (paragraph, dispatch_id, day) SELECT number, :dispatch_id, :day FROM listed WHERE true"
    " ON CONFLICT (paragraph, dispatch_id) DO UPDATE SET day = excluded.day"
)
_SWEEPS = (
    "DELETE FROM bands WHERE band = :band AND version_id < :version",
    "DELETE FROM postings WHERE gram >= :low AND gram < :high AND version_id < :version",
    "DELETE FROM gram_counts WHERE gram >= :low AND gram < :high AND day < :day",
    "DELETE FROM paragraphs WHERE paragraph >= :low AND paragraph < :high AND day < :day",
)


@lru_cache
def _prepare(dialect: str, statement: str) -> TextClause:
    prepared = text(f"WITH listed AS ({_LISTED[dialect]}) {statement}")
    moments = [bindparam(name, type_=Moment) for name in ("since", "until") if f":{name} " in f"{statement} "]
    return prepared.bindparams(*moments)


def _run(connection: Connection, statement: str, numbers: Sequence[int], **values: Any) -> None:
    prepared = _prepare(connection.dialect.name, statement)
    connection.execute(prepared, {"numbers": json.dumps(numbers), **values})


def _ask(
    connection: Connection, statement: str, numbers: Sequence[int], **values: Any
) -> list[tuple[int, int]]:
    if not numbers:
        return []
    prepared = _prepare(connection.dialect.name, statement)
    rows = connection.execute(prepared, {"numbers": json.dumps(numbers), **values})
    return [(int(row[0]), int(row[1])) for row in rows]


def find_bands(
    connection: Connection, keys: Sequence[int], *, recipe_id: int, since: datetime, until: datetime
) -> list[tuple[int, int]]:
    """(key, version id) of every version in the window that shares a band; `keys` stand in the order of the bands."""
    return _ask(connection, _FIND_BANDS, keys, recipe_id=recipe_id, since=since, until=until)


def find_postings(
    connection: Connection, grams: Sequence[int], *, recipe_id: int, since: datetime, until: datetime
) -> list[tuple[int, int]]:
    """(gram, version id) of every version in the window that was filed under one of these sampled phrases."""
    return _ask(connection, _FIND_POSTINGS, grams, recipe_id=recipe_id, since=since, until=until)


def add_bands(connection: Connection, version_id: int, keys: Sequence[int]) -> None:
    """File a version under its bands, in their order; a key of 0 is left out."""
    _run(connection, _ADD_BANDS, keys, version_id=version_id)


def add_postings(connection: Connection, version_id: int, grams: Sequence[int]) -> None:
    """File a version under sampled phrases, each named once."""
    _run(connection, _ADD_POSTINGS, grams, version_id=version_id)


def count_grams(connection: Connection, grams: Sequence[int], *, since_day: int) -> dict[int, int]:
    """In how many dispatches founded since a day each phrase was seen; those never seen are left out."""
    return dict(_ask(connection, _COUNT_GRAMS, grams, since_day=since_day))


def add_grams(connection: Connection, grams: Sequence[int], *, day: int) -> None:
    """A dispatch was founded that day with these phrases, each named once and in order."""
    _run(connection, _ADD_GRAMS, grams, day=day)


def count_paragraphs(connection: Connection, paragraphs: Sequence[int], *, since_day: int) -> dict[int, int]:
    """In how many dispatches each paragraph was seen since a day."""
    return dict(_ask(connection, _COUNT_PARAGRAPHS, paragraphs, since_day=since_day))


def add_paragraphs(connection: Connection, paragraphs: Sequence[int], dispatch_id: str, *, day: int) -> None:
    """A dispatch was seen with these paragraphs, each named once."""
    _run(connection, _ADD_PARAGRAPHS, paragraphs, dispatch_id=dispatch_id, day=day)


def sweep(connection: Connection, turn: int, *, before_version: int, before_day: int) -> None:
    """Remove what has expired from one slice of the index; as `turn` grows, every slice has its turn.

    Look-ups leave expired rows out by themselves, so it does not matter for any verdict when this happens.
    """
    part = turn % SLICES
    low, high = part * GRAM_SPACE // SLICES, (part + 1) * GRAM_SPACE // SLICES
    values = {"low": low, "high": high, "version": before_version, "day": before_day, "band": turn % BANDS}
    for statement in _SWEEPS:
        connection.execute(text(statement), values)
