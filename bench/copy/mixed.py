"""Reports of one event by several agencies, and what outlets make of one of them, on pages with their own boilerplate.

Each agency writes its own report; only a statement and the prices of a table are in several. A page repeats its outlet's
boilerplate; its links, prices and teasers change through the day.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from bench.copy.boilerplate import House
from bench.copy.credits import AGENCIES, add_credits, open_with_dateline
from bench.copy.grammar import Facts, renew, settle, write
from bench.copy.lexicon import ENGLISH
from bench.copy.piece import DAY, HOUR, NOON, LabelledSet, Piece, in_order
from bench.copy.rewrites import add_local, change_style, cut_end
from bench.copy.stories import TOPICS, write_reports
from bench.copy.template_file import read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_FILE = "mixed.txt"
_OWNERS, _OUTLETS = 4, 14
_BLOCKS = (12, 24)  # of an outlet's fixed boilerplate, as parsing leaves it
_AGENCY_BLOCKS = (5, 9)
_EDITS: tuple[Callable[[list[str], random.Random], list[str]], ...] = (cut_end, change_style, add_local)
_ADDED = (" said later", " said by telephone", " told the agency", " said in a new statement")


class Report(NamedTuple):
    """One agency's report of an event, before it is printed."""

    group: str
    agency: str
    paragraphs: list[str]
    t: float

    @property
    def title(self) -> str:
        """The beginning of its lead."""
        return " ".join(self.paragraphs[0].split()[:9]).rstrip(",.;:")


def write_mixed(events: int = 80, *, seed: int = 1, with_boilerplate: bool = True) -> LabelledSet:
    """`events` events over two days, each reported by two or three agencies; outlets print one report each.

    Args:
        events: every fourth is a market's close with a table of prices.
        seed: of the set; another seed has other events, outlets and boilerplate.
        with_boilerplate: False prints the stories alone.
    """
    chance = random.Random(f"mixed {seed}")
    reports = sorted(
        (report for number in range(events) for report in _report_event(number, seed)),
        key=lambda report: report.t,
    )
    sites = {agency: Site(agency, agency, seed, _AGENCY_BLOCKS) for agency in AGENCIES}
    outlets = [Site(f"Outlet {n}", f"Owner {n % _OWNERS}", seed, _BLOCKS) for n in range(_OUTLETS)]
    printed: list[Piece] = []
    for report in reports:
        printed += _print_report(report, sites[report.agency], outlets, chance)
    if not with_boilerplate:
        return in_order("mixed, bare", printed)
    sites |= {outlet.publisher: outlet for outlet in outlets}
    stream = sorted(printed, key=lambda piece: piece.t)
    return in_order("mixed", [sites[piece.publisher].set_page(piece) for piece in stream])


# --- reports ------------------------------------------------------------------------------------------------------


def _report_event(number: int, seed: int) -> Iterator[Report]:
    chance = random.Random(f"event {seed} {number}")
    t = NOON + chance.uniform(0, 2 * DAY)
    agencies = chance.sample(AGENCIES, chance.choice((2, 2, 3)))
    name = f"mixed {seed} {number}"
    if number % 4:
        told = write_reports(
            TOPICS[number % len(TOPICS)], name, len(agencies), words=chance.randint(140, 330)
        )
    else:
        told = _write_closes(t, len(agencies), chance)
    for agency, paragraphs in zip(agencies, told, strict=True):
        yield Report(f"{name} {agency}", agency, paragraphs, t + chance.uniform(0, 2) * HOUR)


def _write_closes(t: float, count: int, chance: random.Random) -> list[list[str]]:
    """A market's close as `count` agencies report it: own words, own layout of the same table."""
    days = {
        slot: f"{datetime.fromtimestamp(t + at * DAY, UTC):%A}"
        for slot, at in (("day1", 0), ("day2", -1), ("day3", 1))
    }
    figures = {
        "index": f"{chance.uniform(2000, 9000):,.2f}",
        "move": f"{chance.uniform(0.2, 3):.2f}",
        "sold": str(chance.randint(100, 900)),
        "volume": f"{chance.uniform(1, 9):.1f}",
        "gained": str(chance.randint(20, 90)),
        "lost": str(chance.randint(91, 200)),
        "rate": f"{chance.uniform(1, 4):.4f}",
        "yield": f"{chance.uniform(2, 7):.2f}",
        "years": str(chance.randint(3, 30)),
    }
    facts = Facts(ENGLISH, chance, given=days | figures)
    lines = read_lines(_FILE)
    leads = chance.sample(lines["market lead"], count)
    bodies = chance.sample(lines["market body"], len(lines["market body"]))
    rows = [
        (ENGLISH.draw("firm", chance), chance.uniform(5, 90), chance.uniform(-4, 4))
        for _ in range(chance.randint(8, 16))
    ]
    return [
        [
            *(_write(line, facts) for line in (lead, *bodies[place::count])),
            *_set_table(rows, random.Random(f"{place} {chance.random()}")),
        ]
        for place, lead in enumerate(leads)
    ]


def _write(line: str, facts: Facts) -> str:
    return write(renew(settle(line, facts.chance), facts), facts)


def _set_table(rows: Sequence[tuple[str, float, float]], chance: random.Random) -> list[str]:
    """A table in one agency's layout: its order, its columns, a row a paragraph or all in one."""
    layout = chance.choice(
        ("{0} {1:.2f} {2:+.2f}", "{0}: {1:.2f} ({2:+.1f} percent)", "{0} {2:+.2f} {1:.2f}")
    )
    ordered = sorted(rows, key=chance.choice((lambda row: row[0], lambda row: -row[2], lambda row: row[1])))
    lines = [layout.format(*row) for row in ordered]
    return lines if chance.random() < 0.5 else ["; ".join(lines)]  # noqa: PLR2004


