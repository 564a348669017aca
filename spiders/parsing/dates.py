"""Reads when a story was published from page, feed and address: a moment in UTC, and the zone as printed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from copytaster.wire.moment import Moment, name_offset, read_moment
from copytaster.wire.months import is_weekday, months_of
from spiders.parsing.wordlist import word_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spiders.parsing.blocks import Time
    from spiders.parsing.page_view import PageView
    from spiders.parsing.structured import PageClaims

_PUBLISHED_META = word_list(
    """article:published_time og:article:published_time og:published_time datepublished date.published publishdate
    publish-date publish_date pubdate published published_at sailthru.date parsely-pub-date
    cxenseparse:recs:publishtime analyticsattributes.articledate dc.date.issued dcterms.created dc.date.created
    dc.date dcterms.date reuterspublicationdate originalpublicationdate datecreated citation_publication_date
    article:published article:published_date article:publicationdate article.published article.created
    article_date_original article_date og:article:published og:pubdate og:publish_date og:datepublished
    og:regdate rnews:datepublished bt:pubdate shareaholic:article_published_time vr:published_time
    mediator_published_time dcterms.issued dc.date.publication dc.created date_published published_date
    published-date published_time publisheddate publication_date publication-date publish_time firstpublishdate
    dcsext.articlefirstpublished twt-published-at rbpubdate date_created dateposted content_create_date gentime
    ptime weibo:article:create_at apub:time story_date issue_date issue-date revision_date displaydate date
    eomportal-lastupdate"""
)
_UPDATED_META = (
    "article:modified_time",
    "og:updated_time",
    "og:article:modified_time",
    "datemodified",
    "lastmod",
    "last-modified",
    "dcterms.modified",
)
_MAX_LIBRARY_DEPTH = 200
_MAX_LIBRARY_CHARS = 1_000_000
RECENT = timedelta(days=10)  # before the request: a printed day without a year is that of this year's
OUT_OF_RANGE = "date-out-of-range"  # the warning
_OLDEST = datetime(1980, 1, 1, tzinfo=UTC)
_CLOSE = timedelta(
    hours=36
)  # claims of one publication differ by no more: a day in one zone, a moment in another
_ZONE_STEP = timedelta(minutes=15)
_WIDEST_ZONE = timedelta(hours=14)
_MONTH_FIRST = re.compile(r"en[-_](?:us|ph)\b", re.IGNORECASE)
_MONTH_FIRST_ENGLISH = re.compile(r"en(?:[-_]ca)?$", re.IGNORECASE)
_DAY_FIRST_HOST = re.compile(r"\.(?:uk|ie|au|nz|in|za|ng|ke|pk|lk|bd|sg|my|hk|jm|gh|ug|tz|zw|mt)$")
_UPDATED = re.compile(
    r"\b(?:updated?|modified|edited|aktualisiert|stand|geändert|mis à jour|modifié|actualizado|aggiornato|atualizado"
    r"|bijgewerkt|оновлено|обновлена|uppdaterad|opdateret|oppdatert|päivitetty|обновлено|zaktualizowano|aktualizováno|güncelleme)\b|更新"
    r"|تحديث",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"\b(?:(?<!re)published|posted|veröffentlicht|erstellt|publié|publicad[oa]|pubblicato|gepubliceerd|publicerad|publiceret"
    r"|udgivet|publisert|julkaistu|опубликован[оа]|опубліковано|opublikowano|publikováno|δημοσίευση|yayınlan\w{1,4})\b|发布|發布|公開",
    re.IGNORECASE,
)
_UPDATED_NAME = re.compile(r"modified|updated?(?!\w)", re.IGNORECASE)
_NEAR = 8  # blocks above the headline or below the body that may print the date
_LINE_CHARS = 160
_LINKED = 0.8  # share of a line's letters in links: an item of a list of stories
_TITLE_JOINT = re.compile(r"\s[-–—|•·]\s")
_DATE_LINE_CHARS = 70
_LETTERS = re.compile(r"[^\W\d_]+")
_DATE_LINE_WORDS = frozenset(
    word_list(
        """published updated posted on at am pm a p m of the last veröffentlicht aktualisiert stand am um uhr h den der
    publié le mis à jour publicado el de del las a los pubblicato il alle ore publicado em de às gepubliceerd op om uur
    opublikowano godz g publicerad kl den julkaistu klo опубликовано в г года δημοσίευση στις 年 月 日 時 分 时 发布 发表
    gmt utc cet cest mez mesz et est edt pt pst pdt bst ist мск"""
    )
)
_BARE_DATE = re.compile(
    r"(?:\d{1,2}\.?\s)?[^\W\d_]{3,12}\.?\s(?:\d{1,2},?\s)?(?:19|20)\d\d|\d{1,4}([./-])\d{1,2}\1\d{2,4}"
)
# Dates that were read already: those that are left are of other stories, comments or events.
_READ_ALREADY = re.compile(
    r"<script\b[^<>]{0,300}ld\+json[^<>]{0,300}>.*?</script|<meta\b[^<>]{0,300}\bitemprop=[^<>]{0,300}>"
    r"|<time\b[^<>]{0,500}>[^<]{0,100}(?=<)",
    re.IGNORECASE | re.DOTALL,
)
_IN_ADDRESS = re.compile(
    r"(?:^|[/_-])((?:19|20)\d{2})[/_-]?(0[1-9]|1[0-2])[/_-]?(0[1-9]|[12]\d|3[01])(?=\D|$)"
)


def parse_page_date(text: str) -> tuple[datetime, str | None] | None:
    """Read a moment in UTC and its zone as `+03:00` (None if none is printed; UTC is assumed then).

    `05/11/2026` is read as Americans write it; `copytaster.wire.moment` knows the other way.
    """
    found = read_moment(text, day_first=False)
    return (found.at, found.zone) if found is not None else None


def writes_day_first(language: str | None, host: str) -> bool | None:
    """Whether pages of this language (`en-GB`, `de`) and host begin a date in figures with the day; None: unknown."""
    if _MONTH_FIRST.match(language or ""):
        return False
    if language and not _MONTH_FIRST_ENGLISH.match(language):
        return True
    return True if _DAY_FIRST_HOST.search(host) else None


def read_printed(
    text: str, now: datetime, *, day_first: bool | None, recent: timedelta = timedelta()
) -> Moment | None:
    """Read what a page prints of a moment, with `day_first` and `recent` as in `read_moment`.

    Where the habit of the place is unknown, `03/12/2026` is the one of its two days that lies in the ten days before
    `now`, when the page was fetched; else the one that can be true, the American one first.
    """
    if day_first is not None:
        return read_moment(text, day_first=day_first, latest=now, recent=recent)
    both = [read_moment(text, day_first=way, latest=now, recent=recent) for way in (False, True)]
    known = [moment for moment in both if moment is not None]
    near = [moment for moment in known if is_sane(moment.at, now) and moment.at >= now - RECENT]
    possible = near or [moment for moment in known if is_sane(moment.at, now)] or known
    return possible[0] if possible else None


def choose_moment(found: Sequence[Moment]) -> Moment | None:
    """The first moment, or one that says more about the same publication: a time to its day, a zone to its time.

    Args:
        found: of page and feed, most trusted first.
    """
    best = found[0] if found else None
    for other in found[1:]:
        if best is not None and _says_more(other, best):
            best = other
    return best


def _says_more(other: Moment, best: Moment) -> bool:
    apart = abs(other.at - best.at)
    if _rank(other) <= _rank(best) or apart > _CLOSE:
        return False
    if best.is_day:
        return True
    same_clock = apart <= _WIDEST_ZONE and apart % _ZONE_STEP == timedelta()
    return same_clock or other.at.date() == best.at.date()


def _rank(moment: Moment) -> int:
    """2 for a moment, 1 for a time without a zone, 0 for a day."""
    if moment.is_day:
        return 0
    return 1 if moment.zone is None else 2


def is_sane(moment: datetime, now: datetime) -> bool:
    """True unless the moment is before 1980 or more than a day ahead."""
    return _OLDEST <= moment <= now + timedelta(days=1)


def believe(
    moment: datetime | None, now: datetime, zone: str | None = ""
) -> tuple[datetime | None, str | None, list[str]]:
    """Convert the date of a feed or user to UTC, with its zone as `+03:00`, and a warning if it is impossible.

    `zone` is the printed one of a moment that was converted before; None: it had none; empty: that of the moment.
    """
    if moment is None:
        return None, None, []
    if not is_sane(moment, now):
        return None, None, [OUT_OF_RANGE]
    own = name_offset(moment.utcoffset() or timedelta())
    return moment.astimezone(UTC), own if zone == "" else zone, []


def claimed_published(claims: PageClaims) -> list[str]:
    """The page's claims of its first publication, most trusted first; a date in the title is the last of them."""
    texts = [claims.text("datePublished"), claims.text("dateCreated"), claims.text("uploadDate")]
    texts += [claims.meta.get(name) for name in _PUBLISHED_META]
    parts = _TITLE_JOINT.split(claims.title)
    texts += [part for part in parts[1:] if _BARE_DATE.fullmatch(part)]
    return [text for text in texts if text]


