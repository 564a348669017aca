"""`copytaster source add|list|show|probe|pause|resume`."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from copytaster.errors import ConfigurationError, UsageError
from copytaster.store.engine import Store
from copytaster.store.sources import SourceState, pause, read_state, read_states, resume
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import format_time, format_totals, print_json, print_table
from newsdesk.cli.recall import recall
from newsdesk.cli.source_view import (
    format_schedule,
    health_to_json,
    print_probe,
    probe_to_json,
    source_to_json,
    state_to_json,
)
from newsdesk.cli.trial_view import print_trial, trial_to_json
from newsdesk.operations.source_report import count_health, read_sources_report, select_reports
from newsdesk.operations.trial import probe_any, try_source
from spiders.publishers import site_of
from spiders.receiving.probe import is_place
from spiders.sources.config import (
    RECEIVED,
    Mailbox,
    Source,
    Sources,
    SourceSelectors,
    parse_sources,
    read_sources,
    read_starter,
)
from spiders.sources.file import add_source, check_new, read_text, write_block
from spiders.sources.tables import check_source_url, read_interval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    from newsdesk.operations.source_report import SourceReport
    from spiders.sources.probe import Probe

_COLUMNS = (
    "name",
    "publisher",
    "kind",
    "schedule",
    "state",
    "evidence",
    "last new",
    "today",
    "usual",
    "next due",
)
_STARTER_COLUMNS = ("name", "publisher", "kind", "schedule")


@click.group("source")
def source() -> None:
    """Add, try, list, show, probe, pause and resume sources.

    \b
    Example:
      copytaster source add https://www.example.org/news
      copytaster source pause harbour-world --why "moving house"
    """  # noqa: D301


source.add_command(recall)

_kind_option = click.option(
    "--kind",
    type=click.Choice(["sitemap", "listing"]),
    help="Take URL as that, and look for no feed.",
)
_password_option = click.option("--password-file", default="", help="File with the password of a mailbox.")
_ca_option = click.option("--ca-file", default="", help="Certificates to trust instead of the system's.")
_trust_option = click.option(
    "--trust", "trusted", multiple=True, help="Mail server whose word on senders counts. Repeatable."
)
_links_option = click.option("--links", default="", help="CSS selector of the links of a listing page.")


@source.command("add")
@click.argument("url")
@_kind_option
@_links_option
@_password_option
@_ca_option
@_trust_option
@click.option("--name", help="Name of the source: a-z, 0-9 and -.")
@click.option("--publisher", help="Name of the publisher.")
@click.option("--interval", help="Time between two looks at the feed, e.g. 15m.")
@click.option(
    "--starter", is_flag=True, help="Take URL as the name of a starter source, and copy that source."
)
@click.option("--yes", is_flag=True, help="Write without confirmation.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@common_options
def add_by_url(
    url: str,
    kind: str | None,
    links: str,
    password_file: str,
    ca_file: str,
    trusted: tuple[str, ...],
    name: str | None,
    publisher: str | None,
    interval: str | None,
    starter: bool,
    yes: bool,
    dry_run: bool,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Find the feed, sitemap or list of URL and add it.

    Shows what it found and the block for sources.toml, and writes it after a confirmation.

    \b
    Example:
      copytaster source add https://www.example.org/news --interval 10m --yes
      copytaster source add https://www.example.org/ --kind sitemap --yes
      copytaster source add /srv/wire/in --publisher "Harbour Agency" --yes
      copytaster source add imaps://desk@mail.example.org/INBOX --password-file /etc/copytaster/mail --yes
      copytaster source add push:harbour --publisher "Harbour Agency" --yes
      copytaster source add --starter bbc-world --yes
    """  # noqa: D301
    known = parse_sources(read_text(config), resource=str(config))
    chosen_interval = _read_interval(interval) if interval else None
    probed = None
    if starter:
        found = replace(read_starter().get(url), enabled=True)
    else:
        crawl = read_settings(config, data_dir).crawl
        mailbox = Mailbox(password_file, ca_file, trusted)
        asked = "listing" if links else kind
        probed = probe_any(_read_url(url), crawl=crawl, kind=asked, selector=links, mailbox=mailbox)
        found = replace(_make_source(probed, known), mailbox=mailbox)
    found = _check(_change(found, name, publisher, chosen_interval))
    check_new(known, found)
    if not as_json:
        if probed:
            print_probe(probed)
        click.echo(write_block(found))
    write = not dry_run and (yes or _confirm(config, as_json=as_json))
    if write:
        add_source(config, found)
        click.echo(f"{found.name} added to {config}", err=True)
    if as_json:
        shown = probe_to_json(probed) if probed else None
        print_json({**source_to_json(found), "written": write, "probe": shown})


