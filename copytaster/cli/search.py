"""Commands about dispatches: search, dispatch show and list, index, rebuild."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from copytaster.cli.options import common_options, print_json, progress_bar, read_settings
from copytaster.errors import NotFoundError, UsageError, nearest
from copytaster.logs import clean_text, set_up
from copytaster.store.dispatches import list_dispatches, read_dispatch
from copytaster.store.engine import Store
from indexer.drain import drain, prepare_index
from indexer.opening import open_index
from indexer.port import FACETS, MAX_PAGE, SHOWN, SearchQuery
from indexer.query import STATES
from indexer.rebuild import go_back
from indexer.rebuild import rebuild as rebuild_index
from indexer.record import merge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from indexer.port import Facet, SearchHit, SearchIndex, SearchPage, Segment
    from indexer.query import Field
    from indexer.record import DispatchRecord, Member

NOTHING_MATCHED = NotFoundError.exit_code
PARTLY_DONE = 3
PLACES: tuple[Field, ...] = ("headline", "body", "slug", "dateline")
_FILTERS: dict[Facet, str] = {
    "agency": "agencies",
    "publisher": "publishers",
    "family": "families",
    "language": "languages",
    "marker": "markers",
}


@dataclass(frozen=True, slots=True)
class _Open:
    store: Store
    index: SearchIndex


@contextmanager
def _opened(config: Path, data_dir: Path | None) -> Iterator[_Open]:
    settings = read_settings(config, data_dir)
    set_up(settings.log_level, settings.log_format)
    store = Store(settings.store_url)
    index = open_index(settings)
    try:
        yield _Open(store, index)
    finally:
        index.close()
        store.close()


def read_moment(text: str) -> datetime:
    """A day or a moment; without a zone it is UTC.

    Raises:
        click.BadParameter: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write 2026-11-20 or 2026-11-20T18:30+01:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.argument("query", default="")
@click.option("--agency", multiple=True, help="Written by this agency; may be repeated.")
@click.option("--publisher", multiple=True, help="Carried by this publisher; may be repeated.")
@click.option("--family", multiple=True, help="Carried by a publisher of this owner; may be repeated.")
@click.option("--headline", metavar="WORDS", default="", help="With these words in a headline.")
@click.option("--body", metavar="WORDS", default="", help="With these words in the body.")
@click.option("--slug", metavar="WORDS", default="", help="With these words in the slug line.")
@click.option("--dateline", metavar="WORDS", default="", help="With these words in the dateline's places.")
@click.option("--marker", multiple=True, help="With this kind of marker, e.g. corrected; may be repeated.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    default=SHOWN,
    help="In this state; may be repeated. Live and withdrawn by default.",
)
@click.option("--language", multiple=True, help="With a copy in this language, e.g. de; may be repeated.")
@click.option("--since", type=read_moment, metavar="TIME", help="Published on or after this day or moment.")
@click.option("--until", type=read_moment, metavar="TIME", help="Published before this day or moment.")
@click.option("--sort", type=click.Choice(["relevance", "newest"]), default="relevance", show_default=True)
@click.option(
    "--limit", type=click.IntRange(1, MAX_PAGE), default=20, show_default=True, help="Hits to print."
)
@click.option("--cursor", help="Go on where the page before ended.")
@common_options
def search(config: Path, data_dir: Path | None, as_json: bool, query: str, **options: Any) -> int:
    """Search dispatches: one hit per dispatch, however many carry it. Without QUERY it lists all.

    Words are all looked for, without regard to case and accents; "quoted words" exactly as they are spelled.
    Also: -without, one OR other, begin*, and field:word, the fields being headline, body, slug, dateline, agency,
    publisher, family, language, marker, state and time (time:2026-11-20, time:2026-11, time:2026-11-18..2026-11-20).

    \b
    Example:
      copytaster search '"grain corridor" -football' --agency Reuters --since 2026-11-20
    """  # noqa: D301 - click reads the character
    with _opened(config, data_dir) as opened:
        if not opened.index.exists():
            raise NotFoundError("nothing is indexed yet", hint="copytaster crawl, or copytaster index")
        page = opened.index.search(_read_query(opened.index, query, **options))
    if as_json:
        print_json(page_to_json(page))
    else:
        _print_page(page)
    return 0 if page.hits else NOTHING_MATCHED


