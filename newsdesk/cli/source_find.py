"""`copytaster source add|probe|try`: what an address brings, and the source that it makes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from copytaster.errors import ConfigurationError, UsageError
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import print_json
from newsdesk.cli.source_view import print_probe, probe_to_json, source_to_json
from newsdesk.cli.trial_view import print_trial, trial_to_json
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
    read_text,
)
from spiders.sources.file import add_source, check_new, write_block
from spiders.sources.tables import check_source_url, read_interval

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

    from settings import Settings
    from spiders.sources.probe import Probe


@dataclass(frozen=True, slots=True)
class Target:
    """What a person says of an address: which kind of source it is, its links, and how its mailbox is opened."""

    kind: str | None
    links: str
    mailbox: Mailbox

    @property
    def chosen_kind(self) -> str | None:
        """The kind; links make it a listing."""
        return "listing" if self.links else self.kind


_TARGET_OPTIONS = (
    click.option(
        "--kind",
        type=click.Choice(["sitemap", "listing"]),
        help="Take URL as that, and look for no feed.",
    ),
    click.option("--links", default="", help="CSS selector of the links of a listing page."),
    click.option("--password-file", default="", help="File with the password of a mailbox."),
    click.option("--ca-file", default="", help="Certificates to trust instead of the system's."),
    click.option(
        "--trust", "trusted", multiple=True, help="Mail server whose word on senders counts. Repeatable."
    ),
)


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about an address; the command receives them as `target`."""

    @wraps(command)
    def call(
        *,
        kind: str | None,
        links: str,
        password_file: str,
        ca_file: str,
        trusted: tuple[str, ...],
        **given: Any,
    ) -> Any:
        return command(target=Target(kind, links, Mailbox(password_file, ca_file, trusted)), **given)

    for option in reversed(_TARGET_OPTIONS):
        call = option(call)
    return call


@click.command("add")
@click.argument("url")
@target_options
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
    target: Target,
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
    known = parse_sources(read_text(config) or "", resource=str(config))
    chosen_interval = _read_interval(interval) if interval else None
    probed = None
    if starter:
        found = replace(read_starter().get(url), enabled=True)
    else:
        probed = _probe(_read_url(url), target, read_settings(config, data_dir))
        found = replace(_make_source(probed, known), mailbox=target.mailbox)
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


@click.command("probe")
@click.argument("url")
@target_options
@common_options
def probe_url(
    url: str,
    target: Target,
    config: Path,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Fetch URL as `add` does, and show its feed; nothing is written. URL may be the name of a source.

    \b
    Example:
      copytaster source probe https://www.example.org/news
    """  # noqa: D301
    url, target = _find_named(url, target, config)
    probed = _probe(url, target, read_settings(config, data_dir))
    if as_json:
        print_json(probe_to_json(probed))
    else:
        print_probe(probed)


@click.command("try")
@click.argument("url")
@target_options
@click.option("--pages", type=click.IntRange(1, 20), default=3, show_default=True, help="Pages to read.")
@common_options
def try_url(
    url: str,
    target: Target,
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
    url, target = _find_named(url, target, config)
    known = read_sources(config) if config.exists() else Sources()
    settings = read_settings(config, data_dir)
    trial = try_source(
        url,
        settings=settings,
        sources=known,
        kind=target.chosen_kind,
        selector=target.links,
        pages=pages,
        mailbox=target.mailbox,
    )
    if as_json:
        print_json(trial_to_json(trial))
    else:
        print_trial(trial)


def _find_named(text: str, target: Target, config: Path) -> tuple[str, Target]:
    """The address, and what is known of it: of a source by its name, or of an address."""
    if "://" not in text and config.exists():
        known = {item.name: item for item in read_sources(config)}
        if text in known:
            item = known[text]
            own = item.kind if item.kind in {"sitemap", "listing"} else None
            return item.url, Target(target.kind or own, target.links or item.selectors.links, item.mailbox)
    return _read_url(text), target


def _probe(url: str, target: Target, settings: Settings) -> Probe:
    return probe_any(
        url, settings=settings, kind=target.chosen_kind, selector=target.links, mailbox=target.mailbox
    )


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
    return replace(checked, family=found.family, agency=found.agency, hosts=found.hosts)


def _confirm(config: Path, *, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        raise UsageError("nothing was written", hint="--yes writes, --dry-run only shows")
    return click.confirm(f"Add this to {config}?", default=True, err=True)
