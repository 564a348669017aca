"""Walls that only the other pages of a run give away: one text under many titles."""

import pytest

from copytaster.store.tables import versions

TEXT = "".join(
    f"<p>Here only the wind lives on the {day}, and nobody knows where what you sought has gone on that {day}.</p>"
    for day in ("first", "second", "third")
)
ADDRESSES = ("/n/gate-of-the-weir-1", "/n/gate-of-the-weir-1/amp", "/print/n/gate-of-the-weir-1")


def put_pages(publisher, titles):
    entries = []
    for number, (path, title) in enumerate(zip(ADDRESSES, titles, strict=True)):
        publisher.put(
            path,
            f"<!doctype html><html lang=en><head><title>{title}</title></head><article><h1>A windy place</h1>{TEXT}</article>",
        )
        entries.append({"path": path, "title": title, "guid": f"g{number}"})
    publisher.put_feed("/feed", entries)


@pytest.mark.parametrize(
    ("titles", "stored"),
    [
        (["Harbour basin widened"] * 3, 1),
        (["Harbour basin widened", "Eel catch doubles", "Library slates leak"], 0),
    ],
    ids=["one story at three addresses", "a wall"],
)
def test_one_text_is_a_wall_only_under_several_titles(publisher, collect, rows, titles, stored):
    put_pages(publisher, titles)
    report = collect(town=publisher.base + "/feed")
    assert len(rows(versions.c.id)) == stored
    assert report.errors.get("wall", 0) == (0 if stored else 3)
