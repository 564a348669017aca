"""Comparing the documents of the index with the digests of what was written, and with the store where none is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.errors import CopytasterError
from copytaster.seals.digest import digest_bytes
from copytaster.store.dispatches import ids_after, read_dispatches
from copytaster.store.document_seals import keep_digests, read_settled
from copytaster.store.revisions import announce_again
from indexer.serialise import serialise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copytaster.store.engine import Store
    from indexer.port import HeldDocument, SearchIndex


@dataclass(frozen=True, slots=True)
class CheckedDocuments:
    """Documents that were compared.

    Attributes:
        position: the last dispatch id; None at the end.
        damaged: dispatch -> what is wrong with its document.
        outdated: dispatches whose document an earlier program made, so that nothing says whether it is whole.
    """

    count: int
    position: str | None
    damaged: Mapping[str, str] = field(default_factory=dict)
    outdated: Sequence[str] = ()
    unknown: int = 0


def check_documents(
    store: Store, index: SearchIndex, after: str, limit: int, *, learn: bool = True
) -> CheckedDocuments:
    """Compare the next documents. Whatever waits in the outbox is left out: its document is about to change.

    With `learn`, the digests that are not known yet are kept, of documents that are what the store gives now.
    """
    with store.read() as connection:
        ids = ids_after(connection, after, limit=limit)
        digests = read_settled(connection, ids)
    held = index.read_many(list(digests))
    wrong = {name: what for name in digests if (what := _judge(held.get(name), digests[name]))}
    damaged = _drop_changed(store, wrong, digests)
    unknown = [name for name, digest in digests.items() if digest is None and name in held]
    outdated = _learn(store, unknown, held) if unknown and learn else []
    position = ids[-1] if len(ids) == limit else None
    return CheckedDocuments(len(digests), position, damaged, outdated, len(unknown) - len(outdated))


def rewrite_documents(store: Store, dispatches: Sequence[str]) -> None:
    """Queue documents, so that the index replaces those it has."""
    with store.write() as connection:
        announce_again(connection, dispatches, at=datetime.now(UTC))


def _judge(held: HeldDocument | None, digest: bytes | None) -> str:
    if held is None:
        return "not in the index"
    if held.document is None:
        return f"cannot be read: {held.detail}"
    if digest is None:
        return ""
    return "" if _digest(held) == digest else "not as it was written"


def _digest(held: HeldDocument) -> bytes | None:
    try:
        return digest_bytes(serialise(held.document or {}))
    except CopytasterError:  # no longer a document that any index takes
        return None


def _drop_changed(
    store: Store, wrong: Mapping[str, str], digests: Mapping[str, bytes | None]
) -> dict[str, str]:
    """Without the dispatches that changed since their digest was read: the index may hold their newer document."""
    if not wrong:
        return {}
    with store.read() as connection:
        now = read_settled(connection, list(wrong))
    return {name: what for name, what in wrong.items() if name in now and now[name] == digests[name]}


def _learn(store: Store, names: Sequence[str], held: Mapping[str, HeldDocument]) -> list[str]:
    """Keep the digests of documents that are what the store gives now; returns the others."""
    from indexer.actions import make_actions

    with store.read() as connection:
        rows = read_dispatches(connection, names)
    actions, _ = make_actions(list(rows.values()))
    made = {action.id: action for action in actions}
    whole = {
        name: digest_bytes(made[name].document)
        for name in names
        if name in made
        and held[name].document is not None
        and _digest(held[name]) == digest_bytes(made[name].document)
    }
    with store.write() as connection:
        keep_digests(connection, whole, changes={name: made[name].version for name in whole})
    outdated = [name for name in names if name in made and name not in whole]
    return list(_drop_changed(store, dict.fromkeys(outdated, ""), dict.fromkeys(outdated)))
