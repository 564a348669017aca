"""No secret of an address reaches a page, the API or the index; a link goes on working."""

import json

from copytaster.store.sources import pause
from tests.newsdesk.web.conftest import NOON

CANARY = "canary-5f1c"
PUBLIC = "https://harbour.example/quay?id=7&code=US"


def test_a_story_is_linked_without_its_secrets(desk):
    desk.keep(url=f"{PUBLIC}&sid={CANARY}&token={CANARY}")
    desk.settle()
    (found,) = desk.find()
    assert [member["url"] for member in found["members"]] == [PUBLIC]
    page = desk.browser.get(f"/dispatches/{found['dispatch_id']}?tab=carriers").text
    assert PUBLIC.replace("&", "&amp;") in page
    shown = json.dumps(desk.browser.get(f"/api/v1/dispatches/{found['dispatch_id']}").json())
    assert CANARY not in page + shown + json.dumps(found)


def test_a_page_masks_whatever_it_shows(desk):
    with desk.store.write() as connection:
        pause(connection, "harbour-post", at=NOON, why=f"they sent Authorization: Bearer {CANARY}")
    text = desk.browser.get("/sources").text
    assert "they sent Authorization: Bearer ***" in text


def test_an_error_of_the_api_quotes_no_secret(desk):
    answered = desk.browser.get(
        "/api/v1/dispatches", params={"cursor": f"?token={CANARY}", f"token={CANARY}": "1"}
    )
    assert answered.status_code == 400
    assert CANARY not in answered.text
