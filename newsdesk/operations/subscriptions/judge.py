"""Judges each change once for each subscription, after the index has it, and keeps what is to be told with the position."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from copytaster.store.changes import list_changes, read_findable_to
from copytaster.store.outbox import list_pending
from copytaster.store.subscription_facts import add_facts, list_followed, read_founders, read_known
from copytaster.store.subscriptions import move_position
from indexer.search import MAX_PAGE, STATES, SearchQuery
from newsdesk.operations.desk_views import ViewReader, read_search
from newsdesk.operations.subscriptions.facts import choose_facts, list_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from zoneinfo import ZoneInfo

    from copytaster.store.engine import Store
    from copytaster.store.subscription_facts import KnownFact
    from copytaster.store.subscriptions import Subscription
    from indexer.search import SearchPage

    Search = Callable[[SearchQuery], SearchPage]


@dataclass(frozen=True, slots=True)
class Findable:
    """What searches find: every change up to `upto`, but for the dispatches in `pending`, which the index refused."""

    upto: int
    pending: frozenset[str]


def read_findable(store: Store, subscriptions: Iterable[Subscription]) -> Findable:
    """What the index holds now; searches find it after its delay.

    Raises:
        StoreError: the store cannot be read.
    """
    after = min(one.position for one in subscriptions)
    with store.read() as connection:
        upto = read_findable_to(connection, after)
        return Findable(upto, frozenset(list_pending(connection, upto=upto)))


def judge_some(
    store: Store, search: Search, subscription: Subscription, findable: Findable, zone: ZoneInfo
) -> Subscription:
    """Judge the next changes of a subscription, at most 100; returns it with its new position.

    What is to be told and the position are kept in one transaction: a crash loses neither and repeats neither.

    Raises:
        QueryError, UsageError: its search cannot be read.
        UnreachableError: the index does not answer.
        StoreError: the store cannot be read or written.
    """
    with store.read() as connection:
        found = list_changes(connection, subscription.position, MAX_PAGE, upto=findable.upto)
    changed = [change.dispatch_id for change in found.items]
    freed = [name for name in subscription.owed if name not in findable.pending]
    names = list(dict.fromkeys((*freed, *(name for name in changed if name not in findable.pending))))
    owed = (set(subscription.owed) | set(changed)) & findable.pending
    facts = _judge(store, search, subscription, names, zone)
    now = datetime.now(UTC)
    with store.write() as connection:
        if move_position(connection, subscription, position=found.complete_to, owed=owed):
            due = find_due(now, subscription.digest_minutes)
            add_facts(connection, subscription.id, facts, now=now, due_at=due)
    return replace(subscription, position=found.complete_to, owed=tuple(sorted(owed)))


def find_due(now: datetime, digest_minutes: int) -> datetime:
    """When something that happens now is sent: at once, or at the next full period of a digest (UTC)."""
    if not digest_minutes:
        return now
    period = timedelta(minutes=digest_minutes)
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return begin + ((now - begin) // period + 1) * period


def _judge(
    store: Store, search: Search, subscription: Subscription, names: list[str], zone: ZoneInfo
) -> list[KnownFact]:
    reader = ViewReader(store, search, zone, subscription.owner)
    query = reader.make_query(read_search(subscription.search), limit=MAX_PAGE)
    found = _find(search, query, names)
    rest = [name for name in names if name not in found]
    with store.read() as connection:
        followed = list_followed(connection, subscription.id, rest)
    every = SearchQuery(states=STATES, sort="newest", highlight=False, limit=MAX_PAGE)
    lost = _find(search, every, [name for name in rest if name in followed])
    return [
        fact
        for documents, is_found in ((found, True), (lost, False))
        for fact in _choose(store, subscription, documents, is_found=is_found)
    ]


def _choose(
    store: Store, subscription: Subscription, documents: Mapping[str, Mapping[str, Any]], *, is_found: bool
) -> Iterable[KnownFact]:
    with store.read() as connection:
        founders = read_founders(connection, documents)
        facts = [
            list_facts(document, founders[name], subscription.owners)
            for name, document in documents.items()
            if document["state"] != "merged" and name in founders
        ]
        known = read_known(connection, subscription.id, {fact.key for one in facts for fact in one})
    for one in facts:
        yield from choose_facts(one, known, subscription, is_found=is_found)


def _find(search: Search, query: SearchQuery, names: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Those of these dispatches that a search finds, in their order."""
    found: dict[str, Mapping[str, Any]] = {}
    chosen = None if query.ids is None else frozenset(query.ids)
    listed = [name for name in names if chosen is None or name in chosen]
    for start in range(0, len(listed), MAX_PAGE):
        part = replace(query, ids=tuple(listed[start : start + MAX_PAGE]))
        found |= {hit.id: hit.document for hit in search(part).hits}
    return {name: found[name] for name in listed if name in found}
