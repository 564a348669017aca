"""Bylines: names, agencies, and lines that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.wire.byline import byline_agency, is_byline, parse_byline

# line, names, agency
BYLINES = [
    ("By Ann Poe", ("Ann Poe",), None),
    ("By ANN POE", ("ANN POE",), None),
    ("By Jan Novak", ("Jan Novak",), None),
    ("By Marta Toll and May Ling", ("Marta Toll", "May Ling"), None),
    ("By Ann Poe and Bob Roe", ("Ann Poe", "Bob Roe"), None),
    ("By Ann Poe, Bob Roe and Cy de la Cruz", ("Ann Poe", "Bob Roe", "Cy de la Cruz"), None),
    ("By ANN POE, Associated Press Writer", ("ANN POE",), "AP"),
    ("By ANN POE Associated Press Writer", ("ANN POE",), "AP"),
    ("By ANN POE and BOB ROE, AP Business Writers", ("ANN POE", "BOB ROE"), "AP"),
    ("By ANN POE, AP Science Writer 2 hours, 3 minutes ago", ("ANN POE",), "AP"),
    ("By ANN POE, For The Associated Press", ("ANN POE",), "AP"),
    ("By Ann Poe of The Associated Press", ("Ann Poe",), "AP"),
    ("Ann Poe, The Associated Press", ("Ann Poe",), "AP"),
    ("Ann Poe, Ap National Writer", ("Ann Poe",), "AP"),
    ("By Ann Poe AFP", ("Ann Poe",), "AFP"),
    ("By Ann Poe | Reuters", ("Ann Poe",), "Reuters"),
    ("By Ann Poe in Oakvale", ("Ann Poe",), None),
    ("By Reuters", (), "Reuters"),
    ("The Associated Press", (), "AP"),
    ("Reuters Staff", (), "Reuters"),
    ("From Press Association", (), "PA"),
    ("Von Ann Poe", ("Ann Poe",), None),
    ("Von Ann Poe, dpa", ("Ann Poe",), "dpa"),
    ("Von dpa/AFP", (), "dpa"),
    ("Par Ann Poe", ("Ann Poe",), None),
    ("Par AFP", (), "AFP"),
    ("Por Ana Pérez", ("Ana Pérez",), None),
    ("بقلم محمد علي", ("محمد علي",), None),
]


@pytest.mark.parametrize(("line", "names", "agency"), BYLINES, ids=[row[0] for row in BYLINES])
def test_reads_bylines(line, names, agency):
    assert is_byline(line)
    assert parse_byline(line) == names
    assert byline_agency(line) == agency


@pytest.mark.parametrize(
    "line",
    [
        "",
        "By the time he came, rain fell",
        "By Monday the rain had reached the coast of Peru and the north",
        "Ann Poe",
        "The mayor spoke to Reuters",
        "Reuters reported rain",
        "ANN POE/AFP/Getty Images",
        "REUTERS/Stringer",
        "© AP/dpa | Ann Poe",
        "By ANN POE/AFP/Getty Images",
        "Von wegen Regen: es blieb trocken",
        "Por lo tanto, llueve",
        "This page may include material from AFP, AAP and CNN",
    ],
)
def test_leaves_other_lines_alone(line):
    assert not is_byline(line)


@given(st.text(max_size=200))
def test_names_stand_in_the_line(text):
    for name in parse_byline(text):
        assert all(word in text for word in name.split())
    assert isinstance(is_byline(text), bool)
