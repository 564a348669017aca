"""Regular expressions that are compiled at their first use: a command compiles those that it needs, and no others."""

from __future__ import annotations

import re
from typing import Any, cast


class _LatePattern:
    """Looks like the pattern; takes each of its methods over when it is first wanted."""

    def __init__(self, spelled: str, flags: int) -> None:
        self.spelled = spelled
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self.spelled, self._flags), name)
        setattr(self, name, found)  # the next call finds the pattern's own method here
        return found


def late_pattern(spelled: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern for a module to name: what is wrong with it shows at its first use, as `re.error`."""
    return cast("re.Pattern[str]", _LatePattern(spelled, flags))
