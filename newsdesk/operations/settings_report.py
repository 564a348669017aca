"""Where every setting's value comes from: default, file, environment or flag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, SecretStr

from copytaster.logs import MASK, mask_secrets
from settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Origin = Literal["default", "file", "environment", "flag"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, by its dotted name; secrets are masked."""

    name: str
    value: Any
    origin: Origin


def list_settings(config: Path, flags: Mapping[str, Any]) -> list[Setting]:
    """Every setting with its value and where that comes from.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    settings = load_settings(config, **flags)
    with_file, in_environment, by_flag = (
        set(_names(settings.model_dump(exclude_unset=True))),
        set(_names(Settings().model_dump(exclude_unset=True))),
        set(_names(flags)),
    )
    return [
        Setting(name, _show(value), _origin(name, by_flag, in_environment, with_file))
        for name, value in _values(settings)
    ]


def _origin(name: str, by_flag: set[str], in_environment: set[str], with_file: set[str]) -> Origin:
    if name in by_flag:
        return "flag"
    if name in in_environment:
        return "environment"
    return "file" if name in with_file else "default"


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


def _show(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, (tuple, list)):
        return [_show(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return mask_secrets(str(value))
