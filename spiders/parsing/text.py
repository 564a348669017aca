"""Parses plain text files: headline, caption lines, dateline and paragraphs, up to the boilerplate of a page."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from copytaster.errors import UnparsableError
from copytaster.wire.byline import is_byline
from copytaster.wire.embargo import is_notice
from copytaster.wire.photo import is_photo_line
from spiders.parsing.boilerplate import follows_story, is_boilerplate_line, is_rights_line
from spiders.parsing.cleaning import paragraphs_of
from spiders.parsing.dates import believe
from spiders.parsing.encoding import decode_page
from spiders.parsing.story import build_story, read_caption
from spiders.parsing.story_draft import StoryDraft

if TYPE_CHECKING:
    from copytaster.values import ParsedStory, RawPage
    from spiders.parsing.context import ParseContext

_HEADLINE_CHARS = 300


def parse_text(page: RawPage, context: ParseContext) -> ParsedStory:
    """Parse a story from plain text: the first line is the headline, blank lines separate paragraphs.

    Raises:
        UnparsableError: `empty`, `undecodable`, `no-headline` or `no-body`.
    """
    decoded = decode_page(page.body, "text/plain")
    lines = paragraphs_of(decoded.text)
    if not lines:
        raise UnparsableError("the file is empty", reason="empty", resource=page.url)
    if len(lines) == 1 or len(lines[0]) > _HEADLINE_CHARS:
        raise UnparsableError(
            "the file does not begin with a headline", reason="no-headline", resource=page.url
        )
    above = list(takewhile(is_notice, lines))
    headline, *lines = lines[len(above) :] or lines
    draft = StoryDraft(headline, [], "generic", context.url or page.url, warnings=list(decoded.warnings))
    draft.lead_lines = above
    for line in lines:
        if draft.paragraphs and follows_story(line):
            break
        _place(line, draft)
    draft.published_at, draft.published_zone, doubts = believe(context.published_at, page.fetched_at)
    draft.warnings += doubts
    return build_story(draft, context)


def _place(line: str, draft: StoryDraft) -> None:
    if not draft.paragraphs and is_notice(line):
        draft.lead_lines.append(line)
    elif is_photo_line(line):
        draft.captions.append(read_caption(line))
    elif is_byline(line) and not draft.paragraphs:
        draft.bylines.append(line)
    elif is_rights_line(line) and len(line) < _HEADLINE_CHARS:
        draft.credit_lines.append(line)
    elif not is_boilerplate_line(line):
        draft.paragraphs.append(line)
