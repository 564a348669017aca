"""Checks a subscription before it is kept, and shows one that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from copytaster.errors import UsageError
from copytaster.store.subscriptions import CHANNELS, REASONS, SubscriptionPlan
from copytaster.values import iso
from newsdesk.operations.desk_views import read_search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copytaster.store.subscriptions import Channel, Reason, Subscription

DIGESTS = (0, 15, 60, 240, 1440)  # minutes
MOST_OWNERS = 100
MOST_ADDRESSES = 20
_LONGEST = 2_000


def make_plan(
    *,
    name: str,
    view_id: int | None,
    search: Mapping[str, Any],
    reasons: Sequence[str],
    owners: int = 10,
    channel: str = "feed",
    target: str = "",
    digest_minutes: int = 0,
) -> SubscriptionPlan:
    """A plan that can be kept.

    Raises:
        UsageError: something is missing or cannot be; QueryError: the words of the search cannot be read.
    """
    named = " ".join(name.split())
    if not named or len(named) > 120:  # noqa: PLR2004
        raise UsageError("a subscription needs a name", resource="name", hint="1 to 120 characters")
    if channel not in CHANNELS:
        raise UsageError(f"no way {channel!r}", resource="channel", hint=f"one of {', '.join(CHANNELS)}")
    if not 1 <= owners <= MOST_OWNERS:
        raise UsageError(f"{owners} owners", resource="owners", hint=f"1 to {MOST_OWNERS}")
    if digest_minutes not in DIGESTS:
        listed = ", ".join(str(one) for one in DIGESTS)
        raise UsageError(f"no digest of {digest_minutes} minutes", resource="digest", hint=f"one of {listed}")
    return SubscriptionPlan(
        name=named,
        view_id=view_id,
        search=read_search(search).to_data() if view_id is None else {},
        reasons=_check_reasons(reasons),
        owners=owners,
        channel=_to_channel(channel),
        target=_check_target(channel, target.strip()),
        digest_minutes=digest_minutes,
    )


def show_target(channel: str, target: str) -> str:
    """A target as others may see it: of a webhook the host alone, for the rest of its address is often a secret."""
    if channel != "webhook":
        return target
    parts = urlsplit(target)
    return f"{parts.scheme}://{parts.hostname}/…"


def find_state(one: Subscription) -> str:
    """`paused`, `failing` or `active`."""
    return "paused" if one.paused_at else "failing" if one.failures else "active"


def subscription_to_json(one: Subscription, waiting: int) -> dict[str, Any]:
    """A subscription as data, without its secrets; `waiting` facts are still to be sent."""
    return {
        "id": one.id,
        "name": one.name,
        "owner": one.owner,
        "view": one.view_id,
        "search": dict(one.search),
        "reasons": list(one.reasons),
        "owners": one.owners,
        "channel": one.channel,
        "target": show_target(one.channel, one.target),
        "digest_minutes": one.digest_minutes,
        "feed": f"/feeds/{one.feed_key}.atom",
        "state": find_state(one),
        "problem": one.paused_why or one.error,
        "waiting": waiting,
        "made_at": iso(one.made_at),
    }


def _to_channel(text: str) -> Channel:
    return next(one for one in CHANNELS if one == text)


def _check_reasons(given: Sequence[str]) -> tuple[Reason, ...]:
    unknown = [one for one in given if one not in REASONS]
    if unknown or not given:
        raise UsageError(
            f"no reason {unknown[0]!r}" if unknown else "no reason is chosen",
            resource="reasons",
            hint=f"one or more of {', '.join(REASONS)}",
        )
    return tuple(one for one in REASONS if one in given)


def _check_target(channel: str, target: str) -> str:
    if len(target) > _LONGEST:
        raise UsageError("it is too long", resource="target", hint=f"at most {_LONGEST} characters")
    if channel == "feed":
        return ""
    if channel == "webhook":
        if not _is_web(target):
            raise UsageError("no address of a webhook", resource="target", hint="https://...")
        return target
    addresses = [part.strip() for part in target.split(",") if part.strip()]
    wrong = [one for one in addresses if not _is_mail(one)]
    if wrong or not 0 < len(addresses) <= MOST_ADDRESSES:
        raise UsageError(
            f"no mail address: {wrong[0]!r}" if wrong else "no mail address is given, or more than 20",
            resource="target",
            hint="ada@desk.example, separated by commas",
        )
    return ", ".join(addresses)


def _is_web(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # brackets of no IPv6 address, a port that is no number
        return False
    named = parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0
    return named and text.isprintable() and " " not in text


def _is_mail(text: str) -> bool:
    name, at, host = text.rpartition("@")
    is_encoded = "=?" in text  # a mail would have what it decodes to
    return (
        bool(at and name and "." in host and not is_encoded)
        and text.isprintable()
        and not set(text) & set(" <>\"'\\;:()[]")
    )
