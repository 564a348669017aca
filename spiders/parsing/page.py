"""Parses an HTML page into a story. Pure: no network, no files."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from copytaster.errors import UnparsableError
from copytaster.wire.moment import Moment
from spiders.parsing.address import choose_address
from spiders.parsing.block_scores import score_blocks
from spiders.parsing.blocks import read_layout
from spiders.parsing.body import read_body
from spiders.parsing.captions_and_credits import add_captions_and_credits
from spiders.parsing.dates import (
    OUT_OF_RANGE,
    RECENT,
    believe,
    choose_moment,
    claimed_published,
    claimed_updated,
    date_in_address,
    dates_beside,
    guess_date,
    is_sane,
    read_printed,
    writes_day_first,
)
from spiders.parsing.encoded_twice import undo_encoding
from spiders.parsing.encoding import decode_page
from spiders.parsing.following import find_next_part, names_of
from spiders.parsing.headline import find_headline, headline_above
from spiders.parsing.listing import looks_like_listing, says_listing
from spiders.parsing.main_element import find_body_start
from spiders.parsing.page_view import PageView
from spiders.parsing.part import (
    PARTIAL,
    count_pages,
    cut_continuation,
    cut_offers,
    is_first_of_several,
    is_later_of_several,
    leaves_text_out,
    says_more,
)
from spiders.parsing.parts import FurtherPages, add_further, split_pages
from spiders.parsing.selection import remove_selected, select_paragraphs, select_text
from spiders.parsing.story import build_story, host_of
from spiders.parsing.story_draft import StoryDraft
from spiders.parsing.structured import read_claims, types_of
from spiders.parsing.table_rows import join_rows
from spiders.parsing.template import UnlikeTemplateError, leave_out, observe, require_likeness
from spiders.parsing.wall import is_wall
from spiders.parsing.wordlist import word_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from copytaster.values import ParsedStory, RawPage
    from spiders.parsing.body import Body
    from spiders.parsing.context import ParseContext
    from spiders.parsing.parts import Pages
    from spiders.parsing.structured import PageClaims
    from spiders.parsing.template_values import Observation, Template

_UNCLOSED_TITLE = re.compile(r"<title\b[^<>]{0,200}>[^<>\r\n]{0,300}", re.IGNORECASE)
_SWALLOWED_CHARS = 1500  # of a title; a longer one lacks its end tag and holds the page
_NAME_CHARS = 120
_LEAST_CHARS = 60  # of an article's further page
_AUTHOR_META = word_list(
    "author article:author dc.creator dcterms.creator byl parsely-author sailthru.author"
)
_SOURCE_META = word_list(
    """source dc.source dc.publisher copyright dc.rights dcterms.rights original-source syndication-source provider
    agency news_source credit distributor og:article:source"""
)
_TYPE_NAMES = {  # of schema.org -> our word
    "liveblogposting": "live blog",
    "opinionnewsarticle": "opinion",
    "reviewnewsarticle": "opinion",
    "analysisnewsarticle": "analysis",
    "backgroundnewsarticle": "background",
}
_WIRE_ID = re.compile(r"reuters\.com/.{0,300}\bid((?:US|UK|IN|CA|AF|JP|DE|FR)[A-Z0-9]{6,30})\b")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A page decoded and parsed, with its claims and the warnings about it.

    Attributes:
        further: the other pages of its article; None where nobody looked for any.
    """

    page: RawPage
    context: ParseContext
    html: str
    tree: LexborHTMLParser
    claims: PageClaims
    warnings: list[str]
    further: FurtherPages | None = None


def read_page(page: RawPage, context: ParseContext) -> tuple[ParsedStory, Observation | None]:
    """Parse a story from an HTML page; with what the page teaches about its layout, if it was read whole.

    With a template in its context it is read whole only where it is unlike the taught pages, or gives no story.

    Raises:
        UnparsableError: `empty`, `too-large`, `undecodable`, `not-a-story`, `wall`, `no-headline` or `no-body`.
    """
    found = split_pages(page)
    reading = _open(found.pages[0], context)
    if len(found.pages) > 1 or found.missing or found.is_alone:
        reading = replace(reading, further=_read_further(found, context))
    refused = ""
    if context.template is not None:
        try:
            return _read(reading, context.template)
        except (UnlikeTemplateError, UnparsableError) as error:
            refused = error.reason
    return _read(reading, None, refused=refused)


def find_next(page: RawPage, number: int) -> tuple[str | None, list[str]]:
    """The address of an article's page `number`, which follows this one, and what this one calls it; None if it links none."""
    try:
        tree = _parse_tree(decode_page(page.body, _header(page, "content-type")).text)
    except UnparsableError:
        return None, []
    return find_next_part(tree, page.url, number), names_of(tree)


def _open(page: RawPage, context: ParseContext) -> _Reading:
    if not page.body.strip():
        raise UnparsableError("the page is empty", reason="empty", resource=page.url)
    decoded = decode_page(page.body, _header(page, "content-type"))
    html, doubts = undo_encoding(decoded.text)
    tree = _parse_tree(html)
    if tree.body is None:
        raise UnparsableError("the page is empty", reason="empty", resource=page.url)
    if context.selectors is not None:
        remove_selected(tree, context.selectors)
    claims = read_claims(tree, url=context.url or page.url, feed_title=context.feed_title)
    warnings = [*decoded.warnings, *doubts, *(["claims-capped"] if claims.capped else [])]
    return _Reading(page, context, html, tree, claims, warnings)


