"""Files in the formats of agencies: one invented story in every format gives the same fields, bad files a clear refusal."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse
from spiders.parsing.file_items import item_address
from spiders.parsing.wire_file import count_items
from tests.copytaster.wire.formats import samples

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
UNTIL = datetime(2026, 3, 2, 17, tzinfo=UTC)
FORMATS = {
    "G2 XHTML": samples.g2(),
    "G2 2.9": samples.g2(standard="2.9"),
    "G2 NITF": samples.g2(
        content=f"<nitf xmlns='x'><body><body.head/><body.content>{samples.P}</body.content></body></nitf>"
    ),
    "G2 message": samples.g2_message(samples.g2(root="packageItem"), samples.g2()),
    "NITF": samples.nitf(),
    "NewsML 1": samples.newsml_1(),
    "ninjs 1": samples.ninjs(),
    "ninjs 3": samples.ninjs_3(),
    "dpa": samples.dpa(),
    "AP": samples.ap(),
    "RBNews": samples.rbnews(),
    "ANPA": samples.anpa(until="1700 GMT Monday"),
    "IPTC 7901": samples.iptc_7901(),
    "ZCZC": samples.zczc(),
    "mail": samples.mail(),
}
KEYED = [name for name in FORMATS if name not in {"ANPA", "IPTC 7901", "ZCZC", "mail"}]


def read(body, *, url="file:///in/item", context=None):
    data = body.encode() if isinstance(body, str) else body
    headers = (("Content-Type", "application/octet-stream"),)
    return parse(RawPage(url, data, NOW, 200, headers), context or ParseContext())


def refusal(body):
    with pytest.raises(UnparsableError) as refused:
        read(body)
    return refused.value


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_headline_text_and_dateline(name):
    story = read(FORMATS[name])
    assert story.headline == samples.HEADLINE
    assert story.body.replace("'", "’") == samples.BODY
    assert story.dateline.places[0].casefold() == "porthaven"
    assert story.extractor == "wire-format"
    assert story.wire_id
    assert story.publisher == "local file"  # what a file says of its sender is a claim


@pytest.mark.parametrize("name", KEYED)
def test_formats_with_ids_and_rights_keep_them(name):
    story = read(FORMATS[name])
    assert (story.wire.guid, story.wire.version) == (samples.GUID, samples.VERSION)
    assert story.embargoed_until == UNTIL
    assert samples.NOTE in story.editors_note
    assert story.credit.agency == "AP"
    if name != "RBNews":
        assert story.usage_terms == samples.TERMS
        assert story.wire.urgency == 3


@pytest.mark.parametrize("name", ["ANPA", "mail"])
def test_an_embargo_in_the_text_of_old_formats_is_read(name):
    assert read(FORMATS[name]).embargoed_until == UNTIL


def test_one_story_is_equal_field_by_field_as_dpa_json_and_as_g2():
    one, other = read(samples.dpa()), read(samples.g2())
    assert replace(one, wire=None, kind=None, slug=None, updated_at=None) == replace(
        other, wire=None, kind=None, slug=None, updated_at=None
    )


def test_lineage_of_g2_is_kept():
    wire = read(samples.g2()).wire
    assert [(link.relation, link.target) for link in wire.links] == [
        ("derivedFrom", "urn:newsml:pier.example:20260301:basin-6")
    ]
    assert (wire.altids, wire.signals, wire.digitalsourcetype) == (
        ("usn:B7",),
        ("sig:update",),
        "http://cv.iptc.org/digitalCapture",
    )
    assert (wire.subjects[0].code, wire.subjects[0].name) == ("medtop:20000350", "harbours")


@pytest.mark.parametrize(
    "body",
    [
        samples.g2(status="stat:canceled", until=""),
        samples.nitf(status="canceled"),
        samples.newsml_1(status="Canceled"),
        samples.ninjs(pubstatus="canceled"),
    ],
)
def test_a_canceled_item_is_a_kill(body):
    story = read(body)
    assert (story.kind, story.markers[-1].kind) == ("kill", "kill")


def test_a_withheld_item_without_an_hour_warns_and_is_held():
    story = read(samples.g2(status="stat:withheld", until=""))
    assert "embargo-unreadable" in story.warnings
    assert story.is_held(NOW)


def export(*, status="publish", kind="post"):
    """A WordPress export of one post."""
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="urn:content" xmlns:wp="urn:wp"><channel><title>Coast</title><item>'
        f"<title>{samples.HEADLINE}</title><guid>https://coast.example/?p=7</guid><wp:post_id>7</wp:post_id>"
        f"<content:encoded><![CDATA[{samples.P}]]></content:encoded><wp:status>{status}</wp:status>"
        f"<wp:post_type>{kind}</wp:post_type></item></channel></rss>"
    )


def test_a_published_post_of_an_export_is_a_story():
    assert read(export()).headline == samples.HEADLINE


def test_the_slugline_of_a_digitalwires_entry_is_its_slug():
    assert read(samples.dpa(slugline="Basin/Harbours")).slug == "Basin/Harbours"


KINDS = {
    "picture": (samples.g2(item_class="ninat:picture"), "kind-picture"),
    "video": (samples.g2(item_class="ninat:video"), "kind-video"),
    "graphic": (samples.g2(item_class="ninat:graphic"), "kind-graphic"),
    "package": (samples.g2(root="packageItem"), "kind-package"),
    "planning": (samples.g2(root="planningItem"), "kind-planning"),
    "concept": (samples.g2(root="conceptItem"), "kind-concept"),
    "knowledge": (samples.g2(root="knowledgeItem"), "kind-knowledge"),
    "picture in a message": (samples.g2_message(samples.g2(item_class="ninat:picture")), "kind-picture"),
    "empty message": (samples.g2_message(), "kind-empty-message"),
    "sport table": (samples.g2(content="<sports-content><standing/></sports-content>"), "kind-sport-table"),
    "NewsML 1 photo": (samples.newsml_1(media="Photo", data=""), "kind-picture"),
    "ninjs picture": (samples.ninjs(type="picture"), "kind-picture"),
    "ninjs package": (samples.ninjs(type="composite", body_xhtml=""), "kind-package"),
    "AP graphic": (samples.ap(type="graphic"), "kind-graphic"),
    "NewsML 1 text at another address": (
        samples.newsml_1(data="").replace("<ContentItem>", '<ContentItem Href="basin.xml">'),
        "kind-text-elsewhere",
    ),
    "feed without a declaration": (
        "<rss version='2.0'><channel><title>Q</title><item><title>T</title></item></channel></rss>",
        "kind-feed",
    ),
    "WordPress export of drafts": (export(status="draft"), "kind-draft"),
    "WordPress export of pages": (export(kind="page"), "kind-draft"),
    "feed": ('<?xml version="1.0"?><rss><channel><item><title>T</title></item></channel></rss>', "kind-feed"),
}


@pytest.mark.parametrize(("body", "reason"), KINDS.values(), ids=KINDS)
def test_other_kinds_are_refused_by_their_kind(body, reason):
    assert refusal(body).reason == reason


def bomb():
    names = "".join(f'<!ENTITY e{n} "{"&e" + str(n - 1) + ";" if n else "x"}">' for n in range(20))
    return f'<?xml version="1.0"?><!DOCTYPE newsItem [{names}]>' + samples.g2().replace(
        samples.HEADLINE, "&e19;"
    )


BAD = {
    "entities": bomb(),
    "external entity": '<!DOCTYPE n [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + samples.g2().replace(samples.HEADLINE, "&x;"),
    "entities below a comment that opens CDATA": bomb().replace("[<!ENTITY", "[<!-- <![CDATA[ --><!ENTITY", 1),
    "CDATA without an end": samples.g2(content=f"<p><![CDATA[{samples.P}"),
    "deep markup in and around CDATA": samples.g2(content="<div><![CDATA[<div>]]>" * 3000 + "</div>" * 3000),
    "deep markup quoted by CDATA": export().replace(samples.P, samples.P + "<b>" * 5000),
    "cut XML": samples.g2()[:-40],
    "cut JSON": samples.ninjs()[:-9],
    "deep XML": samples.g2(content="<div>" * 3000 + samples.LEAD + "</div>" * 3000),
    "deep JSON": '{"uri": "x", "type": ' + "[" * 5000 + "]" * 5000 + "}",
    "no text in the transmission": b"\x01bas123 4 pl 130\r\n\x02\x03",
}  # fmt: skip


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_bad_files_are_refused_and_never_read_in_part(body):
    assert refusal(body).reason in {"damaged", "no-body", "no-headline"}


@pytest.mark.parametrize(
    "name", [name for name in FORMATS if name not in {"ANPA", "IPTC 7901", "ZCZC", "mail"}]
)
def test_a_file_cut_anywhere_gives_no_story(name):
    body = FORMATS[name]
    cuts = random.Random(name).sample(range(len(body) // 4, len(body) - 3), 25)
    for cut in cuts:
        assert refusal(body[:cut].encode()).reason in {"damaged", "unknown-format"}


@pytest.mark.parametrize("codec", ["iso-8859-1", "cp1252", "utf-16"])
def test_charsets_are_repaired(codec):
    declared = f'<?xml version="1.0" encoding="{"utf-8" if codec == "cp1252" else codec}"?>'
    text = samples.g2(content=f"<p>{samples.LEAD}</p><p>Der Bürgermeister grüßte die Gäste am Kai.</p>")
    assert "Bürgermeister grüßte die Gäste" in read((declared + text).encode(codec)).body


@pytest.mark.parametrize("codec", ["cp1252", "cp850"])
def test_national_letters_of_transmissions_are_repaired(codec):
    body = (
        samples.iptc_7901("utf-8")
        .decode()
        .replace("’", "'")
        .replace("crowns", "Kronen für Häfen")
        .encode(codec)
    )
    assert "Kronen für Häfen" in read(body).body


def test_identity_is_of_the_format_and_never_random():
    for body in FORMATS.values():
        assert read(body).wire_id == read(body, url="file:///elsewhere").wire_id


def test_a_message_of_several_items_gives_each():
    other = samples.g2().replace(samples.GUID, "urn:x:2").replace(samples.HEADLINE, "Mayor opens pier")
    body = samples.g2_message(samples.g2(), other).encode()
    assert count_items(body) == 2
    stories = [read(body, url=item_address("file:///in/m", number, 2)) for number in (1, 2)]
    assert [story.headline for story in stories] == [samples.HEADLINE, "Mayor opens pier"]


@pytest.mark.parametrize("name", ["G2 XHTML", "ninjs 1", "NITF"])
def test_an_attachment_is_read_as_its_format(name):
    story = read(samples.mail(attach=("item.dat", FORMATS[name].encode())))
    assert (story.headline, story.body) == (samples.HEADLINE, samples.BODY)


def test_a_trusted_source_names_the_publisher():
    story = read(samples.g2(), context=ParseContext(publisher="AP"))
    assert (story.publisher, story.claimed_publisher) == ("AP", None)


def test_a_press_release_wire_sends_press_releases():
    assert read(samples.ninjs(provider="Business Wire")).kind == "press-release"


@pytest.mark.parametrize("name", ["ANPA", "IPTC 7901", "ZCZC"])
def test_a_transmission_without_its_end_mark_is_a_part(name):
    whole = FORMATS[name]
    read = [
        parse(RawPage("file:///a", data, NOW), ParseContext())
        for data in (whole, whole[: len(whole) * 2 // 3])
    ]
    assert ["partial" in story.warnings for story in read] == [False, True]


@pytest.mark.parametrize(
    "quoted",
    [
        '<!ENTITY a "b">',
        f"<!DOCTYPE note [{'<!ENTITY a SYSTEM &quot;x&quot;>' * 3}]>",
        "&e19; &amp;amp; AT&T",
        "<![CDATA[" * 5000,
    ],
    ids=["entity", "document type", "references", "openings"],
)
def test_what_cdata_quotes_is_text(quoted):
    story = read(export().replace(samples.P, f"{samples.P}<pre>{quoted}</pre>"))
    assert story.headline == samples.HEADLINE
    assert samples.LEAD[-40:] in story.body


def test_text_in_many_pieces_of_cdata_is_one_text():
    pieces = "".join(f"<![CDATA[{letter}]]>" for letter in f"{samples.P}" * 200)
    assert samples.LEAD[-40:] in read(export().replace(f"<![CDATA[{samples.P}]]>", pieces)).body


def test_more_text_in_cdata_than_a_file_may_have_is_too_large():
    assert refusal(export().replace(samples.P, samples.P + "x" * 11_000_000)).reason == "too-large"
