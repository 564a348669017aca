import pytest
from starlette.testclient import TestClient

from newsdesk.web.api import ChangePage, DispatchPage


def test_a_page_of_dispatches(desk):
    desk.keep()
    desk.settle()
    answer = desk.browser.get("/api/v1/dispatches", params={"q": "quay"}).json()
    assert answer["total"] == {"value": 1, "relation": "eq"}
    assert answer["items"][0]["headline"] == "North quay to be rebuilt"
    assert answer["facets"]["publisher"] == [{"value": "Harbour Post", "count": 1}]
    assert answer["next"] is None
    assert DispatchPage.model_validate(answer).model_dump() == answer


def test_the_cursor_walks_over_everything_once(desk):
    for number in range(7):
        desk.keep(
            url=f"https://harbour.example/{number}", headline=f"Brief {number}", body=f"Item number {number}."
        )
    desk.settle()
    seen, cursor = [], None
    while True:
        answer = desk.browser.get(
            "/api/v1/dispatches", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        )
        page = answer.json()
        seen += [item["headline"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == [f"Brief {number}" for number in range(7)]


def test_one_dispatch_in_its_promised_shape(desk):
    desk.keep()
    desk.settle()
    (item,) = desk.find()
    record = desk.browser.get(f"/api/v1/dispatches/{item['dispatch_id']}").json()
    promised = {
        "id", "rev", "state", "merged_into", "headline", "agency", "agency_confidence", "first_seen", "last_seen",
        "published_at", "publisher_count", "version_count", "correction_count", "has_uncorrected", "canonical", "members",
    }  # fmt: skip
    assert promised <= set(record)
    (member,) = record["members"]
    assert {
        "story", "publisher", "url", "headline", "relation", "versions", "first_seen", "evidence"
    } <= set(member)  # fmt: skip
    assert {"rule", "score", "matched_words", "share_of_shorter", "share_of_longer"} <= set(
        member["evidence"]
    )


def test_an_unchanged_dispatch_is_not_sent_again(desk):
    desk.keep()
    desk.settle()
    address = f"/api/v1/dispatches/{desk.find()[0]['dispatch_id']}"
    tag = desk.browser.get(address).headers["etag"]
    assert desk.browser.get(address, headers={"If-None-Match": tag}).status_code == 304
    desk.keep(headline="North quay to be rebuilt in May")
    desk.settle()
    assert desk.browser.get(address, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/v1/dispatches?agencie=AP", 400, "did you mean 'agency'?"),
        (
            "/api/v1/dispatches?limit=0&pubisher=AP",
            400,
            "unknown parameter 'pubisher' (did you mean 'publisher'?)",
        ),
        ("/api/v1/dispatches/none?limit=1", 400, "unknown parameter 'limit' (none is known)"),
        ("/api/v1/dispatches?limit=0", 400, "limit"),
        ("/api/v1/dispatches?limit=101", 400, "limit"),
        ("/api/v1/dispatches?since=soon", 400, "since"),
        ("/api/v1/dispatches?cursor=forged", 400, "cursor"),
        ("/api/v1/dispatches?sort=_doc", 400, "sort"),
        ("/api/v1/dispatches/none", 404, "no such dispatch"),
        ("/api/v1/nothing", 404, "/api/v1/nothing"),
    ],
)
def test_errors_are_problems_of_rfc_9457(desk, path, status, said):
    answer = desk.browser.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert said in problem["detail"]


def test_the_description_names_every_call(desk):
    paths = desk.browser.get("/api/v1/openapi.json").json()["paths"]
    assert {"/api/v1/dispatches", "/api/v1/dispatches/{dispatch_id}", "/metrics", "/livez", "/readyz"} <= set(
        paths
    )
    assert "/api/v1/dispatches" in desk.browser.get("/api").text


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/version", "/metrics", "/sources", "/static/icon.svg"]
)
def test_probes_and_pages_answer(desk, path):
    assert desk.browser.get(path).status_code == 200


def test_readiness_names_what_is_wrong(desk):
    desk.index.close()
    desk.settings.index_path.unlink(missing_ok=True)
    desk.settings.index_path.mkdir()
    answer = desk.browser.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["store"] == "ok"
    assert answer.json()["checks"]["index"] != "ok"


