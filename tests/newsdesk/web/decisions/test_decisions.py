"""Pages and API show manual decisions, and an old id leads to where its stories went."""

from lxml import html

from dedup.desk.decisions import merge, split, undo

BY = {"who": "Ada <b>", "why": "two quays & more"}


def keep_two(desk):
    desk.keep()
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1")
    desk.settle()
    (item,) = desk.find()
    return item["dispatch_id"]


def words(element):
    return " ".join(element.text_content().split())


def test_both_pages_of_a_split_show_it_and_link_to_the_other(desk):
    whole = keep_two(desk)
    assert "Manual decisions" not in desk.browser.get(f"/dispatches/{whole}?tab=carriers").text
    done = split(desk.store, ["https://gulf.example/1"], **BY)
    desk.settle()
    assert len(desk.find()) == 2
    for name, other in ((whole, done.dispatch), (done.dispatch, whole)):
        page = html.fromstring(desk.browser.get(f"/dispatches/{name}?tab=carriers").text)
        (shown,) = page.cssselect(".decisions li")
        assert "Ada <b> moved 1 story" in words(shown)
        assert "two quays & more" in words(shown)
        assert [link.get("href") for link in shown.cssselect("a")] == [f"/dispatches/{other}"]
    (decision,) = desk.browser.get(f"/api/v1/dispatches/{whole}").json()["decisions"]
    assert (decision["kind"], decision["from"], decision["to"]) == ("split", [whole], [done.dispatch])


def test_an_old_id_redirects(desk):
    whole = keep_two(desk)
    done = split(desk.store, ["https://gulf.example/1"], **BY)
    merge(desk.store, [whole, done.dispatch], **BY)
    answer = desk.browser.get(f"/dispatches/{done.dispatch}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"/dispatches/{whole}")
    assert desk.browser.get(f"/api/v1/dispatches/{done.dispatch}").json()["id"] == whole
    undo(desk.store, done.decision, **BY)
    shown = desk.browser.get(f"/api/v1/dispatches/{whole}").json()["decisions"]
    assert [one["undone"] is not None for one in shown] == [True, False]
