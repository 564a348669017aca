"""The backfill of traces from versions that are grouped: after an upgrade, or when the traces were dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import structlog

from copytaster.store.memberships import find_firsts, read_dispatch_refs
from copytaster.store.versions import list_grouped, read_grouped
from dedup.cache.known_version import place_in_time
from dedup.candidates.fact_keys import key_facts
from dedup.candidates.sampling import order_once
from dedup.candidates.traces import Filed, count_microseconds, print_paragraphs
from dedup.decision.decide import EXACT_WORDS
from dedup.grouping.participants import is_short
from dedup.grouping.weighing import weigh_text
from dedup.text.words import read_words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from copytaster.store.versions import StoredVersion
    from dedup.candidates.signature import Signer
    from dedup.candidates.window import CandidateWindow

log = structlog.get_logger(__name__)

_CHUNK = 500  # versions a row
_NO_NUMBERS = np.empty(0, dtype=np.int64)


def backfill_traces(
    connection: Connection, window: CandidateWindow, signer: Signer, *, min_words: int
) -> None:
    """File again every version that was grouped in the days of the history; the store has no traces at all."""
    ids = list_grouped(connection, days=window.history_days)
    if not ids:
        return
    log.info("grouping.filing_again", versions=len(ids))
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        places = read_dispatch_refs(connection, part)
        firsts = find_firsts(connection, {place.dispatch_id for place in places.values()})
        for stored in sorted(read_grouped(connection, part), key=lambda one: one.id):
            if stored.id in places:
                _file(window, signer, stored, places[stored.id].dispatch_id, stored.id in firsts, min_words)
        window.write(connection)
        window.commit()


def _file(
    window: CandidateWindow,
    signer: Signer,
    stored: StoredVersion,
    dispatch_id: str,
    is_first: bool,
    min_words: int,
) -> None:
    whole = read_words(stored.body)
    weights = np.frombuffer(stored.weights or b"", dtype=np.uint8)
    if len(weights) != len(whole):
        return  # an older tokenizer read its words
    text = whole.only(weights > 0)
    short = is_short(text, min_words)
    _, keys, bands = signer.find_keys(text.words, signed=not short, sampled=len(text) >= EXACT_WORDS)
    at = count_microseconds(stored.at or place_in_time(stored))
    keys = np.concatenate((keys, key_facts(text, stored.publisher, at)))
    crowded, _ = window.candidates.look_up(keys, bands, at - window.length, at + window.length)
    own: set[int] = set()
    if stored.publisher:
        printed = zip(whole.paragraphs(stored.publisher), whole.frames(stored.publisher), strict=True)
        own = {
            one
            for (start, end, *hashes), frame in printed
            if weights[start:end].any()
            for one in (*hashes, frame)
        }
    seen = count_microseconds(stored.seen_at)
    window.candidates.expire(seen)
    window.file(
        Filed(
            stored.id,
            at,
            seen,
            keys[~crowded],
            order_once(weigh_text(text.words, window.phrases)[0]) if is_first else _NO_NUMBERS,
            print_paragraphs(np.array(sorted(own - {0}), dtype=np.int64), dispatch_id),
        )
    )
