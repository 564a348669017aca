"""What an extractor read, before it becomes a story."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from copytaster.values import Caption, Extractor, Marker, WireRecord


@dataclass(slots=True)
class StoryDraft:
    """The fields as one extractor read them, not cleaned yet.

    Attributes:
        paragraphs: of the body, in order, as printed, with dateline, byline and sign-off.
        bylines: printed or claimed author lines.
        captions: printed caption lines, picture by picture.
        credit_lines: lines that may name who wrote the story: source lines, copyright.
        metadata: the page's claims of author, source and rights.
        lead_lines: short lines between headline and body; one may be the dateline.
        languages: declared ones, most trusted first.
        dateline: of a format that keeps it apart from the text.
        embargo: when the copy is free, as printed; `withheld`: it is held, and nobody says until when.
        called: what the sender calls this sort of copy, one name a line.
        markers: what the format says beside the headline.
    """

    headline: str
    paragraphs: list[str]
    extractor: Extractor
    url: str
    bylines: list[str] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    credit_lines: list[str] = field(default_factory=list)
    metadata: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    lead_lines: list[str] = field(default_factory=list)
    publisher: str | None = None
    published_at: datetime | None = None
    published_zone: str | None = None
    updated_at: datetime | None = None
    wire_id: str | None = None
    slug: str | None = None
    warnings: list[str] = field(default_factory=list)
    dateline: str = ""
    embargo: str = ""
    withheld: bool = False
    usage_terms: str = ""
    editors_notes: list[str] = field(default_factory=list)
    called: str = ""
    markers: tuple[Marker, ...] = ()
    wire: WireRecord | None = None
