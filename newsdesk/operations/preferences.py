"""What a person can set for the desk: the time zone of pages, the height of rows, keys. It knows nothing of pages."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from copytaster.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

Density = Literal["dense", "comfortable"]
ACTIONS = {  # what a key does: the key unless a person sets another, and the action in words
    "next": ("j", "Next dispatch"),
    "previous": ("k", "Previous dispatch"),
    "pane": ("o", "Read beside the list"),
    "page": ("p", "Open the dispatch's own page"),
    "seen": ("e", "Mark as seen, or not"),
    "save": ("s", "Save, or not"),
    "use": ("u", "Mark as used, or not"),
    "spike": ("x", "Spike, or not"),
    "choose": ("c", "Choose the row, or not"),
    "take": ("n", "Show what arrived"),
    "search": ("/", "Go to the search box"),
    "filters": ("f", "Go to the filters"),
    "help": ("?", "Show these keys"),
}


class Preferences(BaseModel):
    """What a person set; what is empty is as the service has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: str = Field("", max_length=64, description="IANA name, such as Europe/Berlin.")
    density: Density | Literal[""] = Field("", description="Height of the rows of a list.")
    keys: dict[str, str] = Field(
        default_factory=dict, max_length=len(ACTIONS), description="Action to key, where it is another one."
    )

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        if name and name not in list_zones():
            raise ValueError(f"no time zone {name!r}; {nearest(name, sorted(list_zones()))}")
        return name

    @field_validator("keys")
    @classmethod
    def _check_keys(cls, keys: dict[str, str]) -> dict[str, str]:
        for action, key in keys.items():
            if action not in ACTIONS:
                raise ValueError(f"no action {action!r}; {nearest(action, list(ACTIONS))}")
            if len(key) != 1 or not key.isprintable() or key.isspace():
                raise ValueError(f"{ACTIONS[action][1]}: {key!r} is not one letter, digit or sign")
        _check_collisions(list_keys(keys))
        return {action: key for action, key in keys.items() if key != ACTIONS[action][0]}

    def to_data(self) -> dict[str, Any]:
        """What is set, for the store and for a cookie."""
        return {name: value for name, value in self.model_dump().items() if value}


def list_keys(changed: Mapping[str, str]) -> dict[str, str]:
    """Action to key, of every action."""
    return {action: changed.get(action, key) for action, (key, _) in ACTIONS.items()}


@lru_cache(maxsize=1)
def list_zones() -> frozenset[str]:
    """The names of time zones that this machine knows, without its own names for some of them."""
    return frozenset(name for name in available_timezones() if not name.startswith(("localtime", "Factory")))


def read_preferences(data: Mapping[str, Any]) -> Preferences:
    """Preferences from a form or a call.

    Raises:
        UsageError: a zone, an action or a key is not known, or two actions have one key.
    """
    try:
        return Preferences.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        cause = str(fault.get("ctx", {}).get("error") or fault["msg"])
        raise UsageError(cause, resource=str(fault["loc"][0])) from error


def recall_preferences(data: Mapping[str, Any]) -> Preferences:
    """Preferences as they were kept, without those that cannot be read any longer."""
    kept: dict[str, Any] = {}
    for name in Preferences.model_fields.keys() & data.keys():
        with suppress(ValidationError):
            kept[name] = getattr(Preferences.model_validate({name: data[name]}), name)
    return Preferences.model_validate(kept)


def _check_collisions(keys: Mapping[str, str]) -> None:
    taken: dict[str, str] = {}
    for action, key in keys.items():
        if key in taken:
            first, second = ACTIONS[taken[key]][1], ACTIONS[action][1]
            raise ValueError(
                f"two actions have the key {key}: “{first}” and “{second}”; give one another key"
            )
        taken[key] = action
