"""Subscriptions, and a digest as composed: what every channel renders, word for word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

OPERATOR = "operator"
"""The subscription that warnings to the operator are numbered under; none that is declared may be called so."""


class Mode(StrEnum):
    """When a subscription is told: on its schedule, at once, or both."""

    DIGEST = "digest"
    IMMEDIATE = "immediate"
    BOTH = "both"


class Weekday(StrEnum):
    """A day of the week as declarations write it."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who hears what, when. `cron` has five fields and is read in `zone` (IANA); `channels` read `kind[:target]`.

    Channels: `email:someone@example.org`, `slack` (incoming webhook) or `slack:#room` (bot token), `webhook`, `file`,
    `feed`, `apprise:NAME`. Their secrets stand in settings, never here.
    """

    id: str
    title: str
    topics: tuple[str, ...]
    channels: tuple[str, ...]
    cron: str = "0 7 * * *"
    zone: str = "UTC"
    minimum_score: float = 0.5
    languages: tuple[str, ...] = ("en",)
    """Languages the reader reads; stories in others come with English names and a link that translates."""
    mode: Mode = Mode.DIGEST
    send_empty: bool = False
    minimum_scores: Mapping[str, float] = field(default_factory=dict)
    """By topic id, in place of `minimum_score`."""
    outlets: tuple[str, ...] = ()
    """Only reports of these outlets (ids) count; empty: all."""
    without_outlets: tuple[str, ...] = ()
    press_systems: tuple[str, ...] = ()
    """Only reports of these press systems count; empty: all."""
    without_press_systems: tuple[str, ...] = ()
    weekdays: tuple[Weekday, ...] = tuple(Weekday)
    """Days in `zone` on which anything is sent; the rest waits for the next of them."""
    quiet_from: time | None = None
    quiet_until: time | None = None
    """No alert is sent from `quiet_from` until `quiet_until` in `zone`, over midnight too; they come together after."""
    alerts_per_day: int = 6
    """Stories above this number wait for the next digest."""
    alert_score: float = 0.9
    """A story that scores at least this much is told at once."""
    alert_origins: int = 4
    """So is one that this many independent origins report."""
    alert_on_surge: bool = True
    full_stories: int = 7
    brief_stories: int = 15


@dataclass(frozen=True, slots=True)
class Quote:
    """A key sentence of a report, shortened. `marks` are the matched words as spans of code points in `text`."""

    text: str
    marks: tuple[tuple[int, int], ...]
    outlet: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class OutletLink:
    """An outlet's earliest report of a story."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class PressCount:
    """How many outlets of a press system report a story; `name` is its label for people."""

    name: str
    outlets: int


@dataclass(frozen=True, slots=True)
class DigestStory:
    """A story as told: facts for programs, sentences for people. `tags` are its other topics' titles.

    `names` are canonical English names of who and what is in it, `translate_url` a page that translates it; both are
    given only where the reader does not read `language`. `change` says why a story told before is here again, `follows`
    is the headline of an earlier story that this one is the follow-up of.
    """

    id: int
    topic: str
    topic_title: str
    score: float
    title: str
    language: str | None
    url: str
    reports: int
    origins: int
    outlets: tuple[OutletLink, ...]
    press_systems: tuple[PressCount, ...]
    first_at: datetime
    first_outlet: str
    first_said: str
    """When that was, in the outlet's and the reader's time: `21:40 Seoul, 13:40 Berlin`."""
    why: str
    quotes: tuple[Quote, ...] = ()
    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    translate_url: str = ""
    change: str = ""
    surge: str = ""
    follows: str = ""


@dataclass(frozen=True, slots=True)
class BlindSource:
    """A source that we may be missing news of: why, in words for people, and since when (None: not known)."""

    name: str
    reason: str
    since_at: datetime | None


@dataclass(frozen=True, slots=True)
class Section:
    """The stories told in full under one topic."""

    topic: str
    title: str
    stories: tuple[DigestStory, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """How many stories a topic had in each of the last days, oldest first; the last are the 24 hours until now."""

    topic: str
    title: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What one subscription is told at one time, stored as composed.

    `briefs` are told in one line each. `left_out` stories did not fit and wait for the next digest; `let_go` stories
    have waited too long and are told no more. `blind` names sources that failed or fell silent, with the
    reason and since when.
    """

    subscription: str
    title: str
    number: int
    composed_at: datetime
    zone: str
    date: str
    """The day in the reader's zone, in words."""
    opening: str
    """The sentence of figures."""
    sections: tuple[Section, ...] = ()
    briefs: tuple[DigestStory, ...] = ()
    volumes: tuple[Volume, ...] = ()
    left_out: int = 0
    let_go: int = 0
    blind: tuple[str, ...] = ()
    is_alert: bool = False
    is_first: bool = False

    @property
    def id(self) -> str:
        """The name that people and logs use: `SUBSCRIPTION/NUMBER`."""
        return f"{self.subscription}/{self.number}"

    @property
    def stories(self) -> tuple[DigestStory, ...]:
        """Every story told, in full ones first."""
        return (*self.in_full, *self.briefs)

    @property
    def in_full(self) -> tuple[DigestStory, ...]:
        """The stories told in full, in order of their sections."""
        return tuple(story for section in self.sections for story in section.stories)
