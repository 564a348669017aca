"""Taking one story down everywhere: store, raw pages, index, pages, API and feeds; and keeping it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copytaster.errors import NotFoundError, UsageError
from copytaster.identity import address_identity, story_identity
from copytaster.store import grace
from copytaster.store.audit import note_write
from copytaster.store.channels import list_channel_identities
from copytaster.store.dispatches import resolve_id
from copytaster.store.holds import read_held
from copytaster.store.page_removal import empty_pages, remove_refusals_of
from copytaster.store.sealing import raw_connection
from copytaster.store.takedowns import (
    FoundStory,
    Takedown,
    find_by_address,
    find_by_number,
    find_in_dispatch,
    keep_takedowns,
)
from newsdesk.operations.retention.removal import remove_for_good

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store


@dataclass(frozen=True, slots=True)
class TakedownReport:
    """What was taken down: stories with their versions, the dispatches that are gone, and those that are left.

    Attributes:
        pages_of_others: raw pages that also held other stories; their bytes are gone.
        urls: that are not stored again.
    """

    stories: int
    versions: int
    gone: tuple[str, ...]
    left: tuple[str, ...]
    pages_of_others: int
    urls: tuple[str, ...]


def take_down(store: Store, target: str, *, who: str, why: str) -> TakedownReport:
    """Take down a dispatch with every story in it, or the one story with this number or address.

    An address that the store does not have is kept out from now on.

    Raises:
        NotFoundError: no dispatch or story has this id.
        UsageError: it is held.
    """
    now = datetime.now(UTC)
    with store.write() as connection:
        if connection.dialect.name == "sqlite":  # free space of the file keeps no text
            raw_connection(connection).execute("PRAGMA secure_delete=ON")
        found = _find(connection, target)
        _refuse_held(connection, found)
        made = _record_address(target, None, who, why, now) if _is_address(target) else []
        made += [one for story in found for one in _record(story, who, why, now)]
        made += [one for story in found for one in _record_channels(connection, story, who, why, now)]
        ids = [story.id for story in found]
        taken = remove_for_good(connection, ids, at=now)
        empty_pages(connection, taken.shared_pages, at=now)
        urls = tuple(dict.fromkeys(one.url for one in made))
        for url in urls:
            remove_refusals_of(connection, url)
        keep_takedowns(connection, {one.identity: one for one in made}.values())
        note_write(connection, "takedown", target, who=who, detail=why)
        _drop_bundles(connection, {one.identity for one in made})
    _truncate_log(store)
    return TakedownReport(
        len(ids), len(taken.rows["versions"]), taken.gone, taken.left, len(taken.shared_pages), urls
    )


def _find(connection: Connection, target: str) -> list[FoundStory]:
    if _is_address(target):
        identities = {address_identity(target), story_identity(url=target, wire_id=None, publisher="")}
        return find_by_address(connection, identities, target)
    if not target.isdecimal():
        return find_in_dispatch(connection, resolve_id(connection, target))
    found = find_by_number(connection, int(target))
    if not found:
        raise NotFoundError("no such story", resource=f"story {target}")
    return found


def _is_address(target: str) -> bool:
    return "://" in target


def _refuse_held(connection: Connection, found: Sequence[FoundStory]) -> None:
    held = read_held(connection)
    for story in found:
        if story.id in held.stories or story.dispatch_id in held.dispatches:
            name = story.dispatch_id or "?"
            raise UsageError(
                "it is held",
                resource=f"dispatch {name}",
                hint=f"first: copytaster release {name} --why ...",
            )


def _record(story: FoundStory, who: str, why: str, at: datetime) -> list[Takedown]:
    own = Takedown(story.identity, story.url, story.dispatch_id, who, why, at)
    return [own, *_record_address(story.url, story.dispatch_id, who, why, at)]


def _record_channels(
    connection: Connection, story: FoundStory, who: str, why: str, at: datetime
) -> list[Takedown]:
    """What the story came as through the other channels of its publisher."""
    return [
        one
        for identity, url in list_channel_identities(connection, story.id)
        for one in (
            Takedown(identity, url, story.dispatch_id, who, why, at),
            *_record_address(url, story.dispatch_id, who, why, at),
        )
    ]


def _record_address(url: str, dispatch_id: str | None, who: str, why: str, at: datetime) -> list[Takedown]:
    identities = (address_identity(url), story_identity(url=url, wire_id=None, publisher=""))
    return [Takedown(one, url, dispatch_id, who, why, at) for one in dict.fromkeys(identities)]


def _drop_bundles(connection: Connection, identities: set[str]) -> None:
    """What retention keeps for its grace period must not bring the story back."""
    for removal_id in grace.list_ids(connection):
        rows = grace.read_rows(connection, removal_id)
        if identities & {str(row["identity"]) for row in rows["stories"]}:
            grace.drop_removal(connection, removal_id)


def _truncate_log(store: Store) -> None:
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            raw_connection(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
