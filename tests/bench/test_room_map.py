"""The map of the rooms shows every room, every pair of rooms with imports, and steps that run one way."""

import re
import xml.etree.ElementTree as ET

import pytest

from bench.import_graph import ROOMS, count_imports, look_inside, read_graph
from bench.room_map import PICTURE, draw_map, find_chips

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def graph():
    return read_graph()


@pytest.fixture(scope="module")
def picture(graph):
    return ET.fromstring(draw_map(graph))


def test_the_picture_in_the_docs_is_that_of_the_code(graph):
    assert PICTURE.read_text(encoding="utf-8") == draw_map(graph), "run `make map`"


def test_every_pair_of_rooms_with_imports_has_an_arrow_and_its_count(graph, picture):
    counts = [text.text for text in picture.iter(f"{SVG}text") if text.get("class") == "count"]
    assert sorted(counts) == sorted(map(str, count_imports(graph).values()))
    heads = [path for path in picture.iter(f"{SVG}path") if path.get("class") == "head"]
    assert len(heads) == len(counts)


def test_every_arrow_runs_downward(picture):
    lines = [path.get("d") for path in picture.iter(f"{SVG}path") if "arrow" in (path.get("class") or "")]
    ends = [re.fullmatch(r"M\d+ ([\d.]+)V([\d.]+)", line) for line in lines]
    assert len(lines) >= 16
    assert all(float(end[1]) < float(end[2]) for end in ends)


def test_every_room_is_drawn_inside_the_picture_and_over_no_other(picture):
    boxes = [
        tuple(float(rect.get(name)) for name in ("x", "y", "width", "height"))
        for rect in picture.iter(f"{SVG}rect")
        if rect.get("class") == "room"
    ]
    assert len(boxes) == len(ROOMS)
    width, height = float(picture.get("width")), float(picture.get("height"))
    for number, (x, y, wide, high) in enumerate(boxes):
        assert x >= 0
        assert x + wide <= width
        assert y + high <= height
        for x2, y2, wide2, high2 in boxes[number + 1 :]:
            assert x + wide <= x2 or x2 + wide2 <= x or y + high <= y2 or y2 + high2 <= y


@pytest.mark.parametrize("room", ROOMS)
def test_an_import_inside_a_room_leads_to_a_later_step(graph, room):
    steps = {chip.name: chip.step for chip in find_chips(graph, room)}
    for name, below in look_inside(graph, room).items():
        assert all(steps[name] > steps[target] for target in below if name in steps), name


def test_an_import_without_a_place_for_its_arrow_is_refused(graph):
    with pytest.raises(KeyError):
        draw_map({**graph, "copytaster.errors": frozenset({"indexer.port"})})
