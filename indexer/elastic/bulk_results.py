"""What a bulk answer says of each document: done, try again, set aside, or stop everything."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from copytaster.errors import ConfigurationError
from indexer.elastic.connection import is_block, kind_and_reason, say_block
from indexer.port import ItemResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFLICT, THROTTLED, FORBIDDEN, MISSING = 409, 429, 403, 404
GONE = "gone"  # the reason of an item whose alias is not there any more


def match_items(ids: Sequence[str], answer: Any) -> list[Mapping[str, Any] | None]:
    """The answer's item for each document that was sent, in their order; None where it says nothing of it.

    An answer of another length or order is taken by id, and only where it names an id as often as it was sent.
    """
    items = answer.get("items") if isinstance(answer, dict) else None
    found = [item.get("index") for item in items or () if isinstance(item, dict)]
    named = [item for item in found if isinstance(item, dict) and "status" in item]
    if [item.get("_id") for item in named] == list(ids):
        return list(named)
    sent, told = Counter(ids), Counter(str(item.get("_id")) for item in named)
    by_id = {str(item.get("_id")): item for item in named}
    return [by_id[name] if told[name] == sent[name] == 1 else None for name in ids]


def make_result(name: str, item: Mapping[str, Any] | None) -> ItemResult:
    """How one document ended.

    Raises:
        ConfigurationError: the index is not there or not ours, or the credentials do not do: no document's fault.
    """
    if item is None:
        return ItemResult(name, "retry", "no answer")
    status = int(item["status"])
    if status < 300 or status == CONFLICT:  # noqa: PLR2004 - a conflict: this version or a newer one is there
        return ItemResult(name, "done")
    kind, reason = kind_and_reason(item)
    said = f"{kind}: {reason}"
    if status == THROTTLED or status >= 500 or is_block(kind):  # noqa: PLR2004
        return ItemResult(name, "retry", say_block(said))
    if status == MISSING:
        return ItemResult(name, "retry", GONE)
    if status == FORBIDDEN:
        raise ConfigurationError(
            f"these credentials may not write: {reason}",
            resource="elasticsearch",
            hint="docs/elasticsearch.md",
        )
    if "strict_dynamic_mapping" in f"{kind} {reason}" or "dynamic introduction of" in reason:
        raise ConfigurationError(
            f"the index has another mapping than this program: {reason}",
            resource="elasticsearch",
            hint="copytaster rebuild",
        )
    return ItemResult(name, "quarantine", said)