def test_metrics_count_what_is_there(desk):
    desk.keep()
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/1")
    before = desk.browser.get("/metrics").text
    assert 'copytaster_waiting{stage="grouping"} 2.0' in before
    desk.settle()
    after = desk.browser.get("/metrics").text
    assert "copytaster_dispatches 1.0" in after
    assert "copytaster_versions_total 2.0" in after
    assert 'copytaster_waiting{stage="grouping"} 0.0' in after
    assert "copytaster_singleton_share 0.0" in after


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"headline": "quay"}, 1),
        ({"headline": "rebuilt -quay"}, 0),
        ({"body": '"no such words"'}, 0),
        ({"q": "quay", "publisher": "Harbour Post", "family": "Harbour Post"}, 1),
        ({"family": "Someone Else"}, 0),
        ({"slug": "nothing"}, 0),
        ({"dateline": "nowhere"}, 0),
        ({"state": "withdrawn"}, 0),
        ({"state": ["live", "withdrawn"]}, 1),
        ({"q": "headline:quay state:live"}, 1),
    ],
)
def test_single_fields_are_parameters(desk, parameters, count):
    desk.keep()
    desk.settle()
    assert desk.browser.get("/api/v1/dispatches", params=parameters).json()["total"]["value"] == count


@pytest.mark.parametrize(
    "parameters", [{"state": "dead"}, {"q": "time:soon"}, {"headline": "?"}, {"slugs": "x"}]
)
def test_an_unknown_field_or_value_is_refused(desk, parameters):
    assert desk.browser.get("/api/v1/dispatches", params=parameters).status_code in {400, 422}


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"agency": ["a"] * 33}, "agency: 33 values (at most 32)"),
        ({"publisher": "x" * 513}, "publisher: a value is too long (at most 512 characters)"),
        ({"q": "x" * 8001}, "q: String should have at most 8000 characters"),
        ({"state": ["live", "dead"]}, "state: Input should be"),
        ({"headline": "word " * 20, "body": "word " * 20}, "more than 32 words"),
    ],
)
def test_a_problem_names_the_parameter_and_the_limit(desk, parameters, said):
    answer = desk.browser.get("/api/v1/dispatches", params=parameters)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_changes_are_followed_from_where_the_reader_stopped(desk):
    for number in range(5):
        desk.keep(
            url=f"https://harbour.example/{number}", headline=f"Brief {number}", body=f"Item number {number}."
        )
    desk.group()  # the index has none of them yet
    seen, after = [], 0
    while True:
        page = desk.browser.get("/api/v1/changes", params={"after": after, "limit": 2}).json()
        assert ChangePage.model_validate(page).model_dump() == page
        seen += [item["dispatch"]["headline"] for item in page["items"]]
        after = page["complete_to"]
        if not page["more"]:
            break
    assert seen == [f"Brief {number}" for number in range(5)]
    desk.keep()
    desk.group()
    after = desk.browser.get("/api/v1/changes", params={"after": after}).json()["complete_to"]
    desk.keep(publisher="Gulf Ledger", url="https://gulf.example/quay")
    desk.group()
    (item,) = desk.browser.get("/api/v1/changes", params={"after": after, "only": "ids"}).json()["items"]
    assert (item["rev"], "dispatch" in item) == (2, False)
    assert desk.browser.get("/api/v1/changes", params={"after": item["change"]}).json() == {
        "items": [],
        "complete_to": item["change"],
        "more": False,
        "completeness": desk.browser.get("/api/v1/completeness").json(),  # the index waits, so it stays
    }


HUGE = 10**20


@pytest.mark.parametrize(
    "path",
    [
        f"/board?view={HUGE}",
        f"/views/edit?edit={HUGE}",
        f"/api/v1/views/{HUGE}",
        f"/api/v1/views/{HUGE}/dispatches",
        f"/embargoes/{HUGE}",
        f"/api/v1/audit?before={HUGE}",
    ],
)
def test_a_number_that_no_store_has_is_no_fault_of_ours(desk, path):
    reader = TestClient(desk.browser.app, base_url="http://localhost", client=("127.0.0.1", 50_000))
    answer = reader.get(path)
    assert answer.status_code in {400, 404}
    assert "log" not in answer.text.partition("<main")[2]


ACTS = {  # a form of the pages -> the call that does the same
    "/decide": ("/decisions", "post"),
    "/marks": ("/marks", "post"),
    "/marks/acknowledge": ("/affected/acknowledge", "post"),
    "/me": ("/me", "patch"),
    "/subscriptions": ("/subscriptions/{subscription_id}", "patch"),
    "/subscriptions/new": ("/subscriptions", "post"),
    "/takes": ("/takes", "post"),
    "/views/edit": ("/views", "post"),
}
OF_THE_BROWSER = {"/basket", "/marks/name"}  # what it keeps between two pages; a call names both itself


def test_whatever_a_page_does_a_call_does(desk):
    described = desk.browser.get("/api/v1/openapi.json").json()["paths"]
    forms = {
        route.path
        for route in desk.browser.app.routes
        if "POST" in (getattr(route, "methods", None) or ()) and not route.path.startswith("/api/")
    }
    assert forms - OF_THE_BROWSER == ACTS.keys()
    for path, method in ACTS.values():
        assert method in described[f"/api/v1{path}"]
