"""What a decision takes, as the address of its page and its form say it."""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import parse_qs

from fastapi import Request  # noqa: TC002 - FastAPI reads it
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from copytaster.errors import UsageError
from newsdesk.operations import deciding

_PAGE_OF = re.compile(r"(?:\S+/)?dispatches/([a-z0-9]+)")
Deed = Literal["split", "merge", "pin", "unpin", "confirm", "reject", "fold", "undo"]


class DecideParameters(BaseModel):
    """What is to be decided, as the address of its page and as its form say it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    do: Deed
    dispatch: str = Field("", max_length=200)
    other: list[str] = Field(default_factory=list, max_length=50, alias="with")
    story: list[str] = Field(default_factory=list, max_length=deciding.MOST_NAMED)
    into: str = Field("", max_length=2_000)
    with_copies: bool = False
    decision: int = Field(0, ge=0, le=2**31 - 1)

    @field_validator("other", mode="before")
    @classmethod
    def _read_others(cls, values: Any) -> Any:
        return [read_name(value) for value in values if value.strip()] if isinstance(values, list) else values

    @field_validator("into", mode="before")
    @classmethod
    def _read_into(cls, value: Any) -> Any:
        return read_name(value) if isinstance(value, str) else value

    def to_request(self) -> deciding.Request:
        """The decision.

        Raises:
            UsageError: something that it needs is not named.
        """
        named = [name for name in (self.dispatch, *self.other) if name]
        try:
            match self.do:
                case "split":
                    return deciding.Split(
                        stories=self.story,
                        dispatch=self.dispatch or None,
                        into=self.into or None,
                        with_copies=self.with_copies,
                    )
                case "merge":
                    return deciding.Merge(dispatches=list(dict.fromkeys(named)))
                case "pin" | "unpin":
                    return deciding.Pin(kind=self.do, stories=self.story)
                case "confirm" | "reject" | "fold":
                    one, other = named
                    return deciding.Relate(kind=self.do, dispatch=one, other=other)
                case "undo":
                    return deciding.Undo(decision=self.decision)
        except ValueError as error:  # of pydantic too
            raise UsageError(_MISSING[self.do]) from error

    def list_hidden(self) -> list[tuple[str, str]]:
        """(name, value) of everything that the form repeats."""
        pairs = [("do", self.do), ("dispatch", self.dispatch), ("into", self.into)]
        pairs += [("with", name) for name in self.other] + [("story", name) for name in self.story]
        pairs += [("decision", str(self.decision or "")), ("with_copies", "1" if self.with_copies else "")]
        return [(name, value) for name, value in pairs if value]


_MISSING: dict[Deed, str] = {
    "split": "no story is chosen: tick the copies to take out on the page of the dispatch",
    "merge": "one dispatch cannot be merged: name another one",
    "pin": "no story is chosen: tick the copies to pin on the page of the dispatch",
    "unpin": "no story is chosen: tick the copies to release on the page of the dispatch",
    "confirm": "two dispatches are needed",
    "reject": "two dispatches are needed",
    "fold": "two dispatches are needed",
    "undo": "no decision is named",
}


class Form(BaseModel):
    """A form as it was sent: what to do, by whom and why, and the token of the page."""

    do: DecideParameters
    who: str = Field("", max_length=200)
    why: str = Field("", max_length=2_000)
    token: str = Field("", max_length=200)


def read_name(text: str) -> str:
    """The id in what a person pastes: an id, or the address of a dispatch's page."""
    found = _PAGE_OF.search(text.strip())
    return found[1] if found else text.strip()


async def read_form(request: Request) -> Form:
    """Read a form that a page of ours sent.

    Raises:
        UsageError: it cannot be read.
    """
    values = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=2_000)
    rest = {name: values.pop(name, [""])[0] for name in ("who", "why", "token")}
    lists = {name: values.pop(name, []) for name in ("story", "with")}
    try:
        do = DecideParameters.model_validate({name: found[0] for name, found in values.items()} | lists)
        return Form(do=do, **rest)
    except ValidationError as error:
        raise UsageError(f"the form cannot be read: {error.errors()[0]['msg']}") from error
