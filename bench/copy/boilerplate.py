"""Boilerplate that publishers print around a story: navigation, sign-up boxes, related headlines, legal lines, comments."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.copy.grammar import Facts, renew, settle, write
from bench.copy.lexicon import ENGLISH
from bench.copy.piece import DAY, NOON
from bench.copy.stories import TOPICS, write_story
from bench.copy.template_file import read_lines
from dedup.evaluation.labelled import Document
from dedup.evaluation.metrics import join_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.evaluation.metrics import Pair


def write_page(paragraphs: Sequence[str], chance: random.Random) -> list[str]:
    """A story with five to twelve pieces of boilerplate around and inside it."""
    facts = Facts(ENGLISH, chance)
    kinds = read_lines("boilerplate.txt")
    pieces = [
        _write(kinds[kind], facts)
        for kind in ("navigation", "box", "related", "box", "legal")
        for _ in range(chance.randint(1, 2))
    ]
    above = chance.randint(1, 3)
    middle = chance.randint(1, len(paragraphs))
    return [*pieces[:above], *paragraphs[:middle], pieces[above], *paragraphs[middle:], *pieces[above + 1 :]]


def write_comments(chance: random.Random, count: int) -> list[str]:
    """Write `count` readers' comments."""
    facts = Facts(ENGLISH, chance)
    comments = []
    for _ in range(count):
        facts.known.clear()
        comments.append(_write(read_lines("boilerplate.txt")["comment"], facts))
    return comments


def _write(templates: Sequence[str], facts: Facts) -> str:
    return write(renew(settle(facts.chance.choice(templates), facts.chance), facts), facts)


class House:
    """One publisher's boilerplate: the same 30 to 60 paragraphs on every page, and new comments on each.

    Args:
        publisher: its name, also its seed.
        blocks: the least and most paragraphs on every page.
        comments: the most comments on a page.
    """

    def __init__(self, publisher: str, *, blocks: tuple[int, int] = (30, 60), comments: int = 8) -> None:
        self.publisher = publisher
        self._comments = comments
        chance = random.Random(f"house {publisher}")
        facts = Facts(ENGLISH, chance, given={"publisher1": publisher})
        self._blocks = [self._write_block(chance, facts) for _ in range(chance.randint(*blocks))]
        self._above = chance.randint(4, 10)
        self._inside = chance.randint(1, 4)

    @staticmethod
    def _write_block(chance: random.Random, facts: Facts) -> str:
        kinds = read_lines("boilerplate.txt")
        kind = chance.choices(("navigation", "box", "related", "legal", "about"), (4, 8, 10, 4, 4))[0]
        facts.known = {"publisher1": facts.known["publisher1"]}
        return _write(kinds[kind], facts)

    def print_page(self, paragraphs: Sequence[str], seed: str) -> list[str]:
        """A story inside the publisher's boilerplate, with new comments below."""
        chance = random.Random(f"page {self.publisher} {seed}")
        above = self._blocks[: self._above]
        inside = self._blocks[self._above : self._above + self._inside]
        below = self._blocks[self._above + self._inside :]
        printed = list(above)
        places = sorted(chance.choices(range(1, len(paragraphs) + 1), k=len(inside)))
        for number, paragraph in enumerate(paragraphs, start=1):
            printed.append(paragraph)
            printed += [block for block, place in zip(inside, places, strict=True) if place == number]
        return [*printed, *below, *write_comments(chance, chance.randint(0, self._comments))]


def add_boilerplate(
    documents: Sequence[Document], same: Sequence[Pair], *, publishers: int = 24, seed: int = 1
) -> list[Document]:
    """Put each document on a publisher's page with boilerplate; copies of one story go to different publishers."""
    names = [f"House {number}" for number in range(publishers)]
    houses = {name: House(name) for name in names}
    group_of = join_pairs((document.n for document in documents), same)
    chance = random.Random(f"furnish {seed}")
    used: dict[int, list[str]] = {}
    pages = []
    for document in documents:
        taken = used.setdefault(group_of[document.n], [])
        name = chance.choice([free for free in names if free not in taken] or names)
        taken.append(name)
        paragraphs = [line for line in document.text.split("\n") if line.strip()]
        page = houses[name].print_page(paragraphs, f"{seed} {document.n}")
        pages.append(replace(document, publisher=name, text="\n\n".join(page)))
    return pages


def write_warm_up(
    first: int, *, pages: int, publishers: int = 24, before: float | None = None
) -> list[Document]:
    """Write `pages` pages of each publisher with other stories, numbered from `first`, five days before the rest."""
    houses = [House(f"House {number}") for number in range(publishers)]
    documents = []
    for number in range(pages * publishers):
        house = houses[number % publishers]
        story = write_story(TOPICS[number % len(TOPICS)], f"warm {number}", words=90)
        text = "\n\n".join(house.print_page(story, f"warm {number}"))
        t = (NOON if before is None else before) - 5 * DAY + number
        documents.append(Document(first + number, f"warm/{number}", "", text, t, house.publisher))
    return documents
