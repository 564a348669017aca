"""The search for relations among grouped versions, a slice at a time: it runs beside grouping and delays no dispatch."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from copytaster.store.memberships import read_dispatch_refs
from copytaster.store.relations import NewRelation, add_relations
from copytaster.store.tellings import (
    add_traces,
    drop_traces,
    find_start,
    has_traces,
    keep_until,
    list_next,
    read_texts,
    read_traces,
    read_until,
)
from dedup.relations.encoder import load_encoder
from dedup.relations.evidence import describe_proof
from dedup.relations.proof import compare, prove
from dedup.relations.telling import encode_tellings, read_tellings
from dedup.relations.window import RelationWindow, make_trace, open_traces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from copytaster.store.engine import Store
    from copytaster.store.tellings import GroupedText, TellingTrace
    from dedup.relations.encoder import Encoder
    from dedup.relations.facts import Agreement
    from dedup.relations.telling import Telling

log = structlog.get_logger(__name__)

SLICE = 8  # versions a transaction: about a fifth of a second
TELLINGS = 2_000  # versions kept with their vectors
_OWN_RULES = frozenset({"founded", "same-story", "desk"})  # a copy tells nothing that its dispatch does not


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one version brought: how later ones find it, and what it retells."""

    stored: TellingTrace
    relations: tuple[NewRelation, ...]


class RelationFinder:
    """Looks for what the versions of a store retell or translate. One thread uses a finder at a time.

    Args:
        store: the record.
        window: how far apart two tellings may be.
        encoder: by default the multilingual one if it is installed, else the lexical form.
    """

    def __init__(self, store: Store, window: timedelta, *, encoder: Encoder | None = None) -> None:
        self._store = store
        self._length = window
        self._encoder = encoder
        self._window: RelationWindow | None = None
        self._tellings: OrderedDict[int, Telling] = OrderedDict()
        self._until = 0

    def find_slice(self, *, limit: int = SLICE) -> int:
        """Look at the next versions and keep what was found, in one short transaction; 0 once all are looked at."""
        with self._store.read() as connection:
            until = self._find_until(connection)
            waiting = list_next(connection, until, limit)
            if not waiting or (len(waiting) == 1 and not has_traces(connection)):
                return 0  # one story alone retells nothing, and the encoder takes half a second to load
            window = self._open_window(connection, until)
            own = [text for text in waiting if text.rule in _OWN_RULES]
            findings = self._look_at(connection, window, own)
        if not self._keep(until, waiting[-1].version_id, findings):
            self._window = None  # another process looked at them meanwhile
        return len(waiting)

    @property
    def encoder(self) -> Encoder:
        """The encoder, loaded on first use."""
        if self._encoder is None:
            self._encoder = load_encoder()
        return self._encoder

    def _find_until(self, connection: Connection) -> int:
        until = read_until(connection)
        return find_start(connection, self._length) if until is None else until

    def _open_window(self, connection: Connection, until: int) -> RelationWindow:
        """The window in memory; read from the store at the start, and after another process has looked at versions."""
        if self._window is None or self._until != until:
            self._window = RelationWindow(self._length.total_seconds())
            for trace in open_traces(read_traces(connection, _name(self.encoder))):
                self._window.add(trace)
            self._until = until
        return self._window

    def _look_at(
        self, connection: Connection, window: RelationWindow, texts: Sequence[GroupedText]
    ) -> list[_Finding]:
        tellings = read_tellings(texts, self.encoder)
        kept = [make_trace(telling, _name(self.encoder)) for telling in tellings]
        findings = []
        for telling, stored, trace in zip(tellings, kept, open_traces(kept), strict=True):
            self._remember(telling)
            found = self._prove_all(connection, telling, [one.version_id for one in window.find(trace)])
            window.add(trace)
            findings.append(_Finding(stored, found))
        return findings

    def _prove_all(
        self, connection: Connection, newcomer: Telling, candidates: Sequence[int]
    ) -> tuple[NewRelation, ...]:
        if not candidates:
            return ()
        version = newcomer.text.version_id
        places = read_dispatch_refs(connection, [version, *candidates])
        ours = places[version].dispatch_id
        apart = [one for one in candidates if one in places and places[one].dispatch_id != ours]
        others = self._recall(connection, apart)
        compared = [(pair, self._compare(*pair)) for pair in (_sort(newcomer, other) for other in others)]
        likely = [(pair, agreement) for pair, agreement in compared if agreement is not None]
        encode_tellings(
            {telling.text.version_id: telling for pair, _ in likely for telling in pair}.values(),
            self.encoder,
        )
        found = [self._prove(*pair, agreement) for pair, agreement in likely]
        return tuple(one for one in found if one is not None)

    def _recall(self, connection: Connection, ids: Sequence[int]) -> list[Telling]:
        """Tellings by their versions, those that are remembered no longer read again."""
        missing = [one for one in ids if one not in self._tellings]
        for telling in (
            read_tellings(read_texts(connection, missing), self.encoder, most=0) if missing else ()
        ):
            self._remember(telling)
        return [self._tellings[one] for one in ids if one in self._tellings]

    def _compare(self, earlier: Telling, later: Telling) -> Agreement | None:
        return compare(earlier, later, reads_languages=self.encoder.reads_languages)

    def _prove(self, earlier: Telling, later: Telling, agreement: Agreement) -> NewRelation | None:
        proof = prove(earlier, later, agreement, reads_languages=self.encoder.reads_languages)
        if proof is None:
            return None
        return NewRelation(
            version_id=later.text.version_id,
            other_id=earlier.text.version_id,
            kind=proof.kind,
            confidence=proof.confidence,
            evidence=describe_proof(proof, earlier, later),
            encoder=self.encoder.name,
            encoder_version=self.encoder.version,
            found_at=datetime.now(UTC),
        )

    def _remember(self, telling: Telling) -> None:
        self._tellings[telling.text.version_id] = telling
        while len(self._tellings) > TELLINGS:
            self._tellings.popitem(last=False)

    def _keep(self, since: int, until: int, findings: Sequence[_Finding]) -> bool:
        """Write what was found, unless another process did so meanwhile."""
        found = [relation for finding in findings for relation in finding.relations]
        with self._store.write() as connection:
            if (read_until(connection) or since) != since:
                return False
            add_traces(connection, [finding.stored for finding in findings])
            add_relations(connection, found)
            keep_until(connection, until)
            if findings:
                drop_traces(connection, before=findings[-1].stored.at - 2 * self._length.total_seconds())
        self._until = until
        if found:
            log.info("relations.found", relations=len(found), versions=len(findings))
        return True


def _name(encoder: Encoder) -> str:
    return f"{encoder.name} {encoder.version}"[:64]


def _sort(one: Telling, other: Telling) -> tuple[Telling, Telling]:
    """The telling printed first, then the other."""
    earlier, later = sorted((one, other), key=lambda telling: (telling.text.at, telling.text.version_id))
    return earlier, later
