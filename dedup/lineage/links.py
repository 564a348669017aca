"""Lineage between dispatches: a wrap-up and what it joins, an alert and its full story, a notice that came too early.

A wrap-up shares text with its parents. An alert and a notice hardly do: they are known by marker, story number, slug,
headline and time. Whichever comes first, the end is the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import xxhash

from copytaster.canonical import is_own, owner_of
from copytaster.chain import NOTICES, read_markers
from copytaster.store.lineage import (
    LinkCandidate,
    VersionLink,
    add_links,
    apply_links,
    await_stories,
    count_others,
    drop_links,
    find_awaiting,
    find_dispatches,
    find_link_candidates,
    forget_awaited,
    keep_founder,
    list_others,
    read_link_candidates,
)
from copytaster.store.memberships import read_dispatch_refs
from copytaster.store.moves import move_members, reseat
from dedup.text.house_style import fold_headline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from copytaster.store.versions import StoredVersion
    from dedup.cache.known_version import Known
    from dedup.decision.decide import Candidate
    from dedup.decision.overrides import ManualDecisions

WRAPPED_WORDS = 18.0  # matched weight: a sentence that is no phrase of the trade
SAME_NUMBER = timedelta(hours=6)  # from an alert to its story, under one story number
SAME_SLUG = timedelta(hours=3)  # under one slug or headline
EARLY = timedelta(minutes=5)  # so far a story's time may lie before its alert's
NOTICE_WINDOW = timedelta(hours=48)
_NO_STORY = frozenset({"alert", "wrapup", *NOTICES})
_SIGNED = 2**63


def find_wrapup_links(known: Known, candidates: Iterable[Candidate]) -> list[VersionLink]:
    """Links from a wrap-up to each candidate whose text it has, or from each wrap-up that has text of this version."""
    return [
        VersionLink(*ends, "wrapup-of", int(one.score.weight))
        for one in candidates
        if one.wrapup != known.wrapup and one.score.weight >= WRAPPED_WORDS
        for ends in [
            (known.version.id, one.version_id) if known.wrapup else (one.version_id, known.version.id)
        ]
    ]


def link_versions(
    connection: Connection, versions: Sequence[StoredVersion], rulings: ManualDecisions
) -> list[str]:
    """Link what a batch brought to what is there, as far as people left it open; gives back the dispatches that changed.

    Only an agency's own versions are looked at; where there are none, this costs one look at an empty index.
    """
    own = [_as_candidate(version) for version in versions if is_own(version.publisher, version.agency)]
    changed: list[str] = []
    if own:
        kinds = {one.id: read_markers(one.markers)[0] for one in own}
        for one in own:
            if kinds[one.id] == "alert" or kinds[one.id] in NOTICES:
                changed += _look_back(connection, one, kinds[one.id], rulings)
        told = [one for one in own if kinds[one.id] not in _NO_STORY]
        if told:
            changed += _answer_awaiting(connection, told, rulings)
    return [*changed, *apply_links(connection)]


def _as_candidate(version: StoredVersion) -> LinkCandidate:
    return LinkCandidate(
        version.id,
        version.story_id,
        version.publisher,
        version.slug,
        version.headline,
        version.markers,  # type: ignore[arg-type]
        version.seen_at,
        version.published_at,
    )


def _look_back(connection: Connection, one: LinkCandidate, kind: str, rulings: ManualDecisions) -> list[str]:
    """An alert or a notice: link what came before it, and await what may come after."""
    forget_awaited(connection, one.seen_at - 2 * NOTICE_WINDOW)
    await_stories(connection, _keys(one), one.id, seen_at=one.seen_at)
    since = one.seen_at - NOTICE_WINDOW
    earlier = find_link_candidates(connection, one.publisher, before=one.id, since=since)
    known = set(_keys(one))
    stories = [other for other in earlier if known & set(_keys(other))]
    return _bind(connection, [(one, kind, other) for other in stories], rulings)


def _answer_awaiting(
    connection: Connection, told: Sequence[LinkCandidate], rulings: ManualDecisions
) -> list[str]:
    keys = {one.id: _keys(one) for one in told}
    waiting = find_awaiting(connection, sorted({key for found in keys.values() for key in found}))
    if not waiting:
        return []
    callers = read_link_candidates(
        connection, sorted({version for found in waiting.values() for version in found})
    )
    pairs = [
        (callers[caller], read_markers(callers[caller].markers)[0], one)
        for one in told
        for caller in sorted({version for key in keys[one.id] for version in waiting.get(key, ())})
        if caller != one.id
    ]
    return _bind(connection, pairs, rulings)


def _bind(
    connection: Connection,
    pairs: Sequence[tuple[LinkCandidate, str, LinkCandidate]],
    rulings: ManualDecisions,
) -> list[str]:
    """Link alerts to stories and bring notices to theirs, as far as times allow."""
    changed: list[str] = []
    alerts: dict[int, tuple[LinkCandidate, list[LinkCandidate]]] = {}
    for caller, kind, story in pairs:
        if read_markers(story.markers)[0] in _NO_STORY:
            continue
        gap = _time_of(story) - _time_of(caller)
        if kind == "alert":
            longest = SAME_NUMBER if caller.story_id == story.story_id else SAME_SLUG
            if -EARLY <= gap <= longest:
                alerts.setdefault(caller.id, (caller, []))[1].append(story)
        elif -NOTICE_WINDOW <= gap <= EARLY:
            changed += _bring_notice(connection, caller, story, rulings)
    for alert, found in alerts.values():
        changed += _link_alert(connection, alert, found)
    return changed


def _link_alert(connection: Connection, alert: LinkCandidate, found: Sequence[LinkCandidate]) -> list[str]:
    """Link an alert to one story, whichever came first: of its own number, else the one nearest in time.

    Gives back the dispatch that is its story no longer.
    """
    known = read_link_candidates(connection, list_others(connection, alert.id, "superseded-by"))
    best = min([*known.values(), *found], key=lambda story: _distance(alert, story))
    dropped = sorted(known.keys() - {best.id})
    drop_links(connection, alert.id, dropped)
    if best.id not in known:
        seconds = abs(int((_time_of(best) - _time_of(alert)).total_seconds()))
        add_links(connection, [VersionLink(alert.id, best.id, "superseded-by", seconds)])
    return sorted(set(find_dispatches(connection, dropped).values()))


def _distance(alert: LinkCandidate, story: LinkCandidate) -> tuple[bool, float, bool, str, int]:
    """The least is the story of an alert; the same in whatever order stories come."""
    gap = (_time_of(story) - _time_of(alert)).total_seconds()
    return story.story_id != alert.story_id, abs(gap), gap < 0, story.headline, story.id


def _bring_notice(
    connection: Connection, notice: LinkCandidate, story: LinkCandidate, rulings: ManualDecisions
) -> list[str]:
    """A notice that stands alone goes to the dispatch of the story it takes down; its own id leads there."""
    places = find_dispatches(connection, [notice.id, story.id])
    here, there = places[notice.id], places[story.id]
    if here == there or count_others(connection, here, [notice.id]):
        return []
    if not rulings.may_join(
        notice.id, notice.story_id, there, lambda ids: find_dispatches(connection, sorted(ids))
    ):
        return []
    evidence = {
        "rule": "notice",
        "score": 0.0,
        "matched_words": 0,
        "share_of_shorter": 0.0,
        "share_of_longer": 0.0,
    }
    move_members(connection, {notice.id: there}, {notice.id: evidence})
    founder = read_dispatch_refs(connection, [story.id])[story.id].founder_id
    live = reseat(connection, [here, there], [notice.id], at=datetime.now(UTC))
    keep_founder(connection, there, founder)  # later copies are compared with it, and a notice is like none
    return live


def _time_of(one: LinkCandidate) -> datetime:
    return min(one.published_at or one.seen_at, one.seen_at)


def _keys(one: LinkCandidate) -> list[int]:
    """By what a story is known across addresses: its number, its slug, its headline; each within its agency."""
    agency = owner_of(one.publisher)
    headline = fold_headline(one.headline)
    named = [f"number\n{one.story_id}"]
    named += [f"slug\n{one.slug.strip().casefold()}"] if one.slug and one.slug.strip() else []
    named += [f"headline\n{headline}"] if headline else []
    return [
        xxhash.xxh3_64_intdigest(f"{agency}\n{name}".encode(errors="surrogatepass")) - _SIGNED
        for name in named
    ]
