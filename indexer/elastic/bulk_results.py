"""The results in a bulk response: each document is done, comes again, is quarantined, or ends the whole pass."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from copytaster.errors import ConfigurationError
from indexer.elastic.connection import is_block, kind_and_reason, say_block
from indexer.port import ItemResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFLICT, THROTTLED, FORBIDDEN, MISSING = 409, 429, 403, 404
GONE = "gone"  # the reason of an item whose alias no longer exists
_VERSIONS = re.compile(r"current version \[(\d+)\].*provided \[(\d+)\]")


def match_items(ids: Sequence[str], response: Any) -> list[Mapping[str, Any] | None]:
    """The response's item for each document sent, in the order sent; None for a document it leaves out.

    Items in another number or order are matched by id, but only an id that was sent once and comes back once.
    """
    items = response.get("items") if isinstance(response, dict) else None
    found = [item.get("index") for item in items or () if isinstance(item, dict)]
    named = [item for item in found if isinstance(item, dict) and "status" in item]
    if [item.get("_id") for item in named] == list(ids):
        return list(named)
    sent, received = Counter(ids), Counter(str(item.get("_id")) for item in named)
    by_id = {str(item.get("_id")): item for item in named}
    return [by_id[name] if received[name] == sent[name] == 1 else None for name in ids]


def make_result(name: str, item: Mapping[str, Any] | None) -> ItemResult:
    """How one document ended.

    Raises:
        ConfigurationError: the index has another mapping, or the credentials do not suffice: no document's fault.
    """
    if item is None:
        return ItemResult(name, "retry", "no answer")
    status = int(item["status"])
    if status < 300:  # noqa: PLR2004
        return ItemResult(name, "done")
    kind, reason = kind_and_reason(item)
    if status == CONFLICT:  # the index has this version or a newer one
        return ItemResult(name, "done", held=_read_held(reason), was_there=True)
    said = f"{kind}: {reason}"
    if status == THROTTLED or status >= 500 or is_block(kind):  # noqa: PLR2004
        return ItemResult(name, "retry", say_block(said))
    if status == MISSING:
        return ItemResult(name, "retry", GONE)
    if status == FORBIDDEN:
        raise refuse_writing(reason)
    if "strict_dynamic_mapping" in f"{kind} {reason}" or "dynamic introduction of" in reason:
        raise ConfigurationError(
            f"the index has another mapping than this program: {reason}",
            resource="elasticsearch",
            hint="copytaster rebuild",
        )
    return ItemResult(name, "quarantine", said)


def refuse_writing(reason: str) -> ConfigurationError:
    """The error of credentials that do not suffice for a document."""
    return ConfigurationError(
        f"these credentials may not write: {reason}",
        resource="elasticsearch",
        hint="docs/elasticsearch.md lists the privileges that are needed",
    )


def _read_held(reason: str) -> int | None:
    """The version that a conflict names, if it is newer than the one sent."""
    found = _VERSIONS.search(reason)
    return int(found[1]) if found and int(found[1]) > int(found[2]) else None
