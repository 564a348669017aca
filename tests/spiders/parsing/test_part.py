import json
from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse

URL = "https://quay.example/n/lock-4711.html"
STORY = [
    "The lock at Upper Mill stays shut until spring because its gates have rotted, the waterways office said on Friday.",
    "Barges have to wait at Saltern or unload there, which costs their owners about nine hundred a day.",
    "A yard in the north is building new gates of oak, and hopes to deliver them before the ice has gone.",
]
OFFERS = {
    "en": "Take our digital subscription and read this and all other stories for nine a month.",
    "member": "You have read all your free stories this month. Become a member to read the rest of this story.",
    "de": "Mit einem Abo lesen Sie diesen und alle anderen Artikel, die ersten vier Wochen kosten einen Euro.",
    "fr": "Il vous reste la moitié de cet article à lire. La suite est réservée à nos abonnés fidèles.",
    "es": "Suscríbete para seguir leyendo tu periódico sin límites desde un euro al mes durante medio año.",
    "pt": "Para continuar a ler, assine já por um euro por mês e tenha acesso a tudo o que publicamos todos os dias.",
    "tr": "Haberin devamını okumak için abone olun, ilk ay hiçbir ücret ödemeyin ve istediğiniz zaman ayrılın.",
    "pl": "Wykup prenumeratę, a twój dostęp do wszystkich tekstów otworzy się od razu i na cały rok.",
}


def read(paragraphs=STORY, head="", below=""):
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    html = (
        f"<html><head><title>Lock shut until spring</title>{head}</head><body><article><h1>Lock shut until spring</h1>"
        f"{body}{below}</article></body></html>"
    )
    return parse(RawPage(URL, html.encode(), datetime(2026, 11, 29, tzinfo=UTC)), ParseContext())


def locked(value):
    data = {"@type": "NewsArticle", "headline": "Lock shut until spring", "isAccessibleForFree": value}
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def locked_part():
    data = {"@type": "NewsArticle", "headline": "Lock shut until spring"}
    data["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".rest"}
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


@pytest.mark.parametrize(
    "named",
    [
        {"head": '<link rel="next" href="/n/lock-4711-p2.html">'},
        {"head": '<link rel="next" href="/n/lock-4711/2">'},
        {"below": '<a rel="next" href="?page=2">2</a>'},
        {"below": "<p class='pager'>Page 1 of 3</p>"},
        {"below": "<p>Seite 1 von 2</p>"},
        {"below": "<div>第1页 共3页</div>"},
        {"below": '<p><a href="?p=2">Page suivante »</a></p>'},
        {"head": locked(False)},
        {"head": locked("False")},
        {"head": locked("https://schema.org/False")},
        {"below": '<a class=go href="/n/lock-4711/p2">Weiter auf Seite 2 »</a>'},
        {"head": locked_part()},
        {
            "below": '<div><span>1</span> <a href="/n/lock-4711.html?page=2">2</a> <a href="?page=3">3</a></div>'
        },
        {"below": '<ul><li>1</li><li><a href="/n/lock-4711/2">2</a></li></ul>'},
        {"below": '<div class="story-pages">1 / 4</div>'},
        {
            "below": "<div><h3>Verder lezen?</h3><p>Word abonnee en lees dit artikel en alle andere verhalen.</p></div>"
        },
        {"below": "<p>Чтобы прочитать полный текст, оформите подписку на месяц.</p>"},
        {"head": '<meta property="article:content_tier" content="locked">'},
    ],
)
def test_a_part_says_so(named):
    story = read(**named)
    assert "partial" in story.warnings
    assert story.body.split("\n\n") == STORY


@pytest.mark.parametrize("language", OFFERS)
def test_an_offer_is_no_text(language):
    story = read([*STORY, OFFERS[language]])
    assert story.body.split("\n\n") == STORY
    assert "partial" in story.warnings


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"head": '<link rel="next" href="/n/trams-get-longer-cars.html">'},  # the next story
        {"below": "<p>Page 3 of 3</p>"},
        {"below": '<a href="/n/lock-4711/2">2 Kommentare</a>'},
        {"head": locked(True)},
        {"head": '<meta property="article:content_tier" content="free">'},
        {
            "head": locked(False),
            "paragraphs": [f"{text} It was the {n}th time." for n in range(9) for text in STORY],
        },
    ],
)
def test_a_whole_story_does_not(named):
    assert "partial" not in read(**named).warnings


def test_a_story_about_subscriptions_keeps_its_end():
    end = "The paper has nine thousand subscribers, and a subscription costs less than in any other town of the coast."
    assert read([*STORY, end]).body.split("\n\n") == [*STORY, end]


LINES = "".join(f"<p>Gate {number} of the upper lock, oak</p>" for number in range(12))


def test_numbered_lines_marked_up_like_the_text_are_left_in():
    story = read(below=LINES)
    assert story.body.endswith("Gate 11 of the upper lock, oak")
    assert "partial" not in story.warnings


@pytest.mark.parametrize("wrap", ["<div>{}</div>", "<section class=x>{}</section>"])
def test_text_left_out_of_the_storys_own_element_is_told(wrap):
    assert "partial" in read(below=wrap.format(LINES)).warnings


@pytest.mark.parametrize(
    "below",
    [
        LINES.replace("<p>", "<p><a href=/x>").replace("</p>", "</a></p>"),
        f"<p>Comments</p>{LINES}",
        f"<div class=related>{LINES}</div>",
        f"<figure>{LINES}</figure>",
        "<p>By the waterways desk</p><p>The Quay, Monday</p>",
    ],
)
def test_what_is_no_text_of_the_story_is_not_missed(below):
    assert "partial" not in read(below=below).warnings


@pytest.mark.parametrize(
    "mark",
    ["(Continued on next page)", "(接下一頁)", "（未完待续）", "[Fortsetzung auf der nächsten Seite]", "(suite page suivante)",
     "(Продолжение на следующей странице)", "(To be continued...)"],
)  # fmt: skip
def test_a_mark_of_continuation_makes_a_part_and_is_no_text(mark):
    story = read([*STORY[:2], f"{STORY[2]} {mark}"])
    assert "partial" in story.warnings
    assert story.body.split("\n\n") == STORY


@pytest.mark.parametrize(
    "end", ["The talks are to be continued.", "He wrote (to be continued) below it.", "(See page 2)"]
)
def test_words_of_continuation_in_a_sentence_make_none(end):
    story = read([*STORY, f"{STORY[0]} {end}"])
    assert "partial" not in story.warnings
    assert story.body.endswith(end)


@pytest.mark.parametrize(
    ("url", "head", "below", "is_part"),
    [
        (f"{URL}?page=3", "", "<p>Page 3 of 3</p>", True),
        (f"{URL}?page=2", f'<link rel="prev" href="{URL}">', "", True),
        (f"{URL}?page=2", '<link rel="prev" href="/n/bridge-4712.html">', "", False),
        (f"{URL}?page=3", "", "", False),
    ],
)
def test_a_later_page_read_alone_is_a_part(url, head, below, is_part):
    text = "".join(f"<p>{line}</p>" for line in STORY)
    html = (
        f"<html><head><title>Lock shut until spring</title>{head}</head><body><article><h1>Lock shut until spring</h1>"
        f"{text}{below}</article></body></html>"
    )
    story = parse(RawPage(url, html.encode(), datetime(2026, 11, 29, tzinfo=UTC)), ParseContext())
    assert ("partial" in story.warnings) == is_part
