"""Which page of an article follows which: by `rel=next`, by a label, or by a number, in an address that counts on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from copytaster.identity import canonical_url
from copytaster.wire.letters import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborHTMLParser

LABEL_CHARS = 60  # of the longest label
NEXT_PAGE = re.compile(
    r"^\W{0,3}(?:next page|nächste seite|page suivante|página siguiente|siguiente página|próxima página|pagina successiva"
    r"|volgende pagina|następna strona|nästa sida|næste side|neste side|seuraava sivu|следующая страница|下一页|次のページ)"
    r"\W{0,4}$",
    re.IGNORECASE,
)
_MAX_LINKS = 5_000
_MAX_NAMES = 3
_SHARED = 0.5  # of the words of the shorter name
# The number of a page ends its path; longer ones are ids of stories.
_NUMBERED = re.compile(
    r"(?P<stem>.{0,2000}?)[-_/.,]?(?P<word>(?:page|seite|pagina|p|s)?)[-_/=]?(?<!\d)(?P<number>\d{1,2})(?:\.\w{2,5})?/?",
    re.IGNORECASE,
)
_MOST_NUMBER = 100
_NUMBERS = re.compile(r"\d+")
_ARROWS = " .:>»›→)]"
_ENDING = re.compile(r"\.\w{2,5}$")
_WORDS = re.compile(r"[^\W\d_]+")
_TITLE_PARTS = re.compile(r"\s[|·»–—-]\s")


def find_next_part(tree: LexborHTMLParser, url: str, number: int) -> str | None:
    """The address of the story's page `number`, which follows this one; None without a link whose address counts on."""
    linked = list_next(tree, url)
    if not linked:
        for node in tree.css("a[href]")[:_MAX_LINKS]:
            said = (node.text(strip=True) or "")[:LABEL_CHARS].strip()
            link = node.attributes.get("href") or ""
            if (names_page(said, number) or NEXT_PAGE.match(said)) and continues(url, link):
                linked.append(link)
    return urljoin(url, linked[0]).partition("#")[0] if linked else None


def last_linked(tree: LexborHTMLParser, url: str) -> int:
    """The number of the last page that a first page's links count up to: 3 for `2` and `3`; 1 without such links."""
    links = [
        ((node.text(strip=True) or "")[:LABEL_CHARS].strip(), node.attributes.get("href") or "")
        for node in tree.css("a[href]")[:_MAX_LINKS]
    ]
    numbered = [(label, link) for label, link in links if _NUMBERS.search(label)]
    at, number = url, 1
    while True:
        following = (
            link for label, link in numbered if names_page(label, number + 1) and continues(at, link)
        )
        link = next(following, None)
        if link is None:
            return number
        at, number = urljoin(url, link), number + 1


def names_page(label: str, number: int) -> bool:
    """True if the label of a link is a page's number, or ends in it: `2`, `Weiter auf Seite 2`."""
    numbers = _NUMBERS.findall(label)
    return numbers == [str(number)] and label.rstrip(_ARROWS).endswith(numbers[0])


def list_next(tree: LexborHTMLParser, url: str) -> list[str]:
    """The links that a page declares as its next, where they lead to a page of the same article."""
    links = [
        node.attributes.get("href") or ""
        for node in tree.css('link[rel~="next" i][href], a[rel~="next" i][href]')[:10]
    ]
    return [link for link in links if continues(url, link)]


def continues(url: str, link: str) -> bool:
    """True if a link leads to the page after this one: the addresses are equal but for a page number, which counts on.

    Other `next` links lead to other stories: `/news-4711` to `/news-4712`, `?id=7` to `?id=12`.
    """
    try:
        ours, theirs = urlsplit(canonical_url(url)), urlsplit(canonical_url(urljoin(url, link)))
    except ValueError:
        return False
    if ours.path == theirs.path:
        return _counts_on_query(ours.query, theirs.query)
    found = _NUMBERED.fullmatch(theirs.path)
    if found is None or ours.query != theirs.query or len(found["stem"].strip("/")) < 2:  # noqa: PLR2004
        return False
    number, stem = int(found["number"]), found["stem"]
    before = _NUMBERED.fullmatch(ours.path)
    if before is not None and before["stem"] == stem:
        return number == int(before["number"]) + 1
    own = {ours.path.rstrip("/"), _ENDING.sub("", ours.path.rstrip("/"))}
    return stem in own and (number == 2 or (number == 1 and bool(found["word"])))  # noqa: PLR2004


def list_first(url: str) -> list[str]:
    """The addresses that the first page of an article may have, if this one is that of a later page."""
    try:
        parts = urlsplit(canonical_url(url))
    except ValueError:
        return []
    found = []
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    for place, (name, value) in enumerate(pairs):
        if value.isascii() and value.isdigit() and 0 < int(value) < _MOST_NUMBER:
            others = [pair for pair in pairs if pair != (name, value)]
            first = [[*pairs[:place], (name, number), *pairs[place + 1 :]] for number in "10"]
            found += [parts._replace(query=urlencode(query)).geturl() for query in (others, *first)]
    path = _NUMBERED.fullmatch(parts.path)
    if path is not None and len(path["stem"].strip("/")) > 1 and int(path["number"]):
        named = _ENDING.search(parts.path.rstrip("/"))
        ending = named[0] if named else ""
        numbered = f"{parts.path[: path.start('number')]}1{parts.path[path.end('number') :]}"
        stem = path["stem"]
        paths = dict.fromkeys((stem, f"{stem}{ending}", f"{stem}.html", f"{stem}/", numbered))
        found += [parts._replace(path=one).geturl() for one in paths]
    return [one for one in found if one != parts.geturl()]


def _counts_on_query(ours: str, theirs: str) -> bool:
    before, after = dict(parse_qsl(ours)), dict(parse_qsl(theirs))
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    if len(changed) != 1:
        return False
    was, now = before.get(changed[0], ""), after.get(changed[0], "")
    if not (now.isascii() and now.isdigit() and len(now) < 3):  # noqa: PLR2004
        return False
    if was.isascii() and was.isdigit():
        return int(now) == int(was) + 1
    return not was and int(now) in {1, 2}  # some count from 0


def names_of(tree: LexborHTMLParser) -> list[str]:
    """What a page calls its article: its first headings, and the parts of its title."""
    headings = [node.text(strip=True) or "" for node in tree.css("h1")[:_MAX_NAMES]]
    title = tree.css_first("title")
    parts = _TITLE_PARTS.split((title.text() or "").strip()) if title is not None else []
    longest = max(parts, key=len, default="")
    return [name[:300] for name in (*headings, longest) if name.strip()]


def agree(first: Sequence[str], other: Sequence[str]) -> bool:
    """True if two pages may name one article; pages that name none may too."""
    if not first or not other:
        return True
    return any(_share_words(one, two) for one in first for two in other)


def _share_words(one: str, other: str) -> bool:
    words, others = (set(_WORDS.findall(fold(text))) for text in (one, other))
    least = min(len(words), len(others))
    return one == other if not least else len(words & others) >= _SHARED * least
