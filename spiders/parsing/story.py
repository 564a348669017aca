"""Builds the parsed story from a draft: dateline, byline, sign-off and credit become fields, the body remains.

Pages and text files both end here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copytaster.errors import UnparsableError
from copytaster.sentence_ends import ends_sentence
from copytaster.values import Caption, Credit, Dateline, ParsedStory
from copytaster.wire.agencies import agency_of_host, agency_of_publisher
from copytaster.wire.byline import is_byline, parse_byline
from copytaster.wire.credit import find_credit
from copytaster.wire.dateline.dateline import parse_dateline
from copytaster.wire.headline import parse_headline
from copytaster.wire.kinds import kind_of
from copytaster.wire.notes import mark_by_note, split_change_note
from copytaster.wire.photo import is_photo_line, split_photo_credit
from copytaster.wire.signoff import split_signoff
from spiders.parsing.block_scores import latin_length
from spiders.parsing.boilerplate import is_boilerplate_line, is_rights_line
from spiders.parsing.cleaning import clean_line
from spiders.parsing.language import find_language
from spiders.parsing.notices import take_notices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from copytaster.wire.headline import Headline
    from spiders.parsing.context import ParseContext
    from spiders.parsing.story_draft import StoryDraft

_MIN_BODY_CHARS = 60  # with fewer letters there is no story
_GALLERY_PICTURES = 4  # captions; where a page has hardly another word, they are its text
_FEW_PICTURES = 2  # captions, each a sentence or more; where a page has no other text at all
_GALLERY_SHARE = 3  # times as long as what else is printed
_TELLING_CHARS = 40
_MAX_BODY_CHARS = 200_000  # long stories have 20,000; what follows is cut, with a warning
_MAX_PARAGRAPHS = 5_000
_MAX_LINES = 200  # of bylines, captions, credit lines or claims of a page
_MAX_LINE_CHARS = 10_000  # of each
_TEASER_WORDS = 60
_EDGE_LINES = 3  # from either end: a byline or copyright line is looked for there
_RIGHTS_CHARS = 400
_TEASER_CHARS = 400
_CUT_CHARS = 1500  # a longer text that ends in dots is not a teaser
_LINE_CHARS = 90  # the longest dateline or byline on a line of its own
_SUMMARY_PARAGRAPHS = 2  # of the publisher's own before the agency's dateline
_SUMMARY_CHARS = 350
_NOTE = re.compile(r"\([^()]{3,400}\)")
_AFTER_PLACE = re.compile(r"\s{0,3}[(（]|\s{1,3}[-–—]")
_ANY_LEAD = "The government said on Monday."
_TEASER_END = re.compile(
    r"(?:\.\.\.|…|\[\.\.\.\]|\[…\]|continued?\.{0,3}|read more|subscribe|continue reading|weiterlesen|lire la suite)\W{0,5}$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Parts:
    """A cleaned draft, each line in its place."""

    body: str
    bylines: list[str]
    captions: list[Caption]
    credit_lines: list[str]
    change_note: str | None
    signoff: str | None
    dateline: Dateline | None


def build_story(draft: StoryDraft, context: ParseContext) -> ParsedStory:
    """Clean a draft and split it into the fields of a story.

    Raises:
        UnparsableError: `no-headline` or `no-body`.
    """
    _cap(draft)
    notices = take_notices(draft)
    headline = parse_headline(clean_line(draft.headline))
    if not headline.headline:
        raise UnparsableError("no headline was found", reason="no-headline", resource=draft.url)
    parts = _split_draft(draft, headline.headline)
    if draft.wire is None:
        parts.body = _add_gallery(parts.body, parts.captions)
    if latin_length(parts.body) < (_MIN_BODY_CHARS if draft.wire is None else 1):
        raise UnparsableError("no text of a story was found", reason="no-body", resource=draft.url)
    site_name = clean_line(draft.publisher or "")
    publisher = clean_line(context.publisher or "") or (
        _publisher_at(draft.url, site_name) if draft.wire is None else host_of(draft.url)
    )  # who sent a file, it only claims
    claimed = clean_line(context.claimed_publisher or "") or site_name
    language = find_language(parts.body, *draft.languages, context.language)
    credit = _find_credit(draft, parts, headline.headline, publisher, language)
    return ParsedStory(
        headline=headline.headline,
        body=parts.body,
        publisher=publisher,
        url=draft.url,
        markers=mark_by_note((*headline.markers, *draft.markers), parts.change_note),
        change_note=parts.change_note,
        dateline=parts.dateline,
        credit=credit,
        byline=tuple(dict.fromkeys(name for line in parts.bylines for name in _names(line))),
        signoff=parts.signoff,
        captions=tuple(parts.captions),
        language=language,
        published_at=draft.published_at,
        published_zone=draft.published_zone,
        updated_at=draft.updated_at,
        wire_id=draft.wire_id,
        slug=clean_line(draft.slug or "") or None,
        extractor=draft.extractor,
        warnings=tuple(
            dict.fromkeys([*draft.warnings, *notices.warnings, *_length_warning(draft, parts.body)])
        ),
        claimed_publisher=claimed if claimed and claimed != publisher else None,
        kind=_kind_of(draft, headline, credit),
        embargoed_until=notices.until,
        usage_terms=notices.terms,
        editors_note=notices.note,
        wire=draft.wire,
    )


def _kind_of(draft: StoryDraft, headline: Headline, credit: Credit) -> str | None:
    senders = [text for text in (draft.publisher, *draft.metadata) if text]
    senders += [one.agency for one in credit.evidence[:1] if one.kind != "photo-credit"]
    return kind_of(
        (*headline.markers, *draft.markers),
        called=draft.called,
        headline=headline.headline,
        slug=draft.slug or "",
        senders=senders,
        of_page=draft.wire is None,
    )


def _length_warning(draft: StoryDraft, body: str) -> list[str]:
    """A short page may be a teaser; an agency's short item is whole."""
    return _teaser_warning(body) if draft.wire is None else []


