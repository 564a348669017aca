"""Quality and speed of page parsing on labelled real pages, on each half of the publishers; prints figures only.

Each figure's definition is the docstring of the function that computes it. Floors hold for the unseen half.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.halves import is_unseen
from bench.table import print_figures
from copytaster.errors import UnparsableError
from copytaster.values import ParsedStory, RawPage
from copytaster.wire.agencies import canonical_agency
from copytaster.wire.headline import parse_headline
from spiders.parsing import ParseContext, parse
from spiders.parsing.dates import parse_page_date
from spiders.parsing.formats import parse_and_observe
from spiders.parsing.language import find_language
from spiders.parsing.lessons import Lessons, choose_template, note_page, note_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FLOORS = {
    "headline_right": 0.90,
    "dateline_right": 0.93,
    "agency_f1": 0.90,
    "body_f1_hand": 0.93,
    "streams_body_f1": 0.94,
}
CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
_WORD = re.compile(r"\w+")
CUT = {"teaser", "partial", "body-cut"}  # warnings that say that a body is not whole
_FETCHED = datetime(2030, 1, 1, tzinfo=UTC)  # later than every date on the pages


@dataclass(frozen=True, slots=True)
class Case:
    """One page: its truth row, the story or the reason without one, and the seconds of parsing."""

    truth: dict[str, str]
    story: ParsedStory | None
    reason: str | None
    seconds: float


def words(text: str) -> list[str]:
    """Words of a text, lower case, compatibility forms folded."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def word_f1(found: str, truth: str) -> float:
    """F1 of the two texts as bags of words."""
    ours, theirs = Counter(words(found)), Counter(words(truth))
    shared = sum((ours & theirs).values())
    return 2 * shared / (sum(ours.values()) + sum(theirs.values())) if shared else 0.0


def parse_corpus(table: str) -> list[Case]:
    """Parse every page of `pages.tsv` or `pages_negative.tsv` with no hint but its address."""
    return [_parse_row(row) for row in _rows(CORPUS / table)]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")


def _parse_row(row: dict[str, str]) -> Case:
    with gzip.open(CORPUS / "pages" / f"{row['id']}.html.gz") as file:
        body = file.read()
    page = RawPage(row.get("url") or f"http://{row['publisher']}/{row['id']}", body, _FETCHED)
    start = time.perf_counter()
    try:
        story, reason = parse(page, ParseContext()), None
    except UnparsableError as error:
        story, reason = None, error.reason
    return Case(row, story, reason, time.perf_counter() - start)


def headline_right(case: Case) -> bool:
    """True if the words equal the truth's, both without markers."""
    truth = parse_headline(case.truth["headline"]).headline
    return case.story is not None and words(case.story.headline) == words(truth)


def dateline_right(case: Case) -> bool:
    """True if the cities (`A|B` or `A/B`: all) are among the places found, and a printed month and day match.

    Credit scores the dateline's agency; the year is not on the page.
    """
    found = case.story.dateline if case.story else None
    if found is None:
        return False
    cities = [city for city in re.split(r"[|/]", case.truth["dl_city"]) if city.strip()]
    places = {" ".join(words(place)) for place in found.places}
    date = case.truth["dl_date"]
    return all(" ".join(words(city)) in places for city in cities) and (
        not date or (found.date or "").endswith(date)
    )


def has_dateline(case: Case) -> bool:
    """True if the truth names a city or a date."""
    return bool(case.truth.get("dl_city") or case.truth.get("dl_date"))


def true_agencies(case: Case) -> set[str]:
    """The truth's agency; `Reuters/Billboard` counts as either."""
    return {canonical_agency(name) or name for name in case.truth.get("agency", "").split("/") if name}


def score_credit(cases: Iterable[Case]) -> dict[str, float]:
    """Precision, recall, F1 of the agency over pages with and without one; a wrong agency is both errors."""
    right = found = there = 0
    for case in cases:
        agency = case.story.credit.agency if case.story else None
        truth = true_agencies(case)
        there += bool(truth)
        found += agency is not None
        right += agency is not None and agency in truth
    precision, recall = right / max(1, found), right / max(1, there)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
    }


def date_right(case: Case) -> bool:
    """True if the publication day is that of the page's markup, in UTC."""
    truth = parse_page_date(case.truth["published_meta"])
    found = case.story.published_at if case.story else None
    return truth is not None and found is not None and found.date() == truth[0].date()


def caption_leaked(case: Case) -> bool:
    """True if the body contains the truth's photo credit."""
    credit = " ".join(words(case.truth["photo_credit"])[:4])
    return bool(credit) and case.story is not None and credit in " ".join(words(case.story.body))


