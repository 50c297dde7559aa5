"""Checking topics: their examples, and what a stretch of the archive says of aliases, rates and overlaps."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations

from matching.finding import Reading
from matching.gazetteer import spell_out
from matching.matcher import Matcher
from matching.rules import local_phrases
from news.normal import fold_text
from news.topics import Entity, Example, Phrase

_TOO_MUCH = 0.1
"""A name that is in more than a tenth of its language's articles tells little apart."""
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
class Spelling:
    """A word of an entity or phrase as it is declared, and the share of its language's articles that it is read in."""

    id: str
    label: str
    language: str
    word: str
    share: float


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What a run over the archive says. Words of a language that the archive lacks are not spoken of."""

    articles: int
    matches: dict[tuple[str, str], int]
    """Articles by topic and language."""
    frequent: tuple[Spelling, ...]
    """Spellings of names that are read in too many articles, the most frequent first."""
    silent: tuple[str, ...]
    """Entities and phrases that no article named."""
    idle: tuple[Spelling, ...]
    """Spellings that were never read, of entities and phrases that were; of those read most often first."""
    overlaps: tuple[Overlap, ...]


def run_examples(matcher: Matcher, topics: Collection[str] = ()) -> tuple[FailedExample, ...]:
    """Run the examples of topics, none being all; what fails comes back."""
    failed = []
    for topic in matcher.topics:
        for example in topic.examples if not topics or topic.id in topics else ():
            found = {
                match.topic: match.score for match in matcher.match_text(example.title, example.text, example.language)
            }
            if (topic.id in found) is not example.matches:
                failed.append(FailedExample(topic.id, example, found.get(topic.id, 0.0)))
    return tuple(failed)


def list_terms(matcher: Matcher, topics: Collection[str] = ()) -> frozenset[str]:
    """Return the ids of all that topics name, directly or by a selection; no topics: of all that is declared."""
    terms = matcher.gazetteer.terms
    if not topics:
        return frozenset(term.id for term in terms)
    groups = [group for one in matcher.rules.topics if one.topic.id in topics for group in one.groups]
    return frozenset(terms[number].id for group in groups for number in matcher.rules.groups[group])


def survey(
    matcher: Matcher,
    articles: Iterable[tuple[str, str, str | None]],
    declared: Iterable[Entity | Phrase],
    topics: Collection[str] = (),
) -> ArchiveReport:
    """Match articles given as title, text and language, and count what an editor of topics wants to know.

    `declared` are the entities and phrases that the matcher was made from; with `topics`, only these topics and what
    they name are told of.
    """
    languages, matches, alone = Counter[str](), Counter[tuple[str, str]](), Counter[str]()
    together, read = Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
    for title, text, language in articles:
        reading = matcher.read(title, text, language)
        languages[reading.language] += 1
        read.update(_list_read(matcher, reading))
        tagged = sorted(match.topic for match in matcher.match_reading(reading))
        matches.update((topic, reading.language) for topic in tagged if not topics or topic in topics)
        alone.update(tagged)
        together.update(pair for pair in combinations(tagged, 2) if not topics or set(pair) & set(topics))
    wanted = list_terms(matcher, topics)
    known = [one for one in (*declared, *local_phrases(matcher.topics)) if one.id in wanted]
    named = Counter[str]()
    for (term, _, _), count in read.items():
        named[term] += count
    spellings = list(_count_spellings(known, read, languages))
    return ArchiveReport(
        articles=languages.total(),
        matches=dict(matches),
        frequent=tuple(sorted(_list_frequent(matcher, spellings), key=lambda one: -one.share)),
        silent=tuple(one.id for one in known if not named[one.id]),
        idle=tuple(sorted((o for o in spellings if not o.share and named[o.id]), key=lambda one: -named[one.id])),
        overlaps=tuple(_list_overlaps(together, alone)),
    )


def _list_read(matcher: Matcher, reading: Reading) -> set[tuple[str, str, str]]:
    """Return each term that an article shows, as it is written there, and the article's language."""
    terms = matcher.gazetteer.terms
    return {
        (terms[one.use.term].id, fold_text(reading.joined[one.start : one.end]).text, reading.language)
        for one in reading.found
    }


def _count_spellings(
    declared: Iterable[Entity | Phrase], read: Counter[tuple[str, str, str]], languages: Counter[str]
) -> Iterable[Spelling]:
    for one in declared:
        for language, word in _list_words(one):
            spoken = [language] if language in languages else list(languages) if language == "any" else []
            if spoken:
                forms = spell_out(fold_text(word.strip()).text)
                count = sum(read[one.id, form, other] for form in forms for other in spoken)
                total = sum(languages[other] for other in spoken)
                yield Spelling(one.id, one.label, language, word, count / total)


def _list_words(declared: Entity | Phrase) -> Iterable[tuple[str, str]]:
    kinds = [declared.words] if isinstance(declared, Phrase) else [declared.aliases, declared.weak]
    return ((language, word) for kind in kinds for language, words in kind.items() for word in words)


def _list_frequent(matcher: Matcher, spellings: Iterable[Spelling]) -> Iterable[Spelling]:
    """Keep names in too many articles; a phrase is one group among others and may be common."""
    kinds = {term.id: term.kind for term in matcher.gazetteer.terms}
    return (one for one in spellings if kinds[one.id] and one.share > _TOO_MUCH)


def _list_overlaps(together: Counter[tuple[str, str]], alone: Counter[str]) -> Iterable[Overlap]:
    for (first, second), both in together.most_common():
        share = both / (alone[first] + alone[second] - both)
        if share > _OVERLAP:
            yield Overlap(first, second, both, round(share, 3))
