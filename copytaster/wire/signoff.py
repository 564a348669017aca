"""Sign-offs: the lines below a story's last sentence that say who wrote, edited, owns or supplied it."""

from __future__ import annotations

from copytaster.late_pattern import late_pattern
from copytaster.wire.agencies import canonical_agency, named_agencies
from copytaster.wire.byline import byline_agency, is_byline
from copytaster.wire.letters import DASH

_MOST_LINES = 14  # paragraphs looked at from the end
_TASKS = (
    r"[Rr]eporting|[Aa]dditional [Rr]eporting|[Ww]riting|[Ee]diting|[Cc]ompiled|[Ww]ritten|[Rr]eported|[Ee]dited|[Tt]ranslation|[Tt]ranslated|[Gg]raphics?|REPORTING|EDITING|WRITING|"
    r"[Bb]ericht(?:et|e)?|[Gg]eschrieben|[Rr]edigiert|[Rr]edaktion|[Uu]nter Mitarbeit|[Rr]eportagem|[Rr]eporte|[Rr]eportaje|[Ii]nformación|[Ee]scrito|[Ee]ditado|[Ee]dición|[Tt]raducido|[Rr]edacción|[Ee]dição|"
    r"[Tt]raduzido|[Pp]or(?= [A-ZÀ-Ý])|[Aa]vec(?= la contribution| [A-ZÀ-Ý])|[Ee]dité|[Ee]ditée|[Rr]édigé|[Vv]ersion française|[Ss]ervice économique|[Ii]n redazione|[Tt]radotto|[Hh]a collaborato|"
    r"[Hh]anno collaborato|[Rr]edatto|[Rr]edazione|[Пп]одготовил[аи]?|[Рр]едактор|[Рр]епортаж|[Пп]еревел[аи]?|إعداد|تحرير|تغطية|شارك|[Hh]aber(?:i yazan|i)|[Yy]azan|[Ρρ]επορτάζ|[Bb]ewerking|[Bb]ijdrage"
)
_BY = r"(?:\s(?:by|BY|von|durch|por|de|par|da|di|di|а|от|door|van))?"
_TASK_GROUP = late_pattern(
    rf"\A[(\[]\s?(?:{_TASKS}){_BY}[\s:,][^()\[\]]{{2,700}}(?:\([^()]{{1,160}}\)[^()\[\]]{{0,400}}){{0,4}}[)\]]?\s{{0,3}}\.?$"
)
_TASK_LINE = late_pattern(rf"\A(?:{_TASKS})\s?(?:by|BY|von|durch|por|par|da|:)\s?[^\n]{{2,700}}$")
_CONTACTS = late_pattern(
    r"\A(?:\({1,2}[^()\n]{0,240}(?:@|[Ee]-?mail|[Mm]essaging|\+\d|\d{3} \d{4})[^()\n]{0,240}\){1,2}\s?[;.]?$|\({2}[^()\n]{3,300}\){1,2}$)"
)
_STANDARDS = late_pattern(
    r"\A(?:(?:Our Standards|Nuestros Estándares|Nos standards|Unsere Standards|I nostri criteri|Nossos Padrões|Наши стандарты)\s?:[^\n]{0,160}$|The Thomson Reuters Trust Principles\.?$|"
    r"(?:Acquire |Purchase |Buy )?Licensing Rights[^\n]{0,40}$|Keywords?:[^\n]{0,200}$|(?:Source|SOURCE) text(?: for| in|:)[^\n]{0,160}$)"
)
_FURNITURE = late_pattern(
    r"\AFollow [^\n]{0,160}(?:Twitter|@\w+|twitter\.com/\w+)[^\n]{0,120}$|\AClick here for [^\n]{0,120}$"
)
_OWNER = late_pattern(
    r"\A(?:[(\[]?\s?(?:[Cc]ontent |[Tt]ext )?(?:©|&copy;|\([Cc]\)|(?:Copyright|COPYRIGHT|copyright)(?=[ :]{1,3}(?:©|&copy;|\(|(?:19|20)\d\d|[Bb][Yy] |[A-Z]))|Todos los derechos reservados|Alle Rechte vorbehalten|Tous droits réservés|RIPRODUZIONE RISERVATA|Riproduzione riservata|"
    r"All [Rr]ights [Rr]eserved|ALL RIGHTS RESERVED|Все права защищены|جميع الحقوق محفوظة|حقوق النشر)[^\n]{0,500}|This material may not be published[^\n]{0,200}|[^\n.]{2,80}\b[Aa]ll [Rr]ights [Rr]eserved\.?[^\n]{0,120})$"
)
_SHARE = (
    r"(?:\([Ww]ith|[Ww]ith|Mit|mit|Avec|avec|Con|con|Com|com|С|с)\s(?:[\w ]{0,20})?(?:inputs?|reporting|reports?|material|files?|information|informationen|agenturmaterial|agencias|agencies|agences|agence|agenturen|"
    r"informaciones?|información|informações|informazioni|использованием)\b[^\n]{0,160}"
)
_CONTRIBUTED = (
    r"(?:[^\n]{2,400}\b(?:contributed to this (?:report|story|article)|contributed reporting|a contribué à (?:cet article|ce reportage)|hat zu diesem (?:Bericht|Artikel) beigetragen)|"
    r"(?:The )?(?:Associated Press|AP|Reuters|AFP|Bloomberg|dpa)\b[^\n]{2,300}\bcontributed|(?:[A-Z][\w'’.-]{1,20} ){1,3}reported from [A-Z][^\n]{2,80})\.?[^\n]{0,60}"
)
_FEED = (
    r"\(?(?:This (?:story|article|report|copy|content|news)|The above (?:story|article)|Except for the headline|Disclaimer|Published with)[^\n]{0,240}"
    r"(?:wire|agency|agencies|syndicated|auto-generated|feed|not been edited|without modifications|permission from)[^\n]{0,300}"
)
_SOURCE = r"\(?(?:Source|SOURCE|Sources|Quelle|Quellen|Fuente|Fonte|Bron|Kilde|Källa|Lähde|Kaynak|Zdroj|Źródło|Forrás|Источник|Джерело|Πηγή|المصدر|مصدر|Brought to you by|From|Provided by|Supplied by|Via|Credit)\s?:?\s[^\n]{2,80}"
_CREDITS = tuple(late_pattern(rf"\A{pattern}$") for pattern in (_CONTRIBUTED, _FEED))
_SHARE_LINE = late_pattern(rf"\A{_SHARE}$")
_SUPPLIERS = late_pattern(r"(?i)agenc|agentur|agenzi|wire|staff|bureau|correspond|вестей|агентств|وكالات")
_SOURCE_LINE = late_pattern(rf"\A{_SOURCE}$")
_AFTER_LABEL = late_pattern(r"\s?:\s?|\s")
_LINK = late_pattern(r"(?:by|from|to you by):?\s")
_OWNER_INLINE = late_pattern(
    r"(?<=[.!?”\")] )\(?(?:©|\([Cc]\) ?\d{4}|Copyright (?:©|\([Cc]\)|\d{4}|by))[^\n]{0,300}$"
)
_RULE = late_pattern(r"\A(?:[_*=~\s.•·#-]{2,40}$|(?:ENDS?|MORE|END|###|-30-|NNNN|ends|FIN|Ende)\.?$|=\d$)")
_LAST_NAME = late_pattern(
    rf"(?:[ \xa0]{{0,3}}(?:[(\[/]{{1,2}}\s?([^()\[\]/\n]{{2,60}}(?:/[^()\[\]/\n]{{2,20}}){{0,2}})\s?[)\]/]{{1,2}}|[ \n]{DASH}\s?([^\W\d_][^\n.–—]{{1,40}})|(?<=[.!?”\"»])[ ]{{1,3}}([A-Z]{{2,5}}|Reuters|dpa|Xinhua))\.?)$"
)
_LINE_NAME = late_pattern(rf"\A(?:{DASH}|[*•/(\[©])?\s{{0,2}}([^\W\d_][^\n]{{1,58}}?)\s{{0,2}}[)\]/.]?$")
_SENTENCE_END = late_pattern(r"[.!?…”\"»“)’']\s?$")


