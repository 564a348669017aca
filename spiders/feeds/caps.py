"""Cuts what makes a feed expensive before feedparser sees it: long lists, long fields, wide tags, deep nesting.

feedparser compares each category with all before it, and reads authors with expressions that are slow on long texts. No
story needs a hundred categories or an author of a thousand characters, so the rest is cut and counted. Entries stay, with
the first of each element; the text of a story is longer than anything that is read of it later.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from spiders.feeds.limits import MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_PREFIXES, TooMuchError

MAX_REPEATS = 100  # elements of one name, in an entry or in the head
MAX_EXTRAS = 50_000  # elements of a document that no story needs
MAX_FIELDS = 1_000  # elements of an entry or of the head, outside of texts
MAX_TEXT_ELEMENTS = 20_000  # inside the texts of an entry
MAX_VALUE = 4_000  # characters of an attribute
FIELD_CHARS = 2_000  # characters of an element, unless its name is below
_CHARS = {
    "title": 20_000,
    "link": 4_001,  # one more than an address may have: a cut one is no address
    "guid": 4_000,
    "id": 4_000,
}
_DATES = ("pubdate", "date", "published", "updated", "modified", "issued", "created")
_CHARS |= dict.fromkeys(_DATES, 200)
_CHARS |= dict.fromkeys(("author", "creator", "contributor", "name", "email", "publisher"), 1_000)
_TEXTS = frozenset(
    {"description", "summary", "content", "encoded", "body", "fulltext", "tagline", "subtitle"}
)
_CHARS |= dict.fromkeys(_TEXTS, 200_000)
_ESSENTIAL = frozenset({"item", "entry", "source", *_CHARS})
_ENTRIES = frozenset({"item", "entry"})
_NAME_CHARS = 40  # of an element's name, in a report
_LISTED = 4  # kinds of cuts that a report names


@dataclass(frozen=True, slots=True)
class CappedMarkup:
    """A document within the caps: all of it, what its root element holds, and how much of what was cut."""

    text: str
    inner: str
    cut: Counter[str]


def cap_markup(text: str, max_entries: int) -> CappedMarkup:
    """Cut a well-formed document down to the caps.

    Raises:
        TooMuchError: it is too large all the same, or has too many entries.
        ExpatError: it is not well-formed.
    """
    capper = _Capper(max_entries)
    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = capper.start
    parser.EndElementHandler = capper.end
    parser.CharacterDataHandler = capper.read_text
    parser.Parse(text.encode("utf-8"), True)
    if not capper.cut:
        return CappedMarkup(text, "", capper.cut)
    return CappedMarkup("".join(capper.out), "".join(capper.out[1:-1]), capper.cut)


def describe_cuts(cut: Counter[str]) -> str:
    """One line for a report: `capped: 19,900 category, 3 attributes`."""
    named = [f"{count:,} {what}" for what, count in cut.most_common(_LISTED)]
    more = len(cut) - len(named)
    return f"capped: {', '.join(named)}{f', {more} more kinds' if more > 0 else ''}"


def _is_extra_link(attributes: list[str]) -> bool:
    """True for a link that leads to something else than the story."""
    pairs = zip(attributes[::2], attributes[1::2], strict=True)
    return next((value for key, value in pairs if key == "rel"), "alternate") != "alternate"


class _Scope:
    """Counts the elements of an entry, or of the head."""

    def __init__(self) -> None:
        self.by_name: Counter[str] = Counter()
        self.fields = self.in_texts = 0

    def is_full_of(self, name: str, *, essential: bool) -> bool:
        self.fields += 1
        self.by_name[name] += 1
        return (self.fields > MAX_FIELDS and not essential) or self.by_name[name] > MAX_REPEATS

    def is_full_of_text(self) -> bool:
        self.in_texts += 1
        return self.in_texts > MAX_TEXT_ELEMENTS


class _Capper:
    """Writes the events of a document again, without what is beyond the caps."""

    def __init__(self, max_entries: int) -> None:
        self.max_entries = max_entries
        self.out: list[str] = []
        self.cut: Counter[str] = Counter()
        self.depth = self.elements = self.entries = self.extras = 0
        self.skipped_at = self.text_at = self.entry_at = 0  # depth of the element; 0: in none
        self.head = _Scope()
        self.scope = self.head
        self.rooms: list[tuple[str, int]] = []  # of each open element: name, characters it may still have

    def start(self, name: str, attributes: list[str]) -> None:
        self.depth += 1
        if self.skipped_at:
            return
        local = name.rpartition(":")[2].lower()
        if local in _ENTRIES and not self.text_at and not self.entry_at and self.depth <= MAX_DEPTH:
            self._open_entry()
        over = self._find_cap(name, local, attributes)
        if over:
            self.cut[over] += 1
            self.skipped_at = self.depth
            return
        if local in _TEXTS and not self.text_at:
            self.text_at = self.depth
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise TooMuchError("too-complex")
        inherited = self.rooms[-1] if self.text_at and self.text_at < self.depth else None
        self.rooms.append(inherited or (local, _CHARS.get(local, FIELD_CHARS)))
        self.out.append(self._write_tag(name, attributes))

    def _open_entry(self) -> None:
        self.entries += 1
        if self.entries > self.max_entries:
            raise TooMuchError("too-many")
        self.entry_at, self.scope = self.depth, _Scope()

    def _find_cap(self, name: str, local: str, attributes: list[str]) -> str | None:
        """Count an element; returns what it is too much of, or None."""
        if self.depth > MAX_DEPTH:
            return "elements too deep"
        if self.depth in {self.entry_at, 1}:
            return None
        if sum(name.startswith("xmlns") for name in attributes[::2]) > MAX_PREFIXES:
            return "namespaces"
        if self.text_at:
            return "elements in texts" if self.scope.is_full_of_text() else None
        essential = local in _ESSENTIAL and not (local == "link" and _is_extra_link(attributes))
        counted = name[:_NAME_CHARS] if essential or local != "link" else f"further {name[:_NAME_CHARS]}"
        self.extras += not essential
        many = self.extras > MAX_EXTRAS and not essential
        return counted if self.scope.is_full_of(counted, essential=essential) or many else None

    def _write_tag(self, name: str, attributes: list[str]) -> str:
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))
        kept = [
            (key, value)
            for number, (key, value) in enumerate(pairs)
            if key.startswith("xmlns") or (number < MAX_ATTRIBUTES and len(value) <= MAX_VALUE)
        ]
        if len(kept) < len(pairs):
            self.cut["attributes"] += len(pairs) - len(kept)
        return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in kept)}>"

    def end(self, name: str) -> None:
        depth, self.depth = self.depth, self.depth - 1
        if self.skipped_at:
            self.skipped_at = 0 if depth == self.skipped_at else self.skipped_at
            return
        field, room = self.rooms.pop()
        self.out.append(f"</{name}>")
        if self.text_at and self.text_at < depth:
            self.rooms[-1] = (field, room)
        if depth == self.text_at:
            self.text_at = 0
        if depth == self.entry_at:
            self.entry_at, self.scope = 0, self.head

    def read_text(self, data: str) -> None:
        if self.skipped_at or not self.rooms:
            return
        field, room = self.rooms[-1]
        kept = data[:room]
        if len(kept) < len(data):
            self.cut[f"characters of {field}"] += len(data) - len(kept)
        self.rooms[-1] = (field, room - len(kept))
        self.out.append(escape(kept))
