"""XML of single vendors: Ritzau's RBNews, WordPress exports (WXR) and plain press releases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copytaster.values import WireRecord, WireTopic
from copytaster.wire.formats.flow import read_flow, read_html
from copytaster.wire.formats.item import WireItem, number_of, refuse_kind
from copytaster.wire.formats.moments import read_moment
from copytaster.wire.formats.xml import attribute, child, children, name_of, text_at, text_of, within

if TYPE_CHECKING:
    from lxml import etree

_PLAIN_HEADLINES = ("headline", "title", "hl1", "heading", "subject")
_PLAIN_BODIES = (
    "body",
    "content",
    "text",
    "bodytext",
    "body_text",
    "body_html",
    "article",
    "release",
    "story",
    "paragraphs",
)
_PLAIN_IDS = (
    "guid",
    "id",
    "newsid",
    "releaseid",
    "release_id",
    "storyid",
    "story_id",
    "docid",
    "newsitemid",
    "uniqueid",
)
_PLAIN_DATES = (
    "publishdate",
    "pubdate",
    "releasedate",
    "date",
    "datetime",
    "datepublished",
    "created",
    "published",
    "timestamp",
)


def read_rbnews(root: etree._Element, warnings: tuple[str, ...] = ()) -> WireItem:
    """Ritzau's news item; its text is HTML in an element of text."""
    flow = read_html(_inner(root, "content"))
    guid = text_at(root, "newsid") or None
    notes = read_html(_inner(root, "tilredaktionen")).paragraphs
    record = WireRecord(
        "RBNews", guid, text_at(root, "version") or None, text_at(root, "origin") or "Ritzau",
        urgency=number_of(text_at(root, "priority")),
        keywords=tuple(filter(None, text_at(root, "strapline").split("/"))),
        subjects=tuple(WireTopic(text_of(one), None) for one in within(root, "int") if text_of(one)),
    )  # fmt: skip
    return WireItem(
        record, text_at(root, "headline") or (flow.paragraphs[0][:100] if flow.paragraphs else ""), tuple(flow.paragraphs),
        story_id=guid, bylines=tuple(filter(None, (text_at(root, "byline"),))), credit_lines=tuple(filter(None, (text_at(root, "origin"),))),
        slug=text_at(root, "strapline") or None, published=read_moment(text_at(root, "publishdate")),
        embargo=text_at(root, "embargo") or text_at(root, "embargodate"), editors_notes=tuple(notes), warnings=warnings,
    )  # fmt: skip


def _inner(root: etree._Element, name: str) -> str:
    """The text of an element as it stands, line breaks kept."""
    element = child(root, name)
    return "".join(element.itertext()) if element is not None else ""


def is_export(root: etree._Element) -> bool:
    """True for a WordPress export, whatever its posts are."""
    return any(child(one, "post_type") is not None for one in children(root, "channel", "item"))


def posts_of(root: etree._Element) -> list[etree._Element]:
    """The published posts of a WordPress export; empty if the file is another feed."""
    return [
        one
        for one in children(root, "channel", "item")
        if text_at(one, "post_type") in {"post", ""}
        and text_at(one, "status") in {"publish", ""}
        and child(one, "encoded") is not None
        and (text_at(one, "post_id") or text_at(one, "post_type"))
    ]


def read_post(item: etree._Element, warnings: tuple[str, ...] = ()) -> WireItem:
    """One post of a WordPress export."""
    contents = ["".join(one.itertext()) for one in children(item, "encoded") if "excerpt" not in str(one.tag)]
    text = re.sub(r"\[/?[a-z_]{2,30}[^\]]{0,300}\]", "", contents[0] if contents else "")
    flow = read_html(text if "<p" in text else "".join(f"<p>{part}</p>" for part in text.split("\n\n")))
    guid = text_at(item, "guid") or text_at(item, "link") or None
    terms = [one for one in children(item, "category") if text_of(one)]
    record = WireRecord(
        "WXR", guid, None, None, altids=tuple(f"post:{text_of(one)}" for one in children(item, "post_id")),
        subjects=tuple(WireTopic(None, text_of(one)) for one in terms if attribute(one, "domain") == "category"),
        keywords=tuple(text_of(one) for one in terms if attribute(one, "domain") == "post_tag"),
    )  # fmt: skip
    moment = text_at(item, "post_date_gmt")
    return WireItem(
        record, text_at(item, "title"), tuple(flow.paragraphs), story_id=guid, bylines=tuple(filter(None, (text_at(item, "creator"),))),
        captions=tuple(flow.captions), published=read_moment(moment if not moment.startswith("0000") else "") or read_moment(text_at(item, "pubdate")),
        slug=text_at(item, "post_name") or None, url=text_at(item, "link") or None, warnings=warnings,
    )  # fmt: skip


def read_plain(root: etree._Element, warnings: tuple[str, ...] = ()) -> WireItem | None:
    """A press release or story in plain XML: one headline, one body. None if the file is something else."""
    headline = next(
        (
            text
            for name in _PLAIN_HEADLINES
            for one in within(root, name)
            if (text := text_of(one)) and len(text) < 400
        ),
        "",
    )
    bodies = [one for name in _PLAIN_BODIES for one in within(root, name) if one is not root]
    if not headline or not bodies:
        return None
    body = max(bodies, key=lambda one: len(text_of(one)))
    flow = read_flow(body) if len(body) else read_html("".join(body.itertext()))
    if len(" ".join(flow.paragraphs)) < 200:
        return None

    def first(names: tuple[str, ...]) -> str:
        return next(
            (
                text
                for name in names
                for one in within(root, name)
                if (text := text_of(one)) and len(text) < 300
            ),
            "",
        )

    guid = first(_PLAIN_IDS) or attribute(root, "id") or None
    provider = first(
        (
            "provider",
            "source",
            "distributor",
            "company",
            "organization",
            "organisation",
            "agency",
            "publisher",
        )
    )
    record = WireRecord(f"XML <{name_of(root)}>", guid, first(("version", "revision")) or None, provider or None,
        keywords=tuple(text_of(one) for one in within(root, "keyword") if text_of(one)), copyrightnotice=first(("copyright", "copyrightnotice")) or None)  # fmt: skip
    return WireItem(
        record, headline, tuple(flow.paragraphs), story_id=guid, dateline=first(("dateline",)),
        bylines=tuple(filter(None, (first(("byline", "author")),))), credit_lines=tuple(filter(None, (provider,))), captions=tuple(flow.captions),
        language=first(("language", "lang")) or attribute(root, "lang") or None, slug=first(("slugline", "slug")) or None,
        published=read_moment(first(_PLAIN_DATES)), embargo=first(("embargo", "embargoed", "embargodate", "embargountil", "embargotime")),
        usage_terms=first(("usageterms", "usage")), editors_notes=tuple(filter(None, (first(("ednote", "editornote", "editorsnote", "notetoeditors", "advisory")),))),
        kind="press release" if name_of(root) in {"pressrelease", "release", "prnewswire", "press_release", "newsrelease"} else None, warnings=warnings,
    )  # fmt: skip


def refuse_feed(root: etree._Element) -> None:
    """Refuse a feed or sitemap that came as a file: its entries are addresses, not stories."""
    names = {
        "rss": "feed",
        "feed": "feed",
        "rdf": "feed",
        "urlset": "sitemap",
        "sitemapindex": "sitemap",
        "opml": "feed-list",
        "catalog": "catalog",
        "groupset": "package",
    }
    if kind := names.get(name_of(root)):
        raise refuse_kind(kind, "the XML file")
