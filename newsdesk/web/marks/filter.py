"""Searches narrowed by marks. The store knows marks, the index does not: a search takes the ids of the marked dispatches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from indexer.search import MAX_IDS
from newsdesk.operations.marks import narrow_by_marks, read_choice

if TYPE_CHECKING:
    from fastapi import Request

    from indexer.search import SearchQuery
    from newsdesk.web.backend import Backend
    from newsdesk.web.decisions.deciders import Deciders
    from newsdesk.web.parameters import SearchParameters

CUT = (
    f"More than {MAX_IDS:,} dispatches have such a mark. This list knows the {MAX_IDS:,} that were marked last; the rest "
    "counts as unmarked."
)


class NarrowedQuery(NamedTuple):
    """A search over the dispatches that marks leave; `cut` says in words that there are more than it takes."""

    query: SearchQuery
    cut: str | None

    def headers(self) -> dict[str, str]:
        """The same for a response that has no room for it."""
        return {"Copytaster-Marks-Cut": str(MAX_IDS)} if self.cut else {}


class MarkFilter:
    """Narrows searches by the marks of whoever sends them.

    Args:
        backend: the store with the marks.
        deciders: who sends a request.
    """

    def __init__(self, backend: Backend, deciders: Deciders) -> None:
        self._backend = backend
        self._deciders = deciders

    def narrow(self, query: SearchQuery, parameters: SearchParameters, request: Request) -> NarrowedQuery:
        """The search over the dispatches that the marks in these parameters leave.

        Raises:
            UsageError: a mark cannot be read, or nobody knows whose marks are meant.
            StoreError: the store cannot be read.
        """
        if not (parameters.mark or parameters.unmarked):
            return NarrowedQuery(query, None)
        me = self._deciders.find_name(request)
        chosen = [read_choice(text, me) for text in parameters.mark or ()]
        excluded = [read_choice(text, me) for text in parameters.unmarked or ()]
        with self._backend.store.read() as connection:
            found = narrow_by_marks(connection, chosen, excluded)
        return NarrowedQuery(
            replace(query, ids=found.ids, without_ids=found.without), CUT if found.cut else None
        )
