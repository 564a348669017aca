"""Rules watched at work: which comparisons they made, with what thresholds, and how each ended. Decides nothing.

The functions that decide are called with figures that note every comparison made with them, so what is shown is what
was asked; there is no second list of thresholds that could say otherwise.
"""

from __future__ import annotations

import linecache
import operator
import re
import sys
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

    from dedup.similarity.score import PairScore

_KEY = re.compile(r'\s*"([\w-]{1,40})":')
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: `figure sign threshold`; `rule` names the rule it was made for, where the line says so."""

    figure: str
    value: float
    sign: str
    threshold: float
    held: bool
    rule: str = ""


@dataclass(slots=True)
class Question:
    """One predicate that was asked: what it means, what it compared, what it asked in turn, and its answer.

    `rule` is the rule for which it was asked, where the line that asked names one.
    """

    name: str
    meaning: str
    checks: list[Check] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    answer: Any = None
    rule: str = ""

    def walk(self) -> Iterator[Question]:
        """This question and all below it, in the order they were asked."""
        yield self
        for below in self.asked:
            yield from below.walk()


class Watch:
    """Runs predicates of some modules and notes what they did.

    Args:
        modules: names of modules whose functions are questions.
    """

    def __init__(self, *modules: str) -> None:
        self._files = {sys.modules[name].__file__ for name in modules}
        self._stack: list[Question] = []
        self.questions: list[Question] = []

    def run(self, predicate: Callable[..., Any], *arguments: Any) -> Any:
        """Call a predicate; what it compared is in `questions` afterwards."""
        before = sys.getprofile()
        sys.setprofile(self._note_call)
        try:
            return predicate(*arguments)
        finally:
            sys.setprofile(before)
            self._stack.clear()

    def watch(self, score: PairScore) -> PairScore:
        """The same score, of figures that are watched."""
        watched: dict[str, Any] = {
            one.name: _Figure(getattr(score, one.name), one.name, self)
            for one in fields(score)
            if isinstance(getattr(score, one.name), (int, float))
        }
        return replace(score, **watched)

    def _note_call(self, frame: FrameType, event: str, result: Any) -> None:
        code = frame.f_code
        if code.co_filename not in self._files or code.co_name.startswith("<"):
            return
        if event == "call":
            above = self._stack[-1] if self._stack else None
            rule = _read_rule(frame.f_back) or (above.rule if above else "")
            asked = Question(code.co_name.strip("_"), _read_meaning(code), rule=rule)
            (above.asked if above else self.questions).append(asked)
            self._stack.append(asked)
        elif event == "return" and self._stack:
            self._stack.pop().answer = float(result) > 0 if isinstance(result, _Figure) else result

    def note(self, check: Check) -> None:
        """A comparison was made."""
        if self._stack:
            asked = self._stack[-1]
            asked.checks.append(replace(check, rule=check.rule or asked.rule))


def _read_meaning(code: CodeType) -> str:
    """The first sentence of a function's docstring."""
    first = code.co_consts[0] if code.co_consts else None
    return first.strip().split("\n", 1)[0] if isinstance(first, str) else ""


def _read_rule(frame: FrameType | None) -> str:
    """The rule named at the beginning of the line that a frame is at; empty where there is none."""
    if frame is None:
        return ""
    found = _KEY.match(linecache.getline(frame.f_code.co_filename, frame.f_lineno))
    return found[1] if found else ""


class _Figure(float):
    """A number that tells its watch what it is compared with. Sums and products of it are watched too."""

    __slots__ = ("_name", "_watch")
    _name: str
    _watch: Watch

    def __new__(cls, value: float, name: str, watch: Watch) -> Self:
        figure = super().__new__(cls, value)
        figure._name = name
        figure._watch = watch
        return figure

    def _compare(self, sign: str, other: Any) -> bool:
        held = _SIGNS[sign](float(self), other)
        rule = _read_rule(sys._getframe(2))  # noqa: SLF001 - the line that compares says for which rule
        self._watch.note(Check(self._name, float(self), sign, float(other), held, rule))
        return held

    def __lt__(self, other: Any) -> bool:
        return self._compare("<", other)

    def __le__(self, other: Any) -> bool:
        return self._compare("≤", other)

    def __gt__(self, other: Any) -> bool:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> bool:
        return self._compare("≥", other)

    def __eq__(self, other: object) -> bool:
        return self._compare("=", other)

    __hash__ = float.__hash__

    def __bool__(self) -> bool:
        return self._compare(">", 0)

    def _make(self, value: float, name: str) -> _Figure:
        return _Figure(value, name, self._watch)

    def __mul__(self, other: Any) -> _Figure:
        return self._make(float(self) * other, f"{_call(other)} × {self._name}")

    __rmul__ = __mul__

    def __add__(self, other: Any) -> _Figure:
        return self._make(float(self) + other, f"{self._name} + {_call(other)}")

    __radd__ = __add__

    def __truediv__(self, other: Any) -> _Figure:
        return self._make(float(self) / other, f"{self._name} / {_call(other)}")


def _call(value: Any) -> str:
    return value._name if isinstance(value, _Figure) else f"{value:g}"  # noqa: SLF001
