import pytest

from bench import pages


@pytest.fixture(scope="module")
def figures():
    found = pages.measure()
    if "skipped" in found:
        pytest.skip(found["skipped"])
    return found["unseen"]


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("figure", "floor"),
    [
        ("headline_right", 0.95),
        ("dateline_right", 0.95),
        ("agency_f1", 0.95),
        ("published_day_right", 0.97),
        ("body_f1_hand", 0.97),
        ("streams_body_f1", 0.94),
    ],
)
def test_floor(figures, figure, floor):
    assert figures[figure] >= floor


@pytest.mark.corpus
def test_nothing_leaks(figures):
    assert figures["captions_leaked"] <= 1
    assert figures["comments_leaked"].startswith("0 of")
    assert figures["false_agency_credits_on_non_wire_pages"] <= 3
