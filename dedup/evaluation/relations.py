"""Measures relations on labelled documents: grouping, then the live search, over a store that is thrown away."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from copytaster.errors import UsageError
from copytaster.store.engine import Store
from copytaster.store.memberships import read_dispatch_refs
from copytaster.store.relations import read_all_relations
from dedup.evaluation.labelled import read_labelled_relations, store_documents
from dedup.grouping.grouper import group_waiting
from dedup.relations.finder import RelationFinder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dedup.evaluation.labelled import Document
    from dedup.relations.encoder import Encoder
    from settings import GroupingSettings

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RelationsFound:
    """What one pass over documents found.

    Attributes:
        dispatches: document -> its dispatch.
        related: pairs of documents in two dispatches that are related; in either direction.
        together: pairs of documents in one dispatch.
        kinds: how many relations of each kind there are between dispatches.
        encoder: name and version.
        cpu_ms: CPU milliseconds a document that the search took, without loading the encoder.
    """

    dispatches: Mapping[int, str]
    related: frozenset[Pair]
    together: frozenset[Pair]
    kinds: Mapping[str, int]
    encoder: str
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class RelationScore:
    """How well labelled pairs were found. A pair counts as found if it is related, or in one dispatch."""

    wanted: int
    found: int
    wrong: tuple[Pair, ...]
    missed: tuple[Pair, ...]

    @property
    def precision(self) -> float:
        """Found pairs among all that were proposed."""
        proposed = self.found + len(self.wrong)
        return self.found / proposed if proposed else 1.0

    @property
    def recall(self) -> float:
        """Found pairs among all that are labelled."""
        return self.found / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        whole = self.precision + self.recall
        return 2 * self.precision * self.recall / whole if whole else 0.0


def find_relations(
    documents: Sequence[Document], settings: GroupingSettings, *, encoder: Encoder | None = None
) -> RelationsFound:
    """Group documents in this order, then look for relations, as the live service does."""
    with TemporaryDirectory(prefix="copytaster-evaluate-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'store.sqlite'}")
        try:
            with store.write() as connection:
                numbers = store_documents(connection, documents, arrived=datetime.now(UTC))
            for _ in group_waiting(store, settings):
                pass
            finder = RelationFinder(store, timedelta(hours=settings.window_hours), encoder=encoder)
            finder.encoder.encode(["warm"])
            started = time.process_time()
            while finder.find_slice():
                pass
            taken = time.process_time() - started
            return _read_found(store, numbers, finder.encoder, 1000 * taken / max(1, len(documents)))
        finally:
            store.close()


def _read_found(store: Store, numbers: Mapping[int, int], encoder: Encoder, cpu_ms: float) -> RelationsFound:
    with store.read() as connection:
        places = read_dispatch_refs(connection, list(numbers))
        rows = read_all_relations(connection)
    members: dict[str, list[int]] = {}
    for version, place in places.items():
        members.setdefault(place.dispatch_id, []).append(numbers[version])
    linked = {(row.dispatch_id, row.other_dispatch) for row in rows}
    related = {
        order(one, other) for ours, theirs in linked for one in members[ours] for other in members[theirs]
    }
    together = {
        order(one, other) for group in members.values() for one in group for other in group if one < other
    }
    return RelationsFound(
        dispatches={numbers[version]: place.dispatch_id for version, place in places.items()},
        related=frozenset(related),
        together=frozenset(together),
        kinds=Counter(row.kind for row in rows),
        encoder=f"{encoder.name} {encoder.version}",
        cpu_ms=cpu_ms,
    )


def judge_relations(
    found: RelationsFound, wanted: Sequence[Pair], *, left_out: Sequence[Pair] = ()
) -> RelationScore:
    """Compare with the labelled pairs of one kind; pairs of other kinds are left out.

    A pair in one dispatch that nobody labelled is a fault of grouping, which `evaluate grouping` counts.
    """
    ignored = {order(*pair) for pair in left_out}
    true = {order(*pair) for pair in wanted} - ignored
    proposed = (found.related | (found.together & true)) - ignored
    return RelationScore(
        wanted=len(true),
        found=len(true & proposed),
        wrong=tuple(sorted(proposed - true)),
        missed=tuple(sorted(true - proposed)),
    )


def judge_kinds(found: RelationsFound, wanted: Mapping[str, Sequence[Pair]]) -> dict[str, RelationScore]:
    """The score of each labelled kind; `wrong` of each are the pairs that no kind labels."""
    every = {pair for pairs in wanted.values() for pair in pairs}
    return {
        kind: judge_relations(found, pairs, left_out=sorted(every - set(pairs)))
        for kind, pairs in wanted.items()
    }


def order(one: int, other: int) -> Pair:
    """A pair with the lower number first."""
    return (one, other) if one <= other else (other, one)


def read_wanted(path: Path, documents: Sequence[Document]) -> dict[str, list[Pair]]:
    """Kind of relation -> the labelled pairs of a file.

    Raises:
        UsageError: the file cannot be read, or names an unknown document.
    """
    wanted = read_labelled_relations(path)
    known = {document.n for document in documents}
    unknown = {n for pairs in wanted.values() for pair in pairs for n in pair} - known
    if unknown:
        raise UsageError(f"no document has the number {min(unknown)}", resource=str(path))
    return wanted
