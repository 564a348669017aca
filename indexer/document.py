"""The index document: the one flat document a dispatch is searched by, and its bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from copytaster.errors import RefusedError
from copytaster.values import iso, to_json
from indexer.port import IndexAction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.record import DispatchRecord, Member

MAX_MEMBERS = 200  # listed; all are counted
MAX_EVIDENCE = 20
MAX_LEAD = 600  # characters
MAX_BYTES = 20_000_000
KEYWORD_BYTES = 32_766  # of one indexed term, Lucene's bound


def make_action(record: DispatchRecord) -> IndexAction:
    """What to write for a record.

    Raises:
        RefusedError: no index can take it.
    """
    return IndexAction(record.id, record.change, serialise(make_document(record)))


def make_document(record: DispatchRecord) -> dict[str, Any]:
    """The document of a record. Nothing in it changes without a new revision of the dispatch."""
    members = record.members
    versions = [version for member in members for version in member.versions]
    kinds = {str(marker.get("kind")) for version in versions for marker in version.markers}
    places = (record.dateline or {}).get("places") or ()
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
        "agencies_evidence": to_json(record.agency_evidence[:MAX_EVIDENCE]),
        "publishers": sorted({member.publisher for member in members}),
        "publisher_count": record.publisher_count,
        "families": sorted({member.family or member.publisher for member in members}),
        "family_count": record.family_count,
        "sources": sorted({member.source for member in members}),
        "language": record.language,
        "languages": sorted({member.language for member in members if member.language}),
        "byline": list(record.byline),
        "dateline_place": places[0] if places else None,
        "slugline": record.slugline,
        "places": list(places),
        "markers": sorted(kinds),
        "first_seen": iso(record.first_seen),
        "last_seen": iso(record.last_seen),
        "published_at": iso(record.published_at),
        "@timestamp": iso(record.published_at),
        "last_changed": iso(record.last_changed),
        "version_count": record.version_count,
        "correction_count": record.correction_count,
        "has_uncorrected": record.has_uncorrected,
        "canonical": to_json(record.canonical),
        "urls": _distinct(member.url for member in members)[:MAX_MEMBERS],
        "members": [_list_member(member) for member in members[:MAX_MEMBERS]],
        "members_left_out": max(0, len(members) - MAX_MEMBERS),
    }


def serialise(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON: the same document is the same bytes, whoever writes it.

    Raises:
        RefusedError: not JSON (a lone surrogate, a number that is none), too large, or a term over Lucene's bound.
    """
    name = f"dispatch {document.get('dispatch_id')}"
    try:
        text = json.dumps(
            document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
        data = text.encode()
    except (ValueError, TypeError) as error:  # a UnicodeEncodeError is a ValueError
        raise RefusedError(f"cannot be written as JSON: {_reason(error)}", resource=name) from error
    if len(data) > MAX_BYTES:
        raise RefusedError(f"a document of {len(data)} bytes", resource=name)
    for field in (
        "agency",
        "publishers",
        "families",
        "sources",
        "languages",
        "byline",
        "urls",
        "slugline",
        "dateline_place",
    ):
        values = document.get(field) or ()
        for value in (values,) if isinstance(values, str) else values:
            if len(value.encode()) > KEYWORD_BYTES:
                raise RefusedError(f"{field} of {len(value.encode())} bytes", resource=name)
    return data


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
        "url": member.url,
        "headline": member.headline,
        "markers": to_json(member.markers),
        "relation": member.relation,
        "agency": member.agency,
        "language": member.language,
        "first_seen": iso(member.first_seen),
        "last_seen": iso(member.last_seen),
        "published_at": iso(member.published_at),
        "versions": len(member.versions),
    }


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _reason(error: Exception) -> str:
    # the text itself may be what cannot be written
    return str(error).encode("ascii", "backslashreplace").decode()[:200]
