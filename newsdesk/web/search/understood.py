"""What the list says of a search: how it was understood, as chips that each take one part away, and what else would find something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.errors import UsageError
from indexer.clauses import list_clauses
from indexer.search import FILTERS
from newsdesk.operations.bounds import DAYS, moves
from newsdesk.web.formatting import name_kind, name_language, name_mark
from newsdesk.web.parameters import MAX_QUERY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.helped_search import HelpedPage, Offer
    from newsdesk.web.parameters import PageParameters

LABELS = {
    "agency": "Agency",
    "publisher": "Publisher",
    "family": "Owner",
    "language": "Language",
    "marker": "Marker",
    "relation": "Retellings",
    "kind": "Kind of copy",
    "without": "everything excluded",
    "time": "time",
}
LONGEST = 80  # characters of a chip


def describe_understood(parameters: PageParameters) -> list[dict[str, str]]:
    """A chip for each clause of the text and for each filter, with the address of the list without it."""
    try:
        return [*_list_words(parameters), *_list_filters(parameters)]
    except UsageError:
        return []  # the page says what cannot be read


def _list_words(parameters: PageParameters) -> Iterator[dict[str, str]]:
    for clause in list_clauses(parameters.q) if parameters.q else ():
        words = clause.words if len(clause.words) <= LONGEST else clause.words[:LONGEST].rstrip() + " …"
        yield {
            "label": words,
            "also": ", ".join(clause.also),
            "href": parameters.change(q=clause.rest).href(),
        }


def _list_filters(parameters: PageParameters) -> Iterator[dict[str, str]]:
    for name in FILTERS:
        for value in parameters.chosen(name):
            label = f"{LABELS[name]}: {name_value(name, value)}"
            yield {"label": label, "also": "", "href": parameters.toggle(name, value).href()}
    for name, value in parameters.excluded:
        label = f"not {LABELS[name]}: {name_value(name, value)}"
        yield {"label": label, "also": "", "href": parameters.toggle(name, value).href()}
    for field, no in (("mark", ""), ("unmarked", "not ")):
        chosen = getattr(parameters, field) or []
        for value in chosen:
            rest = [other for other in chosen if other != value]
            yield {
                "label": no + name_mark(value),
                "also": "",
                "href": parameters.change(**{field: rest}).href(),
            }
    for bound, word in (("since", "from"), ("until", "to")):
        if moment := getattr(parameters, bound):
            ago = " ago" if moves(moment) and moment not in DAYS else ""
            yield {
                "label": f"{word} {moment}{ago}",
                "also": "",
                "href": parameters.change(**{bound: ""}).href(),
            }


def name_value(name: str, value: str) -> str:
    """A value of a filter as pages show it."""
    if name == "language":
        return name_language(value)
    return name_kind(value) if name == "kind" else value


def describe_help(parameters: PageParameters, helped: HelpedPage) -> dict[str, Any]:
    """What took the place of a search that found nothing, and links to searches that find something."""
    followed = helped.followed
    return {
        "followed": None if followed is None else {"kind": followed.kind, "text": followed.named[:MAX_QUERY]},
        "offers": [_describe_offer(parameters, offer) for offer in helped.offers],
    }


def follow(parameters: PageParameters, helped: HelpedPage) -> PageParameters:
    """The parameters of what is shown, from which the page builds its links."""
    return parameters if helped.followed is None else parameters.model_copy(update={"q": helped.query.text})


def _describe_offer(parameters: PageParameters, offer: Offer) -> dict[str, Any]:
    if offer.kind == "filter":
        return {
            "kind": offer.kind,
            "label": LABELS.get(offer.named, offer.named),
            "total": offer.total,
            "href": _drop(parameters, offer.named).href(),
        }
    changed = parameters.change(q=offer.query.text)
    label = "runs of these words" if offer.kind == "pasted" else offer.named
    return {"kind": offer.kind, "label": label, "total": offer.total, "href": changed.href()}


def _drop(parameters: PageParameters, name: str) -> PageParameters:
    if name == "time":
        return parameters.change(since="", until="")
    return parameters.change(**{name: None})
