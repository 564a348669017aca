"""Writing by bulk requests: in chunks by count and bytes, two under way, smaller ones after the server throttles."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from copytaster.errors import ConfigurationError, UnreachableError
from indexer.elastic.bulk_results import GONE, THROTTLED, make_result, match_items
from indexer.elastic.connection import RefusalError
from indexer.elastic.documents import BulkItem, make_bulk_item
from indexer.port import ItemResult, WriteOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from indexer.elastic.connection import Connection
    from indexer.port import IndexAction

log = structlog.get_logger(__name__)

LANES = 2  # requests under way at once
FIRST_SIZE = 500  # documents a request
LARGEST_SIZE = 1000
MAX_BYTES = 8 * 2**20  # of a request: 500 documents of 3 kB with their words; a larger document goes alone
BISECTED = frozenset({400, 413})
SEVERITY = {"done": 0, "quarantine": 1, "retry": 2}
HOPELESS = 5  # single documents refused in a row: then the fault is not theirs


class BulkWriter:
    """Writes documents under existing aliases: it never makes an index on demand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lanes = ThreadPoolExecutor(LANES, thread_name_prefix="bulk")
        self._lock = threading.Lock()
        self._size = FIRST_SIZE

    @property
    def size(self) -> int:
        """Documents a request, at present."""
        return self._size

    def close(self) -> None:
        """Wait for the requests under way."""
        self._lanes.shutdown()

    def write(
        self,
        actions: Iterable[IndexAction],
        targets: Sequence[str],
        *,
        make: Callable[[IndexAction], BulkItem | ItemResult] = make_bulk_item,
    ) -> WriteOutcome:
        """Write documents under the first of `targets`, and under each other target while that exists.

        `make` turns an action into a bulk item.

        Raises:
            UnreachableError: nothing could be written.
            ConfigurationError: the first target does not exist, or see `bulk_results.make_result`.
        """
        prepared = [make(action) for action in actions]
        good = [document for document in prepared if isinstance(document, BulkItem)]
        results: list[ItemResult] = []
        errors: list[UnreachableError] = []
        for chunk in self._lanes.map(
            lambda part: self._send_safely(part, targets), self._split(good, targets)
        ):
            if isinstance(chunk, _Failed):
                errors.append(chunk.error)
                results += [ItemResult(name, "retry", chunk.error.message) for name in chunk.ids]
            else:
                results += chunk
        if errors and all(result.status == "retry" for result in results):
            raise errors[0]
        sent = iter(results)
        return WriteOutcome(tuple(next(sent) if isinstance(found, BulkItem) else found for found in prepared))

    def _split(self, documents: Sequence[BulkItem], targets: Sequence[str]) -> Iterator[list[BulkItem]]:
        size, chunk, weight = max(1, self._size // len(targets)), list[BulkItem](), 0
        for document in documents:
            heavier = weight + len(document.body) * len(targets)
            if chunk and (len(chunk) >= size or heavier > MAX_BYTES):
                yield chunk
                chunk, heavier = [], len(document.body) * len(targets)
            chunk.append(document)
            weight = heavier
        if chunk:
            yield chunk

    def _send_safely(self, documents: list[BulkItem], targets: Sequence[str]) -> list[ItemResult] | _Failed:
        try:
            return _Bisection(self, targets).send(documents)
        except UnreachableError as error:
            self._shrink()
            return _Failed([document.id for document in documents], error)

    def send(self, documents: Sequence[BulkItem], targets: Sequence[str]) -> list[ItemResult]:
        """Send one request; returns the result of each document."""
        lines, ids = list[bytes](), list[str]()
        for target in targets:
            for document in documents:
                lines += (document.action(target), document.body)
                ids.append(document.id)
        copies = str(self._connection.settings.wait_for_copies)
        response = self._connection.bulk(lines, require_alias="true", wait_for_active_shards=copies)
        items = match_items(ids, response)
        results = [make_result(name, item) for name, item in zip(ids, items, strict=True)]
        if any(item is not None and item.get("status") == THROTTLED for item in items):
            self._shrink()
        elif not any(result.status == "retry" for result in results):
            self._grow()
        count = len(documents)
        if any(result.reason == GONE for result in results[:count]):
            raise missing_alias(targets[0])
        rows = (results[start : start + count] for start in range(0, len(results), count))
        return [_combine(results_of_one) for results_of_one in zip(*rows, strict=True)]

    def _shrink(self) -> None:
        with self._lock:
            self._size = max(1, self._size // 2)

    def _grow(self) -> None:
        with self._lock:
            self._size = min(LARGEST_SIZE, self._size + max(1, self._size // 10))


class _Failed:
    """A chunk that got no response."""

    def __init__(self, ids: list[str], error: UnreachableError) -> None:
        self.ids = ids
        self.error = error


class _Bisection:
    """Halves a request that the server refuses as a whole, until it has found the documents at fault."""

    def __init__(self, writer: BulkWriter, targets: Sequence[str]) -> None:
        self._writer = writer
        self._targets = targets
        self._refused_in_a_row = 0

    def send(self, documents: Sequence[BulkItem]) -> list[ItemResult]:
        try:
            results = self._writer.send(documents, self._targets)
        except RefusalError as error:
            if error.status not in BISECTED:
                raise UnreachableError(
                    f"an unexpected refusal: {error.message}", resource=error.resource
                ) from error
            return self._halve(documents, error)
        self._refused_in_a_row = 0
        return results

    def _halve(self, documents: Sequence[BulkItem], error: RefusalError) -> list[ItemResult]:
        if len(documents) > 1:
            middle = len(documents) // 2
            return [*self.send(documents[:middle]), *self.send(documents[middle:])]
        self._refused_in_a_row += 1
        if self._refused_in_a_row >= HOPELESS:
            raise UnreachableError(
                f"refuses every request: {error.message}", resource=error.resource
            ) from error
        return [ItemResult(documents[0].id, "quarantine", error.message)]


def missing_alias(alias: str) -> ConfigurationError:
    """The error of an alias that does not exist."""
    return ConfigurationError(
        f"there is no index behind {alias}",
        resource="elasticsearch",
        hint="run `copytaster index-setup`; what waits is kept",
    )


@contextmanager
def expect_alias(alias: str) -> Iterator[None]:
    """Turn the server's error of a missing alias into ours."""
    try:
        yield
    except RefusalError as error:
        if error.kind == "index_not_found_exception":
            raise missing_alias(alias) from error
        raise


def _combine(results: Sequence[ItemResult]) -> ItemResult:
    """The worst result of a document sent to several indices; a later index that is gone does not count."""
    counted = [results[0], *(result for result in results[1:] if result.reason != GONE)]
    return max(counted, key=lambda result: SEVERITY[result.status])
