"""Limits on the depth, width and length of a feed, and a walk over its XML events that enforces them."""

from __future__ import annotations

from xml.parsers import expat

MAX_DEPTH = 60  # elements; XHTML inside an entry seldom goes beyond 25
MAX_ELEMENTS = 400_000
MAX_ATTRIBUTES = 200  # of one element
MAX_PREFIXES = 100  # namespaces declared


class TooMuchError(Exception):
    """A limit is passed; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def walk(text: str, max_entries: int) -> int:
    """Read every XML event of a document; returns the number of entries.

    Raises:
        TooMuchError: the document is too deep, too large, or has too many entries.
        ExpatError: the document is not well-formed.
    """
    depth = elements = entries = namespaces = 0

    def start(name: str, attributes: list[str]) -> None:
        nonlocal depth, elements, entries
        depth += 1
        elements += 1
        entries += name.rpartition(" ")[2] in {"item", "entry"}
        if depth > MAX_DEPTH:
            raise TooMuchError("too-deep")
        if len(attributes) > 2 * MAX_ATTRIBUTES or elements > MAX_ELEMENTS:
            raise TooMuchError("too-complex")
        if entries > max_entries:
            raise TooMuchError("too-many")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def declare(_prefix: str | None, _namespace: str) -> None:
        nonlocal namespaces
        namespaces += 1
        if namespaces > MAX_ELEMENTS or (depth == 0 and namespaces > MAX_PREFIXES):
            raise TooMuchError("too-complex")

    parser = expat.ParserCreate("utf-8", " ")
    parser.StartNamespaceDeclHandler = declare
    parser.ordered_attributes = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(text.encode("utf-8"), True)
    return entries
