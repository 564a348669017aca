"""Links between dispatches: a wrap-up and the stories it joins, an alert and its full story, an early notice.

A wrap-up shares text with its parents. An alert and a notice hardly do: they are known by marker, story number, slug,
headline and time. Whichever comes first, the links are the same.
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
    is_any_awaited,
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
    connection: Connection, versions: Sequence[StoredVersion], decisions: ManualDecisions
) -> list[str]:
    """Link the versions of a batch to earlier ones, unless a manual decision forbids it; gives back the changed dispatches.

    Only an agency's own versions are linked; without any, this costs one look at an empty index.
    """
    own = [
        (version, read_markers(version.markers)[0])
        for version in versions
        if is_own(version.publisher, version.agency)
    ]
    changed: list[str] = []
    for version, kind in own:
        if kind == "alert" or kind in NOTICES:
            changed += _link_earlier(connection, _as_candidate(version), kind, decisions)
    stories = [version for version, kind in own if kind not in _NO_STORY]
    if stories and is_any_awaited(connection):
        changed += _link_awaiting(connection, [_as_candidate(version) for version in stories], decisions)
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


def _link_earlier(
    connection: Connection, one: LinkCandidate, kind: str, decisions: ManualDecisions
) -> list[str]:
    """Link an alert or a notice to the stories before it, and await those that may come after it."""
    forget_awaited(connection, one.seen_at - 2 * NOTICE_WINDOW)
    await_stories(connection, _keys(one), one.id, seen_at=one.seen_at)
    since = one.seen_at - NOTICE_WINDOW
    earlier = find_link_candidates(connection, one.publisher, before=one.id, since=since)
    known = set(_keys(one))
    stories = [other for other in earlier if known & set(_keys(other))]
    return _bind(connection, [(one, kind, other) for other in stories], decisions)


def _link_awaiting(
    connection: Connection, stories: Sequence[LinkCandidate], decisions: ManualDecisions
) -> list[str]:
    keys = {one.id: _keys(one) for one in stories}
    waiting = find_awaiting(connection, sorted({key for found in keys.values() for key in found}))
    if not waiting:
        return []
    callers = read_link_candidates(
        connection, sorted({version for found in waiting.values() for version in found})
    )
    pairs = [
        (callers[caller], read_markers(callers[caller].markers)[0], one)
        for one in stories
        for caller in sorted({version for key in keys[one.id] for version in waiting.get(key, ())})
        if caller != one.id
    ]
    return _bind(connection, pairs, decisions)


def _bind(
    connection: Connection,
    pairs: Sequence[tuple[LinkCandidate, str, LinkCandidate]],
    decisions: ManualDecisions,
) -> list[str]:
    """Link alerts to their stories and move notices to theirs, within the times allowed."""
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
            changed += _move_notice(connection, caller, story, decisions)
    for alert, found in alerts.values():
        changed += _link_alert(connection, alert, found)
    return changed


def _link_alert(connection: Connection, alert: LinkCandidate, found: Sequence[LinkCandidate]) -> list[str]:
    """Link an alert to one story, whichever came first: of its own number, else the one nearest in time.

    Gives back the dispatches that it was linked to before.
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
    """The story of an alert is the one at the least distance, in whatever order stories come."""
    gap = (_time_of(story) - _time_of(alert)).total_seconds()
    return story.story_id != alert.story_id, abs(gap), gap < 0, story.headline, story.id


def _move_notice(
    connection: Connection, notice: LinkCandidate, story: LinkCandidate, decisions: ManualDecisions
) -> list[str]:
    """Move a notice, alone in its dispatch, to the story it takes down, and redirect its dispatch id."""
    places = find_dispatches(connection, [notice.id, story.id])
    here, there = places[notice.id], places[story.id]
    if here == there or count_others(connection, here, [notice.id]):
        return []
    if not decisions.may_join(
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
    """Hashes by which a story is known across addresses: its number, slug and headline, each within its agency."""
    agency = owner_of(one.publisher)
    headline = fold_headline(one.headline)
    named = [f"number\n{one.story_id}"]
    named += [f"slug\n{one.slug.strip().casefold()}"] if one.slug and one.slug.strip() else []
    named += [f"headline\n{headline}"] if headline else []
    return [
        xxhash.xxh3_64_intdigest(f"{agency}\n{name}".encode(errors="surrogatepass")) - _SIGNED
        for name in named
    ]
