"""`copytaster archive`: years of copy grouped on Spark, and taken into a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from copytaster.errors import ExitCode, NotFoundError, UsageError
from newsdesk.cli.options import common_options, read_configured_sources, read_settings
from newsdesk.cli.output import plural, print_json, progress_bar

if TYPE_CHECKING:
    from newsdesk.archive.copies import Read
    from newsdesk.archive.loading import LoadReport
    from newsdesk.archive.run import ArchiveReport
    from settings import Settings

LINES = (".ndjson", ".jsonl")
WEB = (".warc", ".warc.gz")


@click.group()
def archive() -> None:
    """Group archives of any size on Spark, and load them into a store."""


@archive.command("group")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from-store", is_flag=True, help="Group the versions of the store in place of files.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the results."
)
@click.option(
    "--master",
    default="local[*]",
    show_default=True,
    help="The Spark cluster, e.g. local[2] or spark://host:7077.",
)
@common_options
def group_paths(
    paths: tuple[Path, ...],
    from_store: bool,
    out: Path,
    master: str,
    config: Path,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> int:
    """Group an archive on many cores or machines.

    By the rules of the live service, day by day. Reads web archives (.warc, .warc.gz), lines of JSON (.ndjson, .jsonl,
    plain or .gz; each line a story as `copytaster parse --json` prints it, with `seen_at`) and folders of both, or the
    store. Writes under --out: `members`, a row of Parquet for each version with its dispatch, and `dispatches`, a document
    a line in the fields of the index. A job that was stopped goes on with the same command.

    Every machine of a cluster must see the files and --out under the same paths. Needs the extra `spark` and Java 17.

    \b
    Example:
      copytaster archive group /archive/cc-news --out /archive/grouped --master spark://head.example:7077
      copytaster archive group --from-store --out grouped --master local[2]

    Exit code: 0 done, 3 some pages or lines were refused: they are under `refused`, 4 nothing to group, 78 Spark or Java is
    missing.
    """  # noqa: D301 - click reads the character
    from newsdesk.archive.job import read_seed
    from newsdesk.archive.spark import open_spark, require_spark

    settings = read_settings(config, data_dir)
    if from_store == bool(paths):
        raise UsageError("name files or folders, or give --from-store", resource="copytaster archive group")
    seed = read_seed(settings.store_url) if from_store else 0  # before Spark starts, which takes seconds
    require_spark()
    read, inputs = _choose_input(paths, settings, config)
    from newsdesk.archive.run import group_archive

    with open_spark(master) as spark:
        report = group_archive(
            spark,
            out.resolve(),
            read,
            inputs=inputs,
            settings=settings.grouping,
            seed=seed,
            on_step=lambda step: click.echo(f"{step} ...", err=True),
        )
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    if not report.versions:
        return ExitCode.NOTHING_MATCHED
    return ExitCode.PARTLY_DONE if report.refused else ExitCode.DONE


def _choose_input(paths: tuple[Path, ...], settings: Settings, config: Path) -> tuple[Read, list[str]]:
    """(what reads the copies, its names): of the store where no path is given."""
    from newsdesk.archive.copies import read_files, read_store
    from spiders.publishers import Publishers

    if not paths:
        return read_store(settings.store_url), ["store"]
    lines, web = _list_files(paths)
    publishers = Publishers(read_configured_sources(config))
    return read_files(lines, web, settings, publishers), [*lines, *web]


def _list_files(paths: tuple[Path, ...]) -> tuple[list[str], list[str]]:
    """(files of lines, web archives), as absolute paths; a named file of neither kind is an error."""
    lines: list[str] = []
    web: list[str] = []
    for path in paths:
        if not path.exists():
            raise NotFoundError("no such file or folder", resource=str(path))
        found = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for one in found:
            name = one.name.lower()
            if name.endswith(WEB):
                web.append(str(one.resolve()))
            elif name.removesuffix(".gz").endswith(LINES):
                lines.append(str(one.resolve()))
            elif one == path:
                raise UsageError(
                    "neither a web archive nor lines of JSON",
                    resource=str(path),
                    hint="take other files in with `copytaster ingest`, then `archive group --from-store`",
                )
    if not lines and not web:
        raise NotFoundError(
            "no web archive and no lines of JSON", resource=", ".join(str(path) for path in paths)
        )
    return lines, web


def _print_report(report: ArchiveReport) -> None:
    click.echo(
        f"{report.versions:,} {plural(report.versions, 'version', 'versions')} of {report.days:,} "
        f"{plural(report.days, 'day', 'days')} in {report.dispatches:,} "
        f"{plural(report.dispatches, 'dispatch', 'dispatches')}: {report.folder}"
    )
    if report.refused:
        click.echo(f"refused: {report.refused:,}, listed in {report.folder / 'refused'}")
    click.echo(f"next: copytaster archive load {report.folder}")


@archive.command("load")
@click.argument("folder", type=click.Path(path_type=Path))
@common_options
def load(folder: Path, config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Write a grouped archive into the store.

    Then search finds its dispatches. The service must be stopped, and the store must hold no copy that is newer than copy of
    the archive: an empty data folder is best. What the store has already stays as it is, and a load that was stopped goes
    on with the same command.

    \b
    Example:
      copytaster archive load /archive/grouped --data-dir /var/lib/copytaster-archive

    Exit code: 0 loaded, 2 the store has newer copy, 3 loaded, not indexed, 4 FOLDER holds no grouped archive.
    """  # noqa: D301 - click reads the character
    from newsdesk.archive.spark import require_parquet
    from newsdesk.pipeline import end_stored, open_and_follow

    settings = read_settings(config, data_dir)
    with open_and_follow(settings) as (store, following), progress_bar() as bar:
        require_parquet()
        from newsdesk.archive.loading import load_archive

        task = bar.add_task("load", total=None)
        report = load_archive(store, folder, lambda done, of: bar.update(task, completed=done, total=of))
        following.note_stored()
    if as_json:
        print_json(report)
    else:
        click.echo(_describe(report))
    return end_stored(ExitCode.DONE, following)


def _describe(report: LoadReport) -> str:
    told = [f"loaded {report.versions:,} versions in {report.dispatches:,} dispatches"]
    if report.known:
        told.append(f"{report.known:,} versions were there already")
    if report.taken_down:
        told.append(f"{report.taken_down:,} were left out: people took them down")
    return "; ".join(told)
