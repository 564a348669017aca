"""Collects the lines around and inside a body that are not its text: captions, bylines, datelines, credits, rights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copytaster.values import Caption
from copytaster.wire.byline import is_byline
from copytaster.wire.embargo import is_notice
from copytaster.wire.photo import is_photo_line
from spiders.parsing.boilerplate import follows_story, is_boilerplate_line, is_rights_line
from spiders.parsing.story import read_caption

if TYPE_CHECKING:
    from spiders.parsing.blocks import Block, PageLayout
    from spiders.parsing.body import Body
    from spiders.parsing.page_view import PageView
    from spiders.parsing.story_draft import StoryDraft

_NEAR = 8  # blocks above the first or below the last paragraph that may still belong to the story
_CAPTION_CHARS = 20  # fewer say nothing
_LONG_CAPTION_CHARS = 2000
_LINE_CHARS = 120
_LINK_CHARS = 40
_MAX_CAPTIONS = 30
_SEPARATOR = re.compile(r"\s[|•·]\s")
_PICTURE = re.compile(r"\b(?:image|photo|foto|picture|bild|getty)", re.IGNORECASE)


def add_captions_and_credits(draft: StoryDraft, view: PageView, body: Body) -> None:
    """Add each such line to its field of the draft."""
    layout, kinds, after = view.layout, view.scores.kinds, view.headline_at
    chosen = set(body.blocks)
    first = body.blocks[0] if body.blocks else after + 1
    last = body.blocks[-1] if body.blocks else after + 1
    begin = after if after >= 0 else max(0, first - _NEAR)
    end = _find_end(layout, last)
    for index, block in enumerate(layout.blocks):
        if index in chosen:
            continue
        kind = kinds[block.element]
        if begin - _NEAR <= index < first and is_notice(block.text):
            draft.lead_lines.append(block.text)
        elif kind != "caption" and is_rights_line(block.text):
            if not _PICTURE.search(block.text):
                draft.credit_lines.append(block.text)
        elif begin <= index <= end and not _is_link(block) and not is_boilerplate_line(block.text):
            _place(draft, block, kind, before=index < first, inside=index <= last)


def _find_end(layout: PageLayout, last: int) -> int:
    """The last block below the body that may belong to it: before comments and lists of other stories."""
    below = range(last + 1, min(len(layout.blocks), last + _NEAR + 1))
    return next((index - 1 for index in below if follows_story(layout.blocks[index].text)), last + _NEAR)


def _is_link(block: Block) -> bool:
    return block.link_chars > 0.8 * len(block.text) and len(block.text) > _LINK_CHARS


def _place(draft: StoryDraft, block: Block, kind: str, *, before: bool, inside: bool) -> None:
    if kind == "caption" or (kind != "boilerplate" and _is_captioned(block.text)):
        _add_caption(draft, block.text)
    elif kind == "boilerplate" or len(block.text) >= 2 * _LINE_CHARS:
        return
    else:
        if before:
            draft.lead_lines.append(block.text)
        if (kind == "byline" and inside) or (before and is_byline(block.text)):
            draft.bylines.append(block.text)
        if (before or not inside or kind == "byline") and len(block.text) < _LINE_CHARS:
            draft.credit_lines += _SEPARATOR.split(block.text)


def _is_captioned(line: str) -> bool:
    """True if a line is a caption with a credit; a credit alone may be the story's."""
    return is_photo_line(line) and len(read_caption(line).text) >= _CAPTION_CHARS


def _add_caption(draft: StoryDraft, line: str) -> None:
    """Add a caption, or the credit of the caption before."""
    if len(draft.captions) >= _MAX_CAPTIONS or len(line) > _LONG_CAPTION_CHARS:
        return
    caption = read_caption(line)
    before = draft.captions[-1] if draft.captions else None
    alone = len(line) < _LINE_CHARS and (not caption.text or is_photo_line(line))
    if alone and before is not None and before.credit is None:
        draft.captions[-1] = Caption(before.text, caption.credit or line)
    elif (len(line) >= _CAPTION_CHARS or caption.credit) and caption not in draft.captions:
        draft.captions.append(caption)
