from collections import Counter

import pytest

from copytaster.wire import tables
from copytaster.wire.agency_table import AGENCIES
from copytaster.wire.tables import read_table

NAMES = sorted(path.stem for path in tables.FOLDER.glob("*.txt"))


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_readable_and_no_value_is_empty(name):
    table = read_table(name)
    assert table
    assert all(value for fields in table.values() for values in fields.values() for value in values)


@pytest.mark.parametrize("name", NAMES)
def test_no_entry_is_written_twice(name):
    lines = (tables.FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    entries = Counter(line for line in lines if line and line[0] not in " #")
    assert entries == Counter(dict.fromkeys(entries, 1))


def test_an_agency_has_only_fields_that_are_read():
    assert {field for fields in read_table("agencies").values() for field in fields} == {
        "spellings",
        "hosts",
        "sends",
    }
    assert {row.name: row.hosts for row in AGENCIES}["Yonhap"] == ("yna.co.kr", "yonhapnews.co.kr")


@pytest.mark.parametrize("text", ["  names: a\n", "entry\n  names\n"])
def test_a_line_out_of_place_is_named(text, tmp_path):
    (tmp_path / "odd.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"odd\.txt, line \d: "):
        read_table("odd", tmp_path)


def test_a_field_may_take_several_lines(tmp_path):
    (tmp_path / "two.txt").write_text(
        "# note\nentry\n  names: a | b\n  names: c d\n\nbare\n", encoding="utf-8"
    )
    assert read_table("two", tmp_path) == {"entry": {"names": ("a", "b", "c d")}, "bare": {}}
