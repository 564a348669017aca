"""The part of the dispatch page that lists which facts a copy gives otherwise, with both readings in their sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.record import DispatchRecord, MemberStory

LABELS = {"number": "Number", "name": "Name", "negation": "Sense"}
SHOWN = 10  # copies
AROUND = 90  # characters of a sentence on either side of a reading


def describe_alterations(record: DispatchRecord) -> dict[str, Any]:
    """The copies that alter facts, the first of many: whose text each was compared with, and the readings of both."""
    altered = [member for member in record.members if member.altered_count]
    return {
        "copies": [_describe_copy(record, member) for member in altered[:SHOWN]],
        "left_out": max(0, len(altered) - SHOWN),
    }


def _describe_copy(record: DispatchRecord, member: MemberStory) -> dict[str, Any]:
    name, is_agency = name_source(record, member)
    return {
        "publisher": member.publisher,
        "story": member.story,
        "source": name,
        "is_agency": is_agency,
        "facts": [_describe_fact(fact) for fact in member.altered_facts],
        "left_out": member.altered_count - len(member.altered_facts),
    }


def name_source(record: DispatchRecord, member: MemberStory) -> tuple[str, bool]:
    """Who published the text with which a copy was compared, and whether that is the agency itself."""
    wanted = member.carries or (record.canonical.version if record.canonical else None)
    step = next((step for step in record.chain if step.version == wanted), None)
    if step is not None:
        return step.publisher, step.own
    for other in record.members:
        if any(version.version == wanted for version in other.versions):
            return other.publisher, False
    return "the other copy", False


def _describe_fact(fact: Mapping[str, Any]) -> dict[str, Any]:
    where = fact.get("where") or {}
    return {
        "label": LABELS.get(fact["kind"], fact["kind"]),
        "agency_text": _split(where.get("agency", ""), fact["agency"]),
        "copy_text": _split(where.get("copy", ""), fact["copy"]),
    }


def _split(sentence: str, reading: str) -> tuple[str, str, str]:
    """What precedes a reading in its sentence, the reading, and what follows; both ends shortened."""
    before, found, after = sentence.partition(reading)
    if not found:
        return "", reading, ""
    if len(before) > AROUND:
        before = "…" + before[-AROUND:].partition(" ")[2]
    if len(after) > AROUND:
        after = after[:AROUND].rpartition(" ")[0] + "…"
    return before, reading, after
