"""Whether two names mean one thing."""

import pytest

from dedup.facts.names import are_same, is_agency


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kyiv", "Kiev"),
        ("Müller", "Mueller"),
        ("Mohammed Orla", "Muhammad Orla"),
        ("Islamic State", "Daesh"),
        ("United States", "US"),
        ("European Union", "EU"),
        ("Harbour Workers Union", "HWU"),
        ("Russia", "Russian"),
        ("Moscow", "Kremlin"),
        ("President Ilse Varro", "Varro"),
        ("Путин", "Путина"),
        ("Johnson", "Johnston"),
    ],
)
def test_spellings_of_one_name(one, other):
    assert are_same(one.split(), other.split())
    assert are_same(other.split(), one.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Iran", "Iraq"),
        ("Niger", "Nigeria"),
        ("Austria", "Australia"),
        ("Anna Berg", "Erik Holm"),
        ("Martin", "Morton"),
    ],
)
def test_two_names(one, other):
    assert not are_same(one.split(), other.split())


def test_agencies_are_known():
    assert is_agency("Reuters")
    assert not is_agency("Anna Berg")