def body_scores(cases: Iterable[Case]) -> dict[str, list[tuple[str, float]]]:
    """Kind of gold -> (page, word F1); the headline precedes our body if the gold has one.

    The gold holds datelines and sign-offs; our body does not, and loses F1 for them.
    """
    stories = {case.truth["id"]: case.story for case in cases}
    scores: dict[str, list[tuple[str, float]]] = {}
    for gold in _bodies():
        if gold["id"] not in stories:
            continue
        story = stories[gold["id"]]
        text = "" if story is None else story.body
        if story is not None and gold["headline_in_body"]:
            text = f"{story.headline}\n{text}"
        scores.setdefault(gold["gold"], []).append((gold["id"], word_f1(text, gold["body"])))
    return scores


def _bodies() -> list[dict[str, Any]]:
    with gzip.open(CORPUS / "pages_bodies.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def comments_leaked(cases: Iterable[Case]) -> tuple[int, int]:
    """(leaked, all) pages with comments and a gold body; leaked: over 10% and 30 words beyond the gold."""
    gold = {body["id"]: body["body"] for body in _bodies()}
    cases = list(cases)
    with_comments = [
        case for case in cases if case.truth.get("comments") == "yes" and case.truth["id"] in gold
    ]
    leaked = 0
    for case in with_comments:
        ours = Counter(words(case.story.body)) if case.story else Counter()
        beyond = sum((ours - Counter(words(gold[case.truth["id"]]))).values())
        leaked += beyond > max(30, 0.1 * sum(ours.values()))
    return leaked, len(with_comments)


@dataclass(frozen=True, slots=True)
class StreamPage:
    """How one page of a stream was read: language of the marked text, word F1, leaks, is cut or loses text without a warning,
    carries such a warning, seconds."""

    language: str
    f1: float
    leaks: bool
    is_cut: bool
    loses_text: bool
    is_warned: bool
    seconds: float


def score_streams(*, with_templates: bool = True) -> dict[bool, list[StreamPage]]:
    """Unseen or not -> the pages of `extraction/`, headline and body against the marked text.

    Each publisher's pages come in their order, and what one taught is filed before the next, as by one crawl a page.
    """
    found: dict[bool, list[StreamPage]] = {True: [], False: []}
    lessons: dict[str, Lessons] = {}
    for path in sorted((CORPUS / "extraction").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                name = entry["publisher"]
                scored, learned = score_stream_page(entry, path.name, lessons.get(name, Lessons()))
                found[is_unseen(name)].append(scored)
                if with_templates:
                    lessons[name] = learned
    return found


def score_stream_page(entry: dict[str, Any], stream: str, lessons: Lessons) -> tuple[StreamPage, Lessons]:
    """A page leaks where over a tenth and 30 of our words are beyond the marked text; one is cut where over a tenth and 30 of
    the marked words are missing and no warning says so. One loses text where so many are missing from all fields of the story."""
    language = find_language(entry["body"]) or "?"
    address = entry["url"] or f"http://{entry['publisher']}/{stream}/{entry['n']}"
    template = choose_template(lessons, address)
    page = RawPage(entry["url"], entry["html"].encode(), _FETCHED)
    start = time.process_time()
    try:
        story, seen = parse_and_observe(page, ParseContext(template=template))
    except UnparsableError:
        return StreamPage(language, 0.0, False, False, False, False, time.process_time() - start), lessons
    seconds = time.process_time() - start
    if seen is not None:
        lessons = note_page(lessons, replace(seen, address=address), at=_FETCHED)
    else:
        lessons = note_use(lessons)
    text = f"{story.headline}\n{story.body}"
    ours, theirs = Counter(words(text)), Counter(words(entry["body"]))
    beyond, missing = sum((ours - theirs).values()), sum((theirs - ours).values())
    leaks = beyond > max(30, 0.1 * sum(ours.values()))
    is_said = bool(CUT & set(story.warnings))
    cut = missing > max(30, 0.1 * sum(theirs.values())) and not is_said
    lost = loses_text(story, entry["body"]) and not is_said
    return StreamPage(language, word_f1(text, entry["body"]), leaks, cut, lost, is_said, seconds), lessons


def loses_text(story: ParsedStory, marked: str) -> bool:
    """True if over a tenth and 30 of the marked words are in no field of the story.

    The marked text holds captions, bylines, datelines and sign-offs, which the story has in fields of their own, and what the
    page prints twice; a line counts once here.
    """
    kept = [story.headline, story.body, *story.byline, story.signoff or "", story.change_note or ""]
    kept += [text for one in story.captions for text in (one.text, one.credit or "")]
    kept += [evidence.text for evidence in story.credit.evidence]
    kept += [story.dateline.raw if story.dateline else ""]
    theirs = Counter(words("\n".join(dict.fromkeys(line.strip() for line in marked.split("\n")))))
    missing = sum((theirs - Counter(words("\n".join(kept)))).values())
    return missing > max(30, 0.1 * sum(theirs.values()))


def _sum_stream(rows: list[StreamPage], whole: list[StreamPage]) -> dict[str, Any]:
    """The figures of a half, read with templates; `whole`: read without."""
    languages = sorted({row.language for row in rows})
    by_language = {code: [row.f1 for row in rows if row.language == code] for code in languages}
    return {
        "stream_pages": len(rows),
        "streams_body_f1": sum(row.f1 for row in rows) / max(1, len(rows)),
        "streams_body_f1_by_language": ", ".join(
            f"{code} {sum(found) / len(found):.3f} ({len(found)})" for code, found in by_language.items()
        ),
        "streams_foreign_text": _share(row.leaks for row in rows),
        "streams_cut": _share(row.is_cut for row in rows),
        "streams_text_lost": _share(row.loses_text for row in rows),
        "streams_body_f1_without_templates": sum(row.f1 for row in whole) / max(1, len(whole)),
        "streams_median_cpu_ms": 1000 * median(row.seconds for row in rows),
        "streams_median_cpu_ms_without_templates": 1000 * median(row.seconds for row in whole),
    }


def measure() -> dict[str, Any]:
    """`{"unseen": figures, "looked-at": figures}`; `{"skipped": reason}` without the corpus."""
    if not (CORPUS / "pages.tsv").exists():
        return {"skipped": f"no corpus at {CORPUS.parent.name}/{CORPUS.name} beside the project"}
    _parse_row(next(_rows(CORPUS / "pages.tsv")))  # the first call loads models
    cases, negatives = parse_corpus("pages.tsv"), parse_corpus("pages_negative.tsv")
    streams, whole = score_streams(), score_streams(with_templates=False)
    return {
        name: {
            **score_fields(_of_half(cases, unseen=unseen), _of_half(negatives, unseen=unseen)),
            **_sum_stream(streams[unseen], whole[unseen]),
        }
        for name, unseen in (("unseen", True), ("looked-at", False))
    }


def _of_half(cases: list[Case], *, unseen: bool) -> list[Case]:
    return [case for case in cases if is_unseen(case.truth["publisher"]) == unseen]


def score_fields(cases: list[Case], negatives: list[Case]) -> dict[str, Any]:
    """The figures of the fields, over pages with and without a wire story."""
    everything = cases + negatives
    datelined = [case for case in cases if has_dateline(case)]
    dated = [case for case in cases if case.truth["published_meta"]]
    leaked, with_comments = comments_leaked(everything)
    credit = score_credit(everything)
    bodies = body_scores(everything)
    sure = confident_right(everything)
    told = [case.story for case in everything if case.story is not None]
    return {
        "pages": len(everything),
        "refused": dict(Counter(case.reason for case in everything if case.reason)),
        "headline_right": _share(map(headline_right, cases)),
        "dateline_right": _share(map(dateline_right, datelined)),
        "dateline_beyond_truth": sum(
            1 for c in cases if not c.truth["dl_raw"] and c.story is not None and c.story.dateline is not None
        ),
        **{f"agency_{name}": value for name, value in credit.items()},
        "confidence_of_.8_is_right": f"{sum(sure)} of {len(sure)}",
        "false_agency_credits_on_non_wire_pages": sum(
            1 for c in negatives if c.story and c.story.credit.agency
        ),
        "published_day_right": _share(map(date_right, dated)),
        "without_any_date": _share(story.published_at is None for story in told),
        "captions_leaked": sum(map(caption_leaked, cases)),
        "comments_leaked": f"{leaked} of {with_comments}",
        **{f"body_f1_{kind}": sum(f1 for _, f1 in found) / len(found) for kind, found in bodies.items()},
        "ms_per_page": 1000 * sum(case.seconds for case in everything) / max(1, len(everything)),
    }


def confident_right(cases: Iterable[Case]) -> list[bool]:
    """Whether the agency is right, for every credit whose confidence is .75 to .85."""
    credits_of = [(case, case.story.credit) for case in cases if case.story is not None]
    return [
        credit.agency in true_agencies(case)
        for case, credit in credits_of
        if credit.agency and 0.75 <= credit.confidence < 0.85  # noqa: PLR2004
    ]


def _share(flags: Iterable[bool]) -> float:
    found = list(flags)
    return sum(found) / max(1, len(found))


def main() -> dict[str, Any]:
    """Measure and print."""
    figures = measure()
    if "skipped" in figures:
        print_figures(figures)
    else:
        for half, shown in figures.items():
            print(f"\n{half} half")
            print_figures(shown, FLOORS if half == "unseen" else None)
    return figures


if __name__ == "__main__":
    main()
