"""`copytaster search`: find dispatches by words, names and times."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from copytaster.errors import ExitCode, NotFoundError, UsageError, nearest
from copytaster.logs import clean_text
from copytaster.values import to_json
from copytaster.wire.kinds import KINDS
from indexer.factory import open_index
from indexer.helped_search import offers_to_json, search_helped
from indexer.search import FACETS, MAX_PAGE, SHOWN, STATES, SearchQuery, read_exclusion
from newsdesk.cli.options import common_options, read_settings, read_time
from newsdesk.cli.output import end_list, one_line, plural, print_json
from newsdesk.cli.waiting import list_waiting, print_waiting, read_complete

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from indexer.helped_search import Offer
    from indexer.port import SearchIndex
    from indexer.search import Facet, Field, SearchHit, SearchPage, Segment

PLACES: tuple[Field, ...] = ("headline", "body", "slug", "dateline")
_FILTERS: dict[Facet, str] = {
    "agency": "agencies",
    "publisher": "publishers",
    "family": "families",
    "language": "languages",
    "marker": "markers",
    "relation": "relations",
    "kind": "kinds",
}


@click.command()
@click.argument("query", default="")
@click.option("--agency", multiple=True, help="Written by this agency. Repeatable.")
@click.option("--publisher", multiple=True, help="Carried by this publisher. Repeatable.")
@click.option("--family", multiple=True, help="Carried by a publisher of this family (owner). Repeatable.")
@click.option("--headline", metavar="WORDS", default="", help="With these words in a headline.")
@click.option("--body", metavar="WORDS", default="", help="With these words in the body.")
@click.option("--slug", metavar="WORDS", default="", help="With these words in the slug.")
@click.option("--dateline", metavar="WORDS", default="", help="With these words in the dateline's places.")
@click.option("--marker", multiple=True, help="With this kind of marker, e.g. corrected. Repeatable.")
@click.option(
    "--relation",
    multiple=True,
    type=click.Choice(["retold", "translated", "retelling", "translation"]),
    help="Retold or translated elsewhere, or itself a retelling or translation. Repeatable.",
)
@click.option(
    "--kind",
    multiple=True,
    type=click.Choice(KINDS),
    metavar="KIND",
    help=f"With a version of this kind of copy: {', '.join(KINDS)}. Repeatable.",
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    default=SHOWN,
    help="In this state; live and withdrawn by default. Repeatable.",
)
@click.option("--language", multiple=True, help="With a copy in this language, e.g. de. Repeatable.")
@click.option(
    "--without",
    multiple=True,
    metavar="FIELD:VALUE",
    help="Without a value of agency, publisher, family, language, marker, relation or kind. Repeatable.",
)
@click.option("--since", type=read_time, metavar="TIME", help="Published at or after this day or time.")
@click.option("--until", type=read_time, metavar="TIME", help="Published before this day or time.")
@click.option(
    "--sort",
    type=click.Choice(["relevance", "newest"]),
    default="relevance",
    show_default=True,
    help="Order of the hits.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, MAX_PAGE),
    default=20,
    show_default=True,
    help="Print at most this many hits.",
)
@click.option("--cursor", help="Print the next page: the cursor that the page before printed.")
@common_options
def search(config: Path, data_dir: Path | None, as_json: bool, query: str, **options: Any) -> int:
    """Search dispatches: one hit per dispatch, however many publishers carry it. Without QUERY it lists all.

    \b
    QUERY may use:
      one two            both words, in any case, with or without accents
      "one two"          exactly these words
      one OR two, -one   either word; without the word
      begin*             words that begin so
      slug:word          a word in headline, body, slug, dateline, agency, publisher, family,
                         language, marker or state
      FACTBOX            also a marker that pages show as a chip
      relation:altered   with a copy that alters facts; also retold, translated,
                         retelling, translation
      kind:correction    with a version of this kind of copy; see --kind
      time:2026-11-20    published on this day, in a month (time:2026-11)
                         or a period (time:2026-11-18..2026-11-20)

    \b
    Example:
      copytaster search '"grain corridor" -football' --agency Reuters --since 2026-11-20

    Exit code: 0 done, 4 nothing matched.
    """  # noqa: D301 - click reads the character
    settings = read_settings(config, data_dir)
    waiting = list_waiting(settings)
    with closing(open_index(settings)) as index:
        if not index.exists():
            raise NotFoundError(
                "nothing is indexed yet", hint="run `copytaster crawl`, or `copytaster index`"
            )
        helped = search_helped(index, _read_query(index, query, **options), follow=False)
    page = helped.page
    if as_json:
        more = {"embargoed": to_json(waiting)} if waiting else {}
        more |= {"did_you_mean": offers_to_json(helped.offers)} if helped.offers else {}
        print_json(page_to_json(page) | more | {"completeness": read_complete(settings, config)})
        return ExitCode.DONE if page.hits else ExitCode.NOTHING_MATCHED
    _print_page(page)
    print_waiting(waiting)
    code = end_list(page.hits)
    for offer in helped.offers:
        click.echo(_describe_offer(offer), err=True)
    return code


def _read_query(
    index: SearchIndex,
    text: str,
    **options: Any,
) -> SearchQuery:
    given = {facet: options.pop(facet) for facet in _FILTERS}
    excluded = [read_exclusion(text) for text in options.pop("without")]
    known: Mapping[Facet, Any] = {}
    if excluded or any(given.values()):
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
        without=tuple(
            (facet, name)
            for facet, value in excluded
            for name in _known_names((value,), known.get(facet, ()), facet)
        ),
        facets=FACETS,
        **options,
    )


def _known_names(given: Sequence[str], counts: Sequence[Any], field: str) -> tuple[str, ...]:
    """The names in the spelling of the index, whatever the case they were given in.

    Raises:
        UsageError: the index lists all its names, and a name is not among them. Where it lists only the most frequent, an
            unlisted name passes as it is.
    """
    spelled = {count.value.casefold(): count.value for count in counts}
    names = []
    for name in given:
        found = spelled.get(name.casefold())
        if found is None and len(counts) < MAX_PAGE:
            raise UsageError(f"no {field} {name!r}", hint=nearest(name, spelled.values()))
        names.append(found or name)
    return tuple(names)


def _describe_offer(offer: Offer) -> str:
    found = f"{offer.total} {plural(offer.total, 'dispatch', 'dispatches')}"
    if offer.kind == "filter":
        return f"without {offer.named}: {found}"
    return f"did you mean {offer.query.text}: {found}"


def page_to_json(page: SearchPage) -> dict[str, Any]:
    """A page of hits as `--json` prints it."""
    return {
        "items": [
            {**_without_body(hit.document), "id": hit.id, "score": hit.score, "excerpt": _join(hit.excerpt)}
            for hit in page.hits
        ],
        "total": page.total,
        "facets": {field: list(counts) for field, counts in page.facets.items()},
        "next": page.next,
    }


def _without_body(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in {"body", "dispatch_id"}}


def _join(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments)


def _print_page(page: SearchPage) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for hit in page.hits:
        _print_hit(console, hit)
    shown, total = len(page.hits), page.total.value
    if not shown:
        return
    more = f"; next page: --cursor {page.next}" if page.next else ""
    click.echo(f"{shown} of {total} {plural(total, 'dispatch', 'dispatches')}{more}", err=True)


def _print_hit(console: Console, hit: SearchHit) -> None:
    found = hit.document
    console.print(_mark_matches(hit.headline, base="bold"))
    facts = [
        found["agency"] or "agency unknown",
        f"{found['publisher_count']} {plural(found['publisher_count'], 'publisher', 'publishers')}",
        _format_span(found["first_seen"], found["last_seen"]),
        f"published {_format_moment(found['published_at'])}",
        *([found["kind"]] if found.get("kind") else []),
        *([found["state"]] if found["state"] != "live" else []),
        *(["old text still carried"] if found["has_uncorrected"] else []),
        hit.id,
    ]
    console.print(one_line("  " + " · ".join(facts), "dim"))
    console.print(Text("  ").append_text(_mark_matches(hit.excerpt)))
    console.print()


def _format_moment(text: str | None) -> str:
    return text[:16].replace("T", " ") if text else "unknown"


def _mark_matches(segments: Sequence[Segment], *, base: str = "") -> Text:
    text = Text(style=base)
    for segment in segments:
        text.append(clean_text(segment.text), style="bold yellow" if segment.marked else None)
    return text


def _format_span(first: str, last: str) -> str:
    begin, end = first[:16].replace("T", " "), last[:16].replace("T", " ")
    if begin == end:
        return f"seen {begin} UTC"
    return f"seen {begin} to {end[11:] if begin[:10] == end[:10] else end} UTC"
