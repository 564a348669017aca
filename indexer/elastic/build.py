"""A rebuild: every writer writes to the new index too, and one change of aliases switches to it.

While the alias `building` exists, writers write to both indices, whether the rebuild runs or was interrupted: so a
rebuild resumes where it was, and what it wrote before is still up to date.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self

import structlog

from copytaster.errors import BusyError, ConfigurationError, CopytasterError, UnreachableError
from indexer.elastic.aliases import (
    add_alias,
    choose_profile,
    create_index,
    delete_index,
    drop_alias,
    is_strange,
    list_idle,
    move_aliases,
    put_templates,
    read_aliases,
    read_description,
)
from indexer.elastic.bulk_writer import BulkWriter, expect_alias
from indexer.elastic.connection import RefusalError, quote_name
from indexer.elastic.documents import make_bulk_item
from indexer.elastic.live_mapping import FIELDS_ADDED, add_fields_to, merge_meta
from indexer.elastic.mapping import lacks_keys
from indexer.elastic.mark import put_mark, read_mark
from indexer.elastic.stories import write_with_stories
from indexer.port import BuildProgress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.elastic.connection import Connection
    from indexer.elastic.names import Names
    from indexer.port import IndexAction, IndexMark, WriteOutcome

log = structlog.get_logger(__name__)

KEPT_FOR = (UnreachableError, BusyError, KeyboardInterrupt)  # interruptions after which a rebuild can resume


class ElasticBuild:
    """An `IndexBuild`. Hold the rebuild lease meanwhile: two at a time would fill the same index.

    Args:
        connection: the server.
        names: of this installation.
        keep_days: the switch deletes indices without alias that are older than this.
        stories: names of the index of single stories, if the installation has one: it is rebuilt with the other.
        mark: of the store that the new index is built from.
    """

    def __init__(
        self,
        connection: Connection,
        names: Names,
        *,
        keep_days: float,
        stories: Names | None = None,
        mark: IndexMark | None = None,
    ) -> None:
        self._connection = connection
        self._names = names
        self._keep_days = keep_days
        self._kinds = [names, *([stories] if stories else [])]
        self._stories = stories
        self._mark = mark
        self._writer = BulkWriter(connection)
        self._switched = False
        self._made: dict[Names, str] = self._resume() or self._create()
        self.index: str = self._made[names]
        self._stems = read_description(connection, self.index).profile == "full"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._writer.close()
        kept = len(raised) > 1 and isinstance(raised[1], KEPT_FOR)
        if not self._switched and not kept:
            self._give_up()

    def write(self, actions: Iterable[IndexAction]) -> WriteOutcome:
        """Fill the new index."""
        make = partial(make_bulk_item, stems=self._stems)
        targets = [self._names.building]
        if self._stories:
            return write_with_stories(self._writer, actions, targets, [self._stories.building], make=make)
        return self._writer.write(actions, targets, make=make)

    def resume(self) -> BuildProgress | None:
        """How far an interrupted rebuild came."""
        noted = self._read_meta().get("progress")
        return BuildProgress(**noted) if noted else None

    def note(self, progress: BuildProgress) -> None:
        """Note the progress in the new index itself."""
        self._put_meta(
            {"progress": {"after": progress.after, "read": progress.read, "change": progress.change}}
        )

    def count(self) -> int:
        """Documents in the new index."""
        return self._count(self.index)

    def count_stories(self) -> int | None:
        """Single stories in the new index of those; None if the installation has none."""
        return self._count(self._made[self._stories]) if self._stories else None

    def get_story(self, story_id: str) -> Mapping[str, Any] | None:
        """A document of the new index of single stories."""
        return read_document(self._connection, self._made[self._stories], story_id) if self._stories else None

    def _count(self, index: str) -> int:
        self._connection.call("POST", f"/{quote_name(index)}/_refresh")
        return int(self._connection.call("GET", f"/{quote_name(index)}/_count")["count"])

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """A document of the new index."""
        return read_document(self._connection, self.index, dispatch_id)

    def switch(self, change: int) -> bool:
        """Move every alias at once. The old index stays, with the store's newest `change` noted in it."""
        actions: list[dict[str, Any]] = []
        for names, index in self._made.items():
            name = quote_name(index)
            self._connection.call("PUT", f"/{name}/_settings", {"index": {"refresh_interval": "1s"}})
            self._connection.call("POST", f"/{name}/_refresh")
            table = read_aliases(self._connection, names)
            old, older = table.find_index(names.write), table.find_index(names.previous)
            keeps = old is not None and not is_strange(names, read_description(self._connection, old))
            if old is not None and keeps:
                merge_meta(self._connection, old, {"left_at": change})
            actions += _replace(names, index, table.find_index(names.read), old, older, keeps=keeps)
            log.info("index.switching", index=index, previous=old)
        move_aliases(self._connection, actions)
        self._switched = True
        log.info("index.switched", index=self.index)
        self._delete_old()
        return True  # the writers wrote to both all the time

    def _resume(self) -> dict[Names, str] | None:
        """The indices of an interrupted rebuild of this store, if they have this program's mapping; others are deleted."""
        left = {
            names: name
            for names in self._kinds
            if (name := read_aliases(self._connection, names).find_index(names.building))
        }
        found = [read_description(self._connection, name) for name in left.values()]
        fits = not any(
            one.drift() or FIELDS_ADDED in one.ours or lacks_keys(one.ours, one.kind) for one in found
        )
        if len(left) == len(self._kinds) and fits and self._is_ours(left[self._names]):
            log.info("index.build_resumed", index=left[self._names])
            return left
        for name in left.values():
            delete_index(self._connection, name)
        return None

    def _is_ours(self, index: str) -> bool:
        """False where a restored store began a new timeline since, or another installation fills it."""
        return self._mark is None or read_mark(self._connection, index) == self._mark

    def _create(self) -> dict[Names, str]:
        made: dict[Names, str] = {}
        for names in reversed(self._kinds):  # the index that writers look for comes last
            profile, _ = choose_profile(self._connection, names)
            put_templates(self._connection, names, profile)
            made[names] = names.index(read_aliases(self._connection, names).next_number())
            aliases = [names.building]
            create_index(
                self._connection, made[names], profile, aliases=aliases, filling=True, kind=names.kind
            )
        if self._mark is not None:
            put_mark(self._connection, made[self._names], self._mark)
        return made

    def _give_up(self) -> None:
        """Delete the new indices, unless another rebuild has resumed this one and switched to them."""
        for names, index in self._made.items():
            aliases = read_aliases(self._connection, names).indices.get(index, frozenset())
            if not aliases - {names.building}:
                delete_index(self._connection, index)

    def _read_meta(self) -> Mapping[str, Any]:
        return read_description(self._connection, self.index).ours

    def _put_meta(self, values: Mapping[str, Any]) -> None:
        merge_meta(self._connection, self.index, values)

    def _delete_old(self) -> None:
        """Delete old indices; the switch is done, so an error here is only logged."""
        try:
            for names in self._kinds:
                for name in list_idle(self._connection, names, days=self._keep_days):
                    delete_index(self._connection, name)
        except CopytasterError as error:
            log.warning("index.not_cleared", error=str(error))


