"""The addresses in an index document as they may be shown: a document of an earlier release may hold secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.masking.addresses import public_address

if TYPE_CHECKING:
    from collections.abc import Mapping


def show_addresses(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with public addresses; the same object where they are public already."""
    urls = document.get("urls") or []
    shown = [public_address(url) for url in urls]
    if shown == urls:
        return document
    return {
        **document,
        "urls": shown,
        "members": [_show(member) for member in document.get("members") or []],
        "chain": [_show(step) for step in document.get("chain") or []],
    }


def _show(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**part, "url": public_address(part["url"])} if part.get("url") else part
