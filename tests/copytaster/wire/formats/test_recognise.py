"""A file is known by its first bytes, never by its name; an envelope never passes for a page or a plain text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from copytaster.wire.formats.recognise import recognise
from spiders.parsing import ParseContext, parse

STORY = "The harbour board agreed on Monday to widen the basin before the end of the year. " * 3
ENVELOPES = {
    "root of a vendor": (f"<?xml version='1.0'?><Dispatch><p>{STORY}</p></Dispatch>", "xml"),
    "root after comments": (f"<!-- note --><!-- another --><Wire><p>{STORY}</p></Wire>", "xml"),
    "root in a namespace": (f'<w:wire xmlns:w="urn:pier.example"><w:p>{STORY}</w:p></w:wire>', "xml"),
    "page names inside": (
        f"<?xml version='1.0'?><Doc><title>T</title><body><p>{STORY}</p></body></Doc>",
        "xml",
    ),
    "document type": (f'<!DOCTYPE wire [<!ELEMENT wire ANY>]><wire xmlns="x"><p>{STORY}</p></wire>', "xml"),
    "cut XML": ("<?xml version='1.0' encoding='utf-8'?>", "xml"),
    "object": (f'{{"type": "unheard of", "html": "<html><body><p>{STORY}</p></body></html>"}}', "json"),
    "list of objects": (f' [ {{"body": "{STORY}"}} ]', "json"),
    "start of header": (f"\x01abc 1\r\n\x02{STORY}\x03", "control"),
    "synchronous idle": (f"\x16\x16\x01AW1234\x1f_x\r\n{STORY}", "control"),
    "telex opening": (f"ZCZC\r\nQQQ\r\n{STORY}\r\nNNNN", "control"),
    "binary": ("PK\x03\x04" + STORY, "binary"),
    "rich text": ("{\\rtf1 " + STORY + "}", "binary"),
}


@pytest.mark.parametrize(("text", "envelope"), ENVELOPES.values(), ids=ENVELOPES)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_envelope_is_no_page_and_no_text(text, envelope, codec):
    if codec == "utf-16" and envelope in {"control", "binary"}:
        pytest.skip("agencies send control characters in one byte a letter")
    if codec == "utf-8-sig" and envelope == "binary":
        pytest.skip("a mark of order makes it a text")
    body = text.encode(codec)
    assert recognise(body).envelope == envelope
    page = RawPage(
        "file:///in/1", body, datetime(2026, 3, 2, tzinfo=UTC), 200, (("Content-Type", "text/html"),)
    )
    try:
        assert parse(page, ParseContext(feed_title="Basin to be widened")).extractor == "wire-format"
    except UnparsableError as refused:
        assert refused.reason in {"unknown-format", "undecodable", "damaged", "no-body"}  # noqa: PT017


PAGES = {
    "document type": (f"<!DOCTYPE html><title>T</title><p>{STORY}</p>", "html"),
    "declared XHTML": (
        f'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x"><html><p>{STORY}</p></html>',
        "html",
    ),
    "comment first": (f"<!-- served by pier.example --><html><p>{STORY}</p></html>", "html"),
    "fragment": (f"<div><p>{STORY}</p></div>", "html"),
    "unheard element": (f"<my-app><div><p>{STORY}</p></div></my-app>", "html"),
    "text before markup": (f"Loading <html><body><p>{STORY}</p>", "html"),
    "story": (f"Basin to be widened\n\n{STORY}", "text"),
    "bracket": (f"[Correction] Basin to be widened\n\n{STORY}", "text"),
    "brace": (f"{{Basin}} to be widened\n\n{STORY}", "text"),
    "one line like a mail's": (f"Subject: basin\n\n{STORY}", "text"),
}


@pytest.mark.parametrize(("text", "envelope"), PAGES.values(), ids=PAGES)
def test_pages_and_texts_are_no_envelopes(text, envelope):
    assert recognise(text.encode()).envelope == envelope


def test_a_refusal_names_the_root_element():
    page = RawPage("file:///in/1", b"<?xml version='1.0'?><Wetterkarte/>", datetime(2026, 3, 2, tzinfo=UTC))
    with pytest.raises(UnparsableError, match="<Wetterkarte>"):
        parse(page, ParseContext())
