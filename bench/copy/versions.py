"""Versions of one story by one agency: flashes and scores as outlets print them, updates with other figures, snaps and full stories.

Each kind has pieces that must stay apart: another count in the same words, another firm on the same form, a sibling.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.copy.credits import AGENCIES
from bench.copy.grammar import Facts, settle, write
from bench.copy.lexicon import ENGLISH
from bench.copy.piece import DAY, HOUR, NOON, LabelledSet, Piece, in_order
from bench.copy.template_file import read_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FILE = "versions.txt"
_SNAPS = ("earnings", "deal", "accident")
_MARKERS = ("UPDATE {n}-", "UPDATE {n}: ", "{n}. LEAD ", "{n}ND LEAD-", "UPDATE {n} - ")
_NOTES = (
    "(Updates with {figures})",
    "(Adds {figures}, background)",
    "(Recasts, adds {figures})",
    "(neu: {figures})",
    "(Ergänzt: {figures})",
    "(Actualisé avec {figures})",
    "(Ajoute {figures})",
    "(Actualiza con {figures})",
    "(Agrega {figures})",
)
_FIGURES = ("new figures", "neue Zahlen", "chiffres", "cifras")
_SIGNS = (" More to follow", " (More to follow)", " More details soon.", " - {agency}", " ({agency})")
_CRIES = ("BREAKING: ", "URGENT: ", "FLASH: ", "BREAKING NEWS - ", "JUST IN: ")
_SCORE = re.compile(r"\b(\d+)-(\d+)\b")
_SCORE_FORMS = (r"\1-\2", r"\1–\2", r"\1:\2", r"\1 to \2", r"\1 - \2")
_SAID = (
    (" said ", " said late "),
    (" said ", " announced "),
    (" at once", " immediately"),
    (" least ", " the least "),
)


def _template(block: str, chance: random.Random) -> str:
    return settle(read_blocks(_FILE)[block], chance)


def _facts(chance: random.Random, t: float) -> Facts:
    days = {
        f"day{n}": f"{datetime.fromtimestamp(t + at * DAY, UTC):%A}" for n, at in ((1, 0), (2, -1), (3, 1))
    }
    return Facts(ENGLISH, chance, given=days)


# --- flashes ------------------------------------------------------------------------------------------------------


def write_flashes(flashes: int = 40, *, seed: int = 1) -> LabelledSet:
    """Flashes of 25 to 39 words, each as six outlets print it; half have a twin hours later with one count changed."""
    pieces: list[Piece] = []
    for number in range(flashes):
        chance = random.Random(f"flash {seed} {number}")
        t = NOON + chance.uniform(0, 2 * DAY)
        lines = read_blocks(_FILE)["flash"].split("\n")
        facts = _facts(chance, t)
        flash = write(lines[number % len(lines)], facts)
        pieces += _print_flash(f"flash {seed} {number}", flash, t, chance)
        if number % 2:
            twin = _change_one_figure(flash, chance)
            pieces += _print_flash(f"twin {seed} {number}", twin, t + chance.uniform(1, 9) * HOUR, chance)
    return in_order("flashes", pieces)


def _change_one_figure(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    places = [n for n, word in enumerate(words) if word[:1].isdigit()]
    place = chance.choice(places)
    figure = words[place].rstrip(".,")
    other = (
        figure[:-1] + str((int(figure[-1]) + chance.randint(1, 8)) % 10) if figure[-1].isdigit() else figure
    )
    words[place] = other + words[place][len(figure) :]
    return " ".join(words)


def _print_flash(group: str, flash: str, t: float, chance: random.Random) -> Iterator[Piece]:
    agency = chance.choice(AGENCIES)
    yield Piece(group, flash, agency, t, "flash")
    deeds: list[Callable[[str], str]] = [
        lambda text: text + chance.choice(_SIGNS).format(agency=agency),
        lambda text: chance.choice(_CRIES) + text,
        lambda text: f"{ENGLISH.draw('town', chance).upper()} ({agency}) - {text}",
        lambda text: text.upper(),
        lambda text: _exchange(text, chance),
    ]
    for number in range(5):
        text = flash
        for deed in chance.sample(deeds, chance.randint(0, 2)):
            text = deed(text)
        at = t + chance.uniform(0.02, 2) * HOUR
        yield Piece(group, text, f"Outlet {number} {chance.randint(1, 30)}", at, "printed")


def _exchange(text: str, chance: random.Random) -> str:
    fitting = [pair for pair in _SAID if pair[0] in text]
    return text.replace(*chance.choice(fitting), 1) if fitting else text


# --- scores -------------------------------------------------------------------------------------------------------


def write_scores(games: int = 40, *, seed: int = 1) -> LabelledSet:
    """Scores of games, sets and votes as outlets write them; each has a twin in the same words with another score.

    The other score is made of the same figures in half of the twins: 5-5 or 2-5 after 5-2.
    """
    pieces: list[Piece] = []
    for number in range(games):
        chance = random.Random(f"score {seed} {number}")
        t = NOON + chance.uniform(0, 2 * DAY)
        lines = read_blocks(_FILE)["score"].split("\n")
        flash = settle(write(lines[number % len(lines)], _facts(chance, t)), chance)
        told = (
            (f"score {seed} {number}", flash, t),
            (f"twin {seed} {number}", _change_score(flash, chance), t + chance.uniform(1, 9) * HOUR),
        )
        for group, text, at in told:
            pieces += [
                replace(piece, text=_SCORE.sub(chance.choice(_SCORE_FORMS), piece.text))
                for piece in _print_flash(group, text, at, chance)
            ]
    return in_order("scores", pieces)


def _change_score(text: str, chance: random.Random) -> str:
    """The text with another result in the last score that it prints."""
    *_, last = _SCORE.finditer(text)
    ours, theirs = last.groups()
    others = (
        f"{ours}-{ours}",
        f"{theirs}-{ours}",
        f"{ours}-{int(theirs) + 10}",
        f"{int(ours) + 30}-{theirs}",
    )
    return text[: last.start()] + chance.choice(others) + text[last.end() :]


# --- updates ------------------------------------------------------------------------------------------------------


def write_updates(stories: int = 24, *, seed: int = 1, noted: bool = False) -> LabelledSet:
    """Counts and market reports of which each UPDATE has other figures only; outlets print one step each.

    The next day's report by the same agency on the same form begins a story of its own, and so does another town's update.

    Args:
        noted: no headline has a marker; a note in parentheses above the text says that it is an update.
    """
    pieces: list[Piece] = []
    for number in range(stories):
        chance = random.Random(f"update {seed} {number}")
        block = ("count", "market")[number % 2]
        template, agency, t = _template(block, chance), chance.choice(AGENCIES), NOON + chance.uniform(0, DAY)
        facts = _facts(chance, t)
        headline = _title_update(block, facts, chance)
        marker = chance.choice(_MARKERS)
        group = f"{block} {seed} {number}"
        for step in range(chance.randint(2, 4)):
            text = write(template, facts)
            title = marker.format(n=step) + headline if step and not noted else headline
            if step and noted:
                text = f"{_write_note(chance)}\n\n{text}"
            yield_at = t + step * chance.uniform(0.5, 2) * HOUR
            pieces.append(Piece(group, text, agency, yield_at, f"step {step}", title))
            outlet = f"Outlet {chance.randint(1, 60)}"
            pieces.append(Piece(group, text, outlet, yield_at + 0.2 * HOUR, "printed", "Count goes on"))
        later = _facts(random.Random(f"next {seed} {number}"), t + DAY)
        if block == "market":
            later.known |= {name: facts.known[name] for name in ("town1", "ticker1")}
            pieces.append(
                Piece(f"next {group}", write(template, later), agency, t + DAY, "next day", headline)
            )
        elif noted:
            text = f"{_write_note(chance)}\n\n{write(template, later)}"
            title = _title_update(block, later, chance)
            pieces.append(Piece(f"other {group}", text, agency, t + 1.5 * HOUR, "another town", title))
    return in_order("updates", pieces)


def _title_update(block: str, facts: Facts, chance: random.Random) -> str:
    headline = write("{town1} [votes|counts]" if block == "count" else "{town1} shares", facts)
    return settle(headline, chance) + f" - {facts.look_up('person1').rpartition(' ')[2]} in front"


def _write_note(chance: random.Random) -> str:
    return chance.choice(_NOTES).format(figures=chance.choice(_FIGURES))


# --- snaps --------------------------------------------------------------------------------------------------------


def write_snaps(stories: int = 30, *, seed: int = 1) -> LabelledSet:
    """Snaps of 80 to 130 words with the full story half an hour to five hours later, both by the agency.

    Outlets print one or the other. Apart stay another firm's snap on the same form and a sidebar by the same agency
    that repeats a paragraph of the story.
    """
    pieces: list[Piece] = []
    for number in range(stories):
        chance = random.Random(f"snap {seed} {number}")
        kind, agency = _SNAPS[number % len(_SNAPS)], chance.choice(AGENCIES)
        t = NOON + chance.uniform(0, 2 * DAY)
        facts = _facts(chance, t)
        snap = write(_template(f"{kind} snap", chance), facts)
        full = write(_template(f"{kind} full", chance), facts)
        later = t + chance.uniform(0.5, 5) * HOUR
        group = f"{kind} {seed} {number}"
        pieces += [
            Piece(group, snap, agency, t, "snap"),
            Piece(group, snap, f"Outlet {chance.randint(1, 40)}", t + 0.2 * HOUR, "snap printed"),
            Piece(group, full, agency, later, "full story"),
            Piece(group, full, f"Outlet {chance.randint(41, 80)}", later + 0.4 * HOUR, "full story printed"),
        ]
        if chance.random() < 0.5:  # noqa: PLR2004
            other = _facts(random.Random(f"other {seed} {number}"), t)
            twin = write(_template(f"{kind} snap", chance), other)
            pieces.append(
                Piece(f"twin {group}", twin, agency, t + chance.uniform(0.2, 3) * HOUR, "another firm")
            )
        kept = chance.choice(full.split("\n\n")[3:])
        sidebar = write(read_blocks(_FILE)["sidebar"].replace("{keep}", "KEPT"), facts).replace("KEPT", kept)
        pieces.append(
            Piece(f"sidebar {group}", sidebar, agency, later + chance.uniform(-0.4, 2) * HOUR, "sidebar")
        )
    return in_order("snaps", pieces)
