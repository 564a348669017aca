"""A rebuild: a new index beside the live one, fed by every writer, switched in by one change of aliases.

While the alias `building` stands, writers write to both indices, whether the rebuild runs or was interrupted: so a
rebuild goes on where it was, and what it filled before is still up to date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import structlog

from copytaster.errors import BusyError, ConfigurationError, CopytasterError, UnreachableError
from indexer.elastic.connection import RefusalError, quote_name
from indexer.elastic.layout import (
    add_alias,
    choose_profile,
    create_index,
    delete_index,
    drop_alias,
    list_idle,
    move_aliases,
    put_templates,
    read_description,
    read_layout,
)
from indexer.elastic.mapping import make_mapping
from indexer.elastic.writing import Writer, expect_alias
from indexer.port import BuildProgress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from indexer.elastic.connection import Connection
    from indexer.elastic.names import Names
    from indexer.port import IndexAction, WriteOutcome

log = structlog.get_logger(__name__)

KEPT_FOR = (UnreachableError, BusyError, KeyboardInterrupt)  # interruptions after which a rebuild goes on


class ElasticBuild:
    """An `IndexBuild`. Call it under a lease: two at a time would fill the same index.

    Args:
        connection: the server.
        names: of this installation.
        keep_days: indices older than this that no alias names are deleted after the switch.
    """

    def __init__(self, connection: Connection, names: Names, *, keep_days: float) -> None:
        self._connection = connection
        self._names = names
        self._keep_days = keep_days
        self._writer = Writer(connection)
        self._switched = False
        self.index: str = self._go_on() or self._create()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._writer.close()
        kept = len(raised) > 1 and isinstance(raised[1], KEPT_FOR)
        if not self._switched and not kept:
            delete_index(self._connection, self.index)

    def write(self, actions: Sequence[IndexAction]) -> WriteOutcome:
        """Fill the new index."""
        return self._writer.write(actions, [self._names.building])

    def resume(self) -> BuildProgress | None:
        """How far a rebuild came that was interrupted."""
        noted = self._read_meta().get("progress")
        return BuildProgress(**noted) if noted else None

    def note(self, progress: BuildProgress) -> None:
        """Remember how far the filling came, beside the documents themselves."""
        self._put_meta(
            {"progress": {"after": progress.after, "read": progress.read, "change": progress.change}}
        )

    def count(self) -> int:
        """Documents in the new index."""
        self._connection.call("POST", f"/{quote_name(self.index)}/_refresh")
        return int(self._connection.call("GET", f"/{quote_name(self.index)}/_count")["count"])

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """A document of the new index."""
        return read_document(self._connection, self.index, dispatch_id)

    def switch(self, change: int) -> bool:
        """Move every alias at once. The index before is kept, with the store's newest `change` noted in it."""
        name, names = quote_name(self.index), self._names
        self._connection.call("PUT", f"/{name}/_settings", {"index": {"refresh_interval": "1s"}})
        self._connection.call("POST", f"/{name}/_refresh")
        layout = read_layout(self._connection, names)
        old, older = layout.one(names.write), layout.one(names.previous)
        if old is not None:
            _merge_meta(self._connection, old, {"left_at": change})
        move_aliases(self._connection, _replace(names, self.index, layout.one(names.read), old, older))
        self._switched = True
        log.info("index.switched", index=self.index, previous=old)
        self._clear_away()
        return True  # the writers fed both all the time

    def _go_on(self) -> str | None:
        """The index of an interrupted rebuild, if this program can fill it."""
        left = read_layout(self._connection, self._names).one(self._names.building)
        if left is None:
            return None
        if read_description(self._connection, left).drift():
            delete_index(self._connection, left)
            return None
        log.info("index.build_resumed", index=left)
        return left

    def _create(self) -> str:
        profile, _ = choose_profile(self._connection, self._names)
        put_templates(self._connection, self._names, profile)
        name = self._names.index(read_layout(self._connection, self._names).next_number())
        create_index(self._connection, name, profile, aliases=[self._names.building], filling=True)
        return name

    def _read_meta(self) -> Mapping[str, Any]:
        return read_description(self._connection, self.index).ours

    def _put_meta(self, values: Mapping[str, Any]) -> None:
        _merge_meta(self._connection, self.index, values)

    def _clear_away(self) -> None:
        """Delete what is old enough; the switch is done, so that trouble here is only told."""
        try:
            for name in list_idle(self._connection, self._names, days=self._keep_days):
                delete_index(self._connection, name)
        except CopytasterError as error:
            log.warning("index.not_cleared", error=str(error))


def switch_back(connection: Connection, names: Names) -> int:
    """Put the index before in the place of the live one, and the other way round.

    Gives back a change number of the store: of all changes up to it the index holds what it then was.

    Raises:
        ConfigurationError: there is none, or this program cannot write it.
    """
    layout = read_layout(connection, names)
    previous, live = layout.one(names.previous), layout.one(names.write)
    if previous is None or live is None:
        raise ConfigurationError(
            "there is no index before this one", resource=names.previous, hint="copytaster rebuild makes one"
        )
    found = read_description(connection, previous)
    if drift := found.drift():
        raise ConfigurationError(
            f"{previous} has the mapping of another version of this program: {drift[0]}",
            resource=names.previous,
            hint="go back to that version first",
        )
    move_aliases(connection, _replace(names, previous, layout.one(names.read), live, previous, back=True))
    log.info("index.switched_back", index=previous, previous=live)
    return int(found.ours.get("left_at", 0))


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
    names: Names, new: str, read: str | None, write: str | None, older: str | None, *, back: bool = False
) -> list[dict[str, Any]]:
    actions = [drop_alias(read, names.read)] if read else []
    actions += [drop_alias(write, names.write)] if write else []
    actions += [drop_alias(older, names.previous)] if older else []
    actions += [] if back else [drop_alias(new, names.building)]
    actions += [add_alias(new, names.read), add_alias(new, names.write)]
    return [*actions, *([add_alias(write, names.previous)] if write else [])]


def _merge_meta(connection: Connection, index: str, values: Mapping[str, Any]) -> None:
    """Note something in an index; its fields stay as they are."""
    found = read_description(connection, index)
    meta = {"copytaster": {**found.ours, **values}}
    body = {"_meta": meta, "_source": make_mapping(found.profile)["_source"]}
    connection.call("PUT", f"/{quote_name(index)}/_mapping", body)
