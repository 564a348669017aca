"""Settings of a person: kept under the name the proxy gives, for this machine, or in the browser; in force on every page."""

from ipaddress import ip_network

import pytest
from lxml import html

from settings import RoleSettings
from tests.newsdesk.web.decisions.test_deciding import open_browser
from tests.newsdesk.web.dispatch.test_page import words
from tests.newsdesk.web.people.test_people import be

PROXY = {"decisions": "proxy", "proxies": (ip_network("127.0.0.0/8"),), "roles": RoleSettings(others="read")}
JSON = {"Content-Type": "application/json"}


def read_form(reader, **headers):
    (form,) = html.fromstring(reader.get("/me", headers=headers).text).cssselect("form.me")
    (rows,) = form.cssselect("input[name=density][checked]")
    return dict(form.form_values()) | {"density": rows.get("value")}  # lxml reads an empty one as "on"


def send(reader, changes, **headers):
    return reader.post(
        "/me", data=read_form(reader, **headers) | changes, headers=headers, follow_redirects=False
    )


def find_clock(reader, **headers):
    """The zone and the first clock of the list, with its class."""
    page = html.fromstring(reader.get("/", headers=headers).text)
    (row,) = page.cssselect(".hits")
    return (
        words(page.cssselect("footer")[0]).split()[3],
        words(page.cssselect(".hit .when time")[0]),
        row.get("class"),
    )


@pytest.fixture
def reader(desk):
    desk.keep()
    desk.settle()
    return open_browser(desk)


def test_zone_and_rows_are_set_without_scripts(reader):
    _, before, rows = find_clock(reader)
    assert rows == "hits dense"
    answer = send(reader, {"timezone": "Asia/Kathmandu", "density": "comfortable"})  # 5 h 45 min before UTC
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?kept=1")
    zone, after, rows = find_clock(reader)
    assert (zone, rows) == ("Asia/Kathmandu.", "hits comfortable")
    hours, minutes = (int(part) for part in before.split(":"))
    moved = (hours * 60 + minutes + 345) % 1440
    assert after == f"{moved // 60:02}:{moved % 60:02}"
    assert 'class="hits dense"' in reader.get("/?view=dense").text  # the address goes before
    assert read_form(reader)["timezone"] == "Asia/Kathmandu"
    send(reader, {"do": "reset"})
    assert find_clock(reader) == ("UTC.", before, "hits dense")


def test_days_begin_in_the_readers_zone(desk):
    desk.keep(published_at=None)
    desk.settle()
    reader = open_browser(desk)
    (item,) = reader.get("/api/v1/dispatches").json()["items"]
    days = {}
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # 25 hours apart: never the same day
        send(reader, {"timezone": zone})
        page = html.fromstring(reader.get("/").text)
        days[zone] = words(page.cssselect(".hit .day")[0])
    assert len(set(days.values())) == 2
    found = reader.get("/", params={"since": item["news_at"][:10]})
    assert found.status_code == 200


def test_a_person_named_by_the_proxy_has_her_settings_everywhere(desk, reader):
    reader = open_browser(desk, **PROXY)
    assert send(reader, {"timezone": "Asia/Tokyo"}, **be("ada")).status_code == 303
    elsewhere = open_browser(desk, **PROXY)
    assert find_clock(elsewhere, **be("ada"))[0] == "Asia/Tokyo."
    assert find_clock(elsewhere, **be("bo"))[0] == "UTC."
    me = elsewhere.get("/api/v1/me", headers=be("ada")).json()
    assert (me["name"], me["role"], me["kept_in"], me["chosen"]) == (
        "ada",
        "read",
        "store",
        {"timezone": "Asia/Tokyo"},
    )


def test_every_change_is_in_the_audit(reader):
    send(reader, {"timezone": "Asia/Tokyo"})
    send(reader, {"timezone": "Asia/Tokyo"})  # nothing changed
    (row,) = reader.get("/api/v1/audit?what=preferences").json()["items"]
    assert (row["what"], row["detail"]) == ("preferences.change", "timezone: Asia/Tokyo")


def test_a_browser_keeps_the_settings_of_who_is_not_named(desk, reader):
    unnamed = open_browser(desk, **PROXY)
    send(unnamed, {"timezone": "Asia/Tokyo", "key_next": "ö"})
    assert find_clock(unnamed)[0] == "Asia/Tokyo."
    me = unnamed.get("/api/v1/me").json()
    assert (me["kept_in"], me["in_force"]["keys"]["next"]) == ("browser", "ö")
    assert find_clock(open_browser(desk, **PROXY))[0] == "UTC."
    unnamed.cookies.set("desk-preferences", "%%% no base64 %%%", domain="localhost.local")
    assert find_clock(open_browser(desk, **PROXY))[0] == "UTC."


@pytest.mark.parametrize("cookie", ["", "e30=x", "W10=", "eyJ0aW1lem9uZSI6IDF9", "not base64 at all", "é"])
def test_a_cookie_that_cannot_be_read_sets_nothing(desk, reader, cookie):
    unnamed = open_browser(desk, **PROXY)
    answer = unnamed.get("/api/v1/me", headers={"Cookie": f"desk-preferences={cookie}".encode()})
    assert (answer.status_code, answer.json()["chosen"]) == (200, {})


def test_keys_that_collide_are_refused_and_nothing_typed_is_lost(reader):
    answer = send(reader, {"timezone": "Asia/Tokyo", "key_next": "k"})
    page = html.fromstring(answer.text)
    assert answer.status_code == 400
    (alert,) = page.cssselect("[role=alert]")
    assert "Next dispatch" in words(alert)
    assert "Previous dispatch" in words(alert)
    (form,) = page.cssselect("form.me")
    typed = dict(form.form_values())
    assert (typed["timezone"], typed["key_next"]) == ("Asia/Tokyo", "k")
    assert reader.get("/api/v1/me").json()["chosen"] == {}


def test_a_call_sets_what_it_names_and_no_more(reader):
    reader.patch("/api/v1/me", json={"timezone": "Asia/Tokyo"})
    answer = reader.patch("/api/v1/me", json={"keys": {"next": "z"}})
    assert answer.json()["chosen"] == {"timezone": "Asia/Tokyo", "keys": {"next": "z"}}
    refused = reader.patch("/api/v1/me", json={"keys": {"next": "k"}})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert "Previous dispatch" in refused.json()["detail"]
    assert reader.patch("/api/v1/me", json={"colour": "red"}).status_code == 400


def test_no_other_site_sets_anything(reader):
    form = read_form(reader)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert reader.post("/me", data=form, headers=headers).status_code == 403
        assert reader.patch("/api/v1/me", json={}, headers=headers).status_code == 403
    assert reader.post("/me", data=form | {"token": "guessed"}).status_code == 400
    assert reader.patch("/api/v1/me", content=b"{}", headers={"Content-Type": "text/plain"}).status_code in {
        400,
        415,
    }
