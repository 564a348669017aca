"""Writes invented dispatches into a store's tables: bodies of about 3 kB, word frequencies as in a language."""

# ruff: noqa: SIM905 - word tables as text

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import insert

from copytaster.store import outbox
from copytaster.store.installation import next_changes
from copytaster.store.tables import dispatches, memberships, raw_pages, stories, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store

COMMIT = 2_000  # dispatches a transaction
BODY = 3_000  # characters
WORDS = 40_000  # of the vocabulary
NAMES = 0.15  # of them, with a capital
_COMMON = (
    "the of and to in a is that for on said with was by as at from it he be an has are have will not were which "
    "their its after more been who or they but would had his this about when than two also one first new last year "
    "up over government could officials told people against out three before into if police under we other some her "
    "could no during since per between may week while court minister report country those told because 14 2,400 5.25 "
    "week's isn't cease-fire"
).split()
_ONSETS = "b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sk st t tr v w z".split()
_VOWELS = "a e i o u ai ea ou é ö".split()
_CODAS = "n r s t l nd rt x m ck ng".split()
AGENCIES = ("Norvane", "Velmoor", "Astrel", "Kestane", None)
PUBLISHERS = tuple(
    f"{place} {name}"
    for place in ("Varda", "Kolm", "Lisse", "Torvik", "Ostrel", "Maran")
    for name in ("Post", "Telegraph", "Courier", "Gazette", "Observer", "Mail", "Echo", "Star")
)
LANGUAGES = ("en", "en", "en", "de", "fr")
START = datetime(2026, 9, 1, tzinfo=UTC)
SPAN_S = 80 * 86_400
SINCE = START + timedelta(seconds=SPAN_S)


class Copydesk:
    """Invents dispatches by a seed; the same seed gives the same ones."""

    def __init__(self, seed: int = 4) -> None:
        self._random = random.Random(seed)
        self._numbers = np.random.default_rng(seed)
        self.words = self._invent_words()
        weights = 1.0 / np.arange(3, WORDS + 3)  # Zipf's law
        self._cumulated = np.cumsum(weights / weights.sum())
        self._next = 0

    def fill(self, store: Store, size: int) -> None:
        """Put dispatches into the store and each into the outbox."""
        for start in range(0, size, COMMIT):
            with store.write() as connection:
                self.insert(connection, min(COMMIT, size - start), spread=True)

    def insert(self, connection: Connection, count: int, *, spread: bool = False) -> list[str]:
        """New dispatches in the caller's transaction, of these days or `spread` over 80; returns their ids."""
        rows = _Rows(next_changes(connection, count))
        page = connection.scalars(insert(raw_pages).values(_PAGE).returning(raw_pages.c.id)).one()
        for change in rows.changes:
            self._dispatch(
                rows,
                change,
                page,
                START + timedelta(seconds=self._random.randrange(SPAN_S)) if spread else datetime.now(UTC),
            )
        rows.write(connection)
        return [str(row["id"]) for row in rows.dispatches]

    def insert_carried(self, connection: Connection, copies: int) -> str:
        """One new dispatch that so many publishers carry; returns its id."""
        rows = _Rows(next_changes(connection, 1))
        page = connection.scalars(insert(raw_pages).values(_PAGE).returning(raw_pages.c.id)).one()
        publishers = [f"{PUBLISHERS[number % len(PUBLISHERS)]} {number}" for number in range(copies)]
        self._dispatch(rows, rows.changes[0], page, datetime.now(UTC), publishers)
        rows.write(connection)
        return str(rows.dispatches[0]["id"])

    def now(self) -> datetime:
        """The moment of the change."""
        return datetime.now(UTC)

    def query(self) -> str:
        """A query as a reader types it: one to three words, neither the most nor the least frequent."""
        return " ".join(
            self.words[self._random.randrange(200, 8_000)] for _ in range(self._random.choice((1, 2, 2, 3)))
        )

    def _dispatch(
        self, rows: _Rows, change: int, page: int, moment: datetime, publishers: Sequence[str] = ()
    ) -> None:
        self._next += 1
        name = f"{self._random.getrandbits(100):026x}"
        minutes = 7 if moment < SINCE else 0  # between copies
        copies = self._random.choices((1, 2, 3), (60, 25, 15))[0]
        body = self._body()
        headline = self._sentence(9)[:-1]
        agency, language = self._random.choice(AGENCIES), self._random.choice(LANGUAGES)
        numbers = []
        carried = publishers or self._random.sample(PUBLISHERS, copies)
        for copy, publisher in enumerate(carried):
            seen = moment + timedelta(minutes=minutes * copy)
            text = body if copy == 0 else body.replace(".", ",", copy)
            numbers.append(
                rows.add_story(
                    page=page,
                    publisher=publisher,
                    seen=seen,
                    headline=self._title(headline, copy),
                    body=text,
                    agency=agency,
                    language=language,
                )
            )
        last = moment + timedelta(minutes=minutes * (len(carried) - 1))
        rows.add_dispatch(name, change, numbers, first=moment, last=last)

    def _title(self, headline: str, copy: int) -> str:
        return headline if copy == 0 else f"{self.words[self._random.randrange(300)].title()}: {headline}"

    def _body(self) -> str:
        sentences, length = [], 0
        while length < BODY:
            sentence = self._sentence(self._random.randrange(12, 26))
            length += len(sentence) + 1
            sentences.append(sentence)
        return "\n\n".join(" ".join(sentences[start : start + 3]) for start in range(0, len(sentences), 3))

    def _sentence(self, count: int) -> str:
        places = np.searchsorted(self._cumulated, self._numbers.random(count)).tolist()
        text = " ".join([self.words[place] for place in places])
        return text[0].upper() + text[1:] + "."

    def _invent_words(self) -> list[str]:
        found = dict.fromkeys(_COMMON)
        while len(found) < WORDS:
            syllables = self._random.choices((1, 2, 3), (1, 5, 4))[0]
            word = "".join(
                self._random.choice(_ONSETS) + self._random.choices(_VOWELS, (9,) * 8 + (1, 1))[0]
                for _ in range(syllables)
            ) + self._random.choice(_CODAS)
            found[word.title() if self._random.random() < NAMES else word] = None
        return list(found)


