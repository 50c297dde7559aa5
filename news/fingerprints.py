"""Fingerprints of texts: equal when nothing changed that a reader would notice."""

import hashlib
import unicodedata


def normalise_text(text: str) -> str:
    """Fold case, width and white space, so that a re-rendered page gives the same text."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def fingerprint(*parts: str) -> str:
    """Return a 128-bit hex digest of normalised parts (BLAKE2b); the parts' borders count."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(normalise_text(part).encode("utf-8", "surrogatepass") + b"\x00")
    return digest.hexdigest()
