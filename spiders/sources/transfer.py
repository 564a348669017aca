"""A list of sources as JSON, for the child process that crawls: it gets its parent's list and reads no file."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from copytaster.masking.known import learn_address
from spiders.sources.config import Limits, Mailbox, Source, Sources, SourceSelectors

if TYPE_CHECKING:
    from collections.abc import Mapping

_INTERVALS = ("interval", "longest_interval")


def sources_to_json(sources: Sources) -> dict[str, Any]:
    """Every source with all its settings."""
    return {"path": sources.path, "all": [_source_to_json(source) for source in sources]}


def sources_from_json(data: Mapping[str, Any]) -> Sources:
    """The list that `sources_to_json` wrote."""
    sources = Sources(tuple(_source_from_json(item) for item in data["all"]), data["path"])
    for source in sources:
        learn_address(source.url)
        learn_address(source.archive or "")
    return sources


def _source_to_json(source: Source) -> dict[str, Any]:
    values = {name: getattr(source, name) for name in Source.__slots__}
    intervals = {
        name: None if (value := values[name]) is None else value.total_seconds() for name in _INTERVALS
    }
    nested = {
        "selectors": asdict(source.selectors),
        "limits": asdict(source.limits),
        "mailbox": asdict(source.mailbox),
    }
    return values | nested | intervals


def _source_from_json(item: Mapping[str, Any]) -> Source:
    selectors, mailbox = item["selectors"], item["mailbox"]
    fields = dict(item) | {
        "hosts": tuple(item["hosts"]),
        "selectors": SourceSelectors(**selectors | {"remove": tuple(selectors["remove"])}),
        "limits": Limits(**item["limits"]),
        "mailbox": Mailbox(**mailbox | {"trusted_receivers": tuple(mailbox["trusted_receivers"])}),
        **{name: None if (value := item[name]) is None else timedelta(seconds=value) for name in _INTERVALS},
    }
    return Source(**fields)
