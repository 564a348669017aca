"""What every task of a job knows, and what it does once when it starts."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from copytaster.compiled_code import keep_compiled_code
from copytaster.logs import set_up
from copytaster.store.engine import Store
from copytaster.store.installation import secret_seed
from dedup.candidates.traces import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from settings import GroupingSettings

Row = TypeVar("Row")

DAY = timedelta(days=1) // MICROSECOND
CHUNK = 500  # copies at a time, in every task


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its tasks receive it.

    Attributes:
        seed: of the signatures; of a store its own, so that the groups are those of that store.
        settings: the window, the history and the least number of words.
        compiled: where machine code is kept; "" for the compiler's own choice.
        template: an empty store, which each task copies: all migrations take longer than grouping a small day.
        history: folder of what `history` wrote; "" in the first pass.
    """

    seed: int
    settings: GroupingSettings
    compiled: str
    template: str
    history: str

    @property
    def overlap(self) -> int:
        """How many days before a day are grouped again with it: those of the window."""
        return math.ceil(self.settings.window_hours / 24)

    def begin(self) -> None:
        """Prepare the process of a task."""
        set_up("WARNING")
        if self.compiled:
            keep_compiled_code(Path(self.compiled))


def read_seed(url: str) -> int:
    """The seed of a store, by which it makes signatures.

    Raises:
        StoreError: the store cannot be opened or written.
    """
    with closing(Store(url)) as store, store.write() as connection:
        return secret_seed(connection)


def cut(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, `CHUNK` at a time."""
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == CHUNK:
            yield part
            part = []
    if part:
        yield part
