"""Checking topics: their examples, and what a stretch of the archive says of aliases, rates and overlaps."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from matching.matcher import Matcher
from news.topics import Example

_TOO_MUCH = 0.1
"""A topic or a name that is in more than a tenth of all articles tells nothing apart."""
_OVERLAP = 0.5
"""Topics that share more than half of what either matches are worth a look."""


@dataclass(frozen=True, slots=True)
class FailedExample:
    """An example that a topic does not treat as it says. `score` is 0 where it does not match."""

    topic: str
    example: Example
    score: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two topics that often match the same articles: `share` of those that either matches."""

    first: str
    second: str
    both: int
    share: float


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What a run over the archive says."""

    articles: int
    matches: dict[tuple[str, str], int]
    """Articles by topic and language."""
    frequent: tuple[tuple[str, str, int], ...]
    """Entities named in too many articles: id, label, articles."""
    silent: tuple[str, ...]
    """Entities and phrases that no article named."""
    overlaps: tuple[Overlap, ...]


def run_examples(matcher: Matcher) -> tuple[FailedExample, ...]:
    """Run the examples of every topic; what fails comes back."""
    failed = []
    for topic in matcher.topics:
        for example in topic.examples:
            found = {
                match.topic: match.score for match in matcher.match_text(example.title, example.text, example.language)
            }
            if (topic.id in found) is not example.matches:
                failed.append(FailedExample(topic.id, example, found.get(topic.id, 0.0)))
    return tuple(failed)


def survey(matcher: Matcher, articles: Iterable[tuple[str, str, str | None]]) -> ArchiveReport:
    """Match articles given as title, text and language, and count what an editor of topics wants to know."""
    total = 0
    matches, named = Counter[tuple[str, str]](), Counter[str]()
    together, alone = Counter[tuple[str, str]](), Counter[str]()
    for title, text, language in articles:
        total += 1
        reading = matcher.read(title, text, language)
        named.update({matcher.gazetteer.terms[found.use.term].id for found in reading.found})
        topics = sorted(match.topic for match in matcher.match_reading(reading))
        matches.update((topic, reading.language) for topic in topics)
        alone.update(topics)
        together.update(combinations(topics, 2))
    return ArchiveReport(
        articles=total,
        matches=dict(matches),
        frequent=_list_frequent(matcher, named, total),
        silent=tuple(term.id for term in matcher.gazetteer.terms if not named[term.id]),
        overlaps=tuple(_list_overlaps(together, alone)),
    )


def _list_frequent(matcher: Matcher, named: Counter[str], total: int) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (term.id, term.label, named[term.id])
        for term in matcher.gazetteer.terms
        if term.kind and named[term.id] > _TOO_MUCH * total
    )


def _list_overlaps(together: Counter[tuple[str, str]], alone: Counter[str]) -> Iterable[Overlap]:
    for (first, second), both in together.most_common():
        share = both / (alone[first] + alone[second] - both)
        if share > _OVERLAP:
            yield Overlap(first, second, both, round(share, 3))
