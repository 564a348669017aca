"""The indices of an installation and their aliases: reading, making, switching and deleting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from copytaster.errors import ConfigurationError, CopytasterError
from indexer.elastic.bulk_writer import missing_alias
from indexer.elastic.connection import RefusalError, quote_name
from indexer.elastic.mapping import STEMMED, Kind, Profile, make_mapping, make_meta, make_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.elastic.connection import Connection
    from indexer.elastic.names import Names
    from settings import ElasticsearchSettings

log = structlog.get_logger(__name__)

PRIORITY = 500  # above catch-all templates of other programs
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class AliasTable:
    """The indices of one kind, each with its aliases.

    Attributes:
        indices: those of this kind, and any other that has one of our aliases.
        strays: indices that have the names of our aliases, which no alias can have while they exist.
    """

    indices: Mapping[str, frozenset[str]]
    strays: tuple[str, ...] = ()

    def list_indices(self, alias: str) -> list[str]:
        """The indices behind an alias."""
        return sorted(name for name, aliases in self.indices.items() if alias in aliases)

    def find_index(self, alias: str) -> str | None:
        """The index behind an alias, or None.

        Raises:
            ConfigurationError: there are several, or an index has the alias's name.
        """
        if alias in self.strays:
            raise ConfigurationError(
                f"an index has the name of the alias {alias}; another program made it",
                resource="elasticsearch",
                hint="look what is in it; `copytaster index-setup --remove-stray` deletes it and makes the alias",
            )
        found = self.list_indices(alias)
        if len(found) > 1:
            raise ConfigurationError(
                f"alias {alias} names several indices: {', '.join(found)}",
                resource="elasticsearch",
                hint="remove it from all but one",
            )
        return found[0] if found else None

    def next_number(self) -> int:
        """The number of the next index."""
        tails = [name.rpartition("-")[2] for name in self.indices]
        return max((int(tail) for tail in tails if tail.isdigit()), default=0) + 1


@dataclass(frozen=True, slots=True)
class IndexDescription:
    """The description that this program left in an index (`ours`), and its fields as the server has them."""

    index: str
    ours: Mapping[str, Any]
    fields: Mapping[str, str]

    @property
    def profile(self) -> Profile:
        """The analysis profile of the index."""
        return "full" if self.ours.get("profile") == "full" else "core"

    @property
    def kind(self) -> Kind:
        """What its documents are."""
        return "stories" if self.ours.get("kind") == "stories" else "dispatches"

    def find_missing(self) -> dict[str, Any]:
        """The fields added to this program since the index was made, with their mapping; empty if it differs otherwise."""
        wanted = make_mapping(self.profile, self.kind)["properties"]
        missing = {name: mapping for name, mapping in wanted.items() if name not in self.fields}
        return missing if missing and not self._drift(without=missing) else {}

    def drift(self) -> list[str]:
        """How it differs from this program's mapping; empty where it fits."""
        return self._drift()

    def _drift(self, *, without: Mapping[str, Any] | None = None) -> list[str]:
        left_out = without or {}
        wanted = make_meta(self.profile, self.kind, without=left_out)
        drifted = [
            f"{name} {self.ours.get(name)!r}, this program has {value!r}"
            for name, value in wanted.items()
            if self.ours.get(name) != value
        ]
        if drifted:
            return drifted
        properties = make_mapping(self.profile, self.kind)["properties"]
        expected = list_fields({name: one for name, one in properties.items() if name not in left_out})
        names = sorted(set(expected) | set(self.fields))
        return [
            f"field {name} is {self.fields.get(name, 'missing')}, not {expected.get(name, 'known')}"
            for name in names
            if self.fields.get(name) != expected.get(name)
        ]


def read_aliases(connection: Connection, names: Names) -> AliasTable:
    """Every index under these names or behind these aliases, with its aliases."""
    ours = ",".join(quote_name(name) for name in names.aliases)
    found = connection.find(f"{_pattern(names)},{ours}/_alias?ignore_unavailable=true") or {}
    aliases = {name: frozenset(value.get("aliases", ())) for name, value in found.items()}
    strays = tuple(name for name in names.aliases if aliases.pop(name, None) is not None)
    return AliasTable(aliases, strays)


def read_description(connection: Connection, index: str) -> IndexDescription:
    """The description of an index, or of the one behind an alias.

    Raises:
        ConfigurationError: it does not exist.
    """
    found = connection.find(f"/{quote_name(index)}/_mapping")
    if not found:
        raise missing_alias(index)
    name, value = next(iter(found.items()))
    mapping = value.get("mappings", {})
    ours = mapping.get("_meta", {}).get("copytaster", {})
    return IndexDescription(name, ours, list_fields(mapping.get("properties", {})))


def is_strange(names: Names, found: IndexDescription) -> bool:
    """True of an index that another program made, and that our aliases name nevertheless."""
    return not found.ours and not found.index.startswith(names.pattern.removesuffix("*"))


