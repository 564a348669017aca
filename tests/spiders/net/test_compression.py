"""What is compressed is read within a size; what costs more than it holds is refused."""

import gzip
import zlib

import pytest

from copytaster.errors import UnparsableError
from spiders.net.compression import MAX_PARTS, decompress

TEXT = b"The ferry left at noon. " * 200
RAW = zlib.compress(TEXT)[2:-4]


def read(body, *encodings, max_bytes=10_000_000):
    return decompress(body, encodings, max_bytes=max_bytes, url="http://pier.example/a")


@pytest.mark.parametrize(
    ("body", "encodings"),
    [
        (TEXT, []),
        (TEXT, ["identity"]),
        (gzip.compress(TEXT), ["gzip"]),
        (gzip.compress(TEXT), [" X-GZIP "]),
        (gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), ["gzip"]),
        (gzip.compress(TEXT) + b"\0" * 40, ["gzip"]),
        (zlib.compress(TEXT), ["deflate"]),
        (RAW, ["deflate"]),
        (gzip.compress(zlib.compress(TEXT)), ["deflate, gzip"]),
        (gzip.compress(zlib.compress(TEXT)), ["deflate", "gzip"]),
    ],
)
def test_the_body_is_read(body, encodings):
    assert read(body, *encodings) == TEXT


def test_what_precedes_a_break_is_kept():
    whole = gzip.compress(TEXT)
    assert TEXT.startswith(read(whole[:-12], "gzip"))
    assert read(whole + b"junk", "gzip") == TEXT


@pytest.mark.parametrize(
    ("body", "encodings", "reason"),
    [
        (gzip.compress(bytes(20_000_000)), ["gzip"], "too-large"),
        (zlib.compress(bytes(20_000_000)), ["deflate"], "too-large"),
        (gzip.compress(gzip.compress(bytes(20_000_000))), ["gzip, gzip"], "too-large"),
        (gzip.compress(b"") * (MAX_PARTS + 1), ["gzip"], "undecodable"),
        (gzip.compress(b"a") * 400_000, ["gzip"], "undecodable"),
        (TEXT, ["gzip"], "undecodable"),
        (b"\xff" * 50, ["deflate"], "undecodable"),
        (TEXT, ["br"], "undecodable"),
        (b"\x50\x2a\x4d\x18\x00\x00\x00\x00" * 1000, ["zstd"], "undecodable"),
        (gzip.compress(gzip.compress(gzip.compress(TEXT))), ["gzip, gzip, gzip"], "undecodable"),
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
            read(gzip.compress(bytes(size)), "gzip", max_bytes=100)
    else:
        assert read(gzip.compress(bytes(size)), "gzip", max_bytes=100) == bytes(size)
