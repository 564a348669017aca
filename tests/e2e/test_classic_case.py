"""The main case: one dispatch as six outlets print it, a rival's report, and the next day's story."""

import json

import pytest

from newsdesk.cli import run_command

HEADLINE = "Orsava tells mediator it will help keep valley truce"
CAPTION = "Orsava's interior minister Pavel Dorn (right) with mediator Lena Ibarra REUTERS/Mika Halden/Files"
DATELINE = "TALLINN, Feb 24 – "
BODY = [
    "Orsavan Interior Minister Pavel Dorn told international mediator Lena Ibarra on Wednesday that his government "
    "was ready to help keep a truce in the Merun valley, the foreign ministry and the mediator's office said.",
    "Ibarra and the two valley councils announced a plan on Monday for a halt to fighting, excluding Daesh and the "
    "White Ridge militia, that would take effect from Saturday at noon.",
    "Ibarra said at the time that the plan was thin ice, but ice all the same, and that the first lorries of seed "
    "grain could cross the Merun bridge within a week.",
    "Dorn and Ibarra, who spoke by telephone for twenty minutes, stressed the need for “unhurried” pressure on Daesh, "
    "the White Ridge militia and other groups “named in the annex to the Merun paper”, the ministry said.",
    "The mediator's office made no mention of any annex in its account of the call.",
    "The upper valley council has yet to decide whether it will join the truce, its chief delegate Tomas Weyl told "
    "radio station Valley One on Wednesday.",
    "Weyl said the council, on which he has sat since 2011, would answer by Friday evening.",
    "“We have buried forty men since harvest,” said Weyl, who farms on the eastern slope above the bridge.",
    "The lower council, which groups nine villages, said on Monday it had “given its word on paper and in church”.",
    "But it said its word depended on the return of 300 sheep, an end to the blockade of the mill road and the "
    "release of two teachers held since December.",
    "One worry in both councils is that the plan allows strikes on White Ridge positions, many of which lie within "
    "a mile of the villages.",
    "A spokeswoman for the lower council said on Tuesday the annex held “terms that nobody can spell” and had been "
    "written in Orsava, whose police hold the northern road.",
]
COMMENTS = [
    "Social Streams",
    "Facebook Comments",
    "1. Karl M.\n\nNobody asks the sheep. I have lived in the valley for fifty years and every truce has ended the "
    "same way, with the mill road closed and the minister on the telephone.",
    "Post a comment",
]
RIVAL = [
    "TALLINN (AP) — The interior minister of Orsava has promised help with a cease-fire for the Merun valley, "
    "officials announced after a phone conversation with a negotiator.",
    "Pavel Dorn rang Lena Ibarra early in the day from his car, an aide recalled, and offered forty police officers "
    "to watch the crossing that villagers use to reach their fields.",
    "Neither side would say whether the officers would carry weapons. Ibarra, a former judge, has spent eleven months "
    "shuttling between two groups of farmers whose quarrel began over water.",
    "In the square below the church a few people waved flags, though most stayed indoors because of snow.",
    "An earlier arrangement in October lasted nine days before a barn was burned and shooting resumed.",
]
FOLLOW_UP = [
    "TALLINN, Feb 25 (Reuters) - The upper Merun valley council voted on Thursday to join a truce that starts on "
    "Saturday, removing the last open question over a plan to end four months of fighting.",
    "Eleven of the fourteen delegates raised their hands in the school at Obermer, chief delegate Tomas Weyl said, "
    "after a night of argument about who would guard the bridge.",
    "The three who voted no walked out singing. One of them, beekeeper Jana Rusk, said she would stay on the eastern "
    "slope with her rifle until the sheep came home.",
    "Mediator Lena Ibarra welcomed the vote and said four monitors with tents would arrive on Friday.",
    "Grain merchants in the lower villages reopened their stores for the first time since harvest.",
]


