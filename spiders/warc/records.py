"""The records of an archive in order, and what is wrong with it, each with its place in the file (ISO 28500, WARC 1.1)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spiders.warc.stream import CHUNK, ArchiveStream, DamageError, Position

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

HEADER_BYTES = 65_536  # of one record
MOST_FAULTS = 10_000  # of one archive: more make it no archive
_RESPONSE = "response"
_CUT_HEADER = "the file breaks off within the header of a record"


@dataclass(frozen=True, slots=True)
class Record:
    """A whole record.

    Attributes:
        offset: in the file; of a gzip file, that of its member.
        headers: by name in small letters.
        block: of a response; None if it is larger than allowed, or the record is none.
        is_part: its writer, or what follows it, says that it does not hold the whole response.
        end: where the next record begins.
    """

    offset: int
    headers: Mapping[str, str]
    block: bytes | None
    is_part: bool
    end: Position

    @property
    def kind(self) -> str:
        """Its WARC-Type."""
        return self.headers.get("warc-type", "").lower()


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the archive is broken.

    Attributes:
        end: where reading goes on; None where the file breaks off: what is missing may still arrive.
    """

    offset: int
    why: str
    end: Position | None


class _BadRecordError(Exception):
    """A record whose header cannot be used; `is_cut` if the archive ends within it."""

    def __init__(self, why: str, *, is_cut: bool = False) -> None:
        super().__init__(why)
        self.is_cut = is_cut


class RecordReader:
    """Reads an archive from a place on.

    Args:
        file: opened for binary reading.
        start: where a record begins.
        max_bytes: of a response that is kept; larger ones come without their block.
    """

    def __init__(self, file: BinaryIO, start: Position, *, max_bytes: int) -> None:
        self._file = file
        self._stream = ArchiveStream(file, start.offset)
        self._max_bytes = max_bytes
        self._start = self._at = start

    def read(self) -> Iterator[Record | Fault]:
        """The records and faults in the order of the file."""
        faults, before = 0, self._start.into
        while faults < MOST_FAULTS:
            try:
                self._stream.skip(before)
                before = 0
                if not self._go_to_next():
                    return
                found = list(self._read_one())
            except DamageError as damage:
                before = 0
                found = [self._fault_of(damage)]
            faults += sum(isinstance(one, Fault) for one in found)
            yield from found
        yield Fault(self._at.offset, f"more than {MOST_FAULTS} broken places: the rest is not read", None)

    def _go_to_next(self) -> bool:
        """Go past the blank lines before a record; False at the end."""
        while self._stream.peek(1) in {b"\r", b"\n"}:
            self._stream.skip(1)
        self._at = self._stream.tell()
        return bool(self._stream.peek(1))

    def _fault_of(self, damage: DamageError) -> Fault:
        return Fault(damage.offset, str(damage), None if damage.is_cut else self._stream.tell())

    def _read_one(self) -> Iterator[Record | Fault]:
        start, stream = self._at, self._stream
        if stream.is_cut_start():
            stream.skip(HEADER_BYTES)
            yield Fault(start.offset, _CUT_HEADER, None)
            return
        if not stream.starts_record():
            stream.find_record()
            yield Fault(start.offset, "bytes that belong to no record", stream.tell())
            return
        try:
            headers = self._read_header()
            length = _length_of(headers)
        except _BadRecordError as error:
            stream.find_record()
            yield Fault(start.offset, str(error), None if error.is_cut else stream.tell())
            return
        if not stream.is_gzip and stream.tell().offset + length > self._size():
            is_lie = stream.find_record()
            why = f"a record of {length} bytes, more than the file has"
            yield Fault(start.offset, why, stream.tell() if is_lie else None)
            return
        block, missing = self._read_block(length, is_kept=headers.get("warc-type", "").lower() == _RESPONSE)
        if missing:
            why = f"a record of {length} bytes that ends {missing} bytes early"
            yield Fault(start.offset, why, stream.tell())
            return
        yield from self._end(start, headers, block)

    def _end(
        self, start: Position, headers: Mapping[str, str], block: bytes | None
    ) -> Iterator[Record | Fault]:
        """The record, and a fault if what follows is no record: it may be longer than its header says."""
        stream = self._stream
        is_part = "warc-truncated" in headers or "warc-segment-number" in headers
        damage: Fault | None = None
        try:
            is_longer = self._go_to_next() and not (stream.starts_record() or stream.is_cut_start())
            if is_longer:
                stream.find_record()
                why = "a record that is longer than its header says"
                damage = Fault(start.offset, why, stream.tell())
            end = stream.tell()
        except DamageError as error:
            is_longer = False
            damage = self._fault_of(error)
            end = damage.end or Position(error.offset)
        yield Record(start.offset, headers, block, is_part or is_longer, end)
        if damage is not None:
            yield damage

    def _read_header(self) -> dict[str, str]:
        """The header's fields.

        Raises:
            _BadRecordError: it is too long.
        """
        headers: dict[str, str] = {}
        name, left = "", HEADER_BYTES
        while line := self._stream.readline(left):
            left -= len(line)
            if not line.endswith(b"\n"):
                break
            text = line.decode("utf-8", "replace").strip()
            if not text:
                return headers
            if line[:1] in {b" ", b"\t"} and name:
                headers[name] += f" {text}"
                continue
            name, colon, value = text.partition(":")
            name = name.strip().lower()
            if colon:
                headers.setdefault(name, value.strip())
        if left:
            raise _BadRecordError(_CUT_HEADER, is_cut=True)
        raise _BadRecordError(f"the header of a record does not end within {HEADER_BYTES} bytes")

    def _read_block(self, length: int, *, is_kept: bool) -> tuple[bytes | None, int]:
        """A record's block, and how many of its bytes are missing: a gzip member may begin before they all came."""
        most = self._max_bytes + HEADER_BYTES
        parts: list[bytes] | None = [] if is_kept and length <= most else None
        while length:
            if self._stream.is_at_border() and self._stream.starts_record():
                break
            part = self._stream.read(min(length, CHUNK))
            if not part:
                break
            length -= len(part)
            if parts is not None:
                parts.append(part)
        return None if parts is None else b"".join(parts), length

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size


def _length_of(headers: Mapping[str, str]) -> int:
    """The length of a record's block.

    Raises:
        _BadRecordError: the header does not say it.
    """
    text = headers.get("content-length", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004  digits of a 64-bit number
        raise _BadRecordError(f"a record whose Content-Length is {text[:40]!r}")
    return int(text)