@source.command("list")
@click.option("--starter", is_flag=True, help="List the sources that come with Copytaster.")
@click.option("--failing", is_flag=True, help="List only sources that someone should look at.")
@common_options
def list_sources(starter: bool, failing: bool, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """List every configured source and its state.

    \b
    Example:
      copytaster source list --failing
      copytaster source list --json
    """  # noqa: D301
    if starter:
        _list_starter(as_json=as_json)
        return
    known = read_sources(config)
    reports, states = _read_reports(known, config, data_dir)
    chosen = [(known.get(one.source), one) for one in select_reports(reports, failing=failing)]
    if as_json:
        items = [
            source_to_json(item)
            | state_to_json(states.get(item.name, SourceState()))
            | health_to_json(report)
            for item, report in chosen
        ]
        print_json({"items": items, "total": len(items), "totals": count_health(reports)})
        return
    print_table(_COLUMNS, (_source_row(item, report) for item, report in chosen))
    click.echo(f"\n{format_totals(count_health(reports))}")


def _list_starter(*, as_json: bool) -> None:
    known = read_starter()
    if as_json:
        print_json({"items": [source_to_json(item) for item in known], "total": len(known)})
        return
    print_table(
        _STARTER_COLUMNS,
        ((item.name, item.publisher_name, item.kind, format_schedule(item)) for item in known),
    )


def _source_row(item: Source, report: SourceReport) -> Sequence[object]:
    return (
        item.name,
        item.publisher_name,
        item.kind,
        format_schedule(item),
        report.word,
        report.paused_why or report.evidence,
        format_time(report.last_new_at) or "never",
        report.new_today,
        report.usual_new,
        format_time(report.next_due),
    )


@source.command("show")
@click.argument("name")
@common_options
def show_source(name: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Show the settings and the state of one source.

    \b
    Example:
      copytaster source show harbour-world
    """  # noqa: D301
    known = read_sources(config)
    item = known.get(name)
    reports, states = _read_reports(known, config, data_dir)
    report = next(one for one in reports if one.source == name)
    data = source_to_json(item) | state_to_json(states.get(name, SourceState())) | health_to_json(report)
    if as_json:
        print_json(data)
        return
    print_table(
        ("setting", "value"), ((key, value) for key, value in data.items() if value not in (None, {}, ""))
    )


@source.command("probe")
@click.argument("url")
@_kind_option
@_links_option
@_password_option
@_ca_option
@_trust_option
@common_options
def probe_url(
    url: str,
    kind: str | None,
    links: str,
    password_file: str,
    ca_file: str,
    trusted: tuple[str, ...],
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Fetch URL as `add` does, and show its feed; nothing is written. URL may be the name of a source.

    \b
    Example:
      copytaster source probe https://www.example.org/news
    """  # noqa: D301
    url, kind, links, mailbox = _read_target(
        url, kind, links, Mailbox(password_file, ca_file, trusted), config
    )
    crawl = read_settings(config, data_dir).crawl
    probed = probe_any(url, crawl=crawl, kind=kind, selector=links, mailbox=mailbox)
    if as_json:
        print_json(probe_to_json(probed))
    else:
        print_probe(probed)


@source.command("try")
@click.argument("url")
@_kind_option
@_links_option
@_password_option
@_ca_option
@_trust_option
@click.option("--pages", type=click.IntRange(1, 20), default=3, show_default=True, help="Pages to read.")
@common_options
def try_url(
    url: str,
    kind: str | None,
    links: str,
    password_file: str,
    ca_file: str,
    trusted: tuple[str, ...],
    pages: int,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Show what URL would bring; store nothing.

    Fetches the source, robots.txt and the newest pages; shows the entries, the fields of each story, and the dispatch
    that it would join by the grouping of the live service. URL may be the name of a source, or a folder.

    \b
    Example:
      copytaster source try https://www.example.org/news
      copytaster source try https://www.example.org/latest --links "h2 a" --pages 5
    """  # noqa: D301
    url, kind, links, mailbox = _read_target(
        url, kind, links, Mailbox(password_file, ca_file, trusted), config
    )
    known = read_sources(config) if config.exists() else Sources()
    settings = read_settings(config, data_dir)
    trial = try_source(
        url, settings=settings, sources=known, kind=kind, selector=links, pages=pages, mailbox=mailbox
    )
    if as_json:
        print_json(trial_to_json(trial))
    else:
        print_trial(trial)


def _read_target(
    text: str, kind: str | None, links: str, mailbox: Mailbox, config: Path
) -> tuple[str, str | None, str, Mailbox]:
    """Address, kind, selector and mailbox of a source by its name, or of an address."""
    if "://" not in text and config.exists():
        known = {item.name: item for item in read_sources(config)}
        if text in known:
            item = known[text]
            own = item.kind if item.kind in {"sitemap", "listing"} else None
            return item.url, kind or own, links or item.selectors.links, item.mailbox
    return _read_url(text), "listing" if links else kind, links, mailbox


@source.command("pause")
@click.argument("name")
@click.option("--why", help="Reason, shown with the source in every list.")
@common_options
def pause_source(name: str, why: str | None, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Stop collecting from a source until it is resumed.

    \b
    Example:
      copytaster source pause harbour-world --why "blocked us, mail sent"
    """  # noqa: D301
    item = read_sources(config).get(name)
    with closing(_open_store(config, data_dir)) as store, store.write() as connection:
        changed = pause(connection, item.name, at=datetime.now(UTC), why=why)
        state = read_state(connection, item.name)
    _print_change(name, "paused" if changed else "was already paused", changed, state, as_json=as_json)


@source.command("resume")
@click.argument("name")
@common_options
def resume_source(name: str, config: Path, data_dir: Path | None, as_json: bool) -> None:
    """Collect from a paused source again.

    \b
    Example:
      copytaster source resume harbour-world
    """  # noqa: D301
    item = read_sources(config).get(name)
    with closing(_open_store(config, data_dir)) as store, store.write() as connection:
        changed = resume(connection, item.name)
        state = read_state(connection, item.name)
    _print_change(name, "resumed" if changed else "was not paused", changed, state, as_json=as_json)


def _print_change(name: str, what: str, changed: bool, state: SourceState, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "changed": changed} | state_to_json(state))
    else:
        click.echo(f"{name} {what}")


def _open_store(config: Path, data_dir: Path | None) -> Store:
    return Store(read_settings(config, data_dir).store_url)


def _read_reports(
    known: Sources, config: Path, data_dir: Path | None
) -> tuple[tuple[SourceReport, ...], dict[str, SourceState]]:
    """The reports of the configured sources, and what the store keeps of each source ever tried or paused."""
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        reports = read_sources_report(connection, settings.schedule, known, with_outcomes=False)
        return reports, read_states(connection)


def _read_url(text: str) -> str:
    if is_place(text):
        return text
    try:
        return check_source_url(text if "://" in text else f"https://{text}")
    except ValueError as error:
        raise UsageError(str(error), hint="e.g. https://www.example.org/news") from error


def _read_interval(text: str) -> timedelta:
    try:
        return read_interval(text)
    except ValueError as error:
        raise UsageError(str(error), resource="--interval") from error


def _make_source(probed: Probe, known: Sources) -> Source:
    """The source that a probe suggests, with a free name; the publisher of a known source of the same host."""
    host = site_of(probed.url)
    same = (item.publisher_name for item in known if host and site_of(item.url) == host)
    publisher = next(same, probed.publisher)
    taken = {item.name for item in known}
    numbered = (
        probed.name if number == 1 else f"{probed.name}-{number}" for number in range(1, len(taken) + 2)
    )
    name = next(candidate for candidate in numbered if candidate not in taken)
    return Source(
        name=name,
        publisher_name=publisher,
        kind=probed.kind,
        url=probed.url,
        interval=None if probed.kind in RECEIVED else probed.interval,
        language=probed.language,
        selectors=SourceSelectors(links=probed.selector),
    )


def _change(found: Source, name: str | None, publisher: str | None, interval: timedelta | None) -> Source:
    """The source with the values of --name, --publisher and --interval."""
    found = replace(found, name=name or found.name, publisher_name=publisher or found.publisher_name)
    return replace(found, interval=interval, cron=None) if interval else found


def _check(found: Source) -> Source:
    """Read the source from the block that would be written.

    Raises:
        UsageError: sources.toml would be invalid with it.
    """
    try:
        checked = parse_sources(write_block(found), resource="source").all[0]
    except ConfigurationError as error:
        raise UsageError(error.message, hint="choose others with --name, --publisher, --interval") from error
    return replace(checked, family=found.family, agency=found.agency)


def _confirm(config: Path, *, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        raise UsageError("nothing was written", hint="--yes writes, --dry-run only shows")
    return click.confirm(f"Add this to {config}?", default=True, err=True)
