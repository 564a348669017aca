"""No sentence of the demo occurs in the corpus of real copy."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from newsdesk.demo.pages import list_comments
from newsdesk.demo.scenario import load_dispatches

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
WORDS = 8


def fold(text):
    return " ".join(re.findall(r"\w+", text.lower()))


def demo_sentences():
    for dispatch in load_dispatches():
        texts = [paragraph for wire in dispatch.wires for paragraph in wire.paragraphs]
        texts += [
            text
            for page in dispatch.pages
            for printing in page.printings
            for text in (printing.lead, printing.aside, *printing.local)
        ]
        for text in (*texts, *(comment.text for comment in list_comments())):
            for sentence in re.split(r"(?<=[.!?])\s+", text):
                if len(fold(sentence).split()) >= WORDS:
                    yield fold(sentence)


@pytest.mark.corpus
def test_no_sentence_is_from_the_corpus():
    file = CORPUS / "pages_bodies.jsonl.gz"
    if not file.exists():
        pytest.skip(f"no corpus at {CORPUS}")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        real = "\n".join(fold(json.loads(line)["body"]) for line in lines)
    sentences = set(demo_sentences())
    assert len(sentences) > 500
    assert [sentence for sentence in sentences if sentence in real] == []
