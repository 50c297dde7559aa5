"""Why an article matched: the hits that carried it, the best sentence, and spans to highlight."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from matching.features import Observation
from matching.finding import Found, Reading
from matching.gazetteer import Gazetteer
from matching.rules import CompiledTopic, Rules
from news.topics import Evidence, Hit, Mention, Where

_MOST_HITS = 24
"""Hits kept as evidence; a long article repeats itself."""


def list_mentions(reading: Reading, gazetteer: Gazetteer) -> tuple[Mention, ...]:
    """Return the entities found, with spans into title or text."""
    return tuple(
        Mention(gazetteer.terms[one.use.term].id, *place(reading, one)) for one in reading.found if one.use.is_entity
    )


def place(reading: Reading, found: Found) -> tuple[Where, int, int, str]:
    """Return where a find stands in the title or the text, and what is written there."""
    quote = reading.joined[found.start : found.end]
    if found.start < reading.title_length:
        return Where.TITLE, found.start, found.end, quote
    before = reading.title_length + 1
    return Where.TEXT, found.start - before, found.end - before, quote


def gather_evidence(
    reading: Reading,
    compiled: CompiledTopic,
    observation: Observation,
    parts: Mapping[str, float],
    gazetteer: Gazetteer,
    rules: Rules,
) -> Evidence:
    """Gather what made an article match a topic: the hits of its groups, in sentences about it first."""
    numbers = [compiled.keys, compiled.supports, *(group for angle in compiled.angles for group in angle.groups)]
    terms = frozenset().union(*(rules.groups[number] for number in numbers if number is not None))
    found = [one for one in reading.found if one.use.term in terms]
    told = [one for one in found if one.sentence in observation.about] or found
    hits = tuple(
        Hit(gazetteer.terms[one.use.term].id, gazetteer.terms[one.use.term].label, *place(reading, one))
        for one in told[:_MOST_HITS]
    )
    return Evidence(hits, _best_sentence(reading, observation, told), {k: round(v, 4) for k, v in parts.items()})


def _best_sentence(reading: Reading, observation: Observation, told: Iterable[Found]) -> str:
    """Return the sentence of the text that says most of the topic, earliest first; the title where no other does."""
    said: dict[int, set[int]] = {}
    for one in told:
        said.setdefault(one.sentence, set()).add(one.use.term)
    if not said:
        return reading.joined[: reading.title_length]
    best = max(said, key=lambda n: (n > 0, n in observation.supported, len(said[n]), -n))
    start, end = reading.layout.bounds(best)
    return " ".join(reading.joined[start:end].strip("\x00").split())


class Piece(NamedTuple):
    """A stretch of text, and the labels of what was found in it; none for plain text."""

    text: str
    labels: tuple[str, ...]


def highlight(text: str, hits: Iterable[Hit], where: Where) -> list[Piece]:
    """Cut a title or text into pieces at the hits in it, so that any renderer can mark them; overlapping hits join."""
    spans = sorted((hit.start, hit.end, hit.label) for hit in hits if hit.where is where)
    pieces: list[Piece] = []
    done = 0
    while spans:
        start, end, label = spans.pop(0)
        labels = [label]
        while spans and spans[0][0] < end:
            _, other_end, other = spans.pop(0)
            end = max(end, other_end)
            labels.append(other)
        if done < start:
            pieces.append(Piece(text[done:start], ()))
        pieces.append(Piece(text[start:end], tuple(dict.fromkeys(labels))))
        done = end
    return [*pieces, Piece(text[done:], ())] if done < len(text) else pieces
