"""Takes the notices out of a draft: embargo, note to editors, terms of use, above the text or in the headline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copytaster.values import UNREADABLE_EMBARGO
from copytaster.wire.embargo import is_notice, read_notice, read_until, split_headline
from spiders.parsing.cleaning import clean_line
from spiders.parsing.language import find_language

if TYPE_CHECKING:
    from datetime import datetime

    from copytaster.wire.embargo import Notice
    from spiders.parsing.story_draft import StoryDraft

_ABOVE = 8  # paragraphs from the top; notices stand above the dateline
_MAX_CHARS = 4_000


@dataclass(slots=True)
class Notices:
    """What the notices of a story say.

    Attributes:
        until: the latest hour of the embargoes found.
        held: an embargo was found, also one whose hour cannot be read.
    """

    until: datetime | None = None
    held: bool = False
    unreadable: bool = False
    notes: list[str] = field(default_factory=list)
    usage: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def add(self, notice: Notice) -> None:
        """Keep one notice; its text stays readable in the note to editors."""
        if notice.kind == "usage":
            self.usage.append(notice.text)
            return
        self.notes.append(notice.text)
        if notice.kind == "embargo":
            self.add_hour(notice.until, notice.doubts)

    def add_hour(self, until: datetime | None, doubts: tuple[str, ...] = ()) -> None:
        """Keep an embargo: of several hours the latest."""
        self.held = True
        self.unreadable = self.unreadable or until is None
        self.doubts += doubts
        if until is not None and (self.until is None or until > self.until):
            self.until = until

    @property
    def warnings(self) -> list[str]:
        """The doubts; an embargo of which no line names an hour is unreadable."""
        return [*self.doubts, *([UNREADABLE_EMBARGO] if self.held and self.until is None else [])]

    @property
    def note(self) -> str | None:
        """All notes to editors, a line each."""
        return "\n".join(dict.fromkeys(self.notes))[:_MAX_CHARS] or None

    @property
    def terms(self) -> str | None:
        """All terms of use, a line each."""
        return "\n".join(dict.fromkeys(self.usage))[:_MAX_CHARS] or None


def take_notices(draft: StoryDraft) -> Notices:
    """Take the notices out of a draft's headline, top lines and first paragraphs."""
    language = _language_of(draft)
    sent = draft.published_at
    found = Notices(notes=list(draft.editors_notes), usage=[draft.usage_terms] if draft.usage_terms else [])
    for note in draft.editors_notes:
        if (
            notice := read_notice(note, sent=sent, language=language)
        ) is not None and notice.kind == "embargo":
            found.add_hour(notice.until, notice.doubts)
    if draft.embargo:
        found.add_hour(*read_until(draft.embargo, sent=sent, language=language))
    elif draft.withheld:
        found.add_hour(None)
    notice, draft.headline = split_headline(clean_line(draft.headline), sent=sent, language=language)
    if notice is not None:
        found.add(notice)
    above, below = draft.paragraphs[:_ABOVE], draft.paragraphs[_ABOVE:]
    draft.paragraphs = [*_without_notices(above, found, sent, language), *below]
    draft.lead_lines = _without_notices(draft.lead_lines, found, sent, language)
    return found


def _language_of(draft: StoryDraft) -> str | None:
    """The declared language; of copy that declares none and has a notice, whose hour may lack a zone, that of its text."""
    if draft.languages:
        return draft.languages[0]
    above = (draft.embargo, draft.headline, *draft.editors_notes, *draft.paragraphs[:_ABOVE])
    if not any(map(is_notice, above)) and not draft.embargo:
        return None
    return find_language("\n\n".join(line for line in draft.paragraphs if not is_notice(line)))


def _without_notices(
    lines: list[str], found: Notices, sent: datetime | None, language: str | None
) -> list[str]:
    kept = []
    for line in lines:
        notice = read_notice(clean_line(line), sent=sent, language=language)
        if notice is None:
            kept.append(line)
        else:
            found.add(notice)
    return kept
