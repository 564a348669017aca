"""Pages whose text went through an encoder once too often, beside pages that only look so."""

from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse
from spiders.parsing.encoded_twice import ENCODED_TWICE, undo_encoding

GERMAN = "Die Fähre nach Grünøe fährt nächste Woche wieder, erklärte die Behörde am Freitag, weil die Risse größer waren als gedacht."
RUSSIAN = "Паром на остров снова пойдёт на следующей неделе, сообщила дирекция порта в пятницу после осмотра корпуса."
FRENCH = "Le bac repartira vers l'île dès lundi, a annoncé l'autorité du port après une inspection de la coque abîmée."


def read(text):
    html = f"<html><head><title>Ferry</title></head><body><article><h1>Ferry sails</h1>{text}</article></body></html>"
    return parse(
        RawPage("https://quay.example/n/1.html", html.encode(), datetime(2026, 11, 29, tzinfo=UTC)),
        ParseContext(),
    )


@pytest.mark.parametrize("codec", ["cp1252", "latin-1", "cp1251"])
@pytest.mark.parametrize("text", [RUSSIAN, GERMAN + " — „so“ …", FRENCH + " « Enfin »"])
def test_letters_read_in_the_wrong_encoding_are_read_again(text, codec):
    garbled = "".join(
        byte.to_bytes().decode(codec) if _is_defined(byte, codec) else chr(byte) for byte in text.encode()
    )
    story = read(f"<p>{garbled}</p>")
    assert story.body == text.replace("\xa0", " ")
    assert ENCODED_TWICE in story.warnings


def _is_defined(byte, codec):
    try:
        byte.to_bytes().decode(codec)
    except UnicodeError:
        return False
    return True


@pytest.mark.parametrize(
    "text", [GERMAN, RUSSIAN, FRENCH, "À Sète, l’Âge d’or : « Ça y est »", "РС «Сводка» № 5 – 70 €"]
)
def test_letters_of_one_encoding_stay(text):
    assert undo_encoding(f"<p>{text}</p>") == (f"<p>{text}</p>", ())


def test_entities_of_entities_become_letters():
    twice = (
        FRENCH.replace("î", "&amp;icirc;").replace("é", "&amp;#233;").replace("'", "&amp;rsquo;")
        + " R&amp;amp;D"
    )
    assert read(f"<p>{twice}</p>").body == FRENCH.replace("'", "’") + " R&D"


def test_markup_printed_as_text_becomes_markup():
    escaped = "".join(f"&lt;p class=&quot;t&quot;&gt;{text}&lt;/p&gt;\n" for text in (GERMAN, FRENCH))
    assert read(f"<div>{escaped}</div>").body.split("\n\n") == [GERMAN, FRENCH]


@pytest.mark.parametrize(
    "text",
    [
        "<p>Browsers show &amp;amp; where a page was encoded twice, said the engineer who counted such pages for a year.</p>",
        "<p>Write <code>&amp;nbsp;</code> where a line must not break, the newsroom's guide says to all who work with it.</p>",
        "<p>The guide shows how to mark up a text:</p><pre>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</pre>",
        '<p data-text="&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;">The ferry sails again next week, the port says.</p>',
    ],
)
def test_text_about_markup_stays(text):
    assert undo_encoding(text) == (text, ())