def _cap(draft: StoryDraft) -> None:
    """Cut a draft that no reader could have meant; a cut body says so in the warnings."""
    total = 0
    for number, paragraph in enumerate(draft.paragraphs):
        total += len(paragraph)
        if total > _MAX_BODY_CHARS or number >= _MAX_PARAGRAPHS:
            room = max(0, _MAX_BODY_CHARS - total + len(paragraph)) if number < _MAX_PARAGRAPHS else 0
            draft.paragraphs = [*draft.paragraphs[:number], paragraph[:room]]
            draft.warnings.append("body-cut")
            break
    for lines in (draft.bylines, draft.credit_lines, draft.metadata, draft.lead_lines):
        lines[:] = [line for line in lines[:_MAX_LINES] if len(line) <= _MAX_LINE_CHARS]
    draft.captions = draft.captions[:_MAX_LINES]


def _split_draft(draft: StoryDraft, headline: str) -> _Parts:
    paragraphs = [line for line in map(clean_line, draft.paragraphs) if line]
    bylines = [line for line in map(clean_line, draft.bylines) if line]
    captions = [_clean_caption(caption) for caption in draft.captions]
    credit_lines = [line for line in map(clean_line, draft.credit_lines) if line]
    paragraphs = _sort_lines(paragraphs, headline, bylines, captions, credit_lines)
    note, body = split_change_note("\n\n".join(paragraphs))
    signoff, found_lines, body = split_signoff(body)
    credit_lines += found_lines
    dateline, dropped, body = _read_dateline(draft, body)
    note = note or next((line for line in dropped if _NOTE.fullmatch(line)), None)
    return _Parts(body, bylines, captions, credit_lines, note, signoff, dateline)


def _read_dateline(draft: StoryDraft, body: str) -> tuple[Dateline | None, list[str], str]:
    """The dateline that the format keeps apart, else the one that opens the body."""
    if draft.wire is not None and not draft.dateline:
        dateline, above, rest = _split_dateline(body, draft)
        # An agency's paragraph above the dateline is its own; on pages it is the publisher's summary.
        kept = [line for line in above if not _NOTE.fullmatch(line)]
        return dateline, [line for line in above if line not in kept], "\n\n".join([*kept, rest])
    if draft.dateline:
        context_date = draft.published_at.date() if draft.published_at else None
        dateline, rest = parse_dateline(
            f"{clean_line(draft.dateline)} {_ANY_LEAD}", context_date=context_date
        )
        if dateline is not None and rest == _ANY_LEAD:
            return dateline, [], body
        return _plain_dateline(clean_line(draft.dateline)), [], body
    return _split_dateline(body, draft)


def _plain_dateline(printed: str) -> Dateline | None:
    """A dateline that the format names as one, of places that no table knows."""
    city, _, region = _AFTER_PLACE.split(printed, maxsplit=1)[0].partition(",")
    places = tuple(place for part in city.split("/") if (place := part.strip()))
    return Dateline(printed.rstrip(" -–—"), places, region.strip() or None) if places else None


def _add_gallery(body: str, captions: Sequence[Caption]) -> str:
    """The body, with the captions where they are the text of the page, without their credits."""
    texts = list(
        dict.fromkeys(caption.text for caption in captions if caption.text and caption.text not in body)
    )
    printed = "\n\n".join(texts)
    bare = latin_length(body) < _MIN_BODY_CHARS and all(map(_tells, texts))
    if len(texts) < (_FEW_PICTURES if bare else _GALLERY_PICTURES) or len(printed) < _GALLERY_SHARE * len(
        body
    ):
        return body
    return "\n\n".join(filter(None, (body, printed)))


def _tells(caption: str) -> bool:
    """True of a sentence that tells what a picture shows, and not of a name or a label under it."""
    return ends_sentence(caption) and len(caption) >= _TELLING_CHARS


