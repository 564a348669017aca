"""The copies of an archive: out of a store, out of lines of JSON, or out of web archives; one row a version."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import xxhash
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sql

from copytaster.errors import RefusedError, UnparsableError
from copytaster.identity import content_digest
from copytaster.store.engine import Store
from copytaster.store.find_story import list_identities
from copytaster.store.intake import version_values
from copytaster.store.plain_rows import list_id_ranges, read_plain, spell_plain
from copytaster.story_json import moment_from_json, story_from_json
from copytaster.values import Credit, ParsedStory, to_json
from dedup.candidates.traces import count_microseconds
from newsdesk.archive.job import DAY, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyspark.sql import SparkSession

    from settings import Settings
    from spiders.publishers import Publishers

COPY = """key long, tie long, day int, seen long, identity string, number int, digest string, row string,
    refused string"""
_COPY = pa.schema(
    [
        ("key", pa.int64()),
        ("tie", pa.int64()),
        ("day", pa.int32()),
        ("seen", pa.int64()),
        ("identity", pa.string()),
        ("number", pa.int32()),
        ("digest", pa.string()),
        ("row", pa.string()),
        ("refused", pa.string()),
    ]
)
_SOURCE = "archive"
_PART = 20_000  # versions of a store a task
_SIGNED = 2**63
_SHOWN = 200  # characters of a line that was refused


Read = Callable[["SparkSession"], "DataFrame"]


def read_store(url: str) -> Read:
    """Reads every version of a store, in parts by their ids; each task opens the store itself."""
    return partial(_read_store, url)


def _read_store(url: str, spark: SparkSession) -> DataFrame:
    with closing(Store(url)) as store, store.read() as connection:
        parts = list_id_ranges(connection, _PART)
    ranges = spark.createDataFrame(parts, "first long, end long").repartition(max(1, len(parts)))

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with closing(Store(url)) as store:
            for batch in batches:
                for part in batch.to_pylist():
                    with store.read() as connection:
                        found = read_plain(connection, part["first"], part["end"])
                        yield from _make_batches(_copy(row, tie=number) for number, row in found)

    return ranges.mapInArrow(run, COPY)


def read_files(lines: list[str], web: list[str], settings: Settings, publishers: Publishers) -> Read:
    """Reads lines of JSON, plain or .gz, and web archives.

    A line is a story as `copytaster parse --json` prints it, with `seen_at` where that is known. The pages of a web archive
    are read by the road of `copytaster ingest`, one task an archive, each published by the publisher of its host.
    """

    def read(spark: SparkSession) -> DataFrame:
        parts = [_read_lines(lines, spark)] if lines else []
        parts += [_read_web_archives(web, settings, publishers, spark)] if web else []
        return _number_versions(reduce(DataFrame.unionByName, parts))

    return read


def _read_lines(paths: list[str], spark: SparkSession) -> DataFrame:
    lines = spark.read.text(paths).select("value", sql.input_file_name().alias("file"))

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = (row for row in batch.to_pylist() if row["value"].strip())
            yield from _make_batches(_read_line(row["value"], row["file"]) for row in rows)

    return lines.mapInArrow(run, COPY)


def _read_web_archives(
    paths: list[str], settings: Settings, publishers: Publishers, spark: SparkSession
) -> DataFrame:
    named = spark.createDataFrame([(path,) for path in paths], "path string").repartition(len(paths))

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                yield from _make_batches(_read_pages(Path(row["path"]), settings, publishers))

    return named.mapInArrow(run, COPY)


def _number_versions(copies: DataFrame) -> DataFrame:
    """Number the versions of each story by arrival; what only repeats the version before is left out."""
    arrival = Window.partitionBy("identity").orderBy("seen", "digest")
    good = copies.where("refused IS NULL").withColumn("before", sql.lag("digest").over(arrival))
    changed = good.where(sql.col("before").isNull() | (sql.col("before") != sql.col("digest"))).drop("before")
    numbered = changed.withColumn("number", sql.row_number().over(arrival).cast("int"))
    key = sql.xxhash64("identity", "number")
    return numbered.withColumn("key", key).unionByName(copies.where("refused IS NOT NULL"))


def _read_pages(path: Path, settings: Settings, publishers: Publishers) -> Iterator[dict[str, Any]]:
    from spiders.archive_pages import ArchivePages
    from spiders.ingest import open_parsers
    from spiders.parsing.context import ParseContext

    archives = ArchivePages(max_bytes=settings.crawl.max_bytes, publishers=publishers)
    with open_parsers(settings) as parse:
        for item in parse([path], ParseContext(), archives):
            where = item.part.url if item.part else str(path)
            if item.story is not None and item.page is not None:
                family = item.part.publisher.family if item.part and item.part.publisher else None
                yield _take(item.story, item.page.fetched_at, where, family)
            elif item.refused is not None:
                yield _refuse(where, str(item.refused))


def _read_line(line: str, file: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
        story = _read_story(data)
        seen = moment_from_json(data.get("seen_at")) or story.published_at
        if seen is None:
            raise UnparsableError("neither seen_at nor published_at", reason="no-date")
        return _take(story, seen, file)
    except (ValueError, TypeError, KeyError, AttributeError, RefusedError) as error:
        why = str(error) if isinstance(error, RefusedError) else f"no story: {error!r}"
        return _refuse(file, why, line)


def _take(story: ParsedStory, seen: datetime, where: str, family: str | None = None) -> dict[str, Any]:
    if story.is_held(datetime.now(UTC)):
        return _refuse(where, "under embargo", story.url)
    return _copy(make_row(story, seen, family), tie=0)


def _refuse(where: str, why: str, what: str = "") -> dict[str, Any]:
    told = {"where": where, "why": why, "what": what[:_SHOWN]}
    return {"refused": json.dumps({name: value for name, value in told.items() if value}, ensure_ascii=False)}


def _read_story(data: Mapping[str, Any]) -> ParsedStory:
    """A story of `copytaster parse`; all but headline, body, publisher and url may be missing."""
    blank = to_json(ParsedStory(headline="", body="", publisher="", url=""))
    for name in ("headline", "body", "publisher", "url"):
        if not isinstance(data.get(name), str) or not data[name].strip():
            raise UnparsableError(f"no {name}", reason=f"no-{name}")
    evidence = data.get("agency_evidence") or []
    credit = to_json(Credit(data.get("agency"), data.get("agency_confidence") or 0.0)) | {
        "evidence": evidence
    }
    fields = blank | {name: value for name, value in data.items() if name in blank and value is not None}
    return story_from_json(fields | {"credit": credit})


def make_row(story: ParsedStory, seen: datetime, family: str | None = None) -> dict[str, Any]:
    """A story that came at a moment, as `copytaster.store.plain_rows` has it; the first version of its address."""
    digest = content_digest(story)
    moment = seen.astimezone(UTC).isoformat()
    told = {
        "identity": list_identities(story)[0],
        "publisher": story.publisher,
        "family": family,
        "claimed_publisher": story.claimed_publisher,
        "url": story.url,
        "wire_id": story.wire_id,
        "slug": story.slug,
        "source": _SOURCE,
        "channel": _SOURCE,
        "first_seen_at": moment,
        "last_seen_at": moment,
    }
    version = version_values(story, digest) | {"number": 1, "seen_at": moment}
    return {"story": spell_plain(told), "version": spell_plain(version)}


def _copy(row: Mapping[str, Any], *, tie: int) -> dict[str, Any]:
    """A row of the job; `tie` orders those that came in the same moment."""
    story, version = row["story"], row["version"]
    seen = count_microseconds(datetime.fromisoformat(version["seen_at"]))
    name = f"{story['identity']}\n{version['number']}"
    return {
        "key": xxhash.xxh3_64_intdigest(name.encode()) - _SIGNED,
        "tie": tie,
        "day": seen // DAY,
        "seen": seen,
        "identity": story["identity"],
        "number": version["number"],
        "digest": version["digest"],
        "row": json.dumps(row, ensure_ascii=False),
    }


def _make_batches(rows: Iterable[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    return (pa.RecordBatch.from_pylist(part, schema=_COPY) for part in cut(rows))
