"""Whether store and index answer, for `/readyz`, and what readers of the pages have to know when they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.errors import CopytasterError, ForeignIndexError
from copytaster.store import outbox
from copytaster.store.service_health import read_service_parts
from copytaster.store.timeline import read_timeline
from indexer.fed_index import ELSEWHERE, is_fed
from indexer.filling import read_filling

if TYPE_CHECKING:
    from copytaster.store.engine import Store
    from indexer.port import SearchIndex
    from newsdesk.web.backend import Backend

OK = "ok"


def check_store(store: Store) -> str:
    """`ok`, or why the store cannot be read, or why the last write of this process failed."""
    try:
        with store.read() as connection:
            read_timeline(connection)
    except CopytasterError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  # a probe reports any failure
        return f"{type(error).__name__}: {error}"
    return OK if store.fault is None else str(store.fault)


def check_index(backend: Backend) -> str:
    """`ok`, or why searches find nothing, what is not ours, or not all yet."""
    error = backend.health.find_error("index")
    if isinstance(error, ForeignIndexError):
        return str(error)
    health = backend.index.health()
    if not health.ok:
        return health.detail
    try:
        with backend.store.read() as connection:
            if not is_fed(connection, backend.index):
                return ELSEWHERE
            filling = read_filling(connection)
    except CopytasterError:  # the check of the store says so
        return OK
    return f"index being filled: {filling}, dispatches that wait: {filling.waiting}" if filling else OK


def read_notice(store: Store, index: SearchIndex) -> str | None:
    """What a reader of search results has to know; None while they are complete."""
    try:
        with store.read() as connection:
            waiting = outbox.read_backlog(connection).waiting
            is_ours = is_fed(connection, index)
            filling = read_filling(connection)
            fails = any(part.part == "index" and not part.ok for part in read_service_parts(connection))
    except CopytasterError:
        return "The store does not answer: nothing new comes in, and no dispatch can be opened."
    if not is_ours:
        return f"Not everything is found here: {ELSEWHERE}."
    if not waiting or not (filling or fails):
        return None
    missing = f"Not everything is found. Dispatches that wait for the index: {waiting}."
    return (
        f"{missing} It is being filled: {filling} are in it."
        if filling
        else f"{missing} It does not take them for now."
    )
