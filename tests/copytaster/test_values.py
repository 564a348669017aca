from datetime import UTC, datetime

from copytaster.values import Credit, Dateline, Evidence, Marker, ParsedStory, iso, story_to_json


def test_a_story_as_json_has_the_promised_keys():
    story = ParsedStory(
        headline="Talks resume",
        body="One.\n\nTwo.",
        publisher="Harbour Post",
        url="https://example.com/a",
        markers=(Marker("version", "update", 2, "UPDATE 2-"),),
        dateline=Dateline("MOSCOW, Feb 24 (Reuters) -", ("MOSCOW",), None, "2016-02-24", "Reuters"),
        credit=Credit("Reuters", 0.9, (Evidence("dateline", "(Reuters)", 0.9, "Reuters"),)),
        published_at=datetime(2016, 2, 24, 9, tzinfo=UTC),
    )
    data = story_to_json(story)
    assert set(data) == {
        "headline", "markers", "change_note", "body", "dateline", "agency", "agency_confidence", "agency_evidence",
        "byline", "signoff", "captions", "language", "published_at", "published_zone", "updated_at", "publisher",
        "url", "wire_id", "slug", "extractor", "warnings", "claimed_publisher",
        "kind", "embargoed_until", "usage_terms", "editors_note", "wire", "template_version",
    }  # fmt: skip
    assert data["markers"] == [{"class": "version", "kind": "update", "number": 2, "text": "UPDATE 2-"}]
    assert data["dateline"]["places"] == ["MOSCOW"]
    assert (data["agency"], data["agency_confidence"]) == ("Reuters", 0.9)
    assert data["published_at"] == "2016-02-24T09:00:00Z"


def test_no_moment_is_no_text():
    assert iso(None) is None
