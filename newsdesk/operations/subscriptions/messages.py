"""What is told of a fact: a title, a text, and the same as data. Texts are read when they are sent, never kept.

So copy that was taken down meanwhile is in no message and no feed, and copy under embargo in none before its hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from copytaster.errors import NotFoundError
from copytaster.logs import clean_text
from copytaster.masking.text import mask_secrets
from copytaster.store.dispatches import read_dispatch
from copytaster.values import iso
from indexer.document import make_document
from indexer.merge import merge_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from copytaster.store.subscription_facts import WaitingFact
    from copytaster.store.subscriptions import Subscription

LABELS = {"new": "new", "version": "new version", "corrected": "CORRECTED", "killed": "KILLED"}


@dataclass(frozen=True, slots=True)
class Told:
    """A fact with what is shown of its dispatch now."""

    id: int
    reason: str
    label: str
    at: datetime
    dispatch: str
    state: str
    headline: str
    lead: str
    agency: str | None
    owners: int
    published_at: str | None

    @property
    def title(self) -> str:
        """`CORRECTED: North quay to be rebuilt`."""
        return self.headline if self.reason == "new" else f"{self.label}: {self.headline}"


@dataclass(frozen=True, slots=True)
class Readable:
    """Facts as they can be told now.

    Attributes:
        told: those that can.
        held: (id, until when) of those whose dispatch is under embargo.
        gone: ids of those whose dispatch is no more.
    """

    told: tuple[Told, ...]
    held: tuple[tuple[int, datetime], ...]
    gone: tuple[int, ...]


def read_facts(
    connection: Connection, facts: Iterable[WaitingFact], subscription: Subscription, *, now: datetime
) -> Readable:
    """Read what is shown of each fact's dispatch.

    Raises:
        StoreError: the store cannot be read.
    """
    told: list[Told] = []
    held: list[tuple[int, datetime]] = []
    gone: list[int] = []
    for fact in facts:
        try:
            document = make_document(merge_rows(read_dispatch(connection, fact.dispatch_id)))
        except NotFoundError:
            gone.append(fact.id)
            continue
        until = document.get("embargoed_until")
        if until and datetime.fromisoformat(until) > now:
            held.append((fact.id, datetime.fromisoformat(until)))
        else:
            told.append(_tell(fact, document, subscription))
    return Readable(tuple(told), tuple(held), tuple(gone))


def write_title(subscription: Subscription, told: Sequence[Told]) -> str:
    """`Harbour desk: CORRECTED: North quay to be rebuilt and 2 more`."""
    rest = f" and {len(told) - 1} more" if len(told) > 1 else ""
    return clean_text(f"{subscription.name}: {told[0].title}{rest}")[:200]


def write_text(subscription: Subscription, told: Sequence[Told], url: str | None) -> str:
    """Each fact with its agency, owners and address, and which subscription this is."""
    lines = []
    for one in told:
        parts = [one.agency or "agency unknown", f"{one.owners} {'owner' if one.owners == 1 else 'owners'}"]
        lines.append(f"{clean_text(one.title)}\n  {', '.join(parts)}, {one.at:%Y-%m-%d %H:%M} UTC")
        lines.append(f"  {address_of(one, url)}\n")
    lines.append(f"Subscription {subscription.id}, {clean_text(subscription.name)}, of {subscription.owner}.")
    if url:
        lines.append(f"To change or end it: {url.rstrip('/')}/subscriptions")
    return "\n".join(lines) + "\n"


def describe_as_json(one: Told, url: str | None) -> dict[str, Any]:
    """A fact for programs."""
    return {
        "id": one.id,
        "reason": one.reason,
        "at": iso(one.at),
        "dispatch": one.dispatch,
        "state": one.state,
        "headline": one.headline,
        "agency": one.agency,
        "owners": one.owners,
        "published_at": one.published_at,
        "address": address_of(one, url),
    }


def address_of(one: Told, url: str | None) -> str:
    """The address of a dispatch's page; without that of the service the path alone."""
    return f"{(url or '').rstrip('/')}/dispatches/{one.dispatch}"


def _tell(fact: WaitingFact, document: dict[str, Any], subscription: Subscription) -> Told:
    return Told(
        id=fact.id,
        reason=fact.reason,
        label=LABELS.get(fact.reason, f"{subscription.owners} owners carry it"),
        at=fact.queued_at.astimezone(UTC),
        dispatch=document["dispatch_id"],
        state=document["state"],
        headline=mask_secrets(document["headline"]),
        lead=mask_secrets(document["lead"]),
        agency=document["agency"],
        owners=document["family_count"],
        published_at=document["published_at"],
    )
