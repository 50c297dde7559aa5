"""Content encodings undone within a bound: a small body must not become a large one.

Bodies are read raw, at most `max_bytes` of them, and decoded whole. Every decoder stops as soon as the bound is passed,
whatever the ratio: 12.8 KB of zstd can hold 419 MB.
"""

from collections.abc import Callable, Iterable

import brotli
import zstandard
from isal import isal_zlib as zlib  # 0.4 of the time of Python's own, which is a twentieth of what a quick page takes

ACCEPTED = "gzip, deflate, br, zstd"
"""What we ask for in `Accept-Encoding`: the encodings that `decode_body` undoes."""

GZIP = b"\x1f\x8b"
"""How a gzip file begins, as sitemaps often are, whatever the headers say."""

# Encodings may be nested; nobody honest applies three.
_MAX_LAYERS = 2
# Multi-member gzip comes from logs and tape archives; each member costs a copy of what follows it.
_MAX_MEMBERS = 16
# A zstd block of 4 bytes can hold 128 KiB, so 256 bytes can hold 8 MiB.
_ZSTD_SLICE = 256
# The window that RFC 9659 allows on the web, 8 MiB: a larger one only costs the reader memory.
_ZSTD_WINDOW = 8 * 1024 * 1024


class BodyTooLargeError(Exception):
    """A body that is larger than the bound once it is decoded."""


class BodyDecodingError(Exception):
    """A body that is not what its `Content-Encoding` says; the text says how."""


def decode_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a `Content-Encoding` header's value, giving at most `limit` bytes.

    Raises:
        BodyTooLargeError: when more than `limit` bytes come out.
        BodyDecodingError: when the body is damaged, cut short, or in an encoding that we did not ask for.
    """
    names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in {"", "identity"}]
    if len(names) > _MAX_LAYERS:
        raise BodyDecodingError(f"it is encoded {len(names)} times over")
    for name in reversed(names):
        decode = _DECODERS.get(name)
        if decode is None:
            raise BodyDecodingError(f"it is encoded as '{name[:40]}', which we did not ask for")
        body = _join_within(decode(body, limit), limit) if body else b""
    return body


def _join_within(chunks: Iterable[bytes], limit: int) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError
        parts.append(chunk)
    return b"".join(parts)


def _gunzip(body: bytes, limit: int) -> Iterable[bytes]:
    """Undo gzip. Members may follow one another (RFC 1952); what follows the last and is none is padding."""
    for _ in range(_MAX_MEMBERS):
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        yield _inflate_whole(member, body, limit)
        body = member.unused_data
        if not body.startswith(b"\x1f\x8b"):
            return
    raise BodyDecodingError(f"it consists of more than {_MAX_MEMBERS} compressed parts")


def _inflate_whole(inflater: "zlib.Decompress", body: bytes, limit: int) -> bytes:
    try:
        inflated = inflater.decompress(body, limit + 1)
    except zlib.error as error:  # type: ignore[misc]  # its stub calls an exception of it a value
        raise BodyDecodingError("its compressed data are damaged") from error
    if len(inflated) <= limit and not inflater.eof:
        raise BodyDecodingError("its compressed data break off")
    return inflated


def _undeflate(body: bytes, limit: int) -> Iterable[bytes]:
    """Undo deflate, with the zlib wrapper of the standard or bare as several servers send it."""
    try:
        return [_inflate_whole(zlib.decompressobj(), body, limit)]
    except BodyDecodingError:
        return [_inflate_whole(zlib.decompressobj(-zlib.MAX_WBITS), body, limit)]


def _unbrotli(body: bytes, limit: int) -> Iterable[bytes]:
    decoder = brotli.Decompressor()
    try:
        inflated = decoder.process(body, output_buffer_limit=limit + 1)
    except brotli.error as error:
        raise BodyDecodingError("its compressed data are damaged") from error
    if len(inflated) <= limit and not decoder.is_finished():
        raise BodyDecodingError("its compressed data break off")
    yield inflated


def _unzstd(body: bytes, _limit: int) -> Iterable[bytes]:
    """Undo zstd, one frame after the other, by slices so small that none can yield more than 8 MiB."""
    factory = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    decoder = factory.decompressobj()
    try:
        for start in range(0, len(body), _ZSTD_SLICE):
            rest = body[start : start + _ZSTD_SLICE]
            while rest:
                if decoder.eof:
                    decoder = factory.decompressobj()
                yield decoder.decompress(rest)
                rest = decoder.unused_data
    except zstandard.ZstdError as error:
        raise BodyDecodingError("its compressed data are damaged") from error
    if not decoder.eof:
        raise BodyDecodingError("its compressed data break off")


_DECODERS: dict[str, Callable[[bytes, int], Iterable[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
