"""The bytes of an archive in order, plain or of gzip members, with places to go on from; bounded in memory and work.

A damaged member costs itself: reading goes on at the next member that begins with a record.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import BinaryIO

GZIP = b"\x1f\x8b"
CHUNK = 65_536
BOMB_BYTES = 64_000_000  # of one member; a smaller one may be of any density
BOMB_RATIO = 200  # the most that more bytes may grow: text shrinks to a fifth, runs of zeros to a thousandth
MOST_PROBES = 100_000  # bytes that look like the start of a member and are none, in one archive
_GZIP_BITS = 16 + zlib.MAX_WBITS
_MEMBER = b"\x1f\x8b\x08"
_SCAN_BYTES = 1_048_576
_PROBE_BYTES = 1_024
_START = re.compile(rb"WARC/\d\.\d{1,2}\r?\n")
_START_BYTES = 12
_DIGIT = re.compile(rb"\d")


class Position(NamedTuple):
    """A place in an archive: the offset in the file, of a gzip file that of a member, and how far into the member."""

    offset: int = 0
    into: int = 0


class DamageError(Exception):
    """The bytes at a place cannot be read; the stream has moved on to what can.

    Attributes:
        offset: in the file.
        is_cut: the file ends within a member.
    """

    def __init__(self, why: str, offset: int, *, is_cut: bool = False) -> None:
        super().__init__(why)
        self.offset, self.is_cut = offset, is_cut


class ArchiveStream:
    """Reads an archive from an offset on. What reads may raise `DamageError`; the next call then reads what follows."""

    def __init__(self, file: BinaryIO, offset: int = 0) -> None:
        self._file = file
        file.seek(0)
        self.is_gzip = file.read(len(GZIP)) == GZIP
        file.seek(offset)
        self._raw = b""  # read from the file, not yet decompressed
        self._read_to = offset
        self._inflater: zlib._Decompress | None = None
        self._member = offset
        self._made = 0  # bytes decompressed of this member
        self._buffer, self._used = b"", 0
        self._probes = 0

    def tell(self) -> Position:
        """The place of the next byte; exact where it was looked at, else maybe the end of the member before it."""
        left = len(self._buffer) - self._used
        if not self.is_gzip:
            return Position(self._read_to - left)
        if left or self._inflater is not None:
            return Position(self._member, self._made - left)
        return Position(self._read_to - len(self._raw))

    def is_at_border(self) -> bool:
        """True between two gzip members."""
        if self._inflater is not None and self._used == len(self._buffer):
            self._buffer, self._used = self._next_bytes(), 0
        return self.is_gzip and self._inflater is None and self._used == len(self._buffer)

    def starts_record(self) -> bool:
        """True if the next bytes are the first line of a record."""
        return _START.match(self.peek(_START_BYTES)) is not None

    def is_cut_start(self) -> bool:
        """True if the archive ends within the first line of a record."""
        rest = self.peek(_START_BYTES)
        return bool(rest) and b"WARC/0.0\r\n".startswith(_DIGIT.sub(b"0", rest))

    def find_record(self) -> bool:
        """Go to the next first line of a record; False if there is none."""
        while self._fill():
            found = _START.search(self._buffer, self._used)
            if found is not None:
                self._used = found.start()
                return True
            rest = self._buffer[max(self._used, len(self._buffer) - _START_BYTES + 1) :]
            self._used = len(self._buffer)
            if more := self._next_bytes():
                self._buffer, self._used = rest + more, 0
        return False

    def peek(self, count: int) -> bytes:
        """The next bytes, which stay; fewer at the end of the archive or of a member."""
        self._fill()
        while len(self._buffer) - self._used < count and not (self.is_gzip and self._inflater is None):
            more = self._next_bytes()
            if not more:
                break
            self._buffer, self._used = self._buffer[self._used :] + more, 0
        return self._buffer[self._used : self._used + count]

    def read(self, count: int) -> bytes:
        """At least one byte and at most `count`; nothing at the end of the archive."""
        if not self._fill():
            return b""
        found = self._buffer[self._used : self._used + count]
        self._used += len(found)
        return found

    def readline(self, limit: int) -> bytes:
        """The next line with its end, or so many bytes of a longer one; nothing at the end of the archive."""
        line = b""
        while len(line) < limit and self._fill():
            end = self._buffer.find(b"\n", self._used, self._used + limit - len(line))
            if end >= 0:
                return line + self.read(end + 1 - self._used)
            line += self.read(limit - len(line))
        return line

    def skip(self, count: int) -> None:
        """Go past so many bytes, or to the end of the archive."""
        while count > 0 and (found := self.read(min(count, CHUNK))):
            count -= len(found)

    def _fill(self) -> bool:
        """Have at least one byte in the buffer; False at the end of the archive."""
        while self._used == len(self._buffer):
            if self.is_gzip and self._inflater is None and not self._open_member():
                return False
            self._buffer, self._used = self._next_bytes(), 0
            if not self._buffer and not self.is_gzip:
                return False
        return True

    def _next_bytes(self) -> bytes:
        """The next bytes of the file or member; nothing at its end, and where a member has just ended."""
        if not self.is_gzip:
            return self._read_raw()
        if self._inflater is None:
            return b""
        while True:
            if not self._raw:
                self._raw = self._read_raw()
            fed = self._raw
            try:
                found = self._inflater.decompress(fed, CHUNK)
            except zlib.error as error:
                raise self._give_up(f"broken gzip: {error}") from error
            self._made += len(found)
            if self._inflater.eof:
                self._raw, self._inflater = self._inflater.unused_data, None
                return found
            self._raw = self._inflater.unconsumed_tail
            grown_from = self._read_to - len(self._raw) - self._member
            if self._made > BOMB_BYTES and self._made > BOMB_RATIO * grown_from:
                raise self._give_up(f"a gzip member grows more than {BOMB_RATIO}-fold")
            if found:
                return found
            if not fed:
                self._inflater, self._buffer, self._used = None, b"", 0
                raise DamageError("the file breaks off within a gzip member", self._member, is_cut=True)

    def _read_raw(self) -> bytes:
        found = self._file.read(CHUNK)
        self._read_to += len(found)
        return found

    def _open_member(self) -> bool:
        """Begin with the next member; False if there is none."""
        self._raw = self._raw.lstrip(b"\0") or self._read_raw().lstrip(b"\0")
        while not self._raw:
            self._raw = self._read_raw()
            if not self._raw:
                return False
            self._raw = self._raw.lstrip(b"\0")
        if len(self._raw) < len(_MEMBER):
            self._raw += self._read_raw()
        self._member, self._made = self._read_to - len(self._raw), 0
        if len(self._raw) >= len(_MEMBER) and not self._raw.startswith(_MEMBER):
            raise self._give_up("bytes that are no gzip member")
        self._inflater = zlib.decompressobj(_GZIP_BITS)
        return True

    def _give_up(self, why: str) -> DamageError:
        """Leave this member and go to the next one that begins with a record."""
        offset = self._member
        # What was fed last may hold the next members: an error shows some bytes after the damage.
        found = self._find_member(max(offset + 1, self._read_to - len(self._raw)))
        self._inflater, self._raw, self._buffer, self._used = None, b"", b"", 0
        self._file.seek(found)
        self._read_to = self._member = found
        return DamageError(why, offset)

    def _find_member(self, offset: int) -> int:
        """The offset of the next member that begins with a record; that of the file's end if none does."""
        while self._probes < MOST_PROBES:
            self._file.seek(offset)
            block = self._file.read(_SCAN_BYTES)
            at = block.find(_MEMBER)
            while at >= 0 and self._probes < MOST_PROBES:
                if self._is_record(offset + at):
                    return offset + at
                at = block.find(_MEMBER, at + 1)
            if len(block) < _SCAN_BYTES:
                break
            offset += len(block) - len(_MEMBER) + 1
        return self._file.seek(0, 2)

    def _is_record(self, offset: int) -> bool:
        self._probes += 1
        self._file.seek(offset)
        try:
            first = zlib.decompressobj(_GZIP_BITS).decompress(self._file.read(_PROBE_BYTES), _START_BYTES)
        except zlib.error:
            return False
        return _START.match(first) is not None
