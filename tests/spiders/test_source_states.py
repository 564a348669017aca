"""What a crawl leaves known of its source: real servers whose feeds or pages give nothing, beside one that works."""

import pytest

from copytaster.store.tables import source_days, source_health, versions

TITLES = (
    "Harbour board widens basin",
    "Ferry fares rise again",
    "Council weighs tunnel plan",
    "Storm shuts airport",
)
CONSENT = (
    "We value your privacy. With your agreement, we and our partners keep and read data on your device to choose "
    "advertisements, to measure how many people saw them, and to improve what we offer. You can withdraw your "
    "agreement at any time on this site under Settings. Request number {number}."
)


@pytest.fixture
def health(rows):
    """The state of a source, as the store has it."""

    def read(name="town"):
        found = {row.source: row for row in rows(*source_health.c)}
        return found[name].health

    return read


def offer(publisher, pages, start=0):
    """A feed of entries whose titles fit their pages, unless `pages` makes others; `pages(number, title)`."""
    entries = []
    for number, title in enumerate(TITLES, start):
        path = f"/{number}"
        entries.append({"path": path, "title": f"{title} {number}"})
        pages(path, number, title)
    publisher.put_feed("/feed", entries)


def story_of(title, number):
    text = f"{title}, officials said on Monday in statement number {number}. " * 6
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{text}</p><p>{text}</p>"
    )


def good(publisher):
    return lambda path, number, title: publisher.put(path, story_of(title, number))


def script_redirect(publisher):
    return lambda path, number, _title: publisher.put(
        path, f"<html><script>location.href='https://elsewhere.example/{number}'</script></html>"
    )


def consent(publisher):
    def put(path, number, title):
        text = CONSENT.format(number=number * 7919)
        publisher.put(
            path,
            f"<html><head><title>{title}</title><meta property='og:title' content='{title}'></head>"
            f"<body><article><h1>{title}</h1><p>{text}</p><p>{text[::1]} Read more about it.</p></article></body>",
        )

    return put


def consent_elsewhere(publisher):
    publisher.put(
        "/consent", f"<html><body><h1>Before you continue</h1><p>{CONSENT}</p><p>{CONSENT}</p></body>"
    )
    return lambda path, *_: publisher.put(path, status=302, headers={"Location": publisher.base + "/consent"})


def missing(_publisher):
    return lambda *_: None


def forbidden(publisher):
    return lambda path, *_: publisher.put(path, "no", status=403)


def challenged(publisher):
    return lambda path, *_: publisher.put(path, "<html><title>Just a moment...</title></html>")


def guarded(publisher):
    """Pages that refuse us, and ask a browser to prove itself."""
    return lambda path, *_: publisher.put(path, CHALLENGE, status=403)


CHALLENGE = "<html><title>Just a moment...</title><script src='/cdn-cgi/challenge'></script></html>"
PAGES = {
    "scripted": (script_redirect, "nothing usable"),
    "missing": (missing, "nothing usable"),
    "consent": (consent, "wall"),
    "elsewhere": (consent_elsewhere, "wall"),
    "forbidden": (forbidden, "blocked"),
    "challenged": (challenged, "blocked"),
    "behind-a-guard": (guarded, "blocked"),
    "good": (good, "new stories"),
}
HEAD = "<?xml version='1.0'?><rss version='2.0'><channel><title>x</title>"
FEEDS = {
    "empty": (f"{HEAD}</channel></rss>", 200, "empty"),
    "blank": ("", 200, "empty"),
    "unaddressed": (
        HEAD + "<item><title>Nowhere</title></item>" * 8 + "</channel></rss>",
        200,
        "nothing usable",
    ),
    "login": ("<!doctype html><html><body><h1>Sign in</h1></body></html>", 200, "not a feed"),
    "guarded": ("<!doctype html><html><title>Just a moment...</title></html>", 200, "blocked"),
    "refused": ("no", 403, "blocked"),
    "gone": ("no", 404, "failing"),
    "broken": ("no", 500, "failing"),
}


def test_each_source_is_called_by_what_it_gives_from_the_second_run_on_too(publishers, collect, health, rows):
    words, feeds = {}, {}
    for name, (pages, words[name]) in PAGES.items():
        publisher = publishers()
        offer(publisher, pages(publisher))
        feeds[name] = publisher.base + "/feed"
    for name, (body, status, words[name]) in FEEDS.items():
        publisher = publishers()
        publisher.put("/feed", body, status=status)
        feeds[name] = publisher.base + "/feed"
    collect(**feeds)
    assert {name: health(name) for name in words} == words
    assert len(rows(versions.c.id)) == len(TITLES)  # of the good one
    collect(**feeds)
    assert {name: health(name) for name in words} == words | {"good": "unchanged"}


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [(403, {}, CHALLENGE), (503, {}, CHALLENGE), (401, {"cf-mitigated": "challenge"}, "no"), (200, {}, CHALLENGE)],
)  # fmt: skip
def test_a_challenge_is_named_in_the_evidence(publisher, collect, rows, status, headers, body):
    publisher.put("/feed", body, status=status, headers=headers)
    collect(town=publisher.base + "/feed")
    (found,) = rows(*source_health.c)
    assert (found.health, found.reason) == ("blocked", "challenge")
    assert "a challenge for browsers" in found.evidence


@pytest.mark.parametrize("status", [403, 503])
def test_a_refusal_without_a_challenge_is_none(publisher, collect, rows, status):
    publisher.put("/feed", "<html><title>Sorry</title><p>Just a moment in time.</p></html>", status=status)
    collect(town=publisher.base + "/feed")
    (found,) = rows(*source_health.c)
    assert "challenge" not in f"{found.reason} {found.evidence}"


def test_not_modified_heals_nothing(publisher, collect, health):
    offer(publisher, missing(publisher))
    publisher.answers["/feed"].headers["ETag"] = '"1"'
    for _ in range(2):
        collect(town=publisher.base + "/feed")
        assert health() == "nothing usable"


def test_a_source_that_works_again_is_healthy(publisher, collect, health):
    offer(publisher, consent(publisher))
    collect(town=publisher.base + "/feed")
    assert health() == "wall"
    offer(publisher, good(publisher))
    collect(town=publisher.base + "/feed")
    assert health() == "new stories"


def test_one_more_wall_is_known_by_those_before(publisher, collect, health, rows):
    offer(publisher, consent(publisher))
    collect(town=publisher.base + "/feed")
    title = "Bridge closes for repairs"
    consent(publisher)("/one", 99, title)
    publisher.put_feed("/feed", [{"path": "/one", "title": title}])
    collect(town=publisher.base + "/feed")
    assert health() == "wall"
    assert rows(versions.c.id) == []


def test_a_lone_page_unlike_its_title_is_a_story(publisher, collect, health):
    publisher.put("/one", story_of("Storm shuts airport", 1))
    publisher.put("/two", story_of("Harbour board widens basin", 2))
    entries = [{"path": "/one", "title": "Sturm schliesst Flughafen"}, {"path": "/two", "title": TITLES[0]}]
    publisher.put_feed("/feed", entries)
    assert collect(town=publisher.base + "/feed").stored == 2
    assert health() == "new stories"


def test_new_stories_are_counted_by_day(publisher, collect, rows):
    offer(publisher, good(publisher))
    collect(town=publisher.base + "/feed")
    collect(town=publisher.base + "/feed")
    assert [row.new for row in rows(source_days.c.new)] == [len(TITLES)]
