"""`copytaster evaluate grouping` and `evaluate relations`."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from bench.copy.tellings import write_tellings
from dedup.relations.model import is_installed
from newsdesk.cli import main
from tests.dedup import copydesk as copy


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


@pytest.fixture
def labelled(tmp_path):
    docs, pairs = tmp_path / "docs.jsonl", tmp_path / "pairs.tsv"
    bodies = [copy.FERRY, copy.cut(copy.FERRY), copy.market_report(1)]
    docs.write_text(
        "".join(json.dumps({"n": n, "text": body, "t": None}) + "\n" for n, body in enumerate(bodies))
    )
    pairs.write_text("a\tb\tlabel\n0\t1\t2\n")
    return docs, pairs


def test_evaluate_prints_figures_and_writes_groups(capsys, labelled, tmp_path):
    docs, pairs = labelled
    out_file = tmp_path / "groups.tsv"
    arguments = ("evaluate", "grouping", "--docs", str(docs), "--pairs", str(pairs))
    code, out, _ = run(capsys, *arguments, "--groups", str(out_file), "--json")
    figures = json.loads(out)
    assert code == 0
    assert {name: figures[name] for name in ("precision", "recall", "f1", "ari", "b_cubed", "groups")} == {
        "precision": 1.0,
        "recall": 1.0,
        "f1": 1.0,
        "ari": 1.0,
        "b_cubed": 1.0,
        "groups": 2,
    }
    assert figures["documents_per_s"] > 0
    heading, *rows = [line.split("\t") for line in out_file.read_text().splitlines()]
    assert heading == ["document", "group"]
    assert [row[0] for row in rows] == ["0", "1", "2"]
    assert rows[0][1] == rows[1][1] != rows[2][1]
    code, out, _ = run(capsys, *arguments)
    assert "b cubed" in out


def test_faults_have_their_exit_codes(capsys, labelled, tmp_path):
    docs, pairs = labelled
    pairs.write_text("a\tb\tlabel\n0\t9\t2\n")
    code, _, err = run(capsys, "evaluate", "grouping", "--docs", str(docs), "--pairs", str(pairs))
    assert code == 2
    assert "no document has the number 9" in err
    code, _, _ = run(
        capsys, "evaluate", "grouping", "--docs", str(tmp_path / "missing"), "--pairs", str(pairs)
    )
    assert code == 2


def test_evaluate_relations_prints_each_kind(capsys, tmp_path):
    told = write_tellings(1, seed=5)
    docs, pairs = tmp_path / "docs.jsonl", tmp_path / "pairs.tsv"
    docs.write_text("".join(json.dumps(asdict(one)) + "\n" for one in told.documents), encoding="utf-8")
    labelled = [f"{a}\t{b}\t2\t{kind}\n" for kind, found in told.related.items() for a, b in found]
    pairs.write_text("a\tb\tlabel\trelation\n" + "".join(labelled), encoding="utf-8")
    arguments = ("evaluate", "relations", "--docs", str(docs), "--pairs", str(pairs))
    code, out, _ = run(capsys, *arguments, "--json")
    figures = json.loads(out)
    assert code == 0
    assert set(figures["kinds"]) == {"retold", "translated"}
    assert figures["kinds"]["retold"]["pairs"] == 3
    assert figures["kinds"]["retold"]["precision"] == 1.0
    assert (figures["encoder"] == "lexical letters-4") is not is_installed()
    if is_installed():
        assert figures["kinds"]["translated"]["f1"] >= 0.9
    code, out, _ = run(capsys, *arguments)
    assert "translated" in out
    pairs.write_text("a\tb\tlabel\trelation\n0\t99\t2\tretold\n", encoding="utf-8")
    code, _, err = run(capsys, *arguments)
    assert (code, "no document has the number 99" in err) == (2, True)
