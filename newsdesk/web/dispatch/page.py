"""The dispatch page: turns the rows of one dispatch into the values of its template."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from indexer.record import CORRECTIONS
from newsdesk.web.dispatch.altered_facts import describe_alterations
from newsdesk.web.dispatch.carriers import NAMED, choose_rows, describe_carriers, describe_old
from newsdesk.web.dispatch.retellings import describe_retellings
from newsdesk.web.formatting import (
    EVIDENCE,
    LINKS,
    label_relation,
    name_kind,
    name_language,
    name_minutes,
    name_rule,
    name_step,
    to_moment,
    tone_kind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from copytaster.store.dispatches import DispatchRows, VersionRow
    from copytaster.store.embargoes import Embargo
    from indexer.record import DispatchRecord, MemberStory
    from newsdesk.web.dispatch.carriers import CarrierParameters

SAFE_LINK = re.compile(r"https?://[^\s\"'<>\\]{1,2000}", re.IGNORECASE)
MAX_EVIDENCE = 8
# label -> what a wire file says, by its name in ninjs
_SAID = (
    ("Status", "pubstatus"),
    ("Urgency", "urgency"),
    ("Signal", "signals"),
    ("Genre", "genres"),
    ("Located", "located"),
    ("Keywords", "keywords"),
    ("Provider", "provider"),
    ("Rights holder", "copyrightholder"),
    ("Copyright", "copyrightnotice"),
    ("Text and data mining", "datamining"),
    ("Expires", "expires"),
    ("Made by", "digitalsourcetype"),
    ("Format", "format"),
    ("Wire id", "guid"),
    ("Wire version", "version"),
    ("Other ids", "altids"),
)
_LINK_LABELS = {"derivedFrom": "Derived from", "prevVersion": "Version before", "seeAlso": "See also"}
MINUTE_S = 60


def describe_dispatch(
    rows: DispatchRows,
    record: DispatchRecord,
    parameters: CarrierParameters,
    held: Sequence[Embargo] = (),
    *,
    sender: str | None = None,
) -> dict[str, Any]:
    """The values that every tab of the dispatch shows, or that cost nothing.

    Args:
        rows: of the dispatch.
        record: made of these rows.
        parameters: which carriers to list.
        held: newer versions of its stories that are under embargo.
        sender: what the mail server found out about the sender of its text, where it came by mail.
    """
    signoff = _find_signoff(rows, record)
    return {
        "id": record.id,
        "state": record.state,
        "headline": record.headline,
        "markers": record.markers,
        "steps": [(step.kind, step.number) for step in record.chain],
        "change_note": _find_change_note(record),
        "agency": record.agency,
        "agency_confidence": record.agency_confidence,
        "evidence": list(_describe_evidence(rows, record)),
        "publisher_count": record.publisher_count,
        "family_count": record.family_count,
        "published_at": record.published_at,
        "first_publisher": record.members[0].publisher if record.published_at else None,
        "first_seen": record.first_seen,
        "last_seen": record.last_seen,
        "correction_count": record.correction_count,
        "old": describe_old(record),
        "carriers": describe_carriers(record, parameters),
        "damaged": list(record.damaged),
        "withdrawn_at": record.withdrawn_at,
        "corrected_at": record.corrected_at,
        "chain": _describe_chain(record) if len(record.chain) > 1 else [],
        "claims": list(_describe_claims(record)),
        "alterations": describe_alterations(record),
        "links": describe_links(record),
        "retellings": describe_retellings(record),
        "language": record.language,
        "held": held,
        "embargo": _describe_embargo(record),
        "editors_note": record.editors_note,
        "usage_terms": record.usage_terms,
        "dateline": (record.dateline or {}).get("raw"),
        "paragraphs": [paragraph for paragraph in record.body.split("\n\n") if paragraph.strip()],
        "signoff": signoff,
        "members": [_describe_member(member, record) for member in choose_rows(record, parameters)],
        "details": [*_list_details(record), *([("Sender of the mail", sender)] if sender else [])],
    }


def _find_version(rows: DispatchRows, record: DispatchRecord) -> VersionRow | None:
    wanted = record.canonical.version if record.canonical else None
    found = (version for member in rows.members for version in member.versions)
    return next((version for version in found if version.version_id == wanted), None)


def _find_signoff(rows: DispatchRows, record: DispatchRecord) -> str | None:
    version = _find_version(rows, record)
    return version.signoff if version else None


def _find_change_note(record: DispatchRecord) -> str | None:
    """The agency's reason for a withdrawal or correction, without the wire's brackets."""
    if record.withdrawn_at:
        return _unwrap(record.chain[-1].change_note)
    notes = [step.change_note for step in record.chain if step.change_note and step.kind in CORRECTIONS]
    return _unwrap(record.change_note or (notes[-1] if notes else None))


def _unwrap(note: str | None) -> str | None:
    """Remove the brackets around a note and end it with a full stop."""
    if not note:
        return None
    text = note.strip()
    text = text[1:-1].strip() if text[:1] == "(" and text[-1:] == ")" else text
    return text if text[-1:] in ".!?。" else f"{text}."


def _describe_chain(record: DispatchRecord) -> list[dict[str, Any]]:
    """The agency's versions, each with the publishers that carry it, up to date or not."""
    return [
        {
            "version": step.version,
            "label": name_step(step.kind, step.number),
            "tone": tone_kind(step.kind),
            "at": step.at,
            "at_is_seen": step.at_is_seen,
            "headline": step.headline,
            "change_note": _unwrap(step.change_note),
            "known_from": None if step.own else step.publisher,
            "href": step.url if SAFE_LINK.fullmatch(step.url) else None,
            "carriers": _name_some(_name_carriers(record, step.version, outdated=False)),
            "outdated": _name_some(_name_carriers(record, step.version, outdated=True)),
        }
        for step in record.chain
    ]


