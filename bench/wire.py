"""Quality and speed of the wire grammar on labelled openings, headlines and pages, on each half of them; see bench.halves."""

from __future__ import annotations

import csv
import gzip
import html
import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.halves import is_unseen
from copytaster.values import Caption
from copytaster.wire.byline import is_byline
from copytaster.wire.credit import find_credit
from copytaster.wire.dateline.dateline import parse_dateline
from copytaster.wire.headline import parse_headline
from copytaster.wire.lines import read_context_date
from copytaster.wire.photo import is_photo_line, split_photo_credit
from copytaster.wire.signoff import split_signoff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
CONFIDENT = 0.5  # an agency below this confidence counts as not named
_KEY_LENGTH = 40  # characters that identify a paragraph on its page
_PAGE_WINDOW = 14  # lines above and below the body that a page parser passes on


def measure(corpus: Path = CORPUS) -> dict[str, dict[str, float]]:
    """Grammar and half -> figures, shares of 1 or counts; empty without the corpus, with a note on stderr."""
    if not corpus.is_dir():
        print(f"SKIPPED wire bench: no corpus at {corpus}", file=sys.stderr)
        return {}
    return {
        f"{grammar}, {half}": scores
        for half, unseen in (("looked at", False), ("unseen", True))
        for grammar, scores in measure_part(corpus, unseen=unseen).items()
    }


def measure_part(corpus: Path, *, unseen: bool | None) -> dict[str, dict[str, float]]:
    """Grammar -> figures of one half, or of both together where `unseen` is None."""
    return {
        "dateline": measure_datelines(corpus, unseen=unseen),
        "headline": measure_headlines(corpus, unseen=unseen),
        "credit": measure_credits(corpus, unseen=unseen),
    }


def read_rows(path: Path, *, by: str, unseen: bool | None) -> list[dict[str, str]]:
    """The rows of a half, or all, of a tab-separated file with a header; `by` names the column that parts them."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if unseen is None or is_unseen(row[by]) == unseen]


def measure_datelines(corpus: Path, *, unseen: bool | None) -> dict[str, float]:
    """Shares of right cities, dates, regions and agencies; datelines found where there is none. A city is in one half."""
    rows = read_rows(corpus / "datelines.tsv", by="city", unseen=unseen)
    right = dict.fromkeys(("city and date", "city", "date", "region", "agency"), 0)
    marked = 0
    started = time.process_time()
    for row in rows:
        dateline, _ = parse_dateline(row["opening"], context_date=read_context_date(row["context_date"]))
        city = "|".join(dateline.places) == row["city"] if dateline else not row["city"]
        printed = _is_date(dateline.date if dateline else None, row)
        right["city"] += city
        right["date"] += printed
        right["city and date"] += city and printed and dateline is not None
        right["region"] += ((dateline.region if dateline else None) or "") == row["region"]
        if row["marker"] == "yes":
            marked += 1
            right["agency"] += dateline is not None and dateline.agency == row["agency"]
    seconds = time.process_time() - started
    scores = {name: count / (marked if name == "agency" else len(rows)) for name, count in right.items()}
    negatives = read_rows(corpus / "datelines_negative.tsv", by="text", unseen=unseen)
    scores["false on negatives"] = sum(parse_dateline(row["text"])[0] is not None for row in negatives)
    return scores | {"rows": len(rows), "ms each": 1000 * seconds / len(rows)}


def _is_date(found: str | None, row: dict[str, str]) -> bool:
    if not row["day"] or not row["month"]:
        return found is None
    wanted = f"-{int(row['month']):02}-{int(row['day']):02}"
    return found is not None and found.endswith(wanted) and (not row["year"] or found.startswith(row["year"]))


def measure_headlines(corpus: Path, *, unseen: bool | None) -> dict[str, float]:
    """Shares of right markers, right bare headlines, and both. A headline is in one half, whatever its publisher prints."""
    rows = read_rows(corpus / "headlines.tsv", by="bare", unseen=unseen)
    right = dict.fromkeys(("marker class and text", "bare headline", "both"), 0)
    started = time.process_time()
    for row in rows:
        parsed = parse_headline(row["headline"])
        first = parsed.markers[0].marker_class if parsed.markers else "none"
        printed = _tight("".join(marker.text for marker in parsed.markers))
        marker = first == row["kind"] and printed == _tight(row["prefix"])
        right["marker class and text"] += marker
        right["bare headline"] += parsed.headline == row["bare"]
        right["both"] += marker and parsed.headline == row["bare"]
    seconds = time.process_time() - started
    return {name: count / len(rows) for name, count in right.items()} | {
        "rows": len(rows),
        "ms each": 1000 * seconds / len(rows),
    }


def _tight(text: str) -> str:
    return re.sub(r"\s+", "", text)


def measure_credits(corpus: Path, *, unseen: bool | None) -> dict[str, float]:
    """Precision, recall and F1 of the agency: from the marked body alone, and with the lines around it."""
    credited = read_rows(corpus / "pages.tsv", by="publisher", unseen=unseen)
    others = read_rows(corpus / "pages_negative.tsv", by="publisher", unseen=unseen)
    truth = {row["id"]: row["agency"] for row in credited} | {row["id"]: "" for row in others}
    publishers = {row["id"]: row["publisher"] for row in (*credited, *others)}
    bodies = [page for page in _read_bodies(corpus / "pages_bodies.jsonl.gz") if page["id"] in truth]
    around = []
    started = time.process_time()
    alone = [(truth[page["id"]], _believed(find_credit(body=page["body"]))) for page in bodies]
    seconds = time.process_time() - started
    for page in bodies:
        lines = read_page(corpus / "pages" / f"{page['id']}.html.gz", page["body"])
        around.append(
            (
                truth[page["id"]],
                _believed(find_credit(body=page["body"], publisher=publishers[page["id"]], **lines)),
            )
        )
    scores = {f"body alone, {name}": value for name, value in f1(alone).items()}
    scores |= {f"with page lines, {name}": value for name, value in f1(around).items()}
    return scores | {"pages": len(bodies), "ms each": 1000 * seconds / len(bodies)}


def _believed(credit: Any) -> str:
    return credit.agency if credit.agency and credit.confidence >= CONFIDENT else ""


def f1(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Precision, recall and F1 of (truth, found) names; either name matches a truth such as `SID/dpa`."""
    hits = sum(bool(found) and found in truth.split("/") for truth, found in pairs)
    precision = hits / max(1, sum(bool(found) for _, found in pairs))
    recall = hits / max(1, sum(bool(truth) for truth, _ in pairs))
    return {
        "precision": precision,
        "recall": recall,
        "F1": 2 * precision * recall / max(1e-9, precision + recall),
    }


