"""Changes to the mapping of an index that holds documents: notes in its description, and fields added since it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from copytaster.errors import ConfigurationError
from indexer.elastic.aliases import put_templates, read_aliases, read_description
from indexer.elastic.connection import RefusalError, quote_name
from indexer.elastic.mapping import make_mapping, make_meta

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from indexer.elastic.aliases import IndexDescription
    from indexer.elastic.connection import Connection
    from indexer.elastic.names import Names

log = structlog.get_logger(__name__)

FIELDS_ADDED = "fields_added"  # the note's key: documents from before lack these fields until they change


def merge_meta(connection: Connection, index: str, values: Mapping[str, Any]) -> None:
    """Note values in the description of an index; its fields do not change."""
    _change(connection, read_description(connection, index), values, {})


def add_fields(connection: Connection, names: Names) -> None:
    """Add the fields of this program to the indices that writers write to, if fields are all that they lack.

    Documents stay as they are. An index that differs in anything else is left alone.

    Raises:
        ConfigurationError: the server forbids it.
    """
    table = read_aliases(connection, names)
    for index in sorted({*table.list_indices(names.write), *table.list_indices(names.building)}):
        if add_fields_to(connection, read_description(connection, index)):
            put_templates(connection, names, read_description(connection, index).profile)


def add_fields_to(connection: Connection, found: IndexDescription) -> Sequence[str]:
    """Add the fields that one index lacks, if they are all that it lacks; gives back their names.

    Raises:
        ConfigurationError: the server forbids it.
    """
    missing = found.find_missing()
    if not missing:
        return ()
    added = sorted({*found.ours.get(FIELDS_ADDED, ()), *missing})
    try:
        _change(connection, found, {**make_meta(found.profile, found.kind), FIELDS_ADDED: added}, missing)
    except RefusalError as error:
        raise ConfigurationError(
            f"{found.index} lacks {', '.join(missing)}, and the server forbids to add them: {error.message}",
            resource=connection.address,
            hint="run `copytaster index-setup` as a user who may manage the index; what waits is kept",
        ) from error
    log.info("index.fields_added", index=found.index, fields=list(missing))
    return list(missing)


def _change(
    connection: Connection, found: IndexDescription, values: Mapping[str, Any], fields: Mapping[str, Any]
) -> None:
    """Fields and notes in one request. A mapping that leaves out `_source` would be refused."""
    mapping = make_mapping(found.profile, found.kind)
    body = {"_meta": {"copytaster": {**found.ours, **values}}}
    body |= {name: mapping[name] for name in ("_source",) if name in mapping}
    body |= {"properties": dict(fields)} if fields else {}
    connection.call("PUT", f"/{quote_name(found.index)}/_mapping", body)
