"""Printing an edition: its feeds and pages as they stand at one moment, as text. Nothing here knows HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from seeds.sample.edition import Edition, FeedDates, FeedFormat, Report, SampleFeed
from seeds.sample.wording import MONTHS, fill_days, widen_digits

_SIDE_LINKS = 5  # what fits beside a report


@dataclass(frozen=True, slots=True)
class Piece:
    """A report ready to print: all words final, times aware and in the paper's own zone."""

    report: Report
    language: str
    url: str
    title: str
    paragraphs: tuple[str, ...]
    published_at: datetime
    updated_at: datetime | None

    @property
    def changed_at(self) -> datetime:
        """When its text last changed."""
        return self.updated_at or self.published_at


@dataclass(frozen=True, slots=True)
class Issue:
    """An edition at one moment: `now` is aware, `origin` is the server's address, `revision` counts from 1."""

    edition: Edition
    now: datetime
    origin: str
    revision: int = 1

    def set_piece(self, report: Report) -> Piece:
        """Fill in the days and times of a report."""
        outlet, paper = self.edition.outlets[report.outlet], self.edition.papers[report.outlet]
        zone = ZoneInfo(outlet.zone)
        published_at = self._count_back(report.hours_before, zone)
        days = self._days() | {"published": published_at.date()}
        text = self.edition.text_of(report, self.revision)
        words = [
            fill_days(part, outlet.language, days, report.event or "published")
            for part in (text.title, *text.paragraphs)
        ]
        if paper.wide_digits:
            words = [widen_digits(part) for part in words]
        has_changed = report.updated_hours_before is not None and self.revision > 1
        return Piece(
            report=report,
            language=outlet.language,
            url=f"{self.origin}/{report.outlet}/{report.path}",
            title=words[0],
            paragraphs=tuple(words[1:]),
            published_at=published_at,
            updated_at=self._count_back(report.updated_hours_before or 0, zone) if has_changed else None,
        )

    def pieces_in(self, feed: SampleFeed) -> list[Piece]:
        """Set the pieces that a feed announces, newest first."""
        return [self.set_piece(report) for report in self.edition.reports_in(feed, self.revision)]

    def pieces_of(self, outlet: str) -> list[Piece]:
        """Set the pieces of one paper, newest first."""
        reports = [one for one in self.edition.reports.values() if one.outlet == outlet]
        shown = [one for one in reports if one.first_revision <= self.revision]
        return [self.set_piece(one) for one in sorted(shown, key=lambda one: one.hours_before)]

    def _count_back(self, hours: float, zone: ZoneInfo) -> datetime:
        # Papers tell minutes; seconds would differ between a feed and its page.
        return (self.now - timedelta(hours=hours)).astimezone(zone).replace(second=0, microsecond=0)

    def _days(self) -> dict[str, date]:
        return {
            event.id: self._count_back(event.hours_before, ZoneInfo(event.zone)).date()
            for event in self.edition.events.values()
        }


def print_page(issue: Issue, piece: Piece) -> str:
    """Print a report's page in its paper's skin."""
    shown = piece.report.shown_paragraphs
    beside = [other for other in issue.pieces_of(piece.report.outlet) if other.report.id != piece.report.id]
    return _print(
        issue,
        f"{issue.edition.papers[piece.report.outlet].skin}.html",
        piece.report.outlet,
        piece=piece,
        paragraphs=piece.paragraphs[:shown],
        is_cut=shown is not None,
        beside=beside[:_SIDE_LINKS],
    )


def print_front_page(issue: Issue, outlet: str) -> str:
    """Print a paper's front page: its headlines, and links that announce its feeds."""
    feeds = [feed for feed in issue.edition.feeds.values() if feed.outlet == outlet]
    return _print(issue, "front.html", outlet, pieces=issue.pieces_of(outlet), feeds=feeds)


def print_feed(issue: Issue, feed: SampleFeed) -> str:
    """Print a feed document in its format."""
    pieces = issue.pieces_in(feed)
    if feed.format is FeedFormat.JSON:
        return _print_json_feed(issue, feed, pieces)
    return _print(issue, f"{feed.format}.xml", feed.outlet, feed=feed, pieces=pieces)


def _print_json_feed(issue: Issue, feed: SampleFeed, pieces: list[Piece]) -> str:
    items = [
        {
            "id": piece.url,
            "url": piece.url,
            "title": piece.title,
            "summary": piece.paragraphs[0],
            "content_text": "\n\n".join(piece.paragraphs if feed.full_text else piece.paragraphs[:1]),
            "date_published": piece.published_at.isoformat(),
            "date_modified": piece.changed_at.isoformat(),
            "authors": [{"name": piece.report.author}] if piece.report.author else [],
        }
        for piece in pieces
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": f"{issue.origin}/{feed.outlet}/",
        "feed_url": f"{issue.origin}/{feed.outlet}/{feed.path}",
        "language": issue.edition.outlets[feed.outlet].language,
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _print(issue: Issue, template: str, outlet: str, **values: object) -> str:
    return (
        _skins(issue.edition.folder / "skins")
        .get_template(template)
        .render(
            origin=issue.origin,
            now=issue.now,
            home=f"{issue.origin}/{outlet}",
            outlet=issue.edition.outlets[outlet],
            paper=issue.edition.papers[outlet],
            **values,
        )
    )


@cache
def _skins(folder: Path) -> Environment:
    skins = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: Mapping[str, Any] = {
        "rfc822": format_datetime,
        "local": lambda when: f"{when:%Y-%m-%d %H:%M:%S}",
        "iso": lambda when: when.isoformat(),
        "clock": lambda when: f"{when:%H:%M}",
        "month": lambda when: MONTHS[when.month - 1],
    }
    skins.filters.update(filters)
    skins.globals["local_dates"] = FeedDates.LOCAL
    return skins