def house_style(text):
    return text.replace("Daesh", "Islamic State").replace("“", '"').replace("”", '"')


def write(paragraphs, headline=HEADLINE):
    return "\n\n".join([headline, *paragraphs]) + "\n"


COPIES = {
    "gulf-outlet": write([CAPTION, DATELINE + BODY[0], *BODY[1:], *COMMENTS]),
    "islamic-state": write([DATELINE + BODY[0], *map(house_style, BODY[1:])]),
    "agency-dateline": write(["TALLINN (Reuters) - " + BODY[0], *BODY[1:]]),
    "cut": write([DATELINE + BODY[0], *BODY[1:6]]),
    "local": write(
        [
            DATELINE + BODY[0],
            *BODY[1:3],
            "Our own reporter in Karsten counted nine lorries of seed grain waiting at the customs yard on Tuesday night.",
            *BODY[3:],
            "Some 2,000 people of valley descent live in Karsten, and a service is planned at St Anne's on Sunday.",
        ]
    ),
    "headline": write(
        [DATELINE + BODY[0], *BODY[1:]], headline="Minister on the phone: valley may get its quiet week"
    ),
}
OTHERS = {"rival": write(RIVAL, "Orsava offers police for valley cease-fire"), "next-day": write(FOLLOW_UP, "Upper valley council votes to join truce")}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    pages = tmp_path / "copy"
    pages.mkdir()
    for name, text in (COPIES | OTHERS).items():
        (pages / f"{name}.txt").write_text(text, encoding="utf-8")
    return pages


@pytest.fixture
def printed(capsys):
    def run(*arguments):
        capsys.readouterr()
        code = run_command([str(argument) for argument in arguments])
        return code, capsys.readouterr().out

    return run


def test_parsing_the_first_copy(folder, printed):
    code, out = printed("parse", folder / "gulf-outlet.txt", "--published", "2016-02-24")
    assert code == 0
    story = json.loads(out)
    assert story["headline"] == HEADLINE
    assert story["dateline"] == {
        "raw": "TALLINN, Feb 24 –", "places": ["TALLINN"], "region": None, "date": "2016-02-24", "agency": None
    }  # fmt: skip
    assert story["body"].split("\n\n") == BODY
    assert story["captions"] == [
        {"text": CAPTION.partition(" REUTERS")[0], "credit": "REUTERS/Mika Halden/Files"}
    ]
    assert story["agency"] == "Reuters"
    assert story["agency_confidence"] <= 0.4
    assert {piece["kind"] for piece in story["agency_evidence"]} == {"photo-credit"}


def test_six_copies_are_one_dispatch_and_its_neighbours_stay_apart(folder, printed):
    code, out = printed("ingest", folder, "--published", "2016-02-24", "--json")
    assert code == 0, out
    code, out = printed("dispatch", "list", "--json")
    groups = {
        frozenset(member["url"].rpartition("/")[2].removesuffix(".txt") for member in item["members"]): item
        for item in json.loads(out)["items"]
    }
    assert set(groups) == {frozenset(COPIES), frozenset({"rival"}), frozenset({"next-day"})}
    dispatch = groups[frozenset(COPIES)]
    assert dispatch["agency"] == "Reuters"
    assert dispatch["agency_confidence"] >= 0.8
    relations = {member["url"].rpartition("/")[2]: member["relation"] for member in dispatch["members"]}
    assert relations["cut.txt"] == "cut"
    assert list(relations.values()).count("original") == 1


@pytest.mark.parametrize("query", ["valley truce", '"thin ice, but ice all the same"', "minister telephone"])
def test_an_editor_gets_one_hit(folder, printed, query):
    printed("ingest", folder, "--published", "2016-02-24", "--json")
    code, out = printed("search", query, "--agency", "Reuters", "--json")
    assert code == 0
    hits = [hit for hit in json.loads(out)["items"] if len(hit["members"]) > 1]
    assert len(hits) == 1
