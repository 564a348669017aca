"""Masks secrets in JSON-like values: by the key they lie under, and inside every text."""

from __future__ import annotations

from typing import Any

from copytaster.masking.names import HEADERS, MASK, is_secret
from copytaster.masking.text import mask_secrets

_PAIR = 2


def mask_value(value: Any) -> Any:
    """The value with its secrets masked; everything else, and the order of keys, as it was."""
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, bytes):
        return mask_secrets(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, dict):
        return {key: _mask_member(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        if len(value) == _PAIR and isinstance(value[0], str) and value[0].lower() in HEADERS:
            return [value[0], MASK]
        return [mask_value(item) for item in value]
    return value


def _mask_member(key: str, value: Any) -> Any:
    if isinstance(value, str) and is_secret(key, value):
        return MASK
    if isinstance(value, (list, tuple)) and key.lower() in HEADERS:
        return [MASK for _ in value]
    return mask_value(value)