def _read_query(
    index: SearchIndex,
    text: str,
    **options: Any,
) -> SearchQuery:
    given = {facet: options.pop(facet) for facet in _FILTERS}
    known: Mapping[Facet, Any] = {}
    if any(given.values()):
        known = index.search(SearchQuery(limit=1, facets=FACETS, highlight=False)).facets
    names: dict[str, Any] = {
        attribute: _known_names(given[facet], known.get(facet, ()), facet)
        for facet, attribute in _FILTERS.items()
    }
    placed = {place: options.pop(place) for place in PLACES}
    return SearchQuery(
        text,
        fields=tuple((place, words) for place, words in placed.items() if words.strip()),
        **names,
        facets=FACETS,
        **options,
    )


def _known_names(given: Sequence[str], counts: Sequence[Any], field: str) -> tuple[str, ...]:
    """The names as the index spells them, whatever their case.

    A name that is not among the most frequent passes as it is; only where all are listed can it be called unknown.
    """
    spelled = {count.value.casefold(): count.value for count in counts}
    names = []
    for name in given:
        found = spelled.get(name.casefold())
        if found is None and len(counts) < MAX_PAGE:
            raise UsageError(f"no {field} {name!r}", hint=nearest(name, spelled.values()))
        names.append(found or name)
    return tuple(names)


def page_to_json(page: SearchPage) -> dict[str, Any]:
    """A page of hits as `--json` prints it."""
    return {
        "items": [
            {**_without_body(hit.document), "id": hit.id, "score": hit.score, "excerpt": _plain(hit.excerpt)}
            for hit in page.hits
        ],
        "total": page.total,
        "facets": {field: list(counts) for field, counts in page.facets.items()},
        "next": page.next,
    }


def _without_body(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in {"body", "dispatch_id"}}


def _plain(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments)


def _print_page(page: SearchPage) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for hit in page.hits:
        _print_hit(console, hit)
    shown, total = len(page.hits), page.total.value
    if not shown:
        click.echo("nothing matched", err=True)
        return
    more = f"; the next page: --cursor {page.next}" if page.next else ""
    click.echo(f"{shown} of {total} {_plural(total, 'dispatch', 'dispatches')}{more}", err=True)


def _print_hit(console: Console, hit: SearchHit) -> None:
    found = hit.document
    console.print(_marked(hit.headline, base="bold"))
    facts = [
        found["agency"] or "agency unknown",
        f"{found['publisher_count']} {_plural(found['publisher_count'], 'publisher', 'publishers')}",
        _between(found["first_seen"], found["last_seen"]),
        *(
            [f"published {found['published_at'][:10]}"]
            if found["published_at"][:10] != found["first_seen"][:10]
            else []
        ),
        *([found["state"]] if found["state"] != "live" else []),
        *(["uncorrected copy stands"] if found["has_uncorrected"] else []),
        hit.id,
    ]
    _say(console, "  " + " · ".join(facts), "dim")
    console.print(Text("  ").append_text(_marked(hit.excerpt)))
    console.print()


def _marked(segments: Sequence[Segment], *, base: str = "") -> Text:
    text = Text(style=base)
    for segment in segments:
        text.append(clean_text(segment.text), style="bold yellow" if segment.marked else None)
    return text


