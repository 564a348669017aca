"""Choosing the rows of some sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Select

MOST_NAMED = 1_000  # beyond that all rows are read, which is quicker than so many look-ups


def of_sources(
    query: Select[Any], column: ColumnElement[str], sources: Collection[str] | None
) -> Select[Any]:
    """The query for these sources, or for all; for more than a thousand it may give the rows of others too."""
    if sources is None or len(sources) > MOST_NAMED:
        return query
    return query.where(column.in_(list(sources)))
