"""Words that documentation and command output leave to plain ones, each with what to write instead."""

from __future__ import annotations

import re

PLAIN = {
    r"stands?|stood": "is, is in, holds",
    r"tells?|told": "says, shows, reports",
    r"anew": "again, new",
    r"at hand": "in memory, ready",
    r"owe[sd]?|owing": "wait, waits for",
    r"fares?": "state, health",
    r"leads? on": "resolves to",
    r"kinship|kin": "links",
    r"rulings?": "manual decision",
    r"furniture": "boilerplate",
    r"rehears\w*": "dry run, warm-up, shadow store",
    r"newsroom": "demo",
    r"way out": "fix",
    r"that is so": "true",
}
_PATTERN = re.compile(rf"\b({'|'.join(PLAIN)})\b", re.IGNORECASE)


def find_odd_words(text: str) -> list[str]:
    """The odd words of a text, in order."""
    return _PATTERN.findall(text)
