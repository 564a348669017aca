"""No cell of a sheet begins with what a spreadsheet runs, at whatever letter it divides the line."""

import csv
import io

import pytest

from newsdesk.web.spreadsheet import write_sheet

FORMULAS = ("=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "－1", "＋1", "＠SUM(A1)")
RUN = tuple("=+-@＝＋－＠")


def read(sheet, delimiter):
    return [cell for row in csv.reader(io.StringIO(sheet), delimiter=delimiter) for cell in row]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("before", ["", "Ship;", "Ship\t", 'Ship";', "Ship,"])
def test_no_cell_runs(formula, delimiter, before):
    cells = read(write_sheet(["headline", "note"], [[before + formula, "calm"]]), delimiter)
    assert len(cells) >= 2
    assert not [cell for cell in cells if cell.lstrip().startswith(RUN)]


def test_texts_and_numbers_stay_as_they_are():
    sheet = write_sheet(["headline", "delay", "share", "agency"], [['He said "no"; all left', -5, 0.5, None]])
    assert read(sheet, ",")[4:] == ['He said "no"; all left', "-5", "0.5", ""]
    assert ",-5,0.5," in sheet