def _name_some(names: list[str]) -> str:
    """The names, or the first of many and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:NAMED])} and {more} more"


def _describe_claims(record: DispatchRecord) -> Iterator[dict[str, Any]]:
    """Steps that one publisher alone prints: shown as its claim, with what it says."""
    for claim in record.claims:
        yield {
            "label": name_step(claim.kind, claim.number),
            "publisher": claim.publisher,
            "at": claim.at,
            "at_is_seen": claim.at_is_seen,
            "headline": claim.headline,
            "change_note": _unwrap(claim.change_note),
            "href": claim.url if SAFE_LINK.fullmatch(claim.url) else None,
        }


def _name_carriers(record: DispatchRecord, version: int, *, outdated: bool) -> list[str]:
    """Publishers of the copies of a version: the outdated copies, or the others."""
    found = (member for member in record.members if member.carries == version)
    return list(dict.fromkeys(member.publisher for member in found if member.outdated == outdated))


def describe_links(record: DispatchRecord) -> list[dict[str, Any]]:
    """The linked dispatches by how they are linked: a wrap-up, an alert, a repeat."""
    return [
        {
            "kind": kind,
            "label": LINKS[kind],
            "dispatches": [link for link in record.links if link.kind == kind],
        }
        for kind in dict.fromkeys(link.kind for link in record.links)
    ]


def _describe_embargo(record: DispatchRecord) -> dict[str, Any] | None:
    """The hour that the sender of the text named, and whether it is still ahead."""
    until = to_moment(record.embargoed_until)
    return None if until is None else {"until": until, "is_ahead": until > datetime.now(UTC)}


def _name_carried(member: MemberStory, record: DispatchRecord) -> str | None:
    step = next((step for step in record.chain if step.version == member.carries), None)
    return name_step(step.kind, step.number) if step and len(record.chain) > 1 else None


def _describe_evidence(rows: DispatchRows, record: DispatchRecord) -> Iterator[dict[str, Any]]:
    seen: set[tuple[str, str]] = set()
    for member in rows.members:
        for piece in member.versions[-1].agency_evidence:
            key = (piece["kind"], piece["text"])
            if key in seen or len(seen) >= MAX_EVIDENCE or piece["agency"] != record.agency:
                continue
            seen.add(key)
            label = EVIDENCE.get(piece["kind"], piece["kind"])
            yield {"label": label, "publisher": member.publisher, "text": piece["text"]}


def _describe_member(member: MemberStory, record: DispatchRecord) -> dict[str, Any]:
    return {
        "story": member.story,
        "publisher": member.publisher,
        "family": member.family,
        "claimed_publisher": member.claimed_publisher,
        "language": member.language,
        "headline": member.headline,
        "markers": member.markers,
        "href": _find_link(member),
        "published_at": member.published_at,
        "delay": _format_delay(record, member),
        "first_seen": member.first_seen,
        "versions": member.versions,
        "channels": member.channels,
        "carries": _name_carried(member, record),
        "outdated": member.outdated,
        "relation": label_relation(_relation(member, record)),
        "text_relation": member.text_relation,
        "altered": member.altered_count,
        "rule": name_rule(member.evidence["rule"]) if member.evidence.get("rule") else None,
    }


def _find_link(member: MemberStory) -> str | None:
    """The address of its page, also where that was not the first channel; None where it came through none."""
    addresses = (member.url, *(one.url for one in member.channels))
    return next((url for url in addresses if SAFE_LINK.fullmatch(url)), None)


def _format_delay(record: DispatchRecord, member: MemberStory) -> str | None:
    """How long after the first publisher it published: `first`, `+7 min`, `+2 h 5 min`; None where unknown."""
    if member.published_at is None or record.published_at is None:
        return None
    minutes = round((member.published_at - record.published_at).total_seconds() / MINUTE_S)
    if member is record.members[0]:
        return "first"
    return "+" + name_minutes(minutes)


def _relation(member: MemberStory, record: DispatchRecord) -> str:
    own = record.canonical is not None and member.story == record.canonical.story
    return "original" if own else member.relation


def _list_said(record: DispatchRecord) -> Iterator[tuple[str, str]]:
    """What the sender says of the item beside its text."""
    if record.kind:
        yield "Kind of copy", name_kind(record.kind)
    wire = record.wire or {}
    for label, name in _SAID:
        value = wire.get(name)
        if value and not (name == "pubstatus" and value == "usable"):
            yield label, ", ".join(value) if isinstance(value, list) else str(value)
    if topics := [topic.get("name") or topic.get("code") or "" for topic in wire.get("subjects") or ()]:
        yield "Topics", ", ".join(topics)
    for link in wire.get("links") or ():
        yield _LINK_LABELS.get(link["relation"], link["relation"]), link["target"]


def _list_details(record: DispatchRecord) -> Iterator[tuple[str, str]]:
    if record.byline:
        yield "By", ", ".join(record.byline)
    places = (record.dateline or {}).get("places")
    if places:
        yield "Place", ", ".join(places)
    if record.language:
        yield "Language", name_language(record.language)
    if record.slugline:
        yield "Slug", record.slugline
    yield from _list_said(record)
    yield "Versions", str(record.version_count)
    yield "Id", record.id
