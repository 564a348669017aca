"""A watched folder: real files, a real store, real parsing workers."""

import gzip
import json
import os
from pathlib import Path

import pytest

from copytaster.errors import RefusedError
from copytaster.store.tables import raw_pages, refusals, runs, stories, versions
from spiders.receiving.folder import ERROR, PROCESSED, FolderReceiver
from tests.copytaster.wire.formats import samples

FREE = {"until": "2026-03-02T09:31:00+01:00"}  # an embargo that is over


@pytest.fixture
def inbox(tmp_path):
    made = tmp_path / "in"
    made.mkdir()
    return made


def drop(folder, name, body, age_s=60.0):
    """Write a file that nobody has touched for a while."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    then = path.stat().st_mtime - age_s
    os.utime(path, (then, then))
    return path


def take_all(reception):
    """Look as often as a file needs to be seen."""
    return sum(reception.take() for _ in range(3))


def below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_of_several_formats_become_stories_and_are_moved_away(receive, inbox, rows):
    drop(inbox, "a.xml", samples.g2(**FREE))
    drop(inbox, "b.dat", samples.anpa())
    drop(inbox, "deep/c.json.gz", gzip.compress(samples.ninjs(uri="urn:pier:c", embargoed=None).encode()))
    reception = receive("folder", str(inbox))
    assert take_all(reception) == 3
    report = reception.close_row()
    assert (report.outcome, report.found, report.stored, report.new) == ("ran", 3, 3, 3)
    assert {row.channel for row in rows(stories.c.channel)} == {"folder"}
    assert len(rows(versions.c.id)) == 3
    left = below(inbox)
    assert [Path(name).name for name in left] == ["a.xml", "b.dat", "c.json.gz"]
    assert all(name.startswith(f"{PROCESSED}/") for name in left)
    assert reception.announced
    assert [row.outcome for row in rows(runs.c.outcome)] == ["ran"]


def test_a_file_dropped_again_is_known_and_overwrites_nothing(receive, inbox, rows):
    reception = receive("folder", inbox.as_uri())
    for _ in range(2):
        drop(inbox, "a.xml", samples.g2(**FREE))
        take_all(reception)
    report = reception.close_row()
    assert (report.stored, report.unchanged) == (1, 1)
    assert len(rows(versions.c.id)) == 1
    assert [Path(name).name for name in below(inbox)] == ["a.2.xml", "a.xml"]


def test_a_bad_file_goes_to_error_with_words_for_an_editor_and_to_quarantine(receive, inbox, rows):
    drop(inbox, "cut.xml", samples.g2()[:400])
    drop(inbox, "list.xml", "<inventory><part/></inventory>")
    reception = receive("folder", str(inbox))
    take_all(reception)
    assert sorted(path.name for path in (inbox / ERROR).iterdir()) == [
        "cut.xml", "cut.xml.why.txt", "list.xml", "list.xml.why.txt",
    ]  # fmt: skip
    assert "root element <inventory>" in (inbox / ERROR / "list.xml.why.txt").read_text()
    assert {row.reason for row in rows(refusals.c.reason)} == {"damaged", "unknown-format"}
    assert len(rows(raw_pages.c.id)) == 2  # the bytes, for replay
    assert reception.close_row().dropped == {"damaged": 1, "unknown-format": 1}


def test_a_file_that_is_being_written_waits_until_its_writer_closes_it(receive, inbox, rows):
    whole = samples.g2(**FREE).encode()
    reception = receive("folder", str(inbox))
    with drop(inbox, "a.xml", whole[:300]).open("ab") as writer:
        assert take_all(reception) == 0
        writer.write(whole[300:])
    assert take_all(reception) == 1
    assert len(rows(versions.c.id)) == 1
    assert not rows(refusals.c.id)


def test_a_young_half_file_is_no_refusal_and_its_rest_may_still_come(receive, inbox, rows):
    whole = samples.g2(**FREE).encode()
    drop(inbox, "a.xml", whole[:300], age_s=5)
    reception = receive("folder", str(inbox))
    assert take_all(reception) == 0
    assert below(inbox) == ["a.xml"]
    drop(inbox, "a.xml", whole, age_s=5)
    assert take_all(reception) == 1
    assert not rows(refusals.c.id)


def test_a_young_transmission_without_its_end_mark_waits_for_it(receive, inbox, rows):
    whole = samples.iptc_7901()
    drop(inbox, "a.txt", whole[: len(whole) * 2 // 3], age_s=5)
    reception = receive("folder", str(inbox))
    assert take_all(reception) == 0
    drop(inbox, "a.txt", whole, age_s=5)
    assert take_all(reception) == 1
    (warnings,) = rows(versions.c.warnings)[0]
    assert "partial" not in warnings


@pytest.mark.parametrize("name", [".a.xml", "a.xml.part", "a.xml.filepart", "a.xml.tmp", "a.xml~"])
def test_names_of_unfinished_files_are_left_alone(receive, inbox, name):
    drop(inbox, name, samples.g2(**FREE))
    assert take_all(receive("folder", str(inbox))) == 0
    assert below(inbox) == [name]


def test_links_pipes_and_folders_reached_by_links_are_not_opened(receive, inbox, tmp_path):
    secret = drop(tmp_path / "outside", "secret.txt", "Not for the wire. " * 40)
    (inbox / "link.txt").symlink_to(secret)
    (inbox / "linked").symlink_to(secret.parent)
    os.mkfifo(inbox / "pipe.xml")
    assert take_all(receive("folder", str(inbox))) == 0
    assert secret.exists()


def test_a_link_that_takes_the_place_of_a_file_is_not_followed(inbox, tmp_path):
    secret = drop(tmp_path / "outside", "secret.txt", "Not for the wire. " * 40)
    (inbox / "a.txt").symlink_to(secret)
    receiver = FolderReceiver(str(inbox), max_bytes=1000)
    assert receiver._open("a.txt", age_s=60) is None  # what happens between listing and opening


def test_a_file_too_large_is_refused_and_not_read_whole(receive, inbox, rows):
    drop(inbox, "big.txt", b"x" * 3_000)
    reception = receive("folder", str(inbox))
    reception.receiver._max_bytes = 1_000
    take_all(reception)
    assert [row.reason for row in rows(refusals.c.reason)] == ["too-large"]
    assert below(inbox) == ["error/big.txt", "error/big.txt.why.txt"]


def test_a_folder_that_is_missing_is_said_once_and_work_goes_on_when_it_is_there(receive, inbox, rows):
    missing = inbox / "not-yet"
    reception = receive("folder", str(missing))
    with pytest.raises(RefusedError):
        reception.receiver.look()
    assert take_all(reception) == 0
    assert [(row.outcome, row.errors) for row in rows(runs.c.outcome, runs.c.errors)] == [
        ("failed", {"no-folder": 1})
    ]
    missing.mkdir()
    drop(missing, "a.xml", samples.g2(**FREE))
    assert take_all(reception) == 1
    assert reception.close_row().outcome == "ran"


def test_a_file_that_cannot_be_moved_is_read_once(receive, inbox, rows):
    drop(inbox, "a.xml", samples.g2(**FREE))
    (inbox / PROCESSED).write_text("a file where the folder belongs")
    reception = receive("folder", str(inbox))
    assert take_all(reception) == 1
    assert take_all(reception) == 0
    assert len(rows(versions.c.id)) == 1


def list_of(*items):
    return json.dumps({"items": [json.loads(item) for item in items]})


def newsml_1_with_picture():
    text, picture = samples.newsml_1(status="Usable"), samples.newsml_1(media="Photo", data="")
    begin, end = picture.index("<NewsItem>"), picture.index("</NewsML>")
    return (
        text.replace("</NewsML>", f"{picture[begin:end]}</NewsML>")
        .replace("18:00", "09:31")
        .replace("T180000", "T093100")
    )


MIXED = {
    "a.xml": samples.g2_message(samples.g2(item_class="ninat:picture", **FREE), samples.g2(**FREE)),
    "b.xml": newsml_1_with_picture(),
    "c.json": list_of(
        samples.ninjs(embargoed=None), samples.ninjs(uri="urn:pier:p", type="picture", embargoed=None)
    ),
}


@pytest.mark.parametrize("name", MIXED)
def test_a_picture_beside_a_text_is_refused_by_kind_and_is_no_error_of_the_file(receive, inbox, rows, name):
    drop(inbox, name, MIXED[name])
    reception = receive("folder", str(inbox))
    assert take_all(reception) == 1
    report = reception.close_row()
    assert (report.found, report.stored, report.dropped) == (2, 1, {"kind-picture": 1})
    assert [row.reason for row in rows(refusals.c.reason)] == ["kind-picture"]
    assert [one.partition("/")[0] for one in below(inbox)] == [PROCESSED]


def test_a_message_of_pictures_alone_is_an_error(receive, inbox):
    drop(inbox, "a.xml", samples.g2_message(samples.g2(item_class="ninat:picture", **FREE)))
    assert take_all(receive("folder", str(inbox))) == 1
    assert [one.partition("/")[0] for one in below(inbox)] == [ERROR, ERROR]
