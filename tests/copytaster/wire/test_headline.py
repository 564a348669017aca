"""Headlines: wire prefixes of many desks, and titles that only look like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.wire.headline import headline_agency, parse_headline
from copytaster.wire.marker_table import MARKER_NAMES

# headline, (class, kind, number, text) of each marker, bare headline
PREFIXED = [
    ("UPDATE 1-Kite maker: profit up", [("version", "update", 1, "UPDATE 1-")], "Kite maker: profit up"),
    ("UPDATE 12-Kites rise", [("version", "update", 12, "UPDATE 12-")], "Kites rise"),
    ("UPDATE: Kites rise", [("version", "update", None, "UPDATE:")], "Kites rise"),
    ("UPDATE 2-eKite rises", [("version", "update", 2, "UPDATE 2-")], "eKite rises"),
    ("WRAPUP 3-Kites and balls", [("version", "wrapup", 3, "WRAPUP 3-")], "Kites and balls"),
    ("UPDATE1: Kites rise", [("version", "update", 1, "UPDATE1:")], "Kites rise"),
    ("1ST LD: Kites rise", [("version", "lead", 1, "1ST LD:")], "Kites rise"),
    ("Roundup: Kites rise", [("version", "wrapup", None, "Roundup:")], "Kites rise"),
    ("China Focus: Kites rise", [("standing-slug", "china-focus", None, "China Focus:")], "Kites rise"),
    (
        "AKTIE IM FOKUS: Drachen steigen",
        [("standing-slug", "aktie-im-fokus", None, "AKTIE IM FOKUS:")],
        "Drachen steigen",
    ),
    ("Snap analysis: Kites rise", [("genre", "analysis", None, "Snap analysis:")], "Kites rise"),
    ("CORRECTED-Kites rise", [("version", "corrected", None, "CORRECTED-")], "Kites rise"),
    ("Corrected: Kites rise", [("version", "corrected", None, "Corrected:")], "Kites rise"),
    (
        "CORRECTED (OFFICIAL)-Kites rise",
        [("version", "corrected", None, "CORRECTED (OFFICIAL)-")],
        "Kites rise",
    ),
    ("REFILE-Kites rise", [("version", "refile", None, "REFILE-")], "Kites rise"),
    ("RPT-Kites rise", [("version", "repeat", None, "RPT-")], "Kites rise"),
    ("WITHDRAWN-Kites rise", [("version", "withdrawn", None, "WITHDRAWN-")], "Kites rise"),
    ("KILL: Kites rise", [("version", "kill", None, "KILL:")], "Kites rise"),
    ("URGENT - Kites", [("version", "alert", None, "URGENT -")], "Kites"),
    ("URGENT Kites rise", [("version", "alert", None, "URGENT")], "Kites rise"),
    ("BREAKING: Kites rise", [("version", "alert", None, "BREAKING:")], "Kites rise"),
    ("(Lead) Kites rise", [("version", "lead", None, "(Lead)")], "Kites rise"),
    ("(2nd LD) Kites rise", [("version", "lead", 2, "(2nd LD)")], "Kites rise"),
    ("1st LEAD Kites rise", [("version", "lead", 1, "1st LEAD")], "Kites rise"),
    ("3rd Ld-Writethru, Kites rise", [("version", "writethru", 3, "3rd Ld-Writethru,")], "Kites rise"),
    ("Kites Rise in May (Update2)", [("version", "update", 2, "(Update2)")], "Kites Rise in May"),
    ("Eds: Kites rise", [("version", "editors-note", None, "Eds:")], "Kites rise"),
    ("EXCLUSIVE-Kites rise", [("genre", "exclusive", None, "EXCLUSIVE-")], "Kites rise"),
    ("Exclusive: Kites rise", [("genre", "exclusive", None, "Exclusive:")], "Kites rise"),
    ("AP Exclusive: Kites rise", [("genre", "exclusive", None, "AP Exclusive:")], "Kites rise"),
    ("Analysis - Kites may rise", [("genre", "analysis", None, "Analysis -")], "Kites may rise"),
    ("FACTBOX: Kites of the world", [("genre", "factbox", None, "FACTBOX:")], "Kites of the world"),
    ("TIMELINE-A history of kites", [("genre", "timeline", None, "TIMELINE-")], "A history of kites"),
    ("INSTANT VIEW 3-Kites rise", [("genre", "instant-view", 3, "INSTANT VIEW 3-")], "Kites rise"),
    ("INSTANT VIEW  - Kites rise", [("genre", "instant-view", None, "INSTANT VIEW  -")], "Kites rise"),
    ("Q+A-Will kites rise?", [("genre", "q-and-a", None, "Q+A-")], "Will kites rise?"),
    ("Q&A: Will kites rise?", [("genre", "q-and-a", None, "Q&A:")], "Will kites rise?"),
    ("POLL: Kites seen flat", [("genre", "poll", None, "POLL:")], "Kites seen flat"),
    (
        "Special Report: The kite ring",
        [("genre", "special-report", None, "Special Report:")],
        "The kite ring",
    ),
    (
        "GLOBAL MARKETS-Kites rise",
        [("standing-slug", "global-markets", None, "GLOBAL MARKETS-")],
        "Kites rise",
    ),
    ("US STOCKS-Kites rise", [("standing-slug", "us-stocks", None, "US STOCKS-")], "Kites rise"),
    ("METALS-Tin rises", [("standing-slug", "metals", None, "METALS-")], "Tin rises"),
    ("KITE MARKETS-Paper dear", [("standing-slug", "kite-markets", None, "KITE MARKETS-")], "Paper dear"),
    ("Soccer-Oakvale draw at home", [("standing-slug", "soccer", None, "Soccer-")], "Oakvale draw at home"),
    (
        "ADVISORY: Kite story withdrawn",
        [("standing-slug", "advisory", None, "ADVISORY:")],
        "Kite story withdrawn",
    ),
    # stacked
    (
        "RPT-UPDATE 3-Kites rise",
        [("version", "repeat", None, "RPT-"), ("version", "update", 3, "UPDATE 3-")],
        "Kites rise",
    ),
    (
        "CORRECTED-UPDATE 1-Kites rise",
        [("version", "corrected", None, "CORRECTED-"), ("version", "update", 1, "UPDATE 1-")],
        "Kites rise",
    ),
    (
        "CORRECTED: FACTBOX: Kites",
        [("version", "corrected", None, "CORRECTED:"), ("genre", "factbox", None, "FACTBOX:")],
        "Kites",
    ),
    (
        "RPT-ANALYSIS-Kites: up",
        [("version", "repeat", None, "RPT-"), ("genre", "analysis", None, "ANALYSIS-")],
        "Kites: up",
    ),
    (
        "UPDATE 2-Golf-Poe leads",
        [("version", "update", 2, "UPDATE 2-"), ("standing-slug", "golf", None, "Golf-")],
        "Poe leads",
    ),
    (
        "KORREKTUR/ROUNDUP: Drachen",
        [("version", "corrected", None, "KORREKTUR/"), ("version", "wrapup", None, "ROUNDUP:")],
        "Drachen",
    ),
    # other languages
    ("ROUNDUP 2: Drachen steigen", [("version", "wrapup", 2, "ROUNDUP 2:")], "Drachen steigen"),
    ("WDH: Drachen steigen", [("version", "repeat", None, "WDH:")], "Drachen steigen"),
    ("EILMELDUNG: Drachen steigen", [("version", "alert", None, "EILMELDUNG:")], "Drachen steigen"),
    ("ACTUALIZA 1-Suben las cometas", [("version", "update", 1, "ACTUALIZA 1-")], "Suben las cometas"),
    ("AMP.- Suben las cometas", [("version", "update", None, "AMP.-")], "Suben las cometas"),
    ("RESUMEN 2-Suben las cometas", [("version", "wrapup", 2, "RESUMEN 2-")], "Suben las cometas"),
    ("ОБНОВЛЕНИЕ 1-Змеи растут", [("version", "update", 1, "ОБНОВЛЕНИЕ 1-")], "Змеи растут"),
    ("مقدمة 1-الطائرات ترتفع", [("version", "lead", 1, "مقدمة 1-")], "الطائرات ترتفع"),
    # a site's name behind it
    ("Kites rise | Reuters", [], "Kites rise"),
    ("Kites rise - Reuters", [], "Kites rise"),
    ("UPDATE 1-Kites rise - AP News", [("version", "update", 1, "UPDATE 1-")], "Kites rise"),
]


@pytest.mark.parametrize(("text", "markers", "bare"), PREFIXED, ids=[row[0] for row in PREFIXED])
def test_reads_prefixes(text, markers, bare):
    parsed = parse_headline(text)
    assert [(m.marker_class, m.kind, m.number, m.text) for m in parsed.markers] == markers
    assert parsed.headline == bare


ORDINARY = [
    "Coca-Cola sells more bottles",
    "Spider-Man: a new suit",
    "F-16 lands on a road",
    "E-commerce grows in Peru",
    "X-Men: the musical",
    "U.S.-China pact near",
    "US-China pact near",
    "EU-China summit ends",
    "IMF-World Bank talks",
    "AL-QAEDA leader seen",
    "NEW YORK-London flights resume",
    "Snow: three roads closed",
    "Study: birds like bread",
    "Poll: most people like bread",
    "Mayor: rain will come",
    "Feature-length film wins",
    "Interview-based study wins",
    "Flash-flood kills three",
    "Update on the talks: nothing new",
    "Analysis of a vote - what it means",
    "Text-messaging ban takes hold",
    "Tech-savvy children",
    "Box-office hit of May",
    "Lead-free paint",
    "AP: mayor to resign",
    "Reuters: mayor to resign",
    "Mayor to resign - report",
    "Mayor to resign - Oakvale Herald",
    "World Cup: Oakvale through",
    "Gold: a short history",
    "Kill Bill: the kites",
    "Bread-maker opens in Lima",
    "Ding-Dong sales fall",
    "",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_leaves_ordinary_titles_alone(text):
    assert parse_headline(text).headline == text
    assert parse_headline(text).markers == ()


def test_every_capital_prefix_is_read():
    missed = [
        known.kind
        for known in set(MARKER_NAMES.values())
        if known.marker_class != "standing-slug"
        and known.kind not in {m.kind for m in _markers_of_kind(known.kind)}
    ]
    assert not missed


def _markers_of_kind(kind):
    printed = {"q-and-a": "Q&A", "live": "The Latest", "instant-view": "INSTANT VIEW"}
    name = printed.get(kind, kind.replace("-", " ").upper())
    names = {
        "lead": "LEAD",
        "fact-check": "FACT CHECK",
        "results": "RESULTS",
        "watch": "WATCHLIST",
        "teaser": "TAKE A LOOK",
        "focus": "NEWS FOCUS",
    }
    return parse_headline(f"{names.get(kind, name)}: Kites rise").markers


@pytest.mark.parametrize(
    ("title", "agency"),
    [
        ("Kites rise | Reuters", "Reuters"),
        ("Kites rise - AP News", "AP"),
        ("Kites rise - Herald", None),
        ("Kites", None),
    ],
)
def test_names_the_agency_behind_a_title(title, agency):
    assert headline_agency(title) == agency


@given(st.text(max_size=200))
def test_never_raises_and_loses_no_word_it_does_not_name(text):
    parsed = parse_headline(text)
    again = parse_headline(parsed.headline)
    assert len(parsed.headline) <= len(text)
    assert len(again.headline) <= len(parsed.headline)


@given(
    st.lists(
        st.sampled_from(["RPT-", "UPDATE 2-", "CORRECTED-", "FACTBOX: ", "EXCLUSIVE-"]),
        min_size=1,
        max_size=4,
    )
)
def test_stacked_prefixes_all_come_off(prefixes):
    parsed = parse_headline("".join(prefixes) + "Kites rise in Lima")
    assert parsed.headline == "Kites rise in Lima"
    assert [m.text for m in parsed.markers] == [prefix.strip() for prefix in prefixes]
