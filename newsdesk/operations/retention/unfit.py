"""Rules of `settings.retention` that fit no story, as a name in them is spelled otherwise than stories have it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from copytaster.errors import nearest
from copytaster.store.aging import has_story_of
from copytaster.wire.agency_table import AGENCIES
from copytaster.wire.marker_table import MARKER_NAMES
from newsdesk.operations.check_result import CheckResult
from newsdesk.operations.retention.rules import NAMES, spell_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copytaster.store.engine import Store
    from newsdesk.operations.check_result import Level
    from settings import RetentionSettings
    from spiders.sources.config import Source

CHECK = "retention"
_KINDS = frozenset(name.kind for name in MARKER_NAMES.values())


class Unfit(NamedTuple):
    """A rule that fits no story; `is_slip`: its name is no other than a mistyped one."""

    sentence: str
    is_slip: bool


def find_unfit(store: Store, settings: RetentionSettings, sources: Iterable[Source]) -> Iterator[Unfit]:
    """Each name in a rule that neither the configuration nor any story has."""
    listed = tuple(sources)
    known = {
        "agency": {row.name for row in AGENCIES} | {one.agency for one in listed if one.agency},
        "publisher": {one.publisher_name for one in listed},
        "source": {one.name for one in listed},
        "kind": set(_KINDS),
    }
    for rule in settings.rules:
        for name in NAMES:
            value = getattr(rule, name)
            if value is None or value in known[name] or _is_stored(store, name, value):
                continue
            hint = nearest(value, _KINDS) if name == "kind" else _name_close(value, known[name])
            sentence = f"the rule `{spell_rule(rule)}` fits no story: no {name} is called {value!r}"
            yield Unfit(f"{sentence}, {hint}" if hint else sentence, bool(hint))


def _is_stored(store: Store, name: str, value: str) -> bool:
    if name == "kind":  # all there are come from the table
        return False
    with store.read() as connection:
        return has_story_of(connection, name, value)


def _name_close(value: str, known: Iterable[str]) -> str:
    """The nearest name, whatever its letters' case; nothing where none is near: it may be one that still comes."""
    by_folded = {one.casefold(): one for one in known}
    close = get_close_matches(value.casefold(), by_folded, n=1)
    return f"did you mean {by_folded[close[0]]!r}?" if close else ""


def check_rules(store: Store, settings: RetentionSettings, sources: Iterable[Source]) -> CheckResult:
    """A fault for mistyped rules: what they should take out stays. A name that nothing has yet is a note."""
    unfit = list(find_unfit(store, settings, sources))
    if unfit:
        level: Level = "fault" if any(one.is_slip for one in unfit) else "note"
        detail = "; ".join(one.sentence for one in unfit)
        return CheckResult(CHECK, level, detail, "correct `settings.retention.rules`")
    return CheckResult(CHECK, "ok", f"{len(settings.rules)} rules" if settings.rules else "no rules")
