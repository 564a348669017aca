"""The index document: the one flat document a dispatch is searched by, and its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.values import iso
from indexer.serialise import kinds_of, minutes_between

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copytaster.values import Evidence
    from indexer.record import ChainVersion, DispatchRecord, Member

MAX_MEMBERS = 200  # listed; all are counted
MAX_EVIDENCE = 20
MAX_LEAD = 600  # characters


def make_document(record: DispatchRecord) -> dict[str, Any]:
    """The document of a record. Nothing in it changes without a new revision of the dispatch."""
    members = record.members
    versions = [version for member in members for version in member.versions]
    kinds = {kind for version in versions for kind in kinds_of(version.markers)}
    dateline = record.dateline or {}
    places = dateline.get("places") or ()
    canonical = record.canonical
    first = min((member.first_seen for member in members), default=record.first_seen)
    return {
        "dispatch_id": record.id,
        "rev": record.rev,
        "state": record.state,
        "merged_into": record.merged_into,
        "headline": record.headline,
        "headlines_all": _distinct(version.headline for version in versions)[:MAX_MEMBERS],
        "change_note": record.change_note,
        "body": record.body,
        "lead": make_lead(record.body),
        "agency": record.agency,
        "agency_confidence": record.agency_confidence,
        "agencies_evidence": [_list_evidence(piece) for piece in record.agency_evidence[:MAX_EVIDENCE]],
        "publishers": sorted({member.publisher for member in members}),
        "publisher_count": record.publisher_count,
        "families": sorted({member.family or member.publisher for member in members}),
        "family_count": record.family_count,
        "sources": sorted({member.source for member in members}),
        "channels": sorted({member.channel for member in members}),
        "language": record.language,
        "languages": sorted({member.language for member in members if member.language}),
        "byline": list(record.byline),
        "signoff": record.signoff,
        "dateline": dateline.get("raw"),
        "dateline_place": places[0] if places else None,
        "dateline_region": dateline.get("region"),
        "slugline": record.slugline,
        "wire_ids": sorted({member.wire_id for member in members if member.wire_id}),
        "places": list(places),
        "markers": sorted(kinds),
        "genre": sorted(kinds_of(record.markers, of_class="genre")),
        "flags": list(record.flags),
        "first_seen": iso(record.first_seen),
        "last_seen": iso(record.last_seen),
        "second_seen_at": iso(record.second_seen_at),
        "pickup_minutes": minutes_between(first, record.second_seen_at),
        "family_second_seen_at": iso(record.family_second_seen_at),
        "family_pickup_minutes": minutes_between(first, record.family_second_seen_at),
        "published_at": iso(record.published_at),
        "updated_at": iso(record.updated_at),
        "@timestamp": iso(record.published_at),
        "last_changed": iso(record.last_changed),
        "version_count": record.version_count,
        "correction_count": record.correction_count,
        "has_uncorrected": record.has_uncorrected,
        "corrected_at": iso(record.corrected_at),
        "withdrawn_at": iso(record.withdrawn_at),
        "chain": [_list_step(step) for step in record.chain[:MAX_MEMBERS]],
        "links": [{"kind": link.kind, "dispatch": link.dispatch} for link in record.links[:MAX_MEMBERS]],
        "canonical": canonical and {"story": canonical.story, "version": canonical.version},
        "urls": _distinct(member.url for member in members)[:MAX_MEMBERS],
        "members": [_list_member(member) for member in members[:MAX_MEMBERS]],
        "members_left_out": max(0, len(members) - MAX_MEMBERS),
    }


def make_lead(body: str) -> str:
    """The first paragraph, cut between words when it is long."""
    paragraph = body.split("\n\n", 1)[0].strip()
    if len(paragraph) <= MAX_LEAD:
        return paragraph
    return paragraph[:MAX_LEAD].rsplit(None, 1)[0] + " …"


def _list_member(member: Member) -> dict[str, Any]:
    return {
        "story": member.story,
        "publisher": member.publisher,
        "family": member.family,
        "source": member.source,
        "channel": member.channel,
        "url": member.url,
        "headline": member.headline,
        "markers": list(member.markers),
        "relation": member.relation,
        "agency": member.agency,
        "language": member.language,
        "first_seen": iso(member.first_seen),
        "last_seen": iso(member.last_seen),
        "published_at": iso(member.published_at),
        "versions": len(member.versions),
        "carries": member.carries,
        "outdated": member.outdated,
    }


def _list_evidence(piece: Evidence) -> dict[str, Any]:
    return {"kind": piece.kind, "text": piece.text, "weight": piece.weight, "agency": piece.agency}


def _list_step(step: ChainVersion) -> dict[str, Any]:
    return {
        "version": step.version,
        "kind": step.kind,
        "number": step.number,
        "at": iso(step.at),
        "headline": step.headline,
    }


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
