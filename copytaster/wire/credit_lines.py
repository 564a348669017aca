"""What single lines say about who wrote a story: each reader turns one kind of line into evidence."""

from __future__ import annotations

import re

from copytaster.late_pattern import late_pattern
from copytaster.values import Dateline, Evidence, EvidenceKind
from copytaster.wire.agencies import agency_of_publisher, canonical_agency, may_name_agency, named_agencies
from copytaster.wire.byline import byline_agency, credits_picture, is_byline
from copytaster.wire.dateline.dateline import parse_dateline
from copytaster.wire.photo import photo_agency, split_photo_credit

# How far one piece of evidence is believed without any other.
WEIGHTS: dict[EvidenceKind, float] = {
    "dateline": 0.95,
    "credit-line": 0.9,
    "byline": 0.9,
    "signoff": 0.85,
    "copyright": 0.85,
    "metadata": 0.85,
    "dispatch": 0.8,
    "publisher": 0.6,
    "photo-credit": 0.3,
}
_SHARED_WEIGHT = 0.55  # "with inputs from", "contributed to this report": the agency wrote part of it
_OWN_TEAM_WEIGHT = 0.75  # "Associated Press writer Jane Roe contributed": agencies say so of their own copy
STYLE_WEIGHT = 0.8  # Reuters' manner of signing, no agency named

_COPYRIGHT = late_pattern(
    r"©|&copy;|\([Cc]\)\s?\d{4}|\b[Cc]opyright\b|COPYRIGHT|[Aa]ll [Rr]ights [Rr]eserved|ALL RIGHTS RESERVED|may not be published|derechos reservados|Rechte vorbehalten|riproduzione|RIPRODUZIONE"
)
_SHARED = late_pattern(
    r"(?i)\b(?:with (?:inputs?|reporting|reports?|material|files?|information)|inputs? from|material from|contributed|contribué|mit (?:material|informationen|agentur)|avec|con información|com informações|may include|zusätzlich)\b"
)
_OWN_TEAM = late_pattern(
    r"(?i)(?:\A[^\w]{0,4}(?:the )?|\. )(?:associated press|ap|reuters|afp|bloomberg|dpa)\b[^.]{0,60}\b(?:writers?|reporters?|journalists?|correspondents?|editors?|staff)\b"
)
_REUTERS_STYLE = late_pattern(
    r"[(\[]\s?(?:Additional )?(?:Reporting|Writing|Editing|REPORTING|Compiled|Bericht(?:et|e)?|Geschrieben|Reportagem|Reporte|Editado|Redazione|In redazione|Подготовил|إعداد|Haberi|Por [A-ZÀ-Ý]|Avec [A-ZÀ-Ý]|Édité|Edité)\b"
)
_ADDITIONAL = late_pattern(r"\(?Additional reporting by", re.IGNORECASE)
_TRUST = late_pattern(
    r"Thomson Reuters Trust Principles|Reuters Messaging|@(?:thomson)?reuters\.com|@tr\.com|reuters\.net",
    re.IGNORECASE,
)
_OWN_MAIL = late_pattern(r"@([\w-]{2,30}(?:\.[\w-]{2,20}){1,3})")
_WITH_STAFF = late_pattern(r"(?i)\b(?:staff|our|mit|avec|con|with)\b")
_WITH_OTHERS = late_pattern(r"(?i)\b(?:avec|with|mit|con|com|and|und|et|staff)\b|[/,+]")
_YEAR = late_pattern(r"\b(?:19|20)\d\d\b")
_OWNER_MARK = late_pattern(r"©|\([Cc]\)|\b(?:19|20)\d\d\b|[Cc]opyright|COPYRIGHT|&copy;")
_SERVICE_NOTICE = late_pattern(
    r"(?i)\b(?:may include material from|this service|agencies contributed|uses material from|subscri|newsletter|follow us|download)\b"
)
_FROM_BODY = late_pattern(
    r"(?:[Bb][Yy]|[Ff]rom) [^\n]{0,80}?,? {1,3}(?:[Ff]or )?(?:[Tt]he )?(Associated Press|AP) (?:[A-Z][\w ]{0,30}? )?(?:Writers?|Correspondents?|Reporters?|Editors?|Columnist)\b"
)


def _evidence(kind: EvidenceKind, text: str, agency: str, weight: float | None = None) -> Evidence:
    return Evidence(kind, " ".join(text.split())[:200], WEIGHTS[kind] if weight is None else weight, agency)


