"""Bylines: the names of the writers, and the agency a byline gives."""

from __future__ import annotations

from functools import lru_cache

from copytaster.late_pattern import late_pattern
from copytaster.wire.agencies import AgencyMatch, canonical_agency, match_agency
from copytaster.wire.letters import fold, has_case, is_caps
from copytaster.wire.months import read_date

_BY = late_pattern(
    r"\s{0,4}+(?:By|BY|by|Written by|Story by|Reported by|Von|VON|von|Par|PAR|par|Por|POR|por|Di|DI|De notre correspondant|Door|DOOR|Av|Af|Autor|Autore|Auteur|Автор|Автор материала|От|Από|Του|Της|"
    r"بقلم|كتب|من|Yazan|Przez|Autorzy|Text|Texte|Texto|Testo)(?:\s?:\s{0,3}|\s{1,3})"
)
_STRONG_BY = late_pattern(r"\s{0,4}+(?:By|BY|Written by|Story by|Reported by|Von|Par|Por|Door|Автор|بقلم)\b")
_SPLIT = late_pattern(
    r"\s{0,3}(?:[,;|•·/&\n]|\b(?:and|AND|And|und|UND|et|ET|y|e|и|en|og|och|ve|i|και|with|mit|avec|con)\b|\sو(?=\w)| [-–—] )\s{0,3}"
)
# Grouped by first letter: one test instead of fifty at each word.
_ROLE = late_pattern(
    r"(?i)\b(?:a(?:gencies|nalyst|uto)|b(?:ureau|usiness)|c(?:orrespondents?|orrespondant|olumnist|hief|ontributor)|d(?:iplomatic|esk)|"
    r"e(?:ditors?|conomics?|ntertainment|ducation|nergy|nvironment(?:al)?)|f(?:oreign|ilm|ood|ashion|or the|reelance|ellow)|health|i(?:ntern|nvestigative)|journalist|korrespondent(?:in)?|legal|"
    r"m(?:edical|edia|usic|ovie|ilitary|arkets?)|n(?:ational|ews(?:wires?| service)?)|p(?:olitical|hotographer|ersonal finance)|r(?:eporters?|eligion|edakteur(?:in)?|edaktion|etail)|"
    r"s(?:taff|pecial|cience|ports?|enior)|t(?:echnology|v|elevision)|w(?:riters?|hite house|ashington|ires?(?: reports| services)?))\b"
)
_BEFORE_AGENCY = late_pattern(r"(?i)(?:^|\s)(?:for|from|of|the|special to)\s$")
_WHEN = late_pattern(
    r"(?<!\s)\s{0,3}[–—-]?\s{0,3}(?:\d{1,2} (?:hours?|hrs?|minutes?|mins?|days?|secs?)\b|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w{0,6},? [A-Z]|(?:Published|Updated|Posted)\b)[^\n]{0,80}$"
)
_LINK_LEFT = late_pattern(r"(?i)(?:^|\s)(?:for|from|of|the|for the|of the|special to)$")
_WORD_START = late_pattern(r"(?<!\S)(?=\w)")
_ANY_WORD = late_pattern(r"[^\W\d_][\w'’-]*")
_ADDRESS = late_pattern(r"(?<![^\s@])[^\s@]{1,60}@[^\s@]{1,80}|@\w{1,40}")
_NAME_WORD = late_pattern(r"[^\W\d_][\w.'’-]{0,25}")
_PARTICLES = frozenset(
    "de la le da dos das di del della van von der den ter bin ibn al el y e du des do zu zur af av mac o den".split()
)
_PLACE_OR_DATE = late_pattern(r"\s(?:in|In|IN|at|aus|à|en|em)\s[A-ZÀ-ÝА-Я][^,]{1,40}$")


def byline_agency(line: str) -> str | None:
    """The agency a byline names: `By JANE ROE, Associated Press Writer` -> `AP`, `By Reuters` -> `Reuters`."""
    if credits_picture(line.strip()[:300]):
        return None
    text = _without_by(line.strip()[:300])
    for part in (text, *_SPLIT.split(text)):
        name = canonical_agency(part.strip()) or _agency_with_role(part.strip())
        if name is not None:
            return name
    return None


