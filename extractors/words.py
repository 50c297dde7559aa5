"""Texts compared by their words; each character of Chinese, Japanese and Korean counts as one."""

import re
from collections import Counter

_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")


def count_words(text: str) -> Counter[str]:
    """How often each word occurs, in lower case."""
    return Counter(_WORD.findall(text.lower()))


def measure_agreement(one: str, other: str) -> float:
    """Which share of the words of two texts is common to both, in 0..1."""
    mine, theirs = count_words(one), count_words(other)
    return 2 * (mine & theirs).total() / max(1, mine.total() + theirs.total())


def measure_share(text: str, part: str) -> float:
    """Which share of the words of `part` stands in `text`; 1 where there are none."""
    words = count_words(part)
    return (words & count_words(text)).total() / words.total() if words else 1.0
