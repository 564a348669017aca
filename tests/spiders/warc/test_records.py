"""Archives that are whole, broken and hostile: what is read, what is named, and where reading goes on."""

import gzip
import random
import subprocess
import sys
import zlib

import pytest
from warcio.archiveiterator import ArchiveIterator

from spiders.warc.records import HEADER_BYTES, Fault, Record, RecordReader
from spiders.warc.stream import Position
from tests import archives

MAX_BYTES = 1_000_000
START = Position()


def read(path, start=START):
    with path.open("rb") as file:
        return list(RecordReader(file, start, max_bytes=MAX_BYTES).read())


def numbers(found):
    """The numbers of the stories whose pages came whole."""
    urls = [one.headers["warc-target-uri"] for one in found if isinstance(one, Record)]
    return [int(url.rpartition("/")[2]) for url in urls]


def faults(found):
    return [one for one in found if isinstance(one, Fault)]


@pytest.fixture(params=[True, False], ids=["gzip", "plain"])
def write(request, tmp_path):
    def of(*records):
        return archives.write(tmp_path / "a.warc", records, is_gzip=request.param)

    of.is_gzip = request.param
    return of


def test_every_record_is_read_as_another_reader_reads_it(write):
    url = f"{archives.HOST}/story/1"
    path = write(
        archives.info(),
        archives.request(url),
        archives.page(1),
        archives.metadata(url),
        archives.revisit(url),
    )
    with path.open("rb") as file:
        theirs = [
            (record.rec_type, record.raw_stream.read())
            for record in ArchiveIterator(file, no_record_parse=True)
        ]
    ours = read(path)
    assert [record.kind for record in ours] == [kind for kind, _ in theirs]
    assert [record.block for record in ours if record.block] == [
        block for kind, block in theirs if kind == "response"
    ]
    assert ours[-1].end == Position(path.stat().st_size)


def split(whole):
    return b"".join(gzip.compress(whole[at : at + 1000]) for at in range(0, len(whole), 1000))


@pytest.mark.parametrize("make", [gzip.compress, split])
def test_one_member_of_many_records_and_members_that_cut_through_records(tmp_path, make):
    whole = b"".join(archives.page(number) for number in range(30))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(make(whole))
    found = read(path)
    assert (numbers(found), faults(found)) == (list(range(30)), [])
    for at in (0, 7, 28):
        assert numbers(read(path, found[at].end)) == list(range(at + 1, 30))


def test_reading_goes_on_after_every_record(write):
    path = write(*map(archives.page, range(5)))
    found = read(path)
    assert [numbers(read(path, one.end)) for one in found] == [[1, 2, 3, 4], [2, 3, 4], [3, 4], [4], []]


def test_a_cut_at_any_byte_is_named_and_mended_by_the_rest(write):
    path = write(*map(archives.page, range(3)))
    whole = path.read_bytes()
    ends = [one.end.offset for one in read(path)]
    chance = random.Random(7)
    for cut in sorted(chance.sample(range(1, len(whole)), 60)):
        path.write_bytes(whole[:cut])
        found = read(path)
        # The blank lines after the last record say nothing that its length does not say.
        complete = [number for number, end in enumerate(ends) if end - (0 if write.is_gzip else 4) <= cut]
        assert numbers(found) == complete
        if not any(end - 4 <= cut <= end for end in [0, *ends]):
            [fault] = faults(found)
            assert fault.offset == ([0, *ends])[len(complete)]
        place = found[-1].end if isinstance(found[-1], Record) else None
        before = place or (found[-2].end if len(found) > 1 else Position())
        path.write_bytes(whole)
        assert numbers(read(path, before)) == list(range(len(complete), 3))


def test_garbage_between_records_costs_nothing_else(write):
    path = write(archives.page(1), archives.page(2))
    [first, _] = read(path)
    whole = path.read_bytes()
    garbage = random.Random(3).randbytes(5_000)
    path.write_bytes(whole[: first.end.offset] + garbage + whole[first.end.offset :])
    found = read(path)
    assert numbers(found) == [1, 2]
    [fault] = faults(found)
    assert fault.offset in ({first.end.offset} if write.is_gzip else {first.offset})
    assert [one.is_part for one in found if isinstance(one, Record)] == [not write.is_gzip, False]


def test_a_broken_member_costs_itself(tmp_path):
    members = [gzip.compress(archives.page(number)) for number in range(4)]
    at = len(members[0]) + len(members[1]) // 2
    whole = bytearray(b"".join(members))
    whole[at : at + 20] = bytes(20)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(whole)
    found = read(path)
    assert numbers(found) == [0, 2, 3]
    [fault] = faults(found)
    assert (fault.offset, fault.end) == (len(members[0]), Position(len(members[0]) + len(members[1])))


