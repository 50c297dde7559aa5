"""The search index on PostgreSQL: what is written into a `tsvector`, what it is asked, and where it cannot know.

A `tsvector` keeps places up to 16,383 and 255 of them for a word, and says nothing of the others: in a longer text a phrase
may be missed, or found where it is not. Such a text bears a mark. A question that a phrase is part of also finds marked
texts that may be meant, and `holds` then tells from the text itself.
"""

from collections.abc import Sequence

from storage.queries import AllOf, AnyOf, Term, Words
from storage.words import phrase_tokens

# Articles to a block of ids: with the blocks' tokens a common word is looked up among the newest ones alone.
BLOCK = 16_384

CUT = "'#cut'"
"""The mark of a text of which some places are not kept. No word begins with its sign."""

_MOST_PLACES, _LAST_PLACE = 255, 16_383  # of PostgreSQL's own limits (its documentation, 12.11)


def to_tsvector(article_id: int, tokens: Sequence[str]) -> str:
    """Write a tsvector down with our own positions: PostgreSQL's parser would cut the tokens anew."""
    places: dict[str, list[str]] = {}
    for place, token in enumerate(tokens, start=1):
        places.setdefault(token, []).append(str(place))
    words = [f"'{token}':{','.join(found)}" for token, found in places.items()]
    is_cut = len(tokens) >= _LAST_PLACE or max(map(len, places.values())) >= _MOST_PLACES
    return " ".join([_block_token(article_id // BLOCK), *([CUT] if is_cut else []), *words])


def ask_newest(newest: int, blocks: int) -> str | None:
    """Ask for the so-many newest blocks of articles, given the newest article's id; None where there are no others."""
    last = newest // BLOCK
    return None if blocks > last else " | ".join(map(_block_token, range(last, last - blocks, -1)))


def _block_token(block: int) -> str:
    return f"'#{block}'"


def to_tsquery(words: Words) -> str:
    """Ask for every text that holds words, and for marked ones that may: `holds` tells of those."""
    if isinstance(words, Term):
        lexemes = _write_lexemes(words)
        phrase = " <-> ".join(lexemes)
        return f"({phrase} | {CUT} & {' & '.join(lexemes)})" if len(lexemes) > 1 else f"({phrase})"
    joined = (" & " if isinstance(words, AllOf) else " | ").join(map(to_tsquery, words.parts))
    unwanted = words.without if isinstance(words, AllOf) else ()
    return f"({' & '.join((f'({joined})', *map(_write_refusal, unwanted)))})"


def to_loose_tsquery(words: Words) -> str:
    """Ask for every text that may hold words, without their order: the index answers that by itself, and reads no text."""
    if isinstance(words, Term):
        return f"({' & '.join(_write_lexemes(words))})"
    return f"({(' & ' if isinstance(words, AllOf) else ' | ').join(map(to_loose_tsquery, words.parts))})"


def _write_refusal(words: Words) -> str:
    """Of what is not to be found, a phrase in a marked text refuses nothing: it may not stand there."""
    return f"(!{to_tsquery(words)} | {CUT})" if has_phrase(words) else f"!{to_tsquery(words)}"


def _write_lexemes(term: Term) -> list[str]:
    tokens, may_go_on = phrase_tokens(term.units)
    lexemes = [f"'{token}'" for token in tokens]
    lexemes[-1] += ":*" if may_go_on or term.is_prefix else ""
    return lexemes


def has_phrase(words: Words) -> bool:
    """Whether the places of words matter, so that a marked text must be looked at itself."""
    if isinstance(words, Term):
        return len(phrase_tokens(words.units)[0]) > 1
    return any(map(has_phrase, (*words.parts, *(words.without if isinstance(words, AllOf) else ()))))


def holds(words: Words, tokens: Sequence[str]) -> bool:
    """Whether a text holds words, by its tokens as `index_text` gives them."""
    return _holds(words, "\n".join(("", *tokens, "")))


def _holds(words: Words, lines: str) -> bool:
    """The same for one token to a line, each with an end of line on both sides; no token contains one."""
    if isinstance(words, Term):
        sought, may_go_on = phrase_tokens(words.units)
        return "\n".join(("", *sought)) + ("" if may_go_on or words.is_prefix else "\n") in lines
    if isinstance(words, AnyOf):
        return any(_holds(part, lines) for part in words.parts)
    return all(_holds(part, lines) for part in words.parts) and not any(_holds(part, lines) for part in words.without)
