"""Reads all that the store has of an address, a story, a version, a dispatch or an agency's id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copytaster.store import whereabouts
from copytaster.store.channels import StoryChannel, list_channels
from copytaster.store.decisions import DecisionRow, list_decisions_about
from copytaster.store.readings import EarlierReading, list_earlier
from copytaster.store.removals import name_story
from copytaster.store.revisits import RevisitState, read_revisits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from copytaster.store.embargoes import Embargo
    from copytaster.store.takedowns import Takedown
    from copytaster.store.whereabouts import (
        Departure,
        DispatchPlace,
        NamedEntry,
        RefusedPage,
        StoredStory,
        StoredVersion,
    )

_VERSION = re.compile(r"v(\d{1,18})")
_STORY = re.compile(r"(?:story-)?(\d{1,18})(?:/(\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class Findings:
    """What the store has of it."""

    entries: Sequence[NamedEntry]
    refused: Sequence[RefusedPage]
    stories: Sequence[StoredStory]
    versions: Sequence[StoredVersion]
    places: Mapping[str, DispatchPlace]
    embargoes: Sequence[Embargo]
    takedowns: Sequence[Takedown]
    departures: Sequence[Departure]
    decisions: Sequence[DecisionRow]
    readings: Sequence[EarlierReading]
    revisits: Sequence[RevisitState]
    channels: Sequence[StoryChannel]

    @property
    def is_nothing(self) -> bool:
        """True if no table names it."""
        parts = (self.entries, self.refused, self.stories, self.places, self.embargoes, self.takedowns)
        return not any((*parts, self.departures))


def is_address(of: str) -> bool:
    """True if it has a scheme."""
    return "://" in of


def read_findings(connection: Connection, of: str) -> Findings:
    """All that the store has of what somebody typed."""
    keys: list[str] = []
    held: list[Embargo] = []
    dispatch_id: str | None = None
    only: int | None = None
    links: list[str] = []
    if is_address(of):
        links = [of, *(one.url for one in whereabouts.list_entries(connection, [of]))]
        stories = whereabouts.find_stories_at(connection, of, links)
    elif found := _VERSION.fullmatch(of):
        only = int(found[1])
        story = whereabouts.find_story_of_version(connection, only)
        stories = whereabouts.find_stories_by_number(connection, [] if story is None else [story])
    elif found := _STORY.fullmatch(of):
        stories = whereabouts.find_stories_by_number(connection, [int(found[1])])
        keys.append(name_story(int(found[1])))
    elif whereabouts.read_places(connection, [of]) or whereabouts.list_departures(connection, [of]):
        dispatch_id = of
        keys.append(of)
        stories = _find_members(connection, of)
    else:
        stories = whereabouts.find_stories_by_wire_id(connection, of)
        held = whereabouts.find_embargoes_by_wire_id(connection, of)
    if not stories and not (links or keys or held):  # the name of a file, or another address without a scheme
        links = [of]
    return _read_about(connection, stories, links, held, keys, dispatch_id, _choose_version(of, only))


def _choose_version(of: str, only: int | None) -> tuple[int | None, int | None]:
    """(id, number) of the one version that was named; None for what was not."""
    found = _STORY.fullmatch(of)
    return only, int(found[2]) if found and found[2] else None


def _find_members(connection: Connection, dispatch_id: str) -> list[StoredStory]:
    """The stories of a dispatch, or of the one that it was merged into."""
    places = whereabouts.read_places(connection, [dispatch_id])
    for _ in places:
        merged = places[dispatch_id].merged_into if dispatch_id in places else None
        if merged is None:
            break
        dispatch_id = merged
    return whereabouts.find_stories_in(connection, dispatch_id)


def _read_about(
    connection: Connection,
    stories: Sequence[StoredStory],
    links: Sequence[str],
    held: Sequence[Embargo],
    keys: Sequence[str],
    dispatch_id: str | None,
    only: tuple[int | None, int | None],
) -> Findings:
    """Everything about these stories and addresses."""
    versions = [
        one
        for one in whereabouts.list_versions(connection, [story.id for story in stories])
        if only in {(None, None), (one.id, None), (None, one.number)}
    ]
    if only != (None, None) and not versions:
        stories = []
    addresses = {*links, *(one.url for one in stories), *(one.page_url for one in versions)}
    in_them = {one.dispatch_id for one in versions if one.dispatch_id}
    places = whereabouts.read_places(connection, in_them | ({dispatch_id} if dispatch_id else set()))
    ids = {one.id for one in versions}
    return Findings(
        entries=whereabouts.list_entries(connection, addresses) if addresses else (),
        refused=whereabouts.list_refused(connection, addresses) if addresses else (),
        stories=stories,
        versions=versions,
        places=places,
        embargoes=held or (whereabouts.find_embargoes_at(connection, addresses) if addresses else ()),
        takedowns=whereabouts.find_takedowns(connection, addresses=addresses, dispatch_id=dispatch_id),
        departures=whereabouts.list_departures(connection, keys),
        decisions=_list_decisions(connection, places, ids),
        readings=list_earlier(connection, sorted(ids)),
        revisits=read_revisits(connection, [one.id for one in stories]),
        channels=[
            one
            for found in list_channels(connection, [story.id for story in stories]).values()
            for one in found[1:]
        ],
    )


def _list_decisions(
    connection: Connection, places: Mapping[str, DispatchPlace], ids: set[int]
) -> list[DecisionRow]:
    """The decisions that name one of these versions; one that a pin only keeps company is not named."""
    return [
        row
        for row in (list_decisions_about(connection, places) if places else ())
        if any(one.version_id in ids and one.part != "beside" for one in row.versions)
    ]
