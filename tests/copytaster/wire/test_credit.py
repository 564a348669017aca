"""Which agency wrote a story: every kind of evidence, what is none, and what a dispatch's copies say together."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.values import Caption, Credit, Dateline, Evidence
from copytaster.wire.agencies import AGENCY_NAMES
from copytaster.wire.credit import combine_credits, find_credit

STORY = "A mayor flew a kite.\n\nRain fell on Monday, he said."


def _dateline(agency):
    return Dateline(raw=f"LIMA ({agency}) -", places=("LIMA",), agency=agency)


FOUND = [
    ({"dateline": _dateline("Reuters")}, "Reuters", "dateline"),
    ({"byline": ["ANN POE, Associated Press Writer"]}, "AP", "byline"),
    ({"byline": ["AFP"]}, "AFP", "byline"),
    ({"signoff": "(Reporting by Ann Poe; Editing by Bob Roe)"}, "Reuters", "signoff"),
    ({"signoff": "((ann.poe@thomsonreuters.com))"}, "Reuters", "signoff"),
    ({"signoff": "(Reporting by Ann Poe for AAP)"}, "AAP", "signoff"),
    ({"credit_lines": ["— AFP"]}, "AFP", "credit-line"),
    ({"credit_lines": ["Source: PTI"]}, "PTI", "credit-line"),
    ({"credit_lines": ["Copyright 2016 Associated Press"]}, "AP", "copyright"),
    ({"credit_lines": ["© 2016 AFP"]}, "AFP", "copyright"),
    ({"credit_lines": ["OAKVALE, New York (AFP)"]}, "AFP", "dateline"),
    ({"metadata": ["Reuters"]}, "Reuters", "metadata"),
    ({"metadata": ["Deutsche Presse-Agentur"]}, "dpa", "metadata"),
    ({"metadata": ["Copyright (c) 2016 Associated Press"]}, "AP", "copyright"),
    ({"publisher": "reuters.com"}, "Reuters", "publisher"),
    ({"headline": "A mayor flew a kite | Reuters"}, "Reuters", "publisher"),
    ({"captions": [Caption("A kite.", "REUTERS/Ann Poe")]}, "Reuters", "photo-credit"),
    ({"captions": [Caption("A kite. AFP/Ann Poe")]}, "AFP", "photo-credit"),
]


@pytest.mark.parametrize(("given_", "agency", "kind"), FOUND)
def test_each_kind_of_evidence(given_, agency, kind):
    credit = find_credit(body=STORY, **given_)
    assert credit.agency == agency
    assert kind in {evidence.kind for evidence in credit.evidence}
    assert 0 < credit.confidence < 1


IN_BODY = [
    (f"LIMA (Reuters) - {STORY}", "Reuters", "dateline"),
    (f"(Adds quote)\n\nLIMA, May 7 (Reuters) - {STORY}", "Reuters", "dateline"),
    (f"By ANN POE, Associated Press Writer\n\nLIMA - {STORY}", "AP", "byline"),
    (f"By ANN POE, Associated Press Writer LIMA - {STORY}", "AP", "byline"),
    (f"{STORY} (Reporting by Ann Poe; Editing by Bob Roe)", "Reuters", "signoff"),
    (f"{STORY}\n\n— AFP", "AFP", "credit-line"),
    (f"{STORY} (dpa)", "dpa", "credit-line"),
    (f"{STORY}\n\n- Reuters", "Reuters", "credit-line"),
    (f"{STORY}\n\nCopyright 2016 Associated Press", "AP", "copyright"),
    (f"PTI | New Delhi | {STORY}", "PTI", "dateline"),
    (f"A mayor in Lima on Monday. REUTERS/Ann Poe/Files\n\n{STORY}", "Reuters", "photo-credit"),
]


@pytest.mark.parametrize(("body", "agency", "kind"), IN_BODY, ids=[row[2] + " " + row[1] for row in IN_BODY])
def test_finds_in_the_body_what_nobody_took_off(body, agency, kind):
    credit = find_credit(body=body)
    assert credit.agency == agency
    assert kind in {evidence.kind for evidence in credit.evidence}


@pytest.mark.parametrize(
    "body",
    [
        STORY,
        "",
        "Reuters reported on Monday that rain fell.",
        f"{STORY}\n\nThe mayor told Reuters.",
        f"{STORY}\n\nThe Associated Press sued the town on Monday.",
        f"{STORY}\n\nAP said it would go on.",
        f"{STORY}\n\nWith inputs from agencies",
        f"LIMA (Agencies) - {STORY}",
        f"DENVER (Mountain TV) - {STORY}",
        f"{STORY}\n\nThis page may include material from Agence France-Presse (AFP), Reuters, AAP and CNN",
        "A Reuters/Ipsos poll showed that most people like rain.",
        "The New Herald, Reuters and the Associated Press are among those invited.",
    ],
)
def test_an_agency_in_the_story_is_no_credit(body):
    assert find_credit(body=body) == Credit(None, 0.0)


def test_a_picture_alone_is_weak_and_says_so():
    credit = find_credit(
        body=STORY, captions=[Caption("A kite", "REUTERS/Ann Poe"), Caption("B", "REUTERS/Bob Roe")]
    )
    assert credit.agency == "Reuters"
    assert credit.confidence <= 0.4
    assert {evidence.kind for evidence in credit.evidence} == {"photo-credit"}


def test_a_story_beats_its_pictures():
    credit = find_credit(body=f"LIMA (AP) — {STORY}", captions=[Caption("A kite", "REUTERS/Ann Poe")])
    assert credit.agency == "AP"
    assert credit.confidence >= 0.9
    assert {evidence.agency for evidence in credit.evidence} == {"AP", "Reuters"}


def test_of_several_the_main_one_wins_and_all_is_kept():
    credit = find_credit(body=f"LIMA (Reuters) - {STORY}\n\nWith files from The Associated Press")
    assert credit.agency == "Reuters"
    assert {evidence.agency for evidence in credit.evidence} == {"AP", "Reuters"}
    alone = find_credit(body=f"LIMA (Reuters) - {STORY}")
    assert credit.confidence < alone.confidence


def test_agreeing_kinds_add_confidence():
    one = find_credit(body=f"LIMA (Reuters) - {STORY}")
    two = find_credit(body=f"LIMA (Reuters) - {STORY} (Reporting by Ann Poe)")
    assert two.confidence > one.confidence


def test_shared_copy_is_believed_less():
    shared = find_credit(body=STORY, credit_lines=["With inputs from Reuters"])
    assert shared.agency == "Reuters"
    assert shared.confidence < 0.7


def test_evidence_is_strongest_first():
    credit = find_credit(
        body=f"LIMA (Reuters) - {STORY} (Reporting by Ann Poe)",
        captions=[Caption("x", "AP Photo/Bob Roe")],
        publisher="reuters.com",
    )
    weights = [evidence.weight for evidence in credit.evidence]
    assert weights == sorted(weights, reverse=True)


def test_a_dispatch_knows_what_one_copy_says():
    silent = find_credit(body=STORY)
    pictured = find_credit(body=STORY, captions=[Caption("A kite", "AFP/Ann Poe")])
    named = find_credit(body=f"LIMA (Reuters) - {STORY}")
    credit = combine_credits([silent, pictured, named])
    assert credit.agency == "Reuters"
    assert credit.confidence >= 0.9
    assert [evidence.text for evidence in credit.evidence if evidence.kind == "dispatch"] == [
        "named in 1 of 3 copies"
    ]
    assert "AFP" in {evidence.agency for evidence in credit.evidence}


def test_a_dispatch_all_copies_of_which_name_it_needs_no_more():
    named = find_credit(body=f"LIMA (Reuters) - {STORY}")
    assert "dispatch" not in {evidence.kind for evidence in combine_credits([named, named]).evidence}


def test_pictures_alone_stay_weak_in_a_dispatch():
    pictured = find_credit(body=STORY, captions=[Caption("A kite", "AFP/Ann Poe")])
    credit = combine_credits([pictured] * 5)
    assert credit.agency == "AFP"
    assert credit.confidence <= 0.4


def test_no_copies_no_credit():
    assert combine_credits([]) == Credit(None, 0.0)


_EVIDENCE = st.builds(
    Evidence,
    kind=st.sampled_from(
        ["dateline", "byline", "signoff", "credit-line", "copyright", "metadata", "photo-credit", "publisher"]
    ),
    text=st.sampled_from(["a", "b"]),
    weight=st.sampled_from([0.3, 0.6, 0.85, 0.95]),
    agency=st.sampled_from(["Reuters", "AP", "AFP"]),
)
_CREDITS = st.lists(
    st.builds(
        lambda pieces: Credit(pieces[0].agency if pieces else None, 0.5, tuple(pieces)),
        st.lists(_EVIDENCE, max_size=3),
    ),
    max_size=4,
)


@given(_CREDITS)
def test_the_order_of_copies_changes_nothing(credits_):
    results = {combine_credits(list(order)) for order in itertools.permutations(credits_)}
    assert len(results) == 1


@given(_CREDITS)
def test_combining_the_combined_keeps_the_agency(credits_):
    once = combine_credits(credits_)
    assert combine_credits([once]).agency == once.agency


@given(st.text(max_size=400))
def test_never_raises_and_names_known_agencies(text):
    credit = find_credit(
        body=text,
        headline=text[:80],
        byline=[text[:90]],
        credit_lines=[text],
        metadata=[text],
        publisher=text[:60],
    )
    assert 0 <= credit.confidence <= 1
    assert (credit.agency is None) == (not credit.evidence)
    assert (
        credit.agency is None
        or credit.agency in AGENCY_NAMES
        or any(evidence.kind == "dateline" for evidence in credit.evidence)
    )


def test_a_manner_of_signing_does_not_speak_against_a_named_agency():
    signed = find_credit(
        body="Ships left the harbour.",
        dateline=Dateline("OSLO (AFP) -", ("OSLO",), None, None, "AFP"),
        signoff="(Reporting by Ida Holm; Editing by Jon Vik)",
    )
    assert (signed.agency, signed.confidence) == ("AFP", 0.95)
