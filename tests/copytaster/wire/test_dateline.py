"""Datelines: every agency's and language's manner of opening, and openings that are none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.wire.dateline.dateline import parse_dateline

CONTEXT = date(2016, 2, 25)

# opening, places, region, date, agency, how the rest begins
MANNERS = [
    # Reuters
    ("OSLO, Feb 24 (Reuters) - Fishermen said", ("OSLO",), None, "2016-02-24", "Reuters", "Fishermen"),
    ("OSLO (Reuters) - Fishermen said", ("OSLO",), None, None, "Reuters", "Fishermen"),
    ("OSLO Feb 24 (Reuters) - Fishermen said", ("OSLO",), None, "2016-02-24", "Reuters", "Fishermen"),
    ("OSLO/NEW DELHI, Feb 24 (Reuters) - Two", ("OSLO", "NEW DELHI"), None, "2016-02-24", "Reuters", "Two"),
    ("OSLO/PARIS - (Reuters) - Two", ("OSLO", "PARIS"), None, None, "Reuters", "Two"),
    ("MOSS, Norway (Reuters) - Two", ("MOSS",), "Norway", None, "Reuters", "Two"),
    ("MOSS, Norway/RIGA (Reuters) - Two", ("MOSS", "RIGA"), "Norway", None, "Reuters", "Two"),
    ("OSLO (Reuters Life!) - Two", ("OSLO",), None, None, "Reuters", "Two"),
    ("Feb 24 (Reuters) - Two", (), None, "2016-02-24", "Reuters", "Two"),
    ("(Reuters) - Two", (), None, None, "Reuters", "Two"),
    ("Reuters - Two ships", (), None, None, "Reuters", "Two"),
    ("Reuters, Washington,", ("Washington",), None, None, "Reuters", ""),
    ("OSLO, Feb (Reuters) - Two", ("OSLO",), None, None, "Reuters", "Two"),
    ("VARDE, Denmark, March 5, Reuter - Two", ("VARDE",), "Denmark", "2016-03-05", "Reuters", "Two"),
    ("ABOARD THE USS OAKVALE (Reuters) - Two", ("ABOARD THE USS OAKVALE",), None, None, "Reuters", "Two"),
    ("OSLO AND RIGA (Reuters) - Two", ("OSLO", "RIGA"), None, None, "Reuters", "Two"),
    ("(Adds detail) OSLO Feb 24 (Reuters) - Two", ("OSLO",), None, "2016-02-24", "Reuters", "Two"),
    ("By Ann Poe OSLO Feb 24 (Reuters) - Two", ("OSLO",), None, "2016-02-24", "Reuters", "Two"),
    ("By ANN POE OSLO (Reuters) - Two", ("OSLO",), None, None, "Reuters", "Two"),
    # AP
    ("OAKVALE, Ohio (AP) — A mayor", ("OAKVALE",), "Ohio", None, "AP", "A mayor"),
    ("OAKVALE, N.J. (AP) -- A mayor", ("OAKVALE",), "N.J.", None, "AP", "A mayor"),
    ("ST. PAUL, Minn. (AP) _ A mayor", ("ST. PAUL",), "Minn.", None, "AP", "A mayor"),
    ("BEIRUT, Lebanon, (AP) - A mayor", ("BEIRUT",), "Lebanon", None, "AP", "A mayor"),
    ("New York (AP) - A mayor", ("New York",), None, None, "AP", "A mayor"),
    ("OAKVALE, Wis., Jan. 15, 2014 (AP)", ("OAKVALE",), "Wis.", "2014-01-15", "AP", ""),
    ("McOAK, Texas (AP) — A mayor", ("McOAK",), "Texas", None, "AP", "A mayor"),
    ("BERLIN (AP) â€” A mayor", ("BERLIN",), None, None, "AP", "A mayor"),
    # no agency in it
    ("LIMA, Feb 24 – A mayor said", ("LIMA",), None, "2016-02-24", None, "A mayor"),
    ("LIMA, 24 Feb - A mayor said", ("LIMA",), None, "2016-02-24", None, "A mayor"),
    ("LIMA — A mayor said", ("LIMA",), None, None, None, "A mayor"),
    ("LIMA—", ("LIMA",), None, None, None, ""),
    ("OAKVALE, Ohio – A mayor said", ("OAKVALE",), "Ohio", None, None, "A mayor"),
    ("OAKVALE — A mayor said on Monday that rain fell", ("OAKVALE",), None, None, None, "A mayor"),
    ("LIMA/QUITO - Leaders met", ("LIMA", "QUITO"), None, None, None, "Leaders"),
    ("NEW DELHI: The minister said", ("NEW DELHI",), None, None, None, "The minister"),
    ("lima, may 7 - A mayor", ("lima",), None, "2016-05-07", None, "A mayor"),
    ("****LIMA, May 7 - A mayor", ("LIMA",), None, "2016-05-07", None, "A mayor"),
    ("LIMA, May - Growers need rain", ("LIMA",), None, None, None, "Growers"),
    ("LIMA May 7 Former growers", ("LIMA",), None, "2016-05-07", None, "Former"),
    ("Mexico City, April 29 - A mayor", ("Mexico City",), None, "2016-04-29", None, "A mayor"),
    ("OAKVALE CITY — A mayor said on Monday that rain fell", ("OAKVALE CITY",), None, None, None, "A mayor"),
    ("LA PAZ, May 7 - the mayor said", ("LA PAZ",), None, "2016-05-07", None, "the mayor"),
    ("La paz, May 7 - the mayor said", ("La paz",), None, "2016-05-07", None, "the mayor"),
    ("STERLING, Va., May 7 - A mayor said", ("STERLING",), "Va.", "2016-05-07", None, "A mayor"),
    ("OAKVALE, Ohio (AP) ? A mayor said", ("OAKVALE",), "Ohio", None, "AP", "A mayor"),
    # other English services
    ("PARIS (AFP) — A mayor", ("PARIS",), None, None, "AFP", "A mayor"),
    ("OAKVALE, New York (AFP)", ("OAKVALE",), "New York", None, "AFP", ""),
    ("OSLO, Feb 24, 2016 (AFP) - A mayor", ("OSLO",), None, "2016-02-24", "AFP", "A mayor"),
    ("LIMA, February 24 (Xinhua) -- A mayor", ("LIMA",), None, "2016-02-24", "Xinhua", "A mayor"),
    ("SEOUL, Feb. 24 (Yonhap) -- A mayor", ("SEOUL",), None, "2016-02-24", "Yonhap", "A mayor"),
    ("TOKYO, Feb. 24 (Kyodo) -- A mayor", ("TOKYO",), None, "2016-02-24", "Kyodo", "A mayor"),
    ("HONOLULU, Feb. 24 (UPI) — A mayor", ("HONOLULU",), None, "2016-02-24", "UPI", "A mayor"),
    ("New Delhi, Feb 24 (IANS): A mayor", ("New Delhi",), None, "2016-02-24", "IANS", "A mayor"),
    ("Mumbai, Feb 24 (PTI) A mayor", ("Mumbai",), None, "2016-02-24", "PTI", "A mayor"),
    ("Wellington, PTI: A mayor", ("Wellington",), None, None, "PTI", "A mayor"),
    ("PTI | New Delhi | A mayor", ("New Delhi",), None, None, "PTI", "A mayor"),
    ("Pune, Feb. 24 (ANI): A mayor", ("Pune",), None, "2016-02-24", "ANI", "A mayor"),
    ("MOSCOW, February 24. /TASS/. A mayor", ("MOSCOW",), None, "2016-02-24", "TASS", "A mayor"),
    (
        "KUALA LUMPUR, Feb 24 (Bernama) -- A mayor",
        ("KUALA LUMPUR",),
        None,
        "2016-02-24",
        "Bernama",
        "A mayor",
    ),
    (
        "MOSCOW (UrduPoint News / Sputnik - 24th February, 2016) A mayor",
        ("MOSCOW",),
        None,
        "2016-02-24",
        "Sputnik",
        "A mayor",
    ),
    ("Feb. 24 (Bloomberg) -- A mayor", (), None, "2016-02-24", "Bloomberg", "A mayor"),
    ("Washington (CNN) -- A mayor", ("Washington",), None, None, "CNN", "A mayor"),
    ("LIMA, Feb. 24, 2016 /PRNewswire/ -- Acme", ("LIMA",), None, "2016-02-24", "PR Newswire", "Acme"),
    ("LIMA, Feb. 24, 2016 (GLOBE NEWSWIRE) -- Acme", ("LIMA",), None, "2016-02-24", "GlobeNewswire", "Acme"),
    ("LIMA--(BUSINESS WIRE)--Acme", ("LIMA",), None, None, "Business Wire", "Acme"),
    ("DENVER (Mountain Desk) - A mayor", ("DENVER",), None, None, "Mountain Desk", "A mayor"),
    ("LIMA (Agencies) - A mayor", ("LIMA",), None, None, None, "A mayor"),
    ("LIMA (Reuters in Peru) - A mayor", ("LIMA",), None, None, "Reuters", "A mayor"),
    # German, Dutch, Nordic
    ("Hamm (dpa) - Ein Bürger", ("Hamm",), None, None, "dpa", "Ein"),
    ("Bonn/Berlin (dpa/tmn) - Ein Bürger", ("Bonn", "Berlin"), None, None, "dpa", "Ein"),
    ("Frankfurt/Main (dpa) - Ein Bürger", ("Frankfurt/Main",), None, None, "dpa", "Ein"),
    ("Halle (Saale) (dpa) - Ein Bürger", ("Halle",), "Saale", None, "dpa", "Ein"),
    ("BERLIN, 24. Februar (Reuters) - Ein Bürger", ("BERLIN",), None, "2016-02-24", "Reuters", "Ein"),
    ("Wien/Genf (APA/sda/AFP) – Ein Bürger", ("Wien", "Genf"), None, None, "APA", "Ein"),
    ("Mainz (KNA/iz). Ein Bürger", ("Mainz",), None, None, "KNA", "Ein"),
    ("Paris (SID) – Ein Bürger", ("Paris",), None, None, "SID", "Ein"),
    ("Berlin. Die Ministerin will nach der Sitzung mehr sagen", ("Berlin",), None, None, None, "Die"),
    ("AMSTERDAM (ANP) - Een burger", ("AMSTERDAM",), None, None, "ANP", "Een"),
    ("Oslo (NTB): En borger", ("Oslo",), None, None, "NTB", "En"),
    # Romance
    ("PARIS, 24 février (Reuters) - Un maire", ("PARIS",), None, "2016-02-24", "Reuters", "Un"),
    ("Lille, 24 fév 2016 (AFP) - Un maire", ("Lille",), None, "2016-02-24", "AFP", "Un"),
    ("Madrid, 24 feb (EFE).- Un alcalde", ("Madrid",), None, "2016-02-24", "EFE", "Un"),
    ("(EFE).- Un alcalde", (), None, None, "EFE", "Un"),
    ("MADRID, 24 Feb. (EUROPA PRESS) - Un alcalde", ("MADRID",), None, "2016-02-24", "Europa Press", "Un"),
    ("MADRID, 24 (EUROPA PRESS) - Un alcalde", ("MADRID",), None, "2016-02-24", "Europa Press", "Un"),
    ("(ANSA) - ROMA, 24 FEB - Un sindaco", ("ROMA",), None, "2016-02-24", "ANSA", "Un"),
    ("Roma, 24 feb. - (Adnkronos) - Un sindaco", ("Roma",), None, "2016-02-24", "Adnkronos", "Un"),
    ("BRASÍLIA, 24 Fev (Reuters) - Um prefeito", ("BRASÍLIA",), None, "2016-02-24", "Reuters", "Um"),
    ("Lisboa, 24 fev 2016 (Lusa) – Um autarca", ("Lisboa",), None, "2016-02-24", "Lusa", "Um"),
    # Slavic, Greek, Turkish, Hungarian
    ("МОСКВА, 24 фев - РИА Новости. Глава", ("МОСКВА",), None, "2016-02-24", "RIA Novosti", "Глава"),
    ("МОСКВА, 24 февраля. /ТАСС/. Глава", ("МОСКВА",), None, "2016-02-24", "TASS", "Глава"),
    ("Москва. 24 февраля. INTERFAX.RU - Глава", ("Москва",), None, "2016-02-24", "Interfax", "Глава"),
    ("24 февраля, Минск /Корр. БЕЛТА/. Глава", ("Минск",), None, "2016-02-24", "BelTA", "Глава"),
    ("Київ. 24 лютого. УНІАН. Голова", ("Київ",), None, "2016-02-24", "UNIAN", "Голова"),
    ("Praha 24. února (ČTK) - Starosta", ("Praha",), None, "2016-02-24", "CTK", "Starosta"),
    ("24.02.2016 Warszawa (PAP) - Prezydent", ("Warszawa",), None, "2016-02-24", "PAP", "Prezydent"),
    (
        "ZAGREB, 24. veljače 2016. (Hina) - Gradonačelnik",
        ("ZAGREB",),
        None,
        "2016-02-24",
        "HINA",
        "Gradonačelnik",
    ),
    ("Bucureşti, 24 feb /Agerpres/ - Primarul", ("Bucureşti",), None, "2016-02-24", "Agerpres", "Primarul"),
    ("ΑΘΗΝΑ, 24 Φεβρουαρίου (Reuters) - Ο δήμαρχος", ("ΑΘΗΝΑ",), None, "2016-02-24", "Reuters", "Ο"),
    ("Αθήνα (ΑΠΕ-ΜΠΕ) - Ο δήμαρχος", ("Αθήνα",), None, None, "ANA-MPA", "Ο"),
    ("ANKARA, 24 Şubat (Reuters) - Vali", ("ANKARA",), None, "2016-02-24", "Reuters", "Vali"),
    ("ANKARA (AA) - Vali", ("ANKARA",), None, None, "Anadolu", "Vali"),
    (
        "Budapest, 2016. február 24., szerda (MTI) - A polgár",
        ("Budapest",),
        None,
        "2016-02-24",
        "MTI",
        "A polgár",
    ),
    # Arabic, Hindi, Chinese, Japanese, Korean, Indonesian
    ("موسكو (رويترز) - قال", ("موسكو",), None, None, "Reuters", "قال"),
    ("القاهرة 24 فبراير شباط (رويترز) - قال", ("القاهرة",), None, "2016-02-24", "Reuters", "قال"),
    ("باريس (أ ف ب) قال", ("باريس",), None, None, "AFP", "قال"),
    ("ليون (فرنسا) (أ ف ب) قال", ("ليون",), "فرنسا", None, "AFP", "قال"),
    ("باريس, 24-02-2016 (أ ف ب) - قال", ("باريس",), None, "2016-02-24", "AFP", "قال"),
    ("नई दिल्ली, 24 फरवरी (आईएएनएस)। सरकार", ("नई दिल्ली",), None, "2016-02-24", "IANS", "सरकार"),
    ("新华社北京2月24日电 市长", ("北京",), None, "2016-02-24", "Xinhua", "市长"),
    ("【パリ時事】市長は", ("パリ",), None, None, "Jiji", "市長は"),
    ("[東京 24日 ロイター] - 市長は", ("東京",), None, "2016-02-24", "Reuters", "市長は"),
    ("(서울=연합뉴스) 홍길동 기자 = 시장은", ("서울",), None, None, "Yonhap", "시장은"),
    ("JAKARTA, 24 Februari (ANTARA) - Wali kota", ("JAKARTA",), None, "2016-02-24", "Antara", "Wali"),
]


@pytest.mark.parametrize(
    ("opening", "places", "region", "day", "agency", "rest"), MANNERS, ids=[row[0] for row in MANNERS]
)
def test_reads_each_manner(opening, places, region, day, agency, rest):
    dateline, left = parse_dateline(opening, context_date=CONTEXT)
    assert dateline is not None
    assert (dateline.places, dateline.region, dateline.date, dateline.agency) == (places, region, day, agency)
    assert left.startswith(rest)
    assert bool(left) == bool(rest)


@pytest.mark.parametrize(
    "dash", ["-", "--", "–", "—", "―", "_", "- -", "‒", "−", ".-", "–-", "\x96", "\x97", "&mdash;"]
)
def test_takes_every_dash(dash):
    dateline, rest = parse_dateline(f"LIMA (Reuters) {dash} A mayor said")
    assert dateline is not None
    assert dateline.places == ("LIMA",)
    assert dateline.raw.endswith(dash.strip())
    assert rest == "A mayor said"


NO_DATELINES = [
    "",
    "By Jane Roe",
    "By JANE ROE, Associated Press Writer",
    "Today -",
    "FUTURES GRADE B -",
    "OIL PRICES -",
    "Monday, March 3 - The market fell",
    "WEDNESDAY, MAY 5TH The second day",
    "SEATTLE, WA - MAY 5: A player runs",
    "FILE - In this photo of Feb. 3 a mayor speaks to a crowd",
    "BREAKING NEWS - The mayor has resigned, officials said on Monday",
    "OPINION: Why mayors resign",
    "THE QUESTION: Acme, a maker of kites, has to pay",
    "IBM (NYSE: IBM) - The company said",
    "Acme Inc (ACME.O) - the company said",
    "NASA - The space agency said on Monday that it would wait",
    "LIMA-based growers said on Monday",
    "U.S. President said on Monday",
    "Reuters reported on Monday that the mayor",
    "AFP said its reporter had seen the mayor",
    "AP-XY-05-05-16 1626GMT",
    "* Mayor to resign * Council meets on Monday",
    "Copyright 2016 Reuters",
    "© 2016 AFP",
    "Getty Images - a picture",
    "AP Photo/Jane Roe",
    "ANN POE/AFP/Getty Images",
    "(File 2009/The Associated Press) Oakvale's mayor",
    "(Reporting by Ann Poe)",
    "Home / World / Lima mayor resigns",
    "Home > World > Lima",
    "LIMA 2 - 1 QUITO",
    "LIMA STOCKS — The index of leading shares fell on Monday by a tenth",
    "LIMA UNITED — The team won its first match of the year on Monday",
    "ANN POE — The writer teaches history at a college in the state",
    "LIMA: 15C, cloudy",
    "LIMA - 15C",
    "FILE (AP) — In this photo a mayor speaks",
    "Paris, Lima, Tokyo - where to travel next year",
    "Smith (Labour) - 12,345 votes",
    "Lima Philharmonic (conductor: Poe) - The concert",
    "WORLD CUP - The draw took place in the capital on Monday",
    "ANN POE - The writer teaches history at a college in Ohio",
    "Mr. Poe - a lawyer from the capital - said he would not",
    "Paris Poe - the socialite - was seen at",
    "May 3 - A holiday is celebrated with a parade",
    "Rate 7.8015 -",
    "Jun --- --- ---",
    "This page may include material from Agence France-Presse (AFP), Reuters",
]


@pytest.mark.parametrize("opening", NO_DATELINES)
def test_leaves_other_openings_alone(opening):
    assert parse_dateline(opening, context_date=CONTEXT) == (None, opening)


@pytest.mark.parametrize(
    ("printed", "context", "expected"),
    [
        ("Dec 31", date(2016, 1, 1), "2015-12-31"),
        ("Jan 1", date(2015, 12, 31), "2016-01-01"),
        ("Feb 29", date(2016, 3, 1), "2016-02-29"),
        ("Feb 29", date(2015, 3, 1), "2016-02-29"),
        ("Feb 24", None, "--02-24"),
        ("Feb 24, 2011", date(2016, 2, 24), "2011-02-24"),
        ("Feb 30", date(2016, 2, 24), None),
    ],
)
def test_year_is_the_nearest_to_the_context(printed, context, expected):
    dateline, _ = parse_dateline(f"LIMA, {printed} (Reuters) - A mayor", context_date=context)
    assert dateline is not None
    assert dateline.date == expected


@given(st.text(max_size=300))
def test_rest_is_always_the_end_of_the_opening(text):
    dateline, rest = parse_dateline(text, context_date=CONTEXT)
    assert text.endswith(rest)
    assert (dateline is None) == (rest == text)


_PIECES = st.sampled_from(
    [
        "LIMA",
        "Lima",
        "(Reuters)",
        "(",
        ")",
        "/",
        ", ",
        " ",
        "- ",
        "— ",
        "Feb",
        "24",
        "2016",
        "A man said",
        "By ",
        "(Adds x)",
        "新华社",
        "【",
        "】",
        "日",
        ".",
        "\n",
        "AP",
        "Ohio",
        ":",
        "é",
    ]
)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_no_mixture_of_parts_raises_or_loses_text(text):
    dateline, rest = parse_dateline(text, context_date=CONTEXT)
    assert text.endswith(rest)
    if dateline is not None:
        assert dateline.raw in text


@pytest.mark.parametrize("opening", [row[0] for row in MANNERS if row[5] != ""])
def test_what_is_left_holds_no_second_dateline(opening):
    _, rest = parse_dateline(opening, context_date=CONTEXT)
    assert parse_dateline(rest, context_date=CONTEXT) == (None, rest)
