"""Stories, their rewrites and recurring reports in languages and scripts other than English."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bench.copy.grammar import Facts, settle, write
from bench.copy.lexicon import Lexicon
from bench.copy.piece import DAY, HOUR, NOON, LabelledSet, Piece, in_order
from bench.copy.template_file import read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = ("de", "fr", "es", "ru", "ar", "el", "zh", "ja", "ko")
_LISTS = ("town", "person", "firm", "thing", "clause", "day")
_ISSUES = 6
_DEEDS = ("style", "cut", "dropped", "reordered", "local", "new lead", "around", "verbatim")


class Tongue:
    """One language: its words and templates.

    Args:
        language: a code of LANGUAGES.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.blocks = read_blocks(f"tongues/{language}.txt")
        lists = {kind: self.blocks[kind].split(" / ") for kind in _LISTS}
        lists["Clause"] = [clause[0].upper() + clause[1:] for clause in lists["clause"]]
        self.lexicon = Lexicon(lists, {})

    def lines(self, section: str) -> list[str]:
        """The templates of a section."""
        return self.blocks[section].split("\n")

    def write_story(self, seed: str) -> list[str]:
        """The paragraphs of a story: a lead and seven to ten others."""
        return self._tell(seed)[0]

    def _tell(self, seed: str) -> tuple[list[str], dict[str, str]]:
        """The paragraphs of a story, and what the slots of its lead were filled with."""
        chance = random.Random(f"{self.language} {seed}")
        facts = Facts(self.lexicon, chance)
        body = self.lines("body")
        written = [chance.choice(self.lines("lead")), *chance.sample(body, chance.randint(7, len(body)))]
        paragraphs: list[str] = []
        told: dict[str, str] = {}
        for template in written:
            for slot in [slot for slot in facts.known if slot.startswith(("thing", "clause", "Clause"))]:
                del facts.known[slot]
            paragraphs.append(" ".join(write(settle(template, chance), facts).split()))
            told = told or dict(facts.known)
        return paragraphs, told

    def _retell_lead(self, seed: str, chance: random.Random) -> str:
        """Another lead for a story, about the same places, people and things."""
        facts = Facts(self.lexicon, chance, given=self._tell(seed)[1])
        return " ".join(write(settle(chance.choice(self.lines("lead")), chance), facts).split())

    def rewrite(self, seed: str, chance: random.Random) -> tuple[str, list[str]]:
        """(names of the rewrites, paragraphs): one or two rewrites of a story under another dateline."""
        deeds = chance.sample(_DEEDS, chance.randint(1, 2))
        copy = self.write_story(seed)
        if "cut" in deeds:
            copy = copy[: max(4, chance.randint(len(copy) // 2, len(copy)))]
        if "dropped" in deeds:
            copy = [
                copy[0],
                *(copy[place] for place in sorted(chance.sample(range(1, len(copy)), len(copy) - 2))),
            ]
        if "reordered" in deeds:
            copy = [*copy[:2], *chance.sample(copy[2:], len(copy) - 2)]
        if "local" in deeds:
            copy[2:2] = self.write_story(f"local {chance.random()}")[1:3]
        if "new lead" in deeds:
            copy[:1] = [self._retell_lead(seed, chance)]
        if "style" in deeds:
            copy = [self._restyle(paragraph) for paragraph in copy]
        copy = self.open_with_dateline(copy, chance)
        if "around" in deeds:
            facts = Facts(self.lexicon, chance)
            first, *rest = [write(line, facts) for line in self.lines("around")]
            copy = [first, *copy, *rest]
        return "+".join(deeds), copy

    def _restyle(self, paragraph: str) -> str:
        for line in self.lines("style"):
            ours, _, theirs = line.partition("=>")
            paragraph = paragraph.replace(ours.strip(), theirs.strip())
        return paragraph

    def open_with_dateline(self, paragraphs: list[str], chance: random.Random) -> list[str]:
        """The paragraphs with a dateline in the language's form."""
        dateline = write(chance.choice(self.lines("dateline")), Facts(self.lexicon, chance))
        return [f"{dateline} {paragraphs[0]}".replace("  ", " "), *paragraphs[1:]]


def write_tongue(language: str, stories: int = 40, *, seed: int = 1) -> LabelledSet:
    """Stories in a language with one to three rewrites each, and as many recurring reports, over three days."""
    tongue = Tongue(language)
    pieces: list[Piece] = []
    for number in range(stories):
        pieces += _write_with_copies(tongue, f"{seed}/{number}")
    for number in range(-(-stories // _ISSUES)):
        pieces += _write_series(tongue, f"{seed}/{number}")
    return in_order(language, pieces)


def _write_with_copies(tongue: Tongue, seed: str) -> Iterator[Piece]:
    chance = random.Random(f"copies {tongue.language} {seed}")
    t = NOON + chance.uniform(0, 3 * DAY)
    story = tongue.write_story(seed)
    opened = tongue.open_with_dateline(story, chance)
    yield Piece(f"story {seed}", "\n\n".join(opened), f"Agency {chance.randint(1, 4)}", t)
    for _ in range(chance.randint(1, 3)):
        deeds, copy = tongue.rewrite(seed, chance)
        at = t + chance.uniform(0.05, 16) * HOUR
        yield Piece(f"story {seed}", "\n\n".join(copy), f"Outlet {chance.randint(1, 60)}", at, deeds)


def _write_series(tongue: Tongue, seed: str) -> Iterator[Piece]:
    chance = random.Random(f"series {tongue.language} {seed}")
    template = settle(chance.choice(tongue.lines("form")), chance)
    subject = Facts(tongue.lexicon, chance) if chance.random() < 0.5 else None  # noqa: PLR2004
    t = NOON + chance.uniform(0, DAY)
    for issue in range(_ISSUES):
        text = write(
            template, Facts(tongue.lexicon, random.Random(f"{tongue.language} {seed} {issue}"), subject)
        )
        yield Piece(f"form {seed} {issue}", text, "Agency 1", t, "form")
        t += chance.choice((DAY, 3 * HOUR))
