"""What can be told of a dispatch, as facts with names that last; and which of them a subscription is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from copytaster.chain import CORRECTED, NOTICES, REPEAT
from copytaster.store.subscription_facts import KnownFact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from copytaster.store.subscriptions import Subscription

_CORRECTIONS = frozenset({CORRECTED, "refile"})
LATER = frozenset({"corrected", "killed"})  # told of a dispatch even where the search finds it no more


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a dispatch.

    Attributes:
        reason: new, version, corrected, killed, owners; empty for what is never sent.
        key: its name, which lasts.
        version: with which it came; None for owners.
        at: when it came, by our own clock, of owners.
    """

    reason: str
    key: str
    version: int | None = None
    at: datetime | None = None


def list_facts(document: Mapping[str, Any], founder: int, owners: int) -> list[Fact]:
    """Every fact of a dispatch.

    A version is named by its own number: when a dispatch is merged, its versions are known already.

    Args:
        document: as the index holds it.
        founder: the version with which the dispatch began.
        owners: how many owners are a fact.
    """
    name = document["dispatch_id"]
    facts = [Fact("new", f"new:{name}", founder)]
    for place, step in enumerate(document.get("chain") or ()):
        facts.append(_name_step(step["kind"], int(step["version"]), is_first=place == 0))
    moments = _list_owners(document)
    if len(moments) >= owners:
        facts.append(Fact("owners", f"owners:{name}:{owners}", at=moments[owners - 1]))
    return facts


def choose_facts(
    facts: Iterable[Fact], known: Collection[str], subscription: Subscription, *, is_found: bool
) -> list[KnownFact]:
    """The facts that a subscription does not know yet, those that it is told marked.

    Of a dispatch that it sees for the first time it is told that it is new, or that it was killed, and nothing else.

    Args:
        facts: of one dispatch.
        known: the keys that the subscription knows.
        subscription: says which reasons are told, and since when.
        is_found: True where its search finds the dispatch now.
    """
    listed = list(facts)
    fresh = [fact for fact in listed if fact.key not in known]
    is_first = len(fresh) == len(listed)
    told = [
        fact
        for fact in fresh
        if fact.reason in subscription.reasons
        and _is_news(fact, subscription)
        and (is_found or fact.reason in LATER)
        and (is_first or fact.reason != "new")
    ]
    if is_first:
        told = _keep_first(told)
    keys = {fact.key for fact in told}
    name = next(fact.key.partition(":")[2] for fact in listed if fact.reason == "new")
    return [KnownFact(fact.key, name, fact.reason, fact.key in keys) for fact in fresh]


def _is_news(fact: Fact, subscription: Subscription) -> bool:
    if fact.version is not None:
        return fact.version > subscription.since_version
    since = subscription.since.replace(microsecond=0)  # copies are dated to the second
    return fact.at is not None and fact.at >= since


def _keep_first(told: list[Fact]) -> list[Fact]:
    killed = [fact for fact in told if fact.reason == "killed"]
    new = [fact for fact in told if fact.reason == "new"]
    return killed[-1:] or new or told


def _name_step(kind: str, version: int, *, is_first: bool) -> Fact:
    if kind in NOTICES:
        return Fact("killed", f"killed:{version}", version)
    if kind in _CORRECTIONS:
        return Fact("corrected", f"corrected:{version}", version)
    return Fact("" if is_first or kind == REPEAT else "version", f"version:{version}", version)


def _list_owners(document: Mapping[str, Any]) -> list[datetime]:
    """When each owner's first copy came, in order."""
    seen: dict[str, datetime] = {}
    for member in document.get("members") or ():
        owner = member.get("family") or member["publisher"]
        at = datetime.fromisoformat(member["first_seen"])
        seen[owner] = min(at, seen.get(owner, at))
    return sorted(seen.values())