def _find_credit(
    draft: StoryDraft, parts: _Parts, headline: str, publisher: str, language: str | None
) -> Credit:
    """The agency credited; none where only its pictures name one."""
    found = find_credit(
        body=parts.body,
        headline=headline,
        byline=tuple(parts.bylines),
        dateline=parts.dateline,
        signoff=parts.signoff,
        credit_lines=tuple(dict.fromkeys(parts.credit_lines)),
        captions=tuple(parts.captions),
        publisher=publisher,
        metadata=tuple(dict.fromkeys(clean_line(text) for text in draft.metadata if text)),
        language=language,
    )
    if parts.dateline is not None or _is_written_by(found):
        return found
    return Credit(None, 0.0, found.evidence)


def _publisher_at(url: str, site_name: str) -> str:
    """Who published a page of which nothing but its address is known; only a host of its own makes an agency."""
    host = host_of(url)
    owner, named = agency_of_host(host), agency_of_publisher(site_name)
    if site_name and named == owner:
        return site_name
    return owner or (host if named or not site_name else site_name)


def host_of(url: str) -> str:
    """The host of an address without `www.`; `local file` if it has none."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return (host or "local file").removeprefix("www.")


def read_caption(line: str) -> Caption:
    """Split a caption line into text and credit."""
    text, credit = split_photo_credit(clean_line(line))
    return Caption(text, credit)


def _clean_caption(caption: Caption) -> Caption:
    return Caption(clean_line(caption.text), clean_line(caption.credit) or None if caption.credit else None)


def _names(line: str) -> tuple[str, ...]:
    return parse_byline(line) if is_byline(line) else parse_byline(f"By {line}")


def _sort_lines(
    paragraphs: list[str], headline: str, bylines: list[str], captions: list[Caption], credit_lines: list[str]
) -> list[str]:
    """Return the paragraphs that are text; add bylines, captions and copyright lines to their lists."""
    kept: list[str] = []
    folded = headline.casefold()
    for place, line in enumerate(paragraphs):
        at_edge = len(kept) < _EDGE_LINES or place >= len(paragraphs) - _EDGE_LINES
        if not kept and line.casefold() == folded:
            continue
        if len(line) <= _LINE_CHARS and at_edge and is_byline(line):
            bylines.append(line)
        elif is_photo_line(line):
            captions.append(read_caption(line))
        elif at_edge and len(line) <= _RIGHTS_CHARS and is_rights_line(line):
            credit_lines.append(line)
        elif not is_boilerplate_line(line):
            kept.append(line)
    return kept


def _is_written_by(credit: Credit) -> bool:
    """True if more than a photo credit names the agency: publishers' own stories carry agency pictures too."""
    return any(evidence.kind != "photo-credit" for evidence in credit.evidence)


def _split_dateline(body: str, draft: StoryDraft) -> tuple[Dateline | None, list[str], str]:
    """Split the body into the dateline, the publisher's paragraphs before it, and the body after it.

    The dateline may have a line of its own, follow a summary, or be printed above the body.
    """
    context_date = draft.published_at.date() if draft.published_at else None
    paragraphs = body.split("\n\n")
    first = paragraphs[0]
    if len(paragraphs) > 1 and len(first) <= _LINE_CHARS and not ends_sentence(first):
        dateline, opening = parse_dateline(f"{first} {paragraphs[1]}", context_date=context_date)
        if dateline is not None:
            return dateline, [], "\n\n".join([opening, *paragraphs[2:]])
    for place, opening in enumerate(paragraphs[: _SUMMARY_PARAGRAPHS + 1]):
        dateline, lead = parse_dateline(opening, context_date=context_date)
        if dateline is not None and (place == 0 or dateline.agency or dateline.date):
            kept = "\n\n".join(part for part in (lead, *paragraphs[place + 1 :]) if part)
            return dateline, paragraphs[:place], kept
        if len(opening) > _SUMMARY_CHARS:
            break
    return _dateline_above(draft.lead_lines, context_date), [], body


def _dateline_above(lines: list[str], context_date: date | None) -> Dateline | None:
    """Find a dateline between headline and body that fills its line: `Washington, Reuters:`."""
    for line in lines:
        for part in dict.fromkeys((line, line.rpartition("|")[2])):
            bare = clean_line(part).rstrip(" ,:-–—")
            if not bare or len(bare) > _LINE_CHARS:
                continue
            dateline, rest = parse_dateline(f"{bare} - {_ANY_LEAD}", context_date=context_date)
            if dateline is not None and rest == _ANY_LEAD:
                return dateline
    return None


def _teaser_warning(body: str) -> list[str]:
    short = len(body.split()) < _TEASER_WORDS and latin_length(body) < _TEASER_CHARS
    return ["teaser"] if short or (len(body) < _CUT_CHARS and _TEASER_END.search(body[-60:])) else []
