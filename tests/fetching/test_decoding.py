"""Encodings undone, and never beyond their bound."""

import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fetching.decoding import BodyDecodingError, BodyTooLargeError, decode_body


def _bare_deflate(body: bytes) -> bytes:
    return zlib.compress(body)[2:-4]


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": _bare_deflate,
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "identity": bytes,
    "": bytes,
}


@pytest.mark.parametrize("encoding", ENCODERS)
@given(body=st.binary(max_size=5000))
def test_what_was_encoded_comes_back(encoding: str, body: bytes) -> None:
    assert decode_body(ENCODERS[encoding](body), encoding, 5000) == body


@pytest.mark.parametrize("encoding", [name for name in ENCODERS if name not in {"", "identity"}])
def test_the_bound_is_exact(encoding: str) -> None:
    packed = ENCODERS[encoding](b"a" * 100_000)
    assert len(decode_body(packed, encoding, 100_000)) == 100_000
    with pytest.raises(BodyTooLargeError):
        decode_body(packed, encoding, 99_999)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@given(body=st.binary(min_size=1, max_size=500))
def test_noise_is_an_error_and_nothing_else(encoding: str, body: bytes) -> None:
    try:
        decode_body(body, encoding, 10_000)
    except (BodyDecodingError, BodyTooLargeError) as error:
        assert isinstance(error, Exception)  # noqa: PT017 (any other exception fails the test)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@given(data=st.data())
def test_a_body_cut_short_is_never_taken_for_whole(encoding: str, data: st.DataObject) -> None:
    packed = ENCODERS[encoding](b"<rss>" + bytes(range(256)) * 4 + b"</rss>")
    end = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(BodyDecodingError):
        decode_body(packed[:end], encoding, 10_000)


def test_layers_are_undone_from_the_last_to_the_first() -> None:
    assert decode_body(brotli.compress(gzip.compress(b"feed")), " gzip , br ", 100) == b"feed"


def test_parts_of_one_body_are_joined() -> None:
    assert decode_body(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", 100) == b"one two"
    assert decode_body(zstandard.compress(b"one ") + zstandard.compress(b"two"), "zstd", 100) == b"one two"


def test_padding_behind_gzip_is_dropped() -> None:
    assert decode_body(gzip.compress(b"feed") + bytes(512), "gzip", 100) == b"feed"


def test_an_empty_body_is_empty_in_every_encoding() -> None:
    assert [decode_body(b"", encoding, 10) for encoding in ("gzip", "deflate", "br", "zstd")] == [b""] * 4
