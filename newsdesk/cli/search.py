"""`copytaster search`: dispatches by words, names and times."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from copytaster.errors import NotFoundError, UsageError, nearest
from copytaster.logs import clean_text
from indexer.factory import open_index
from indexer.search import FACETS, MAX_PAGE, SHOWN, STATES, SearchQuery
from newsdesk.cli.options import NOTHING_MATCHED, common_options, read_settings, read_time
from newsdesk.cli.output import plural, print_json, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from indexer.port import SearchIndex
    from indexer.search import Facet, Field, SearchHit, SearchPage, Segment

PLACES: tuple[Field, ...] = ("headline", "body", "slug", "dateline")
_FILTERS: dict[Facet, str] = {
    "agency": "agencies",
    "publisher": "publishers",
    "family": "families",
    "language": "languages",
    "marker": "markers",
}


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
@click.option("--since", type=read_time, metavar="TIME", help="Published on or after this day or moment.")
@click.option("--until", type=read_time, metavar="TIME", help="Published before this day or moment.")
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
    with closing(open_index(read_settings(config, data_dir))) as index:
        if not index.exists():
            raise NotFoundError("nothing is indexed yet", hint="copytaster crawl, or copytaster index")
        page = index.search(_read_query(index, query, **options))
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
    click.echo(f"{shown} of {total} {plural(total, 'dispatch', 'dispatches')}{more}", err=True)


def _print_hit(console: Console, hit: SearchHit) -> None:
    found = hit.document
    console.print(_marked(hit.headline, base="bold"))
    facts = [
        found["agency"] or "agency unknown",
        f"{found['publisher_count']} {plural(found['publisher_count'], 'publisher', 'publishers')}",
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
    console.print(say("  " + " · ".join(facts), "dim"))
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
