"""`copytaster status`, `runs`, `doctor`, `quarantine` and `config`: what people who run the service ask."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from copytaster.cli.options import (
    common_options,
    print_json,
    print_table,
    progress_bar,
    read_settings,
)
from copytaster.errors import NotFoundError, UsageError, nearest
from copytaster.logs import clean_text, mask_secrets
from copytaster.store import ledger
from copytaster.store.engine import Store
from copytaster.values import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from copytaster.operations.status import SourceStatus, Status
    from copytaster.store.ledger import Run
    from spiders.sources import Sources

PARTLY = 3
NOTHING = 4


@click.command()
@common_options
def status(config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Show how each source and each part of the service stands, and what waits.

    \b
    Example:
      copytaster status
      copytaster status --json | jq '.sources[] | select(.reason == "timeout")'

    Exit code: 0, whatever it shows; `copytaster doctor` judges.
    """  # noqa: D301
    from copytaster.operations.status import read_status

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        found = read_status(store, settings, _read_sources(config))
    if as_json:
        _print_json(found)
        return
    print_table(
        ("source", "state", "last run", "outcome", "reason", "found", "stored", "unchanged", "next due"),
        [_status_row(source) for source in found.sources],
    )
    _print_rest(found)


def _status_row(source: SourceStatus) -> Sequence[object]:
    run = source.last_run
    if run is None:
        return (source.source, source.state, "never", None, None, None, None, None, _show(source.next_due))
    return (
        source.source,
        source.state,
        _show(run.started_at or run.due_at),
        run.outcome,
        clean_text(source.paused_why or source.reason or ""),
        run.found,
        run.stored,
        run.unchanged,
        _show(source.next_due),
    )


def _print_rest(found: Status) -> None:
    waiting, held = found.waiting, found.quarantine
    since = f", the oldest since {_show(waiting.oldest)}" if waiting.oldest else ""
    click.echo(f"\nwaiting     {waiting.grouping} for grouping, {waiting.index} for the index{since}")
    click.echo(f"quarantine  {held.documents} documents, {held.pages} pages kept for replay")
    acting = f"{found.holder}, last seen {_show(found.renewed_at)}" if found.holder else "no process"
    click.echo(f"acting      {acting}")
    for part in found.parts:
        how = "ok" if part.ok else f"failed {part.failures} times in a row: {part.last_error}"
        click.echo(f"{part.part:<11} {how}, last success {_show(part.last_success_at) or 'never'}")


