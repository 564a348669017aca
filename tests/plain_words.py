"""Words that documentation and command output leave to plain ones, each with what to write instead."""

from __future__ import annotations

import re

PLAIN = {
    r"stands?|stood|standing": "is, is in, holds",
    r"tells?|told|telling": "says, shows, reports",
    r"asks?|asked|asking": "requests, needs, compares",
    r"anew": "again, new",
    r"at hand": "in memory, ready",
    r"owe[sd]?|owing": "wait, waits for",
    r"fares?": "state, health",
    r"leads? on": "resolves to",
    r"kinships?|kin": "links",
    r"rulings?|overrul\w*": "manual decision",
    r"furniture": "boilerplate",
    r"rehears\w*": "dry run, warm-up, shadow store",
    r"newsroom": "demo",
    r"way out": "fix",
    r"books balance": "check store and index",
    r"that is so": "true",
}
_PATTERN = re.compile(rf"\b({'|'.join(PLAIN)})\b", re.IGNORECASE)
# Where a person or a server does ask, where a desk's own heading is, where a sign does stand for something, where editors work, names of an option and of a row of the bench.
ALLOWED = (
    "--standing",
    "also told by",
    "`furniture`",
    "ask the publisher",
    "asked to wait until",
    "nouns of the newsroom",
    "sites ask",
    "standing-slug",
    "stands for at most",
    "they asked",
    "without asking",
)


def find_odd_words(text: str) -> list[str]:
    """The odd words of a text outside the allowed phrases, in order."""
    flat = re.sub(r"\s+", " ", text)
    for phrase in ALLOWED:
        flat = re.sub(re.escape(phrase), "", flat, flags=re.IGNORECASE)
    return _PATTERN.findall(flat)
