"""The page and the call that show where a story is."""

from __future__ import annotations

from copytaster.store.intake import refuse

URL = "https://harbour.example/quay"


def test_a_dispatch_links_to_its_steps(desk):
    desk.keep()
    desk.settle()
    name = desk.find()[0]["dispatch_id"]
    assert f'href="/trace?of={name}"' in desk.browser.get(f"/dispatches/{name}").text
    shown = desk.browser.get("/trace", params={"of": name})
    assert (shown.status_code, "searchable" in shown.text) == (200, True)
    found = desk.browser.get("/api/v1/trace", params={"of": URL}).json()
    assert (found["end"], found["dispatches"]) == ("searchable", [name])
    assert [one["step"] for one in found["steps"]] == ["fetched", "stored", "grouped", "indexed"]


def test_a_dropped_address_shows_its_reason_and_no_secret(desk):
    url = "https://harbour.example/lost?token=canary-77d0"
    with desk.store.write() as connection:
        refuse(connection, source="harbour-post", url=url, reason="http-404", detail="<b>gone</b>")
    shown = desk.browser.get("/trace", params={"of": url}).text
    assert "http-404" in shown
    assert "<b>gone</b>" not in shown
    answer = desk.browser.get("/api/v1/trace", params={"of": url})
    assert answer.json()["end"] == "dropped"
    assert "canary" not in shown + answer.text


def test_what_is_unknown_says_what_is_not_known(desk):
    shown = desk.browser.get("/trace", params={"of": URL})
    assert shown.status_code == 404
    assert "no source has named this address" in shown.text
    assert "harbour-post has this host" in shown.text
    assert desk.browser.get("/api/v1/trace", params={"of": URL}).status_code == 404
    assert desk.browser.get("/api/v1/trace").status_code == 400
    assert desk.browser.get("/trace").status_code == 200
    missing = desk.browser.get("/dispatches/dnosuch%22dispatch")
    assert 'href="/trace?of=dnosuch%22dispatch"' in missing.text
