"""Invented items of each family of formats, made from one story, so that every reader must find the same."""

from __future__ import annotations

import json
from email.message import EmailMessage
from xml.sax.saxutils import escape

HEADLINE = "Harbour board widens basin"
LEAD = "The harbour board agreed on Monday to widen the basin before the end of the year, its chair said."
MORE = "The work costs 4.2 million crowns & takes eight months; the ferry keeps its berth, the board’s note says."
BODY = f"{LEAD}\n\n{MORE}"
GUID, VERSION = "urn:newsml:pier.example:20260302:basin-7", "3"
SENT, UNTIL = "2026-03-02T09:30:00+01:00", "2026-03-02T18:00:00+01:00"
NOTE, TERMS = "Updates with the costs.", "Not for use in print before Tuesday"
P = "".join(f"<p>{escape(text)}</p>" for text in (LEAD, MORE))


def g2(
    *,
    content=None,
    item_class="ninat:text",
    status="stat:usable",
    until=UNTIL,
    version=VERSION,
    standard="2.35",
    root="newsItem",
) -> str:
    """A NewsML-G2 item with its text as XHTML."""
    inside = (
        content
        if content is not None
        else f'<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>{HEADLINE}</h1>{P}</body></html>'
    )
    return f"""<{root} xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{GUID}" version="{version}" standard="NewsML-G2"
    standardversion="{standard}" xml:lang="en"><rightsInfo><copyrightHolder literal="AP"/><copyrightNotice>(c) AP</copyrightNotice>
    <usageTerms>{TERMS}</usageTerms></rightsInfo><itemMeta><itemClass qcode="{item_class}"/><provider literal="AP"/>
    <versionCreated>{SENT}</versionCreated><firstCreated>{SENT}</firstCreated><embargoed>{until}</embargoed><pubStatus qcode="{status}"/>
    <edNote>{NOTE}</edNote><signal qcode="sig:update"/><link rel="irel:derivedFrom" residref="urn:newsml:pier.example:20260301:basin-6"/></itemMeta>
    <contentMeta><urgency>3</urgency><altId type="x:usn">B7</altId><genre qcode="genre:Update"><name>Update</name></genre>
    <subject qcode="medtop:20000350"><name>harbours</name></subject><slugline>BASIN</slugline><headline>{HEADLINE}</headline>
    <dateline>PORTHAVEN (AP) - </dateline><creditline>AP</creditline><digitalSourceType uri="http://cv.iptc.org/digitalCapture"/></contentMeta>
    <contentSet><inlineXML contenttype="application/xhtml+xml">{inside}</inlineXML></contentSet></{root}>"""


def g2_message(*items: str) -> str:
    """A NewsML-G2 message."""
    inside = "".join(items)
    return f'<?xml version="1.0" encoding="UTF-8"?><newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header><sent>{SENT}</sent></header><itemSet>{inside}</itemSet></newsMessage>'


def nitf(*, status="usable") -> str:
    """A NITF file."""
    return f"""<?xml version="1.0"?><!DOCTYPE nitf SYSTEM "nitf-3-6.dtd"><nitf version="-//IPTC//DTD NITF 3.6//EN"><head><title>{HEADLINE}</title>
    <docdata management-status="{status}"><doc-id id-string="{GUID}" regsrc="AP"/><urgency ed-urg="3"/><date.issue norm="20260302T093000+0100"/>
    <date.release norm="20260302T180000+0100"/><du-key key="basin" version="{VERSION}"/><ed-msg info="{NOTE}"/><doc.rights limitations="{TERMS}"/>
    <doc.copyright holder="AP" year="2026"/></docdata></head><body><body.head><hedline><hl1>{HEADLINE}</hl1></hedline>
    <byline>By <person>Ann Roe</person><byttl>Reporter</byttl></byline><dateline>PORTHAVEN (AP) -</dateline></body.head>
    <body.content>{P}</body.content></body></nitf>"""


