"""Keeps of a robots.txt what it says to one user agent, so that the rest costs the crawl nothing.

Half a megabyte of groups for thousands of agents, each with thousands of rules, takes a library minutes.
"""

from __future__ import annotations

import re

from copytaster.errors import UnparsableError

MAX_RULES = 5_000  # for one agent
MAX_RULE_CHARS = 4_000
_AGENT_LINE = re.compile(r"user[ -]?agent(?:\s{0,99}:|\s)(.*)", re.IGNORECASE)
_SITE_LINE = re.compile(r"(?:sitemaps?|site-map|host)(?:\s{0,99}:|\s)", re.IGNORECASE)
_RULE_LINE = re.compile(
    r"(?:allow|dis?s?all?[oa]w|diasllow|crawl[ -]delay|request[ -]rate|visit[ -]time)\s", re.IGNORECASE
)


def keep_rules(body: bytes, agent: str, *, url: str) -> str:
    """A robots.txt with one group, for all: the rules of the most specific groups that name the agent.

    Raises:
        UnparsableError: `too-complex`, there are more rules than any site needs.
    """
    lines = [line for line in map(_clean, body.decode("utf-8-sig", "ignore").splitlines()) if line]
    score, best = max(((_score(name, agent), name) for name in _agents(lines)), default=(0, ""))
    rules = list(dict.fromkeys(_rules_for(best, lines))) if score else []
    if len(rules) > MAX_RULES:
        raise UnparsableError(
            f"robots.txt has more than {MAX_RULES} rules for us", reason="too-complex", resource=url
        )
    return "\n".join(["User-agent: *", *rules]) if rules else ""


def _clean(line: str) -> str:
    line = line.partition("#")[0].strip()
    return "" if _SITE_LINE.match(line) else line


def _agents(lines: list[str]) -> set[str]:
    return {name for line in lines if (found := _AGENT_LINE.match(line)) for name in _names(found[1])}


def _names(value: str) -> tuple[str, ...]:
    """The names of an agent line: as written, and without the wildcards that some put there."""
    name = value.strip().lower()
    return (name,) if "*" not in name or name == "*" else (name, name.replace("*", ""))


def _score(name: str, agent: str) -> int:
    """How specifically a name means the agent: its length where it begins a word of the agent, 1 for all, 0 for none."""
    if name in {"", "*"}:
        return len(name)
    found = (
        re.search(rf"(?<![\w-]){re.escape(name)}", agent.strip().lower()) if len(name) <= len(agent) else None
    )
    return len(name) if found else 0


def _rules_for(best: str, lines: list[str]) -> list[str]:
    """The rules of every group that has the name; consecutive agent lines share a group."""
    rules = []
    named = after_rule = False
    for line in lines:
        agent = _AGENT_LINE.match(line)
        if agent:
            named = (named and not after_rule) or best in _names(agent[1])
            after_rule = False
        elif ":" in line or _RULE_LINE.match(line):
            after_rule = True
            if named and len(line) <= MAX_RULE_CHARS:
                rules.append(line)
    return rules
