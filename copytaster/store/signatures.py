"""Signatures and the recipes that made them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select

from copytaster.fast_values import fast_value
from copytaster.store.bulk import insert_rows
from copytaster.store.tables import (
    memberships,
    recipes,
    signatures,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


CHUNK = 500  # ids a statement


@fast_value
class SignatureRow:
    """A version's signature to write; `exact` names its text, as `find_exact` and `find_same_texts` look it up."""

    version_id: int
    recipe_id: int
    at: datetime
    words: int
    exact: int
    values: bytes
    weights: bytes


def keep_recipe(connection: Connection, digest: str, recipe: Mapping[str, Any]) -> int:
    """The id of a recipe, which the first caller writes."""
    find = select(recipes.c.id).where(recipes.c.digest == digest)
    known = connection.scalar(find)
    if known is None:
        connection.execute(recipes.insert().values(digest=digest, recipe=recipe))
        known = connection.execute(find).scalar_one()
    return int(known)


def add_signatures(connection: Connection, rows: Sequence[SignatureRow]) -> None:
    """Write signatures."""
    written = [
        (row.version_id, row.recipe_id, row.at, row.words, row.exact, row.values, _compress(row.weights))
        for row in rows
    ]
    columns = ("version_id", "recipe_id", "at", "words", "exact", "values", "weights")
    insert_rows(connection, signatures, columns, written)


def replace_signatures(
    connection: Connection, rows: Sequence[SignatureRow], *, recipe_id: int | None = None
) -> None:
    """Write signatures in the place of those that these versions have; versions that have none get none.

    `recipe_id` is the number of their recipe here, for rows of another store.
    """
    there = set[int]()
    ids = [row.version_id for row in rows]
    for start in range(0, len(ids), CHUNK):
        chosen = signatures.c.version_id.in_(ids[start : start + CHUNK])
        there |= set(connection.scalars(select(signatures.c.version_id).where(chosen)))
        connection.execute(signatures.delete().where(chosen))
    own = [row for row in rows if row.version_id in there]
    add_signatures(
        connection, own if recipe_id is None else [replace(one, recipe_id=recipe_id) for one in own]
    )


def copy_signatures(connection: Connection, versions: Sequence[int]) -> list[SignatureRow]:
    """The whole signatures of these versions, for another store."""
    chosen = signatures.c.version_id.in_(versions)
    rows = connection.execute(select(signatures).where(chosen).order_by(signatures.c.version_id)).mappings()
    return [SignatureRow(**{**row, "weights": zlib.decompress(row["weights"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class SameText:
    """The first version of a dispatch that printed a text; `key` names the text."""

    dispatch_id: str
    key: int
    at: datetime
    version_id: int


def find_same_texts(connection: Connection, versions: Sequence[int]) -> list[SameText]:
    """The dispatches that hold a text of these versions which another version has too, those of the versions among them."""
    found: list[SameText] = []
    for start in range(0, len(versions), CHUNK):
        wanted = _find_repeated(connection, versions[start : start + CHUNK])
        if not wanted:
            continue
        rows = connection.execute(
            select(
                memberships.c.dispatch_id,
                signatures.c.exact,
                func.min(signatures.c.at),
                func.min(signatures.c.version_id),
            )
            .join(memberships, memberships.c.version_id == signatures.c.version_id)
            .where(signatures.c.exact.in_(wanted))
            .group_by(memberships.c.dispatch_id, signatures.c.exact)
        )
        found += [SameText(*row) for row in rows]
    return list(dict.fromkeys(found))


def _find_repeated(connection: Connection, versions: Sequence[int]) -> list[int]:
    """The texts of these versions that others have too: most have none, which the index of texts alone shows."""
    mine, other = signatures.alias("mine"), signatures.alias("other")
    shared = exists().where(other.c.exact == mine.c.exact, other.c.version_id != mine.c.version_id)
    return list(connection.scalars(select(mine.c.exact).where(mine.c.version_id.in_(versions), shared)))


def _compress(weights: bytes) -> bytes:
    """Zlib with a window for short texts: setting up the usual window takes ten times as long."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 10, 1)
    return packer.compress(weights) + packer.flush()


@dataclass(frozen=True, slots=True)
class StoredSignature:
    """A version's signature as it is stored, and the recipe that made it; `values` is empty for a short text."""

    values: bytes
    recipe_id: int
    recipe: Mapping[str, Any]


def read_signatures(connection: Connection, versions: Sequence[int]) -> list[StoredSignature]:
    """The signatures of these versions, in no order."""
    rows = connection.execute(
        select(signatures.c["values"], recipes.c.id, recipes.c.recipe)
        .join(recipes, recipes.c.id == signatures.c.recipe_id)
        .where(signatures.c.version_id.in_(versions))
    )
    return [StoredSignature(*row) for row in rows]
