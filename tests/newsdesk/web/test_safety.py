"""Whatever publishers write is shown as text, never as markup."""

import pytest
from lxml import html

from copytaster.values import Caption, Credit, Dateline, Evidence, Marker
from newsdesk.web.dispatch.tabs import TABS

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "<mark>not ours</mark>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
BODY = "A long paragraph about harbours that {} nobody can misread, whatever it contains, said the harbour master."


@pytest.fixture
def hostile(desk):
    for number, payload in enumerate(PAYLOADS):
        desk.keep(
            headline=f"Harbour {payload} {number}",
            publisher=f"Post {payload}",
            url=f"https://harbour.example/{number}",
            body=BODY.format(payload) + f" Item {number}.",
            byline=(payload,),
            signoff=payload,
            change_note=payload,
            language="en",
            markers=(Marker("genre", "analysis", None, payload),),
            dateline=Dateline(payload, (payload,)),
            captions=(Caption(payload, payload),),
            credit=Credit(payload, 0.9, (Evidence("credit-line", payload, 0.9, payload),)),
        )
    desk.keep(headline="Bad link", url="javascript:alert(1)", body="A link that runs.")
    desk.settle()
    return desk


def assert_text_only(answer):
    assert answer.status_code == 200, answer.text
    page = html.fromstring(answer.text)
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "script":  # our own file, with nothing inside
            assert element.get("src", "").startswith("/static/")
            assert not element.text
        assert element.tag not in {"img", "iframe", "object", "base"}
        for name, value in element.attrib.items():
            assert not name.startswith("on"), html.tostring(element)
            assert name != "style"
            if name in {"href", "src", "action"}:
                assert not value.strip().lower().startswith(("javascript:", "data:", "vbscript:"))


@pytest.mark.parametrize("query", ["", "harbour", "harbours script", '"harbour master"'])
def test_search_pages_show_text_only(hostile, query):
    answer = hostile.browser.get("/", params={"q": query})
    assert_text_only(answer)
    assert "not ours" not in [mark.text for mark in html.fromstring(answer.text).cssselect("mark")]


def test_dispatch_pages_show_text_only(hostile):
    items = hostile.find(limit=100)
    assert len(items) == len(PAYLOADS) + 1
    for item in items:
        for tab in TABS:
            assert_text_only(hostile.browser.get(f"/dispatches/{item['dispatch_id']}?tab={tab}"))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_readers_input_is_text(hostile, payload):
    answer = hostile.browser.get("/", params={"q": payload[:200], "publisher": payload})
    page = html.fromstring(answer.text)
    assert_text_only(answer)
    assert not page.cssselect("img, iframe")
    assert page.cssselect("#q")[0].get("value") == payload


def test_the_list_runs_our_own_files_alone(desk):
    policy = desk.browser.get("/").headers["content-security-policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert (parts["default-src"], parts["script-src"], parts["connect-src"]) == ("'none'", "'self'", "'self'")


def test_every_other_answer_forbids_scripts(desk):
    for path in ("/sources", "/api", "/static/desk.css", "/api/v1/dispatches", "/nowhere"):
        headers = desk.browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_an_unforeseen_error_shows_no_internals(desk, monkeypatch):
    def fail(*_):
        raise RuntimeError("secret: /srv/store")

    monkeypatch.setattr("newsdesk.web.app.describe_results", fail)
    page = desk.browser.get("/")
    assert page.status_code == 500
    assert "Something went wrong" in page.text
    assert "secret" not in page.text
