"""A story as it is shown: what is stored of it, gathered and put in order. Pure but for reading."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from news.sources import PressSystem
from news.stories import Report
from news.topics import Entity, Where
from storage.engine import Store
from storage.stories import companions
from storage.story_files import ReportLine, StoryFile, find_story
from stories.readouts import Compared, compare_readouts, tells_meeting

_ENTITIES = 12
"""Names of who and what is in a story: the ones that most of its reports bear."""
_SENTENCES = 5
"""Key sentences, each of another outlet."""
_COMPARED = 12
"""Names of which it is said who tells them and who leaves them out."""

_SIDES = {
    "CN": "china",
    "KR": "south-korea",
    "JP": "japan",
    "TW": "taiwan",
    "US": "united-states",
    "KP": "north-korea",
    "RU": "russia",
}
"""The state of the gazetteer for which the outlets of a country tell a meeting."""
_OWN_VOICES = frozenset(
    {
        PressSystem.GOVERNMENT,
        PressSystem.PRC_STATE,
        PressSystem.SOUTH_KOREA,
        PressSystem.JAPAN,
        PressSystem.TAIWAN,
        PressSystem.UNITED_STATES,
        PressSystem.NORTH_KOREA,
    }
)
"""Press systems that speak for, or from, one country; what an international paper prints is no side's account."""


@dataclass(frozen=True, slots=True)
class PressLine:
    """Who of a press system reports a story, and who of them was first."""

    name: str
    outlets: int
    first_outlet: str
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Sentence:
    """A key sentence with its source."""

    text: str
    outlet: str
    language: str | None
    url: str


@dataclass(frozen=True, slots=True)
class StoryView:
    """What a story carries. `press` begins with who was first; `headlines` are the best ones, one of each language.

    `sides` are the accounts of one meeting, empty where there are not two; `compared` is what each names.
    """

    file: StoryFile
    headlines: tuple[ReportLine, ...]
    press: tuple[PressLine, ...]
    entities: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    topics: Mapping[str, float]
    sides: tuple[str, ...] = ()
    compared: tuple[Compared, ...] = ()


def view_story(store: Store, story_id: int, entities: Mapping[str, Entity]) -> StoryView | None:
    """Gather what a story carries; None where there is none of that number."""
    file = find_story(store, story_id)
    if file is None:
        return None
    found = companions(store, [report.article for report in file.reports], since_at=file.line.first_at)
    texts = {int(grouped.report.id): grouped.report for grouped in found}
    sides = find_sides(file.reports, texts, entities)
    return StoryView(
        file,
        headlines=choose_headlines(file.reports),
        press=list_press(file.reports),
        entities=name_entities(texts.values(), entities),
        sentences=choose_sentences(file.reports),
        topics=score_topics(file.reports),
        sides=tuple(sides),
        compared=compare_sides(sides, entities),
    )


def choose_headlines(reports: Iterable[ReportLine]) -> tuple[ReportLine, ...]:
    """Choose for each language the report whose headline stands for it: one that still stands, surest, earliest."""
    best: dict[str | None, ReportLine] = {}
    for report in sorted(
        reports, key=lambda one: (one.removed_at is not None, -max(one.topics.values(), default=0.0), one.published_at)
    ):
        best.setdefault(report.language, report)
    return tuple(sorted(best.values(), key=lambda report: report.published_at))


def list_press(reports: Sequence[ReportLine]) -> tuple[PressLine, ...]:
    """Say which press systems report a story, the first to do so first. Reports come in order of time."""
    by_system: dict[str, list[ReportLine]] = {}
    for report in reports:
        by_system.setdefault(report.press_system, []).append(report)
    return tuple(
        PressLine(PressSystem(system).label, len({report.outlet for report in of}), of[0].outlet, of[0].published_at)
        for system, of in by_system.items()
    )


def name_entities(texts: Iterable[Report], entities: Mapping[str, Entity]) -> tuple[str, ...]:
    """Name who and what most reports bear, by canonical English names."""
    borne = Counter(entity for report in texts for entity in {mention.entity for mention in report.mentions})
    known = sorted((entity for entity in borne if entity in entities), key=lambda entity: (-borne[entity], entity))
    return tuple(entities[entity].label for entity in known[:_ENTITIES])


def choose_sentences(reports: Iterable[ReportLine]) -> tuple[Sentence, ...]:
    """Choose key sentences, the surest matches' first, no outlet and no sentence twice."""
    chosen: dict[str, Sentence] = {}
    for report in sorted(reports, key=lambda one: (-max(one.topics.values(), default=0.0), one.published_at)):
        said = " ".join(report.sentence.split())
        is_new = said and said != report.title and all(said != sentence.text for sentence in chosen.values())
        if is_new and report.outlet not in chosen and len(chosen) < _SENTENCES:
            chosen[report.outlet] = Sentence(said, report.outlet, report.language, report.url)
    return tuple(chosen.values())


def score_topics(reports: Iterable[ReportLine]) -> dict[str, float]:
    """Return the best score of any report by topic, the best first."""
    best: dict[str, float] = {}
    for report in reports:
        for topic, score in report.topics.items():
            best[topic] = max(score, best.get(topic, 0.0))
    return dict(sorted(best.items(), key=lambda item: (-item[1], item[0])))


def find_sides(
    reports: Iterable[ReportLine], texts: Mapping[int, Report], entities: Mapping[str, Entity]
) -> dict[str, list[Report]]:
    """Return who tells a meeting from which side, governments' own texts first; empty where there are not two sides.

    Copies tell nothing of their own. A side is a state that half of the headlines on the meeting name, by itself or by
    one of its people or places; the papers of a third country are onlookers.
    """
    own = [one for one in reports if one.origin == one.article and one.article in texts]
    told = [one for one in own if one.country in _SIDES and PressSystem(one.press_system) in _OWN_VOICES]
    told.sort(key=lambda one: (one.press_system != PressSystem.GOVERNMENT, one.published_at))
    sides: dict[str, list[Report]] = {}
    for report in told:
        sides.setdefault(_SIDES[report.country], []).append(texts[report.article])
    parties = _find_parties([report for report in texts.values() if tells_meeting(report)], entities)
    met = [side for side, of in sides.items() if side in parties and any(map(tells_meeting, of))]
    return {entities[side].label: sides[side] for side in met} if len(met) > 1 else {}


def _find_parties(reports: Sequence[Report], entities: Mapping[str, Entity]) -> set[str]:
    """Return the states that at least half of the headlines name."""
    named = Counter[str]()
    for report in reports:
        known = [
            entities[mention.entity]
            for mention in report.mentions
            if mention.where is Where.TITLE and mention.entity in entities
        ]
        named.update({entity.of or entity.id for entity in known})
    return {state for state, count in named.items() if 2 * count >= len(reports)}


def compare_sides(sides: Mapping[str, Sequence[Report]], entities: Mapping[str, Entity]) -> tuple[Compared, ...]:
    """Compare what the sides name, formulae first: by these positions are taken. States and capitals are in all."""
    if not sides:
        return ()
    named = Counter(mention.entity for of in sides.values() for report in of for mention in report.mentions)
    known = [entity for entity in named if entity in entities and entities[entity].kind != "state"]
    watched = sorted(known, key=lambda entity: (entities[entity].kind != "formula", -named[entity], entity))
    compared = compare_readouts(sides, watched)
    formulae = [one for one in compared if entities[one.entity].kind == "formula"]
    others = [one for one in compared if entities[one.entity].kind != "formula" and one.left_out_by(sides)]
    return tuple([*formulae, *others][:_COMPARED])
