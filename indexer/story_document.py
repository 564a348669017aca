"""The index document of a single story, for charts per publisher: what a publisher made of a dispatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.values import iso
from indexer.document import minutes_between
from indexer.port import StoryDocument
from indexer.record import CORRECTIONS, marker_kinds
from indexer.serialise import serialise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.record import DispatchRecord, MemberStory


def list_stories(record: DispatchRecord) -> Sequence[StoryDocument]:
    """The documents of a dispatch's stories, each under the story's own id: a story that moves takes its document along.

    A story whose newest version is in another dispatch is listed there, not here.

    Raises:
        RefusedError: no index can take one of the documents.
    """
    return [
        StoryDocument(str(member.story), serialise(make_story(record, member)))
        for member in record.members
        if member.is_current
    ]


def make_story(record: DispatchRecord, member: MemberStory) -> dict[str, Any]:
    """The document of a member story. Every change in it comes with a new revision of the dispatch."""
    published = member.published_at
    return {
        "story": str(member.story),
        "dispatch_id": record.id,
        "state": record.state,
        "headline": member.headline,
        "publisher": member.publisher,
        "family": member.family or member.publisher,
        "source": member.source,
        "channel": member.channel,
        "url": member.url,
        "wire_id": member.wire_id,
        "agency": record.agency,
        "language": member.language,
        "relation": member.relation,
        "credit": member.credit,
        "markers": sorted(set().union(*(marker_kinds(version.markers) for version in member.versions))),
        "genre": sorted(marker_kinds(member.markers, of_class="genre")),
        "is_first": published is not None and published == record.published_at,
        "minutes_after_first": minutes_between(record.published_at, published),
        "publisher_count": record.publisher_count,
        "first_seen": iso(member.first_seen),
        "last_seen": iso(member.last_seen),
        "published_at": iso(published),
        "@timestamp": iso(published or member.first_seen),
        "version_count": len(member.versions),
        "correction_count": sum(
            1 for version in member.versions if marker_kinds(version.markers) & CORRECTIONS
        ),
        **({"kind": member.versions[-1].kind} if member.versions[-1].kind else {}),
        **({"share_kept": member.share_kept} if member.share_kept is not None else {}),
        **({"agency_version": version} if (version := _find_version(record, member)) else {}),
        **({"altered_fact_count": member.altered_count} if member.altered_count else {}),
    }


def _find_version(record: DispatchRecord, member: MemberStory) -> int | None:
    """Which of the agency's versions a story prints, from 1; None where unknown."""
    return next(
        (number for number, step in enumerate(record.chain, 1) if step.version == member.carries), None
    )
