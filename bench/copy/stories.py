"""Invented stories: a lead, then events, quotes and background, each from its own templates."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bench.copy.grammar import Facts, renew, settle, write
from bench.copy.lexicon import ENGLISH
from bench.copy.template_file import read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

TOPICS = ("accident", "attack", "court", "storm", "strike", "summit")
_COMMON = ("quote", "reaction", "background", "outlook")
_CLAIM = "{claim}"


def write_story(topic: str, seed: str, *, words: int = 350) -> list[str]:
    """Paragraphs of a story on a topic, at least `words` words; every seed is another event."""
    chance = random.Random(f"story {topic} {seed}")
    facts = Facts(ENGLISH, chance)
    written = [_tell(chance.choice(read_lines(f"topics/{topic}.txt")["lead"]), facts)]
    beats = _order_beats(topic, chance)
    while sum(len(paragraph.split()) for paragraph in written) < words and beats:
        written.append(_tell(beats.pop(0), facts))
    return written


def write_reports(topic: str, seed: str, count: int, *, words: int = 250) -> list[list[str]]:
    """One event as `count` reporters tell it, each in own sentences; the people, places and a quotation are the same."""
    chance = random.Random(f"reports {topic} {seed}")
    facts = Facts(ENGLISH, chance)
    leads = chance.sample(read_lines(f"topics/{topic}.txt")["lead"], count)
    statement = _tell(chance.choice(read_lines("topics/common.txt")["quote"]), facts)
    beats = _order_beats(topic, chance)
    reports = []
    for place, lead in enumerate(leads):
        told = [_tell(lead, facts)]
        for line in beats[place::count]:
            if sum(len(paragraph.split()) for paragraph in told) >= words:
                break
            told.append(_tell(line, facts))
        told.insert(chance.randint(1, len(told)), statement)
        reports.append(told)
    return reports


def write_update(names: Sequence[str], chance: random.Random) -> list[str]:
    """Two paragraphs of a new lead about the given names."""
    given = {f"name{place}": chance.choice(names) for place in (1, 2, 3)}
    facts = Facts(ENGLISH, chance, given=given)
    return [
        _tell(template, facts) for template in chance.sample(read_lines("topics/common.txt")["update"], 2)
    ]


def _order_beats(topic: str, chance: random.Random) -> list[str]:
    """The topic's templates, with ever more of the common ones towards the end."""
    own = read_lines(f"topics/{topic}.txt")["body"]
    common = [line for name in _COMMON for line in read_lines("topics/common.txt")[name]]
    own, common = chance.sample(own, len(own)), chance.sample(common, len(common))
    placed = [(chance.uniform(0, 0.8), line) for line in own] + [
        (chance.uniform(0.1, 1), line) for line in common
    ]
    return [line for _, line in sorted(placed)]


def _tell(template: str, facts: Facts) -> str:
    claims = read_lines("topics/common.txt")["claim"]
    while _CLAIM in template:
        template = template.replace(_CLAIM, facts.chance.choice(claims), 1)
    return (
        " ".join(write(renew(settle(template, facts.chance), facts), facts).split())
        .replace(" .", ".")
        .replace(" ,", ",")
    )
