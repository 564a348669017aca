"""The domain's values: what a parsed story is made of. No I/O, no parsing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Literal

MarkerClass = Literal["version", "genre", "standing-slug"]
EvidenceKind = Literal[
    "dateline",
    "byline",
    "signoff",
    "credit-line",
    "copyright",
    "metadata",
    "photo-credit",
    "publisher",
    "dispatch",
]
Extractor = Literal["json-ld", "selectors", "learned", "generic", "wire-format", "feed"]
UNREADABLE_EMBARGO = "embargo-unreadable"  # a warning: the copy is held, and nobody can tell until when


@dataclass(frozen=True, slots=True)
class Marker:
    """A wire prefix of a headline, e.g. `UPDATE 2-`, or what a change note says instead of one; `text` is verbatim."""

    marker_class: MarkerClass = field(metadata={"json": "class"})
    kind: str
    number: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Dateline:
    """Place, date and agency that open a story.

    `date` is `2016-02-24`, `--02-24` if the year cannot be known, or None if none is printed.
    """

    raw: str
    places: tuple[str, ...]
    region: str | None = None
    date: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to believe that an agency wrote a story; weight in 0..1."""

    kind: EvidenceKind
    text: str
    weight: float
    agency: str


@dataclass(frozen=True, slots=True)
class Credit:
    """The agency that wrote a story, how sure that is (0..1), and why."""

    agency: str | None
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Caption:
    """A picture's caption and its credit; never part of the body."""

    text: str
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class WireLink:
    """Another item that an item names: `derivedFrom`, `prevVersion`, `seeAlso` ... and its guid or address."""

    relation: str
    target: str


@dataclass(frozen=True, slots=True)
class WireTopic:
    """A subject by its code, e.g. `medtop:20000350`, its name, or both."""

    code: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class WireRecord:
    """What a file of an agency says about its item, beside the text. The names are those of ninjs.

    Attributes:
        format: with its version, e.g. `NewsML-G2 2.24`.
        provider: who sent it, by the file's own account.
        pubstatus: `usable`, `withheld` or `canceled`, in the words of ninjs.
        altids: other ids of the item, each as `type:id`.
        datamining: the rights of text and data mining, as printed.
    """

    format: str
    guid: str | None = None
    version: str | None = None
    provider: str | None = None
    pubstatus: str = "usable"
    urgency: int | None = None
    signals: tuple[str, ...] = ()
    links: tuple[WireLink, ...] = ()
    altids: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    subjects: tuple[WireTopic, ...] = ()
    keywords: tuple[str, ...] = ()
    located: str | None = None
    copyrightholder: str | None = None
    copyrightnotice: str | None = None
    datamining: str | None = None
    expires: datetime | None = None
    digitalsourcetype: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedStory:
    """What was read from one page or file.

    Attributes:
        body: paragraphs joined by a blank line, without captions, credits, sign-off, comments or dateline.
        published_at: aware, in UTC; `published_zone` keeps the zone it was given in, e.g. `+03:00`.
        url: the canonical address, or the address it was fetched from.
        publisher: who published it, by configuration or by the host it was fetched from.
        claimed_publisher: the publisher that the page or its feed names, if that is another.
        slug: the agency's own keyword line, if it gave one.
        kind: what sort of copy it is, e.g. `update` or `press-release`; None for a plain story.
        embargoed_until: aware, in UTC; None where the copy is free, or where its hour cannot be read (see `warnings`).
        wire: of copy that came in a format of an agency.
        template_version: of the learned template of its host with which a page was read; None if it was read whole.
    """

    headline: str
    body: str
    publisher: str
    url: str
    markers: tuple[Marker, ...] = ()
    change_note: str | None = None
    dateline: Dateline | None = None
    credit: Credit = Credit(None, 0.0)
    byline: tuple[str, ...] = ()
    signoff: str | None = None
    captions: tuple[Caption, ...] = ()
    language: str | None = None
    published_at: datetime | None = None
    published_zone: str | None = None
    updated_at: datetime | None = None
    wire_id: str | None = None
    slug: str | None = None
    extractor: Extractor = "generic"
    warnings: tuple[str, ...] = ()
    claimed_publisher: str | None = None
    kind: str | None = None
    embargoed_until: datetime | None = None
    usage_terms: str | None = None
    editors_note: str | None = None
    wire: WireRecord | None = None
    template_version: int | None = None

    def is_held(self, now: datetime) -> bool:
        """True while an embargo forbids to show the text: before its hour, or if the hour cannot be read."""
        if self.embargoed_until is not None:
            return now < self.embargoed_until
        return UNREADABLE_EMBARGO in self.warnings


@dataclass(frozen=True, slots=True)
class RawPage:
    """The bytes from which a story was parsed, as received."""

    url: str
    body: bytes
    fetched_at: datetime
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def iso(moment: datetime | None) -> str | None:
    """UTC as `2016-02-24T12:30:00Z`, or None."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:19] + "Z"  # a fraction of a second is cut off


def to_json(value: Any) -> Any:
    """Plain JSON data of any value; a field's metadata may give it another key, `json`. Moments become UTC text."""
    if isinstance(value, datetime):
        return iso(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.metadata.get("json", one.name): to_json(getattr(value, one.name)) for one in fields(value)
        }
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return value


def record_to_json(record: WireRecord) -> dict[str, Any]:
    """What a file says of its item, without what it leaves unsaid."""
    return {name: value for name, value in to_json(record).items() if value not in (None, [])}


def story_to_json(story: ParsedStory) -> dict[str, Any]:
    """A parsed story in the shape that `copytaster parse` prints."""
    data: dict[str, Any] = to_json(story)
    credit = data.pop("credit")
    data["agency"] = credit["agency"]
    data["agency_confidence"] = credit["confidence"]
    data["agency_evidence"] = credit["evidence"]
    if story.wire is not None:
        data |= {"guid": story.wire.guid, "version": story.wire.version}
    return data
