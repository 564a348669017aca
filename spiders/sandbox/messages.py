"""Messages between a parsing child and its parent: length-prefixed JSON and raw bytes, never pickle."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from copytaster.errors import ParserStartError, UnparsableError
from copytaster.story_json import moment_from_json, story_from_json
from copytaster.values import RawPage, to_json
from spiders.parsing.context import ParseContext, Selectors
from spiders.parsing.template_values import Template, observation_from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from copytaster.values import ParsedStory
    from spiders.parsing.template_values import Observation

_LENGTHS = struct.Struct("!II")  # bytes of JSON, bytes of body
HEADER_BYTES = _LENGTHS.size
MAX_MESSAGE_BYTES = 200_000_000
READY = {"ready": True}
REINSTALL = "install the program and its libraries again: `pip install --force-reinstall --constraint constraints.txt .`"


def pack_message(message: dict[str, Any], body: bytes = b"") -> bytes:
    """Encode one message: two lengths, JSON, body."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return _LENGTHS.pack(len(text), len(body)) + text + body


def receive(read: Callable[[int], bytes]) -> tuple[dict[str, Any], bytes]:
    """Read the next message; `read(n)` returns exactly n bytes or raises.

    Raises:
        ValueError, TypeError: the bytes are no message.
    """
    text_bytes, body_bytes = _LENGTHS.unpack(read(HEADER_BYTES))
    if text_bytes + body_bytes > MAX_MESSAGE_BYTES:
        raise ValueError("message too long")
    message = json.loads(read(text_bytes).decode("utf-8", "surrogatepass"))
    if not isinstance(message, dict):
        raise TypeError("message is no object")
    return message, read(body_bytes) if body_bytes else b""


def pack_start_failure(error: Exception) -> bytes:
    """Encode why the child cannot start; an import error names its module."""
    module = error.name if isinstance(error, ImportError) else None
    return pack_message({"module": module, "not_started": f"{type(error).__name__}: {error}"[:600]})


def raise_unless_ready(message: dict[str, Any]) -> None:
    """Check the first message of a child.

    Raises:
        ParserStartError: the child could not load its libraries.
    """
    if "not_started" not in message:
        return
    module, why = message["module"], message["not_started"]
    raise ParserStartError(
        f"the parsing process cannot start: {why}", resource=module or "parser", hint=REINSTALL
    )


def describe_page(page: RawPage, context: ParseContext) -> dict[str, Any]:
    """A page without its body, and its context, as a message."""
    return {
        "url": page.url,
        "fetched_at": page.fetched_at.isoformat(),
        "status": page.status,
        "headers": page.headers,
        "context": asdict(context) | {"published_at": _text(context.published_at)},
    }


def unpack_page(message: dict[str, Any], body: bytes) -> tuple[RawPage, ParseContext]:
    """Decode a page and its context."""
    fields = dict(message["context"])
    selectors = fields["selectors"]
    fields["selectors"] = Selectors(**selectors) if selectors is not None else None
    template = fields["template"]
    fields["template"] = Template(**template) if template is not None else None
    fields["published_at"] = moment_from_json(fields["published_at"])
    fields["feed_byline"] = tuple(fields["feed_byline"])
    headers = tuple((str(name), str(value)) for name, value in message["headers"])
    fetched_at = datetime.fromisoformat(message["fetched_at"])
    return RawPage(message["url"], body, fetched_at, message["status"], headers), ParseContext(**fields)


def pack_story(story: ParsedStory, seen: Observation | None) -> bytes:
    """Encode a parsed story, and what its page teaches."""
    return pack_message({"story": to_json(story), "seen": None if seen is None else asdict(seen)})


def pack_refusal(error: UnparsableError) -> bytes:
    """Encode the refusal of a page."""
    return pack_message({"refused": [error.message, error.reason, error.resource, error.hint]})


def raise_if_refused(message: dict[str, Any]) -> None:
    """Raise the refusal of a page, feed or other bytes.

    Raises:
        UnparsableError: the child refused them.
    """
    if "refused" in message:
        text, reason, resource, hint = message["refused"]
        raise UnparsableError(text, reason=reason, resource=resource, hint=hint)


def unpack_story(message: dict[str, Any]) -> ParsedStory:
    """Decode a story."""
    return story_from_json(message["story"])


def unpack_observation(message: dict[str, Any]) -> Observation | None:
    """Decode what a page teaches."""
    return None if message["seen"] is None else observation_from_json(message["seen"])


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
