"""`copytaster ingest` and `copytaster parse`: stories from files, stored or printed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode, UsageError
from copytaster.logs import clean_text
from copytaster.values import story_to_json
from newsdesk.cli.options import common_options, read_settings, read_time
from newsdesk.cli.output import format_counts, print_json, print_table, progress_bar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from spiders.ingest import IngestReport
    from spiders.sources.config import Source

_paths_argument = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
_url_option = click.option("--url", help="Address at which the file was published.")
_published_option = click.option(
    "--published", type=read_time, metavar="TIME", help="Time of publication, for files that name none."
)


@click.command("ingest")
@_paths_argument
@click.option(
    "--source", "name", default="ingest", show_default=True, help="A configured source, or any other name."
)
@_url_option
@_published_option
@common_options
def ingest_files(
    paths: tuple[Path, ...],
    name: str,
    url: str | None,
    published: datetime | None,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> int:
    """Store the stories of files or folders; group and index them.

    Reads HTML, plain text and the wire formats of agencies (plain or .gz), with the parsing of a crawl. A file that
    is already stored counts as unchanged; copy under embargo waits for its hour. An article saved as several pages of
    one folder is one story.

    Of web archives (WARC, plain or gzip, as of CC-NEWS) it takes the HTML pages that came with status 200, each
    published by the configured publisher of its host, or else by the host. An ingest that was stopped goes on after
    the last page stored.

    \b
    Example:
      copytaster ingest pages/ --source archive
      copytaster ingest CC-NEWS-20261130-00042.warc.gz --source cc-news
      copytaster ingest story.txt --url https://outlet.example/story --published 2016-02-24

    Exit code: 0 every file is stored, 3 some pages or files were refused or an archive is broken, or what came is
    stored and not indexed, 1 all were refused, 4 no file found.
    """  # noqa: D301
    from newsdesk.pipeline import end_stored, open_and_follow
    from spiders.ingest import ingest_paths
    from spiders.publishers import Publishers

    if url and (len(paths) > 1 or paths[0].is_dir()):
        raise UsageError("--url fits one file only", resource="--url")
    has_archive = _has_archive(paths)
    _refuse_claims(url, published, has_archive=has_archive)
    settings = read_settings(config, data_dir)
    sources = _read_sources(config)
    with open_and_follow(settings) as (store, following), progress_bar(in_bytes=has_archive) as bar:
        task = bar.add_task("ingest", total=None)
        report = ingest_paths(
            paths,
            store=store,
            settings=settings,
            source=next((source for source in sources if source.name == name), name),
            publishers=Publishers(sources),
            url=url,
            published=published,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            on_stored=following.note_stored,
        )
    _print_report(report, as_json=as_json)
    # An archive counts too: where it goes on from an earlier ingest, or holds no page, nothing may be found.
    read = sum(archive.read_to > 0 for archive in report.archives)
    return end_stored(_exit_code(report.refused, report.found + read), following)


def _has_archive(paths: Iterable[Path]) -> bool:
    from spiders.files import list_files
    from spiders.warc.archive import is_archive

    return any(map(is_archive, list_files(paths, must_exist=False, warns=False)))


def _refuse_claims(url: str | None, published: datetime | None, *, has_archive: bool) -> None:
    for option, value in (("--url", url), ("--published", published)):
        if has_archive and value:
            raise UsageError(
                f"{option} does not fit an archive: each of its pages has its own", resource=option
            )


def _read_sources(config: Path) -> Sequence[Source]:
    """The configured sources; none without a configuration file."""
    from spiders.sources.config import read_sources

    return read_sources(config).all if config.exists() else ()


def _print_report(report: IngestReport, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
        return
    print_table(
        ("found", "stored", "unchanged", "refused"),
        [(report.found, report.stored, report.unchanged, format_counts(report.dropped))],
    )
    if report.joined:
        click.echo(f"{report.joined} files hold later pages of articles, read with the first")
    for archive in report.archives:
        click.echo(
            f"{archive.path}: read from byte {archive.begun_at} to {archive.read_to} of {archive.size}"
        )
    if report.skipped:
        click.echo(f"records without a page: {format_counts(report.skipped)}")
    for refusal in report.refusals:
        click.echo(clean_text(f"{refusal.path}: {refusal.error} [{refusal.reason}]"), err=True)
    if report.refused > len(report.refusals):
        more = report.refused - len(report.refusals)
        click.echo(f"{more} more were refused: `copytaster quarantine list` has all", err=True)


@click.command("parse")
@_paths_argument
@_url_option
@_published_option
@common_options
def parse_files(
    paths: tuple[Path, ...],
    url: str | None,
    published: datetime | None,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,  # noqa: ARG001  the output is JSON either way
) -> int:
    """Parse files with the parsing of a crawl; print one JSON story a line, store nothing.

    \b
    Example:
      copytaster parse story.txt --published 2016-02-24

    Exit code: 0 every file gave a story, 3 some did not, 1 none did, 4 no file found.
    """  # noqa: D301
    from spiders.files import list_files
    from spiders.ingest import open_parsers
    from spiders.parsing.context import ParseContext

    _refuse_claims(url, published, has_archive=_has_archive(paths))
    settings = read_settings(config, data_dir)
    context = replace(ParseContext(), url=url, published_at=published)
    files = list_files(paths, must_exist=False)
    failed = 0
    with open_parsers(settings) as parse_all:
        for parsed in parse_all(files, context):
            if parsed.first is not None:
                said = f"a later page of the article in {parsed.first}, read with it"
                click.echo(json.dumps({"path": str(parsed.path), "error": said, "reason": "later-page"}))
            if not parsed.is_item:
                continue
            if parsed.story is not None:
                line = {"path": str(parsed.path)} | story_to_json(parsed.story)
            else:
                failed += 1
                refused = parsed.refused
                line = {"path": str(parsed.path), "error": str(refused), "reason": refused and refused.reason}
            click.echo(json.dumps(line, ensure_ascii=False))
    return _exit_code(failed, len(files))


def _exit_code(failed: int, found: int) -> int:
    if not found:
        return ExitCode.NOTHING_MATCHED
    if not failed:
        return ExitCode.DONE
    return ExitCode.FAILED if failed == found else ExitCode.PARTLY_DONE
