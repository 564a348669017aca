"""Datelines, bylines and sign-offs, with and without the agency's name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

AGENCIES = ("Reuters", "AP", "AFP", "dpa", "Xinhua", "TASS", "EFE", "ANSA")
_DATELINES = (
    "{PLACE} ({agency}) - ",
    "{PLACE}, {mon} {day} ({agency}) - ",
    "{PLACE}, {mon} {day} – ",
    "{PLACE} — ",
    "{place}, {month} {day} ({agency}): ",
    "{PLACE} ({agency}) — ",
    "{PLACE}: ",
    "",
    "{PLACE}, {month} {day} ({agency}) -- ",
    "({agency}) - ",
)
_BYLINES = (
    "By {person}",
    "By {agency}",
    "By Staff and Wire Reports",
    "{agency}",
    "By Agencies",
    "From our correspondent",
)
_SIGNOFFS = (
    "(Reporting by {person}; Editing by {other})",
    "- {agency}",
    "(With inputs from agencies)",
    "{agency}",
    "Copyright 2026 {agency}. All rights reserved.",
    "Additional reporting by {person}",
)  # fmt: skip


def open_with_dateline(
    paragraphs: Sequence[str],
    place: str,
    agency: str,
    t: float,
    chance: random.Random,
    form: int | None = None,
) -> list[str]:
    """The paragraphs with a dateline in a usual form, or without one."""
    moment = datetime.fromtimestamp(t, UTC)
    printed = _DATELINES[chance.randrange(len(_DATELINES)) if form is None else form].format(
        PLACE=place.upper(),
        place=place,
        agency=agency,
        mon=f"{moment:%b}",
        month=f"{moment:%B}",
        day=moment.day,
    )
    return [printed + paragraphs[0], *paragraphs[1:]]


def add_credits(paragraphs: Sequence[str], agency: str, chance: random.Random) -> list[str]:
    """The paragraphs with a byline above, a sign-off below, both or neither."""
    names = {
        "agency": agency,
        "person": f"{chance.choice(('Ines', 'Otto', 'Mara'))} {chance.choice(('Dahl', 'Voss', 'Keller'))}",
        "other": f"{chance.choice(('Petra', 'Hugo', 'Lena'))} {chance.choice(('Brandt', 'Rossi', 'Moreau'))}",
    }
    above = [chance.choice(_BYLINES).format(**names)] if chance.random() < 0.4 else []  # noqa: PLR2004
    below = [chance.choice(_SIGNOFFS).format(**names)] if chance.random() < 0.5 else []  # noqa: PLR2004
    return [*above, *paragraphs, *below]
