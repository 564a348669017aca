import re

import pytest

from spiders.parsing import boilerplate, cleaning, dates, encoding, headline, page, part, story, structured
from spiders.parsing.boilerplate import follows_story, is_boilerplate_line, is_rights_line, name_kind
from tests.growth import is_even


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("comments-area", "boilerplate"),
        ("relatedStories", "boilerplate"),
        ("js-newsletter", "boilerplate"),
        ("contactHoverBox", "boilerplate"),
        ("image-caption", "caption"),
        ("photoCredit", "caption"),
        ("byline", "byline"),
        ("article-date", "date"),
        ("article-body", ""),
        ("header", ""),
        ("shared-layout", ""),
        ("", ""),
    ],
)
def test_names(name, kind):
    assert name_kind(name) == kind


@pytest.mark.parametrize(
    "line",
    ["Comments", "12 comments", "Post a comment", "Social Streams", "Facebook Comments", "Related stories", "You may also like",
     "Today's Top Stories", "Kommentare (4)", "Mehr zum Thema", "Commentaires (2)", "À lire aussi :", "Comentarios", "Читайте также:", "اقرأ أيضا", "相关新闻", "Most Read"],
)  # fmt: skip
def test_story_has_ended(line):
    assert follows_story(line)


@pytest.mark.parametrize(
    "line",
    ["Comments by the minister were not recorded.", "Related charges were dropped on Friday.", "More than 40 people were hurt.",
     "Most popular music is short.", "Trending lower, shares closed at 14."],
)  # fmt: skip
def test_story_goes_on(line):
    assert not follows_story(line)


@pytest.mark.parametrize(
    "line",
    ["Advertisement", "Share", "Share on Facebook", "Read more: Bridge closed", "ALSO READ: Bridge closed", "Sign up for our newsletter",
     "Follow us on Twitter", "Click here for pictures", "1 of 3", "Anzeige", "A A A", "Got a tip? Write to desk@paper.example", "Do you have a news tip? Call us.",
     "This story appears in the {{article.magazine.date}} issue.", "By ${author.name}", "<%= item.title %>", "Tags: bridge, river", "[责任编辑：王小]"],
)  # fmt: skip
def test_boilerplate_lines(line):
    assert is_boilerplate_line(line)


@pytest.mark.parametrize(
    "line",
    ["Share prices fell in early trading on Monday.", "Email records show that the mayor knew.", "Print works in the city will close.",
     "Video recordings were handed to the court.", "Home sales rose 3 percent.", "Like many others, he left.",
     "Got a tip wrong once, the trader said.", "They have a tip of $5 on the bill.", "He paid $5 {about 4 euros} for it."],
)  # fmt: skip
def test_lines_that_only_begin_alike(line):
    assert not is_boilerplate_line(line)


@pytest.mark.parametrize(
    "line",
    ["Copyright 2024 Associated Press. All rights reserved.", "© dpa", "(C) 2020 The Quay", "ALL RIGHTS RESERVED", "Alle Rechte vorbehalten.",
     "Tous droits réservés", "Todos los derechos RESERVADOS", "This material may not be published, broadcast or rewritten.",
     "It may not be reproduced.", "THIS MAY NOT BE BROADCAST."],
)  # fmt: skip
def test_rights(line):
    assert is_rights_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "Lawyers said the song was hers.",
        "The book was published in May.",
        "A table was reserved for 2020 (c).",
    ],
)
def test_no_rights(line):
    assert not is_rights_line(line)


def patterns():
    for module in (dates, encoding, boilerplate, headline, cleaning, page, part, story, structured):
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield pytest.param(value, id=f"{module.__name__}.{name}")


@pytest.mark.parametrize("pattern", list(patterns()))
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "a ",
        "1",
        "(",
        "share ",
        "comments ",
        "<p",
        "a.",
        "20160224",
        "\u0301",
        ",\n",
        "read more",
        "Share on Facebook or ",
    ],
)
def test_patterns_stay_quick(pattern, unit):
    text = (unit * 100_000)[:100_000]
    subject = text.encode() if isinstance(pattern.pattern, bytes) else text
    assert is_even(lambda part: sum(1 for _ in pattern.finditer(part)), subject)
