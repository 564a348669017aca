"""What desks do to a dispatch, one function a deed; `rewrite` does it by name. Every result is the same dispatch."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bench.copy.credits import add_credits, open_with_dateline
from bench.copy.furniture import write_comments, write_page
from bench.copy.house import blur, restyle
from bench.copy.stories import write_story

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SHORTEST = 3  # paragraphs that are left at least


def run_verbatim(paragraphs: list[str], _: random.Random) -> list[str]:
    """Word for word."""
    return paragraphs


def change_style(paragraphs: list[str], chance: random.Random) -> list[str]:
    """House style throughout."""
    seed = chance.random()
    return [restyle(paragraph, random.Random(seed)) for paragraph in paragraphs]


def cut_end(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Cut from the end."""
    least = min(_SHORTEST, len(paragraphs))
    return paragraphs[: chance.randint(least, max(least, len(paragraphs) - 1))]


def drop_some(paragraphs: list[str], chance: random.Random) -> list[str]:
    """A third of the paragraphs left out, the lead kept."""
    kept = [paragraph for paragraph in paragraphs[1:] if chance.random() > 1 / 3]
    return [paragraphs[0], *kept] if len(kept) >= _SHORTEST - 1 else paragraphs


def reorder(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Below the first two paragraphs another order."""
    return [*paragraphs[:2], *chance.sample(paragraphs[2:], len(paragraphs) - 2)]


def merge_paragraphs(paragraphs: list[str], _: random.Random) -> list[str]:
    """Two paragraphs made one."""
    return [" ".join(paragraphs[place : place + 2]) for place in range(0, len(paragraphs), 2)]


def add_local(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Two paragraphs of the outlet's own among the agency's."""
    own = write_story("strike", f"local {chance.random()}", words=60)[1:3]
    place = chance.randint(1, len(paragraphs))
    return [*paragraphs[:place], *own, *paragraphs[place:]]


def write_new_lead(paragraphs: list[str], chance: random.Random) -> list[str]:
    """An update: new first paragraphs over the old text, with a note that says so."""
    fresh = write_story("summit", f"lead {chance.random()}", words=70)[:2]
    note = chance.choice(
        ("(Adds details, quotes)", "(Recasts, adds reaction)", "(Updates toll, background)", "")
    )
    opened = f"{note} {fresh[0]}".strip()
    return [opened, fresh[1], *paragraphs[1:]]


def scan(paragraphs: list[str], chance: random.Random) -> list[str]:
    """With the faults of a scanner."""
    return [blur(paragraph, chance) for paragraph in paragraphs]


def add_caption(paragraphs: list[str], chance: random.Random) -> list[str]:
    """A photo's caption and credit stand first."""
    credit = chance.choice(("REUTERS/Mara Voss/Files", "AP Photo/Otto Dahl", "(Photo by Ines Keller / AFP)"))
    who = chance.choice(("A street", "Police officers", "The building", "Residents", "A view"))
    return [f"{who} seen in this file picture taken in {chance.randint(1998, 2025)}. {credit}", *paragraphs]


def wrap(paragraphs: list[str], chance: random.Random) -> list[str]:
    """A page's furniture around it, that of no other page."""
    return write_page(paragraphs, chance)


def add_comments(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Reader comments below."""
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
    inside = [deed for deed in deeds if deed not in {"furniture", "comments", "caption"}]
    for deed in inside:
        copy = DEEDS[deed](copy, chance)
    copy = add_credits(open_with_dateline(copy, place, agency, t, chance), agency, chance)
    for deed in deeds:
        if deed not in inside:
            copy = DEEDS[deed](copy, chance)
    return copy
