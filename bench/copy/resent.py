"""What an agency sends again, and what only looks like it: corrections, galleries of captions, results written again.

Each kind has a control of the same form that must stay apart.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.copy.credits import AGENCIES, open_with_dateline
from bench.copy.grammar import Facts, settle, write
from bench.copy.house import restyle
from bench.copy.lexicon import ENGLISH
from bench.copy.piece import DAY, HOUR, NOON, LabelledSet, Piece, in_order
from bench.copy.stories import TOPICS, write_story
from bench.copy.template_file import read_blocks, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FILE = "resent.txt"
_LISTED = 4  # corrections in a list


def _title(paragraphs: Sequence[str]) -> str:
    return " ".join(paragraphs[0].split()[:9]).rstrip(",.;:")


def _facts(chance: random.Random, t: float) -> Facts:
    moment = datetime.fromtimestamp(t, UTC)
    return Facts(ENGLISH, chance, given={"day1": f"{moment:%A}", "date": f"{moment:%B} {moment.day}"})


def _copies(piece: Piece, chance: random.Random, count: int) -> Iterator[Piece]:
    """Copies of a piece at outlets, in house style, hours later."""
    for _ in range(count):
        style = chance.random()
        text = [restyle(paragraph, random.Random(style)) for paragraph in piece.paragraphs]
        at = piece.t + chance.uniform(0.2, 3) * HOUR
        outlet = f"Outlet {chance.randint(1, 400)}"
        yield Piece(piece.group, "\n\n".join(text), outlet, at, f"copy of {piece.kind}", piece.title)


def write_corrections(stories: int = 24, *, seed: int = 1) -> LabelledSet:
    """Stories that their agency sends again as `Correction: ...`, with a paragraph above that says what was wrong.

    Apart stay the corrections of other stories, whose first paragraphs have one form, and a list of such paragraphs.
    """
    pieces: list[Piece] = []
    notes: list[str] = []
    for number in range(stories):
        chance = random.Random(f"correction {seed} {number}")
        t, agency = NOON + chance.uniform(0, 2 * DAY), chance.choice(AGENCIES)
        group = f"corrected {seed} {number}"
        story = write_story(TOPICS[number % len(TOPICS)], group, words=chance.randint(120, 320))
        title = _title(story)
        town = ENGLISH.draw("town", chance)
        first = Piece(
            group,
            "\n\n".join(open_with_dateline(story, town, agency, t, chance, 0)),
            agency,
            t,
            "told",
            title,
        )
        facts = _facts(chance, t)
        facts.known |= {"agency": agency}
        note = write(settle(chance.choice(read_lines(_FILE)["correction"]), chance), facts)
        notes.append(note)
        later = t + chance.uniform(1, 9) * HOUR
        corrected = Piece(
            group,
            "\n\n".join([note, *open_with_dateline(story, town, agency, t, chance, 0)]),
            agency,
            later,
            "corrected",
            f"Correction: {title} story",
        )
        pieces += [first, *_copies(first, chance, chance.randint(1, 2))]
        pieces += [corrected, *_copies(corrected, chance, chance.randint(0, 1))]
        if len(notes) % _LISTED == 0:
            listed = "\n\n".join(notes[-_LISTED:])
            pieces.append(
                Piece(f"list {group}", listed, agency, later + HOUR, "list", "Corrections of the day")
            )
    return in_order("corrections", pieces)


def write_galleries(galleries: int = 24, *, seed: int = 1) -> LabelledSet:
    """Galleries whose captions are their text, as an agency and outlets print them, in other orders and cut.

    Apart stay the next gallery of the same series, with two captions of the last one, and a report that has one caption.
    """
    pieces: list[Piece] = []
    for number in range(galleries):
        chance = random.Random(f"gallery {seed} {number}")
        t, agency = NOON + chance.uniform(0, 2 * DAY), chance.choice(AGENCIES)
        group = f"gallery {seed} {number}"
        captions = _write_captions(chance, t, agency, chance.randint(8, 14))
        facts = _facts(chance, t)
        series = write(settle(chance.choice(read_lines(_FILE)["gallery title"]), chance), facts)
        pieces.append(Piece(group, "\n\n".join(captions), agency, t, "gallery", series))
        for _ in range(chance.randint(1, 3)):
            shown = chance.sample(captions, chance.randint(len(captions) - 3, len(captions)))
            at = t + chance.uniform(0.3, 8) * HOUR
            pieces.append(
                Piece(group, "\n\n".join(shown), f"Outlet {chance.randint(1, 400)}", at, "shown", series)
            )
        kept, later = chance.sample(captions, 2), t + chance.uniform(10, 30) * HOUR
        following = [*_write_captions(chance, later, agency, chance.randint(7, 11)), *kept]
        pieces.append(Piece(f"next {group}", "\n\n".join(following), agency, later, "next gallery", series))
        story = write_story(TOPICS[number % len(TOPICS)], f"beside {group}", words=200)
        report = [*story[:2], kept[0], *story[2:]]
        pieces.append(
            Piece(f"beside {group}", "\n\n".join(report), agency, t + HOUR, "report", _title(story))
        )
    return in_order("galleries", pieces)


def _write_captions(chance: random.Random, t: float, agency: str, count: int) -> list[str]:
    lines = read_lines(_FILE)["caption"]
    captions = []
    for place in range(count):
        facts = _facts(chance, t)
        facts.known |= {"agency": agency}
        captions.append(write(settle(lines[place % len(lines)], chance), facts))
    return captions


def write_rewritten(stories: int = 18, *, seed: int = 1) -> LabelledSet:
    """Results that an agency writes again, sentence by sentence, twice within hours, under one headline.

    Outlets print one of the three. Apart stay another firm's results in the same words.
    """
    pieces: list[Piece] = []
    for number in range(stories):
        chance = random.Random(f"rewritten {seed} {number}")
        t, agency = NOON + chance.uniform(0, DAY), chance.choice(AGENCIES)
        for name in ("one", "other"):
            template = settle(read_blocks(_FILE)["results"], chance)
            facts = _facts(random.Random(f"{seed} {number} {name}"), t)
            title = write("{firm1} profit [rises|up]", facts)
            group = f"rewritten {seed} {number} {name}"
            at = t + chance.uniform(0, 1) * HOUR
            kept = facts.fill(template)  # the same facts in every version
            for version in range(3):
                text = write(kept, facts)
                piece = Piece(group, text, agency, at, f"version {version}", settle(title, chance))
                pieces += [piece, *_copies(piece, chance, chance.randint(0, 1))]
                at += chance.uniform(0.5, 2) * HOUR
    return in_order("rewritten", pieces)
