import pytest

from bench import pages


@pytest.fixture(scope="module")
def figures():
    found = pages.measure()
    if "skipped" in found:
        pytest.skip(found["skipped"])
    return found


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("figure", "floor"),
    [
        (lambda found: found["headline_right"], 0.95),
        (lambda found: found["dateline_right"], 0.95),
        (lambda found: found["agency"]["f1"], 0.95),
        (lambda found: found["published_day_right"], 0.97),
        (lambda found: found["body_f1"]["hand"], 0.97),
        (lambda found: found["streams_body_f1"], 0.93),
    ],
    ids=["headline", "dateline", "agency", "published", "body", "streams"],
)
def test_floor(figures, figure, floor):
    assert figure(figures) >= floor


@pytest.mark.corpus
def test_nothing_leaks(figures):
    assert figures["captions_leaked"] <= 1
    assert figures["comments_leaked"].startswith("0 of")
    assert figures["false_credit_on_negatives"] <= 3
