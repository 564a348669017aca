"""Values of JSON items: what ninjs, the AP Media API and dpa-digitalwires name alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copytaster.errors import UnparsableError
from copytaster.values import WireLink, WireRecord, WireTopic
from copytaster.wire.formats.item import NO_TEXT, number_of, refuse_kind, status_of
from copytaster.wire.formats.moments import read_moment

if TYPE_CHECKING:
    from copytaster.wire.formats.flow import Flow

_TEXT_TYPES = frozenset({"text", "article", "story", "composite", "news", ""})

Json = dict[str, Any]


def text_of(value: Any) -> str:
    """The text of a value: of a list its first, of an object its value or name."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return next((text for one in value if (text := text_of(one))), "")
    if isinstance(value, dict):
        return next(
            (
                text
                for key in ("value", "name", "literal", "text", "uri")
                if (text := text_of(value.get(key)))
            ),
            "",
        )
    return ""


def object_of(value: Any) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value as a list: ninjs 1 has one value where ninjs 2 has several."""
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def by_role(values: Any, *roles: str) -> str:
    """The value whose role is the first that is found; else the first value."""
    found = {
        str(one.get("role", "")).lower(): text_of(one)
        for one in reversed(list_of(values))
        if isinstance(one, dict)
    }
    return next((found[role] for role in roles if found.get(role)), "") or text_of(values)


def topics_of(values: Any) -> tuple[WireTopic, ...]:
    """The subjects of a list of objects with code and name."""
    topics = [
        WireTopic(
            str(one.get("code") or one.get("qcode") or one.get("uri") or "") or None,
            text_of(one.get("name")) or None,
        )
        for one in list_of(values)
        if isinstance(one, dict)
    ]
    return tuple(dict.fromkeys(one for one in topics if one.code or one.name))


def record_of(item: Json, name: str) -> WireRecord:
    """What an item says about itself; the three formats share most of their names."""
    rights = object_of(item.get("rightsinfo"))
    altids = item.get("altids") or item.get("altid") or []
    pairs = altids.items() if isinstance(altids, dict) else [
        (one.get("role") or one.get("type") or "id", one.get("value") or one.get("id")) if isinstance(one, dict) else ("id", one)
        for one in list_of(altids)
    ]  # fmt: skip
    topics = topics_of(item.get("subject") or item.get("subjects"))
    return WireRecord(
        format=name,
        guid=text_of(item.get("uri") or item.get("guid") or item.get("urn")) or None,
        version=text_of(item.get("version")) or None,
        provider=text_of(item.get("provider") or item.get("source") or item.get("infosource") or item.get("infosources")) or None,
        pubstatus=status_of(text_of(item.get("pubstatus") or item.get("pubStatus"))),
        urgency=number_of(text_of(item.get("urgency") or item.get("editorialpriority"))),
        signals=tuple(dict.fromkeys(filter(None, (text_of(one) for one in list_of(item.get("signal") or item.get("signals")))))),
        links=links_of(item),
        altids=tuple(f"{kind}:{text_of(value)}" for kind, value in pairs if text_of(value)),
        genres=tuple(filter(None, (text_of(one.get("name")) or text_of(one.get("code")) if isinstance(one, dict) else text_of(one)
            for one in list_of(item.get("genre") or item.get("genres"))))),
        subjects=topics,
        keywords=tuple(filter(None, (text_of(one) for one in list_of(item.get("keywords") or item.get("keyword"))))),
        located=text_of(item.get("located")) or text_of(item.get("place") or item.get("places")) or None,
        copyrightholder=text_of(item.get("copyrightholder") or rights.get("copyrightholder")) or None,
        copyrightnotice=text_of(item.get("copyrightnotice") or rights.get("copyrightnotice")) or None,
        datamining=text_of(item.get("datamining") or rights.get("datamining") or rights.get("encodedrights")) or None,
        expires=read_moment(text_of(item.get("expires") or item.get("expiry"))),
        digitalsourcetype=text_of(item.get("digitalsourcetype") or item.get("digitalSourceType")) or None,
    )  # fmt: skip


def links_of(item: Json) -> tuple[WireLink, ...]:
    """The items that an item links to, each with its relation."""
    named = [one for one in list_of(item.get("links")) + list_of(item.get("link")) if isinstance(one, dict)]
    found = [
        WireLink(
            text_of(one.get("rel") or one.get("role")) or "link", text_of(one.get("href") or one.get("uri"))
        )
        for one in named
    ]
    for name, relation in (
        ("derivedfrom", "derivedFrom"), ("evolvedfrom", "prevVersion"), ("rewrite_of", "prevVersion"), ("prevversion", "prevVersion"),
    ):  # fmt: skip
        found += [WireLink(relation, text_of(one)) for one in list_of(item.get(name))]
    return tuple(dict.fromkeys(link for link in found if link.target))


def check_kind(item: Json, flow: Flow, named: str) -> None:
    """Refuse an item that is no text.

    Raises:
        UnparsableError: `kind-...`.
    """
    kind = str(item.get("type") or "").lower()
    if kind in _TEXT_TYPES and flow.paragraphs:
        return
    if status_of(text_of(item.get("pubstatus"))) == "canceled" and kind in _TEXT_TYPES:
        return
    if kind not in _TEXT_TYPES:
        raise refuse_kind(
            "package" if kind in {"composite", "collection", "package"} else kind.replace(" ", "-")[:30],
            named,
        )
    if kind == "composite":
        raise refuse_kind("package", named)
    if item.get("renditions"):
        raise refuse_kind("text-elsewhere", named)
    raise UnparsableError(f"{named} holds no text", reason="no-body", hint=NO_TEXT)
