"""The steps of a story's road, from the source that named it to the index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from copytaster.errors import CopytasterError
from copytaster.masking.addresses import public_address
from copytaster.masking.text import mask_secrets
from copytaster.store.embargoes import REASON as EMBARGOED
from copytaster.store.takedowns import REASON as TAKEN_DOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from copytaster.store.whereabouts import DispatchPlace, StoredVersion
    from indexer.port import SearchIndex
    from newsdesk.operations.tracing.findings import Findings

StepName = Literal[
    "named", "fetched", "dropped", "refused", "embargoed", "unchanged", "stored", "grouped", "merged", "decided",
    "read-again", "visited", "also-came",
    "taken-down", "left", "waits", "quarantined", "indexed", "index-unknown", "not-indexed",
]  # fmt: skip
_JOINED = {"founded": "no version was alike enough, so it founded its dispatch", "desk": "placed by people"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a story's road.

    Attributes:
        at: when; None where the moment is not kept, as of the write to the index.
        detail: the reason in words. Never the text of the story.
        reason: the short word that is counted, of a drop or a joining rule.
        until: until when it waits.
        url: without secrets.
        number: of the version within its story.
    """

    step: StepName
    at: datetime | None
    detail: str
    reason: str | None = None
    until: datetime | None = None
    source: str | None = None
    url: str | None = None
    story: int | None = None
    version: int | None = None
    number: int | None = None
    dispatch: str | None = None


def list_steps(known: Findings) -> list[Step]:
    """Every step that the store knows, in order; those of the index are in `list_index_steps`."""
    steps = [
        *_list_named(known),
        *_list_refused(known),
        *_list_version_steps(known),
        *_list_visits(known),
        *_list_channels(known),
        *_list_decided(known),
        *_list_departed(known),
    ]
    return _put_in_order(steps)


def _put_in_order(steps: list[Step]) -> list[Step]:
    """By time; but an entry is recorded with its outcome, after the fetch that its source's naming caused."""
    fetched: dict[str | None, float] = {}
    for one in steps:
        if one.step == "fetched":
            fetched[one.source] = min(_seconds(one), fetched.get(one.source, _seconds(one)))

    def place(one: Step) -> tuple[float, bool]:
        is_named = one.step == "named"
        at = _seconds(one)
        return (min(at, fetched.get(one.source, at)) if is_named else at), not is_named

    return sorted(steps, key=place)


def _seconds(one: Step) -> float:
    return one.at.timestamp() if one.at else 0.0


def _list_named(known: Findings) -> Iterator[Step]:
    """What the sources showed, and what came of each entry."""
    refused = {(one.source, one.reason) for one in known.refused}
    for entry in known.entries:
        at: dict[str, Any] = {"source": entry.source, "url": public_address(entry.url)}
        yield Step("named", entry.first_seen_at, f"{entry.source} first listed it", **at)
        if entry.fetched_at is not None and (entry.outcome != "stored" or not known.versions):
            yield Step("fetched", entry.fetched_at, f"last fetched for {entry.source}", **at)
        ended = entry.fetched_at or entry.last_seen_at
        if entry.outcome == "unchanged":
            yield Step("unchanged", ended, "the content of its last version: nothing to store", **at)
        elif entry.outcome == TAKEN_DOWN:
            yield Step("dropped", ended, "it was taken down, so it is not stored again", TAKEN_DOWN, **at)
        elif entry.outcome not in {"stored", EMBARGOED} and (entry.source, entry.outcome) not in refused:
            seen = format_utc(entry.last_seen_at)
            detail = f"no story came of it: {entry.outcome}; {entry.source} last listed it {seen}"
            yield Step("dropped", ended, detail, entry.outcome, **at)


def _list_refused(known: Findings) -> Iterator[Step]:
    """What was refused with a reason, and what waits for its hour."""
    for page in known.refused:
        kept = f"its page is kept: `copytaster quarantine replay {page.id}`"
        why = f"{page.reason}: {page.detail}" if page.detail else page.reason
        detail = f"{why}; {kept if page.fetched_at else 'no page was kept'}"
        yield Step("refused", page.at, detail, page.reason, source=page.source, url=public_address(page.url))
    for held in known.embargoes:
        free = f"free at {format_utc(held.until)}" if held.until else "its hour cannot be read"
        detail = f"text masked, {free}: `copytaster embargo show {held.id}`"
        yield Step("embargoed", held.received_at, detail, until=held.until, source=held.source)


def _list_version_steps(known: Findings) -> Iterator[Step]:
    stories = {one.id: one for one in known.stories}
    for one in known.versions:
        story = stories[one.story_id]
        about: dict[str, Any] = {"story": one.story_id, "version": one.id, "number": one.number}
        removed = "" if one.page_removed_at is None else f"; its bytes left {format_utc(one.page_removed_at)}"
        page = public_address(one.page_url)
        yield Step(
            "fetched", one.fetched_at, f"its page or file{removed}", source=story.source, url=page, **about
        )
        warnings = f"; warnings: {', '.join(one.warnings)}" if one.warnings else ""
        detail = f"version {one.number} of story {one.story_id} ({story.publisher}), read by {_name_reader(one)}{warnings}"
        at: dict[str, Any] = {"source": story.source, "url": public_address(story.url)}
        yield Step("stored", one.seen_at, detail, **at, **about)
        if one.dispatch_id is not None:
            yield Step(
                "grouped",
                one.grouped_at,
                _describe_joining(one),
                _find_rule(one),
                dispatch=one.dispatch_id,
                **about,
            )
    for again in known.readings:
        columns = ", ".join(sorted(again.earlier.keys() - {"digest"})) or "its digest"
        detail = f"its page was read again by release {again.reader}, which corrected {columns}; it is no new version"
        yield Step("read-again", again.read_at, detail, version=again.version_id)
    for place in known.places.values():
        if place.merged_into is not None:
            detail = f"{place.id} was merged into {place.merged_into}"
            yield Step("merged", place.changed_at, detail, dispatch=place.merged_into)