def dateline_evidence(dateline: Dateline | None) -> list[Evidence]:
    """The agency printed in the dateline; a station's or paper's own name there is none."""
    if dateline is None or not dateline.agency:
        return []
    agency = canonical_agency(dateline.agency, in_dateline=True)
    return [_evidence("dateline", dateline.raw, agency)] if agency else []


def byline_evidence(line: str) -> list[Evidence]:
    """The agency in a byline (`JANE ROE, Associated Press Writer`, `Reuters`)."""
    agency = byline_agency(line)
    if agency is None:
        return []
    mixed = bool(_WITH_STAFF.search(line)) and canonical_agency(line) is None
    return [_evidence("byline", line, agency, _SHARED_WEIGHT if mixed else None)]


def signoff_evidence(signoff: str | None) -> list[Evidence]:
    """Who signs below a story, by name, by mail address, or by Reuters' manner of signing."""
    if not signoff:
        return []
    if _TRUST.search(signoff):
        return [_evidence("signoff", signoff, "Reuters", 0.95)]
    for found in _OWN_MAIL.finditer(signoff[:600]):
        agency = agency_of_publisher(found.group(1))
        if agency is not None:
            return [_evidence("signoff", signoff, agency)]
    named = named_agencies(signoff)
    if named:
        weight = _SHARED_WEIGHT if _ADDITIONAL.match(signoff) else None
        return [_evidence("signoff", signoff, named[0], weight)]
    return (
        [_evidence("signoff", signoff, "Reuters", STYLE_WEIGHT)]
        if _REUTERS_STYLE.search(signoff[:900])
        else []
    )


def credit_line_evidence(line: str) -> list[Evidence]:
    """A line that credits: an agency's name alone, its copyright, a source, a contribution."""
    if len(line) > 700 or not may_name_agency(line) or _SERVICE_NOTICE.search(line):
        return []
    owner = (
        canonical_agency(_OWNER_MARK.sub("", line))
        if _COPYRIGHT.search(line) and _YEAR.search(line)
        else None
    )
    if owner is not None:
        return [_evidence("copyright", line, owner)]
    if credits_picture(line) and (found := photo_evidence(split_photo_credit(line)[1])):
        return found
    agency = canonical_agency(line.strip(" -–—*•_"))
    if agency is not None and not _SHARED.search(line):
        return [_evidence("copyright" if _COPYRIGHT.search(line) else "credit-line", line, agency)]
    if is_byline(line) and not _SHARED.search(line) and (found := byline_evidence(line)):
        return found
    dateline = parse_dateline(line)[0] if not _COPYRIGHT.search(line) else None
    if dateline is not None and dateline.agency and dateline.places:
        return dateline_evidence(dateline)
    named = named_agencies(line)
    if not named:
        return []
    if _COPYRIGHT.search(line):
        return [
            _evidence("copyright", line, named[0]),
            *(_evidence("copyright", line, name, 0.3) for name in named[1:]),
        ]
    if _SHARED.search(line):
        weight = _OWN_TEAM_WEIGHT if _OWN_TEAM.search(line) else _SHARED_WEIGHT
        return [
            _evidence("credit-line", line, name, weight / (1 if place == 0 else 2))
            for place, name in enumerate(named)
        ]
    return [_evidence("credit-line", line, named[0])] if len(line) < 160 else []


def metadata_evidence(value: str) -> list[Evidence]:
    """A metadata value that names an agency as a whole (`Reuters`, `Le Courrier avec AFP`)."""
    if _COPYRIGHT.search(value):
        return credit_line_evidence(value)
    agency = agency_of_publisher(value) or (byline_agency(value) if len(value) < 90 else None)
    if agency is None:
        return []
    with_others = bool(_WITH_OTHERS.search(value))
    return [_evidence("metadata", value, agency, 0.75 if with_others else None)]


def photo_evidence(credit: str | None) -> list[Evidence]:
    """The agency of a picture: weak, since desks put any agency's picture next to any agency's story."""
    agency = photo_agency(credit) if credit else None
    return [_evidence("photo-credit", credit or "", agency)] if agency else []


def publisher_evidence(publisher: str) -> list[Evidence]:
    """A publisher that is an agency itself."""
    agency = agency_of_publisher(publisher)
    return [_evidence("publisher", publisher, agency)] if agency else []


def opening_evidence(lines: list[str]) -> list[Evidence]:
    """Bylines and agency names above the first paragraph, or before it on its line."""
    found: list[Evidence] = []
    for line in lines[:3]:
        if is_byline(line):
            found += byline_evidence(line)
    run_in = _FROM_BODY.match(lines[0][:260]) if lines else None
    if run_in and not found:
        found.append(_evidence("byline", run_in.group(), canonical_agency(run_in.group(1)) or "AP"))
    return found
