"""How outlets rewrite a dispatch, one function per kind; `rewrite` applies them by name. No rewrite leaves the dispatch."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from bench.copy.boilerplate import write_comments, write_page
from bench.copy.credits import add_credits, open_with_dateline
from bench.copy.house import blur, restyle
from bench.copy.stories import write_story, write_update

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NAME = re.compile(r"(?<=[a-z] )[A-Z][a-z]{3,20}")
_BRIEF, _SHORTEST = 3, 4  # paragraphs that are left at least by a cut, and by leaving out


def run_verbatim(paragraphs: list[str], _: random.Random) -> list[str]:
    """No change."""
    return paragraphs


def change_style(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Apply one house style to every paragraph."""
    seed = chance.random()
    return [restyle(paragraph, random.Random(seed)) for paragraph in paragraphs]


def cut_end(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Cut paragraphs from the end."""
    least = min(_BRIEF, len(paragraphs))
    return paragraphs[: chance.randint(least, max(least, len(paragraphs) - 1))]


def drop_some(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Leave out a third of the paragraphs after the lead."""
    kept = [paragraph for paragraph in paragraphs[1:] if chance.random() > 1 / 3]
    return [paragraphs[0], *kept] if len(kept) >= _SHORTEST - 1 else paragraphs


def reorder(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Shuffle the paragraphs after the second."""
    return [*paragraphs[:2], *chance.sample(paragraphs[2:], len(paragraphs) - 2)]


def merge_paragraphs(paragraphs: list[str], _: random.Random) -> list[str]:
    """Join paragraphs in pairs."""
    return [" ".join(paragraphs[place : place + 2]) for place in range(0, len(paragraphs), 2)]


def add_local(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Insert two paragraphs by the outlet."""
    own = write_story("strike", f"local {chance.random()}", words=60)[1:3]
    place = chance.randint(1, len(paragraphs))
    return [*paragraphs[:place], *own, *paragraphs[place:]]


def write_new_lead(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Replace the lead by two new paragraphs about the same names, with an update note or without."""
    note = chance.choice(
        ("(Adds details, quotes)", "(Recasts, adds reaction)", "(Updates toll, background)", "")
    )
    names = _NAME.findall(" ".join(paragraphs[:4])) or ["the town"]
    fresh = write_update(names, chance)
    return [f"{note} {fresh[0]}".strip(), fresh[1], *paragraphs[1:]]


def scan(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Add a scanner's faults."""
    return [blur(paragraph, chance) for paragraph in paragraphs]


def add_caption(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Put a photo's caption and credit first."""
    credit = chance.choice(("REUTERS/Mara Voss/Files", "AP Photo/Otto Dahl", "(Photo by Ines Keller / AFP)"))
    who = chance.choice(("A street", "Police officers", "The building", "Residents", "A view"))
    return [f"{who} seen in this file picture taken in {chance.randint(1998, 2025)}. {credit}", *paragraphs]


def wrap(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Add boilerplate that no other page has."""
    return write_page(paragraphs, chance)


def add_comments(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Append readers' comments."""
    return [*paragraphs, *write_comments(chance, chance.randint(4, 12))]


DEEDS: dict[str, Callable[[list[str], random.Random], list[str]]] = {
    "verbatim": run_verbatim,
    "style": change_style,
    "cut": cut_end,
    "dropped": drop_some,
    "reordered": reorder,
    "merged": merge_paragraphs,
    "local": add_local,
    "new lead": write_new_lead,
    "scanned": scan,
    "caption": add_caption,
    "furniture": wrap,
    "comments": add_comments,
}


def rewrite(
    paragraphs: Sequence[str],
    deeds: Sequence[str],
    *,
    place: str,
    agency: str,
    t: float,
    chance: random.Random,
) -> list[str]:
    """A copy after these deeds, under a dateline and credits of some form.

    Raises:
        KeyError: no such deed.
    """
    copy = list(paragraphs)
    around = {"furniture", "comments", "caption"}
    if "new lead" in deeds or "dropped" in deeds:
        around.add("cut")  # with both, too little of the agency's would be left to call it a copy
    inside = [deed for deed in deeds if deed not in around]
    for deed in inside:
        copy = DEEDS[deed](copy, chance)
    copy = add_credits(open_with_dateline(copy, place, agency, t, chance), agency, chance)
    for deed in deeds:
        if deed in around - {"cut"}:
            copy = DEEDS[deed](copy, chance)
    return copy
