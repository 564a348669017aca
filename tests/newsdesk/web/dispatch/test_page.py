from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from copytaster.values import Caption, Credit, Dateline, Evidence, Marker, WireRecord

CORRECTED = (Marker("version", "corrected", None, "CORRECTED-"),)
WITHDRAWN = (Marker("version", "withdrawn", None, "WITHDRAWN-"),)
OWN = Credit("Reuters", 0.95, (Evidence("dateline", "(Reuters)", 0.95, "Reuters"),))


def open_only(desk, tab="text"):
    (item,) = desk.find()
    answer = desk.browser.get(f"/dispatches/{item['dispatch_id']}", params={"tab": tab})
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def words(element):
    return " ".join(element.text_content().split())


def keep_pair(desk):
    desk.keep(
        publisher="Reuters",
        url="https://www.reuters.com/quay",
        credit=OWN,
        dateline=Dateline("ARHAVN, March 2 (Reuters) -", ("ARHAVN",), None, "2026-03-02", "Reuters"),
        signoff="(Reporting by Ida Holm)",
    )
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1", headline="Quay sinks, board acts")


def test_members_with_relation_headline_time_and_link(desk):
    keep_pair(desk)
    desk.settle()
    page = open_only(desk, "carriers")
    rows = page.cssselect(".members tbody tr")
    assert [words(row.cssselect(".publisher")[0]) for row in rows] == ["Reuters", "Gulf Ledger"]
    assert [words(row.cssselect(".chip")[0]) for row in rows] == ["original", "verbatim"]
    assert [row.cssselect(".headline a")[0].get("href") for row in rows] == [
        "https://www.reuters.com/quay",
        "https://gulf.example/1",
    ]
    assert all(row.cssselect("time") for row in rows)
    assert "noopener" in rows[0].cssselect(".headline a")[0].get("rel")


def test_each_copy_names_the_rule_by_which_it_joined(desk):
    keep_pair(desk)
    desk.settle()
    rows = open_only(desk, "carriers").cssselect(".members tbody tr")
    assert [words(row.cssselect(".carried a")[0]) for row in rows] == [
        "first story of the dispatch",
        "same text",
    ]


def test_the_text_has_its_dateline_and_signoff(desk):
    keep_pair(desk)
    desk.settle()
    copy = open_only(desk).cssselect(".copy")[0]
    assert words(copy.cssselect(".dateline")[0]) == "ARHAVN, March 2 (Reuters) -"
    assert words(copy.cssselect(".signoff")[0]) == "(Reporting by Ida Holm)"
    assert len(copy.cssselect("p")) == 4


def test_the_agency_shows_its_evidence_and_the_publisher_of_each(desk):
    keep_pair(desk)
    desk.settle()
    aside = words(open_only(desk).cssselect(".aside")[0])
    assert "Named in the dateline at Reuters" in aside


def test_a_photo_credit_alone_is_called_probable(desk):
    weak = Credit("Reuters", 0.3, (Evidence("photo-credit", "REUTERS/Ida Holm", 0.3, "Reuters"),))
    desk.keep(credit=weak, captions=(Caption("The quay", "REUTERS/Ida Holm"),))
    desk.settle()
    page = open_only(desk)
    assert "probably Reuters" in words(page.cssselect("header .facts")[0])
    assert "Photo credit only (weak)" in words(page.cssselect(".aside")[0])


def test_a_correction_names_who_still_carries_the_old_text(desk):
    keep_pair(desk)
    desk.settle()
    desk.keep(
        publisher="Reuters",
        url="https://www.reuters.com/quay",
        credit=OWN,
        markers=CORRECTED,
        change_note="(Corrects cost in paragraph 3)",
        body="The harbour board voted on Monday to rebuild the north quay at a cost of 84 million crowns, it said.",
    )
    desk.settle()
    page = open_only(desk, "carriers")
    notice = words(page.cssselect(".notice")[0])
    assert "Corrected." in notice
    assert "Corrects cost in paragraph 3." in notice
    assert "Gulf Ledger" in notice
    versions = page.cssselect(".members details ol li")
    assert len(versions) == 2
    first, corrected = open_only(desk, "changes").cssselect(".chain li")
    assert "Still carried by Gulf Ledger" in words(first)
    assert not corrected.cssselect(".carriers")


def test_a_withdrawal_is_an_alarm(desk):
    keep_pair(desk)
    desk.settle()
    desk.keep(
        publisher="Reuters",
        url="https://www.reuters.com/quay",
        credit=OWN,
        markers=WITHDRAWN,
        change_note="(Withdraws story, cost was never voted on)",
        body="The story on the north quay is withdrawn. A replacement story will follow later.",
    )
    desk.settle()
    notice = open_only(desk).cssselect(".notice.alarm")
    assert "withdrew" in words(notice[0])
    assert "cost was never voted on." in words(notice[0])
    assert "Gulf Ledger" in words(notice[0])


