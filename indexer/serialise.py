"""An index document as canonical bytes, checked against the bounds of every index."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from copytaster.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 20_000_000
KEYWORD_BYTES = 32_766  # of one indexed term, Lucene's bound
# the fields of dispatches and stories that a server keeps as one term each; other terms are cut shorter there
_TERMS = (
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
)


def serialise(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON: equal documents give equal bytes.

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
    for field in _TERMS:
        values = document.get(field) or ()
        for value in (values,) if isinstance(values, str) else values:
            if len(value.encode()) > KEYWORD_BYTES:
                raise RefusedError(f"{field} of {len(value.encode())} bytes", resource=name)
    return data


def _reason(error: Exception) -> str:
    # the text itself may be what JSON cannot hold
    return str(error).encode("ascii", "backslashreplace").decode()[:200]
