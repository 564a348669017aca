"""An article that was saved as several files of a folder is one story; what is not there is said."""

import gzip

import pytest

from copytaster.store.tables import versions
from spiders.parsing.part import PARTIAL

SIDES = ("north", "south", "west")


def sheet(number, of, *, head="", title="Town rebuilds its wall", pager=""):
    text = "".join(
        f"<p>Stretch {at} of the {SIDES[number - 1]} side is laid by masons who learned the trade in the hills, and it takes them"
        f" a week for each, said the {SIDES[number - 1]} foreman.</p>"
        for at in range(4)
    )
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title><meta property='og:type' content='article'>{head}</head>"
        f"<body><article><h1>{title}</h1>{text}</article><div>Page {number} of {of} {pager}</div></body></html>"
    )


def follow(address):
    return f"<link href='{address}' rel=next>"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "saved"
    made.mkdir()
    return made


def read_bodies(rows):
    return [row.body for row in rows(versions.c.body)]


def is_whole(body, sides=SIDES):
    return all(f"Stretch {at} of the {side} side" in body for side in sides for at in range(4))


def test_files_that_name_one_another_are_one_story(folder, ingest, rows):
    """As a program saves pages that rewrites their links: the later pages sort before the first."""
    (folder / "wall.html").write_text(sheet(1, 3, head=follow("wall-2.html")))
    (folder / "wall-2.html").write_text(sheet(2, 3, head=follow("wall-3.html")))
    (folder / "wall-3.html").write_text(sheet(3, 3))
    report = ingest(folder)
    assert (report.found, report.stored, report.joined, report.refused) == (1, 1, 2, 0)
    [row] = rows(versions.c.body, versions.c.warnings)
    assert is_whole(row.body)
    assert PARTIAL not in row.warnings
    again = ingest(folder)
    assert (again.unchanged, again.joined) == (1, 2)


def test_files_of_any_name_are_found_by_the_addresses_of_their_pages(folder, ingest, rows):
    def own(number):
        return f"<link rel=canonical href='https://gate.example/wall{'' if number == 1 else '?page=2'}'>"

    (folder / "9b1.html").write_text(sheet(1, 2, head=own(1) + follow("https://gate.example/wall?page=2")))
    (folder / "03c.html.gz").write_bytes(gzip.compress(sheet(2, 2, head=own(2)).encode()))
    assert ingest(folder).joined == 1
    [body] = read_bodies(rows)
    assert is_whole(body, SIDES[:2])


def test_printed_numbers_lead_on(folder, ingest, rows):
    (folder / "wall.html").write_text(sheet(1, 2, pager="1 <a href='wall_2.html'>2</a>"))
    (folder / "wall_2.html").write_text(sheet(2, 2, pager="<a href='wall.html'>1</a> 2"))
    assert ingest(folder).joined == 1
    [body] = read_bodies(rows)
    assert is_whole(body, SIDES[:2])


def test_a_page_that_was_not_saved_leaves_the_story_partial(folder, ingest, rows):
    (folder / "wall.html").write_text(sheet(1, 3, head=follow("wall-2.html")))
    (folder / "wall-2.html").write_text(sheet(2, 3, head=follow("wall-3.html")))
    (folder / "gate.html").write_text(sheet(1, 2, head=follow("gate-2.html"), title="Gate is next"))
    assert ingest(folder).stored == 2
    found = {row.headline: set(row.warnings) for row in rows(versions.c.headline, versions.c.warnings)}
    assert {PARTIAL, "page-3-not-saved"} <= found["Town rebuilds its wall"]
    assert PARTIAL in found["Gate is next"]


def test_stories_that_link_the_next_story_stay_apart(folder, ingest, rows):
    """Many sites print `rel=next` for the next story; numbers in names of files are no pages of one article either."""
    for number, title in enumerate(("Mill turns again", "Bridge is painted", "Ferry is late"), 1):
        text = sheet(number, number, title=title, head=follow(f"story-{number + 1}.html"))
        (folder / f"story-{number}.html").write_text(text.replace(f"Page {number} of {number}", ""))
    report = ingest(folder)
    assert (report.stored, report.joined) == (3, 0)