def claimed_updated(claims: PageClaims) -> list[str]:
    """The page's claims of its last change, most trusted first."""
    texts = [claims.text("dateModified"), *(claims.meta.get(name) for name in _UPDATED_META)]
    return [text for text in texts if text]


def dates_beside(view: PageView, body: Sequence[int]) -> tuple[list[str], list[str]]:
    """(dates of publication, dates of update) that stand between headline and body, or right below the body.

    Dates elsewhere are those of comments, of other stories or of what the story is about.
    """
    layout = view.layout
    first = body[0] if body else view.headline_at + _NEAR
    last = body[-1] if body else first
    second = body[1] if len(body) > 1 else first
    head = view.headline_at if view.headline_at >= 0 else first
    published: list[str] = []
    updated: list[str] = []
    for near in (
        range(head, second + 1),
        range(max(0, head - _NEAR), head),
        range(last + 1, last + _NEAR + 1),
    ):
        for time in layout.times:
            if time.block in near and _is_own_time(view, time):
                (updated if _UPDATED_NAME.search(time.name) else published).append(time.value)
        for index in near:
            if index < len(layout.blocks) and index not in body:
                _add_printed(view, index, head < index < second, published, updated)
    return [text for text in published if text], updated


def _add_printed(
    view: PageView, index: int, is_between: bool, published: list[str], updated: list[str]
) -> None:
    """Add the text of a block that may print a date: of publication, of update, or one after the other."""
    block = view.layout.blocks[index]
    kind = view.scores.kinds[block.element]
    if len(block.text) > _LINE_CHARS or not (kind in ("date", "byline") or (not kind and is_between)):
        return
    for text, is_update in _part_dates(block.text):
        (updated if is_update else published).append(text)


