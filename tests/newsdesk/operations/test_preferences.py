"""What a person can set: what is refused, with the way out, and what survives of what was kept."""

import pytest

from copytaster.errors import UsageError
from newsdesk.operations.preferences import ACTIONS, list_keys, read_preferences, recall_preferences


def test_only_what_differs_is_kept():
    assert read_preferences({"keys": {"next": "j", "save": "S"}}).to_data() == {"keys": {"save": "S"}}
    assert read_preferences({"timezone": "", "density": "", "keys": {}}).to_data() == {}


def test_two_actions_may_exchange_their_keys():
    keys = read_preferences({"keys": {"next": "k", "previous": "j"}}).keys
    assert list_keys(keys) == list_keys({}) | {"next": "k", "previous": "j"}


@pytest.mark.parametrize(
    ("data", "names", "way_out"),
    [
        ({"keys": {"next": "k"}}, "Previous dispatch", "another key"),
        ({"keys": {"save": "z", "use": "z"}}, "Mark as used", "another key"),
        ({"keys": {"save": "zz"}}, "zz", "one letter"),
        ({"keys": {"save": " "}}, "Save", "one letter"),
        ({"keys": {"sav": "z"}}, "sav", "save"),
        ({"timezone": "Europe/Berlinn"}, "Europe/Berlinn", "Europe/Berlin"),
        ({"density": "tight"}, "density", "comfortable"),
    ],
)
def test_what_cannot_be_set_is_named_with_the_way_out(data, names, way_out):
    with pytest.raises(UsageError) as refused:
        read_preferences(data)
    assert names in str(refused.value)
    assert way_out in str(refused.value)


def test_what_can_no_longer_be_read_takes_nothing_else_with_it():
    kept = {"timezone": "Mars/Olympus", "density": "comfortable", "keys": {"gone": "g"}, "colour": "red"}
    assert recall_preferences(kept).to_data() == {"density": "comfortable"}


def test_each_action_has_a_key_of_its_own():
    assert len({key for key, _ in ACTIONS.values()}) == len(ACTIONS)
