"""Labelled documents and pairs, read from files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from copytaster.errors import UsageError
from copytaster.store.engine import Store
from copytaster.store.tables import stories, versions
from dedup.evaluation.labelled import Document, read_documents, read_pairs, store_documents

ARRIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_documents_are_read_in_file_order(tmp_path):
    path = tmp_path / "docs.jsonl"
    rows = [
        {"n": 7, "text": "one", "t": 6e8},
        {"n": 3, "id": "x", "title": "T", "text": "two", "publisher": "P"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    assert read_documents(path) == [
        Document(7, "7", "", "one", 6e8, ""),
        Document(3, "x", "T", "two", None, "P"),
    ]


def test_pairs_are_read_by_label(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("a\tb\tlabel\n1\t2\t2\n3\t4\t1\n5\t6\t0\n", encoding="utf-8")
    assert read_pairs(path) == ([(1, 2)], [(3, 4)])


def test_documents_are_stored_as_stories_of_one_version(tmp_path):
    documents = [
        Document(7, "a", "UPDATE 2-Ferry adrift", "SENN, March 2 (Reuters) - One.", 6e8, "P"),
        Document(3, "b", "", "Two.", None, ""),
    ]
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    try:
        with store.write() as connection:
            assert store_documents(connection, documents, arrived=ARRIVED) == {1: 7, 2: 3}
        with store.read() as connection:
            bodies = connection.execute(
                select(versions.c.body, versions.c.seen_at, versions.c.headline, versions.c.markers).order_by(
                    versions.c.id
                )
            ).all()
            urls = connection.scalars(select(stories.c.url).order_by(stories.c.id)).all()
    finally:
        store.close()
    assert [row.body for row in bodies] == ["One.", "Two."]
    assert bodies[1].seen_at - bodies[0].seen_at == timedelta(milliseconds=1)
    assert bodies[0].headline == "Ferry adrift"
    assert [(marker["class"], marker["kind"], marker["number"]) for marker in bodies[0].markers] == [
        ("version", "update", 2)
    ]
    assert urls == ["a", "b"]


def test_a_file_that_is_no_gzip(tmp_path):
    path = tmp_path / "docs.gz"
    path.write_bytes(b"plain")
    with pytest.raises(UsageError, match="cannot be read"):
        read_documents(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_pairs(tmp_path / "missing.tsv")
