"""The checks of `copytaster doctor` on the server: versions, aliases, templates, mapping, rebuild and write blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from copytaster.errors import CopytasterError
from indexer.elastic.aliases import choose_profile, read_aliases, read_description
from indexer.elastic.connection import quote_name
from indexer.elastic.live_mapping import FIELDS_ADDED
from indexer.elastic.mapping import lacks_keys, make_meta
from indexer.elastic.shards import HEALTH, LAYOUT, REBUILD, SETUP, check_health, check_layout
from indexer.port import IndexFinding
from indexer.word_keys import WITHOUT_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from indexer.elastic.aliases import AliasTable
    from indexer.elastic.connection import Connection
    from indexer.elastic.names import Names

UNSET = "whoever set it has to unset it; what waits is kept"
WAYS_TO_OPEN = {
    "read_only_allow_delete": "the server's disk is nearly full: make room on its disk; what waits is kept",
    "read_only": UNSET,
    "write": UNSET,
}
_MAJOR = re.compile(r" (\d+)\.")


def check_index(connection: Connection, names: Names) -> Sequence[IndexFinding]:
    """Every check, in order; a check that fails to run is a fault itself."""
    return [
        *_guard("search server", lambda: _check_versions(connection)),
        *_guard("index aliases", lambda: _check_aliases(read_aliases(connection, names), names)),
        *_guard("index templates", lambda: _check_templates(connection, names)),
        *_guard("index mapping", lambda: _check_mapping(connection, names)),
        *_guard("index rebuild", lambda: _check_rebuild(read_aliases(connection, names), names)),
        *_guard("index writes", lambda: _check_blocks(connection, names)),
        *_guard(LAYOUT, lambda: check_layout(connection, names.write)),
        *_guard(HEALTH, lambda: check_health(connection, names.write)),
    ]


def check_stories(connection: Connection, names: Names) -> Sequence[IndexFinding]:
    """The same checks for the index of single stories."""
    return [
        *_guard("stories aliases", lambda: _check_aliases(read_aliases(connection, names), names)),
        *_guard("stories templates", lambda: _check_templates(connection, names)),
        *_guard("stories mapping", lambda: _check_mapping(connection, names)),
    ]


def check_unused(connection: Connection, names: Names) -> Sequence[IndexFinding]:
    """A note of an index of single stories that is no longer written, and so goes stale."""
    try:
        left = read_aliases(connection, names).list_indices(names.read)
    except CopytasterError:
        return []  # the other checks report this error
    if not left:
        return []
    detail = f"{', '.join(left)} is there, but elasticsearch.stories_index is off: it is not written"
    return [
        IndexFinding("stories index", "note", detail, f"set it and run `{REBUILD}`, or delete that index")
    ]


def read_server_version(connection: Connection) -> str:
    """The version of the server, e.g. `9.5.3`; in a cluster, of the node that responds."""
    response: dict[str, Any] = connection.call("GET", "/_nodes/_local?filter_path=nodes.*.version")
    return str(next(iter(response["nodes"].values()))["version"])


def _guard(check: str, look: Callable[[], IndexFinding]) -> Iterator[IndexFinding]:
    try:
        yield look()
    except CopytasterError as error:
        yield IndexFinding(check, "fault", f"{error.resource}: {error.message}", error.hint)


def _name(names: Names, part: str) -> str:
    return f"{'index' if names.kind == 'dispatches' else names.kind} {part}"


def _check_versions(connection: Connection) -> IndexFinding:
    server = read_server_version(connection)
    library = connection.library
    detail = f"{connection.address}: version {server}, through {library}"
    major = _MAJOR.search(library)
    if library.startswith("elasticsearch") and major and int(major[1]) > int(server.split(".")[0]):
        return IndexFinding(
            "search server", "fault", detail, f'pip install "elasticsearch<{int(server.split(".")[0]) + 1}"'
        )
    return IndexFinding("search server", "ok", detail)


def _check_aliases(table: AliasTable, names: Names) -> IndexFinding:
    read, write = table.find_index(names.read), table.find_index(names.write)
    if read is None or write is None:
        missing = names.read if read is None else names.write
        return IndexFinding(_name(names, "aliases"), "fault", f"{missing} names no index", SETUP)
    if read != write:
        return IndexFinding(
            _name(names, "aliases"), "fault", f"{names.read} is {read}, but {names.write} is {write}", REBUILD
        )
    return IndexFinding(_name(names, "aliases"), "ok", f"{names.read} and {names.write} are {read}")


def _check_templates(connection: Connection, names: Names) -> IndexFinding:
    found = connection.find(f"/_index_template/{quote_name(names.read)}")
    if not found or not found.get("index_templates"):
        return IndexFinding(_name(names, "templates"), "fault", f"there is no template {names.read}", SETUP)
    ours = found["index_templates"][0]["index_template"].get("_meta", {}).get("copytaster", {})
    wanted = make_meta(choose_profile(connection, names)[0], names.kind)
    if ours != wanted:
        return IndexFinding(
            _name(names, "templates"), "note", f"{names.read} was made by another version", SETUP
        )
    return IndexFinding(
        _name(names, "templates"), "ok", f"{names.read}, analysis profile {wanted['profile']}"
    )


def _check_mapping(connection: Connection, names: Names) -> IndexFinding:
    found = read_description(connection, names.write)
    drift = found.drift()
    if missing := found.find_missing():
        detail = f"{found.index} lacks {', '.join(missing)}; the next write adds them"
        return IndexFinding(_name(names, "mapping"), "note", detail, SETUP)
    if drift:
        return IndexFinding(
            _name(names, "mapping"), "fault", f"{found.index}: {'; '.join(drift[:5])}", REBUILD
        )
    detail = f"{found.index}: mapping {found.ours['mapping']}, analysis profile {found.profile}"
    if added := found.ours.get(FIELDS_ADDED):
        detail += f"; documents from before {', '.join(added)} get them when they change"
        return IndexFinding(_name(names, "mapping"), "note", detail, REBUILD)
    if lacks_keys(found.ours, found.kind):
        return IndexFinding(_name(names, "mapping"), "note", f"{detail}; {WITHOUT_KEYS}", REBUILD)
    possible, why = choose_profile(connection, names)
    if possible != found.profile:
        return IndexFinding(_name(names, "mapping"), "note", f"{detail}; {why}", REBUILD)
    return IndexFinding(_name(names, "mapping"), "ok", detail)


def _check_blocks(connection: Connection, names: Names) -> IndexFinding:
    """A check whether the live index accepts writes: a server whose disk is nearly full blocks them by itself."""
    settings = connection.call(
        "GET", f"/{quote_name(names.write)}/_settings/index.blocks.*", flat_settings="true"
    )
    closed = {
        name.removeprefix("index.blocks.")
        for index in settings.values()
        for name, value in index["settings"].items()
        if value == "true" and name.removeprefix("index.blocks.") in WAYS_TO_OPEN
    }
    if not closed:
        return IndexFinding("index writes", "ok", f"{names.write} accepts them")
    way_out = "; ".join(dict.fromkeys(WAYS_TO_OPEN[name] for name in sorted(closed)))
    return IndexFinding(
        "index writes", "fault", f"{names.write} refuses them: {', '.join(sorted(closed))} is set", way_out
    )


def _check_rebuild(table: AliasTable, names: Names) -> IndexFinding:
    building, previous = table.find_index(names.building), table.find_index(names.previous)
    if building:
        detail = f"{building} is being built, or a rebuild was interrupted; writers feed it"
        return IndexFinding("index rebuild", "note", detail, f"{REBUILD} goes on with it")
    return IndexFinding("index rebuild", "ok", f"the index before is {previous}" if previous else "none yet")
