"""A trace gives the answer of the live rules and every bound they compared, with or without the rules' source."""

from __future__ import annotations

import json
import py_compile
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.decision.rules import RULES, WITH_WRAPUP, WITHIN_PUBLISHER
from dedup.explain.rule_trace import trace_rules
from dedup.similarity.score import PairScore
from tests.dedup.pair_scores import GOOD

ROOT = Path(__file__).parents[3]
TRACED = """
import json, sys
from dedup.decision.rules import RULES
from dedup.explain.rule_trace import trace_rules
from dedup.similarity.score import PairScore
score = PairScore(**json.loads(sys.argv[1]))
rule, traces = trace_rules(RULES, score)
print(json.dumps([rule, [[trace.name, trace.meaning, len(trace.checks)] for trace in traces]]))
"""

shares = st.one_of(
    st.floats(0, 1), st.sampled_from([0.3, 0.34, 0.4, 0.45, 0.5, 0.55, 0.7, 0.75, 0.8, 0.9, 1.0])
)
counts = st.integers(0, 12)
words = st.integers(0, 130)
scores = st.builds(
    PairScore,
    **dict.fromkeys(
        ("share", "share_of_shorter", "share_of_longer", "unquoted", "offset", "numbers", "numbers_kept"),
        shares,
    ),
    **dict.fromkeys(("names_kept", "numbers_in_order", "opening_density"), shares),
    **dict.fromkeys(("figures", "precise", "precise_kept", "names", "strangers"), counts),
    **dict.fromkeys(("substitutions", "contradictions", "contested", "opening_contradictions"), counts),
    **dict.fromkeys(("weight", "opening"), words.map(float)),
    **dict.fromkeys(("matched_words", "rival", "opening_words", "opening_unquoted"), words),
    leads=st.booleans(),
    hours=st.floats(0, 48),
    runs=st.lists(st.just((0, 0, 6)), max_size=8).map(tuple),
)


@pytest.mark.parametrize("rules", [RULES, WITHIN_PUBLISHER, WITH_WRAPUP])
@given(score=scores)
def test_the_trace_ends_as_the_rules_decide(rules, score):
    rule, traces = trace_rules(rules, score)
    assert rule == rules.match(score)
    conditions = {one.condition.name: one.condition for one in rules.rules}
    for trace in traces:
        assert trace.answer is conditions[trace.name].holds(score)
    assert not any(trace.answer for trace in traces[:-1])


def test_every_bound_is_kept_with_its_measure_and_limit():
    rule, traces = trace_rules(RULES, GOOD)
    assert rule == "covered"
    assert [trace.rule for trace in traces] == [
        "flash",
        "altered",
        "",
        "",
        "opening",
        "figures",
        "",
        "",
        "",
        "",
        "",
        "covered",
    ]
    covered = [
        (check.figure, check.value, check.sign, check.threshold, check.held) for check in traces[-1].checks
    ]
    assert covered[:2] == [
        ("share", 0.9, "≥", 0.55, True),
        ("weight", 200.0, "≥", 30.0, True),
    ]
    assert all(check.words for trace in traces for one in trace.walk() for check in one.checks)


def test_a_condition_inside_another_is_a_trace_of_its_own():
    _, traces = trace_rules(RULES, GOOD)
    (template,) = [trace for trace in traces if trace.name == "template"]
    assert [inner.name for inner in template.inner] == ["other_names", "other_figures", "standing_text"]
    assert next(template.walk()) is template


def test_a_tracer_of_the_interpreter_does_not_change_it():
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        traced = trace_rules(RULES, GOOD)
    finally:
        sys.settrace(before)
    assert traced == trace_rules(RULES, GOOD)


@pytest.mark.parametrize(("option", "level"), [("-B", 0), ("-OO", 2)])
def test_it_needs_neither_source_nor_docstrings(option, level, tmp_path):
    """The rules as compiled files in an archive: there is no source that could be read."""
    archive = tmp_path / "rules.zip"
    with ZipFile(archive, "w") as packed:
        for folder in ("dedup", "dedup/decision", "dedup/explain"):
            for source in sorted((ROOT / folder).glob("*.py")):
                code = py_compile.compile(
                    str(source), cfile=str(tmp_path / "compiled.pyc"), doraise=True, optimize=level
                )
                packed.write(str(code), f"{folder}/{source.stem}.pyc")
    program = TRACED.replace(
        "import json, sys", f"import json, sys; sys.path.insert(0, {str(archive)!r})"
    ).replace(
        "from dedup.similarity.score import PairScore", "from types import SimpleNamespace as PairScore"
    )
    program += "import dedup.decision.rules as rules; assert rules.__file__.startswith(sys.path[0])"
    fields = {name: getattr(GOOD, name) for name in GOOD.__slots__}
    done = subprocess.run(
        [sys.executable, "-I", option, "-c", program, json.dumps(fields)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    rule, traces = trace_rules(RULES, GOOD)
    assert json.loads(done.stdout) == [
        rule,
        [[trace.name, trace.meaning, len(trace.checks)] for trace in traces],
    ]
