"""Key sentences: shortened around the matched words, which are marked."""

import re
from collections.abc import Iterable, Sequence

from digests.wording import clean_text, measure, shorten_at_clause
from news.digests import Quote
from news.stories import StoryReport
from news.topics import Match

# How papers begin a report: `BEIJING, Nov 23 (Agency) - `, `(베이징=통신) 기자 이름 = `, `【北京＝記者】`,
# `某社北京24日电（记者某）`.
# The outlet and its time stand below the quote, so these words only take its room.
_DATELINE = re.compile(
    r"[A-Z][A-Z./' -]+(?:, [\w. ]{3,14})? ?\([^()]{2,40}\) ?[-–—]+ ?"
    r"|\([^()=]{1,20}=[^()]{1,20}\) ?(?:[^=]{2,20} = ?)?"
    r"|【[^】]{2,30}】|（[^（）]{2,20}[电電]）"
    r"|[^，。、\s]{2,14}日[电電](?:（[^（）]{2,20}）|[：: ])"
)


def choose_quotes(reports: Sequence[StoryReport], topic: str, number: int, columns: int) -> tuple[Quote, ...]:
    """Choose up to `number` key sentences of at most `columns` each, no outlet or sentence twice.

    The reports' order is that of preference, but in the first one's language a sentence that fits whole comes before one
    that must be cut. A sentence that only repeats a headline says nothing new and is passed over.
    """
    quotes: list[Quote] = []
    seen = {_flatten(report.title) for report in reports}
    found = _find_sentences(reports, topic)
    # Sorting is stable: 0 fits whole in the lead's language, 1 is cut in it, 2 is of another.
    found.sort(key=lambda each: 2 if each[2].language != reports[0].language else int(measure(each[0]) > columns))
    for sentence, match, report in found:
        if len(quotes) == number:
            break
        if not sentence or _flatten(sentence) in seen or report.outlet.name in {quote.outlet for quote in quotes}:
            continue
        seen.add(_flatten(sentence))
        quotes.append(_quote(sentence, match, report, columns))
    return tuple(quotes)


def _find_sentences(reports: Sequence[StoryReport], topic: str) -> list[tuple[str, Match, StoryReport]]:
    return [
        (strip_dateline(clean_text(match.evidence.sentence)), match, report)
        for report in reports
        for match in report.matches
        if match.topic == topic
    ]


def strip_dateline(sentence: str) -> str:
    """Leave out the place, date and agency that a report begins with; a sentence that is nothing else stays."""
    found = _DATELINE.match(sentence)
    return sentence[found.end() :].strip() or sentence if found else sentence


def mark_words(text: str, words: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Return where `words` stand in `text`, longest first, without overlap, in order; Latin ones only as whole words."""
    wanted = sorted({word for word in words if word.strip()}, key=lambda word: (-len(word), word))
    if not wanted:
        return ()
    # A boundary is asked for only beside an ASCII letter or digit: CJK text has no spaces around a word.
    patterns = (
        (r"(?<![A-Za-z0-9])" if word[0].isascii() else "")
        + re.escape(word)
        + (r"(?![A-Za-z0-9])" if word[-1].isascii() else "")
        for word in wanted
    )
    return tuple(found.span() for found in re.finditer("|".join(patterns), text))


def _quote(sentence: str, match: Match, report: StoryReport, columns: int) -> Quote:
    words = [clean_text(hit.quote) for hit in match.evidence.hits]
    text = _window(sentence, mark_words(sentence, words), columns)
    return Quote(text, mark_words(text, words), report.outlet.name, report.language)


def _window(sentence: str, marks: Sequence[tuple[int, int]], columns: int) -> str:
    """Keep the part of a long sentence that holds its first marked words, with an ellipsis at each cut."""
    if measure(sentence) <= columns or not marks or measure(sentence[: marks[0][1]]) <= columns * 2 // 3:
        return shorten_at_clause(sentence, columns)
    start = marks[0][0]
    while start > 0 and measure(sentence[start - 1 : marks[0][1]]) <= columns // 3:
        start -= 1
    space = sentence.find(" ", start, marks[0][0])
    start = space + 1 if space >= 0 and start > 0 else start
    return f"…{shorten_at_clause(sentence[start:], columns - 1)}"


def _flatten(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
