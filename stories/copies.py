"""Copies: reports that print one text. Found by MinHash bands, verified by containment."""

import re
from collections.abc import Iterator

from rensa import RMinHash

from news.normal import fold_text
from stories.wires import measure_signature, strip_label

_TOKEN = re.compile(r"[㐀-鿿぀-ヿ가-힣]|[^\W_㐀-鿿぀-ヿ가-힣]+")
_WORDS, _CHARACTERS = 3, 5
"""Tokens in a shingle: three words, or five characters of Han, Kana or Hangul, say about as much."""
_LONG_WORDS = 2
"""Characters a token on average, above which a text is written in words."""
_LONGEST = 3000
"""Characters of a text that are compared; a copy shows itself long before."""
_FEWEST = 6
"""Shingles below which a text is too short to be recognised: a flash of one line."""

COPIED = 0.5
"""The part of the shorter text from which it is a copy: a paper cuts, adds a headline and a line of its own."""

_SEED = 20
_BANDS, _ROWS = 16, 2
"""Two hashes a band: texts of which half is the same share a band with 99 %; verification refuses the rest."""


def cut_shingles(text: str) -> frozenset[str]:
    """Return the shingles of a text without its agency's signature: overlapping runs of words or characters."""
    folded = fold_text(text[measure_signature(text) : _LONGEST]).text
    tokens = _TOKEN.findall(folded)
    if sum(map(len, tokens)) > _LONG_WORDS * len(tokens):
        return frozenset(map(" ".join, zip(*(tokens[n:] for n in range(_WORDS)), strict=False)))
    joined = "".join(tokens)
    return frozenset([joined[n : n + _CHARACTERS] for n in range(len(joined) - _CHARACTERS + 1)])


def measure_containment(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the part of the shorter text's shingles that the longer one holds too, 0 where either is too short."""
    fewer = min(len(one), len(other))
    return len(one & other) / fewer if fewer >= _FEWEST else 0.0


def find_copy_keys(title: str, shingles: frozenset[str]) -> Iterator[str]:
    """Yield the keys under which copies of a text are looked for: bands of its MinHash, and its title without labels."""
    name = "".join(_TOKEN.findall(fold_text(strip_label(title)).text))
    if name:
        yield f"t:{name[:80]}"
    if len(shingles) >= _FEWEST:
        signature = RMinHash(_BANDS * _ROWS, _SEED)
        signature.update(list(shingles))
        digest = signature.digest()
        for band in range(_BANDS):
            first, second = digest[band * _ROWS : band * _ROWS + _ROWS]
            yield f"m:{band}:{first:x}.{second:x}"
