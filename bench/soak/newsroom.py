"""A store and an index with invented copy, in every state in which a night can find them; and what can be compared of two."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import select

from bench.copy.stories import TOPICS, write_story
from copytaster.logs import set_up
from copytaster.store.dispatches import ids_after, read_dispatches
from copytaster.store.engine import Store
from copytaster.store.intake import keep_story
from copytaster.store.metadata import metadata
from copytaster.values import Credit, ParsedStory, RawPage
from indexer.actions import make_actions
from indexer.embedded import EmbeddedIndex
from indexer.search import SearchQuery
from newsdesk.operations.doctor import examine
from newsdesk.pipeline import GroupingStage, IndexingStage, RelationStage
from settings import GroupingSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = 120
OUTLETS = ("Early Post", "Gulf Ledger", "Harbour Wire", "Late Mail", "Upland Post")
AGENCIES = ("AFP", "Reuters", None)
MOST = 10_000  # dispatches of a newsroom, at most
# A restore begins an epoch: it renames the timeline, renumbers every dispatch and queues it. Seals are compared by doctor.
_OF_THE_EPOCH = {"installation", "outbox", "seals"}
_RENUMBERED = {"dispatches": {"change"}}


class Newsroom:
    """Copy that comes in, is grouped and indexed. Two of them with one seed bring the same copy.

    Args:
        url: of the store; by default a file in the folder, which has the index in any case.
    """

    def __init__(self, folder: Path, seed: str, *, url: str = "") -> None:
        self.folder, self.seed, self.count = folder, seed, 0
        self.settings = Settings(data_dir=folder, database_url=url or None)
        self.open()

    def open(self) -> None:
        """Open store and index; again after `close`, whatever became of the files meanwhile."""
        self.store = Store(self.settings.store_url)
        self.index = EmbeddedIndex(self.folder / "index.sqlite")
        self._grouping = GroupingStage(self.store, GroupingSettings())
        self._relating = RelationStage(self.store, GroupingSettings())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of both files."""
        self.index.close()
        self.store.close()

    def bring(self, stories: int, *, revised: int = 0, answered_at: datetime | None = None) -> None:
        """New stories, half of them copies of another one, and new versions of the first ones."""
        for number in [*range(self.count, self.count + stories), *range(revised)]:
            self._keep(number, answered_at, is_new=number >= self.count)
        self.count += stories

    def source_of(self, number: int) -> str:
        """The source that brings a story."""
        return OUTLETS[number % len(OUTLETS)].split()[0].lower()

    def address_of(self, number: int) -> str:
        """Where a story was published."""
        return f"https://{self.source_of(number)}.example/{self.seed}/{number}".replace(" ", "-")

    def _keep(self, number: int, answered_at: datetime | None, *, is_new: bool) -> None:
        about = number // 2
        body = "\n\n".join(write_story(TOPICS[about % len(TOPICS)], f"{self.seed} {about}", words=WORDS))
        if not is_new:
            body += f"\n\nThe desk added this line as number {self.count}."
        outlet, source, url = OUTLETS[number % len(OUTLETS)], self.source_of(number), self.address_of(number)
        credit = Credit(AGENCIES[about % len(AGENCIES)], 0.9)
        story = ParsedStory(f"The news of number {about}", body, outlet, url, credit=credit)
        page = RawPage(url, body.encode(), datetime.now(UTC))
        with self.store.write() as connection:
            keep_story(
                connection, page=page, story=story, source=source, channel="feed", answered_at=answered_at
            )

    def work(self) -> None:
        """Group, relate and index everything that waits."""
        self.group()
        self._relating.run_slice()
        self.group()
        IndexingStage(self.store, self.index).drain()

    def group(self) -> None:
        """Group everything that waits."""
        for _ in self._grouping.group_all():
            pass

    def list_dispatches(self) -> list[str]:
        """The ids of the live dispatches."""
        with self.store.read() as connection:
            return ids_after(connection, "", limit=MOST)

    def search(self) -> dict[str, list[str]]:
        """Search -> what it finds: some words, some agencies, and everything."""
        queries = {f"news {about}": SearchQuery(f"news {about}") for about in range(0, self.count, 3)}
        queries |= {name: SearchQuery(agencies=(name,), limit=100) for name in AGENCIES if name}
        queries["everything"] = SearchQuery(limit=100)
        found = {name: self.index.search(query) for name, query in queries.items()}
        return {
            name: [str(page.total), *sorted(f"{hit.id} {hit.headline}" for hit in page.hits)]
            for name, page in found.items()
        }

    def read_documents(self) -> dict[str, object]:
        """Dispatch -> its document, as the store gives it and the index must have it."""
        with self.store.read() as connection:
            rows = read_dispatches(connection, ids_after(connection, "", limit=MOST))
        return {action.id: action.document for action in make_actions(list(rows.values()))[0]}

    def list_groups(self) -> dict[str, list[tuple[str, str]]]:
        """Dispatch -> address and relation of each version in it."""
        with self.store.read() as connection:
            rows = read_dispatches(connection, ids_after(connection, "", limit=MOST))
        return {
            name: [(member.url, version.relation) for member in row.members for version in member.versions]
            for name, row in rows.items()
        }

    def find_faults(self) -> list[str]:
        """What doctor finds wrong, of all but the place: books, digests, versions, index, documents."""
        found = examine(self.store, self.index, self.settings, self.folder / "sources.toml")
        place = {"configuration", "disk space", "private files", "parser", "sentence encoder", "sources"}
        return [
            f"{one.check}: {one.detail}" for one in found if one.level == "fault" and one.check not in place
        ]


def digest_tables(store: Store) -> dict[str, str]:
    """Table -> digest of every row of it, but for what a restore renumbers."""
    with store.read() as connection:
        return {
            table.name: _digest(
                connection.execute(
                    select(*(one for one in table.columns if one.name not in _RENUMBERED.get(table.name, ())))
                )
            )
            for table in metadata.sorted_tables
            if table.name not in _OF_THE_EPOCH
        }


def _digest(rows: object) -> str:
    listed = sorted(repr(tuple(row)) for row in rows)  # type: ignore[attr-defined]
    return hashlib.sha256("\n".join(listed).encode("utf-8", "surrogatepass")).hexdigest()


def write_until_killed(folder: Path, seed: str, lines: int, after_s: float) -> int:
    """Let a process of its own bring copy, and kill it so long after it has said `lines` times that it did; how many it brought."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(folder), seed], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        brought = [int(process.stdout.readline()) for _ in range(lines)]
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
    return brought[-1]


def write_on(folder: Path, seed: str) -> Iterator[int]:
    """Bring copy for ever; what was brought so far."""
    with closing(Newsroom(folder, seed)) as room:
        room.count = random.Random(seed).randint(
            10_000, 20_000
        )  # other copy than the one who is killed afterwards
        while True:
            room.bring(4, revised=2)
            yield room.count
            room.work()


if __name__ == "__main__":
    set_up("CRITICAL", "text")
    for number in write_on(Path(sys.argv[1]), sys.argv[2]):
        print(number, flush=True)
