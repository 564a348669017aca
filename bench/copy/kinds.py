"""Copy that shares much with other news and is not it, one kind a set: each has true copies too, so refusing all fails.

The texts are invented. Each kind has several languages, orders, lengths and agencies; every seed is another set.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bench.copy.credits import AGENCIES, open_with_dateline
from bench.copy.grammar import Facts, renew, settle, write
from bench.copy.house import restyle
from bench.copy.lexicon import ENGLISH
from bench.copy.piece import DAY, HOUR, NOON, LabelledSet, Piece, in_order
from bench.copy.stories import TOPICS, write_story
from bench.copy.template_file import read_blocks, read_lines
from bench.copy.tongues import Tongue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.copy.lexicon import Lexicon

_TOLD_IN = ("en", "en", "en", "de", "fr", "es", "ru", "el", "ar", "ja")
_SERIES = {
    "en": (
        "INSTANT VIEW: {}",
        "FACTBOX-{}",
        "TIMELINE: {}",
        "Reactions: {}",
        "Key quotes: {}",
        "What we know about: {}",
        "Analysts' view: {}",
    ),
    "de": ("HINTERGRUND: {}", "Zitate: {}", "Reaktionen: {}", "Chronologie: {}", "Was wir wissen: {}"),
    "fr": ("ENCADRE-{}", "Réactions: {}", "CHRONOLOGIE: {}", "Ce que l'on sait: {}"),
    "es": ("CRONOLOGÍA: {}", "Reacciones: {}", "RECUADRO: {}", "Claves: {}"),
    "ru": ("СПРАВКА: {}", "Реакция: {}", "ХРОНОЛОГИЯ: {}", "Что известно: {}"),
}


def tell(language: str, seed: str, words: int = 330) -> list[str]:
    """The paragraphs of a story in a language; every seed is another event."""
    if language == "en":
        return write_story(TOPICS[random.Random(seed).randrange(len(TOPICS))], seed, words=words)
    return Tongue(language).write_story(seed)


def title_of(paragraphs: Sequence[str]) -> str:
    """A headline made of the beginning of a story."""
    lead = paragraphs[0]
    return " ".join(lead.split()[:9]).rstrip(",.;:") if " " in lead else lead[:22]


class _Printer:
    """Prints pieces and their copies, all on different outlets where nothing else is said."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)
        self.pieces: list[Piece] = []
        self.outlets = 0

    def name_outlet(self) -> str:
        """An outlet that has printed nothing yet."""
        self.outlets += 1
        return f"Outlet {self.outlets}"

    def print(
        self,
        group: str,
        paragraphs: Sequence[str],
        t: float,
        *,
        title: str = "",
        publisher: str = "",
        kind: str,
        copies: int = 1,
    ) -> None:
        """Print a piece, and copies of it hours later: in house style, under another headline, some cut at the end."""
        first = Piece(group, "\n\n".join(paragraphs), publisher or self.name_outlet(), t, kind, title)
        self.pieces.append(first)
        for _ in range(copies):
            self.pieces.append(self._copy(first))

    def _copy(self, first: Piece) -> Piece:
        style = self.chance.random()
        copy = [restyle(paragraph, random.Random(style)) for paragraph in first.paragraphs]
        if len(copy) > 4 and self.chance.random() < 0.4:  # noqa: PLR2004
            copy = copy[:-1]
        title = " ".join(copy[0].split()[: self.chance.randint(5, 12)])
        t = first.t + self.chance.uniform(0.2, 9) * HOUR
        series, colon, _ = first.title.partition(":")
        if colon and self.chance.random() < 0.5:  # noqa: PLR2004
            title = f"{series}: {title}"
        return Piece(first.group, "\n\n".join(copy), self.name_outlet(), t, f"copy of {first.kind}", title)


def write_same_form(*, seed: int = 1) -> LabelledSet:
    """One form with the same numbers and several subjects within hours, each with a copy or two."""
    printer = _Printer(f"same form {seed}")
    for name, form in read_blocks("same_form.txt").items():
        language = name.split()[0]
        lexicon = ENGLISH if language == "en" else Tongue(language).lexicon
        chance = random.Random(f"{seed} {name}")
        template, series = settle(form, chance), Facts(lexicon, chance)
        agency, t = chance.choice(AGENCIES), NOON + chance.uniform(0, DAY)
        one_publisher = chance.random() < 0.5  # noqa: PLR2004
        taken: set[str] = set()
        for issue in range(4):
            facts = _draw_apart(lexicon, f"{seed} {name} {issue}", series, taken)
            title, _, body = write(template, facts).partition("\n")
            printer.print(
                f"{name} {issue}",
                open_with_dateline(
                    body.split("\n\n"), facts.look_up("town1"), agency, t, chance, chance.choice((0, 6, 7))
                ),
                t,
                title=title,
                publisher=agency if one_publisher else "",
                kind=name,
                copies=chance.randint(1, 2),
            )
            t += chance.uniform(0.2, 5) * HOUR
    return in_order("same form", printer.pieces)


