"""What is learned of a host's pages, as values: the parent keeps them, the parsing child makes and follows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Template:
    """Elements to leave out, by key, with the most text they held on taught pages; and what taught stories were like.

    Attributes:
        skips: key of an element -> characters.
        least_body: letters of the shortest taught body.
        has_headline: every taught page printed its headline above the body.
        version: of the template of its host; stories keep it.
    """

    skips: Mapping[str, int]
    least_body: int
    has_headline: bool
    version: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    """What one page, read whole, teaches. It holds no text.

    Attributes:
        address, text: digests of the page's address and of its body.
        body: letters of the body.
        has_headline: the headline is printed above the body.
        outside: keys of the outermost elements without any of the story -> characters of text.
        inside: keys of elements with a part of it.
        refused: why the template was not followed; empty if none was given.
    """

    address: str
    text: str
    body: int
    has_headline: bool
    outside: Mapping[str, int] = field(default_factory=dict)
    inside: Sequence[str] = ()
    refused: str = ""


def observation_from_json(data: Mapping[str, Any]) -> Observation:
    """The observation of plain JSON."""
    fields: dict[str, Any] = dict(data)
    return Observation(**fields | {"inside": tuple(fields["inside"])})
