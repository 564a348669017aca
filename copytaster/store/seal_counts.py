"""How many digests there are: about as many as a scrub has to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from copytaster.store.tables import seals

if TYPE_CHECKING:
    from sqlalchemy import Connection


def count_sealed(connection: Connection) -> int:
    """Rows and documents with a digest."""
    return connection.scalar(select(func.count()).select_from(seals)) or 0