def switch_back(connection: Connection, names: Names, stories: Names | None = None) -> int:
    """Swap the live index and the one before; likewise those of single stories, if there are two.

    Returns a change number of the store: the index is complete up to that change.

    Raises:
        ConfigurationError: there is no earlier index, or this program cannot write it.
    """
    actions, left_at = _switch_back(connection, names)
    if stories and read_aliases(connection, stories).find_index(stories.previous):
        more, also_left_at = _switch_back(connection, stories)
        actions, left_at = actions + more, min(left_at, also_left_at)
    move_aliases(connection, actions)
    log.info("index.switched_back", prefix=names.prefix)
    return left_at


def _switch_back(connection: Connection, names: Names) -> tuple[list[dict[str, Any]], int]:
    table = read_aliases(connection, names)
    previous, live = table.find_index(names.previous), table.find_index(names.write)
    if previous is None or live is None:
        raise ConfigurationError(
            "there is no index before this one", resource=names.previous, hint="copytaster rebuild makes one"
        )
    found = read_description(connection, previous)
    added = add_fields_to(connection, found)
    if not added and (drift := found.drift()):
        raise ConfigurationError(
            f"{previous} has the mapping of another version of this program: {drift[0]}",
            resource=names.previous,
            hint="go back to that version first",
        )
    actions = _replace(names, previous, table.find_index(names.read), live, previous, back=True)
    return actions, int(found.ours.get("left_at", 0))


def read_document(connection: Connection, alias: str, dispatch_id: str) -> Mapping[str, Any] | None:
    """A document by its id, or None.

    Raises:
        ConfigurationError: there is no such index.
    """
    try:
        with expect_alias(alias):
            found = connection.call("GET", f"/{quote_name(alias)}/_doc/{quote_name(dispatch_id)}")
    except RefusalError as error:
        if error.status == 404:  # noqa: PLR2004
            return None
        raise
    source: Mapping[str, Any] = found["_source"]
    return source


def _replace(
    names: Names,
    new: str,
    read: str | None,
    write: str | None,
    older: str | None,
    *,
    back: bool = False,
    keeps: bool = True,
) -> list[dict[str, Any]]:
    """The moves of aliases to a new index. Unless it `keeps` the old one to go back to, that loses our aliases and no more."""
    actions = [drop_alias(read, names.read)] if read else []
    actions += [drop_alias(write, names.write)] if write else []
    actions += [drop_alias(older, names.previous)] if older and keeps else []
    actions += [] if back else [drop_alias(new, names.building)]
    actions += [add_alias(new, names.read), add_alias(new, names.write)]
    return [*actions, *([add_alias(write, names.previous)] if write and keeps else [])]
