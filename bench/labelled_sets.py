"""The labelled sets beside the checkout: documents with publishers as a crawl sets them, and their two halves.

The looked-at half may be read while a rule is made. The unseen half is never read: its figure is the one that counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import xxhash

from dedup.evaluation.evaluate import judge_groups
from dedup.evaluation.labelled import LEFT_OUT, SAME, read_documents, read_labels
from dedup.text.union_find import UnionFind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from dedup.evaluation.evaluate import Evaluation
    from dedup.evaluation.labelled import Document
    from dedup.evaluation.metrics import Pair

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus" / "grouping"
SETS = ("fnc_dev", "reu_dev", "syn_dev", "nat_dev")
_OUTLETS = 60  # that print what comes from no agency's own stream
_MANY = 100  # documents; a publisher that sent so many is a stream of its own


@dataclass(frozen=True, slots=True)
class LabelledCopy:
    """One set.

    Attributes:
        documents: in order of arrival, each with its publisher.
        same: pairs of one dispatch.
        left_out: pairs that are not counted.
        unseen: the documents of the unseen half.
    """

    documents: Sequence[Document]
    same: Sequence[Pair]
    left_out: Sequence[Pair]
    unseen: frozenset[int]

    def judge_halves(
        self, assigned: Mapping[int, Hashable], seconds: float = 0.0
    ) -> tuple[Evaluation, Evaluation]:
        """The figures of one pass for (the looked-at half, the unseen half).

        A pair with a document in each half counts as unseen.
        """
        seen = {n: group for n, group in assigned.items() if n not in self.unseen}
        parts = [pair for pair in self.same if self.unseen.isdisjoint(pair)]
        rest = [pair for pair in self.same if not self.unseen.isdisjoint(pair)]
        across = (*self.left_out, *_pair_members(seen))
        return (
            judge_groups(seen, parts, left_out=self.left_out, seconds=seconds),
            judge_groups(assigned, rest, left_out=across, seconds=seconds),
        )


def _pair_members(assigned: Mapping[int, Hashable]) -> list[Pair]:
    groups: dict[Hashable, list[int]] = {}
    for n, group in assigned.items():
        groups.setdefault(group, []).append(n)
    return [pair for members in groups.values() for pair in combinations(members, 2)]


def read_set(name: str) -> LabelledCopy:
    """The set of this name, with publishers."""
    documents = [
        document if document.publisher else replace(document, publisher=find_publisher(name, document.id))
        for document in read_documents(CORPUS / f"{name}.docs.jsonl.gz")
    ]
    pairs = read_labels(CORPUS / f"{name}.pairs.tsv.gz")
    same, left_out = (
        [pair for pair, label in pairs.items() if label == wanted] for wanted in (SAME, LEFT_OUT)
    )
    return LabelledCopy(documents, same, left_out, divide(documents, _name_streams(name, documents), pairs))


def find_publisher(name: str, document_id: str) -> str:
    """Who a crawl would have had the document from.

    Reuters 1987 is the agency's own stream, and so are the originals of the generated rewrites that begin with `r`
    (1987) and `i` (2017). All else comes from outlets, of which none is told twice in one event more than chance has it.
    """
    if name == "reu_dev" or (name == "syn_dev" and "~" not in document_id and document_id[0] in "ri"):
        return "Reuters"
    return f"Outlet {xxhash.xxh3_64_intdigest(document_id.encode()) % _OUTLETS}"


def divide(documents: Sequence[Document], streams: Sequence[str], events: Iterable[Pair]) -> frozenset[int]:
    """The numbers of the unseen half: the later half of each stream, whole events at a time.

    Args:
        documents: in order of arrival.
        streams: of each document, the stream it came in.
        events: pairs about one event, however they were judged; what they connect goes where its first document goes.
    """
    connected = UnionFind([document.n for document in documents])
    for one, other in events:
        connected.join(one, other)
    sizes, place = Counter(streams), Counter[str]()
    unseen: dict[int, bool] = {}
    for document, stream in zip(documents, streams, strict=True):
        unseen.setdefault(connected.find(document.n), 2 * place[stream] >= sizes[stream])
        place[stream] += 1
    return frozenset(document.n for document in documents if unseen[connected.find(document.n)])


def _name_streams(name: str, documents: Sequence[Document]) -> list[str]:
    """The stream of each document: its publisher where that sent many; what few sent is one stream."""
    if name == "syn_dev":
        return [document.id[0] for document in documents]  # by year: 1987, 2017, other pages
    sent = Counter(document.publisher for document in documents)
    return [document.publisher if sent[document.publisher] >= _MANY else "" for document in documents]