def change_length(record, change):
    head, _, rest = record.partition(b"\r\n\r\n")
    lines = [
        b"Content-Length: " + change(line.partition(b":")[2].strip())
        if line.lower().startswith(b"content-length")
        else line
        for line in head.split(b"\r\n")
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + rest


@pytest.mark.parametrize(
    "change",
    [
        lambda length: b"9" * 18,
        lambda length: b"9" * 4_000,
        lambda length: b"-1",
        lambda length: b"12x",
        lambda length: str(int(length) + 300_000).encode(),
    ],
)
def test_an_absurd_length_is_named_and_the_next_record_is_read(write, change):
    broken = change_length(archives.page(2), change)
    found = read(write(archives.page(1), broken, archives.page(3)))
    assert numbers(found) == [1, 3]
    [fault] = faults(found)
    assert fault.offset == found[0].end.offset
    assert fault.end == found[-1].end._replace(offset=found[-1].offset)


def test_a_record_longer_than_its_length_is_a_part(write):
    longer = change_length(archives.page(2), lambda length: str(int(length) - 200).encode())
    found = read(write(archives.page(1), longer, archives.page(3)))
    assert numbers(found) == [1, 2, 3]
    assert [one.is_part for one in found if isinstance(one, Record)] == [False, True, False]
    assert len(faults(found)) == 1


@pytest.mark.parametrize("name", ["WARC-Truncated", "WARC-Segment-Number"])
def test_a_record_that_says_so_is_a_part(write, name):
    [record] = read(write(archives.page(1, warc={name: "1"})))
    assert record.is_part


def test_a_header_without_end_is_named(write):
    broken = b"WARC/1.0\r\n" + b"X-Long: a\r\n" * HEADER_BYTES
    found = read(write(archives.page(1), broken, archives.page(2)))
    assert numbers(found) == [1, 2]
    assert [str(HEADER_BYTES) in fault.why for fault in faults(found)] == [True]


def test_a_response_larger_than_allowed_comes_without_its_block(write):
    found = read(write(archives.response(f"{archives.HOST}/1", bytes(2 * MAX_BYTES)), archives.page(2)))
    assert [record.block is None for record in found] == [True, False]


def bomb(head):
    """A member of 300 MB of zeros after a head."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1_000_000)
    return packer.compress(head) + b"".join(packer.compress(zeros) for _ in range(300)) + packer.flush()


READ_BOUNDED = """
import resource, sys
from pathlib import Path
from spiders.warc.records import Fault, RecordReader
from spiders.warc.stream import Position
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
with Path(sys.argv[1]).open("rb") as file:
    for one in RecordReader(file, Position(), max_bytes=1_000_000).read():
        print(one.why if isinstance(one, Fault) else one.headers.get("warc-target-uri"))
"""


@pytest.mark.parametrize(
    "head",
    [
        b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 300000000\r\n\r\n",
        b"WARC/1.0\r\nWARC-Type: response\r\nX: ",
        b"WARC/1.0\r\n",
        b"",
    ],
)
def test_a_bomb_is_named_in_little_memory(tmp_path, head):
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(archives.page(1)) + bomb(head) + gzip.compress(archives.page(2)))
    done = subprocess.run(
        [sys.executable, "-c", READ_BOUNDED, path, str(200_000_000)],
        capture_output=True,
        text=True,
        check=True,
    )
    first, *why, last = done.stdout.splitlines()
    assert (first, last) == (f"{archives.HOST}/story/1", f"{archives.HOST}/story/2")
    assert any("grows more than" in one for one in why)


def test_bytes_that_look_like_members_without_end_are_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("spiders.warc.stream.MOST_PROBES", 50)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(
        gzip.compress(archives.page(1)) + b"\x1f\x8b\x08" * 100 + gzip.compress(archives.page(2))
    )
    found = read(path)
    assert numbers(found) == [1]
    assert len(faults(found)) == 1


def test_an_archive_of_faults_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("spiders.warc.records.MOST_FAULTS", 3)
    found = read(archives.write(tmp_path / "a", [b"WARC/1.0\r\n\r\n"] * 9, is_gzip=False))
    assert len(found) == 4
    assert found[-1].end is None


@pytest.mark.parametrize("seed", range(30))
def test_any_damage_ends_and_every_place_is_later_than_the_last(write, seed):
    chance = random.Random(seed)
    path = write(*map(archives.page, range(6)))
    whole = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(whole))
        whole[at : at + chance.randint(0, 40)] = chance.randbytes(chance.randint(0, 40))
    path.write_bytes(whole)
    found = read(path)
    places = [one.end for one in found if one.end]
    assert places == sorted(places)
    if write.is_gzip:  # its checksums let no changed byte pass
        assert numbers(found) == sorted(set(numbers(found)) & set(range(6)))
