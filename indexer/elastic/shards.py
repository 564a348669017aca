"""The shards of the live index: their number and replicas by the settings, and whether the cluster has all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indexer.elastic.connection import quote_name
from indexer.elastic.mapping import make_replicas
from indexer.port import IndexFinding

if TYPE_CHECKING:
    from indexer.elastic.connection import Connection

AUTO = "0-1"
REBUILD, SETUP = "copytaster rebuild", "copytaster index-setup"
HEALTH, LAYOUT = "index health", "index shards"
_NAMES = "index.number_of_shards,index.number_of_replicas,index.auto_expand_replicas"


def differs_in_replicas(connection: Connection, index: str) -> bool:
    """True if the index has other replicas than the settings say."""
    _, replicas = _read_layout(connection, index)
    return replicas != _wanted_replicas(connection)


def put_replicas(connection: Connection, index: str) -> None:
    """Give the index the replicas of the settings, while it is used."""
    body = {"index": make_replicas(connection.settings)}
    connection.call("PUT", f"/{quote_name(index)}/_settings", body)


def check_layout(connection: Connection, index: str) -> IndexFinding:
    """Whether the index has the shards and replicas of the settings."""
    shards, replicas = _read_layout(connection, index)
    wanted = connection.settings.shards
    detail = f"{index}: {_count(shards, 'shard')}, replicas {replicas}"
    if shards != wanted:
        return IndexFinding(LAYOUT, "note", f"{detail}; elasticsearch.shards is {wanted}", REBUILD)
    if replicas != _wanted_replicas(connection):
        said = f"{detail}; elasticsearch.replicas is {_wanted_replicas(connection)}"
        return IndexFinding(LAYOUT, "note", said, SETUP)
    return IndexFinding(LAYOUT, "ok", detail)


def check_health(connection: Connection, index: str) -> IndexFinding:
    """Whether every shard of the index has all its copies, and why not: mostly a node that left."""
    found = connection.call("GET", f"/_cluster/health/{quote_name(index)}", level="indices")
    nodes = _count(int(found["number_of_nodes"]), "node")
    status = str(found["status"])
    if status == "green":
        return IndexFinding(HEALTH, "ok", f"green on {nodes}")
    missing = _list_missing(connection, index)
    why = f" ({', '.join(sorted({row['why'] for row in missing}))})" if missing else ""
    lost = sum(row["is_primary"] for row in missing)
    if status == "red":
        detail = f"red on {nodes}: {_count(lost, 'shard')} without any copy{why}"
        way_out = f"start the node that has it; if its disk is lost: `{REBUILD}`. What waits is kept"
        return IndexFinding(HEALTH, "fault", detail, way_out)
    detail = f"yellow on {nodes}: {_count(len(missing), 'replica')} not there{why}; nothing is lost"
    return IndexFinding(
        HEALTH, "note", detail, "start the node that left, or set elasticsearch.replicas lower"
    )


def _list_missing(connection: Connection, index: str) -> list[dict[str, Any]]:
    """The copies of shards that are on no node, each with the server's reason in words."""
    state: Any = connection.call("GET", f"/_cluster/state/routing_table/{quote_name(index)}")
    found = []
    for shards in state["routing_table"]["indices"].values():
        for copies in shards["shards"].values():
            for copy in copies:
                if copy["state"] == "UNASSIGNED":
                    reason = str(copy.get("unassigned_info", {}).get("reason", "unassigned"))
                    found.append({"is_primary": copy["primary"], "why": reason.lower().replace("_", " ")})
    return found


def _read_layout(connection: Connection, index: str) -> tuple[int, str]:
    """Shards, and replicas as a number or the range of `auto_expand_replicas`."""
    found = connection.call("GET", f"/{quote_name(index)}/_settings/{_NAMES}", flat_settings="true")
    (settings,) = (one["settings"] for one in found.values())
    auto = settings.get("index.auto_expand_replicas", "false")
    replicas = settings["index.number_of_replicas"] if auto == "false" else auto
    return int(settings["index.number_of_shards"]), str(replicas)


def _wanted_replicas(connection: Connection) -> str:
    replicas = connection.settings.replicas
    return AUTO if replicas is None else str(replicas)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
