"""`copytaster dispatch show|list`: dispatches as the store has them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from copytaster.logs import clean_text
from copytaster.store.decisions import list_rulings_about
from copytaster.store.dispatches import list_dispatches, read_dispatch
from copytaster.store.engine import Store
from copytaster.values import to_json
from indexer.record import merge_rows
from newsdesk.cli.options import NOTHING_MATCHED, common_options, read_settings
from newsdesk.cli.output import plural, print_json, say
from newsdesk.operations.decisions import decision_to_json, format_decision

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.record import DispatchRecord, MemberStory


@click.group()
def dispatch() -> None:
    """Show or list dispatches.

    \b
    Example:
      copytaster dispatch list --limit 5
    """  # noqa: D301 - click reads the character


@dispatch.command()
@click.argument("dispatch_id", metavar="ID")
@common_options
def show(config: Path, data_dir: Path | None, as_json: bool, dispatch_id: str) -> None:
    """One dispatch with its members, versions and why they are together. The id of a merged one resolves.

    \b
    Example:
      copytaster dispatch show 01jd7c2v --json
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        record = merge_rows(read_dispatch(connection, dispatch_id))
        decided = list_rulings_about(connection, [record.id])
    if as_json:
        print_json(to_json(record) | {"decisions": [decision_to_json(row) for row in decided]})
        return
    console = Console(highlight=False, soft_wrap=True)
    if record.id != dispatch_id:
        _say(console, f"{dispatch_id} leads to {record.id}", "dim")
    _print_record(console, record)
    if decided:
        console.print()
    for row in decided:
        _say(console, format_decision(row), "dim")


@dispatch.command("list")
@click.option(
    "--state", type=click.Choice(["live", "withdrawn", "merged"]), help="All but merged ones by default."
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@common_options
def list_(config: Path, data_dir: Path | None, as_json: bool, state: str | None, limit: int) -> int:
    """Dispatches of the store, last seen first.

    \b
    Example:
      copytaster dispatch list --state withdrawn
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        records = [merge_rows(rows) for rows in list_dispatches(connection, state=state, limit=limit)]
    if as_json:
        print_json({"items": records})
    for record in () if as_json else records:
        facts = f"{record.publisher_count:>3}  {record.last_seen:%Y-%m-%d %H:%M}  {record.agency or '-':<10}"
        click.echo(clean_text(f"{record.id}  {facts}  {record.headline}"))
    return 0 if records else NOTHING_MATCHED


def _print_record(console: Console, record: DispatchRecord) -> None:
    _say(console, record.headline, "bold")
    sure = f" ({record.agency_confidence:.0%} sure)" if record.agency else ""
    _say(
        console,
        f"{record.id} · revision {record.rev} · {record.state} · {record.agency or 'agency unknown'}{sure}",
    )
    counts = (
        f"{record.publisher_count} {plural(record.publisher_count, 'publisher', 'publishers')}, "
        f"{record.version_count} {plural(record.version_count, 'version', 'versions')}, "
        f"{record.correction_count} {plural(record.correction_count, 'correction', 'corrections')}"
    )
    _say(console, f"{counts}, {record.first_seen:%Y-%m-%d %H:%M} to {record.last_seen:%Y-%m-%d %H:%M} UTC")
    if record.has_uncorrected:
        told = ", ".join(dict.fromkeys(member.publisher for member in record.members if member.outdated))
        _say(console, f"old text is still carried by {told}", "bold red")
    for link in record.links:
        _say(console, f"{link.kind} {link.dispatch}  {link.headline}")
    _print_chain(console, record)
    for claim in record.claims:
        number = f" {claim.number}" if claim.number else ""
        _say(
            console, f"  claimed by {claim.publisher} alone: {claim.kind}{number}  {claim.headline}", "yellow"
        )
    for member in record.members:
        _print_member(console, member)


def _print_chain(console: Console, record: DispatchRecord) -> None:
    """The agency's versions, each with who carries it; a single one says nothing."""
    for step in record.chain if len(record.chain) > 1 else ():
        carriers = [member for member in record.members if member.carries == step.version]
        told = ", ".join(member.publisher + (" (old text)" if member.outdated else "") for member in carriers)
        number = f" {step.number}" if step.number else ""
        _say(console, f"  {step.at:%Y-%m-%d %H:%M} {step.kind}{number}  {step.headline}")
        if told:
            _say(console, f"    carried by {told}", "dim")


def _print_member(console: Console, member: MemberStory) -> None:
    console.print()
    markers = "".join(str(marker.get("text", "")) for marker in member.markers)
    claimed = f" (claims to be {member.claimed_publisher})" if member.claimed_publisher else ""
    _say(console, f"  {member.publisher}{claimed} · {member.relation}", "bold")
    _say(console, f"  {markers}{member.headline}")
    _say(console, f"  {member.url}", "dim")
    times = ", ".join(f"v{version.number} {version.seen_at:%Y-%m-%d %H:%M}" for version in member.versions)
    why = ", ".join(f"{name} {_short(value)}" for name, value in member.evidence.items() if _is_short(value))
    _say(console, f"  {times}" + (f" · {why}" if why else ""), "dim")


def _is_short(value: Any) -> bool:
    """Matched passages stay out, and the figures of a founder, which was compared with nothing."""
    return isinstance(value, (str, int, float)) and value != 0 and len(str(value)) <= 40  # noqa: PLR2004


def _short(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _say(console: Console, line: str, style: str = "") -> None:
    console.print(say(line, style))
