"""The check of `copytaster doctor` whether the index is this store's, and not newer than it. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.store.timeline import PENDING, read_timeline
from indexer.fed_index import ELSEWHERE, WAY_OUT, is_fed
from indexer.filling import read_filling
from indexer.ownership import explain_foreign, judge
from newsdesk.operations.check_result import CheckResult

if TYPE_CHECKING:
    from copytaster.store.engine import Store
    from copytaster.store.timeline import Timeline
    from indexer.port import SearchIndex

CHECK = "store and index"
MENDED = "the next `copytaster run`, `crawl`, `ingest` or `index` raises the store's epoch by itself"


def check_ownership(store: Store, index: SearchIndex) -> CheckResult:
    """Does the index hold changes that this store never made, or another installation's documents?"""
    state = index.read_state()
    with store.read() as connection:
        ours = read_timeline(connection)
    if state is None:
        return CheckResult(CHECK, "ok", f"epoch {ours.epoch}, no index yet")
    relation = judge(store, index, ours, state)
    if relation in {"foreign", "taken over"}:
        error = explain_foreign(relation)
        return CheckResult(CHECK, "fault", error.message, error.hint)
    if relation == "older":
        detail = (
            "the store is older than its index, as after the restore of a backup: the index has change "
            f"{state.newest}, this store sent {ours.sent}"
        )
        return CheckResult(CHECK, "fault", detail, MENDED)
    if relation == "behind":
        return CheckResult(CHECK, "note", "the index is of an earlier epoch of this store", MENDED)
    found = _describe_feeding(store, index) or _describe_unknown(ours)
    return found or CheckResult(CHECK, "ok", _describe_epoch(ours))


def _describe_feeding(store: Store, index: SearchIndex) -> CheckResult | None:
    """What to say of an index that lacks dispatches because the store fed another one; None where it did not."""
    with store.read() as connection:
        if not is_fed(connection, index):
            return CheckResult(CHECK, "fault", ELSEWHERE, WAY_OUT)
        filling = read_filling(connection)
    if filling is not None:
        return CheckResult(
            CHECK, "note", f"index being filled: {filling}", "`copytaster run`, or `copytaster index`"
        )
    return None


def _describe_unknown(ours: Timeline) -> CheckResult | None:
    if not ours.unknown:
        return None
    if ours.unknown == PENDING:
        detail = f"{_describe_epoch(ours)}; documents that the store does not know are still to be removed"
        return CheckResult(CHECK, "note", detail, "the next writer of the index removes them")
    detail = f"documents that the store does not know could not be removed: {ours.unknown}"
    return CheckResult(CHECK, "fault", detail, "grant the privilege `delete`, or `copytaster rebuild`")


def _describe_epoch(ours: Timeline) -> str:
    if ours.raised_at is None:
        return f"epoch {ours.epoch}"
    when = ours.raised_at.isoformat(timespec="seconds")
    return f"epoch {ours.epoch}, raised {when}: the store was restored, or older than its index"
