"""`python -m bench plots`: draws the pictures of docs/how-grouping-works.md from the code and invented copy."""

from __future__ import annotations

import argparse
import random
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.copy.desk import write_bulk, write_week
from bench.copy.house import restyle
from bench.copy.piece import HOUR, LabelledSet
from bench.copy.stories import write_story
from bench.copy.tellings import write_tellings
from bench.svg import Axis, Column, Line, draw_chart, draw_words
from copytaster.logs import set_up
from copytaster.store.tellings import GroupedText
from dedup.evaluation.evaluate import assign_groups
from dedup.relations.alignment import align
from dedup.relations.encoder import load_encoder
from dedup.relations.telling import MOST_SENTENCES, read_tellings
from dedup.similarity.score import Reading, score_pair
from dedup.similarity.weights import FULL
from dedup.text.words import read_words
from settings import GroupingSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dedup.evaluation.labelled import Document
    from dedup.relations.encoder import Encoder
    from dedup.relations.telling import Telling

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
BANDINGS = ((64, 2), (32, 4), (16, 8))
_UNIT = Axis("", 0, 1, (0, 0.25, 0.5, 0.75, 1))


def catch_probability(jaccard: float, bands: int, rows: int) -> float:
    """The probability that two texts share a band: 1 - (1 - J^rows)^bands (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4.2)."""
    return float(1 - (1 - jaccard**rows) ** bands)


def draw_banding() -> str:
    """Probability of becoming candidates, by likeness, for several ways to cut a signature."""
    shares = [n / 100 for n in range(101)]
    lines = [
        Line(
            f"{bands} bands of {rows}",
            [(share, catch_probability(share, bands, rows)) for share in shares],
            dashed=(bands, rows) != BANDINGS[0],
            label_at=at,
        )
        for (bands, rows), at in zip(BANDINGS, (0.17, 0.4, 0.71), strict=True)
    ]
    x = Axis("Jaccard likeness of the two texts' 4-grams", 0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1))
    title = "Bands propose nearly every pair worth a look"
    return draw_chart(
        title,
        "Probability that two texts become candidates. Copytaster uses the solid line.",
        x,
        _named("probability"),
        lines,
    )


def draw_thresholds() -> str:
    """Precision and recall over pairs of a generated week if the matched share alone decided."""
    week = write_week(40, forms=120)
    scored = score_pairs(week)
    thresholds = [n / 50 for n in range(5, 50)]
    found = [_agree(week, scored, threshold) for threshold in thresholds]
    lines = [
        Line("precision", [(at, each[0]) for at, each in zip(thresholds, found, strict=True)]),
        Line("recall", [(at, each[1]) for at, each in zip(thresholds, found, strict=True)]),
    ]
    x = Axis("least share of the shorter text that must occur in the other", 0.1, 1, (0.2, 0.4, 0.6, 0.8, 1))
    title = "No threshold on the share alone is enough"
    return draw_chart(
        title,
        "Pairs of an invented week: stories, copies, recurring reports. Cold start, no other rule.",
        x,
        _named("share of pairs"),
        lines,
    )


def _named(label: str) -> Axis:
    return Axis(label, _UNIT.low, _UNIT.high, _UNIT.marks)


def score_pairs(week: LabelledSet) -> dict[tuple[int, int], float]:
    """Matched share of every pair within 48 hours that shares a run of words; every word counts in full."""
    readings = [read_in_full(piece.text, n, piece.t) for n, piece in enumerate(week.pieces)]
    shares = {}
    for n, one in enumerate(readings):
        for other in readings[n + 1 :]:
            near = other.at - one.at <= 48 * HOUR
            if near and len(one.vocabulary & other.vocabulary) > 0.2 * min(
                len(one.vocabulary), len(other.vocabulary)
            ):
                shares[one.key, other.key] = score_pair(one, other).share
    return shares


def read_in_full(text: str, key: int, at: float) -> Reading:
    """A text as the pair score reads it while no phrase is known: every word has full weight."""
    read = read_words(text)
    return Reading(key, read, np.full(len(read), FULL, dtype=np.uint8), at)


def _agree(week: LabelledSet, scored: dict[tuple[int, int], float], threshold: float) -> tuple[float, float]:
    joined = {pair for pair, share in scored.items() if share >= threshold}
    same = set(week.same())
    right = len(joined & same)
    return (right / len(joined) if joined else 1.0, right / len(same))


