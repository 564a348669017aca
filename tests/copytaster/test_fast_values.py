"""Values that are made by the thousand: they compare and copy as any dataclass, and take nothing but their fields."""

from dataclasses import replace

import pytest

from copytaster.fast_values import fast_value


@fast_value
class Place:
    name: str
    distance: float = 0.0


def test_equal_values_are_equal():
    assert Place("Ohrid") == Place("Ohrid", 0.0) != Place("Ohrid", 1.0)
    assert replace(Place("Ohrid"), distance=2.5) == Place("Ohrid", 2.5)


def test_a_value_takes_its_fields_only():
    with pytest.raises(AttributeError):
        Place("Ohrid").country = "MK"
