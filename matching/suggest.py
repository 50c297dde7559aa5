"""From a seed article to a topic: who carries it, what happens between them, and a reason for every line proposed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from matching.finding import Found, Reading
from matching.gazetteer import ACTORS, Term
from matching.matcher import Matcher
from matching.names import list_unknown_names, list_unknown_phrases
from matching.words import share_of
from news.errors import ReadError
from news.topics import Angle, EntityKind, Level, PhraseRole, Topic

_IN_TITLE, _IN_LEAD, _IN_BODY = 3, 2, 1
"""How much a mention counts, by its place."""
_SIDE_SHARE = 0.2
"""A state is a side of the topic from this part of the leading state's weight on."""
_MOST_SIDES = 3
_RARE = 0.02
"""A formula or event is distinctive where its rarest word stands in less than this part of ordinary articles."""
_OTHERS = frozenset(
    {EntityKind.PLACE, EntityKind.INSTITUTION, EntityKind.COMPANY, EntityKind.WEAPON, EntityKind.FORMULA}
)
_MOST_OTHERS = 6
_OFFICIAL = (Level.LEADER, Level.GOVERNMENT, Level.MILITARY)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a term stands in the proposed topic: `term` as the topic names it, and one sentence for the analyst."""

    term: str
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposed topic, a reason for each of its terms, and names that the gazetteer lacks, the most frequent first."""

    topic: Topic
    reasons: tuple[Reason, ...]
    unknown_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """A term as the article shows it."""

    term: Term
    weight: int
    count: int
    quote: str
    first: int
    """The first sentence it stands in; 0 is the title."""

    @property
    def why(self) -> str:
        where = "the title" if self.first == 0 else f"sentence {self.first}"
        times = "once" if self.count == 1 else f"{self.count} times"
        return f"“{self.quote}” stands in {where}, {times} in all"


def suggest_topic(matcher: Matcher, id_: str, title: str, text: str, language: str | None = None) -> Suggestion:
    """Propose a topic out of an article; the gazetteer carries it into the other languages.

    The proposal names two or more states as sides, what happens between them, and set phrases that are rare elsewhere.
    An article that names no state of the gazetteer gives a topic of its own phrases alone.

    Raises:
        ReadError: for an article in which nothing can carry a topic.
    """
    reading = matcher.read(title, text, language)
    seen = [_weigh(matcher, reading, found) for found in _by_term(reading).values()]
    sides = _rank_sides(matcher, seen)
    keys = [one for one in seen if _carries(one) and _is_key(one, reading.language)]
    others = _list_others(matcher, seen, {side for side, _ in sides}, keys)
    acts = [one for one in seen if one.term.role is PhraseRole.SUPPORT and not one.term.of]
    acts.sort(key=lambda one: -one.weight)
    phrases = list_unknown_phrases(reading)
    if not (sides or keys or phrases):
        raise ReadError("nothing in this article can carry a topic; give one that names states, people or set phrases")
    off = _list_off(matcher, seen)
    own = {"words-of-the-article": {reading.language: tuple(phrases)}} if phrases else {}
    topic = Topic(
        id=id_,
        title=title or id_,
        description="Say here in a sentence or two what belongs to this topic and what does not.",
        seed=title or id_,
        keys=tuple(one.term.id for one in keys) + (tuple(own) if not sides else ()),
        angles=tuple(_draw_angles([side for side, _ in sides], [one.term.id for one in acts])),
        supports=tuple(chain((one.term.id for one in (*acts, *others)), own if sides else ())),
        off=off,
        phrases=own,
    )
    return Suggestion(
        topic, tuple(_give_reasons(sides, [*keys, *acts, *others], off, own)), tuple(list_unknown_names(reading))
    )


def _by_term(reading: Reading) -> dict[int, list[Found]]:
    found = defaultdict[int, list[Found]](list)
    for one in reading.found:
        found[one.use.term].append(one)
    return found