def _part_dates(line: str) -> Iterator[tuple[str, bool]]:
    """The parts of a line that a word of publication or of update begins, each with whether it is of update."""
    marks = sorted(
        [(found.start(), True) for found in _UPDATED.finditer(line)]
        + [(found.start(), False) for found in _PUBLISHED.finditer(line)]
    )
    if not marks or marks[0][0] > 0:
        marks.insert(0, (0, False))
    ends = [*(start for start, _ in marks[1:]), len(line)]
    for (start, is_update), end in zip(marks, ends, strict=True):
        yield line[start:end], is_update


def _is_own_time(view: PageView, time: Time) -> bool:
    """False for the time of what is marked up as boilerplate, a caption, or an item of a list."""
    layout = view.layout
    if view.scores.kinds[time.element] in ("boilerplate", "caption"):
        return False
    item = next((one for one in layout.ancestors(time.element) if layout.elements[one].tag == "li"), -1)
    return item < 0 or not any(
        block.link_chars > _LINKED * len(block.text)
        for block in layout.blocks
        if item <= block.element <= layout.elements[item].last
    )


def is_date_line(line: str) -> bool:
    """True if a line prints a date and says nothing else: no part of a text."""
    if len(line) > _DATE_LINE_CHARS or not any(char.isdigit() for char in line):
        return False
    words = _LETTERS.findall(line.casefold())
    if not all(word in _DATE_LINE_WORDS or months_of(word) or is_weekday(word) for word in words):
        return False
    return read_moment(line, day_first=True) is not None


def date_in_address(url: str) -> datetime | None:
    """Read the day in an address, `/2016/02/24/`, as midnight UTC."""
    for match in _IN_ADDRESS.finditer(url):
        try:
            return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
        except ValueError:
            continue
    return None


def guess_date(html: str, fetched_at: datetime, depth: int) -> datetime | None:
    """Let htmldate guess the day from text and markup, as midnight UTC, for pages without a claim.

    Returns None for pages that are too deep or too large for that library.
    """
    if depth > _MAX_LIBRARY_DEPTH or len(html) > _MAX_LIBRARY_CHARS:
        return None
    from htmldate import find_date

    html = _READ_ALREADY.sub("", html)

    latest = (fetched_at + timedelta(days=1)).strftime("%Y-%m-%d")
    try:
        text = find_date(
            html, extensive_search=False, original_date=True, max_date=latest, min_date="1990-01-01"
        )
    except Exception:  # noqa: BLE001  a guess that fails in any way is no guess
        return None
    if not text or text.endswith("-01-01"):  # the year of a copyright line
        return None
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