def _agency_with_role(part: str) -> str | None:
    """`Associated Press Writer`, `JANE ROE AP Science Writer`, `Ap Business Writers`, `For The Associated Press`."""
    found = _find_role(part)
    return found.name if found else None


def _find_role(part: str) -> AgencyMatch | None:
    """The agency in a part that a role follows, or that ends it."""
    text = part.replace("Ap ", "AP ")
    for word in _WORD_START.finditer(text[:120]):
        found = match_agency(text, word.start())
        if found is not None and (
            word.start() == 0
            or _BEFORE_AGENCY.search(text[: word.start()])
            or _ROLE.search(text[found.end :])
            or _stands_apart(text, word.start(), found.end)
        ):
            tail = text[found.end :].strip()
            return AgencyMatch(found.name, word.start()) if not tail or _ROLE.match(tail) else None
    return None


def _stands_apart(text: str, start: int, end: int) -> bool:
    """`Jane Roe AFP`: capitals behind a name that is not printed in them."""
    return not text[end:].strip(" .") and is_caps(text[start:end]) and not is_caps(text[:start])


def parse_byline(line: str) -> tuple[str, ...]:
    """The writers' names in a byline, without agencies, roles, places and dates; empty where only an agency is named."""
    names = []
    for part in _SPLIT.split(_without_by(line.strip()[:300])):
        name = _name_in(part)
        if name and name not in names:
            names.append(name)
    return tuple(names)


def _without_by(text: str) -> str:
    found = _BY.match(text)
    return _WHEN.sub("", text[found.end() :] if found else text)


def _name_in(part: str) -> str | None:
    text = _PLACE_OR_DATE.sub("", " " + part.strip(" .,:()[]–—-*")).strip()
    text = _ADDRESS.sub("", text).strip()
    if canonical_agency(text) or not text:
        return None
    agency = _find_role(text)
    if agency is not None:
        text = _LINK_LEFT.sub("", text[: agency.end].strip())
    role = _ROLE.search(text)
    if role:
        text = text[: role.start()].strip()
    return text if _is_name(text) else None


def _is_name(text: str) -> bool:
    words = text.split()
    if not 1 <= len(words) <= 6:
        return False
    if any(sign.isdigit() for sign in text) and read_date(text, 0) is not None:  # Jan and Marta are no dates
        return False
    proper = [word for word in words if fold(word) not in _PARTICLES]
    return bool(proper) and all(
        _NAME_WORD.fullmatch(word) and (word[0].isupper() or not has_case(word)) for word in proper
    )


@lru_cache(maxsize=1024)  # one line is often judged as caption, credit and text
def is_byline(line: str) -> bool:
    """Whether a line on its own is a byline: `By ...` and names, names with their agency, or an agency alone."""
    text = line.strip()
    if not text or len(text) > 160 or text.endswith(("!", "?", ":", "”", '"')):
        return False
    if credits_picture(text):
        return False
    if canonical_agency(text) is not None:
        return True
    words = len(text.split())
    if _STRONG_BY.match(text):
        return words <= 22 and bool(parse_byline(text) or byline_agency(text)) and _only_names(text)
    return words <= 12 and byline_agency(text) is not None and bool(parse_byline(text)) and _only_names(text)


def credits_picture(text: str) -> bool:
    """`NAME/AGENCY`, `© AP | Name`, Getty: a picture's credit, whatever it begins with."""
    if "©" in text or "Getty" in text or "getty" in text:
        return True
    parts = [part.strip() for part in _without_by(text).split("/")]
    known = [canonical_agency(part, in_dateline=True) for part in parts]
    if len(parts) < 2 or not any(known):
        return False
    return canonical_agency("/".join(parts)) is None or any(
        name is None and part[:1].isupper() for name, part in zip(known[1:], parts[1:], strict=True)
    )


def _only_names(text: str) -> bool:
    """No ordinary words left besides names, roles, agencies, places and dates."""
    rest = _ROLE.sub(" ", _without_by(text))
    low = [word for word in _ANY_WORD.findall(rest) if word[0].islower() and fold(word) not in _PARTICLES]
    return sum(word not in _LINKS for word in low) <= 1


_LINKS = frozenset(
    "and und et y e и in the for at of i ve och og en with mit avec con aus à to from dpa ago hours hour minutes min read".split()
)
