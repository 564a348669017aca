"""Every setting with its value and its origin: default, file, environment or flag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, SecretStr

from copytaster.masking.names import MASK
from copytaster.masking.text import mask_secrets
from settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Origin = Literal["default", "file", "environment", "flag"]


@dataclass(frozen=True, slots=True)
class ReportedSetting:
    """One setting under its dotted name; secrets are masked."""

    name: str
    value: Any
    origin: Origin


def list_settings(config: Path, flags: Mapping[str, Any]) -> list[ReportedSetting]:
    """List every setting.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    settings = load_settings(config, **flags)
    named_anywhere = set(_names(settings.model_dump(exclude_unset=True)))
    in_environment = set(_names(Settings().model_dump(exclude_unset=True)))
    by_flag = set(_names(flags))
    return [
        ReportedSetting(name, _mask(value), _origin(name, by_flag, in_environment, named_anywhere))
        for name, value in _values(settings)
    ]


def _origin(name: str, by_flag: set[str], in_environment: set[str], named_anywhere: set[str]) -> Origin:
    if name in by_flag:
        return "flag"
    if name in in_environment:
        return "environment"
    return "file" if name in named_anywhere else "default"


def _names(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _values(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _values(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _mask(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, (tuple, list)):
        return [_mask(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return mask_secrets(str(value))