def _draw_apart(lexicon: Lexicon, seed: str, series: Facts, taken: set[str]) -> Facts:
    """Facts of an issue whose subjects no other issue has."""
    chance = random.Random(seed)
    while True:
        facts = Facts(lexicon, chance, series)
        drawn = {facts.look_up(slot) for slot in ("town1", "town2", "firm1", "person1")}
        if taken.isdisjoint(drawn):
            taken |= drawn
            return facts


def write_shared_matter(*, seed: int = 1) -> LabelledSet:
    """Legal text under unrelated releases, background under siblings, a statement printed without quotation marks."""
    printer = _Printer(f"shared matter {seed}")
    for language in ("en", "de", "fr"):
        _write_releases(printer, language, f"{seed} {language}")
    for number in range(8):
        language = _TOLD_IN[number]
        _write_siblings(printer, language, f"siblings {seed} {number}")
        _write_statement(printer, language, f"statement {seed} {number}")
    return in_order("shared matter", printer.pieces)


def _write_releases(printer: _Printer, language: str, seed: str) -> None:
    blocks, chance = read_blocks("shared_matter.txt"), random.Random(seed)
    lexicon = ENGLISH if language == "en" else Tongue(language).lexicon
    lines = blocks[f"{language} release"].split("\n")
    legal = blocks[f"{language} legal"].split("\n\n")
    t = NOON + chance.uniform(0, 3) * HOUR
    for issue in range(12):
        facts, place = Facts(lexicon, chance), 2 * chance.randrange(len(lines) // 2)
        if language == "en":
            more = [write_claims(line, facts) for line in blocks["en release more"].split("\n")]
        else:
            more = Tongue(language).write_story(f"{seed} {issue}")[1:3]
        title, news = (
            write(renew(settle(line, chance), facts), facts) for line in (lines[place], lines[place + 1])
        )
        printer.print(
            f"release {seed} {issue}",
            [news, *more, *legal],
            t,
            title=title,
            kind=f"{language} release",
            copies=chance.randint(0, 2),
        )
        t += chance.uniform(0.2, 3) * HOUR


def write_claims(line: str, facts: Facts) -> str:
    """A template with its claims, plain words and slots filled."""
    while "{claim}" in line:
        line = line.replace("{claim}", facts.chance.choice(read_lines("topics/common.txt")["claim"]), 1)
    return write(renew(settle(line, facts.chance), facts), facts)


def _write_siblings(printer: _Printer, language: str, seed: str) -> None:
    """Two angles on one thing: each has three or four paragraphs of its own, then three or four in common."""
    chance = printer.chance
    common = tell(language, f"{seed} background")[3 : chance.randint(6, 7)]
    agency, t = chance.choice(AGENCIES), NOON + chance.uniform(0, DAY)
    one_publisher = chance.random() < 0.6  # noqa: PLR2004
    for angle in range(2):
        own = tell(language, f"{seed} {angle}")[: chance.randint(3, 4)]
        printer.print(
            f"{seed} {angle}",
            [*own, *common],
            t,
            title=title_of(own),
            publisher=agency if one_publisher else "",
            kind=f"{language} sibling",
        )
        t += chance.uniform(1, 20) * HOUR


def _write_statement(printer: _Printer, language: str, seed: str) -> None:
    """Three agencies' reports of two or three paragraphs, with one statement that is half of each."""
    chance = printer.chance
    statement = " ".join(tell(language, f"{seed} said")[2 : chance.randint(4, 5)])
    t = NOON + chance.uniform(0, DAY)
    for agency in chance.sample(AGENCIES, 3):
        own = tell(language, f"{seed} {agency}")[: chance.randint(2, 3)]
        place = chance.randint(1, len(own))
        told = [*own[:place], statement, *own[place:]]
        printer.print(
            f"{seed} {agency}",
            told,
            t,
            title=title_of(own),
            publisher=agency,
            kind=f"{language} statement",
        )
        t += chance.uniform(0.1, 2) * HOUR


def write_openings(*, seed: int = 1) -> LabelledSet:
    """Letters under a standing opening, letters and summaries made of the beginnings of stories."""
    printer = _Printer(f"openings {seed}")
    for number in range(6):
        _write_letters(printer, f"letter {seed} {number}", number)
    for number, language in enumerate(_TOLD_IN):
        first = 4 if number % 2 == 0 else 2
        _write_digest(printer, language, f"digest {seed} {number}", first=first)
    return in_order("openings", printer.pieces)


def _write_letters(printer: _Printer, seed: str, number: int) -> None:
    chance = random.Random(seed)
    lines = read_lines("shared_matter.txt")["letter"]
    series = Facts(ENGLISH, chance)
    opening = write(settle(lines[number % len(lines)], chance), Facts(ENGLISH, chance, series))
    t = NOON + chance.uniform(0, HOUR)
    for issue in range(4):
        own = write_story(TOPICS[issue], f"{seed} {issue}", words=90)
        title = "The letter" if chance.random() < 0.5 else title_of(own)  # noqa: PLR2004
        printer.print(
            f"{seed} {issue}", [opening, *own], t, title=title, publisher=f"Paper {seed}", kind="letter"
        )
        t += DAY


def _write_digest(
    printer: _Printer, language: str, seed: str, *, first: int, told: int | None = None
) -> None:
    """Five stories of `told` paragraphs by an agency, then two of each, or more of the `first`, at two outlets."""
    chance = printer.chance
    agency, t = chance.choice(AGENCIES), NOON + chance.uniform(0, DAY)
    stories = [tell(language, f"{seed} {place}")[:told] for place in range(5)]
    for place, story in enumerate(stories):
        printer.print(
            f"{seed} {place}",
            open_with_dateline(story, "Ostgard", agency, t, chance, 0),
            t + place * 0.3 * HOUR,
            title=title_of(story),
            publisher=agency,
            kind=f"{language} told",
        )
    gathered = [
        *stories[0][:first],
        *(paragraph for story in stories[1:] for paragraph in story[:2]),
    ]
    title = {"en": "Morning news in brief", "de": "Der Morgenbrief", "fr": "La lettre du matin"}.get(
        language, "News"
    )
    printer.print(
        f"{seed} digest",
        gathered,
        t + 5 * HOUR,
        title=title,
        kind=f"{language} digest",
        copies=0 if told else 1,
    )


def write_series(*, seed: int = 1) -> LabelledSet:
    """A story, and a piece of a series that begins with the story's first paragraphs, by the agency and at outlets."""
    printer = _Printer(f"series {seed}")
    for number in range(24):
        language = tuple(_SERIES)[number % len(_SERIES)]
        own_seed, chance = f"series {seed} {number}", printer.chance
        story, other = tell(language, own_seed), tell(language, f"{own_seed} views")
        agency, t = chance.choice(AGENCIES), NOON + chance.uniform(0, DAY)
        name = _SERIES[language][number // len(_SERIES) % len(_SERIES[language])]
        opening = story[: chance.randint(1, 3)]
        printer.print(
            own_seed, story, t, title=title_of(story), publisher=agency, kind=f"{language} story", copies=2
        )
        printer.print(
            f"{own_seed} series",
            [*opening, *other[1:]],
            t + chance.uniform(0.1, 4) * HOUR,
            title=name.format(title_of(story)),
            publisher=agency if chance.random() < 0.5 else "",  # noqa: PLR2004
            kind=f"{language} series",
        )
    return in_order("series", printer.pieces)


def write_quoting(*, seed: int = 1) -> LabelledSet:
    """Opinion pages that quote half of another outlet's story under a lead of their own."""
    printer = _Printer(f"quoting {seed}")
    lines = read_lines("shared_matter.txt")
    for number in range(24):
        own_seed, chance = f"quoting {seed} {number}", printer.chance
        story = tell("en", own_seed)
        facts, t = Facts(ENGLISH, chance), NOON + chance.uniform(0, 2 * DAY)
        printer.print(own_seed, story, t, title=title_of(story), kind="quoted story", copies=2)
        taken = story[: chance.randint(2, max(3, len(story) // 2))]
        if chance.random() < 0.5:  # noqa: PLR2004
            taken = [f"“{paragraph}" for paragraph in taken[:-1]] + [f"“{taken[-1]}”"]
        own = [write_claims(line, facts) for line in chance.sample(lines["opinion"], 1)]
        more = [write_claims(line, facts) for line in chance.sample(lines["opinion end"], 2)]
        printer.print(
            f"{own_seed} opinion",
            [*own, *taken, *more],
            t + chance.uniform(1, 20) * HOUR,
            title=title_of(own),
            kind="opinion",
        )
    return in_order("quoting", printer.pieces)


def write_own_news(*, seed: int = 1) -> LabelledSet:
    """A paragraph of own news over a long text that others print too, and short stories in a letter of five."""
    printer = _Printer(f"own news {seed}")
    for number, language in enumerate((*_TOLD_IN, *_TOLD_IN)):
        own_seed, chance = f"own news {seed} {number}", printer.chance
        common = tell(language, f"{own_seed} printed")[3 : chance.randint(6, 8)]
        t = NOON + chance.uniform(0, DAY)
        for side in range(3):
            own = tell(language, f"{own_seed} {side}")[: chance.randint(2, 3)]
            printer.print(
                f"{own_seed} {side}",
                [*own, *common],
                t + side * chance.uniform(0.1, 6) * HOUR,
                title=title_of(own),
                kind=f"{language} own news",
            )
    for number, language in enumerate(_TOLD_IN):
        _write_digest(printer, language, f"short digest {seed} {number}", told=3, first=2)
    return in_order("own news", printer.pieces)


KINDS: dict[str, Callable[..., LabelledSet]] = {
    "same form": write_same_form,
    "shared matter": write_shared_matter,
    "openings": write_openings,
    "series": write_series,
    "quoting": write_quoting,
    "own news": write_own_news,
}


def write_kinds(*, seed: int = 1) -> Iterator[LabelledSet]:
    """A set of each kind."""
    for write_kind in KINDS.values():
        yield write_kind(seed=seed)
