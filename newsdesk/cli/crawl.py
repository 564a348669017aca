"""`copytaster crawl`, `ingest` and `parse`: what brings copy in."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from copytaster.errors import NotFoundError, UsageError
from copytaster.store.engine import Store
from copytaster.values import story_to_json
from newsdesk.cli.options import common_options, read_settings, read_time
from newsdesk.cli.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from settings import Settings
    from spiders.ingest import IngestReport
    from spiders.run_report import RunReport
    from spiders.sources.config import Source

PARTLY = 3
FILES = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))


URL = click.option("--url", help="Where the file was published.")
PUBLISHED = click.option(
    "--published", type=read_time, metavar="TIME", help="When, where the file does not say."
)


@click.command()
@click.argument("sources", nargs=-1)
@common_options
def crawl(sources: tuple[str, ...], config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Collect from these sources (all that are switched on) now, once; group and index what came.

    \b
    Example:
      copytaster crawl
      copytaster crawl harbour-world --json

    Exit code: 0 every source ran, 3 some failed or ran in part, 1 all failed.
    """  # noqa: D301
    from spiders.process.parent import crawl as crawl_in_child
    from spiders.run_report import exit_code
    from spiders.sources.config import read_sources

    settings = read_settings(config, data_dir)
    names = [source.name for source in read_sources(config).select(sources)]
    if not names:
        raise NotFoundError(
            "no source is switched on",
            resource=str(config),
            hint="`copytaster source add URL` adds one, `copytaster crawl NAME` runs one that is switched off",
        )
    with _following(settings) as (_, stored):
        reports = crawl_in_child(names, config=config, settings=settings, on_stored=stored)
    if as_json:
        print_json([asdict(report) for report in reports])
    else:
        _print_reports(reports)
    return exit_code(reports)


def _print_reports(reports: Sequence[RunReport]) -> None:
    columns = (
        "source",
        "outcome",
        "found",
        "fetched",
        "stored",
        "unchanged",
        "dropped",
        "errors",
        "seconds",
        "MB",
    )
    rows = [
        (
            report.source,
            report.outcome,
            report.found,
            report.fetched,
            report.stored,
            report.unchanged,
            _counts(report.dropped),
            _counts(report.errors) or report.why,
            None if report.seconds is None else f"{report.seconds:.1f}",
            None if report.peak_bytes is None else report.peak_bytes // 1_000_000,
        )
        for report in reports
    ]
    print_table(columns, rows)


def _counts(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))


@click.command()
@FILES
@click.option(
    "--source", "name", default="ingest", show_default=True, help="A configured source, or any name."
)
@URL
@PUBLISHED
@common_options
def ingest(
    paths: tuple[Path, ...],
    name: str,
    url: str | None,
    published: datetime | None,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> int:
    """Take files or folders into the store; group and index what came.

    HTML (plain or .gz) and plain text, parsed as a crawl parses pages. A file already known is unchanged.

    \b
    Example:
      copytaster ingest pages/ --source archive
      copytaster ingest story.txt --url https://outlet.example/story --published 2016-02-24

    Exit code: 0 every file was taken in, 3 some were refused, 1 all were, 4 there was none.
    """  # noqa: D301
    from spiders.ingest import ingest_paths

    if url and (len(paths) > 1 or paths[0].is_dir()):
        raise UsageError("--url is the address of one file, and more were named", resource="--url")
    settings = read_settings(config, data_dir)
    with _following(settings) as (store, stored), progress_bar() as bar:
        task = bar.add_task("ingest", total=None)
        report = ingest_paths(
            paths,
            store=store,
            settings=settings,
            source=_configured(config, name),
            url=url,
            published=published,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            on_stored=stored,
        )
    _print_ingest(report, as_json=as_json)
    return _exit_code(len(report.refusals), report.found)


def _configured(config: Path, name: str) -> str | Source:
    from spiders.sources.config import read_sources

    if not config.exists():
        return name
    return next((source for source in read_sources(config) if source.name == name), name)


def _print_ingest(report: IngestReport, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
        return
    print_table(
        ("found", "stored", "unchanged", "refused"),
        [(report.found, report.stored, report.unchanged, _counts(report.dropped))],
    )
    for refusal in report.refusals:
        click.echo(f"{refusal.path}: {refusal.error} [{refusal.reason}]", err=True)


@click.command()
@FILES
@URL
@PUBLISHED
@common_options
def parse(
    paths: tuple[Path, ...],
    url: str | None,
    published: datetime | None,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,  # noqa: ARG001  it is JSON either way
) -> int:
    """Parse files as a crawl would and print one JSON story a line; nothing is stored.

    \b
    Example:
      copytaster parse story.txt --published 2016-02-24

    Exit code: 0 every file gave a story, 3 some did not, 1 none did, 4 there was none.
    """  # noqa: D301
    from spiders.files import list_files
    from spiders.ingest import open_parsers
    from spiders.parsing.context import ParseContext

    settings = read_settings(config, data_dir)
    context = replace(ParseContext(), url=url, published_at=published)
    files = list_files(paths, must_exist=False)
    failed = 0
    with open_parsers(settings) as parse_all:
        for parsed in parse_all(files, context):
            if parsed.story is not None:
                line = story_to_json(parsed.story)
            else:
                failed += 1
                refused = parsed.refused
                line = {"path": str(parsed.path), "error": str(refused), "reason": refused and refused.reason}
            click.echo(json.dumps(line, ensure_ascii=False))
    return _exit_code(failed, len(files))


def _exit_code(failed: int, of: int) -> int:
    if not of:
        return NotFoundError.exit_code
    if not failed:
        return 0
    return 1 if failed == of else PARTLY


@contextmanager
def _following(settings: Settings) -> Iterator[tuple[Store, Callable[[], None]]]:
    """The store, and what to call after each commit: grouping and indexing follow at once, as in the service."""
    from indexer.factory import open_index
    from newsdesk.pipeline import follow

    with (
        closing(Store(settings.store_url)) as store,
        closing(open_index(settings)) as index,
        follow(store, index, settings.grouping) as stored,
    ):
        yield store, stored
