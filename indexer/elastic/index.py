"""The adapter for Elasticsearch and OpenSearch. Nothing is asked of the server before it is needed."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copytaster.errors import ConfigurationError, CopytasterError
from indexer.elastic.build import ElasticBuild, read_document, switch_back
from indexer.elastic.checks import check_index
from indexer.elastic.connection import Connection, quote_name
from indexer.elastic.layout import (
    choose_profile,
    create_index,
    make_templates,
    put_templates,
    read_description,
    read_layout,
)
from indexer.elastic.names import Names
from indexer.elastic.searching import search_documents
from indexer.elastic.writing import LANES, Writer, expect_alias, missing_alias
from indexer.port import IndexHealth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from indexer.elastic.mapping import Profile
    from indexer.port import IndexAction, IndexBuild, IndexFinding, SearchPage, SearchQuery, WriteOutcome
    from settings import ElasticsearchSettings

CHECKED_FOR_S = 60.0  # what the server was found to hold is believed so long
MGET = 1000  # ids a request


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """What a setup makes; `live` is the index that is there already, `why` tells of the analysis profile."""

    profile: Profile
    why: str
    making: tuple[str, ...]
    live: str | None


class ElasticIndex:
    """A `SearchIndex` behind aliases of one server or cluster."""

    lanes = LANES

    def __init__(self, settings: ElasticsearchSettings) -> None:
        self.settings = settings
        self.names = Names(settings.prefix)
        self.connection = Connection(settings)
        self._writer = Writer(self.connection)
        self._profile: tuple[float, Profile] | None = None
        self._check_again = 0.0
        self._lock = threading.Lock()
        self._secret = _make_secret(settings)

    def exists(self) -> bool:
        """True where there is an index that this program can read and write; it is made by a command only.

        Raises:
            ConfigurationError: there is none, or one of another mapping; the hint says what to run.
        """
        layout = read_layout(self.connection, self.names)
        live = layout.one(self.names.write)
        if live is None or layout.one(self.names.read) is None:
            raise missing_alias(self.names.write if live is None else self.names.read)
        drift = read_description(self.connection, live).drift()
        if drift:
            raise ConfigurationError(
                f"the mapping of {live} is not this program's: {'; '.join(drift[:3])}",
                resource=self.connection.address,
                hint="run `copytaster rebuild`; what waits is kept",
            )
        return True

    def plan_setup(self) -> SetupPlan:
        """What `setup` would make, and which analysis the server can carry; nothing is made."""
        profile, why = choose_profile(self.connection, self.names)
        layout = read_layout(self.connection, self.names)
        live = layout.one(self.names.write)
        read = layout.one(self.names.read)
        making: list[str] = [f"template {name}" for name in make_templates(self.names, profile)]
        if live is None:
            live_name = read or self.names.index(layout.next_number())
            making += [f"index {live_name}"] if read is None else []
            making += [f"alias {self.names.write} -> {live_name}"]
            making += [f"alias {self.names.read} -> {live_name}"] if read is None else []
        elif read is None:
            making.append(f"alias {self.names.read} -> {live}")
        return SetupPlan(profile=profile, why=why, making=tuple(making), live=live)

    def setup(self) -> None:
        """Make templates, index and aliases unless they are there. What is there stays."""
        profile, _ = choose_profile(self.connection, self.names)
        layout = read_layout(self.connection, self.names)
        put_templates(self.connection, self.names, profile)
        read, write = layout.one(self.names.read), layout.one(self.names.write)
        if read is None and write is None:
            name = self.names.index(layout.next_number())
            create_index(self.connection, name, profile, aliases=[self.names.read, self.names.write])
        elif read is None or write is None:
            alias = self.names.read if read is None else self.names.write
            self.connection.call("PUT", f"/{quote_name(read or write or '')}/_alias/{quote_name(alias)}", {})

    def write(self, actions: Sequence[IndexAction]) -> WriteOutcome:
        """Write whole documents, into an index that is being built as well.

        Raises:
            ConfigurationError: there is no index, or one of another mapping; nothing was written.
        """
        self._check()
        # asked before each write, not remembered: what a rebuild reads from the store is then never older than this
        building = read_layout(self.connection, self.names).carriers(self.names.building)
        targets = [self.names.write, *([self.names.building] if building else [])]
        outcome = self._writer.write(actions, targets)
        if any(item.status == "done" for item in outcome.items):
            self.connection.call("POST", f"/{quote_name(self.names.write)}/_refresh")
        return outcome

    def search(self, query: SearchQuery) -> SearchPage:
        """Find dispatches."""
        with expect_alias(self.names.read):
            return search_documents(
                self.connection, self.names.read, query, secret=self._secret, profile=self._read_profile()
            )

    def get(self, dispatch_id: str) -> Mapping[str, Any] | None:
        """The document of a dispatch, or None."""
        return read_document(self.connection, self.names.read, dispatch_id)

    def find_missing(self, dispatch_ids: Sequence[str]) -> list[str]:
        """Those of these dispatches that have no document."""
        missing: list[str] = []
        for start in range(0, len(dispatch_ids), MGET):
            ids = list(dispatch_ids[start : start + MGET])
            with expect_alias(self.names.read):
                answer = self.connection.call(
                    "POST", f"/{quote_name(self.names.read)}/_mget", {"ids": ids}, _source="false"
                )
            missing += [item["_id"] for item in answer["docs"] if not item.get("found")]
        return missing

    def count(self) -> int:
        """Documents in the index, of every state."""
        with expect_alias(self.names.read):
            return int(self.connection.call("GET", f"/{quote_name(self.names.read)}/_count")["count"])

    def health(self) -> IndexHealth:
        """Whether searches are answered."""
        try:
            return IndexHealth(ok=True, documents=self.count(), detail=self.connection.address)
        except CopytasterError as error:
            return IndexHealth(ok=False, documents=0, detail=str(error))

    def begin_rebuild(self) -> IndexBuild:
        """Start a new index beside this one, or go on with one that a rebuild left behind."""
        return ElasticBuild(self.connection, self.names, keep_days=self.settings.keep_previous_days)

    def switch_back(self) -> int:
        """Put the index before in the place of the live one; gives back the change it holds at least."""
        return switch_back(self.connection, self.names)

    def examine(self) -> Sequence[IndexFinding]:
        """What a doctor asks of the server."""
        return check_index(self.connection, self.names)

    def close(self) -> None:
        """Let go of every connection."""
        self._writer.close()
        self.connection.close()

    def _check(self) -> None:
        if time.monotonic() >= self._check_again:
            self.exists()
            self._check_again = time.monotonic() + CHECKED_FOR_S

    def _read_profile(self) -> Profile:
        with self._lock:
            known = self._profile
        if known is not None and time.monotonic() - known[0] < CHECKED_FOR_S:
            return known[1]
        profile = read_description(self.connection, self.names.read).profile
        with self._lock:
            self._profile = (time.monotonic(), profile)
        return profile


def _make_secret(settings: ElasticsearchSettings) -> bytes:
    """The key of cursors: the same in every process of an installation, so that a cursor is good in each."""
    known = [secret.get_secret_value() for secret in (settings.api_key, settings.password) if secret]
    return hashlib.sha256("\0".join([settings.prefix, settings.url or "", *known]).encode()).digest()
