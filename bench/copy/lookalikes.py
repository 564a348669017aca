"""Recurring reports: series of reports, briefs and lists that share all but names, numbers and dates.

Every issue is its own dispatch. Some issues have copies elsewhere, so that joining nothing fails too.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import cycle, islice, product
from typing import TYPE_CHECKING

from bench.copy.credits import AGENCIES
from bench.copy.grammar import Facts, settle, write
from bench.copy.lexicon import ENGLISH
from bench.copy.piece import DAY, HOUR, NOON, LabelledSet, Piece, in_order
from bench.copy.rewrites import rewrite
from bench.copy.template_file import read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

_REWRITTEN = 0.15  # share of the issues that are printed again
_DEEDS = (("verbatim",), ("style",), ("style", "caption"), ("furniture",), ("merged",), ("comments",))
_RHYTHMS = ("daily", "hourly", "subjects")


def write_lookalikes(issues: int = 1700, *, seed: int = 1) -> LabelledSet:
    """At least `issues` issues of recurring reports, in series of nine, and rewrites of some.

    A series is daily (a day apart) or hourly (two to five hours apart) about one subject, or goes from subject to
    subject within hours. It has one wording, by one agency or by one outlet.
    """
    forms = read_blocks("forms.txt")
    kinds = islice(cycle(product(_RHYTHMS, sorted(forms))), -(-issues // 9))
    pieces: list[Piece] = []
    for number, (rhythm, form) in enumerate(kinds):
        pieces += _write_series(form, forms[form], rhythm, f"{seed}/{number}")
    return in_order("look-alikes", pieces)


def _write_series(name: str, form: str, rhythm: str, seed: str) -> Iterator[Piece]:
    chance = random.Random(f"series {seed}")
    template = settle(form, chance)
    subject = None if rhythm == "subjects" else Facts(ENGLISH, chance)
    agency, one_publisher = chance.choice(AGENCIES), chance.random() < 0.6  # noqa: PLR2004
    t = NOON + chance.uniform(0, 2 * DAY)
    for issue in range(9):
        facts = Facts(ENGLISH, random.Random(f"issue {seed} {issue}"), subject, _name_days(t))
        paragraphs = write(template, facts).split("\n\n")
        group = f"{name} {seed} {issue}"
        publisher = agency if one_publisher else f"Outlet {chance.randint(1, 40)}"
        yield Piece(group, "\n\n".join(paragraphs), publisher, t, f"{rhythm} {name}")
        if chance.random() < _REWRITTEN:
            yield from _reprint(group, paragraphs, agency, t, chance)
        t += DAY + chance.uniform(-1, 1) * HOUR if rhythm == "daily" else chance.uniform(1, 5) * HOUR


def _reprint(
    group: str, paragraphs: list[str], agency: str, t: float, chance: random.Random
) -> Iterator[Piece]:
    for _ in range(chance.randint(1, 3)):
        at = t + chance.uniform(0.1, 9) * HOUR
        deeds = chance.choice(_DEEDS)
        place = ENGLISH.draw("town", chance)
        text = rewrite(paragraphs, deeds, place=place, agency=agency, t=t, chance=chance)
        yield Piece(group, "\n\n".join(text), f"Outlet {chance.randint(41, 400)}", at, "+".join(deeds))


def _name_days(t: float) -> dict[str, str]:
    """The weekdays of today, yesterday and tomorrow."""
    return {
        slot: f"{datetime.fromtimestamp(t + offset * DAY, UTC):%A}"
        for slot, offset in (("day1", 0), ("day2", -1), ("day3", 1))
    }