def test_an_unknown_id_is_a_page(desk):
    answer = desk.browser.get("/dispatches/nothing")
    assert answer.status_code == 404
    assert "no such dispatch" in answer.text


def test_a_merged_id_redirects_to_the_live_dispatch(desk):
    keep_pair(desk)
    desk.settle()
    (item,) = desk.find()
    with desk.store.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO dispatches (id, rev, change, state, merged_into, founder_id, canonical_id, first_seen_at,"
            " last_seen_at, changed_at) SELECT 'dold', 1, change + 1, 'merged', id, founder_id, canonical_id,"
            " first_seen_at, last_seen_at, changed_at FROM dispatches"
        )
    answer = desk.browser.get("/dispatches/dold", follow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["location"] == f"/dispatches/{item['dispatch_id']}"


@pytest.mark.parametrize("language", ["ar", "en"])
def test_text_has_its_language_and_automatic_direction(desk, language):
    desk.keep(language=language)
    desk.settle()
    copy = open_only(desk).cssselect(".copy")[0]
    assert (copy.get("lang"), copy.get("dir")) == (language, "auto")


def test_a_publication_time_after_our_first_sight_is_not_shown(desk):
    desk.keep(published_at=datetime(2099, 1, 1, tzinfo=UTC))
    desk.settle()
    assert "2099" not in desk.browser.get("/").text


def test_who_published_first_is_first_whenever_we_came(desk):
    early = datetime.now(UTC) - timedelta(hours=5)
    late = early + timedelta(hours=2)
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1", published_at=late)
    desk.keep(publisher="Silent Post", url="https://silent.example/1", published_at=None)
    desk.keep(publisher="Reuters", url="https://www.reuters.com/quay", credit=OWN, published_at=early)
    desk.settle()
    page = open_only(desk, "carriers")
    rows = page.cssselect(".members tbody tr")
    assert [words(row.cssselect(".publisher")[0]) for row in rows] == [
        "Reuters",
        "Gulf Ledger",
        "Silent Post",
    ]
    times = [words(row.cssselect(".time")[0]) for row in rows]
    assert [time.split(" seen ")[0] for time in times] == [
        f"{early:%-d %b %H:%M} first",
        f"{late:%-d %b %H:%M} +2 h",
        "published: unknown",
    ]
    assert all(" seen " in time for time in times)
    assert f"first published {early:%-d %b %Y, %H:%M} by Reuters" in words(page.cssselect(".facts")[0])


def test_an_unknown_time_is_called_unknown(desk):
    desk.keep(published_at=None)
    desk.settle()
    assert "published: unknown" in words(open_only(desk).cssselect(".facts")[0])
    listed = html.fromstring(desk.browser.get("/").text).cssselect(".hit .facts")[0]
    assert "published: unknown, seen " in words(listed)


def test_a_story_of_several_channels_names_them_and_links_its_page(desk):
    wire = WireRecord("ninjs 2.1", guid="urn:1", version="1")
    desk.keep(
        publisher="Reuters", url="file:///in/1.json", wire_id="urn:1", extractor="wire-format", wire=wire,
        source="drop", channel="folder", folds=True,
    )  # fmt: skip
    desk.keep(
        publisher="Reuters", url="https://www.reuters.com/quay", source="site", channel="feed", folds=True
    )
    desk.settle()
    (row,) = open_only(desk, "carriers").cssselect(".members tbody tr")
    assert "came through folder drop" in words(row)
    assert "feed site" in words(row)
    assert row.cssselect(".headline a")[0].get("href") == "https://www.reuters.com/quay"
    (item,) = desk.find()
    found = desk.browser.get(f"/api/v1/dispatches/{item['dispatch_id']}").json()["members"][0]["channels"]
    assert [(one["source"], one["channel"], one["shown"]) for one in found] == [
        ("drop", "folder", True),
        ("site", "feed", True),
    ]
    assert [one["source"] for one in item["members"][0]["channels"]] == ["drop", "site"]


@pytest.mark.parametrize(("channel", "is_shown"), [("mailbox", True), ("feed", False)])
def test_the_verdict_on_the_sender_of_a_mail_is_shown(desk, channel, is_shown):
    headers = (("X-Copytaster-Sender", "spf=pass; dkim=fail; dmarc=fail; by mx.example.org"),)
    desk.keep(source="desk-mail", channel=channel, headers=headers)
    desk.settle()
    aside = words(open_only(desk).cssselect(".aside")[0])
    assert ("spf=pass; dkim=fail; dmarc=fail; by mx.example.org" in aside) == is_shown
    assert ("Sender of the mail" in aside) == is_shown