def draw_window(stories: int) -> str:
    """CPU milliseconds per story while the window fills."""
    costs = measure_window(stories)
    step = max(1, len(costs) // 24)
    points = [
        (64.0 * (n + step / 2), median(costs[n : n + step])) for n in range(0, len(costs) - step + 1, step)
    ]
    top = max(2.0, 1.3 * max(cost for _, cost in points))
    marks = [round(stories * n / 4) for n in range(5)]
    x = Axis("stories in the window", 0, stories, marks)
    y = Axis("ms of CPU a story", 0, top, [round(top * n / 4, 1) for n in range(5)])
    title = "What one more story costs as the window fills"
    return draw_chart(
        title,
        "Reading, comparing, deciding and writing to a store on disk; one core.",
        x,
        y,
        [Line("whole pass", points)],
    )


def measure_window(stories: int) -> list[float]:
    """CPU milliseconds per story of each batch of 64, over `stories` invented stories."""
    bulk = LabelledSet("bulk", tuple(write_bulk(stories)))
    moments = [time.process_time()]
    assign_groups(
        bulk.documents(), GroupingSettings(), on_progress=lambda *_: moments.append(time.process_time())
    )
    return [1000 * (later - earlier) / 64 for earlier, later in pairwise(moments)][1:-1]


def draw_comparison() -> str:
    """A story and its copy, with the matched runs."""
    story = write_story("attack", "picture", words=170)
    local = write_story("strike", "picture", words=50)[1:2]
    copy = [restyle(restyle(paragraph, random.Random(1)), random.Random(6)) for paragraph in story[:5]]
    copy = [*copy[:3], *local, *copy[3:]]
    one, other = read_in_full("\n\n".join(story), 1, 0), read_in_full("\n\n".join(copy), 2, 0)
    score = score_pair(one, other)
    shorter_is_copy = len(other.text) <= len(one.text)
    columns = [
        Column(
            heading,
            note,
            _blocks(texts, [(run[side], run[2]) for run in score.runs]),
        )
        for heading, note, texts, side in (
            ("The agency's story", "grey: what the copy left out", story, 1 if shorter_is_copy else 0),
            (
                "A newspaper's copy",
                "grey: house style, and paragraphs of its own",
                copy,
                0 if shorter_is_copy else 1,
            ),
        )
    ]
    share = f"{score.share:.0%} of the shorter text occurs in the other, in {len(score.runs)} passages."
    return draw_words("Blue occurs in both, word for word and in order", share, columns)


def draw_retold() -> str:
    """Share of invented pairs of each kind whose sentences are at least so near in both directions."""
    written = write_tellings(4)
    tellings = read_documents(written.documents, load_encoder())
    kinds = {
        "retold": written.related["retold"],
        "translated": written.related["translated"],
        "same kind of event": written.same_topic,
        "own reports": written.own_reports,
    }
    thresholds = [n / 50 for n in range(51)]
    lines = []
    for number, (kind, pairs) in enumerate(kinds.items()):
        near = [align(tellings[one], tellings[other]).both for one, other in pairs]
        points = [(at, sum(value >= at for value in near) / len(near)) for at in thresholds]
        lines.append(Line(kind, points, dashed=number > 1, label_at=(0.815, 0.58, 0.875, 0.36)[number]))
    x = Axis("nearness of the sentences, the smaller of both directions", 0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1))
    title = "Nearness separates retold news from own reports, facts from other events"
    return draw_chart(
        title,
        "Invented events in five languages. Events of one kind share their wording; their numbers differ.",
        x,
        _named("share of pairs"),
        lines,
    )


def read_documents(documents: Sequence[Document], encoder: Encoder) -> dict[int, Telling]:
    """Labelled documents by their numbers, with all their sentences encoded."""
    texts = [
        GroupedText(
            one.n,
            "",
            None,
            datetime.fromtimestamp(one.t or 0.0, UTC),
            one.publisher,
            None,
            one.language,
            one.title,
            one.text,
        )
        for one in documents
    ]
    return {one.text.version_id: one for one in read_tellings(texts, encoder, most=MOST_SENTENCES)}


def _blocks(paragraphs: Sequence[str], runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    words = " ".join(paragraphs).split()
    total = len(read_words("\n\n".join(paragraphs)))
    blocks = []
    for n, word in enumerate(words):
        place = round(n * total / len(words))  # words as printed and words as read differ a little
        mark = next(
            (number for number, (start, length) in enumerate(runs) if start <= place < start + length), -1
        )
        blocks.append((min(12, len(word)), mark))
    return blocks


def main(options: Sequence[str] = ()) -> dict[str, Any]:
    """Draw every picture and print its name."""
    parser = argparse.ArgumentParser(prog="python -m bench plots", description=__doc__)
    parser.add_argument("--stories", type=int, default=4000, help="stories in the window")
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder (docs/images)")
    chosen = parser.parse_args(options)
    set_up("ERROR", "text")
    chosen.to.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, Callable[[], str]] = {
        "comparison": draw_comparison,
        "banding": draw_banding,
        "thresholds": draw_thresholds,
        "retold": draw_retold,
        "window": lambda: draw_window(chosen.stories),
    }
    for name, draw in pictures.items():
        (chosen.to / f"{name}.svg").write_text(draw(), encoding="utf-8")
        print(f"drawn: {name}.svg", flush=True)
    return {"drawn": sorted(pictures)}
