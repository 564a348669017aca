"""A parsed story out of the plain data that `to_json` makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from copytaster.values import (
    Caption,
    Credit,
    Dateline,
    Evidence,
    Marker,
    ParsedStory,
    WireLink,
    WireRecord,
    WireTopic,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def story_from_json(data: Mapping[str, Any]) -> ParsedStory:
    """The story of `to_json(story)`; moments come back to the second."""
    fields = dict(data)
    credit = fields["credit"]
    evidence = tuple(Evidence(**item) for item in credit["evidence"])
    fields["credit"] = Credit(credit["agency"], credit["confidence"], evidence)
    fields["markers"] = tuple(
        Marker(item["class"], item["kind"], item["number"], item["text"]) for item in fields["markers"]
    )
    fields["captions"] = tuple(Caption(**item) for item in fields["captions"])
    if fields["dateline"] is not None:
        fields["dateline"] = Dateline(**fields["dateline"] | {"places": tuple(fields["dateline"]["places"])})
    for name in ("byline", "warnings"):
        fields[name] = tuple(fields[name])
    for name in ("published_at", "updated_at", "embargoed_until"):
        fields[name] = moment_from_json(fields[name])
    if fields["wire"] is not None:
        fields["wire"] = _read_record(fields["wire"])
    return ParsedStory(**fields)


def moment_from_json(text: str | None) -> datetime | None:
    """An aware moment; one without a zone is UTC."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _read_record(fields: Mapping[str, Any]) -> WireRecord:
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    plain["links"] = tuple(WireLink(**link) for link in fields["links"])
    plain["subjects"] = tuple(WireTopic(**topic) for topic in fields["subjects"])
    plain["expires"] = moment_from_json(fields["expires"])
    return WireRecord(**plain)
