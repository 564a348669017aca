"""Edits of sources.toml, good and bad, under a list that follows the file; and what reading large files costs."""

from __future__ import annotations

import random
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.soak.trial import Outcome, Trial
from spiders.sources.config import parse_sources, read_sources
from spiders.sources.live import LiveSources

if TYPE_CHECKING:
    from collections.abc import Callable

MISTAKES: tuple[tuple[str, str, str], ...] = (
    ("interval =", "intervall =", "did you mean 'interval'"),
    ('kind = "feed"', 'kind = "fed"', "did you mean 'feed'"),
    ('"15m"', '"15 minutes"', "is no interval"),
    ("[[source]]", "[[sources]]", "did you mean 'source'"),
    ('url = "https', 'url = "htps', "is no address"),
    ("[[source]]", "[[source]", "not valid TOML"),
)
_LINE = re.compile(r":\d+: |line \d+")
LARGE = (1_000, 10_000)  # sources
MANY = 100  # edits; with more, large files are measured too
LIMIT_S = (0.2, 2.0)  # of processor time


def run(size: int, seed: int) -> Outcome:
    """`size` edits, every second one a mistake, each looked at once."""
    outcome = _edit(size, seed, follow=True)
    if size < MANY:
        return outcome
    figures = {f"read_{number}_cpu_s": _measure(number) for number in LARGE}
    is_quick = all(
        figures[f"read_{number}_cpu_s"] <= limit for number, limit in zip(LARGE, LIMIT_S, strict=True)
    )
    held = outcome.held if is_quick else 0
    return Outcome(outcome.injected, held, outcome.detail, figures)


def control(size: int, seed: int) -> Outcome:
    """The same with a list that is read at the start only."""
    return _edit(size, seed, follow=False)


TRIAL = Trial(
    name="edited-sources",
    promise="A good edit of the sources is followed; a bad one is named with its line, and the last good list stays",
    run=run,
    control=control,
    short=20,
    long=500,
)


def _edit(size: int, seed: int, *, follow: bool) -> Outcome:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sources.toml"
        path.write_text(_write(3), encoding="utf-8")
        live = LiveSources(read_sources(path), path if follow else None)
        held = sum(_hold(live, path, number, chance) for number in range(size))
    return Outcome(size, held, f"{held} of {size} edits dealt with")


def _hold(live: LiveSources, path: Path, number: int, chance: random.Random) -> bool:
    """Make one edit, and say whether it was dealt with as promised."""
    good = _write(4 + number % 20)
    is_mistake = number % 2 == 1
    old, new, hint = chance.choice(MISTAKES)
    path.write_text(good.replace(old, new, 1) if is_mistake else good, encoding="utf-8")
    before = live.current
    if live.has_changed():
        live.refresh()
    if not is_mistake:
        return live.fault is None and live.current == parse_sources(good, resource=str(path))
    said = str(live.fault)
    return (
        live.fault is not None and hint in said and _LINE.search(said) is not None and live.current is before
    )


def _write(count: int) -> str:
    return "".join(
        f'[[source]]\nname = "source-{number}"\npublisher = "Outlet {number}"\nkind = "feed"\n'
        f'url = "https://host{number}.example/rss"\ninterval = "15m"\nlanguage = "en"\n\n'
        for number in range(count)
    )


def _measure(count: int) -> float:
    text = _write(count)
    return min(_time_s(lambda: parse_sources(text)) for _ in range(3))


def _time_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return round(time.process_time() - started, 3)
