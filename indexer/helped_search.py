"""A search that never ends in silence: words taken for a slip are put right, and what would find something is named."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from indexer.compounds import divide_typed
from indexer.query import RUN, RUNS, parse_query
from indexer.search import SearchQuery
from indexer.word_slips import MIN_LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from indexer.query import Term
    from indexer.search import SearchPage

NEAR = 4  # words tried for one that may be a slip
TRIED = 8  # searches for a better text
FEW = 3  # hits up to which another spelling is offered


class Searched(Protocol):
    """What of an index a helped search needs."""

    def search(self, query: SearchQuery) -> SearchPage:
        """Find dispatches."""
        ...

    def find_near(self, words: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """The words one slip away from each of these, and itself."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """Another search that finds something.

    Attributes:
        kind: `word`: with a word put right; `parts`: with the parts of a compound in its place; `pasted`: runs of the words; `less`: without one word; `filter`: without a filter.
        named: the text, or the name of the filter that is left out.
    """

    kind: str
    named: str
    query: SearchQuery
    total: int


@dataclass(frozen=True, slots=True)
class HelpedPage:
    """What a search found, and what was done or could be done for it.

    Attributes:
        page: of `query`, which is the one typed, or the one that took its place.
        followed: what took the place of a search that found nothing; None where the typed one stays.
        offers: searches that find something, the best first.
    """

    page: SearchPage
    query: SearchQuery
    followed: Offer | None = None
    offers: tuple[Offer, ...] = ()


def offers_to_json(offers: Sequence[Offer]) -> list[dict[str, Any]]:
    """Each offer as data: `kind`, `named`, the text `q` to search for, and `total`, what it finds."""
    return [{"kind": one.kind, "named": one.named, "q": one.query.text, "total": one.total} for one in offers]


def search_helped(index: Searched, query: SearchQuery, *, follow: bool = True) -> HelpedPage:
    """Search; where nothing is found, search for what was probably meant, or only name it unless `follow`.

    Raises:
        QueryError: the text or the cursor cannot be read.
    """
    page = index.search(query)
    total = page.total.value
    if query.cursor or query.offset or total > FEW:
        return HelpedPage(page, query)
    meant = next(_list_meant(index, query, total), None)
    if total or meant is None:
        offers = (meant,) if meant else tuple(_list_less(index, query) if not total else ())
        return HelpedPage(page, query, offers=offers)
    if not follow:
        return HelpedPage(page, query, offers=(meant,))
    return HelpedPage(index.search(meant.query), meant.query, followed=meant)


def _list_meant(index: Searched, query: SearchQuery, total: int) -> Iterator[Offer]:
    """Searches for what was probably meant that find more than the typed one, the likeliest first."""
    if not query.text.strip():
        return
    for text in list(_respell(index, query.text))[:TRIED]:
        yield from _try(index, "word", text, replace(query, text=text), total)
    for text in list(_part_compounds(index, query.text))[:TRIED]:
        yield from _try(index, "parts", text, replace(query, text=text), total)
    if not total and not parse_query(query.text).is_pasted and (runs := _list_runs(query.text)):
        yield from _try(index, "pasted", query.text, replace(query, text=runs), total)


def _try(index: Searched, kind: str, named: str, query: SearchQuery, total: int) -> Iterator[Offer]:
    found = index.search(replace(query, limit=1, facets=(), highlight=False)).total.value
    if found > total:
        yield Offer(kind, named, query, found)


def _respell(index: Searched, text: str) -> Iterator[str]:
    """The text with a word, or all words that no dispatch has, exchanged for one that is one slip away."""
    typed = {term.words[0]: term.typed for term in parse_query(text).marked if _may_be_slip(term)}
    near = index.find_near(list(typed))
    ranked = {word: _rank(word, near.get(word, {})) for word in typed}
    unknown = [word for word in typed if word not in near.get(word, {}) and ranked[word]]
    if unknown:
        for place in range(NEAR):
            changed = text
            for word in unknown:
                options = ranked[word]
                changed = _exchange(changed, typed[word], options[min(place, len(options) - 1)])
            yield changed
    for word in sorted(typed, key=lambda one: near.get(one, {}).get(one, 0)):
        for option in ranked[word]:
            yield _exchange(text, typed[word], option)


def _part_compounds(index: Searched, text: str) -> Iterator[str]:
    """The text with the parts of a compound in its place: who looks for Hafenstreik means a Streik at a Hafen too."""
    typed = [term.typed for term in parse_query(text).marked if _may_be_slip(term)]
    if not any(map(str.isalpha, typed)):
        return
    held = index.search(SearchQuery(limit=1, facets=("language",), highlight=False)).facets["language"]
    for word in typed:
        for parts in divide_typed(word, [count.value for count in held]):
            yield _exchange(text, word, f"({' '.join(parts)})")


def _may_be_slip(term: Term) -> bool:
    plain = (
        len(term.words) == 1
        and not term.exact
        and not term.prefix
        and term.field in {None, "headline", "body"}
    )
    return plain and len(term.words[0]) >= MIN_LETTERS and bool(term.typed)


def _rank(word: str, known: Mapping[str, int]) -> list[str]:
    """The words nearby, those that most documents have first."""
    return sorted((one for one in known if one != word), key=lambda one: (-known[one], one))[:NEAR]


def _exchange(text: str, typed: str, word: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", lambda _: word, text, count=1)


def _list_runs(text: str) -> str:
    """Runs of the words of a pasted sentence, as alternatives; empty where there are few words."""
    words = re.findall(r"[^\s\"“”„«»()]+", text)
    if len(words) < 2 * RUN:
        return ""
    runs = [" ".join(words[start : start + RUN]) for start in range(0, len(words) - RUN + 1, RUN // 2)]
    return " OR ".join(f'"{run}"' for run in runs[:RUNS])


def _list_less(index: Searched, query: SearchQuery) -> Sequence[Offer]:
    """Searches without one of the filters, or without one of the words, that find something."""
    found: list[Offer] = []
    for name, changed in _drop_each(query):
        found += _try(index, "filter", name, changed, 0)
    words = query.text.split()
    if not found and 1 < len(words) <= TRIED and not re.search(r'["“”„«»()]|\bOR\b|\bNOT\b', query.text):
        for place in range(len(words)):
            text = " ".join(words[:place] + words[place + 1 :])
            found += _try(index, "less", text, replace(query, text=text), 0)
    return sorted(found, key=lambda offer: offer.total)[:TRIED]


def _drop_each(query: SearchQuery) -> Iterator[tuple[str, SearchQuery]]:
    for name in query.chosen:
        yield name, query.drop_filter(name)
    if query.without:
        yield "without", replace(query, without=())
    if query.since or query.until:
        yield "time", replace(query, since=None, until=None)
