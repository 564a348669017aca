"""`copytaster dispatch show|list`: dispatches as the store has them. `decisions` adds the other commands."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from copytaster.errors import ExitCode
from copytaster.logs import clean_text
from copytaster.store.decisions import list_decisions_about
from copytaster.store.dispatches import list_dispatches, read_dispatch
from copytaster.store.engine import Store
from copytaster.values import to_json
from indexer.merge import merge_rows
from newsdesk.cli.options import common_options, read_settings
from newsdesk.cli.output import end_list, one_line, plural, print_json
from newsdesk.cli.waiting import read_complete
from newsdesk.operations.decisions import decision_to_json, format_decision

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.record import DispatchRecord, MemberStory

LONGEST_FIGURE = 40  # characters of a piece of evidence


@click.group()
def dispatch() -> None:
    """Show, list, split, merge and pin dispatches.

    \b
    Example:
      copytaster dispatch list --limit 5
    """  # noqa: D301 - click reads the character


@dispatch.command("show")
@click.argument("dispatch_id", metavar="ID")
@common_options
def show_dispatch(config: Path, data_dir: Path | None, as_json: bool, dispatch_id: str) -> None:
    """Show a dispatch: members, versions, evidence.

    The id of a merged dispatch resolves to the one it was merged into.

    \b
    Example:
      copytaster dispatch show 01jd7c2v --json
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        record = merge_rows(read_dispatch(connection, dispatch_id))
        decided = list_decisions_about(connection, [record.id])
    if as_json:
        print_json(to_json(record) | {"decisions": [decision_to_json(row) for row in decided]})
        return
    console = Console(highlight=False, soft_wrap=True)
    if record.id != dispatch_id:
        _print_line(console, f"{dispatch_id} resolves to {record.id}", "dim")
    _print_record(console, record)
    if decided:
        console.print()
    for row in decided:
        _print_line(console, format_decision(row), "dim")


