"""Who carries a dispatch: the choice, order and summary of its stories for the page, and the same as CSV."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from copytaster.values import iso
from indexer.document import minutes_between
from newsdesk.web.spreadsheet import write_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from indexer.record import DispatchRecord, MemberStory

BRIEF = 8  # rows before "show all"
FEW = 12  # carriers that are shown at once, without summary and filters
PAGE = 80  # rows
NAMED = 6  # publishers or owners named in a sentence

Sort = Literal["published", "publisher", "owner", "seen"]
SORTS: dict[Sort, str] = {
    "published": "Published first",
    "publisher": "Publisher",
    "owner": "Owner",
    "seen": "Seen first",
}
COLUMNS = (
    "publisher", "owner", "published_at", "minutes_after_first", "seen_at", "relation", "carries", "old_text",
    "headline", "url",
)  # fmt: skip


class CarrierParameters(BaseModel):
    """Which stories of a dispatch to list, in which order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    find: str = Field("", max_length=200)  # in names of publishers and owners
    text: Literal["", "old", "new", "altered"] = ""
    owner: str = Field("", max_length=512)
    sort: Sort = "published"
    page: int = Field(0, ge=0, le=1_000)  # 0: the beginning only

    def href(self, **changes: Any) -> str:
        """The query of the Carriers tab with some parameters changed, at the beginning unless `page` is among them."""
        pairs = self._list_pairs(**{"page": 0, **changes})
        return "?" + urlencode([("tab", "carriers"), *pairs])

    def export(self) -> str:
        """The address of the same list as CSV, beside the page."""
        pairs = self._list_pairs(page=0)
        return "carriers.csv" + ("?" + urlencode(pairs) if pairs else "")

    def _list_pairs(self, **changes: Any) -> list[tuple[str, Any]]:
        changed = self.model_copy(update=changes).model_dump()
        return [
            (name, changed[name])
            for name, field in CarrierParameters.model_fields.items()
            if changed[name] != field.default
        ]


def describe_carriers(record: DispatchRecord, parameters: CarrierParameters) -> dict[str, Any]:
    """What the page shows above and around the rows of `choose_rows`."""
    chosen = choose_carriers(record, parameters)
    return {
        "has_controls": len(record.members) > FEW,
        "count": len(chosen),
        "total": len(record.members),
        "owners": _count_owners(record, parameters),
        "find": parameters.find,
        "text": parameters.text,
        "owner": parameters.owner,
        "sort": parameters.sort,
        "sorts": SORTS,
        "all_href": parameters.href(page=1) if len(chosen) > BRIEF and not parameters.page else None,
        "pages": _list_pages(len(chosen), parameters),
        "export": parameters.export(),
    }


def choose_rows(record: DispatchRecord, parameters: CarrierParameters) -> Sequence[MemberStory]:
    """The stories that the page lists: the beginning, or one page of them."""
    chosen = choose_carriers(record, parameters)
    if len(record.members) <= FEW:
        return chosen
    if not parameters.page:
        return chosen[:BRIEF]
    return chosen[(parameters.page - 1) * PAGE : parameters.page * PAGE]


def choose_carriers(record: DispatchRecord, parameters: CarrierParameters) -> list[MemberStory]:
    """Every story that the filters leave, in the order chosen."""
    wanted = " ".join(parameters.find.casefold().split())
    found = [
        member
        for member in record.members
        if _has_text(member, parameters.text)
        and (not parameters.owner or name_owner(member) == parameters.owner)
        and wanted in f"{member.publisher}\n{member.family or ''}".casefold()
    ]
    orders: dict[Sort, Callable[[MemberStory], tuple[str | datetime, ...]]] = {
        "publisher": lambda member: (member.publisher.casefold(),),
        "owner": lambda member: (name_owner(member).casefold(), member.publisher.casefold()),
        "seen": lambda member: (member.first_seen,),
    }
    return found if parameters.sort == "published" else sorted(found, key=orders[parameters.sort])


def _has_text(member: MemberStory, text: str) -> bool:
    if text == "altered":
        return bool(member.altered_count)
    return not text or member.outdated == (text == "old")


def name_owner(member: MemberStory) -> str:
    """The owner of a story's publisher; the publisher where none is known."""
    return member.family or member.publisher


def describe_old(record: DispatchRecord) -> dict[str, Any]:
    """Who still carries the old text: names where they are few, else how many of how many, in how many owners."""
    old = [member for member in record.members if member.outdated]
    names = list(dict.fromkeys(member.publisher for member in old))
    return {
        "names": names if len(names) <= NAMED else [],
        "count": len(names),
        "total": record.publisher_count,
        "owners": len({name_owner(member) for member in old}),
    }


def write_csv(record: DispatchRecord, parameters: CarrierParameters) -> str:
    """The chosen carriers as CSV with a line of headings."""
    rows = (
        (
            member.publisher, name_owner(member), iso(member.published_at),
            minutes_between(record.published_at, member.published_at), iso(member.first_seen),
            member.relation, member.carries, "yes" if member.outdated else "no", member.headline, member.url,
        )
        for member in choose_carriers(record, parameters)
    )  # fmt: skip
    return write_sheet(COLUMNS, rows)


def _count_owners(record: DispatchRecord, parameters: CarrierParameters) -> list[dict[str, Any]]:
    """The owners with most old copies, then most copies."""
    copies = Counter(map(name_owner, record.members))
    old = Counter(name_owner(member) for member in record.members if member.outdated)
    ranked = sorted(copies, key=lambda owner: (-old[owner], -copies[owner], owner.casefold()))
    return [
        {
            "name": owner,
            "copies": copies[owner],
            "old": old[owner],
            "href": parameters.href(owner="" if owner == parameters.owner else owner),
            "chosen": owner == parameters.owner,
        }
        for owner in ranked
    ]


def _list_pages(count: int, parameters: CarrierParameters) -> list[dict[str, Any]]:
    if not parameters.page or count <= PAGE:
        return []
    return [
        {"number": number, "href": parameters.href(page=number), "chosen": number == parameters.page}
        for number in range(1, -(-count // PAGE) + 1)
    ]