def _weigh(matcher: Matcher, reading: Reading, found: Sequence[Found]) -> _Evidence:
    first = found[0]
    return _Evidence(
        matcher.gazetteer.terms[first.use.term],
        sum(_weight_at(one.sentence, reading) for one in found),
        len(found),
        reading.joined[first.start : first.end],
        first.sentence,
    )


def _weight_at(sentence: int, reading: Reading) -> int:
    if sentence == 0:
        return _IN_TITLE
    return _IN_LEAD if reading.layout.is_lead(sentence) else _IN_BODY


def _rank_sides(matcher: Matcher, seen: Iterable[_Evidence]) -> list[tuple[str, str]]:
    """Return the states that carry the article with the reason, the leading one first."""
    weights, named = Counter[str](), defaultdict[str, list[_Evidence]](list)
    for one in seen:
        number = matcher.gazetteer.numbers[one.term.id]
        owner = matcher.gazetteer.states.get(number)
        if owner and one.term.kind in ACTORS:
            weights[owner] += one.weight
            named[owner].append(one)
    top = max(weights.values(), default=0)
    return [
        (owner, "; ".join(one.why for one in sorted(named[owner], key=lambda one: -one.weight)[:2]))
        for owner, weight in weights.most_common(_MOST_SIDES)
        if weight >= _SIDE_SHARE * top
    ]


def _carries(one: _Evidence) -> bool:
    """Whether an article is built on a term: it stands in the title, or comes back."""
    return one.first == 0 or one.count > 1


def _list_others(
    matcher: Matcher, seen: Iterable[_Evidence], sides: Collection[str], keys: Collection[_Evidence]
) -> list[_Evidence]:
    """Return places, institutions, firms and weapons that carry the article and that no side selects, weightiest first."""
    states, numbers = matcher.gazetteer.states, matcher.gazetteer.numbers
    found = [
        one
        for one in seen
        if one.term.kind in _OTHERS
        and _carries(one)
        and one not in keys
        and not (one.term.kind in ACTORS and states.get(numbers[one.term.id]) in sides)
    ]
    return sorted(found, key=lambda one: -one.weight)[:_MOST_OTHERS]


def _is_key(one: _Evidence, language: str) -> bool:
    """Whether a term alone may be the topic: a set phrase of a subject, or a rare formula or event of a state."""
    term = one.term
    if term.kind is None:
        return term.role is PhraseRole.KEY
    if term.kind not in (EntityKind.FORMULA, EntityKind.EVENT) or term.of is None:
        return False
    return share_of(one.quote, language) < _RARE


def _draw_angles(sides: Sequence[str], acts: Sequence[str]) -> Iterable[Angle]:
    """Pair the leading side with each other one: officials with officials, and the states where something happens."""
    if not sides:
        return
    focus, others = sides[0], sides[1:]
    official = tuple(f"{focus}:{level}" for level in _OFFICIAL)
    happening = (tuple(acts),) if acts else ()
    for other in others:
        yield Angle(all=(official, tuple(f"{other}:{level}" for level in _OFFICIAL), *happening))
        yield Angle(all=((f"{focus}:*", f"{focus}:home"), (f"{other}:*", f"{other}:home"), *happening))
    if not others:
        yield Angle(all=((f"{focus}:*",), *happening))


def _list_off(matcher: Matcher, seen: Iterable[_Evidence]) -> tuple[str, ...]:
    """Return the phrases of other subjects, but for those of which the article speaks itself."""
    spoken = {one.term.id for one in seen if one.count > 1 or one.first == 0}
    terms = matcher.gazetteer.terms
    return tuple(t.id for t in terms if t.role is PhraseRole.OFF and t.id not in spoken)


def _give_reasons(
    sides: Iterable[tuple[str, str]],
    named: Iterable[_Evidence],
    off: Iterable[str],
    own: dict[str, dict[str, tuple[str, ...]]],
) -> Iterable[Reason]:
    for side, why in sides:
        yield Reason(side, why)
    for one in named:
        yield Reason(one.term.id, one.why)
    for name in off:
        yield Reason(name, "the article does not speak of it")
    for name in own:
        yield Reason(name, "repeated in the article and rare in ordinary news; in the article's language only")
