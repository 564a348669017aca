"""Collects the faults of sources.toml, each with its line, its table and the nearest valid value."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from copytaster.errors import ConfigurationError, nearest
from spiders.sources.tables import LimitsTable, SelectorsTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BLOCK = re.compile(r"\s*\[\[\s*source\s*\]\]")
Model = TypeVar("Model", bound=BaseModel)


class Faults:
    """Collects the faults of a file, so that one check reports all of them.

    Args:
        text: the file, for line numbers: the parser keeps none.
        resource: name of the file in errors.
    """

    def __init__(self, text: str, resource: str) -> None:
        self.lines = text.splitlines()
        self.resource = resource
        self.found: list[tuple[int | None, str]] = []

    def add(self, line: int | None, message: str) -> None:
        """Add one fault."""
        self.found.append((line, message))

    def check(
        self, model: type[Model], table: Any, label: str, find_line: Callable[[], int | None]
    ) -> Model | None:
        """Validate a table; returns None and adds its faults if it is invalid. Only then its line is looked for."""
        try:
            return model.model_validate(table)
        except ValidationError as error:
            line = find_line()
            for problem in error.errors(include_url=False):
                path = [str(part) for part in problem["loc"]]
                where = self.line_of_key(line, path[0]) if path else line
                self.add(where, f"{label}: {_describe(dict(problem), path, model)}")
            return None

    def raise_any(self) -> None:
        """Raise the collected faults, if there are any.

        Raises:
            ConfigurationError: the file has faults.
        """
        if not self.found:
            return
        if len(self.found) == 1:
            line, message = self.found[0]
            raise ConfigurationError(message, resource=f"{self.resource}:{line}" if line else self.resource)
        said = [f"line {line}: {message}" if line else message for line, message in self.found]
        raise ConfigurationError("; ".join(said), resource=self.resource)

    def line_of_block(self, number: int) -> int | None:
        """Line of the n-th [[source]], counted from 0."""
        return self._blocks[number] if number < len(self._blocks) else None

    @cached_property
    def _blocks(self) -> list[int]:
        """Lines of every [[source]], found once: a line for each of 10,000 sources is asked for."""
        return [at for at, line in enumerate(self.lines, 1) if _BLOCK.match(line)]

    def line_of_header(self, *names: str) -> int | None:
        """Line of a table or of a key at the top of the file."""
        for at, line in enumerate(self.lines, 1):
            opening = line.lstrip()
            if opening.startswith(("[", names[0])) and all(name in opening for name in names):
                return at
        return None

    def line_of_key(self, header: int | None, key: str) -> int | None:
        """Line of a key in the table that begins at line `header`; `header` if the key is not found."""
        if header is None:
            return None
        for at in range(header + 1, len(self.lines) + 1):
            line = self.lines[at - 1]
            if line.startswith("["):
                break
            if line.partition("=")[0].strip().strip("\"'").split(".")[0] == key:
                return at
        return header


def _describe(problem: Mapping[str, Any], path: list[str], model: type[BaseModel]) -> str:
    """Describe one fault of a table."""
    key = ".".join(path)
    kind, message = problem["type"], str(problem["msg"])
    if kind == "extra_forbidden":
        return f"unknown key {key!r}, {nearest(path[-1], _keys_beside(model, path))}"
    if kind == "missing":
        return f"{key!r} is missing"
    if kind == "value_error":
        message = message.removeprefix("Value error, ")
        return f"{key}: {message}" if key else message
    return f"{key} = {problem.get('input')!r}: {message[:1].lower()}{message[1:]}" if key else message


def _keys_beside(model: type[BaseModel], path: list[str]) -> list[str]:
    inner: dict[str, type[BaseModel]] = {"selectors": SelectorsTable, "limits": LimitsTable}
    return list((inner.get(path[-2], model) if len(path) > 1 else model).model_fields)
