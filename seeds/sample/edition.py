"""What the sample edition holds: invented papers, their feeds and reports, and the texts, read from this folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from news.errors import SeedError
from news.sources import Outlet
from seeds.reading import build, read_tables, read_text, read_toml

Declared = TypeVar("Declared", "Paper", "SampleFeed", "Event", "Report")

SAMPLE = Path(__file__).parent
"""The folder of the edition that comes with Dateline."""


class FeedFormat(StrEnum):
    """The document formats in which the papers publish their feeds."""

    RSS = "rss"
    ATOM = "atom"
    RDF = "rdf"
    JSON = "json"


class FeedDates(StrEnum):
    """How an RSS feed writes its dates: as RFC 822 asks, or as many papers do, local and without a zone."""

    RFC822 = "rfc822"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Paper:
    """How an outlet prints. `encoding` is that of its feeds and pages; `wide_digits` are full-width ones, ０ to ９."""

    id: str
    skin: str
    domain: str
    sections: tuple[str, ...]
    encoding: str = "utf-8"
    wide_digits: bool = False


@dataclass(frozen=True, slots=True)
class SampleFeed:
    """A feed of a paper. `moved_from` is the declared path, which answers 301; a `status` other than 200 is all it gives."""

    id: str
    outlet: str
    title: str
    path: str
    format: FeedFormat
    dates: FeedDates = FeedDates.RFC822
    full_text: bool = False
    moved_from: str | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Event:
    """A thing that happens in the edition's world, so that all reports name the same day for it."""

    id: str
    hours_before: float
    """How long before the edition's moment it happens; below zero, after it."""
    zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Report:
    """A page of a paper. `purpose` says what it is there for, `topics`, `touches` and `event` how a reader would label it."""

    id: str
    outlet: str
    path: str
    section: str
    hours_before: float
    purpose: str
    feeds: tuple[str, ...]
    event: str | None = None
    topics: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    """Topics that it mentions in passing: whether they match is neither right nor wrong."""
    author: str = ""
    caption: str = ""
    date_only: bool = False
    """The page shows a day without a time of day, and its feed entry shows nothing."""
    shown_paragraphs: int | None = None
    """How many paragraphs stand before the paywall."""
    status: int = 200
    first_revision: int = 1
    """The revision of the edition in which the report appears."""
    updated_hours_before: float | None = None
    """When the second revision of the edition changed its text; the new text is `ID.v2.LANGUAGE.md`."""


@dataclass(frozen=True, slots=True)
class Text:
    """A report's words as written, with dates still to be filled in."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything there is to print, by id. `texts` are by report and revision; `folder` holds the skins."""

    folder: Path
    outlets: Mapping[str, Outlet]
    papers: Mapping[str, Paper]
    feeds: Mapping[str, SampleFeed]
    events: Mapping[str, Event]
    reports: Mapping[str, Report]
    texts: Mapping[tuple[str, int], Text]

    def language_of(self, report: Report) -> str:
        """Return the language that a report is written in: its outlet's."""
        return self.outlets[report.outlet].language

    def text_of(self, report: Report, revision: int) -> Text:
        """Return a report's text as it stands in a revision of the edition."""
        return self.texts.get((report.id, revision)) or self.texts[report.id, 1]

    def reports_in(self, feed: SampleFeed, revision: int) -> list[Report]:
        """Return what a feed announces in a revision of the edition, newest first."""
        chosen = [
            report for report in self.reports.values() if feed.id in report.feeds and report.first_revision <= revision
        ]
        return sorted(chosen, key=lambda report: report.hours_before)


def load_edition(folder: Path = SAMPLE) -> Edition:
    """Read an edition: `outlets.toml`, `edition.toml` and `texts/`.

    Raises:
        SeedError: for the first table or text that is wrong or missing, with its file.
    """
    path = folder / "edition.toml"
    content = read_toml(path)
    outlets = {outlet.id: outlet for outlet in read_tables(folder / "outlets.toml", "outlets", Outlet)}
    reports = _read_section(path, content, "reports", Report)
    return Edition(
        folder=folder,
        outlets=outlets,
        papers=_read_section(path, content, "papers", Paper),
        feeds=_read_section(path, content, "feeds", SampleFeed),
        events=_read_section(path, content, "events", Event),
        reports=reports,
        texts=_read_texts(folder / "texts", reports, outlets),
    )


def _read_section(
    path: Path, content: Mapping[str, Any], section: str, declared: type[Declared]
) -> dict[str, Declared]:
    tables = content.get(section, {})
    return {key: build(path, f"{section}.{key}", {"id": key, **table}, declared) for key, table in tables.items()}


def _read_texts(
    folder: Path, reports: Mapping[str, Report], outlets: Mapping[str, Outlet]
) -> dict[tuple[str, int], Text]:
    texts = {}
    for report in reports.values():
        language = outlets[report.outlet].language
        texts[report.id, 1] = _read_one(folder / f"{report.id}.{language}.md")
        if report.updated_hours_before is not None:
            texts[report.id, 2] = _read_one(folder / f"{report.id}.v2.{language}.md")
    return texts


def _read_one(path: Path) -> Text:
    title, *paragraphs = (block.strip() for block in read_text(path).split("\n\n") if block.strip())
    if not paragraphs:
        raise SeedError(path, "a report needs a title, an empty line and at least one paragraph")
    return Text(title, tuple(" ".join(paragraph.split("\n")) for paragraph in paragraphs))
