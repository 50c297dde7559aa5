"""The steps of a round on the sample edition, without Prefect: what is stored, told, alerted and sent."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from digests.render import render_text
from digests.stored import digest_from_json
from fetching.decoding import decode_body
from flows.artifacts import describe_round
from flows.rounds import open_round, open_throwaway
from flows.settings import Settings, read_settings
from flows.steps.briefing import brief, count_days
from flows.steps.delivering import Sendings
from flows.steps.watching import Figures, RoundError, group_stories, poll_batch, read_batch
from flows.telling import (
    alert_now,
    brief_overdue,
    brief_subscription,
    count_due,
    list_active,
    narrow_topics,
    preview_digest,
    send_due,
)
from flows.wiring import Bureau, open_bureau
from news.digests import DigestStory, Mode, Subscription
from news.errors import SeedError, SettingsError
from seeds.sample.edition import load_edition
from seeds.sample.newsroom import Newsroom, serve_edition, write_declarations
from storage.digests import find_digest, preview_opening
from storage.engine import Store, reading, writing
from storage.rounds import latest_round
from storage.subscriptions import resume_subscription, stop_subscription, sync_subscriptions
from storage.surges import begin_surge, end_surge
from storage.tables import articles, digests, entries, feeds, matches, pages, revisions, stories
from storage.topics import TaggedItem, list_tagged

# Noon in Asia: yesterday's reports are of yesterday in every zone that the sample has.
NOW = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)


async def run_round(bureau: Bureau, *, only: tuple[str, ...] = (), is_scheduled: bool = False) -> Figures | None:
    async with open_round(bureau, only=only, is_scheduled=is_scheduled) as round_:
        if round_ is None:
            return None
        while await poll_batch(round_):
            pass
        while await read_batch(round_):
            pass
        await group_stories(round_)
        return round_.figures


@dataclass(frozen=True)
class Edition:
    """The sample edition being served, and settings of a home that has read it once."""

    newsroom: Newsroom
    settings: Settings
    first: Figures


def make_settings(home: Path, origin: str) -> Settings:
    return read_settings(
        {
            "DATELINE_HOME": str(home),
            "DATELINE_SEEDS": str(home / "shipped"),
            "DATELINE_ALLOWED_NETWORKS": "127.0.0.0/8",
            "DATELINE_ALLOWED_PORTS": origin.rpartition(":")[2],
            "DATELINE_HOST_SECONDS": "0",
            "DATELINE_PER_HOST": "8",
            "DATELINE_ENV_FILE": os.devnull,
        }
    )


@pytest.fixture(scope="module")
def read_edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    home = tmp_path_factory.mktemp("home")
    with serve_edition(load_edition(), now=NOW) as newsroom:
        write_declarations(newsroom.edition, home / "shipped", newsroom.origin)
        settings = make_settings(home, newsroom.origin)
        with open_bureau(settings, now=lambda: NOW) as bureau:
            first = asyncio.run(run_round(bureau))
        assert first
        yield Edition(newsroom, settings, first)


@pytest.fixture
def bureau(read_edition: Edition, tmp_path: Path) -> Iterator[Bureau]:
    """A bureau whose database is a copy of the one that read the edition once."""
    home = tmp_path / "home"
    shutil.copytree(read_edition.settings.home_path, home)
    with open_bureau(make_settings(home, read_edition.newsroom.origin), now=lambda: NOW) as opened:
        yield opened


def later(bureau: Bureau, by: timedelta) -> Bureau:
    return replace(bureau, now=lambda: NOW + by)


def subscribed(bureau: Bureau, **changes: object) -> Bureau:
    declared = bureau.declarations.subscriptions["sample"]
    changed = replace(bureau.declarations, subscriptions={"sample": replace(declared, **changes)})  # type: ignore[arg-type]
    return replace(bureau, declarations=changed)


def count(bureau: Bureau, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    with reading(bureau.store) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


def test_every_entry_of_the_edition_is_accounted_for(bureau: Bureau, read_edition: Edition) -> None:
    figures = read_edition.first
    assert (figures.feeds, list(figures.failures)) == (len(read_edition.newsroom.edition.feeds), ["neoul-sports"])
    assert count(bureau, entries) == figures.new_entries
    assert count(bureau, entries, entries.c.state == "unread") == 0
    assert count(bureau, articles, articles.c.quality == "feed") == 1  # the page that answers 404
    assert count(bureau, articles, articles.c.partial, articles.c.quality == "careful") == 2  # behind a paywall
    assert count(bureau, articles, articles.c.story_id.is_(None)) == count(bureau, articles) - figures.grouped
    stored = latest_round(bureau.store)
    assert stored
    assert stored[2]["articles"] == figures.articles


def test_the_pages_of_matched_articles_are_kept_and_no_others(bureau: Bureau) -> None:
    was_fetched = sa.select(articles.c.url).where(articles.c.quality != "feed")
    is_matched = sa.exists().where(matches.c.article_id == articles.c.id)
    of = revisions.c.id == pages.c.revision_id
    with reading(bureau.store) as connection:
        kept = connection.execute(sa.select(pages, revisions.c.article_id).join(revisions, of)).all()
        urls = {row.id: row.url for row in connection.execute(sa.select(articles.c.id, articles.c.url))}
        assert {urls[row.article_id] for row in kept} == set(connection.scalars(was_fetched.where(is_matched)))
        assert len(kept) < len(connection.scalars(was_fetched).all())
    assert all(b"<title" in decode_body(row.body, row.packing, 1_000_000) for row in kept)


def test_what_was_old_at_the_first_poll_is_stored_and_not_told(bureau: Bureau) -> None:
    assert count(bureau, articles, articles.c.is_backlog) == 2
    told = {story.url for story in preview_digest(bureau, bureau.declarations.subscriptions["sample"]).stories}
    with reading(bureau.store) as connection:
        old = set(connection.scalars(sa.select(articles.c.url).where(articles.c.is_backlog)))
    assert not told & old


async def test_a_scheduled_round_that_ran_just_now_is_not_run_again(bureau: Bureau) -> None:
    assert await run_round(later(bureau, timedelta(minutes=2)), is_scheduled=True) is None
    assert await run_round(later(bureau, timedelta(minutes=5)), is_scheduled=True)


async def test_a_second_revision_is_read_and_told_as_a_change(bureau: Bureau, read_edition: Edition) -> None:
    assert brief_overdue(bureau, grace=timedelta(0)) == ["sample/1"]
    read_edition.newsroom.revision = 2
    try:
        with writing(bureau.store) as connection:
            connection.execute(feeds.update().values(next_check_at=NOW))
        after = later(bureau, timedelta(hours=2))
        second = await run_round(after)
    finally:
        read_edition.newsroom.revision = 1
    assert second
    assert (second.new_entries, second.articles, second.revised) == (1, 1, 1)
    text = render_text(preview_digest(after, after.declarations.subscriptions["sample"]))
    assert "text changed" in text.lower() or "rewritten" in text.lower()


def test_a_digest_reaches_a_file_once_and_missing_mail_settings_wait(bureau: Bureau) -> None:
    brief_overdue(bureau, grace=timedelta(0))
    assert count_due(bureau) == 2
    assert send_due(bureau) == Sendings(sent=1, failed=1)  # no mail server is set: kept, and tried again
    assert send_due(bureau) == Sendings()
    assert (bureau.settings.home_path / "digests/sample/latest.html").stat().st_size > 10_000
    assert brief_overdue(bureau, grace=timedelta(0)) == []


def test_urgent_stories_are_told_at_once_up_to_the_days_number(bureau: Bureau) -> None:
    eager = subscribed(bureau, mode=Mode.BOTH, alert_score=0.5, alerts_per_day=3, channels=("file",))
    assert alert_now(eager) == ["sample/1"]
    assert alert_now(eager) == []  # the day's number is told
    assert count(eager, digests, digests.c.is_alert) == 1
    assert alert_now(later(eager, timedelta(days=1))) == ["sample/2"]
    assert alert_now(subscribed(bureau, alert_score=0.5)) == []  # digests only


@pytest.mark.parametrize(
    "changes", [{"mode": Mode.IMMEDIATE, "alert_score": 1.1, "alert_origins": 99}, {"press_systems": ("diaspora",)}]
)
def test_what_nobody_is_told_of_is_let_go_too(bureau: Bureau, changes: dict[str, object]) -> None:
    """Or it is looked through again at every alert and digest, more of it every day."""
    choosy = subscribed(bureau, **changes)
    after = later(choosy, timedelta(days=5))
    subscription = choosy.declarations.subscriptions["sample"]
    assert preview_opening(bureau.store, subscription, NOW).stories
    assert (alert_now(choosy), brief_overdue(choosy, grace=timedelta(0))) == ([], [])
    assert preview_opening(bureau.store, subscription, NOW).stories
    assert (alert_now(after), brief_overdue(after, grace=timedelta(0))) == ([], [])
    assert preview_opening(bureau.store, subscription, NOW).stories == ()
    assert count(bureau, digests) == 0


def test_a_defect_that_one_subscription_meets_costs_no_other_its_digest(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = bureau.declarations.subscriptions["sample"]
    both = {"bad": replace(sample, id="bad"), "sample": sample}
    two = replace(bureau, declarations=replace(bureau.declarations, subscriptions=both))
    sync_subscriptions(bureau.store, both, NOW)

    def break_one(store: Store, subscription: Subscription, *others: Any, **named: Any) -> int | None:  # noqa: ANN401 (passed on)
        if subscription.id == "bad":
            raise TypeError("a bug")
        return brief(store, subscription, *others, **named)

    monkeypatch.setattr("flows.telling.brief", break_one)
    with pytest.raises(TypeError):
        brief_overdue(two, grace=timedelta(0))
    assert count(bureau, digests, digests.c.subscription_id == "sample") == 1


def test_a_manual_brief_may_name_topics(bureau: Bureau) -> None:
    declared = bureau.declarations.subscriptions["sample"]
    text = render_text(preview_digest(bureau, narrow_topics(declared, ["north-korea"])))
    assert "North Korea" in text
    assert "Taiwan\n=" not in text
    assert count(bureau, digests) == 0
    with pytest.raises(SettingsError, match="no subscription 'nobody' \\(declared: sample\\)"):
        brief_subscription(bureau, "nobody")


def test_what_is_beyond_the_days_number_of_alerts_is_told_in_the_next_digest(bureau: Bureau) -> None:
    eager = subscribed(bureau, mode=Mode.BOTH, alert_score=0.5, alerts_per_day=2, channels=("file",))
    before = {story.id for story in told_by_preview(eager)}
    assert alert_now(eager) == ["sample/1"]
    assert brief_overdue(eager, grace=timedelta(0)) == ["sample/2"]
    alerted, digested = ({story.id for story in told(eager, number)} for number in (1, 2))
    assert len(alerted) == 2
    assert (alerted | digested, alerted & digested) == (before, set())


def test_alerts_of_quiet_hours_come_together_after_them(bureau: Bureau) -> None:
    local = NOW.astimezone(ZoneInfo("Asia/Seoul"))
    until = (local + timedelta(hours=1)).time()
    quiet = subscribed(bureau, mode=Mode.BOTH, alert_score=0.5, quiet_from=local.time(), quiet_until=until)
    assert alert_now(quiet) == alert_now(later(quiet, timedelta(minutes=59))) == []
    assert alert_now(later(quiet, timedelta(hours=1))) == ["sample/1"]
    assert len(told(quiet, 1)) > 1


def told(bureau: Bureau, number: int) -> tuple[DigestStory, ...]:
    stored = find_digest(bureau.store, "sample", number)
    assert stored
    return digest_from_json(stored.content).stories


def test_a_surge_is_told_at_once_and_brings_a_told_story_back_with_it(bureau: Bureau) -> None:
    patient = subscribed(bureau, mode=Mode.BOTH, alert_score=1.1, alert_origins=99, channels=("file",))
    assert alert_now(patient) == []
    first, second = [story.id for story in told_by_preview(patient) if "taiwan" in story.topic][:2]
    begin_surge(bureau.store, "taiwan", "9 stories in six hours, usually 1", [first], NOW)
    assert alert_now(patient) == ["sample/1"]
    [alerted] = told(patient, 1)
    assert (alerted.id, alerted.surge) == (first, "Taiwan, 9 stories in six hours, usually 1")
    assert brief_overdue(patient, grace=timedelta(0)) == ["sample/2"]
    assert first not in {story.id for story in told(patient, 2)}
    end_surge(bureau.store, "taiwan", NOW)
    begin_surge(bureau.store, "taiwan", "20 stories in six hours, usually 1", [second], NOW + timedelta(hours=1))
    after = later(patient, timedelta(hours=1))
    assert alert_now(after) == ["sample/3"]
    [again] = told(after, 3)
    assert again.id == second
    assert "coverage surges (Taiwan, 20 stories in six hours, usually 1)" in again.change
    assert alert_now(after) == []


def told_by_preview(bureau: Bureau) -> tuple[DigestStory, ...]:
    return preview_digest(bureau, bureau.declarations.subscriptions["sample"]).stories


def test_a_story_that_follows_another_says_so(bureau: Bureau) -> None:
    first, second = [story.id for story in told_by_preview(bureau)][:2]
    with writing(bureau.store) as connection:
        connection.execute(stories.update().where(stories.c.id == second).values(follows=first))
    follows = {story.id: story.follows for story in told_by_preview(bureau)}
    titles = {story.id: story.title for story in told_by_preview(bureau)}
    assert follows[second]
    assert (follows[first], len(titles)) == ("", len(follows))


def test_bars_count_days_that_end_now() -> None:
    times = [
        NOW,
        NOW - timedelta(hours=23),
        NOW - timedelta(hours=25),
        NOW - timedelta(days=14),
        NOW + timedelta(days=1),
    ]
    assert count_days({"taiwan": times}, NOW) == {"taiwan": [0] * 12 + [1, 2]}


def test_a_stopped_subscription_is_told_nothing_until_it_is_resumed(bureau: Bureau) -> None:
    eager = subscribed(bureau, mode=Mode.BOTH, alert_score=0.5)
    assert alert_now(eager) == ["sample/1"]
    assert stop_subscription(bureau.store, "sample", NOW) == 2  # a file and a mail wait
    assert send_due(eager) == Sendings()
    assert list_active(eager) == []
    assert brief_overdue(eager, grace=timedelta(0)) == alert_now(later(eager, timedelta(days=1))) == []
    with pytest.raises(SettingsError, match=r"was stopped at .* digest resume sample"):
        brief_subscription(eager, "sample")
    resume_subscription(bureau.store, "sample", NOW)
    assert [each.id for each in list_active(eager)] == ["sample"]
    assert brief_overdue(later(eager, timedelta(hours=1)), grace=timedelta(0)) == []  # none is made up for
    assert brief_subscription(eager, "sample") == 2


async def test_a_dry_run_leaves_no_trace(bureau: Bureau, read_edition: Edition) -> None:
    feed = next(iter(read_edition.newsroom.edition.feeds))
    before = count(bureau, matches), count(bureau, entries)
    with open_throwaway(bureau.settings) as other:
        figures = await run_round(other, only=(feed,))
    assert figures
    assert figures.feeds == 1
    assert (count(bureau, matches), count(bureau, entries)) == before


async def test_an_unknown_feed_is_refused(bureau: Bureau) -> None:
    with pytest.raises(SettingsError, match="no feed 'nobody'"):
        await run_round(bureau, only=("nobody",))


async def test_without_a_network_feeds_stay_due_and_their_records_clean(bureau: Bureau) -> None:
    with writing(bureau.store) as connection:
        connection.execute(feeds.update().values(next_check_at=NOW, url="http://127.0.0.1:1/", etag=None))
    closed = replace(bureau, settings=bureau.settings.model_copy(update={"allowed_ports": (1,)}))
    with pytest.raises(RoundError, match="seems to have no network"):
        await run_round(closed)
    with reading(bureau.store) as connection:
        rows = connection.execute(sa.select(feeds.c.next_check_at, feeds.c.failures, feeds.c.claimed_until)).all()
    assert {row.next_check_at for row in rows} == {NOW}
    assert sum(row.failures for row in rows) < 1  # the one that failed before


async def test_a_few_dead_feeds_at_the_end_of_a_round_are_no_lack_of_a_network(bureau: Bureau) -> None:
    with writing(bureau.store) as connection:
        connection.execute(feeds.update().values(next_check_at=NOW))
    ports = (*bureau.settings.allowed_ports, 1)
    async with open_round(
        replace(bureau, settings=bureau.settings.model_copy(update={"allowed_ports": ports}))
    ) as round_:
        assert round_
        await poll_batch(round_)
        with writing(bureau.store) as connection:
            connection.execute(feeds.update().values(next_check_at=NOW, url="http://127.0.0.1:1/", etag=None))
        await poll_batch(round_)
    assert round_.figures.failed > round_.figures.feeds / 2 - 1


def test_a_bad_edit_keeps_the_last_good_declarations_and_says_which_line(bureau: Bureau) -> None:
    own = bureau.settings.own_seeds / "subscriptions.toml"
    own.parent.mkdir()
    own.write_text('[subscriptions.night]\ntitle = "Night"\ntopics = ["taiwan"]\nchannels = ["file"]\n')
    with open_bureau(bureau.settings, keeps_last_good=True) as good:
        assert (good.problem, "night" in good.declarations.subscriptions) == (None, True)
    own.write_text(own.read_text().replace('"taiwan"', '"taiwann"'))
    with open_bureau(bureau.settings, keeps_last_good=True) as kept:
        assert "night" in kept.declarations.subscriptions
        assert 'subscriptions.toml:3: [subscriptions.night] topics: there is no topic "taiwann"' in str(kept.problem)
    with pytest.raises(SeedError, match="did you mean"), open_bureau(bureau.settings):
        pass


async def test_a_rounds_artifact_says_what_failed_and_what_was_kept_back(bureau: Bureau) -> None:
    async with open_round(bureau) as round_:
        assert round_
        round_.figures.failures["hanbit"] = "the server answered 503"
        tagged = list_tagged(bureau.store, since_at=NOW - timedelta(days=9), topics=["taiwan"], limit=3)
        text = describe_round(round_, tagged, "subscriptions.toml:3: there is no topic")
    assert "subscriptions.toml:3: there is no topic. The last good version serves on." in text
    assert "- `hanbit`: the server answered 503" in text
    assert text.count("- taiwan ") == 3


async def test_nothing_of_a_page_or_a_server_is_markup_in_a_rounds_artifact(bureau: Bureau) -> None:
    hostile = "<img src=//evil.example/x> *a* `b` [c](http://d.example)"
    one = TaggedItem("taiwan", 0.9, hostile, "https://e.example/a)(b", hostile, "en", NOW)
    async with open_round(bureau) as round_:
        assert round_
        round_.figures.failures["hanbit"] = hostile
        text = describe_round(round_, [one], hostile)
    assert text.count("\\<img src=//evil.example/x\\> \\*a\\* \\`b\\` \\[c\\]") == 4
    assert "](<https://e.example/a)(b>)" in text