def split_signoff(body: str) -> tuple[str | None, list[str], str]:
    """The sign-off, the credit lines, and the body without them.

    The sign-off is who reported, wrote and edited (`(Reporting by ...; Editing by ...)`) with the contacts behind
    it; credit lines are agency names standing last, copyright, sources, contributions, in the order printed.
    Only the end of the body is looked at; where nothing is found the body comes back as it was.
    """
    kept = body.rstrip()
    signoffs: list[str] = []
    lines: list[str] = []
    for _ in range(_MOST_LINES):
        start = max(kept.rfind("\n") + 1, 0)
        line = kept[start:].strip()
        taken = _take_line(line)
        if taken is None:
            kept, inline = _take_inline(kept, start)
            signoffs[:0] = inline[0]
            lines[:0] = inline[1]
            if not inline[0] and not inline[1]:
                break
            continue
        (signoffs if taken == "signoff" else lines if taken == "credit" else []).insert(0, line)
        kept = kept[:start].rstrip()
        if not kept:
            break
    if not signoffs and not lines and len(kept) == len(body.rstrip()):
        return None, [], body
    return " ".join(signoffs) or None, lines, kept


def _take_line(line: str) -> str | None:
    """What a whole line is: `signoff`, `credit`, `rule` (dropped), or None for text of the story."""
    if not line or _RULE.fullmatch(line) or _FURNITURE.match(line):
        return "rule"
    if len(line) > 1200:
        return None
    if (
        _TASK_GROUP.match(line)
        or _TASK_LINE.match(line)
        or (_CONTACTS.match(line) and len(line) < 500)
        or _STANDARDS.match(line)
    ):
        return "signoff"
    if _is_credit(line.lstrip("-–—*• ")):
        return "credit"
    if len(line) < 120 and is_byline(line) and byline_agency(line):
        return "credit"
    found = _LINE_NAME.match(line) if len(line) <= 64 else None
    return "credit" if found and canonical_agency(found.group(1)) is not None else None


