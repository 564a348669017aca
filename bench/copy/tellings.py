"""Invented news told again: in other words, in other languages, by another reporter, and other news in the same words."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.copy.piece import DAY, HOUR, NOON
from dedup.evaluation.labelled import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "en", "de", "fr", "ru", "ja")  # of the wordings of a sentence, in their order
SCRIPTS = {"ru": 1, "ja": 2}  # which spelling of a name a language prints; all others the first
REPORTED, REWORDED = 0, 1


@dataclass(frozen=True, slots=True)
class ToldSet:
    """Documents in order of printing, and which pairs tell the same news; every other pair does not.

    Attributes:
        related: kind of relation (`retold`, `translated`) -> pairs of document numbers.
        own_reports: pairs of two reporters' own reports of one event.
        same_topic: pairs of events of one kind on one day.
    """

    documents: tuple[Document, ...]
    related: Mapping[str, tuple[tuple[int, int], ...]]
    own_reports: tuple[tuple[int, int], ...]
    same_topic: tuple[tuple[int, int], ...]


@cache
def _events() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("tellings.toml").read_text(encoding="utf-8"))


def write_tellings(events: int = 6, *, seed: int = 1) -> ToldSet:
    """`events` events of each kind: each reported, reworded, translated into four languages, and reported by another."""
    chance = random.Random(f"tellings {seed}")
    documents: list[Document] = []
    retold, translated, own, firsts = [], [], [], []
    for number in range(events):
        for kind in (name for name in _events() if name != "names"):
            facts = _draw_facts(_events()[kind], chance)
            t = NOON + chance.uniform(0, DAY)
            first = len(documents)
            firsts.append((kind, first))
            for wording in range(len(LANGUAGES)):
                documents.append(
                    _tell(len(documents), kind, number, wording, facts, t + wording * HOUR, chance)
                )
                retold += [(first, len(documents) - 1)] if wording == REWORDED else []
                translated += [
                    (one, len(documents) - 1)
                    for one in range(first, len(documents) - 1)
                    if wording > REWORDED
                ]
            documents.append(_report(len(documents), kind, facts, t + 2 * HOUR))
            own += [(one, len(documents) - 1) for one in range(first, len(documents) - 1)]
    same_topic = [
        (one, other) for kind, one in firsts for also, other in firsts if kind == also and one < other
    ]
    return ToldSet(
        tuple(sorted(documents, key=lambda document: document.t or 0.0)),
        {"retold": tuple(retold), "translated": tuple(translated)},
        tuple(own),
        tuple(same_topic),
    )


def _draw_facts(event: Mapping[str, Any], chance: random.Random) -> dict[str, tuple[str, ...]]:
    """Slot -> its spelling in each script."""
    names = {slot: tuple(chance.choice(spelled).split("|")) for slot, spelled in _events()["names"].items()}
    numbers = {
        slot: (str(chance.randint(low, high)),) * 3
        for slot, (low, high) in zip("abcd", event["numbers"], strict=True)
    }
    return names | numbers


def _tell(
    n: int,
    kind: str,
    number: int,
    wording: int,
    facts: Mapping[str, tuple[str, ...]],
    t: float,
    chance: random.Random,
) -> Document:
    event, language = _events()[kind], LANGUAGES[wording]
    slots = {slot: spelled[SCRIPTS.get(language, 0)] for slot, spelled in facts.items()}
    sentences = [told[wording].format_map(slots) for told in event["told"]]
    if wording == REWORDED and chance.random() < 0.5:  # noqa: PLR2004
        sentences[2], sentences[3] = sentences[3], sentences[2]
    title = event["title"][wording].format_map(slots)
    return Document(
        n, f"{kind}-{number}-{wording}", title, "\n\n".join(sentences), t, f"Outlet {wording}", language
    )


def _report(n: int, kind: str, facts: Mapping[str, tuple[str, ...]], t: float) -> Document:
    """The event as another reporter saw it: the same main facts in two sentences, all others his own."""
    event = _events()[kind]
    slots = {slot: spelled[0] for slot, spelled in facts.items()}
    sentences = [event["own"][0], event["told"][0][REWORDED], *event["own"][1:]]
    text = "\n\n".join(sentence.format_map(slots) for sentence in sentences)
    return Document(
        n, f"{kind}-own", event["title"][REWORDED].format_map(slots), text, t, "Another agency", "en"
    )
