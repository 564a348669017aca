"""What is compressed is read within a size; what costs more than it holds is refused."""

import gzip
import zlib
from functools import partial

import pytest

from copytaster.errors import UnparsableError
from spiders.net.compression import MAX_PARTS, decompress

pack = partial(gzip.compress, mtime=0)  # with the time in it, each process would collect other cases
TEXT = b"The ferry left at noon. " * 200
RAW = zlib.compress(TEXT)[2:-4]


def read(body, *encodings, max_bytes=10_000_000):
    return decompress(body, encodings, max_bytes=max_bytes, url="http://pier.example/a")


@pytest.mark.parametrize(
    ("body", "encodings"),
    [
        (TEXT, []),
        (TEXT, ["identity"]),
        (pack(TEXT), ["gzip"]),
        (pack(TEXT), [" X-GZIP "]),
        (pack(TEXT[:100]) + pack(TEXT[100:]), ["gzip"]),
        (pack(TEXT) + b"\0" * 40, ["gzip"]),
        (zlib.compress(TEXT), ["deflate"]),
        (RAW, ["deflate"]),
        (pack(zlib.compress(TEXT)), ["deflate, gzip"]),
        (pack(zlib.compress(TEXT)), ["deflate", "gzip"]),
    ],
)
def test_the_body_is_read(body, encodings):
    assert read(body, *encodings) == TEXT


def test_what_precedes_a_break_is_kept():
    whole = pack(TEXT)
    assert TEXT.startswith(read(whole[:-12], "gzip"))
    assert read(whole + b"junk", "gzip") == TEXT


@pytest.mark.parametrize(
    ("body", "encodings", "reason"),
    [
        (pack(bytes(20_000_000)), ["gzip"], "too-large"),
        (zlib.compress(bytes(20_000_000)), ["deflate"], "too-large"),
        (pack(pack(bytes(20_000_000))), ["gzip, gzip"], "too-large"),
        (pack(b"") * (MAX_PARTS + 1), ["gzip"], "undecodable"),
        (pack(b"a") * 400_000, ["gzip"], "undecodable"),
        (TEXT, ["gzip"], "undecodable"),
        (pack(TEXT)[:12], ["gzip"], "undecodable"),  # it breaks off before its first byte
        (zlib.compress(TEXT)[:4], ["deflate"], "undecodable"),
        (b"\xff" * 50, ["deflate"], "undecodable"),
        (TEXT, ["br"], "undecodable"),
        (b"\x50\x2a\x4d\x18\x00\x00\x00\x00" * 1000, ["zstd"], "undecodable"),
        (pack(pack(pack(TEXT))), ["gzip, gzip, gzip"], "undecodable"),
        (TEXT, ["gzip," * 20_000], "undecodable"),
    ],
)
def test_what_is_no_text_of_this_size_is_refused(body, encodings, reason):
    with pytest.raises(UnparsableError) as caught:
        read(body, *encodings)
    assert caught.value.reason == reason


@pytest.mark.parametrize("size", [99, 100, 101])
def test_the_size_is_exact(size):
    if size > 100:
        with pytest.raises(UnparsableError):
            read(pack(bytes(size)), "gzip", max_bytes=100)
    else:
        assert read(pack(bytes(size)), "gzip", max_bytes=100) == bytes(size)
