"""Which rule of `settings.retention` decides about a story, and from when on it may leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from settings import RetentionRule, RetentionSettings

NAMES = ("agency", "publisher", "source", "kind")


@dataclass(frozen=True, slots=True)
class Term:
    """How long a story and its raw pages stay; None: for ever. `rule` is how people know the rule."""

    rule: str
    keep: timedelta | None
    pages: timedelta | None


def find_term(
    settings: RetentionSettings,
    *,
    agency: str | None,
    publisher: str | None,
    source: str | None,
    kinds: AbstractSet[str],
) -> Term:
    """The term of the first rule that fits; without one, of the settings themselves."""
    values = {"agency": {agency}, "publisher": {publisher}, "source": {source}, "kind": kinds}
    for rule in settings.rules:
        named = {name: value for name in NAMES if (value := getattr(rule, name)) is not None}
        if all(value in values[name] for name, value in named.items()):
            pages = settings.pages_days if rule.pages_days is None else rule.pages_days
            return Term(spell_rule(rule), _days(rule.keep_days), _days(pages))
    return Term(f"keep_days = {settings.keep_days:g}", _days(settings.keep_days), _days(settings.pages_days))


def spell_rule(rule: RetentionRule) -> str:
    """A rule in one line, e.g. `agency = Reuters: 30 days`."""
    named = [f"{name} = {getattr(rule, name)}" for name in NAMES if getattr(rule, name) is not None]
    term = f"{rule.keep_days:g} days" if rule.keep_days else "for ever"
    return f"{', '.join(named) or 'all'}: {term}"


def shortest_keep(settings: RetentionSettings) -> timedelta | None:
    """The shortest time after which any story leaves; None if none ever does."""
    return _shortest([settings.keep_days, *(rule.keep_days for rule in settings.rules)])


def shortest_pages(settings: RetentionSettings) -> timedelta | None:
    """As `shortest_keep`, of raw pages."""
    return _shortest([settings.pages_days, *(rule.pages_days or 0 for rule in settings.rules)])


def _shortest(days: list[float]) -> timedelta | None:
    return min((timedelta(days=one) for one in days if one), default=None)


def _days(number: float) -> timedelta | None:
    return timedelta(days=number) if number else None