def _read_further(found: Pages, context: ParseContext) -> FurtherPages:
    """Read the pages after the first, up to one that cannot be read."""
    drafts: list[StoryDraft] = []
    alone = replace(context, url=None, template=None)
    says_on = True
    for number, page in enumerate(found.pages[1:], 2):
        try:
            drafted = _draft(replace(_open(page, alone), further=FurtherPages(())), None)
        except UnparsableError as error:
            return FurtherPages(tuple(drafts), f"page-{number}-{error.reason}")
        if sum(map(len, drafted.draft.paragraphs)) < _LEAST_CHARS:
            return FurtherPages(tuple(drafts), f"page-{number}-no-body")
        drafts.append(drafted.draft)
        if PARTIAL in drafted.draft.warnings:
            return FurtherPages(tuple(drafts), f"page-{number}-partial")
        says_on = says_more(drafted.view)
    not_linked = f"page-{len(found.pages) + 1}-not-linked" if says_on else ""
    return FurtherPages(tuple(drafts), found.missing or not_linked)


@dataclass(frozen=True, slots=True)
class _Drafted:
    draft: StoryDraft
    view: PageView
    body: Body
    headline_at: int


def _read(
    reading: _Reading, template: Template | None, *, refused: str = ""
) -> tuple[ParsedStory, Observation | None]:
    drafted = _draft(reading, template)
    draft, view = drafted.draft, drafted.view
    if reading.further is not None:
        add_further(draft, reading.further)
        missing = reading.further.missing or _missing_page(reading, view)
        draft.warnings += [PARTIAL, missing] if missing else []
    story = build_story(draft, reading.context)
    if template is not None:
        return replace(story, template_version=template.version), None
    source = reading.context.url or reading.page.url
    return story, observe(
        view.layout, drafted.body.blocks, drafted.headline_at, address=source, refused=refused
    )


def _missing_page(reading: _Reading, view: PageView) -> str:
    """The page after the last one read, where the first page says that the story has it; nothing for a page by itself."""
    read = 1 + len(reading.further.drafts) if reading.further else 1
    is_short = 1 < read < count_pages(reading.tree, view, reading.page.url)
    return f"page-{read + 1}-not-linked" if is_short else ""


def _draft(reading: _Reading, template: Template | None) -> _Drafted:
    page, context, tree, claims = reading.page, reading.context, reading.tree, reading.claims
    source, warnings = context.url or page.url, reading.warnings
    layout = read_layout(tree.body, template and leave_out(template))  # type: ignore[arg-type]
    scores = score_blocks(layout)
    if says_listing(claims, source):
        raise UnparsableError("the page is a list of stories", reason="not-a-story", resource=source)
    address = choose_address(source, claims.canonical, claims.first("og:url"))
    site = (context.publisher or "", host_of(address).split(".")[0])
    headline, headline_at = find_headline(claims, layout, site_names=site)
    view = PageView(layout, scores, claims, find_body_start(layout, scores, headline_at))
    about = f"{headline or claims.title} {claims.first('og:description', 'description') or ''}"
    body = read_body(reading.html, view, about=about)
    if template is not None:
        require_likeness(template, body.paragraphs, has_headline=headline_at >= 0)
    if looks_like_listing(view, body):
        raise UnparsableError("the page looks like a list of stories", reason="not-a-story", resource=source)
    if is_wall(view, body, headline=headline or "", feed_title=context.feed_title):
        raise UnparsableError(
            "the page stands in the story's place: consent, sign-in, a check or an error",
            reason="wall",
            resource=source,
        )
    alone = reading.further is None
    is_part = [
        cut_continuation(body) and alone,
        leaves_text_out(view, body),
        cut_offers(view, body),
        alone and (is_first_of_several(tree, view, address) or is_later_of_several(tree, view, source)),
        _header(page, "warc-truncated") is not None,  # cut by whoever archived it
    ]
    if any(is_part):
        warnings = [*warnings, PARTIAL]
    if headline_at < 0 and body.blocks:
        headline = headline_above(layout, body.blocks[0], headline)
    draft = StoryDraft(
        headline or context.feed_title or "",
        join_rows(layout, body.blocks, body.paragraphs),
        "learned" if template is not None and body.extractor == "generic" else body.extractor,
        address,
        warnings=list(warnings),
    )
    add_captions_and_credits(draft, view, body)
    _add_claims(draft, claims)
    if body.is_live:
        draft.called += "\nlive blog"
    _add_dates(draft, view, body, tree, page, context)
    if draft.published_at is None:
        draft.published_at = guess_date(reading.html, page.fetched_at, layout.max_depth)
        draft.warnings += ["date-guessed"] if draft.published_at is not None else []
    _add_selected(draft, tree, context)
    draft.bylines = draft.bylines or list(context.feed_byline)
    return _Drafted(draft, view, body, headline_at)


