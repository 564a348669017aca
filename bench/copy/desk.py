"""Sets of stories and their copies: one story with hundreds of copies, stories cut short, a mixed week."""

from __future__ import annotations

import random
from itertools import count
from typing import TYPE_CHECKING

from bench.copy.credits import AGENCIES, add_credits, open_with_dateline
from bench.copy.house import restyle
from bench.copy.lexicon import ENGLISH
from bench.copy.lookalikes import write_lookalikes
from bench.copy.piece import DAY, HOUR, NOON, LabelledSet, Piece, in_order
from bench.copy.rewrites import DEEDS, rewrite
from bench.copy.stories import TOPICS, write_story

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EVERY = tuple(DEEDS)
_SHORT_COPY = 60  # words


def write_one_story(copies: int = 400, others: int = 200, *, seed: int = 1) -> LabelledSet:
    """One story as an agency and its customers printed it within a day, among other stories on the topic.

    Every kind of rewrite occurs by itself and combined with others.
    """
    chance = random.Random(f"one story {seed}")
    story = write_story("attack", f"one {seed}", words=420)
    pieces = [
        Piece(
            "one",
            "\n\n".join(open_with_dateline(story, "Ostgard", "Reuters", NOON, chance, 1)),
            "Reuters",
            NOON,
        )
    ]
    for number in range(copies - 1):
        deeds = _choose_deeds(number, chance)
        t = NOON + chance.triangular(0.05, 24, 2) * HOUR
        text = rewrite(story, deeds, place="Ostgard", agency="Reuters", t=t, chance=chance)
        pieces.append(Piece("one", "\n\n".join(text), f"Outlet {number % 250}", t, "+".join(deeds)))
    for number in range(others):
        t = NOON + chance.uniform(-12, 24) * HOUR
        pieces.append(_write_original("attack", f"other {seed} {number}", t, chance))
    return in_order("one story", pieces)  # fmt: skip


def _choose_deeds(number: int, chance: random.Random) -> Sequence[str]:
    """The rewrites of copy `number`: each in turn, first by itself, then with one or two more."""
    first = _EVERY[number % len(_EVERY)]
    more = chance.sample(
        [deed for deed in _EVERY if deed not in {first, "verbatim"}], number // len(_EVERY) % 3
    )
    return (first, *more)


def _write_original(topic: str, seed: str, t: float, chance: random.Random, words: int = 0) -> Piece:
    agency = chance.choice(AGENCIES)
    story = write_story(topic, seed, words=words or chance.randint(120, 450))
    text = open_with_dateline(story, ENGLISH.draw("town", chance), agency, t, chance)
    return Piece(f"{topic} {seed}", "\n\n".join(text), agency, t)


def write_cuts(stories: int = 300, *, seed: int = 1) -> LabelledSet:
    """Long stories, each with one copy of a tenth to a quarter of its length and at least 60 words.

    Most copies keep the beginning; a fifth are excerpts from further down under a line by the outlet.
    """
    chance = random.Random(f"cuts {seed}")
    pieces: list[Piece] = []
    for number in range(stories):
        t = NOON + chance.uniform(0, 4 * DAY)
        topic = TOPICS[number % len(TOPICS)]
        whole = _write_original(topic, f"long {seed} {number}", t, chance, chance.randint(420, 750))
        pieces.append(whole)
        pieces.append(_cut(whole, topic, chance))
    return in_order("cuts", pieces)


def _cut(whole: Piece, topic: str, chance: random.Random) -> Piece:
    wanted = max(_SHORT_COPY + 4, int(chance.uniform(0.11, 0.25) * len(whole.text.split())))
    story = write_story(topic, whole.group.removeprefix(f"{topic} "), words=5000)
    excerpt = chance.random() < 0.2  # noqa: PLR2004
    place = chance.randint(2, 6) if excerpt else 0
    kept: list[str] = []
    while sum(len(paragraph.split()) for paragraph in kept) < wanted:
        kept.append(story[place + len(kept)])
    words = " ".join(kept).split()
    if len(words) > wanted:
        kept = _shorten(kept, wanted)
    if chance.random() < 0.5:  # noqa: PLR2004
        style = chance.random()
        kept = [restyle(paragraph, random.Random(style)) for paragraph in kept]
    if not excerpt:
        kept = open_with_dateline(kept, "Ostgard", "Reuters", whole.t, chance)
    t = whole.t + chance.uniform(0.1, 14) * HOUR
    return Piece(
        whole.group, "\n\n".join(kept), f"Outlet {chance.randint(1, 90)}", t, "excerpt" if excerpt else "cut"
    )


def _shorten(paragraphs: list[str], words: int) -> list[str]:
    """The first `words` words, cut off as briefs are."""
    kept: list[str] = []
    for paragraph in paragraphs:
        left = words - sum(len(each.split()) for each in kept)
        if left > 0:
            kept.append(" ".join(paragraph.split()[:left]))
    return kept


def write_week(stories: int = 150, *, seed: int = 1, forms: int = 150) -> LabelledSet:
    """Stories of every topic with up to six copies each over three days, and recurring reports between them."""
    chance = random.Random(f"week {seed}")
    pieces = list(write_lookalikes(forms, seed=seed + 1000).pieces) if forms else []
    for number in range(stories):
        pieces += _write_with_copies(TOPICS[number % len(TOPICS)], f"week {seed} {number}", chance)
    return in_order("week", pieces)


def _write_with_copies(topic: str, seed: str, chance: random.Random) -> Iterator[Piece]:
    t = NOON + chance.uniform(0, 3 * DAY)
    agency, place = chance.choice(AGENCIES), ENGLISH.draw("town", chance)
    story = write_story(topic, seed, words=chance.randint(100, 450))
    text = add_credits(open_with_dateline(story, place, agency, t, chance, 0), agency, chance)
    yield Piece(seed, "\n\n".join(text), agency, t)
    numbers = count()
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 6))):
        deeds = _choose_deeds(chance.randrange(36) + next(numbers), chance)
        at = t + chance.triangular(0.05, 20, 1.5) * HOUR
        printed = rewrite(story, deeds, place=place, agency=agency, t=at, chance=chance)
        yield Piece(seed, "\n\n".join(printed), f"Outlet {chance.randint(1, 90)}", at, "+".join(deeds))


def write_bulk(stories: int, *, seed: int = 1) -> Iterator[Piece]:
    """`stories` stories to fill a window: one in five is a copy of one of the last hundred."""
    chance = random.Random(f"bulk {seed}")
    recent: list[Piece] = []
    for number in range(stories):
        t = NOON + number * 1.5
        if recent and chance.random() < 0.2:  # noqa: PLR2004
            source = chance.choice(recent[-100:])
            styled = [restyle(paragraph, chance) for paragraph in source.paragraphs]
            yield Piece(source.group, "\n\n".join(styled), f"Outlet {chance.randint(1, 400)}", t, "style")
        else:
            recent.append(_write_original(TOPICS[number % len(TOPICS)], f"bulk {seed} {number}", t, chance))
            yield recent[-1]
            del recent[:-100]
