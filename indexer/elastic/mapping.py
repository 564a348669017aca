"""The mapping as data: strict, numbered, of types that every distribution of the server carries.

Searches ask `words`: the words of `indexer.words`, split at spaces, so that every adapter finds the same. They are
not kept in `_source`, which is the document as the store says it. The text fields are for other people's queries.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from indexer.words import RECIPE

Profile = Literal["core", "full"]

MAPPING = (
    1  # raise it when anything here changes what is written or found: indices are made anew, never converted
)
LONGEST_KEYWORD = 8191  # characters; four bytes each stay under Lucene's bound for a term
SHORT_KEYWORD = 1024
# language of the document -> analyzer of the server
STEMMED = {"en": "english", "de": "german", "fr": "french", "es": "spanish"}

_KEYWORD = {"type": "keyword", "ignore_above": SHORT_KEYWORD}
_LONG_KEYWORD = {"type": "keyword", "ignore_above": LONGEST_KEYWORD}
_DATE = {"type": "date", "format": "strict_date_optional_time"}
_COUNT = {"type": "integer"}
_KEPT = {"type": "object", "enabled": False}  # in the document, not in the index
_WORDS = {"type": "text", "analyzer": "whitespace", "index_options": "positions"}

# a document's field -> its mapping
FIELDS: dict[str, dict[str, Any]] = {
    "dispatch_id": _KEYWORD,
    "rev": _COUNT,
    "state": _KEYWORD,
    "merged_into": _KEYWORD,
    "headline": {"type": "text", "fields": {"keyword": _LONG_KEYWORD}},
    "headlines_all": {"type": "text"},
    "change_note": {"type": "text"},
    "body": {"type": "text"},
    "lead": {"type": "text"},
    "agency": _LONG_KEYWORD,
    "agency_confidence": {"type": "float"},
    "agencies_evidence": _KEPT,
    "publishers": _LONG_KEYWORD,
    "publisher_count": _COUNT,
    "families": _LONG_KEYWORD,
    "family_count": _COUNT,
    "sources": _LONG_KEYWORD,
    "language": _KEYWORD,
    "languages": _LONG_KEYWORD,
    "byline": _LONG_KEYWORD,
    "dateline_place": _LONG_KEYWORD,
    "slugline": _LONG_KEYWORD,
    "places": _LONG_KEYWORD,
    "markers": _LONG_KEYWORD,
    "first_seen": _DATE,
    "last_seen": _DATE,
    "published_at": _DATE,
    "@timestamp": _DATE,
    "last_changed": _DATE,
    "version_count": _COUNT,
    "correction_count": _COUNT,
    "has_uncorrected": {"type": "boolean"},
    "canonical": _KEPT,
    "urls": _LONG_KEYWORD,
    "members": _KEPT,
    "members_left_out": _COUNT,
}

# part of `words` -> weight in the score; a headline says what a story is about
WORDS = {
    "headline": 8.0,
    "headlines": 3.0,
    "body": 1.0,
    "exact_headline": 8.0,
    "exact_headlines": 3.0,
    "exact_body": 1.0,
    "agency": 0.5,
    "publisher": 0.5,
}


def make_mapping(profile: Profile) -> dict[str, Any]:
    """The whole mapping; `full` adds stemmed forms of headlines and body."""
    properties = json.loads(json.dumps(FIELDS))
    if profile == "full":
        stems = {language: {"type": "text", "analyzer": name} for language, name in STEMMED.items()}
        for field in ("headline", "headlines_all", "body"):
            properties[field].setdefault("fields", {}).update(stems)
    properties["words"] = {"dynamic": "strict", "properties": dict.fromkeys(WORDS, _WORDS)}
    return {
        "dynamic": "strict",
        "date_detection": False,
        "_source": {"excludes": ["words"]},
        "_meta": {"copytaster": describe(profile)},
        "properties": properties,
    }


def describe(profile: Profile) -> dict[str, Any]:
    """What an index says of itself: by this a program knows whether it can read and write it."""
    return {"mapping": MAPPING, "words": RECIPE, "profile": profile, "fingerprint": fingerprint(profile)}


def fingerprint(profile: Profile) -> str:
    """A short hash of the fields, so that a mapping that was changed without its number is noticed."""
    fields = json.dumps([FIELDS, sorted(WORDS), STEMMED if profile == "full" else None], sort_keys=True)
    return hashlib.blake2b(fields.encode(), digest_size=8).hexdigest()


def make_settings() -> dict[str, Any]:
    """Settings of an index: one shard, a replica where there is a second node."""
    return {"index": {"number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "1s"}}