def _is_credit(line: str) -> bool:
    """Copyright, contributions, a feed's notice, `with inputs from ...`, `Source: ...`."""
    if _OWNER.match(line) or (_is_credit_sized(line) and any(credit.match(line) for credit in _CREDITS)):
        return True
    if _SHARE_LINE.match(line) and len(line) < 200 and (_SUPPLIERS.search(line) or named_agencies(line)):
        return True
    return _SOURCE_LINE.match(line) is not None and _names_source(line)


def _is_credit_sized(line: str) -> bool:
    return len(line) < 420 and line.count(". ") < 4


def _names_source(line: str) -> bool:
    after = _AFTER_LABEL.split(line.lstrip("("), maxsplit=1)[-1]
    return any(canonical_agency(words) is not None for words in (after, _LINK.sub("", after)))


def _take_inline(kept: str, start: int) -> tuple[str, tuple[list[str], list[str]]]:
    """A sign-off or agency name printed behind the last sentence, on its line."""
    tail_start = max(start, len(kept) - 1400)
    group = _last_group(kept, tail_start)
    if group is not None:
        text = kept[group:].strip()
        if _CONTACTS.match(text) or _TASK_GROUP.match(text):
            return kept[:group].rstrip(), ([text], [])
        if group > start and _is_credit(text):
            return kept[:group].rstrip(), ([], [text])
    owner = _OWNER_INLINE.search(kept[max(start, len(kept) - 360) :])
    if owner:
        cut = len(kept) - len(owner.group())
        return kept[:cut].rstrip(), ([], [owner.group().strip()])
    name_start = max(start, len(kept) - 90)
    name = _LAST_NAME.search(kept[name_start:])
    if name and canonical_agency(name.group(1) or name.group(2) or name.group(3)) is not None:
        cut = name_start + name.start()
        before = kept[:cut].rstrip()
        if before and _SENTENCE_END.search(before[-3:]):
            return before, ([], [kept[cut:].strip()])
    return kept, ([], [])


def _last_group(kept: str, tail_start: int) -> int | None:
    """Where the parenthesis that closes the text opens; nested ones belong to it."""
    closing = kept.rstrip(" .;")
    if not closing.endswith((")", "]")):
        return None
    depth = 0
    for position in range(len(closing) - 1, tail_start - 1, -1):
        letter = closing[position]
        if letter in ")]":
            depth += 1
        elif letter in "([":
            depth -= 1
            if depth == 0:
                return position
    return None