def _list_visits(known: Findings) -> Iterator[Step]:
    """What became of the pages when they were requested again: the last visit of each."""
    for one in known.revisits:
        if one.visits and one.asked_at is not None:
            since = f" since {format_utc(one.since)}" if one.since else ""
            following = f"next visit {format_utc(one.due_at)}" if one.due_at else "no visit follows"
            detail = f"visit {one.visits} to its page: {one.outcome}{since}; {following}"
            at: dict[str, Any] = {"source": one.source, "url": public_address(one.url), "story": one.story_id}
            yield Step("visited", one.asked_at, detail, one.outcome, **at)


def _list_channels(known: Findings) -> Iterator[Step]:
    """The further channels through which a story came."""
    for one in known.channels:
        shown = "its text is shown" if one.shown else "a better copy is shown"
        detail = f"the same copy came through the {one.channel} {one.source} too; {shown}"
        at: dict[str, Any] = {"source": one.source, "url": public_address(one.url), "story": one.story_id}
        yield Step("also-came", one.first_seen_at, detail, **at)


def _find_rule(one: StoredVersion) -> str | None:
    rule = (one.evidence or {}).get("rule")
    return str(rule) if rule else None


def _name_reader(one: StoredVersion) -> str:
    """What read a version out of its page."""
    if one.template_version is None:
        return one.extractor
    return f"{one.extractor} with version {one.template_version} of the template of its host"


def _describe_joining(one: StoredVersion) -> str:
    rule = _find_rule(one)
    how = _JOINED.get(rule or "", f"joined by the rule {rule}" if rule else "by a rule that is not kept")
    score = (one.evidence or {}).get("score")
    weighed = f", score {score:.2f}" if isinstance(score, float) and score else ""
    return f"into {one.dispatch_id} as {one.relation}: {how}{weighed}"


def _list_decided(known: Findings) -> Iterator[Step]:
    versions = {one.id for one in known.versions}
    for row in known.decisions:
        into = next(one.now_in for one in row.versions if one.version_id in versions)
        why = f": {row.why}" if row.why else ""
        detail = f"{row.kind} by {row.who}{why} (decision {row.id})"
        yield Step("decided", row.at, detail, row.kind, dispatch=into)
        if row.undone_at is not None:
            because = f": {row.undone_why}" if row.undone_why else ""
            detail = f"decision {row.id} undone by {row.undone_by}{because}"
            yield Step("decided", row.undone_at, detail, "undo", dispatch=into)


def _list_departed(known: Findings) -> Iterator[Step]:
    for act in known.takedowns:
        detail = f"by {act.who}: {act.why}"
        yield Step("taken-down", act.at, detail, url=public_address(act.url), dispatch=act.dispatch_id)
    for one in known.departures:
        if one.removal_id is not None:
            detail = f"{one.key} left by a rule of retention; `copytaster retention list` shows what can be restored"
            yield Step("left", one.at, detail)
        elif not known.takedowns:
            yield Step("taken-down", one.at, f"{one.key} was taken down")


def list_index_steps(places: Mapping[str, DispatchPlace], index: SearchIndex) -> Iterator[Step]:
    """What the outbox and the index say of each dispatch; an index that does not answer is a step that says so."""
    shown = {name: place for name, place in places.items() if place.merged_into is None}
    for name, place in shown.items():
        if place.quarantined_at is not None:
            detail = f"the index refused the document: {place.error or 'no reason kept'}; `copytaster quarantine replay {name}`"
            yield Step("quarantined", place.quarantined_at, detail, dispatch=name)
        elif place.queued_at is not None:
            failed = f"; {place.attempts} tries failed: {place.error}" if place.error else ""
            detail = f"revision {place.rev} waits for the index{failed}"
            yield Step("waits", place.queued_at, detail, until=place.not_before, dispatch=name)
    try:
        held = index.read_many(sorted(shown)) if shown else {}
    except CopytasterError as error:
        yield Step("index-unknown", None, f"the index cannot be read: {mask_secrets(str(error))}")
        return
    for name, place in shown.items():
        document = held.get(name)
        if document is None:
            if place.queued_at is None:
                detail = "no document, and none waits: `copytaster doctor` compares store and index"
                yield Step("not-indexed", None, detail, dispatch=name)
        elif document.document is None:
            yield Step("not-indexed", None, f"its document cannot be read: {document.detail}", dispatch=name)
        else:
            rev = document.document.get("rev")
            age = "" if rev == place.rev else f", the store has revision {place.rev}"
            yield Step("indexed", None, f"searches find {name} in revision {rev}{age}", dispatch=name)


def format_utc(moment: datetime | None) -> str:
    """A moment in words."""
    return "an unknown time" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"
