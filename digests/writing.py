"""A chosen story -> the entry that a digest stores: facts for programs, sentences for people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from digests.choosing import Candidate, appeared_at
from digests.quoting import choose_quotes
from digests.wording import clean_text, is_read, say_both_times, say_day_alone, shorten
from news.digests import DigestStory, OutletLink, PressCount
from news.sources import PressSystem
from news.stories import Headline, StoryReport
from news.topics import Hit

TITLE_COLUMNS = 240
"""A longer headline comes from a broken feed; it is shortened, so that it cannot push the others off a phone."""

EARLIER_COLUMNS = 90
"""An earlier story is only called to mind: its headline has a line."""

NAMED_OUTLETS = 12
"""Outlets stored with their links, earliest first; renderings name fewer where room is short."""

NAMES = 5
"""Names of who and what is in a story; beyond five nobody reads them."""

WHY_WORDS = 3
"""Matched words named in the line that says why."""

LINKED_URL = 1_000
"""Characters; addresses in percent-encoded Chinese come to a few hundred. Longer ones would crowd out other stories."""

TRANSLATED_URL = 500
"""Characters: with a longer address a link that carries it no longer opens everywhere."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What writing needs to know of the reader and of names: topic titles and entity labels by id."""

    topics: Mapping[str, str]
    labels: Mapping[str, str]
    languages: tuple[str, ...]
    zone: str
    now: datetime

    def title(self, topic: str) -> str:
        """Return the title of a topic, or its id where nobody declares it any more."""
        return self.topics.get(topic, topic)

    def label(self, hit: Hit) -> str:
        """Return the canonical English name of what was found."""
        return self.labels.get(hit.entity, hit.label)


def write_story(desk: Desk, candidate: Candidate, *, quotes: int = 0, columns: int = 0) -> DigestStory:
    """Write a story, with up to `quotes` key sentences of at most `columns` columns each."""
    topic, *others = candidate.topics
    lead = choose_lead(candidate.reports, topic, desk.languages)
    first = candidate.reports[0]
    hits = _gather_hits(desk, lead, candidate.reports, topic)
    readable = is_read(lead.language, desk.languages)
    return DigestStory(
        id=candidate.story.id,
        topic=topic,
        topic_title=desk.title(topic),
        score=round(candidate.score, 2),
        title=shorten(clean_text(lead.title) or "(no headline)", TITLE_COLUMNS),
        language=lead.language,
        url=link(lead.url),
        reports=len(candidate.reports),
        origins=candidate.origins,
        outlets=_list_outlets(candidate.reports),
        press_systems=_count_systems(candidate.reports),
        first_at=first.published_at,
        first_outlet=first.outlet.name,
        first_said=_say_first(first, desk),
        why=_say_why(hits, candidate.score),
        quotes=choose_quotes(_order_for_quotes(desk, lead, candidate.reports), topic, quotes, columns)
        if quotes
        else (),
        tags=tuple(desk.title(other) for other in others),
        names=() if readable else _name_contents(desk, hits),
        translate_url="" if readable else _translate(lead.url, desk.languages),
        change="; ".join(candidate.changes),
        # Where it is news of a story that was told before, the change says it.
        surge="" if candidate.story.told else candidate.story.surge or "",
        follows=_name_earlier(candidate.story.earlier, desk.languages),
    )


def choose_lead(reports: Sequence[StoryReport], topic: str, languages: Iterable[str]) -> StoryReport:
    """Choose the report whose headline stands for the story.

    One that still stands comes before a withdrawn one, a language that the reader reads before others, then the best
    score for the topic, a whole text before a teaser, and the earliest.
    """
    known = tuple(languages)

    def order(report: StoryReport) -> tuple[bool, bool, float, bool, datetime, int]:
        score = max((match.score for match in report.matches if match.topic == topic), default=0.0)
        unread = not is_read(report.language, known)
        return (report.removed_at is not None, unread, -score, report.partial, appeared_at(report), report.article_id)

    return min(reports, key=order)


