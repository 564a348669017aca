"""The index document of a dispatch: one flat mapping. Its bytes are made in `indexer.serialise`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.values import iso
from indexer.record import ALTERED, marker_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from copytaster.values import Evidence
    from indexer.record import ChainVersion, DispatchRecord, MemberStory, MemberVersion

MAX_MEMBERS = 200  # listed; counts cover all
MAX_EVIDENCE = 20
MAX_LEAD = 600  # characters
_RETELLINGS = {"retold": "retelling", "translated": "translation"}


def make_document(record: DispatchRecord) -> dict[str, Any]:
    """The document of a record. Every change in it comes with a new revision of the dispatch."""
    members = record.members
    versions = [version for member in members for version in member.versions]
    canonical = record.canonical
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
        "publisher_count": record.publisher_count,
        "family_count": record.family_count,
        "language": record.language,
        "byline": list(record.byline),
        "signoff": record.signoff,
        "slugline": record.slugline,
        "markers": sorted({kind for version in versions for kind in marker_kinds(version.markers)}),
        "genre": sorted(marker_kinds(record.markers, of_class="genre")),
        "flags": list(record.flags),
        "version_count": record.version_count,
        "correction_count": record.correction_count,
        "has_uncorrected": record.has_uncorrected,
        **_list_dateline(record.dateline or {}),
        **_list_names(members),
        **_list_times(record),
        "chain": [_list_step(step) for step in record.chain[:MAX_MEMBERS]],
        "links": [{"kind": link.kind, "dispatch": link.dispatch} for link in record.links[:MAX_MEMBERS]],
        **_list_relations(record),
        "canonical": canonical and {"story": canonical.story, "version": canonical.version},
        "urls": _distinct(member.url for member in members)[:MAX_MEMBERS],
        "members": [_list_member(member) for member in members[:MAX_MEMBERS]],
        "members_left_out": max(0, len(members) - MAX_MEMBERS),
        **_list_alterations(members),
        **_list_said(record, versions),
    }


def minutes_between(first: datetime | None, later: datetime | None) -> float | None:
    """Minutes from one moment to a later one, to the hundredth; None where one is unknown."""
    return None if first is None or later is None else round((later - first).total_seconds() / 60, 2)


def make_lead(body: str) -> str:
    """The first paragraph, cut between words at 600 characters."""
    paragraph = body.split("\n\n", 1)[0].strip()
    if len(paragraph) <= MAX_LEAD:
        return paragraph
    return paragraph[:MAX_LEAD].rsplit(None, 1)[0] + " …"


def _list_dateline(dateline: Mapping[str, Any]) -> dict[str, Any]:
    places = dateline.get("places") or ()
    return {
        "dateline": dateline.get("raw"),
        "dateline_place": places[0] if places else None,
        "dateline_region": dateline.get("region"),
        "places": list(places),
    }


def _list_names(members: Sequence[MemberStory]) -> dict[str, list[str]]:
    """What the member stories are filtered by, each value once."""
    return {
        "publishers": sorted({member.publisher for member in members}),
        "families": sorted({member.family or member.publisher for member in members}),
        "sources": sorted({member.source for member in members}),
        "channels": sorted({member.channel for member in members}),
        "languages": sorted({member.language for member in members if member.language}),
        "wire_ids": sorted({member.wire_id for member in members if member.wire_id}),
    }


def _list_relations(record: DispatchRecord) -> dict[str, list[str]]:
    """Ids of the related dispatches, and under `relations` what this one is: the facet."""
    return {
        "retold_by": [one.dispatch for one in record.retold_by[:MAX_MEMBERS]],
        "translated_into": [one.dispatch for one in record.translated_into[:MAX_MEMBERS]],
        "retold_of": [one.dispatch for one in record.retold_of[:MAX_MEMBERS]],
        "relations": sorted(
            {"retold" for _ in record.retold_by}
            | {"translated" for _ in record.translated_into}
            | {_RETELLINGS[one.kind] for one in record.retold_of}
            | {ALTERED for member in record.members if member.altered_count}
        ),
    }


def _list_alterations(members: Sequence[MemberStory]) -> dict[str, Any]:
    """How many copies alter facts, and which; nothing where none does."""
    altered = [member for member in members if member.altered_count]
    facts = [
        {"publisher": member.publisher, "story": member.story, **fact}
        for member in altered
        for fact in member.altered_facts
    ]
    return {"altered_copies": len(altered), "altered_facts": facts[:MAX_MEMBERS]} if altered else {}


def _list_said(record: DispatchRecord, versions: Sequence[MemberVersion]) -> dict[str, Any]:
    """What senders say beside the text; nothing where they say nothing."""
    said = {
        "kind": record.kind,
        "kinds": sorted({version.kind for version in versions if version.kind}),
        "embargoed_until": iso(record.embargoed_until),
        "usage_terms": record.usage_terms,
        "editors_note": record.editors_note,
        "wire": dict(record.wire or {}),
    }
    return {name: value for name, value in said.items() if value}


def _list_times(record: DispatchRecord) -> dict[str, Any]:
    return {
        "first_seen": iso(record.first_seen),
        "last_seen": iso(record.last_seen),
        "second_seen_at": iso(record.second_seen_at),
        "pickup_minutes": minutes_between(record.published_at, record.second_published_at),
        "family_second_seen_at": iso(record.family_second_seen_at),
        "family_pickup_minutes": minutes_between(record.published_at, record.family_second_published_at),
        "published_at": iso(record.published_at),
        "updated_at": iso(record.updated_at),
        "@timestamp": iso(record.published_at or record.first_seen),
        "last_changed": iso(record.last_changed),
        "news_at": iso(record.rise.at),
        "news_kind": record.rise.kind,
        "news_number": record.rise.number,
        "corrected_at": iso(record.corrected_at),
        "withdrawn_at": iso(record.withdrawn_at),
    }


def _list_member(member: MemberStory) -> dict[str, Any]:
    return {
        "story": member.story,
        "publisher": member.publisher,
        "family": member.family,
        "claimed_publisher": member.claimed_publisher,
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
        **({"channels": list_channels(member)} if member.channels else {}),
    }


def list_channels(member: MemberStory) -> list[dict[str, Any]]:
    """The channels of a story that came through several, the first one first."""
    return [
        {
            "source": one.source,
            "channel": one.channel,
            "first_seen": iso(one.first_seen_at),
            "last_seen": iso(one.last_seen_at),
            "shown": one.shown,
        }
        for one in member.channels
    ]


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
