"""Articles over several pages that were saved as several files of a folder: which file holds which page of which article."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from copytaster.errors import RefusedError, UnparsableError
from copytaster.identity import canonical_url
from spiders.article_walk import join_walked, walk_now
from spiders.files import read_file
from spiders.parsing.part import PARTIAL
from spiders.sandbox.jobs import next_job, page_job

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from copytaster.values import RawPage
    from spiders.parsing.context import ParseContext
    from spiders.sandbox.pool import ParsingPool

_PAGE_ENDINGS = (".html", ".htm", ".xhtml", ".shtml", ".html.gz", ".htm.gz", "")
# Only a page that links a next one, or a page 2, can be the first of several.
_LINKS_ON = re.compile(
    rb"\brel\s{0,3}=\s{0,3}[\"']?[^\"'>]{0,60}\bnext\b|>\s{0,9}2\s{0,9}<|\bnext page|page suivante|"
    rb"chste (?:seite)|gina siguiente|pr\S{1,8}xima p\S{1,8}gina|pagina successiva|volgende pagina",
    re.IGNORECASE,
)
_OWN_ADDRESS = re.compile(
    rb"<(?:link\b(?=[^>]{0,500}\brel\s{0,3}=\s{0,3}[\"']?canonical\b)[^>]{0,500}?\bhref"
    rb"|meta\b(?=[^>]{0,500}[\"']og:url[\"'])[^>]{0,500}?\bcontent)\s{0,3}=\s{0,3}[\"'](https?://[^\"'>]{4,2000})",
    re.IGNORECASE,
)
_HEAD_BYTES = 262_144


class SavedArticles:
    """Finds the articles among saved pages; reads each file of a folder of several pages once for it, and parses few.

    Attributes:
        joined: file of an article's first page -> all its pages as one.
        further: file of a later page -> that of the first.
    """

    def __init__(
        self, parsers: ParsingPool, files: Iterable[Path], context: ParseContext, *, max_bytes: int
    ) -> None:
        self._parsers, self._context, self._max_bytes = parsers, context, max_bytes
        self.joined: dict[Path, RawPage] = {}
        self.further: dict[Path, Path] = {}
        folders: defaultdict[Path, list[Path]] = defaultdict(list)
        for path in files:
            if path.name.lower().endswith(_PAGE_ENDINGS[:-1]) or not path.suffix or "?" in path.name:
                folders[path.parent].append(path)
        for found in folders.values():
            if len(found) > 1:
                self._read_folder(_Folder(found, max_bytes))

    def _read_folder(self, folder: _Folder) -> None:
        for path in folder.list_starts():
            if path not in self.further:
                self._read_article(folder, path)

    def _read_article(self, folder: _Folder, path: Path) -> None:
        """Note the article that a page begins, if it begins one whose next page is in the folder."""
        try:
            page = folder.read(path)
            following = self._parsers.do(next_job(page, 2)).url
            if following is None or folder.find(following) in (None, path):
                return
            if PARTIAL not in self._parsers.do(page_job(page, self._context)).warnings:
                return
        except RefusedError:
            return
        met: list[Path] = []

        def find(url: str) -> RawPage:
            at = folder.find(url)
            if at is None:
                raise UnparsableError("no file of the folder holds it", reason="not-saved", resource=url)
            met.append(at)
            return replace(folder.read(at), url=url)

        found = walk_now(self._parsers, page, find, max_bytes=self._max_bytes)
        whole = join_walked(found)
        if whole is None:
            return
        self.joined[path] = replace(whole, url=path.resolve().as_uri())
        for at in met[: len(found.pages) - 1]:
            self.joined.pop(at, None)  # it looked like a first page until this one led to it
            if at != path:
                self.further[at] = path


class _Folder:
    """The pages of one folder, by name and by the address that each says it has."""

    def __init__(self, files: Iterable[Path], max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._by_name = {path.name: path for path in files}
        self._by_address: dict[str, Path] = {}
        self._own: dict[Path, str] = {}
        self._starts: list[Path] = []
        for path in self._by_name.values():
            self._note(path)

    def _note(self, path: Path) -> None:
        try:
            body = read_file(path, max_bytes=self._max_bytes).body
        except RefusedError:
            return
        if _LINKS_ON.search(body):
            self._starts.append(path)
        if said := _OWN_ADDRESS.search(body, 0, _HEAD_BYTES):
            address = unescape(said[1].decode("utf-8", "replace"))
            self._own[path] = address
            self._by_address.setdefault(canonical_url(address), path)

    def list_starts(self) -> Iterator[Path]:
        """The files that may be the first of several, short names first: `story.html` before `story-2.html`."""
        yield from sorted(self._starts, key=lambda path: (len(path.name), path.name))

    def read(self, path: Path) -> RawPage:
        """A page at the address that it says it has, if another file says no such; else at that of its file."""
        page = read_file(path, max_bytes=self._max_bytes)
        own = self._own.get(path)
        is_own = own is not None and self._by_address.get(canonical_url(own)) == path
        return replace(page, url=own) if own is not None and is_own else page

    def find(self, url: str) -> Path | None:
        """The file that holds the page at an address, by what the page says or by the names that savers give."""
        if (found := self._by_address.get(canonical_url(url))) is not None:
            return found
        parts = urlsplit(urljoin(url, ""))
        name = unquote(parts.path).rstrip("/").rpartition("/")[2]
        query = f"{{}}{parts.query}" if parts.query else ""
        for sign in ("?", "@", "_", "-") if query else ("",):
            for ending in ("", ".html", ".htm", ".gz", ".html.gz"):
                if (
                    at := self._by_name.get(f"{name}{query.format(sign) if query else ''}{ending}")
                ) is not None:
                    return at
        return None
