"""Parses a file in a format of an agency into a story."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from copytaster.errors import UnparsableError
from copytaster.values import Marker
from copytaster.wire.formats.files import read_items
from copytaster.wire.formats.item import NO_TEXT
from copytaster.wire.formats.moments import read_moment
from spiders.parsing.dates import is_sane
from spiders.parsing.story import build_story, read_caption
from spiders.parsing.story_draft import StoryDraft

if TYPE_CHECKING:
    from copytaster.values import ParsedStory, RawPage
    from copytaster.wire.formats.item import WireItem
    from spiders.parsing.context import ParseContext

_NUMBER = re.compile(r"#item=(\d{1,4})$")
_CLOSED = re.compile(r"[-–—:]\s*$")


def parse_wire_file(page: RawPage, context: ParseContext) -> ParsedStory | None:
    """Parse a story from a file; where the file has several items, its address says which: `#item=2` is the second.

    Returns None for a file in no known format.

    Raises:
        UnparsableError: `damaged`, `kind-...`, `no-headline` or `no-body`.
    """
    items = read_items(page.body)
    if not items:
        return None
    number = _NUMBER.search(page.url)
    at = int(number[1]) if number else 1
    if at > len(items):
        raise UnparsableError(f"the file has {len(items)} items", reason="no-such-item", resource=page.url)
    try:
        return _build(items[at - 1](), page, context)
    except UnparsableError as error:
        error.resource = error.resource or page.url
        raise


def count_items(body: bytes) -> int:
    """How many items a file has; 1 for a file in no known format.

    Raises:
        UnparsableError: as `parse_wire_file`.
    """
    return max(1, len(read_items(body)))


def _build(item: WireItem, page: RawPage, context: ParseContext) -> ParsedStory:
    address = context.url or (item.url if (item.url or "").startswith("http") else None) or page.url
    draft = StoryDraft(
        item.headline, list(item.paragraphs), "wire-format", address, warnings=list(item.warnings)
    )
    draft.bylines = list(item.bylines) or list(context.feed_byline)
    draft.captions = [read_caption(line) for line in item.captions]
    draft.credit_lines = list(item.credit_lines)
    record = item.record
    draft.metadata = [text for text in (record.provider, record.copyrightholder, *item.credit_lines) if text]
    draft.languages = [item.language] if item.language else []
    draft.publisher = record.provider
    draft.slug = item.slug
    draft.wire_id = item.story_id or _make_id(item)
    for moment in (item.published, item.updated, context.published_at):
        if moment is not None and is_sane(moment, page.fetched_at):
            draft.published_at = draft.published_at or moment
    draft.updated_at = item.updated if item.updated and is_sane(item.updated, page.fetched_at) else None
    until = read_moment(item.embargo)
    draft.embargo, draft.withheld = until.isoformat() if until else item.embargo, item.withheld
    draft.usage_terms, draft.editors_notes = item.usage_terms, list(item.editors_notes)
    draft.called, draft.wire = item.kind or "", record
    if record.pubstatus == "canceled":
        draft.markers = (Marker("version", "kill", None, "canceled"),)
    _add_dateline(draft, item.dateline)
    if record.pubstatus == "canceled":
        _name_canceled(draft, item)
    if not draft.paragraphs:
        raise UnparsableError("the item holds no text", reason="no-body", resource=page.url, hint=NO_TEXT)
    return build_story(draft, context)


def _name_canceled(draft: StoryDraft, item: WireItem) -> None:
    """A canceled item need not say what it was; what it says to editors, or its slug or id, is its text."""
    draft.headline = draft.headline.strip() or item.slug or str(draft.wire_id)
    draft.paragraphs = draft.paragraphs or list(item.editors_notes) or [f"Canceled: {draft.headline}"]


def _add_dateline(draft: StoryDraft, printed: str) -> None:
    """Put a dateline that the format keeps apart before the text, where agencies print it, unless it is there."""
    place = printed.strip()
    if not place or not draft.paragraphs:
        return
    letters = re.sub(r"\W", "", place).casefold()
    if any(
        re.sub(r"\W", "", text[: 3 * len(place) + 40]).casefold().startswith(letters)
        for text in draft.paragraphs[:3]
    ):
        return
    draft.dateline = place if _CLOSED.search(place) else f"{place} -"


def _make_id(item: WireItem) -> str:
    """An id for an item whose format has none: of what stays the same in the same file."""
    day = f"{item.published:%Y-%m-%d}" if item.published else ""
    parts = (item.record.format.split()[0], item.record.provider or "", item.slug or "", item.headline, day)
    return "made:" + hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