# --- copies -------------------------------------------------------------------------------------------------------


def _print_report(
    report: Report, own: Site, outlets: Sequence[Site], chance: random.Random
) -> Iterator[Piece]:
    """The agency's own page, at times a second one hours later, and the pages of none to four outlets."""
    form = chance.choice((0, 1, 6))
    place = ENGLISH.draw("town", chance)
    told = open_with_dateline(report.paragraphs, place, report.agency, report.t, chance, form)
    yield _piece(report, told, own.publisher, report.t, "told")
    if chance.random() < 0.3:  # noqa: PLR2004
        yield _tell_again(report, told, own.publisher, chance)
    for outlet in chance.sample(outlets, chance.choice((0, 1, 1, 2, 2, 3, 4))):
        copy = list(report.paragraphs)
        for edit in chance.sample(_EDITS, chance.choice((0, 1, 1, 2))):
            copy = edit(copy, chance)
        copy = open_with_dateline(copy, place, report.agency, report.t, chance)
        copy = add_credits(copy, report.agency, chance)
        if chance.random() < 0.4:  # noqa: PLR2004
            copy.append(_licence(report.agency))
        yield _piece(report, copy, outlet.publisher, report.t + chance.uniform(0.1, 9) * HOUR, "printed")


def _tell_again(report: Report, told: Sequence[str], publisher: str, chance: random.Random) -> Piece:
    """The agency's report under another address: paragraphs added, some edited, in a third of cases with a new headline."""
    more = [*told[:1], *add_local(list(told[1:]), chance)]
    for place in chance.sample(range(len(more)), chance.choice((0, 1, 2))):
        more[place] = more[place].replace(" said", chance.choice(_ADDED), 1)
    again = _piece(report, more, publisher, report.t + chance.uniform(0.5, 5) * HOUR, "told again")
    words = report.paragraphs[0].split()
    return replace(again, title=" ".join(words[2:12])) if chance.random() < 0.3 else again  # noqa: PLR2004


def _piece(report: Report, paragraphs: Sequence[str], publisher: str, t: float, kind: str) -> Piece:
    return Piece(report.group, "\n\n".join(paragraphs), publisher, t, kind, report.title)


def _licence(agency: str) -> str:
    """The agency's licence, the same under every story of its customers."""
    chance = random.Random(f"licence {agency}")
    return _write(
        chance.choice(read_lines(_FILE)["licence"]), Facts(ENGLISH, chance, given={"agency": agency})
    )


# --- pages --------------------------------------------------------------------------------------------------------


class Site:
    """One publisher's pages.

    Args:
        publisher: its name.
        owner: papers of one owner share their rules and notices; an agency is its own, and links without teasers.
        seed: of the set.
        blocks: the least and most paragraphs that are on every page.
    """

    def __init__(self, publisher: str, owner: str, seed: int, blocks: tuple[int, int]) -> None:
        self.publisher = publisher
        self._house = House(f"{publisher} {seed}", blocks=blocks, comments=3)
        owned = random.Random(f"owner {owner} {seed}")
        facts = Facts(ENGLISH, owned, given={"publisher1": owner})
        lines = read_lines(_FILE)
        self._rules = _write(owned.choice(lines["rules"]), facts)
        self._sister = _write(owned.choice(lines["sister"]), facts)
        self._chance = random.Random(f"site {publisher} {seed}")
        self._ticker = self._chance.choice(lines["ticker"])
        self._prices = [
            (ENGLISH.draw("firm", self._chance), self._chance.uniform(5, 90))
            for _ in range(self._chance.randint(6, 14))
        ]
        self._has_table = self._chance.random() < 0.5  # noqa: PLR2004
        self._has_teasers = publisher != owner and self._chance.random() < 0.5  # noqa: PLR2004
        self._recent: list[Piece] = []

    def set_page(self, piece: Piece) -> Piece:
        """The piece on this publisher's page; pages are set in order of printing, as later ones link to earlier ones."""
        chance = random.Random(f"page {self.publisher} {piece.group} {piece.t}")
        links = self._write_links(chance)
        story = self._insert(piece.paragraphs, links[:1], chance)
        page = self._house.print_page(story, f"{piece.group} {piece.t}")
        page = [self._quote_prices(chance), *page, *links[1:]]
        if self._has_table:
            page += [f"{firm} {self._move(price, chance)}" for firm, price in self._prices]
        self._recent.append(piece)
        return piece.printed([*page, self._rules, self._sister], piece.kind)

    def _quote_prices(self, chance: random.Random) -> str:
        quoted = [f"{firm} {self._move(price, chance)}" for firm, price in self._prices]
        return self._ticker.format(**dict(zip("abcdef", quoted, strict=False)))

    @staticmethod
    def _move(price: float, chance: random.Random) -> str:
        change = chance.uniform(-3, 3)
        return f"{price * (1 + change / 100):.2f} {change:+.2f}%"

    def _write_links(self, chance: random.Random) -> list[str]:
        """Headlines of what the publisher printed last, some with the first sentence of the story."""
        linked = chance.sample(self._recent[-12:], min(len(self._recent), 5))
        return [
            f"Read more: {piece.title}. {piece.paragraphs[0]}"
            if self._has_teasers
            else f"Read more: {piece.title}"
            for piece in linked
        ]

    @staticmethod
    def _insert(paragraphs: list[str], links: Sequence[str], chance: random.Random) -> list[str]:
        place = chance.randint(1, len(paragraphs))
        return [*paragraphs[:place], *links, *paragraphs[place:]]