def newsml_1(*, status="Usable", media="Text", data=None) -> str:
    """A NewsML 1.2 file."""
    change = '<StatusWillChange><FutureStatus FormalName="Usable"/><DateAndTime>20260302T180000+0100</DateAndTime></StatusWillChange>'
    return f"""<?xml version="1.0"?><NewsML Version="1.2"><NewsEnvelope><DateAndTime>20260302T093000+0100</DateAndTime></NewsEnvelope><NewsItem>
    <Identification><NewsIdentifier><ProviderId>pier.example</ProviderId><DateId>20260302</DateId><NewsItemId>basin-7</NewsItemId>
    <RevisionId PreviousRevision="2" Update="N">{VERSION}</RevisionId><PublicIdentifier>{GUID}:{VERSION}N</PublicIdentifier></NewsIdentifier></Identification>
    <NewsManagement><NewsItemType FormalName="News"/><FirstCreated>20260302T093000+0100</FirstCreated><Status FormalName="{status}"/>{change}<Urgency FormalName="3"/></NewsManagement>
    <NewsComponent><NewsLines><HeadLine>{HEADLINE}</HeadLine><DateLine>PORTHAVEN (AP) -</DateLine><SlugLine>BASIN</SlugLine></NewsLines>
    <AdministrativeMetadata><Provider><Party FormalName="AP"/></Provider></AdministrativeMetadata><RightsMetadata><UsageRights><UsageType>{TERMS}</UsageType></UsageRights></RightsMetadata>
    <DescriptiveMetadata><Language FormalName="en"/></DescriptiveMetadata><NewsComponent><Metadata/><Role FormalName="Main"/>
    <ContentItem><MediaType FormalName="{media}"/><DataContent>{data if data is not None else P}</DataContent></ContentItem></NewsComponent>
    <NewsComponent><Role FormalName="Caption"/><ContentItem><MediaType FormalName="Text"/><DataContent><p>The basin.</p></DataContent></ContentItem></NewsComponent>
    <Comment FormalName="x"/><NewsLines><NewsLine><NewsLineType FormalName="EditorsNote"/><NewsLineText>{NOTE}</NewsLineText></NewsLine></NewsLines>
    </NewsComponent></NewsItem></NewsML>"""


def _common() -> dict[str, object]:
    return {
        "version": VERSION, "pubstatus": "usable", "urgency": 3, "language": "en", "versioncreated": SENT, "embargoed": UNTIL,
        "ednote": NOTE, "usageterms": TERMS, "dateline": "PORTHAVEN (AP) -", "copyrightholder": "AP", "slugline": "BASIN",
    }  # fmt: skip


def ninjs(**more: object) -> str:
    """A ninjs 1.3 item."""
    return json.dumps(
        _common()
        | {
            "uri": GUID,
            "type": "text",
            "headline": HEADLINE,
            "body_xhtml": P,
            "provider": "AP",
            "byline": "Ann Roe",
        }
        | more
    )


def ninjs_3() -> str:
    """A ninjs 3 item."""
    item = _common() | {
        "uri": GUID, "type": "text", "standard": {"name": "ninjs", "version": "3.2"}, "provider": {"literal": "AP"},
        "headlines": [{"role": "short", "value": "Basin"}, {"role": "main", "value": HEADLINE}], "bodies": [{"role": "main", "contenttype": "text/html", "value": P}],
        "rightsinfo": {"usageterms": TERMS}, "subjects": [{"uri": "medtop:20000350", "name": "harbours"}],
    }  # fmt: skip
    return json.dumps(item)


def dpa(**more: object) -> str:
    """A dpa-digitalwires entry."""
    item = {
        "format": "digitalwires@1.0.0", "type": "composite", "urn": GUID, "version": int(VERSION), "version_created": SENT, "pubstatus": "usable",
        "embargoed": UNTIL, "language": "en", "urgency": 3, "headline": HEADLINE, "dateline": "PORTHAVEN (AP) - ", "creditline": "AP", "usageterms": TERMS,
        "article_html": f'<section class="main">{P}</section><section class="infobox"><p>Boxed.</p></section>',
        "ednotes": [{"role": "dpaednoterole:editorialnote", "ednote": NOTE}, {"role": "dpaednoterole:closingline", "ednote": "ap xx"}],
    }  # fmt: skip
    return json.dumps(item | more)


