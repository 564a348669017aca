from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copytaster.errors import UnparsableError
from copytaster.values import ParsedStory, RawPage
from spiders.parsing import ParseContext, parse

NOW = datetime(2024, 6, 1, tzinfo=UTC)
PAGES = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "pages").glob("*.html"))]
TAGS = st.sampled_from(
    ["<p>", "</p>", "<div class=comments>", "<div>", "</div>", "<br>", "<h1>", "</h1>", "<title>", "<table><td>", "<a href=x>", "</a>",
     "<script>", "</script>", "<!--", "-->", "&amp;", "&#0;", "<figure>", '<script type="application/ld+json">{"@type":"NewsArticle","articleBody":', "<li>", "\x00", "\ufeff"]
)  # fmt: skip
HTML = st.lists(st.one_of(TAGS, st.text(max_size=120)), max_size=60).map("".join)


def outcome(body):
    try:
        story = parse(RawPage("https://paper.example/news/1", body, NOW), ParseContext())
    except UnparsableError as error:
        return error.reason
    assert isinstance(story, ParsedStory)
    assert story.headline
    assert story.body
    assert story.body == story.body.strip()
    story.body.encode("utf-8")
    return story


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes(body):
    assert outcome(body)


@settings(max_examples=150, deadline=None)
@given(HTML)
def test_any_markup(html):
    assert outcome(b"<html>" + html.encode("utf-8", "replace"))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PAGES), st.integers(0, 4000), st.binary(max_size=40))
def test_damaged_pages(page, place, noise):
    assert outcome(page[:place] + noise + page[place:])
    assert outcome(page[:place])


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(PAGES))
def test_parsing_is_a_function(page):
    assert outcome(page) == outcome(page)