@dispatch.command("list")
@click.option(
    "--state",
    type=click.Choice(["live", "withdrawn", "merged"]),
    help="Only this state; live and withdrawn by default.",
)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="List at most this many."
)
@common_options
def list_all(config: Path, data_dir: Path | None, as_json: bool, state: str | None, limit: int) -> int:
    """List dispatches, last seen first.

    Each line has the id, the number of publishers, when it was last seen, the agency and the headline.

    \b
    Example:
      copytaster dispatch list --state withdrawn

    Exit code: 0 done, 4 nothing matched.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    with closing(Store(settings.store_url)) as store, store.read() as connection:
        records = [merge_rows(rows) for rows in list_dispatches(connection, state=state, limit=limit)]
    if as_json:
        print_json({"items": records, "completeness": read_complete(settings, config)})
        return ExitCode.DONE if records else ExitCode.NOTHING_MATCHED
    for record in records:
        facts = f"{record.publisher_count:>3}  {record.last_seen:%Y-%m-%d %H:%M}  {record.agency or '-':<10}"
        click.echo(clean_text(f"{record.id}  {facts}  {record.headline}"))
    return end_list(records)


def _print_record(console: Console, record: DispatchRecord) -> None:
    _print_line(console, record.headline, "bold")
    sure = f" ({record.agency_confidence:.0%} sure)" if record.agency else ""
    agency = record.agency or "agency unknown"
    _print_line(console, f"{record.id} · revision {record.rev} · {record.state} · {agency}{sure}")
    counts = (
        f"{record.publisher_count} {plural(record.publisher_count, 'publisher', 'publishers')}, "
        f"{record.version_count} {plural(record.version_count, 'version', 'versions')}, "
        f"{record.correction_count} {plural(record.correction_count, 'correction', 'corrections')}"
    )
    seen = f"seen {record.first_seen:%Y-%m-%d %H:%M} to {record.last_seen:%Y-%m-%d %H:%M} UTC"
    _print_line(console, f"{counts}, {seen}")
    if record.has_uncorrected:
        outlets = ", ".join(dict.fromkeys(member.publisher for member in record.members if member.outdated))
        _print_line(console, f"old text still at {outlets}", "bold red")
    _print_said(console, record)
    for row in record.damaged:
        _print_line(console, f"damaged, may say what was never written: {row}", "bold red")
    for link in record.links:
        _print_line(console, f"{link.kind} {link.dispatch}  {link.headline}")
    for label, related in (
        ("retold by", record.retold_by),
        ("translated into", record.translated_into),
        ("retells", record.retold_of),
    ):
        for one in related:
            language = f" ({one.language})" if one.kind == "translated" and one.language else ""
            known = "confirmed" if one.state == "confirmed" else f"{one.confidence:.0%} sure"
            _print_line(
                console, f"{label}{language} {one.dispatch}  {known}  {one.publisher}  {one.headline}"
            )
    _print_chain(console, record)
    for claim in record.claims:
        number = f" {claim.number}" if claim.number else ""
        _print_line(
            console, f"  claimed by {claim.publisher} alone: {claim.kind}{number}  {claim.headline}", "yellow"
        )
    for member in record.members:
        _print_member(console, member)


def _print_said(console: Console, record: DispatchRecord) -> None:
    """Print what the sender says beside the text."""
    if record.kind:
        _print_line(console, f"kind of copy: {record.kind}")
    for label, text in (("note to editors", record.editors_note), ("terms of use", record.usage_terms)):
        for line in (text or "").splitlines():
            _print_line(console, f"{label}: {line}", "yellow")


def _print_chain(console: Console, record: DispatchRecord) -> None:
    """Print the agency's versions and who carries each; nothing where there is only one."""
    for step in record.chain if len(record.chain) > 1 else ():
        number = f" {step.number}" if step.number else ""
        seen = "seen " if step.at_is_seen else ""
        _print_line(console, f"  {seen}{step.at:%Y-%m-%d %H:%M} {step.kind}{number}  {step.headline}")
        carriers = [
            member.publisher + (" (old text)" if member.outdated else "")
            for member in record.members
            if member.carries == step.version
        ]
        if carriers:
            _print_line(console, f"    carried by {', '.join(carriers)}", "dim")


def _print_member(console: Console, member: MemberStory) -> None:
    console.print()
    markers = "".join(str(marker.get("text", "")) for marker in member.markers)
    claimed = f" (claims to be {member.claimed_publisher})" if member.claimed_publisher else ""
    _print_line(console, f"  {member.publisher}{claimed} · {member.relation}", "bold")
    _print_line(console, f"  {markers}{member.headline}")
    _print_line(console, f"  {member.url}", "dim")
    if member.channels:
        came = (f"{one.channel} {one.source}{'' if one.shown else ' (not shown)'}" for one in member.channels)
        _print_line(console, f"  came through {', '.join(came)}", "dim")
    published = f"{member.published_at:%Y-%m-%d %H:%M}" if member.published_at else "unknown"
    seen = ", ".join(f"v{version.number} {version.seen_at:%Y-%m-%d %H:%M}" for version in member.versions)
    times = f"published {published}, seen {seen}"
    evidence = ", ".join(
        f"{name} {_format_figure(value)}" for name, value in member.evidence.items() if _is_figure(value)
    )
    _print_line(console, f"  {times}" + (f" · {evidence}" if evidence else ""), "dim")
    for fact in member.altered_facts:
        _print_line(console, f"    {fact['kind']}: “{fact['copy']}” for “{fact['agency']}”", "yellow")
    if member.altered_count > len(member.altered_facts):
        _print_line(console, f"    and {member.altered_count - len(member.altered_facts)} more", "yellow")


def _is_figure(value: Any) -> bool:
    """False for matched passages, and for the zeros of a founder, which was compared with nothing."""
    return isinstance(value, (str, int, float)) and value != 0 and len(str(value)) <= LONGEST_FIGURE


def _format_figure(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _print_line(console: Console, line: str, style: str = "") -> None:
    console.print(one_line(line, style))
