"""Shapes that some senders give to the formats of agencies: each is read as its format means it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse
from tests.copytaster.wire.formats import samples

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LINES = [samples.LEAD, samples.MORE]
GERMAN = [
    "Die Hafenbehörde hat am Montag beschlossen, das Becken bis zum Ende des Jahres zu verbreitern, sagte ihr Vorsitzender.",
    "Die Arbeiten kosten nach seinen Angaben gut vier Millionen Kronen und dauern acht Monate; die Fähre behält ihren Platz.",
]


def read(body):
    data = body.encode() if isinstance(body, str) else body
    return parse(
        RawPage("file:///in/item", data, NOW, 200, (("Content-Type", "application/octet-stream"),)),
        ParseContext(),
    )


def paragraphs(story):
    return [text.replace("'", "’") for text in story.body.split("\n\n")]


def ninjs(**more):
    return json.dumps(
        {"uri": samples.GUID, "type": "text", "version": "1", "headline": samples.HEADLINE} | more
    )


def transmission(*lines, slug="bc-basin"):
    text = "\r\n".join(lines)
    return (
        f"\x01a0123\x1f----\r\nr i {slug} 03-02 0090\r\n\x02{text}\r\n\x03\r\nAP-WX-03-02-26 1015GMT\r\n\x04"
    )


def iptc_7901(*above):
    text = "\r\n".join(above)
    inside = "\r\n   ".join([f"Porthaven (dpa) - {GERMAN[0]}", GERMAN[1]])
    return (
        f"\x01bdt0123 4 pl 60 dpa 0456\r\nHafen/\r\n\x02{text}\r\nHafen wird breiter =\r\n\r\n   {inside}\r\n\x03\r\n021015 Mrz 26\r\n"
    ).encode("cp1252")


# --- NewsML-G2 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["base64", "encd:base64", "http://cv.iptc.org/newscodes/encoding/base64"]
)
def test_text_in_base64_is_decoded(encoding):
    inside = base64.encodebytes(samples.P.encode()).decode()
    body = samples.g2().partition("<contentSet>")[0]
    data = f'<inlineData contenttype="text/html" encoding="{encoding}">{inside}</inlineData>'
    assert paragraphs(read(f"{body}<contentSet>{data}</contentSet></newsItem>")) == LINES


def test_base64_that_is_none_is_damaged():
    body = samples.g2().partition("<contentSet>")[0]
    with pytest.raises(UnparsableError) as refused:
        read(f'{body}<contentSet><inlineData encoding="base64">a</inlineData></contentSet></newsItem>')
    assert refused.value.reason == "damaged"


def test_a_main_headline_goes_before_a_short_one():
    roles = '<headline role="hl:short">Basin widens</headline><headline role="http://cv.example/hl/main">'
    assert read(samples.g2().replace("<headline>", roles)).headline == samples.HEADLINE


@pytest.mark.parametrize("status", ["stat:canceled", "http://cv.iptc.org/newscodes/pubstatusg2/canceled"])
@pytest.mark.parametrize("content", ["", '<remoteContent href="https://pier.example/basin.xml"/>'])
def test_a_cancellation_counts_whatever_else_the_item_holds(status, content):
    head = (
        samples.g2(status=status, until="")
        .partition("<contentMeta>")[0]
        .replace("<embargoed></embargoed>", "")
    )
    story = read(f"{head.replace(samples.NOTE, '')}<contentSet>{content}</contentSet></newsItem>")
    assert (story.wire.guid, story.wire.pubstatus) == (samples.GUID, "canceled")
    assert "kill" in {marker.kind for marker in story.markers}


def test_text_at_another_address_is_refused_by_kind():
    remote = '<contentSet><remoteContent href="https://pier.example/basin.xml"/></contentSet></newsItem>'
    with pytest.raises(UnparsableError) as refused:
        read(samples.g2().partition("<contentSet>")[0] + remote)
    assert refused.value.reason == "kind-text-elsewhere"


def test_an_empty_embargo_holds_until_further_notice():
    unsaid = samples.g2(until="").replace('<pubStatus qcode="stat:usable"/>', "")
    assert read(unsaid).is_held(datetime(2099, 1, 1, tzinfo=UTC))
    assert not read(unsaid.replace("<embargoed></embargoed>", "")).is_held(NOW)
    assert not read(samples.g2(until="")).is_held(NOW)  # a form left empty in free copy


# --- text and tables -------------------------------------------------------------------------------------------


def test_text_without_markup_is_parted_at_blank_lines():
    plain = "\n\n".join(LINES).replace("&", "&amp;")
    assert paragraphs(read(samples.nitf().replace(samples.P, plain))) == LINES


def test_typed_text_is_parted_at_indents_too():
    typed = "\n".join(f"   {line}" for line in LINES).replace("&", "&amp;").replace(" on ", "\non ")
    assert paragraphs(read(samples.nitf().replace(samples.P, f"<pre>{typed}</pre>"))) == LINES


def test_a_reference_within_cdata_is_text_already():
    plain = f"<![CDATA[{samples.LEAD}\n\n{samples.MORE}]]>"
    assert paragraphs(read(samples.newsml_1(data=plain))) == LINES
    assert (
        paragraphs(read(samples.newsml_1(data=samples.P.replace("&amp;", "&")))) == LINES
    )  # outside it is mended


def test_a_table_that_lays_out_is_read_in_paragraphs_and_one_of_figures_in_rows():
    laid_out = (
        f"<table><tr><td> </td></tr><tr><td><table><tr><td>{samples.P}</td></tr></table></td></tr></table>"
    )
    assert paragraphs(read(samples.g2(content=f"<body>{laid_out}</body>"))) == LINES
    rows = "<table><tr><td><p>North pier</p></td><td><p>412</p></td></tr></table>"
    assert paragraphs(read(samples.g2(content=f"<body>{samples.P}{rows}</body>"))) == [
        *LINES,
        "North pier 412",
    ]


# --- ninjs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["main", None])
def test_the_text_of_ninjs_is_no_summary_and_no_caption(role):
    text = {"contenttype": "text/html", "value": samples.P} | ({"role": role} if role else {})
    long = "A caption that says more than the story does about what is to be seen in the picture. " * 9
    others = [{"role": "summary", "value": samples.LEAD}, {"role": "caption", "value": long}]
    assert paragraphs(read(ninjs(bodies=[*others, text]))) == LINES


def test_datelines_of_ninjs_are_read():
    story = read(ninjs(body_html=samples.P, datelines=[{"value": "PORTHAVEN (AP) -"}]))
    assert (story.dateline.places, story.dateline.agency) == (("PORTHAVEN",), "AP")


@pytest.mark.parametrize("told", [{"headline": ""}, {}, {"ednote": "Do not use."}])
def test_a_cancellation_needs_no_text(told):
    story = read(ninjs(pubstatus="canceled", version="4", **told))
    assert (story.wire.version, story.wire.pubstatus) == ("4", "canceled")
    assert story.headline
    assert story.body


# --- transmissions ---------------------------------------------------------------------------------------------


def test_an_embargo_above_a_headline_holds_the_copy():
    story = read(iptc_7901("Sperrfrist Dienstag, 3. März 2026, 12.00 Uhr ="))
    assert story.headline == "Hafen wird breiter"
    assert story.embargoed_until == datetime(2026, 3, 3, 11, tzinfo=UTC)


def test_a_line_in_brackets_above_a_headline_is_a_note():
    story = read(iptc_7901("(Berichtigung: Dauer im zweiten Satz)"))
    assert (story.headline, story.kind) == ("Hafen wird breiter", "correction")
    assert "Dauer im zweiten Satz" in story.editors_note
    assert read(iptc_7901()).editors_note is None


def test_an_advance_is_held_and_its_headline_found():
    above = ("^BC-Basin, Adv08,0090<", "^Adv08<", "^For Release Sunday, March 8, and thereafter<")
    story = read(
        transmission(
            *above, f"^{samples.HEADLINE}<", f"   PORTHAVEN (AP) _ {samples.LEAD}", f"   {samples.LEAD}"
        )
    )
    assert story.headline == samples.HEADLINE
    assert story.is_held(NOW)


@pytest.mark.parametrize(("slug", "killed"), [("BC-Basin, KILL,0050", True), ("BC-Bear-Kill,0050", False)])
def test_a_kill_of_a_transmission_is_one_and_a_story_about_a_kill_is_none(slug, killed):
    story = read(
        transmission(f"^{slug}<", "^Kill the story slugged BC-Basin<", f"   PORTHAVEN (AP) _ {samples.LEAD}")
    )
    assert ("kill" in {marker.kind for marker in story.markers}) is killed
    assert (story.wire.pubstatus == "canceled") is killed


def test_a_number_after_zczc_and_addresses_below_it_are_no_headline():
    text = f"ZCZC1234/SXA\r\nXPP12345_SXA_QBXB\r\nR CRO S0A QBXB\r\n{samples.HEADLINE}\r\n\r\n   (ANSA) - PORTHAVEN, 2 MAR - {samples.LEAD}\r\nNNNN\r\n"
    story = read(text)
    assert (story.headline, story.credit.agency) == (samples.HEADLINE, "ANSA")
    upper = read(f"ZCZC\r\nG20 LEADERS MEET IN PORTHAVEN\r\n\r\nPORTHAVEN (AP) - {samples.LEAD}\r\nNNNN\r\n")
    assert upper.headline == "G20 LEADERS MEET IN PORTHAVEN"


def test_a_note_to_editors_is_kept():
    story = read(
        f"ZCZC\r\n^{samples.HEADLINE}\r\n\r\nEDITORS: graphic to follow\r\n\r\nPORTHAVEN (AP) - {samples.LEAD}\r\nNNNN\r\n"
    )
    assert story.editors_note == "EDITORS: graphic to follow"


# --- mail ------------------------------------------------------------------------------------------------------


def test_an_hour_without_a_zone_is_in_that_of_the_language_of_the_text():
    text = "\r\n\r\n".join(["Sperrfrist: 3. März 2026, 14.30 Uhr", *GERMAN])
    head = "From: Hafen <h@hafen.example>\r\nSubject: Hafen wird breiter\r\nDate: Mon, 02 Mar 2026 11:15:00 +0100\r\nMessage-ID: <a@b>"
    story = read(f"{head}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}")
    assert story.embargoed_until == datetime(2026, 3, 3, 13, 30, tzinfo=UTC)
    assert "embargo-zone-guessed" in story.warnings


# --- what a wire editor reads of a bad file -----------------------------------------------------------------------

REFUSED = {
    "mail without text": (
        "From: a@b.example\r\nSubject: Empty\r\nDate: Mon, 02 Mar 2026 11:15:00 +0100\r\n\r\n",
        "no-body",
        "the message has no text",
    ),
    "ninjs without text": (ninjs(), "no-body", "the ninjs item holds no text"),
    "ninjs with its text elsewhere": (
        ninjs(renditions=[{"href": "https://pier.example/basin"}]),
        "kind-text-elsewhere",
        "only an address at which the text is",
    ),
    "message without items": (samples.g2_message(), "kind-empty-message", "holds no item at all"),
    "JSON of others": ('{"weather": {"day": "Mon"}}', "unknown-format", "no item of ninjs"),
    "XML cut short": (samples.g2()[:900], "damaged", "broken or cut short"),
}


@pytest.mark.parametrize(("body", "reason", "said"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_in_words_what_is_wrong(body, reason, said):
    with pytest.raises(UnparsableError) as refused:
        read(body)
    assert refused.value.reason == reason
    assert said in refused.value.message
    assert "<string>" not in refused.value.message


SEVEN_BITS = {
    "de": ("ÄÖÜäöüß", GERMAN, "Die Behörde prüft, ob die große Fähre künftig südlich anlegt."),
    "sv": (
        "ÄÖÅäöå~",
        [
            "Hamnen är stängd för större båtar och det gäller på måndag, säger chefen.",
            "Det är inte klart när den öppnar.",
        ],
        "Färjan går åter på fredag.",
    ),
    "da": (
        "ÆØÅæøå~",
        [
            "Havnen er lukket for større både, og det gælder på mandag, siger chefen.",
            "Det er ikke klart, når den åbner.",
        ],
        "Færgen går igen på fredag.",
    ),
}


@pytest.mark.parametrize(("letters", "lines", "last"), SEVEN_BITS.values(), ids=SEVEN_BITS)
def test_letters_that_a_country_printed_in_place_of_braces_are_mended(letters, lines, last):
    text = "\r\n   ".join([f"Porthaven (dpa) - {lines[0]}", *lines[1:], last])
    sent = (
        f"\x01bdt0123 4 pl 60 dpa 0456\r\n\x02Hafen im Blick =\r\n\r\n   {text}\r\n\x03\r\n021015 Mrz 26\r\n"
    )
    story = read(sent.translate(str.maketrans(letters, "[\\]{|}~")).encode("ascii"))
    assert story.body.split("\n\n") == [*lines, last]
    assert "encoding-guessed" in story.warnings


def test_braces_of_english_copy_stay():
    sent = transmission(
        "^Basin<", f"   PORTHAVEN (AP) _ {samples.LEAD} It is 3{{ metres {{deep}} and a{{b}}c{{d."
    )
    assert "{b}" in read(sent).body or "½b}" in read(sent).body


def test_keywords_above_the_headline_of_zczc_are_the_slug():
    body = f"PORTHAVEN (AP) - {samples.LEAD}\r\n\r\n{samples.MORE}\r\n"
    story = read(f"ZCZC PIR077 2 ECO\r\nBASIN-HARBOUR\r\n\r\n{samples.HEADLINE}\r\n\r\n{body}nnnn\r\n")
    assert (story.slug, story.headline) == ("BASIN-HARBOUR", samples.HEADLINE)
    assert paragraphs(story) == LINES
    assert "partial" not in story.warnings


def test_a_writers_title_and_what_follows_the_end_mark_are_no_text():
    lines = (f"^{samples.HEADLINE}", "^By ANN ROE", "^Pier Writer", f"   PORTHAVEN (AP) _ {samples.LEAD}")
    story = read(transmission(*lines).replace("AP-WX-03-02-26 1015GMT", "03-02-26 1015CET"))
    assert (story.headline, story.byline) == (samples.HEADLINE, ("ANN ROE",))
    assert paragraphs(story) == LINES[:1]
