"""The tables of what people at the desk note about dispatches."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String

from copytaster.store.metadata import Id, partial_index, table
from copytaster.store.moment import Moment

# Who saw, saved, used or spiked which text, and who took it back. A mark names a version, so it is of the dispatch in
# which that version is, after splits and merges too.
marks = table(
    "marks",
    Column("id", Id, primary_key=True),
    Column("version_id", Id, ForeignKey("versions.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # seen, saved, used, spiked
    Column("who", String(200), nullable=False),
    Column(
        "how", String(16), nullable=False
    ),  # mark, or look: by itself; copy and send took the text as well
    Column("at", Moment, nullable=False),
    Column("known_to", Id, nullable=False),  # the newest version that the dispatch had then
    Column("undone_at", Moment),
    Column("undone_by", String(200)),
    Column("acknowledged_to", Id),  # the newest version whose correction or kill the person has acknowledged
    Column("acknowledged_at", Moment),
    sqlite_autoincrement=True,  # lists are read on from the last number
)
partial_index(
    "ix_marks_in_force",
    marks.c.kind,
    marks.c.who,
    marks.c.version_id,
    marks.c.how,
    unique=True,
    where=marks.c.undone_at.is_(None),
)
