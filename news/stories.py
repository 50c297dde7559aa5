"""Reports and stories: what grouping reads and gives, and what a digest is composed from."""

from dataclasses import dataclass
from datetime import datetime

from news.sources import Outlet
from news.topics import Match, Mention


@dataclass(frozen=True, slots=True)
class Report:
    """An article as grouping sees it. `id` is the article's id as a string; `at` its publication time (aware UTC).

    `mentions` are the gazetteer's hits in title and text, in order of their place.
    """

    id: str
    title: str
    text: str
    language: str | None
    outlet: str
    at: datetime
    url: str = ""
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupedReport:
    """A report that stands in a story already. `origin` is the id of the report whose text it copies, or its own."""

    report: Report
    story: str
    origin: str


@dataclass(frozen=True, slots=True)
class Split:
    """Reports of the story `out_of` that turn out to tell another event: they open the story `new:KEY` together."""

    story: str
    out_of: str
    reports: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a report belongs: a known story's id or `new:KEY`, and the id of the report it copies (its own if none).

    Reports with one `new:KEY` open one story together; KEY is the id of the report that opened it. `why` is in words.
    `keys` are what later reports find this one by. `follows` is the story that an opened one is the follow-up of.
    `merged` are stories that this report shows to be the same as `story`, and `merged_why` says by what. `split` are earlier
    reports that this one shows to tell another event than the rest of their story.
    """

    report: str
    story: str
    origin: str
    why: str
    score: float = 1.0
    keys: tuple[str, ...] = ()
    follows: str | None = None
    merged: tuple[str, ...] = ()
    merged_why: str = ""
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class StoryReport:
    """A report inside a story as a digest tells it."""

    article_id: int
    url: str
    title: str
    language: str | None
    outlet: Outlet
    published_at: datetime
    published_from: str
    first_seen_at: datetime
    origin: str
    quality: str
    partial: bool = False
    is_date_only: bool = False
    revised_at: datetime | None = None
    removed_at: datetime | None = None
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldState:
    """What a subscription has been told of a story: enough to say later what is new about it."""

    digest_number: int
    told_at: datetime
    reports: int
    origins: int
    press_systems: tuple[str, ...]
    entities: tuple[str, ...] = ()
    surge: str | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline and its language."""

    title: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Story:
    """The articles that report one event. `told` is what the asking subscription has been told of it, if anything.

    `follows` is the story that it is the follow-up of, and `earlier` that one's headlines, the first of each language.
    """

    id: int
    reports: tuple[StoryReport, ...]
    told: ToldState | None = None
    follows: int | None = None
    surge: str | None = None
    split_at: datetime | None = None
    earlier: tuple[Headline, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicStory:
    """A story as a topic's volume counts it: when it was first reported (aware UTC), and whose own texts report it.

    `origins` are owners of outlets: several papers of one house, or copies of one text, are one.
    """

    id: int
    first_at: datetime
    origins: frozenset[str]


@dataclass(frozen=True, slots=True)
class TopicSource:
    """A feed that brings a topic's reports: its share of them, from 0 to 1, and the hours in which it answered, in order.

    `is_failing` says that its latest poll failed.
    """

    feed: str
    share: float
    answered_at: tuple[datetime, ...]
    is_failing: bool = False


@dataclass(frozen=True, slots=True)
class SurgeWatch:
    """What is remembered of a topic's surges. `since_at` is when its history begins, `ended_at` when the last one ended."""

    topic: str
    since_at: datetime
    is_surging: bool = False
    ended_at: datetime | None = None
