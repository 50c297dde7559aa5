"""Fingerprints of texts: equal when nothing changed that a reader would notice."""

import hashlib
import unicodedata


def normalise_text(text: str) -> str:
    """Fold case, width and white space, so that a re-rendered page gives the same text.

    Line by line, which makes no difference but to the time: most lines are ASCII, also of texts that are not.
    """
    lines = (line.lower() if line.isascii() else _fold(line) for line in text.split("\n"))
    return " ".join(" ".join(lines).split())


def _fold(line: str) -> str:
    return unicodedata.normalize("NFKC", line).casefold()


def fingerprint(*parts: str) -> str:
    """Return a 128-bit hex digest of normalised parts (BLAKE2b); the parts' borders count."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(normalise_text(part).encode("utf-8", "surrogatepass") + b"\x00")
    return digest.hexdigest()


# A live blog's next line leaves most paragraphs as they were; a rewritten report does not. Corrections: `news.corrections`.
_KEPT_AT_LEAST = 0.8


def differs_clearly(old: str, new: str) -> bool:
    """Whether a text was rewritten: less than four fifths of the longer one, by length, are paragraphs that stand in both.

    A text of which nothing is left was not rewritten: it could not be read.
    """
    before, after = (_list_paragraphs(text) for text in (old, new))
    known = set(before)
    longer = max(sum(map(len, before)), sum(map(len, after)))
    kept = sum(len(paragraph) for paragraph in after if paragraph in known)
    return any(after) and kept < longer * _KEPT_AT_LEAST


def _list_paragraphs(text: str) -> list[str]:
    return [normalise_text(paragraph) for paragraph in text.splitlines()]