def _read_bodies(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def read_page(path: Path, body: str) -> dict[str, Any]:
    """The lines around a page's body by kind, as a page parser passes them on; deliberately crude."""
    raw = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    metadata = re.findall(
        r"<meta[^>]{0,200}(?:author|sourceOrganization|source|dc\.creator|copyright|publisher)\"?[^>]{0,80}content=\"([^\"]{2,90})\"",
        raw,
    )
    metadata += re.findall(
        r"<meta content=\"([^\"]{2,90})\"[^>]{0,80}(?:author|sourceOrganization|publisher)", raw
    )
    text = re.sub(r"(?s)<(script|style)\b.*?</\1>|<!--.*?-->", " ", raw)
    text = re.sub(r"(?i)</?(?:b|i|em|strong|span|a|abbr|font)\b[^>]*>", " ", text)
    lines = [
        line
        for line in (
            " ".join(html.unescape(line).split()) for line in re.sub(r"<[^>]+>", "\n", text).split("\n")
        )
        if line
    ]
    paragraphs = [paragraph.strip() for paragraph in body.split("\n") if len(paragraph.strip()) > _KEY_LENGTH]
    first, last = _where(lines, paragraphs[:3]), _where(lines, paragraphs[-3:][::-1])
    above = lines[max(0, first - _PAGE_WINDOW) : first] if first is not None else []
    below = lines[last + 1 : last + 1 + _PAGE_WINDOW] if last is not None else []
    return {
        "byline": [line for line in above if is_byline(line)],
        "credit_lines": [line for line in (*above, *below) if not is_byline(line) and split_signoff(line)[1]],
        "captions": [Caption(*split_photo_credit(line)) for line in (*above, *below) if is_photo_line(line)],
        "metadata": metadata,
    }


def _where(lines: Sequence[str], paragraphs: Sequence[str]) -> int | None:
    for paragraph in paragraphs:
        key = " ".join(paragraph.split())[:_KEY_LENGTH]
        for number, line in enumerate(lines):
            if key in line:
                return number
    return None


def main() -> dict[str, dict[str, float]]:
    """Measure and print; return the figures."""
    scores = measure()
    for grammar, figures in scores.items():
        print(f"\n{grammar}")
        for name, value in figures.items():
            print(f"  {name:<32}{value:>9.3f}")
    return scores


if __name__ == "__main__":
    main()