def _between(first: str, last: str) -> str:
    begin, end = first[:16].replace("T", " "), last[:16].replace("T", " ")
    if begin == end:
        return f"{begin} UTC"
    return f"{begin} to {end[11:] if begin[:10] == end[:10] else end} UTC"


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


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
    with _opened(config, data_dir) as opened, opened.store.read() as connection:
        record = merge(read_dispatch(connection, dispatch_id))
    if as_json:
        print_json(record)
    else:
        _print_record(Console(highlight=False, soft_wrap=True), record)


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
    with _opened(config, data_dir) as opened, opened.store.read() as connection:
        records = [merge(rows) for rows in list_dispatches(connection, state=state, limit=limit)]
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
        f"{record.publisher_count} {_plural(record.publisher_count, 'publisher', 'publishers')}, "
        f"{record.version_count} {_plural(record.version_count, 'version', 'versions')}, "
        f"{record.correction_count} {_plural(record.correction_count, 'correction', 'corrections')}"
    )
    _say(console, f"{counts}, {record.first_seen:%Y-%m-%d %H:%M} to {record.last_seen:%Y-%m-%d %H:%M} UTC")
    if record.has_uncorrected:
        _say(console, "another publisher still carries text from before the correction", "bold red")
    for member in record.members:
        _print_member(console, member)


def _print_member(console: Console, member: Member) -> None:
    console.print()
    markers = "".join(str(marker.get("text", "")) for marker in member.markers)
    _say(console, f"  {member.publisher} · {member.relation}", "bold")
    _say(console, f"  {markers}{member.headline}")
    _say(console, f"  {member.url}", "dim")
    times = ", ".join(f"v{version.number} {version.seen_at:%Y-%m-%d %H:%M}" for version in member.versions)
    why = ", ".join(f"{name} {_short(value)}" for name, value in member.evidence.items() if _is_short(value))
    _say(console, f"  {times}" + (f" · {why}" if why else ""), "dim")


def _say(console: Console, line: str, style: str = "") -> None:
    """A line of other people's text: no markup in it, no control characters."""
    console.print(Text(clean_text(line), style=style))


def _is_short(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and len(str(value)) <= 40  # noqa: PLR2004 - matched passages stay out


def _short(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


@click.command()
@common_options
def index(config: Path, data_dir: Path | None, as_json: bool) -> int:
    """Write what waits for the index, once.

    \b
    Example:
      copytaster index --json
    """  # noqa: D301 - click reads the character
    with _opened(config, data_dir) as opened, _progress("indexing") as on_progress:
        prepare_index(opened.store, opened.index)
        report = drain(opened.store, opened.index, on_progress=on_progress)
    if as_json:
        print_json(report)
    else:
        click.echo(
            f"{report.written} written, {report.retried} put off, {report.quarantined} set aside, {report.waiting} waiting"
        )
    return PARTLY_DONE if report.retried or report.quarantined else 0


@click.command()
@click.option("--back", is_flag=True, help="Go back to the index before the last rebuild.")
@common_options
def rebuild(config: Path, data_dir: Path | None, as_json: bool, back: bool) -> int:
    """Make the index anew from the store, beside the live one; searches and writes go on meanwhile.

    On a search server an interrupted rebuild goes on where it was, and the index before is kept: --back puts it in
    place again and writes what changed since.

    \b
    Example:
      copytaster rebuild
    """  # noqa: D301 - click reads the character
    with _opened(config, data_dir) as opened:
        if back:
            return _go_back(opened, as_json=as_json)
        with _progress("rebuilding") as on_progress:
            report = rebuild_index(opened.store, opened.index, on_progress=on_progress)
        drained = drain(opened.store, opened.index)
    if as_json:
        print_json(report)
    else:
        click.echo(
            f"{report.written} of {report.read} dispatches in the new index, {report.quarantined} set aside"
        )
    return PARTLY_DONE if report.quarantined or drained.quarantined else 0


def _go_back(opened: _Open, *, as_json: bool) -> int:
    queued = go_back(opened.store, opened.index)
    drained = drain(opened.store, opened.index)
    if as_json:
        print_json({"queued": queued, "drained": drained})
    else:
        click.echo(f"the index before is in place again, {drained.written} of {queued} changes since written")
    return PARTLY_DONE if drained.retried or drained.quarantined else 0


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    with progress_bar() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