def ap(**more: object) -> str:
    """An item of the AP Media API with its NITF beside it."""
    item = (
        _common()
        | {
            "altids": {"itemid": "basin-7"},
            "uri": GUID,
            "type": "text",
            "headline": HEADLINE,
            "usageterms": [TERMS],
        }
        | more
    )
    item["provider"] = "AP"
    return json.dumps(
        {"api_version": "1.1", "data": {"item": item}, "nitf": {"body_html": f'<block id="Main">{P}</block>'}}
    )


def rbnews() -> str:
    """A Danish vendor's XML, its text as HTML in an element of text."""
    return f"""<?xml version="1.0"?><RBNews xmlns="http://vendor.example/"><NewsID>{GUID}</NewsID><version>{VERSION}</version><headline>{HEADLINE}</headline>
    <PublishDate>{SENT}</PublishDate><Embargo>{UNTIL}</Embargo><origin>AP</origin><TilRedaktionen>{NOTE}</TilRedaktionen><content>{escape(f"<p>PORTHAVEN (AP) - {escape(LEAD)}</p><p>{escape(MORE)}</p>")}</content></RBNews>"""


def anpa(*, slug="BC-PT--Basin", until="") -> bytes:
    """A transmission after ANPA 1312."""
    notice = f"^Embargoed until {until}<\n" if until else ""
    return (
        f"\x16\x16\x01p1234\x1f_nord\nr i\x13\x11 {slug}   03-02 0123\n\x02^{slug},80<\n^{HEADLINE}<\n^Eds: {NOTE}<\n{notice}^By ANN ROE=\n^Associated Press=\n"
        f"\t   PORTHAVEN (AP) _ {LEAD}\n \n\t   {MORE.replace('’', chr(39))}\n \n\n\t   \x03AP-NY-03-02-26 0830GMT<\n\x0c\n\x04"
    ).encode()


def iptc_7901(codec="utf-8") -> bytes:
    """A transmission after IPTC 7901."""
    return (
        f"\x01bas123 4 pl 130  dpa 045\r\n\nBasin/\r\n\x02{HEADLINE} =\r\n\n   Porthaven (dpa) - {LEAD}\r\n\n   {MORE}\r\n\n# dpa-Notizblock\r\n\n* * * *\r\ndpa xx yy\r\n"
        "\x03020930 GMT Mar 26\r\n\x7f\x04"
    ).encode(codec)


def zczc() -> bytes:
    """A transmission framed by ZCZC and NNNN."""
    return f"ZCZC\r\n$i\r\n:BASIN\r\n=1st Lead\r\n^{HEADLINE}\r\n*X\r\nPORTHAVEN, March 2 (AAP) - {LEAD}\r\n\r\n{MORE}\r\nNNNN\r\n".encode()


def mail(*, attach: tuple[str, bytes] | None = None, charset="utf-8", html=False) -> bytes:
    """Copy sent by mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "AP desk <desk@pier.example>",
        "copy@outlet.example",
        HEADLINE,
    )
    message["Date"], message["Message-ID"] = "Mon, 02 Mar 2026 09:30:00 +0100", f"<{GUID}@pier.example>"
    text = f"EMBARGOED UNTIL 18:00 CET Monday March 2\n\nPORTHAVEN (AP) - {LEAD}\n\n{MORE}\n"
    message.set_content(text if attach is None else "See attached.", charset=charset)
    if html:
        message.add_alternative(f"<p>PORTHAVEN (AP) - {LEAD}</p>", subtype="html")
    if attach is not None:
        message.add_attachment(attach[1], maintype="application", subtype="octet-stream", filename=attach[0])
    return message.as_bytes()