@click.command()
@click.argument("source", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Rows at most.")
@common_options
def runs(source: str | None, limit: int, config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Show the ledger: every due time and how it ended, the newest first.

    \b
    Example:
      copytaster runs harbour-world --limit 10

    Exit code: 0 done, 4 nothing matched.
    """  # noqa: D301
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        found = ledger.list_runs(connection, source=source, limit=limit)
        known = {*ledger.count_outcomes(connection), *(one.name for one in _read_sources(config))}
    if source is not None and source not in known:
        raise NotFoundError(
            f"no source is named {source!r}", resource=str(config), hint=nearest(source, known)
        )
    if as_json:
        _print_json(found)
    else:
        columns = (
            "run",
            "source",
            "due",
            "trigger",
            "outcome",
            "why",
            "found",
            "stored",
            "unchanged",
            "dropped",
            "errors",
            "s",
        )
        print_table(columns, [_run_row(run) for run in found])
    return 0 if found else NOTHING


def _run_row(run: Run) -> Sequence[object]:
    return (
        run.id,
        run.source,
        _show(run.due_at),
        run.trigger,
        run.outcome,
        clean_text(run.why or ""),
        run.found,
        run.stored,
        run.unchanged,
        _counts(run.dropped),
        _counts(run.errors),
        None if run.seconds is None else f"{run.seconds:.1f}",
    )


@click.command()
@common_options
def doctor(config: Path, data_dir: Path | None, *, as_json: bool) -> int:
    """Check that the books balance, and show the way out of what is wrong. Changes nothing.

    \b
    Example:
      copytaster doctor

    Exit code: 0 no fault found, 1 a fault found.
    """  # noqa: D301
    from copytaster.operations.doctor import examine
    from indexer.opening import open_index

    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        index = open_index(settings)
        try:
            findings = list(examine(store, index, settings, config))
        finally:
            index.close()
    if as_json:
        _print_json(findings)
    else:
        print_table(
            ("check", "", "found", "way out"),
            [(one.check, one.level, clean_text(one.detail), one.way_out) for one in findings],
        )
    return int(any(one.level == "fault" for one in findings))


@click.group()
def quarantine() -> None:
    """What could not be used, and its replay."""


@quarantine.command("list")
@click.option("--source", help="Pages of this source only.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Rows at most.")
@common_options
def list_quarantine(
    source: str | None, limit: int, config: Path, data_dir: Path | None, *, as_json: bool
) -> None:
    """List what was set aside: documents that no index takes, pages that gave no story.

    \b
    Example:
      copytaster quarantine list --source harbour-world
    """  # noqa: D301
    from copytaster.operations.quarantine import list_held

    with closing(Store(read_settings(config, data_dir).store_url)) as store, store.read() as connection:
        held = list_held(connection, source=source, limit=limit)
    if as_json:
        _print_json(held)
        return
    print_table(
        ("id", "kind", "source", "reason", "about", "since", "kept"),
        [
            (
                one.id,
                one.kind,
                one.source,
                one.reason,
                clean_text(one.about),
                _show(one.at),
                _yes(one.replayable),
            )
            for one in held
        ],
    )


@quarantine.command("show")
@click.argument("held_id", metavar="ID")
@common_options
def show_quarantine(held_id: str, config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Show one thing that was set aside, and why.

    \b
    Example:
      copytaster quarantine show 17

    Exit code: 0 done, 4 nothing has this id.
    """  # noqa: D301
    from copytaster.operations.quarantine import show_held

    with closing(Store(read_settings(config, data_dir).store_url)) as store, store.read() as connection:
        shown = _mask(to_json(show_held(connection, held_id)))
    if as_json:
        _print_json(shown)
        return
    print_table(
        ("", ""), [(name, clean_text(str(value))) for name, value in shown.items() if value is not None]
    )


@quarantine.command("replay")
@click.argument("held_id", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that was set aside.")
@click.option("--source", help="With --all: pages of this source only.")
@common_options
def replay_quarantine(
    held_id: str | None,
    source: str | None,
    config: Path,
    data_dir: Path | None,
    *,
    everything: bool,
    as_json: bool,
) -> int:
    """Try again: pages are parsed anew from their kept bytes, documents go to the index once more.

    The service, or `copytaster group` and `copytaster index`, takes it from there.

    \b
    Example:
      copytaster quarantine replay 17
      copytaster quarantine replay --all --source harbour-world

    Exit code: 0 all left the quarantine, 1 none did, 3 some did, 4 nothing matched.
    """  # noqa: D301
    from copytaster.operations.quarantine import list_held, replay, show_held

    if (held_id is None) != everything:
        raise UsageError("name one id, or --all", hint="`copytaster quarantine list` shows the ids")
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store:
        with store.read() as connection:
            held = (
                [show_held(connection, held_id)]
                if held_id
                else list_held(connection, source=source, limit=100_000)
            )
        held = [one for one in held if one.replayable or held_id]
        with progress_bar() as bar:
            task = bar.add_task("replay", total=len(held))
            replayed = replay(
                store,
                settings,
                _read_sources(config),
                held,
                on_progress=lambda done: bar.update(task, completed=done),
            )
    if as_json:
        _print_json(replayed)
    else:
        print_table(
            ("id", "kind", "outcome", ""), [(r.id, r.kind, r.outcome, clean_text(r.detail)) for r in replayed]
        )
    left = sum(one.ok for one in replayed)
    if not replayed:
        return NOTHING
    return 0 if left == len(replayed) else PARTLY if left else 1


@click.group()
def config() -> None:
    """Show every setting and where its value comes from."""


@config.command("show")
@common_options
def show_config(config: Path, data_dir: Path | None, *, as_json: bool) -> None:
    """Show every setting, its value and its origin: flag, environment, file or default. Secrets are masked.

    \b
    Example:
      COPYTASTER_WEB__PORT=9000 copytaster config show
    """  # noqa: D301
    from copytaster.operations.origins import list_settings

    found = list_settings(config, {} if data_dir is None else {"data_dir": data_dir})
    if as_json:
        _print_json(found)
        return
    print_table(("setting", "value", "origin"), [(one.name, one.value, one.origin) for one in found])


def _read_sources(config: Path) -> Sources:
    from spiders.sources import Sources, read_sources

    return read_sources(config) if config.exists() else Sources()


def _print_json(value: Any) -> None:
    """Reasons quote addresses, and addresses may hold secrets."""
    print_json(_mask(to_json(value)))


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, dict):
        return {name: _mask(item) for name, item in value.items()}
    return [_mask(item) for item in value] if isinstance(value, list) else value


def _show(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def _counts(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))


def _yes(value: bool) -> str:
    return "yes" if value else "no"
