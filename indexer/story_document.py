"""The document of a single story, for charts per outlet: what a publisher made of a dispatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.values import iso
from indexer.port import StoryDocument
from indexer.record import CORRECTIONS
from indexer.serialise import kinds_of, minutes_between, serialise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.record import DispatchRecord, Member


def list_stories(record: DispatchRecord) -> Sequence[StoryDocument]:
    """The stories of a dispatch, each under its own id, so that one that moves takes its document along.

    A story whose newest version stands in another dispatch is told of there.

    Raises:
        RefusedError: no index can take one of them.
    """
    return [
        StoryDocument(str(member.story), serialise(make_story(record, member)))
        for member in record.members
        if member.is_current
    ]


def make_story(record: DispatchRecord, member: Member) -> dict[str, Any]:
    """The document of a member. Nothing in it changes without a new revision of the dispatch."""
    first = min(found.first_seen for found in record.members)
    claims = [version.published_at for version in member.versions if version.published_at]
    published = min([*claims, member.first_seen])
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
        "markers": sorted(set().union(*(kinds_of(version.markers) for version in member.versions))),
        "genre": sorted(kinds_of(member.markers, of_class="genre")),
        "is_first": member.first_seen == first,
        "minutes_after_first": minutes_between(first, member.first_seen),
        "publisher_count": record.publisher_count,
        "first_seen": iso(member.first_seen),
        "last_seen": iso(member.last_seen),
        "published_at": iso(published),
        "@timestamp": iso(published),
        "version_count": len(member.versions),
        "correction_count": sum(1 for version in member.versions if kinds_of(version.markers) & CORRECTIONS),
    }
