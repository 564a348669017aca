"""Chooses the parser of a page or file by its content. A new format needs one function and one row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.errors import UnparsableError
from copytaster.wire.formats.recognise import recognise
from spiders.parsing.context import UNNAMED_TYPE
from spiders.parsing.page import read_page
from spiders.parsing.text import parse_text
from spiders.parsing.wire_file import parse_wire_file

if TYPE_CHECKING:
    from copytaster.values import ParsedStory, RawPage
    from copytaster.wire.formats.recognise import Recognised
    from spiders.parsing.context import ParseContext
    from spiders.parsing.template_values import Observation

_MAX_BYTES = 10_000_000
_SNIFF_BYTES = 4096
_WIRE = frozenset({"xml", "json", "control", "mail"})


def parse(page: RawPage, context: ParseContext) -> ParsedStory:
    """Parse a story from the bytes of a page or file; see `parse_and_observe`."""
    return parse_and_observe(page, context)[0]


def parse_and_observe(page: RawPage, context: ParseContext) -> tuple[ParsedStory, Observation | None]:
    """Parse a story from the bytes of a page or file, and what a page teaches. Pure: no network, no files, no clock.

    Args:
        page: the bytes, decompressed.
        context: the claims of source and feed.

    Raises:
        UnparsableError: with a `reason`: `empty`, `too-large`, `undecodable`, `unknown-format`, `not-a-story`,
            `no-headline`, `no-body`, and of wire formats `damaged` and `kind-...`, e.g. `kind-picture`.
    """
    if len(page.body) > _MAX_BYTES:
        raise UnparsableError(f"larger than {_MAX_BYTES} bytes", reason="too-large", resource=page.url)
    if not page.body[:_SNIFF_BYTES].strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnparsableError("nothing in it", reason="empty", resource=page.url)
    found = recognise(page.body)
    if found.envelope == "html":
        return read_page(page, context)
    if found.envelope == "text" and not _is_unnamed(page):
        return parse_text(page, context), None
    if found.envelope in _WIRE and (story := parse_wire_file(page, context)) is not None:
        return story, None
    raise _unknown_format(found, page.url)


def _is_unnamed(page: RawPage) -> bool:
    return any(name.lower() == "content-type" and value == UNNAMED_TYPE for name, value in page.headers)


def _unknown_format(found: Recognised, url: str) -> UnparsableError:
    """Say to a wire editor what came instead of a story; the bytes stay in quarantine."""
    texts = {
        "xml": f"an XML file with the root element <{found.root}>, which no reader knows"
        if found.root
        else "an XML file without a root element: it is empty or cut short",
        "json": "a JSON file that holds no item of ninjs, the AP Media API or dpa-digitalwires",
        "control": "a transmission with an agency's control characters, which no reader knows",
        "mail": "a mail message, which no reader knows",
        "archive": "a web archive, which holds many pages",
        "binary": "a picture, document, archive or program, not a text",
        "text": "neither a page nor a format of an agency",
    }
    hint = {
        "xml": "an agency that sends it may have NewsML-G2, NITF or ninjs too",
        "archive": "`copytaster ingest FILE` takes its pages in",
        "text": "plain text is read from files that end in .txt, or without an ending",
    }
    return UnparsableError(
        texts[found.envelope], reason="unknown-format", resource=url, hint=hint.get(found.envelope, "")
    )