_PAGE = {
    "sha256": "0",
    "url": "https://wire.example/",
    "fetched_at": START,
    "status": 200,
    "headers": [],
    "bytes": 0,
    "body": b"",
}
_NUMBERS = count(10_000_000)  # of stories and versions; smaller ones are taken


class _Rows:
    """Rows of several tables, collected for one statement a table."""

    def __init__(self, changes: Sequence[int]) -> None:
        self.changes = changes
        self.stories: list[dict[str, Any]] = []
        self.versions: list[dict[str, Any]] = []
        self.memberships: list[dict[str, Any]] = []
        self.dispatches: list[dict[str, Any]] = []

    def add_story(
        self,
        *,
        page: int,
        publisher: str,
        seen: datetime,
        headline: str,
        body: str,
        agency: str | None,
        language: str,
    ) -> int:
        number = next(_NUMBERS)
        url = f"https://{publisher.lower().replace(' ', '-')}.example/{number}"
        self.stories.append(
            {
                "id": number,
                "identity": url,
                "publisher": publisher,
                "family": publisher.split()[1],
                "url": url,
                "slug": None,
                "source": publisher.lower(),
                "channel": "feed",
                "first_seen_at": seen,
                "last_seen_at": seen,
                "version_count": 1,
            }
        )
        evidence = (
            [{"kind": "dateline", "text": f"({agency}) -", "weight": 0.9, "agency": agency}] if agency else []
        )
        self.versions.append(
            {
                "id": number,
                "story_id": number,
                "number": 1,
                "digest": str(number),
                "raw_page_id": page,
                "seen_at": seen,
                "published_at": seen,
                "updated_at": None,
                "headline": headline,
                "markers": [],
                "body": body,
                "dateline": {"places": ["Kolm"], "agency": agency},
                "agency": agency,
                "agency_confidence": 0.9 if agency else 0.0,
                "agency_evidence": evidence,
                "byline": [],
                "captions": [],
                "language": language,
                "extractor": "generic",
                "warnings": [],
                "grouped": True,
            }
        )
        return number

    def add_dispatch(
        self, name: str, change: int, numbers: Sequence[int], *, first: datetime, last: datetime
    ) -> None:
        self.dispatches.append(
            {
                "id": name,
                "rev": 1,
                "change": change,
                "state": "live",
                "founder_id": numbers[0],
                "canonical_id": numbers[0],
                "first_seen_at": first,
                "last_seen_at": last,
                "changed_at": last,
            }
        )
        self.memberships += [
            {
                "version_id": number,
                "dispatch_id": name,
                "relation": "verbatim" if copy else "original",
                "evidence": {"rule": "score" if copy else "founder", "score": 1.0},
                "at": last,
            }
            for copy, number in enumerate(numbers)
        ]

    def write(self, connection: Connection) -> None:
        connection.execute(insert(stories), self.stories)
        connection.execute(insert(versions), self.versions)
        connection.execute(insert(dispatches), self.dispatches)
        connection.execute(insert(memberships), self.memberships)
        waiting = [(row["id"], row["change"]) for row in self.dispatches]
        for part in _cut(waiting, 500):
            outbox.enqueue_many(connection, part, at=datetime.now(UTC))


def _cut(rows: list[tuple[str, int]], size: int) -> Iterator[list[tuple[str, int]]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
