"""The mappings as data: strict, numbered, of field types that every distribution of the server has.

Searches use `words`: the words of `indexer.analyzer`, split at spaces, so that every adapter finds the same. Where the
server has language analyzers, searches use `stems` too. `_source` excludes both, so that it is the store's document. The
text fields are for queries of other programs.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal

from indexer.analyzer import RECIPE, WORDS
from indexer.stems import STEMMERS
from indexer.word_keys import name_release

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from settings import ElasticsearchSettings

Profile = Literal["core", "full"]
Kind = Literal["dispatches", "stories"]

# A field that is only added to `FIELDS` or `STORY_FIELDS` is added to existing indices (`indexer.elastic.live_mapping`).
# Raise the number with every other change here to what is written or found: indices are rebuilt, never converted.
MAPPING = 2
KEYS = "word_keys"
LONGEST_KEYWORD = 8191  # characters; four bytes each stay under Lucene's bound for a term
SHORT_KEYWORD = 1024
# language of the document -> analyzer of the server, in Elasticsearch and OpenSearch alike. They are named as our stemmers
# are; servers have none for Polish, but two more. One language has one field: see _SAME_STEMS.
STEMMED = {
    language: stemmer for language, stemmer in STEMMERS.items() if language not in {"nb", "nn", "pl"}
} | {"bg": "bulgarian", "lv": "latvian"}
_SAME_STEMS = {"nb": "no", "nn": "no"}

_KEYWORD = {"type": "keyword", "ignore_above": SHORT_KEYWORD}
_LONG_KEYWORD = {"type": "keyword", "ignore_above": LONGEST_KEYWORD}
_DATE = {"type": "date", "format": "strict_date_optional_time"}
_COUNT = {"type": "integer"}
_FLOAT = {"type": "float"}
_YES_OR_NO = {"type": "boolean"}
_TEXT = {"type": "text"}
_HEADLINE = {"type": "text", "fields": {"keyword": _LONG_KEYWORD}}
_KEPT = {"type": "object", "enabled": False}  # in the document, not searchable
_WORDS = {"type": "text", "analyzer": "whitespace", "index_options": "positions"}

# a dispatch's field -> its mapping
FIELDS: dict[str, dict[str, Any]] = {
    "dispatch_id": _KEYWORD,
    "rev": _COUNT,
    "state": _KEYWORD,
    "merged_into": _KEYWORD,
    "headline": _HEADLINE,
    "headlines_all": _TEXT,
    "change_note": _TEXT,
    "body": _TEXT,
    "lead": _TEXT,
    "agency": _LONG_KEYWORD,
    "agency_confidence": _FLOAT,
    "agencies_evidence": _KEPT,
    "publishers": _LONG_KEYWORD,
    "publisher_count": _COUNT,
    "families": _LONG_KEYWORD,
    "family_count": _COUNT,
    "sources": _LONG_KEYWORD,
    "channels": _KEYWORD,
    "language": _KEYWORD,
    "languages": _LONG_KEYWORD,
    "byline": _LONG_KEYWORD,
    "signoff": _TEXT,
    "dateline": _LONG_KEYWORD,
    "dateline_place": _LONG_KEYWORD,
    "dateline_region": _LONG_KEYWORD,
    "slugline": _LONG_KEYWORD,
    "wire_ids": _LONG_KEYWORD,
    "places": _LONG_KEYWORD,
    "markers": _LONG_KEYWORD,
    "genre": _KEYWORD,
    "flags": _KEYWORD,
    "first_seen": _DATE,
    "last_seen": _DATE,
    "second_seen_at": _DATE,
    "pickup_minutes": _FLOAT,
    "family_second_seen_at": _DATE,
    "family_pickup_minutes": _FLOAT,
    "published_at": _DATE,
    "updated_at": _DATE,
    "@timestamp": _DATE,
    "last_changed": _DATE,
    "news_at": _DATE,
    "news_kind": _KEYWORD,
    "news_number": _COUNT,
    "version_count": _COUNT,
    "correction_count": _COUNT,
    "has_uncorrected": _YES_OR_NO,
    "corrected_at": _DATE,
    "withdrawn_at": _DATE,
    "chain": _KEPT,
    "links": _KEPT,
    "retold_by": _KEYWORD,
    "translated_into": _KEYWORD,
    "retold_of": _KEYWORD,
    "relations": _KEYWORD,
    "canonical": _KEPT,
    "urls": _LONG_KEYWORD,
    "members": _KEPT,
    "members_left_out": _COUNT,
    "kind": _KEYWORD,
    "kinds": _KEYWORD,
    "embargoed_until": _DATE,
    "usage_terms": _TEXT,
    "editors_note": _TEXT,
    "wire": {
        "properties": {
            "format": _KEYWORD,
            "guid": _LONG_KEYWORD,
            "version": _KEYWORD,
            "provider": _LONG_KEYWORD,
            "pubstatus": _KEYWORD,
            "urgency": _COUNT,
            "signals": _KEYWORD,
            "links": {"properties": {"relation": _KEYWORD, "target": _LONG_KEYWORD}},
            "altids": _LONG_KEYWORD,
            "genres": _LONG_KEYWORD,
            "subjects": {"properties": {"code": _KEYWORD, "name": _LONG_KEYWORD}},
            "keywords": _LONG_KEYWORD,
            "located": _LONG_KEYWORD,
            "copyrightholder": _LONG_KEYWORD,
            "copyrightnotice": _TEXT,
            "datamining": _TEXT,
            "expires": _DATE,
            "digitalsourcetype": _KEYWORD,
        }
    },
    "altered_copies": _COUNT,
    "altered_facts": {
        "properties": {
            "kind": _KEYWORD,
            "agency": _KEYWORD,
            "copy": _KEYWORD,
            "publisher": _LONG_KEYWORD,
            "story": _KEYWORD,
            "where": _KEPT,
        }
    },
}

# a single story's field -> its mapping; this program does not search it
STORY_FIELDS: dict[str, dict[str, Any]] = {
    "story": _KEYWORD,
    "dispatch_id": _KEYWORD,
    "state": _KEYWORD,
    "headline": _HEADLINE,
    "publisher": _LONG_KEYWORD,
    "family": _LONG_KEYWORD,
    "source": _LONG_KEYWORD,
    "channel": _KEYWORD,
    "url": _LONG_KEYWORD,
    "wire_id": _LONG_KEYWORD,
    "agency": _LONG_KEYWORD,
    "language": _KEYWORD,
    "relation": _KEYWORD,
    "markers": _LONG_KEYWORD,
    "genre": _KEYWORD,
    "is_first": _YES_OR_NO,
    "minutes_after_first": _FLOAT,
    "publisher_count": _COUNT,
    "first_seen": _DATE,
    "last_seen": _DATE,
    "published_at": _DATE,
    "@timestamp": _DATE,
    "version_count": _COUNT,
    "correction_count": _COUNT,
    "credit": _KEYWORD,
    "share_kept": _FLOAT,
    "agency_version": _COUNT,
    "altered_fact_count": _COUNT,
    "kind": _KEYWORD,
}

# part of `stems` -> weight in the score, below that of the typed word
STEMS = {"headline": 4.0, "body": 0.7}


def make_mapping(profile: Profile, kind: Kind = "dispatches") -> dict[str, Any]:
    """The whole mapping; `full` indexes stems, `core` accepts them without indexing."""
    mapping: dict[str, Any] = {
        "dynamic": "strict",
        "date_detection": False,
        "_meta": {"copytaster": {**make_meta(profile, kind), **make_note(kind)}},
        "properties": STORY_FIELDS if kind == "stories" else FIELDS | _make_searched(profile),
    }
    if kind == "dispatches":
        mapping["_source"] = {"excludes": ["words", "stems"]}
    return mapping


def _make_searched(profile: Profile) -> dict[str, Any]:
    stems = {
        language: {
            "dynamic": "strict",
            "properties": {part: {"type": "text", "analyzer": analyzer} for part in STEMS},
        }
        for language, analyzer in STEMMED.items()
    }
    return {
        "words": {"dynamic": "strict", "properties": dict.fromkeys(WORDS, _WORDS)},
        "stems": {"dynamic": "strict", "properties": stems} if profile == "full" else _KEPT,
    }


def find_stems(language: str | None) -> str | None:
    """The key of `STEMMED` for documents of this language, or None."""
    plain = (language or "").partition("-")[0].casefold()
    plain = _SAME_STEMS.get(plain, plain)
    return plain if plain in STEMMED else None


def make_meta(profile: Profile, kind: Kind = "dispatches", *, without: Container[str] = ()) -> dict[str, Any]:
    """The description in an index, by which a program knows whether it can read and write the index.

    `without` some fields it is the description made by a program that does not know them.
    """
    return {
        "kind": kind,
        "mapping": MAPPING,
        "words": RECIPE,
        "profile": profile,
        "fingerprint": hash_mapping(profile, kind, without=without),
    }


def make_note(kind: Kind) -> dict[str, str]:
    """The note of an index of which every document has keys; one of before is read and written on, and lacks it."""
    return {KEYS: name_release()} if kind == "dispatches" else {}


def lacks_keys(ours: Mapping[str, Any], kind: Kind) -> bool:
    """True if an index with this description has documents without the keys of this program."""
    return kind == "dispatches" and ours.get(KEYS) != name_release()


def hash_mapping(profile: Profile, kind: Kind = "dispatches", *, without: Container[str] = ()) -> str:
    """A short hash of the fields, which reveals a mapping that changed without a new number."""
    fields = STORY_FIELDS if kind == "stories" else FIELDS
    parts: list[Any] = [{name: one for name, one in fields.items() if name not in without}]
    if kind == "dispatches":
        parts.append(sorted(WORDS))
    if profile == "full":
        parts += [STEMMED, sorted(STEMS)]
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()


def make_settings(layout: ElasticsearchSettings) -> dict[str, Any]:
    """Settings of a new index: its shards, and their replicas, by default one where there is a second node."""
    return {
        "index": {
            "number_of_shards": layout.shards,
            "refresh_interval": "1s",
            **make_replicas(layout),
        }
    }


def make_replicas(layout: ElasticsearchSettings) -> dict[str, Any]:
    """The settings that give a live index its replicas."""
    if layout.replicas is None:
        return {"auto_expand_replicas": "0-1"}
    return {"number_of_replicas": layout.replicas, "auto_expand_replicas": False}
