"""`dateline doctor`: findings by their facts, and a whole examination."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cli.checkup import judge_clock, judge_deliveries, judge_room, judge_round, judge_texts
from cli.findings import Finding, Grade
from cli.source_findings import judge_defects, judge_feeds, judge_remarks, judge_unverified, judge_yields
from cli.surroundings import judge_backups, judge_contact
from news.sources import Feed, FeedKind, FeedState
from storage.engine import open_store
from storage.health import FeedHealth, QuickTexts, TroubledDelivery
from storage.remarks import Remark
from storage.rounds import begin_round, end_round
from storage.schema import migrate
from storage.yields import FeedYield, OutletVolume

if TYPE_CHECKING:
    from tests.cli.conftest import Dateline

NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEED = FeedHealth("herald", "https://h.example/rss", "https://h.example/rss", NOW, None, None, None, "", NOW, HOUR)


@pytest.mark.parametrize(
    ("feed", "grade", "said"),
    [
        (replace(FEED, gone_at=NOW - DAY), Grade.WRONG, "ended by its publisher 1 day ago"),
        (
            replace(FEED, failing_since=NOW - HOUR, reason="timed out"),
            Grade.NOTICE,
            "since 2026-01-05 06:00 UTC: timed out",
        ),
        (replace(FEED, failing_since=NOW - 2 * DAY, reason="403", failure="blocked"), Grade.WRONG, "403"),
        (
            replace(FEED, failing_since=NOW - HOUR, reason="timed out", url="https://new.example/rss"),
            Grade.NOTICE,
            "since 2026-01-05 06:00 UTC, polled at https://new.example/rss: timed out",
        ),
        (replace(FEED, newest_at=NOW - 3 * DAY), Grade.NOTICE, "newest entry is from 3 days ago"),
        (
            replace(FEED, newest_at=None, interval=None, answers_since=NOW - DAY),
            Grade.NOTICE,
            "it answers since 2026-01-04 07:00 UTC, but has held no entry yet",
        ),
        (
            replace(FEED, url="https://new.example/rss", moved_at=NOW - DAY),
            Grade.NOTICE,
            "polled at https://new.example/rss since 2026-01-04 07:00 UTC",
        ),
    ],
)
def test_a_feed_in_trouble_is_found_with_a_remedy(feed: FeedHealth, grade: Grade, said: str) -> None:
    finding, counted = judge_feeds([feed], NOW)
    assert (finding.subject, finding.grade) == ("feed herald", grade)
    assert said in finding.text
    assert finding.remedy
    assert counted.text.startswith("0 ")


@pytest.mark.parametrize(
    ("failure", "status", "kind", "remedy"),
    [
        ("blocked", 403, FeedKind.FEED, "wall against robots"),
        ("blocked", 429, FeedKind.FEED, "wall against robots"),
        ("blocked", 401, FeedKind.FEED, "wants a login"),
        ("blocked", 402, FeedKind.FEED, "wants payment"),
        ("blocked", 451, FeedKind.FEED, "withheld by law"),
        ("tls", None, FeedKind.FEED, "DATELINE_TLS_CA_FILE"),
        ("not-a-feed", 200, FeedKind.FEED, "feeds discover"),
        ("not-a-feed", 200, FeedKind.LISTING, "mend link_selector"),
        ("status", 404, FeedKind.LISTING, "in a browser"),
    ],
)
def test_the_remedy_is_that_of_the_very_failure(failure: str, status: int | None, kind: FeedKind, remedy: str) -> None:
    feed = replace(FEED, failing_since=NOW - HOUR, failure=failure, status=status, kind=kind)
    assert remedy in next(judge_feeds([feed], NOW)).remedy


def test_a_gap_and_a_flood_have_remedies_of_their_own() -> None:
    remarks = {"busy": Remark(NOW - HOUR, "missed", is_gap=True), "old": Remark(NOW - HOUR, "held", is_gap=False)}
    gap, flood = judge_remarks(remarks, NOW)
    assert (gap.subject, gap.text) == ("feed busy", "1 hour ago: missed")
    assert "polled more often" in gap.remedy
    assert "not read" in flood.remedy


def test_defects_that_a_feed_was_read_with_are_noticed_with_a_remedy() -> None:
    found = {"list": "the date selector '.day' finds no date in any of 9 rows", "rss": "9 entries without a link"}
    listing, rss = judge_defects({feed: (NOW - HOUR, said) for feed, said in found.items()}, NOW)
    assert (listing.subject, listing.grade) == ("feed list", Grade.NOTICE)
    assert listing.text == f"read with defects 1 hour ago: {found['list']}"
    assert "date_selector" in listing.remedy
    assert "publisher" in rss.remedy


def test_feeds_that_nobody_has_seen_answer_are_counted_until_they_do() -> None:
    feeds = [Feed(name, f"https://h.example/{name}", name, "herald", "en", verified=name == "c") for name in "abc"]
    states = [(feed, FeedState(feed.id, feed.url, body_hash="0" if feed.id == "b" else None)) for feed in feeds]
    [finding] = judge_unverified(feeds, states)
    assert finding.text == "1 are declared unverified and have not answered yet, such as a"
    assert list(judge_unverified(feeds[1:], states)) == []


def test_what_sources_bring_is_judged_beside_what_is_usual() -> None:
    foreign = FeedYield("herald", "Herald", "ko", NOW - DAY, 12, 0, 0, {"en": 12})
    quiet, usual = (OutletVolume(name, name, number, 40.0, NOW - 7 * DAY) for name, number in (("q", 1), ("u", 39)))
    new = OutletVolume("n", "n", 5, None, NOW - 7 * DAY)
    language, volume, as_usual, unknown, counted = judge_yields([foreign], [quiet, usual, new], NOW)
    assert (language.subject, language.grade) == ("feed herald", Grade.NOTICE)
    assert "another language (en) than declared (ko)" in language.text
    assert (volume.subject, volume.grade) == ("outlet q", Grade.NOTICE)
    assert (as_usual.subject, as_usual.figures) == ("outlet u", {"expected": 40.0, "actual": 39})
    assert (unknown.text, unknown.figures["expected"]) == (
        "5 new entries in the last 7 days, too early to say what is usual",
        None,
    )
    assert [one.is_detail for one in (volume, as_usual, unknown, counted)] == [False, True, True, False]
    assert counted.text == "40 new entries in the last 7 days from 2 outlets, where 80 a week are usual"


def test_a_feed_that_publishes_rarely_is_not_silent_in_a_quiet_week() -> None:
    [counted] = judge_feeds([replace(FEED, newest_at=NOW - 7 * DAY, interval=2 * DAY)], NOW)
    assert counted.text.startswith("1 ")


def test_a_listing_that_never_brought_anything_new_is_noticed_with_a_remedy() -> None:
    [finding, _] = judge_feeds([replace(FEED, newest_at=NOW - 31 * DAY, interval=None, kind=FeedKind.LISTING)], NOW)
    assert "nothing new after its first entries" in finding.text
    assert "link_selector" in finding.remedy


def test_deliveries_given_up_are_wrong_and_those_tried_again_are_not() -> None:
    given_up = TroubledDelivery("morning/1", "slack", "failed", 3, NOW - DAY, "no such webhook")
    waiting = replace(given_up, state="pending", reason="busy")
    findings = list(judge_deliveries([given_up, waiting], NOW))
    assert [one.grade for one in findings] == [Grade.WRONG, Grade.NOTICE]
    assert "resend morning/1" in findings[0].remedy
    [untried] = judge_deliveries([replace(waiting, attempts=0, reason="")], NOW)
    assert "not tried yet" in untried.text
    assert "run the flow `deliver`?" in untried.remedy
    assert [one.grade for one in judge_deliveries([], NOW)] == [Grade.GOOD]


@pytest.mark.parametrize(
    ("server_at", "round_at", "grade"),
    [
        (None, None, Grade.GOOD),
        (NOW + timedelta(seconds=5), NOW - HOUR, Grade.GOOD),
        (NOW + timedelta(minutes=5), None, Grade.WRONG),
        (None, NOW + HOUR, Grade.WRONG),
    ],
)
def test_a_clock_that_is_off_is_found(server_at: datetime | None, round_at: datetime | None, grade: Grade) -> None:
    assert judge_clock(NOW, server_at, round_at).grade is grade


def test_times_noted_by_a_clock_that_was_ahead_are_noticed() -> None:
    assert judge_clock(NOW, None, NOW - HOUR, NOW + timedelta(minutes=2)).grade is Grade.GOOD
    found = judge_clock(NOW, None, NOW - HOUR, NOW + 9 * HOUR)
    assert (found.grade, "(in 9 hours)" in found.text) == (Grade.NOTICE, True)


def test_rounds_that_stopped_and_a_full_disk_are_noticed() -> None:
    interval = timedelta(minutes=5)
    assert judge_round(NOW, (NOW - 2 * interval, NOW), interval).grade is Grade.GOOD
    assert judge_round(NOW, (NOW - DAY, NOW), interval).grade is Grade.NOTICE
    assert judge_round(NOW, None, interval).grade is Grade.NOTICE
    assert judge_round(NOW, None, interval, "None has begun").grade is Grade.WRONG
    home = Path("home")
    assert [judge_room(home, free).grade for free in (10**7, 10**8, 10**10)] == [Grade.WRONG, Grade.NOTICE, Grade.GOOD]


def _examine(dateline: "Dateline", *arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    ended = dateline("doctor", "--json", *arguments)
    return ended.status, {row["subject"]: row for row in map(json.loads, ended.out.splitlines())}


def test_a_new_home_is_well(dateline: "Dateline") -> None:
    status, findings = _examine(dateline)
    assert status == 0
    assert {one["grade"] for one in findings.values()} == {"good", "notice"}


def test_rounds_that_fail_for_hours_are_wrong(dateline: "Dateline", home: Path) -> None:
    assert _examine(dateline)[0] == 0  # which makes the home
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    migrate(store)
    now = datetime.now(UTC)
    for minutes in range(300, 0, -5):
        begun = begin_round(store, now - timedelta(minutes=minutes))
        assert begun
        end_round(store, begun, now - timedelta(minutes=minutes - 1), {}, "No source could be reached.")
    store.dispose()
    status, findings = _examine(dateline)
    assert (status, findings["rounds"]["grade"]) == (1, "wrong")
    assert findings["rounds"]["text"] == "No round has succeeded yet. The latest said: No source could be reached."


def test_a_channel_without_its_setting_is_wrong(dateline: "Dateline") -> None:
    assert dateline("init", "--yes", "--file").status == 0
    assert _examine(dateline, "--test-channels")[1]["channel file"]["text"] == "took a test message"
    assert dateline("init", "--yes", "--slack-webhook-url", "", "--no-test").status == 0
    status, findings = _examine(dateline)
    assert status == 1
    assert "DATELINE_SLACK_WEBHOOK_URL" in findings["channel slack"]["text"]


def test_a_wrong_setting_or_database_is_a_finding(dateline: "Dateline", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", "postgresql://postgres@127.0.0.1:1/none")
    status, findings = _examine(dateline)
    assert status == 1
    assert "127.0.0.1:1" in findings["database"]["text"]
    monkeypatch.setenv("DATELINE_WORKERS", "many")
    assert "DATELINE_WORKERS" in _examine(dateline)[1]["settings"]["text"]


def test_quick_texts_are_usual_unless_they_are_left_so() -> None:
    assert [judge_texts(QuickTexts(*counts)).grade for counts in ((0, 0), (9, 0), (9, 1))] == [
        Grade.GOOD,
        Grade.GOOD,
        Grade.NOTICE,
    ]


def test_a_backup_that_is_missing_or_old_is_noticed() -> None:
    path = Path("dateline-20260101T070000Z-0001.db")
    folders = [Path("/srv/backups")]
    assert judge_backups({}, folders, NOW).text == "there is none in /srv/backups"
    assert judge_backups({path: NOW - 40 * DAY}, folders, NOW).grade is Grade.NOTICE
    assert judge_backups({path: NOW - DAY}, folders, NOW).text == "the latest is from 1 day ago"


def test_a_backup_and_a_database_elsewhere_are_found(
    dateline: "Dateline", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    monkeypatch.setenv("DATELINE_DATABASE_URL", f"sqlite:///{disk / 'news.db'}")
    store = open_store(f"sqlite:///{disk / 'news.db'}")
    migrate(store)
    store.dispose()
    findings = _examine(dateline)[1]
    assert (findings["backup"]["grade"], findings["disk"]["text"].endswith("home")) == ("notice", True)
    assert findings["disk of the database"]["text"].endswith(f"are free at {disk}")
    assert dateline("backup", disk / "backups").status == 0
    assert _examine(dateline)[1]["backup"]["grade"] == "good"


def test_fetching_without_an_address_for_publishers_is_noticed(dateline: "Dateline") -> None:
    contact = _examine(dateline)[1]["contact"]
    assert contact["grade"] == "notice"
    assert "DATELINE_CONTACT" in contact["remedy"]
    assert judge_contact("mailto:editor@example.org").grade is Grade.GOOD


def test_a_prefect_server_for_everybody_is_wrong(dateline: "Dateline", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_PREFECT_HOST", "0.0.0.0")
    monkeypatch.setenv("DATELINE_PREFECT_PORT", "1")
    ended = dateline("doctor")
    assert ended.status == 1
    assert "DATELINE_PREFECT_HOST 0.0.0.0 lets everybody" in ended.out
    assert "does not answer at http://127.0.0.1:1/api (Connection refused)" in ended.out
    assert ended.out.rstrip().endswith("1 wrong.")


def test_volumes_as_usual_are_for_programs_alone(dateline: "Dateline", monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Finding("outlet u", Grade.GOOD, "as usual", figures={"expected": 40.0, "actual": 39})]
    monkeypatch.setattr("cli.checkup.examine", lambda *_, **__: found)
    assert "outlet u" not in dateline("doctor").out
    assert _examine(dateline)[1]["outlet u"]["figures"] == {"expected": 40.0, "actual": 39}
