"""A document as bytes, checked against what a server accepts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from copytaster.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

MAX_BYTES = 20_000_000


KEYWORD_BYTES = 32_766  # of one indexed term, Lucene's bound


def serialise(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON: the same document is the same bytes, whoever writes it.

    Raises:
        RefusedError: not JSON (a lone surrogate, a number that is none), too large, or a term over Lucene's bound.
    """
    name = f"dispatch {document.get('dispatch_id')}"
    try:
        text = json.dumps(
            document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
        data = text.encode()
    except (ValueError, TypeError) as error:  # a UnicodeEncodeError is a ValueError
        raise RefusedError(f"cannot be written as JSON: {_reason(error)}", resource=name) from error
    if len(data) > MAX_BYTES:
        raise RefusedError(f"a document of {len(data)} bytes", resource=name)
    for field in (
        "agency",
        "publishers",
        "families",
        "sources",
        "languages",
        "byline",
        "urls",
        "slugline",
        "wire_ids",
        "dateline",
        "dateline_place",
        "dateline_region",
        "publisher",
        "family",
        "source",
        "url",
        "wire_id",
    ):
        values = document.get(field) or ()
        for value in (values,) if isinstance(values, str) else values:
            if len(value.encode()) > KEYWORD_BYTES:
                raise RefusedError(f"{field} of {len(value.encode())} bytes", resource=name)
    return data


def kinds_of(markers: Iterable[Mapping[str, Any]], *, of_class: str | None = None) -> set[str]:
    """The kinds of markers, of one class or of all."""
    return {str(marker.get("kind")) for marker in markers if of_class in {None, marker.get("class")}}


def minutes_between(first: datetime, later: datetime | None) -> float | None:
    """Minutes from one moment to a later one, to the hundredth; None where there is none."""
    return None if later is None else round((later - first).total_seconds() / 60, 2)


def _reason(error: Exception) -> str:
    # the text itself may be what cannot be written
    return str(error).encode("ascii", "backslashreplace").decode()[:200]