def _header(page: RawPage, name: str) -> str | None:
    return next((value for key, value in page.headers if key.lower() == name), None)


def _parse_tree(html: str) -> LexborHTMLParser:
    try:
        tree = LexborHTMLParser(html)
    except SelectolaxError as error:  # it is raised only when memory runs out
        raise UnparsableError("the page's tree does not fit in memory", reason="too-much-memory") from error
    title = tree.css_first("title")
    if (
        title is not None
        and len(title.text() or "") > _SWALLOWED_CHARS
        and tree.body is not None
        and tree.body.first_child is None
    ):
        return LexborHTMLParser(_UNCLOSED_TITLE.sub(r"\g<0></title><body>", html, count=1))
    return tree


def _add_claims(draft: StoryDraft, claims: PageClaims) -> None:
    """Add the page's claims of author, source, publisher, language and ids."""
    authors = claims.names("author") or claims.names("creator") or _meta(claims, _AUTHOR_META)
    draft.bylines += [name for name in authors if "://" not in name and len(name) < _NAME_CHARS]
    draft.metadata += authors + _meta(claims, _AUTHOR_META) + _meta(claims, _SOURCE_META)
    for key in ("sourceOrganization", "copyrightHolder", "creditText", "provider", "copyrightNotice"):
        draft.metadata += claims.names(key)
    draft.publisher = (
        claims.first("og:site_name") or claims.text("publisher") or claims.first("application-name")
    )
    declared = (
        claims.text("inLanguage"),
        claims.language,
        claims.first("og:locale", "content-language", "language", "dc.language"),
    )
    draft.languages = [code for code in declared if code]
    match = _WIRE_ID.search(draft.url)
    draft.wire_id = match[1] if match else None
    draft.called = "\n".join(_list_callings(claims))
    draft.slug = claims.first("slug", "slugline") or claims.text("slugline")


def _list_callings(claims: PageClaims) -> Iterator[str]:
    """What the page calls its sort of copy: type, genre and section."""
    yield from (name for kind, name in _TYPE_NAMES.items() if kind in types_of(claims.article))
    yield from (name for key in ("genre", "articleSection") for name in claims.names(key))
    yield from _meta(claims, ("genre", "article:section", "section", "news_genre", "content-type"))


def _meta(claims: PageClaims, names: tuple[str, ...]) -> list[str]:
    return [claims.meta[name] for name in names if claims.meta.get(name)]


def _add_dates(
    draft: StoryDraft,
    view: PageView,
    body: Body,
    tree: LexborHTMLParser,
    page: RawPage,
    context: ParseContext,
) -> None:
    """Add the dates: of the page's claims, of the feed and beside the headline the best; else the day in the address."""
    claims = view.claims
    day_first = writes_day_first(claims.language or context.language, host_of(draft.url))
    selected = select_text(tree, context.selectors.published if context.selectors else None)

    def read(texts: list[str], recent: timedelta = timedelta()) -> list[Moment]:
        return _sane_moments(texts, page.fetched_at, draft, day_first=day_first, recent=recent)

    at, zone, doubts = believe(context.published_at, page.fetched_at, context.published_zone)
    draft.warnings += doubts
    feed = [] if at is None else [Moment(at, zone, is_day=zone is None and at.time() == time())]
    beside, beside_updated = dates_beside(view, body.blocks)
    found = choose_moment(
        [
            *read([selected] if selected else []),
            *read(claimed_published(claims)),
            *(read(beside) if not feed else []),
            *feed,
        ]
    )
    if found is not None:
        draft.published_at, draft.published_zone = found.at, found.zone
    else:
        day = date_in_address(draft.url)
        yearless = [] if day is not None else read(beside, RECENT)
        draft.published_at = yearless[0].at if yearless else day
        draft.published_zone = yearless[0].zone if yearless else None
    updated = read([*claimed_updated(claims), *beside_updated])
    draft.updated_at = updated[0].at if updated else None


def _sane_moments(
    texts: list[str], now: datetime, draft: StoryDraft, *, day_first: bool | None, recent: timedelta
) -> list[Moment]:
    read = (read_printed(text, now, day_first=day_first, recent=recent) for text in texts)
    moments = [found for found in read if found is not None]
    sane = [moment for moment in moments if is_sane(moment.at, now)]
    draft.warnings += [OUT_OF_RANGE] * (len(moments) - len(sane))
    return sane


def _add_selected(draft: StoryDraft, tree: LexborHTMLParser, context: ParseContext) -> None:
    """Let the source's selectors override the general reading, but not the text in JSON-LD."""
    selectors = context.selectors
    if selectors is None:
        return
    draft.headline = select_text(tree, selectors.headline) or draft.headline
    byline = select_text(tree, selectors.byline)
    draft.bylines = [byline] if byline else draft.bylines
    paragraphs = select_paragraphs(tree, selectors.body) if draft.extractor != "json-ld" else []
    if paragraphs:
        draft.paragraphs, draft.extractor = paragraphs, "selectors"
    elif selectors.body and draft.extractor != "json-ld":
        draft.warnings.append("selector-found-nothing")