def list_fields(properties: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """The type of every field, by dotted name."""
    found: dict[str, str] = {}
    for name, mapping in properties.items():
        path = f"{prefix}{name}"
        found[path] = mapping.get("type", "object")
        found |= list_fields(mapping.get("properties", {}), f"{path}.")
        found |= list_fields(mapping.get("fields", {}), f"{path}.")
    return found


def choose_profile(connection: Connection, names: Names) -> tuple[Profile, str]:
    """The fullest profile that the server supports, and why. Changes nothing on the server."""
    if names.kind == "stories":
        return "core", "nothing in it is stemmed"
    body = {
        "index_patterns": [f"{names.read}-probe"],
        "priority": PRIORITY + 1,
        "template": {"settings": make_settings(connection.settings), "mappings": make_mapping("full")},
    }
    try:
        connection.call("POST", "/_index_template/_simulate", body)
        for analyzer in STEMMED.values():
            connection.call("POST", "/_analyze", {"analyzer": analyzer, "text": "probe"})
    except RefusalError as error:
        cause = error.message.rpartition(": ")[2]
        return "core", f"without stems: this server does not have every language analyzer ({cause[:120]})"
    return "full", f"the server has the analyzers of {len(STEMMED)} languages: {', '.join(STEMMED.values())}"


def put_templates(connection: Connection, names: Names, profile: Profile) -> None:
    """Put templates for every index under these names, so that one made by hand gets the same mapping."""
    for name, template in make_templates(names, profile, connection.settings).items():
        kind = "_index_template" if name == names.read else "_component_template"
        connection.call("PUT", f"/{kind}/{quote_name(name)}", template)


def make_templates(
    names: Names, profile: Profile, layout: ElasticsearchSettings
) -> dict[str, dict[str, Any]]:
    """The templates by name, the composed one last."""
    meta = {"copytaster": make_meta(profile, names.kind)}
    return {
        names.settings_template: {"template": {"settings": make_settings(layout)}, "_meta": meta},
        names.mapping_template: {"template": {"mappings": make_mapping(profile, names.kind)}, "_meta": meta},
        names.read: {
            "index_patterns": [names.pattern],
            "priority": PRIORITY,
            "composed_of": [names.settings_template, names.mapping_template],
            "_meta": meta,
        },
    }


def create_index(
    connection: Connection,
    name: str,
    profile: Profile,
    *,
    aliases: list[str],
    filling: bool = False,
    kind: Kind = "dispatches",
) -> None:
    """Make an index with its aliases in one request. With `filling` its refresh is off until the end of a rebuild."""
    settings = make_settings(connection.settings)
    if filling:
        settings["index"]["refresh_interval"] = "-1"
    body = {
        "settings": settings,
        "mappings": make_mapping(profile, kind),
        "aliases": {alias: {} for alias in aliases},
    }
    try:
        connection.call("PUT", f"/{quote_name(name)}", body)
    except RefusalError as error:
        if error.kind != "resource_already_exists_exception":
            raise
    log.info("index.created", index=name, profile=profile)


def move_aliases(connection: Connection, actions: list[dict[str, Any]]) -> None:
    """Apply all actions at once, or none.

    Raises:
        CopytasterError: an alias has moved meanwhile; nothing was changed.
    """
    try:
        connection.call("POST", "/_aliases", {"actions": actions})
    except RefusalError as error:
        raise CopytasterError(
            f"the aliases were changed by someone else: {error.message}",
            resource="elasticsearch",
            hint="nothing was switched; run it again",
        ) from error


def add_alias(index: str, alias: str) -> dict[str, Any]:
    """An action for `move_aliases`."""
    return {"add": {"index": index, "alias": alias}}


def drop_alias(index: str, alias: str) -> dict[str, Any]:
    """An action for `move_aliases`; it fails where the index does not have the alias."""
    return {"remove": {"index": index, "alias": alias, "must_exist": True}}


def list_idle(connection: Connection, names: Names, *, days: float) -> list[str]:
    """Indices without any of our aliases that are older than `days`, by the server's clock."""
    table = read_aliases(connection, names)
    known = {names.read, names.write, names.building, names.previous}
    idle = [name for name, aliases in table.indices.items() if not aliases & known]
    if not idle:
        return []
    settings = connection.find(f"{_pattern(names)}/_settings?flat_settings=true") or {}
    now = _server_clock(connection)
    made = {name: int(settings[name]["settings"]["index.creation_date"]) for name in idle if name in settings}
    return sorted(name for name, moment in made.items() if now - moment >= days * DAY_MS)


def delete_index(connection: Connection, name: str) -> None:
    """Delete one index by its whole name."""
    if "*" in name or "," in name:
        raise ValueError(name)
    try:
        connection.call("DELETE", f"/{quote_name(name)}")
    except RefusalError as error:
        if error.status != 404:  # noqa: PLR2004
            raise
    log.info("index.deleted", index=name)


def _pattern(names: Names) -> str:
    return "/" + quote_name(names.pattern).replace("%2A", "*")


def _server_clock(connection: Connection) -> int:
    response = connection.call("GET", "/_nodes/_local/stats/os?filter_path=nodes.*.timestamp")
    return max(int(node["timestamp"]) for node in response["nodes"].values())