def _name_earlier(headlines: Sequence[Headline], languages: Iterable[str]) -> str:
    """Name the story that this one follows, by a headline that the reader reads where there is one."""
    known = tuple(languages)
    best = min(headlines, key=lambda headline: not is_read(headline.language, known), default=None)
    return shorten(clean_text(best.title), EARLIER_COLUMNS) if best else ""


def _lead_first(lead: StoryReport, reports: Sequence[StoryReport]) -> list[StoryReport]:
    return [lead, *(report for report in reports if report is not lead)]


def _name_contents(desk: Desk, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Name who and what is in a story in English; phrases only where the gazetteer knows nothing of it."""
    known = [desk.label(hit) for hit in hits if hit.entity in desk.labels]
    return tuple(dict.fromkeys(known or [hit.label for hit in hits]))[:NAMES]


def _order_for_quotes(desk: Desk, lead: StoryReport, reports: Sequence[StoryReport]) -> list[StoryReport]:
    """Put the lead's own words first, then those that the reader reads."""
    others = sorted(reports, key=lambda report: not is_read(report.language, desk.languages))
    return _lead_first(lead, others)


def _gather_hits(desk: Desk, lead: StoryReport, reports: Sequence[StoryReport], topic: str) -> list[Hit]:
    """Return one hit for each entity or phrase of the first report that has any, the lead's own words where it can.

    Who and what the gazetteer knows comes before the topic's phrases, which tell how rather than who.
    """
    hits: dict[str, Hit] = {}
    for match in (match for report in _lead_first(lead, reports) for match in report.matches if match.topic == topic):
        for hit in match.evidence.hits:
            hits.setdefault(hit.entity, hit)
        if hits:
            break
    return sorted(hits.values(), key=lambda hit: hit.entity not in desk.labels)


def _list_outlets(reports: Sequence[StoryReport]) -> tuple[OutletLink, ...]:
    links = {report.outlet.id: OutletLink(report.outlet.name, link(report.url)) for report in reversed(reports)}
    earliest_first = dict.fromkeys(report.outlet.id for report in reports)
    return tuple(links[outlet] for outlet in earliest_first)[:NAMED_OUTLETS]


def _count_systems(reports: Sequence[StoryReport]) -> tuple[PressCount, ...]:
    outlets = {report.outlet.id: report.outlet.press_system for report in reports}
    systems = list(outlets.values())
    counts = [PressCount(system.label, systems.count(system)) for system in PressSystem if system in systems]
    return tuple(sorted(counts, key=lambda each: -each.outlets))


def _say_first(first: StoryReport, desk: Desk) -> str:
    if first.is_date_only:
        return say_day_alone(first.published_at, first.outlet.zone, desk.now)
    seen = "seen " if first.published_from == "first-seen" else ""
    return f"{seen}{say_both_times(first.published_at, first.outlet.zone, desk.zone, desk.now)}"


def _say_why(hits: Sequence[Hit], score: float) -> str:
    words: list[str] = []
    for word in (clean_text(hit.quote) for hit in hits):
        if not any(word in said for said in words):
            words.append(word)
    named = ", ".join(shorten(word, 40) for word in words[:WHY_WORDS])
    return f"{named} ({score:.2f})" if named else f"score {score:.2f}"


def link(url: str) -> str:
    """Return a web address as it is; anything else, `javascript:` above all, or an endless one is an empty string."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"} and bool(parts.netloc)
    return url if is_web and len(url) <= LINKED_URL and url.isprintable() and " " not in url else ""


def _translate(url: str, languages: Sequence[str]) -> str:
    """Return a page that shows `url` in the reader's first language; empty for what is no web page, or is too long."""
    if not link(url) or len(url) > TRANSLATED_URL:
        return ""
    wanted = languages[0] if languages else "en"
    return f"https://translate.google.com/translate?sl=auto&tl={quote(wanted)}&u={quote(url, safe='')}"
