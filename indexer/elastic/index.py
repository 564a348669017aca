"""The adapter for Elasticsearch and OpenSearch. It sends no request before the first use."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copytaster.errors import ConfigurationError, CopytasterError
from indexer.elastic.aliases import (
    choose_profile,
    create_index,
    delete_index,
    is_strange,
    make_templates,
    put_templates,
    read_aliases,
    read_description,
)
from indexer.elastic.build import ElasticBuild, read_document, switch_back
from indexer.elastic.bulk_writer import LANES, BulkWriter, expect_alias, missing_alias
from indexer.elastic.connection import Connection, quote_name
from indexer.elastic.diagnostics import check_index, check_stories, check_unused
from indexer.elastic.documents import BulkItem, make_bulk_item
from indexer.elastic.live_mapping import FIELDS_ADDED, add_fields
from indexer.elastic.mapping import STEMMED, find_stems
from indexer.elastic.mark import (
    check_mark,
    delete_documents,
    put_mark,
    read_cluster,
    read_state,
    remove_unknown,
    sample_oldest,
)
from indexer.elastic.names import Names
from indexer.elastic.near_words import find_near_words
from indexer.elastic.search import IndexTraits, search_alias
from indexer.elastic.shards import differs_in_replicas, put_replicas
from indexer.elastic.stories import write_with_stories
from indexer.port import FileCheck, HeldDocument, IndexHealth, IndexIdentity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from indexer.elastic.aliases import AliasTable
    from indexer.elastic.mapping import Profile
    from indexer.port import (
        IndexAction,
        IndexBuild,
        IndexFinding,
        IndexMark,
        IndexState,
        ItemResult,
        Known,
        WriteOutcome,
    )
    from indexer.search import SearchPage, SearchQuery
    from settings import ElasticsearchSettings

CHECKED_FOR_S = 60.0  # seconds for which a check of the mapping or the languages is valid
MGET = 1000  # ids a request
READ_AT_ONCE = 100  # documents a request
STORY = "story-"  # before the id of a single story that is to be removed


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """What a setup makes; `live` is the index that exists already, `why` the reason for the analysis profile."""

    profile: Profile
    why: str
    making: tuple[str, ...]
    live: str | None


class ElasticIndex:
    """A `SearchIndex` behind aliases of one server or cluster."""

    lanes = LANES
    find_delay_s = 1.1  # the refresh interval of `mapping`, and a little

    def __init__(self, settings: ElasticsearchSettings) -> None:
        self.settings = settings
        self.names = Names(settings.prefix)
        self.connection = Connection(settings)
        self._writer = BulkWriter(self.connection)
        self._kept = [self.names, *([self.names.stories] if settings.stories_index else [])]
        self._profiles: dict[str, Profile] = {}
        self._traits: tuple[float, IndexTraits] | None = None
        self._check_again = 0.0
        self._lock = threading.Lock()
        self._secret = _make_secret(settings)
        self.claimed: IndexMark | None = None
        self._cluster: str | None = None  # empty where the server does not say
        self.written = 0

    def exists(self) -> bool:
        """True if there is an index that this program can read and write. Only a command makes one.

        Raises:
            ConfigurationError: there is none, or one with another mapping; the hint says what to run.
        """
        for names in self._kept:
            table = read_aliases(self.connection, names)
            read, live = table.find_index(names.read), table.find_index(names.write)
            if live is None or read is None:
                raise missing_alias(names.write if live is None else names.read)
            found = read_description(self.connection, live)
            drift = found.drift()
            if is_strange(names, found):
                raise ConfigurationError(
                    f"another program made {live}, and our alias {names.write} names it",
                    resource=self.connection.address,
                    hint="run `copytaster rebuild --take-over`: it makes an index of our own and leaves that one as it is; "
                    "what waits is kept",
                )
            if drift and not found.find_missing():  # a write adds the fields that it lacks
                raise ConfigurationError(
                    f"the mapping of {live} is not this program's: {'; '.join(drift[:3])}",
                    resource=self.connection.address,
                    hint="run `copytaster rebuild`; what waits is kept",
                )
        return True

    def plan_setup(self) -> SetupPlan:
        """What `setup` would make, and the analysis that the server supports. Changes nothing on the server."""
        profile, why = choose_profile(self.connection, self.names)
        making: list[str] = []
        live: list[str] = []
        for names in self._kept:
            table = read_aliases(self.connection, names)
            making += [f"template {name}" for name in make_templates(names, profile, self.settings)]
            making += _plan_index(names, table)
            index = table.find_index(names.write)
            making += self._plan_fields(index)
            if index and differs_in_replicas(self.connection, index):
                making.append(f"replicas of {index}")
            live += table.list_indices(names.write)
        complete = len(live) == len(self._kept)
        return SetupPlan(profile, why, tuple(making), ", ".join(live) if complete else None)

    def _plan_fields(self, live: str | None) -> list[str]:
        missing = read_description(self.connection, live).find_missing() if live else {}
        return [f"field {name} in {live}" for name in missing]

    def find_strays(self) -> list[str]:
        """The indices that have the names of our aliases."""
        return [name for names in self._kept for name in read_aliases(self.connection, names).strays]

    def remove_stray(self, name: str) -> None:
        """Delete an index that `find_strays` found, with all that is in it."""
        if name in self.find_strays():
            delete_index(self.connection, name)

    def setup(self) -> None:
        """Make templates, index and aliases unless they exist, and add the fields that an index from before lacks."""
        for names in self._kept:
            self._setup(names)

    def _setup(self, names: Names) -> None:
        profile, _ = choose_profile(self.connection, names)
        table = read_aliases(self.connection, names)
        put_templates(self.connection, names, profile)
        read, write = table.find_index(names.read), table.find_index(names.write)
        if read is None and write is None:
            name, aliases = names.index(table.next_number()), [names.read, names.write]
            create_index(self.connection, name, profile, aliases=aliases, kind=names.kind)
        elif read is None or write is None:
            alias = names.read if read is None else names.write
            self.connection.call("PUT", f"/{quote_name(read or write or '')}/_alias/{quote_name(alias)}", {})
        elif differs_in_replicas(self.connection, write):
            put_replicas(self.connection, write)
        add_fields(self.connection, names)

    def read_state(self, *, refresh: bool = False) -> IndexState | None:
        """The newest version that searches find, after a `refresh`, and the mark; None where there is no index."""
        return read_state(self.connection, self.names, refresh=refresh)

    def read_identity(self) -> IndexIdentity | None:
        """The cluster and the alias; None where these credentials may not read which cluster it is."""
        if self._cluster is None:
            self._cluster = read_cluster(self.connection)
        return IndexIdentity(f"cluster {self._cluster} {self.names.write}") if self._cluster else None

    def claim(self, mark: IndexMark) -> None:
        """Put this mark on the live index, and write only while it has it."""
        put_mark(self.connection, self.names.write, mark)
        self.claimed = mark

    def sample_oldest(self, limit: int) -> list[str]:
        """Ids of dispatches, those first seen first."""
        return sample_oldest(self.connection, self.names, limit)

    def remove_unknown(self, known: Known, *, version: int) -> int:
        """Remove older documents that `known` does not name, from the index of single stories too."""
        removed = [
            remove_unknown(self.connection, names, known, version=version) for names in reversed(self._kept)
        ]
        return removed[-1]

    def remove(self, versions: Mapping[str, int]) -> None:
        """Remove older documents, also from an index that a rebuild fills, and single stories where there are any."""
        self._check()
        if self.claimed is not None:
            check_mark(self.connection, self.names.write, self.claimed)
        stories = {
            name.removeprefix(STORY): version for name, version in versions.items() if name.startswith(STORY)
        }
        dispatches = {name: version for name, version in versions.items() if not name.startswith(STORY)}
        wanted = [(self.names, dispatches)]
        if self.settings.stories_index:
            wanted.append((self.names.stories, stories))
        table = read_aliases(self.connection, self.names)
        for names, chosen in wanted:
            if chosen:
                delete_documents(self.connection, names.write, chosen)
            if chosen and table.list_indices(self.names.building):
                delete_documents(self.connection, names.building, chosen)

    def write(self, actions: Iterable[IndexAction], *, refresh: bool = True) -> WriteOutcome:
        """Write whole documents, also into an index that a rebuild fills.

        Raises:
            ConfigurationError: there is no index, or one with another mapping; nothing was written.
        """
        self._check()
        if self.claimed is not None:
            check_mark(self.connection, self.names.write, self.claimed)
        # read before each write, never cached: so a rebuild reads nothing from the store that is older than this write
        table = read_aliases(self.connection, self.names)
        building = table.list_indices(self.names.building)
        targets = [self.names.write, *([self.names.building] if building else [])]
        stems = bool(building) or self._is_stemmed(table.list_indices(self.names.write))

        def make(action: IndexAction) -> BulkItem | ItemResult:
            self.written = max(self.written, action.version)
            return make_bulk_item(action, stems=stems)

        if self.settings.stories_index:
            stories = self.names.stories
            also = [stories.write, *([stories.building] if building else [])]
            outcome = write_with_stories(self._writer, actions, targets, also, make=make)
        else:
            outcome = self._writer.write(actions, targets, make=make)
        if refresh and any(item.status == "done" for item in outcome.items):
            self.refresh()
        return outcome

    def refresh(self) -> None:
        """Make searches find everything written so far, which the server does by itself every second."""
        with expect_alias(self.names.write):
            self.connection.call("POST", f"/{quote_name(self.names.write)}/_refresh")

    def search(self, query: SearchQuery) -> SearchPage:
        """Find dispatches."""
        with expect_alias(self.names.read):
            traits = self._read_traits()
            return search_alias(self.connection, self.names.read, query, secret=self._secret, traits=traits)

    def find_near(self, words: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """The words one slip away from each of these, and itself, with how many documents have each."""
        with expect_alias(self.names.read):
            return find_near_words(self.connection, self.names.read, words)

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """The document of a dispatch, or None."""
        return read_document(self.connection, self.names.read, dispatch_id)

    def read_many(self, dispatch_ids: Sequence[str]) -> Mapping[str, HeldDocument]:
        """The documents of these dispatches; those that have none are left out."""
        found: dict[str, HeldDocument] = {}
        path = f"/{quote_name(self.names.write)}/_mget"
        for start in range(0, len(dispatch_ids), READ_AT_ONCE):
            ids = list(dispatch_ids[start : start + READ_AT_ONCE])
            with expect_alias(self.names.write):
                response = self.connection.call("POST", path, {"ids": ids})
            for item in response["docs"]:
                if item.get("found"):
                    found[item["_id"]] = HeldDocument(int(item["_version"]), item["_source"])
        return found

    def check_file(self, position: str | None, limit: int) -> FileCheck:
        """Nothing: the server keeps checksums of its own files."""
        del position, limit
        return FileCheck(0, None)

    def compact(self) -> bool:
        """Do nothing: the server merges its segments by itself."""
        return False

    def find_missing(self, dispatch_ids: Sequence[str]) -> list[str]:
        """The dispatches among these that have no document."""
        missing: list[str] = []
        for start in range(0, len(dispatch_ids), MGET):
            ids = list(dispatch_ids[start : start + MGET])
            with expect_alias(self.names.read):
                response = self.connection.call(
                    "POST", f"/{quote_name(self.names.read)}/_mget", {"ids": ids}, _source="false"
                )
            missing += [item["_id"] for item in response["docs"] if not item.get("found")]
        return missing

    def count(self) -> int:
        """Documents in the index, of every state."""
        with expect_alias(self.names.read):
            return int(self.connection.call("GET", f"/{quote_name(self.names.read)}/_count")["count"])

    def health(self) -> IndexHealth:
        """True if searches work: the server counts the documents, as every search does, without reading them."""
        try:
            self.count()
        except CopytasterError as error:
            return IndexHealth(ok=False, detail=str(error))
        return IndexHealth(ok=True, detail=self.connection.address)

    def begin_rebuild(self, mark: IndexMark | None = None, *, trust_live: bool = True) -> IndexBuild:
        """Start a new index next to this one, or resume an interrupted rebuild; nothing is copied from the live one."""
        del trust_live
        return ElasticBuild(
            self.connection,
            self.names,
            keep_days=self.settings.keep_previous_days,
            stories=self.names.stories if self.settings.stories_index else None,
            mark=mark,
        )

    def switch_back(self) -> int:
        """Replace the live index by the one before; returns the change up to which that one is complete."""
        return switch_back(
            self.connection, self.names, self.names.stories if self.settings.stories_index else None
        )

    def examine(self) -> Sequence[IndexFinding]:
        """The checks of `copytaster doctor`."""
        findings = list(check_index(self.connection, self.names))
        if self.settings.stories_index:
            return [*findings, *check_stories(self.connection, self.names.stories)]
        return [*findings, *check_unused(self.connection, self.names.stories)]

    def close(self) -> None:
        """Close every connection."""
        self._writer.close()
        self.connection.close()

    def _check(self) -> None:
        if time.monotonic() >= self._check_again:
            self.exists()
            for names in self._kept:
                add_fields(self.connection, names)
            self._check_again = time.monotonic() + CHECKED_FOR_S

    def _is_stemmed(self, indices: Sequence[str]) -> bool:
        for name in indices:
            if name not in self._profiles:  # an index never changes its profile
                self._profiles[name] = read_description(self.connection, name).profile
        return any(self._profiles[name] == "full" for name in indices)

    def _read_traits(self) -> IndexTraits:
        """What searches of the live index must know. An index of before `news_at` keeps its order until it is rebuilt."""
        with self._lock:
            known = self._traits
        if known is not None and time.monotonic() - known[0] < CHECKED_FOR_S:
            return known[1]
        found = read_description(self.connection, self.names.read)
        is_old = "news_at" not in found.fields or "news_at" in found.ours.get(FIELDS_ADDED, ())
        stemmed = self._list_stemmed() if found.profile == "full" else ()
        traits = IndexTraits(stemmed, "last_changed" if is_old else "news_at")
        with self._lock:
            self._traits = (time.monotonic(), traits)
        return traits

    def _list_stemmed(self) -> tuple[str, ...]:
        """The languages in which the live index has stems, the most frequent first."""
        body = {"size": 0, "aggs": {"languages": {"terms": {"field": "language", "size": 4 * len(STEMMED)}}}}
        response = self.connection.call("POST", f"/{quote_name(self.names.read)}/_search", body)
        buckets = response["aggregations"]["languages"]["buckets"]
        languages = (find_stems(bucket["key"]) for bucket in buckets)
        return tuple(dict.fromkeys(language for language in languages if language))


def _plan_index(names: Names, table: AliasTable) -> list[str]:
    """The index and the aliases that a setup makes, in words."""
    live, read = table.find_index(names.write), table.find_index(names.read)
    if live is not None:
        return [] if read else [f"alias {names.read} -> {live}"]
    name = read or names.index(table.next_number())
    made = [f"alias {names.write} -> {name}"]
    return made if read else [f"index {name}", *made, f"alias {names.read} -> {name}"]


def _make_secret(settings: ElasticsearchSettings) -> bytes:
    """The key of cursors: the same in every process of an installation, so that each accepts the others' cursors."""
    known = [secret.get_secret_value() for secret in (settings.api_key, settings.password) if secret]
    return hashlib.sha256("\0".join([settings.prefix, settings.url or "", *known]).encode()).digest()
