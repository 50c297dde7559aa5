from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from news.articles import DateSource, Quality
from news.reading import PageResult, PageTask, Recorded
from news.sources import Feed, Outlet, Poll
from storage.articles import ask_for_rereads, claim_due_rereads, claim_unread_entries, settle_known_entries
from storage.engine import Store, reading, writing
from storage.feeds import record_polls, sync_feeds
from storage.health import QuickTexts, count_quick_texts
from storage.recording import record_articles
from storage.tables import articles, entries, matches, revisions, sightings
from storage.topics import TopicVersion, sync_topics
from storage.views import tagged_items

LEASE = timedelta(minutes=10)
DAY = datetime(2026, 1, 4, tzinfo=UTC)
Make = Callable[..., PageResult]
Dated = tuple[DateSource, int, bool, float | None]


@pytest.fixture
def task(store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]) -> PageTask:
    """One unread entry, claimed."""
    sync_feeds(store, [outlet], [feed], now)
    sync_topics(store, [TopicVersion("summitry", "Summitry", "v1", {"title": "Summitry"})], now)
    record_polls(store, [make_poll("https://a.example/1")])
    [claimed] = claim_unread_entries(store, now, limit=10, lease_for=LEASE)
    return claimed


def count(store: Store, table: sa.Table) -> int:
    with reading(store) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_an_entry_is_claimed_once_until_its_lease_ends(store: Store, task: PageTask, now: datetime) -> None:
    assert task.attempts == 1
    assert claim_unread_entries(store, now, limit=10, lease_for=LEASE) == []
    [again] = claim_unread_entries(store, now + LEASE, limit=10, lease_for=LEASE)
    assert (again.entry_id, again.attempts) == (task.entry_id, 2)


def test_a_batch_is_spread_over_feeds_the_oldest_of_each_first(
    store: Store, outlet: Outlet, feed: Feed, now: datetime, make_poll: Callable[..., Poll]
) -> None:
    """A hundred pages of one host would wait for its pace while the workers idle."""
    links = {
        name: [f"https://{name}.example/{n}" for n in range(most)]
        for name, most in (("busy", 9), ("calm", 2), ("rare", 1))
    }
    feeds = [replace(feed, id=name, url=f"https://{name}.example/rss") for name in links]
    sync_feeds(store, [outlet], feeds, now)
    record_polls(store, [make_poll(*links[one.id], feed=one) for one in feeds])

    def claim() -> list[str | None]:
        return [task.url for task in claim_unread_entries(store, now, limit=5, lease_for=LEASE)]

    assert claim() == [*links["busy"][:2], *links["calm"], *links["rare"]]
    assert [*claim(), *claim()] == links["busy"][2:]


def test_a_read_page_becomes_an_article_with_its_match(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    assert record_articles(store, [make_result(task)], now) == Recorded(new_articles=1)
    with reading(store) as connection:
        [item] = connection.execute(sa.select(tagged_items)).all()
    assert (item.outlet, item.topic, item.score, item.published_at) == ("Hanbit Daily", "summitry", 0.9, now)
    assert item.evidence["hits"][0]["label"] == "Beijing"


def test_storing_a_page_twice_changes_nothing(store: Store, task: PageTask, now: datetime, make_result: Make) -> None:
    record_articles(store, [make_result(task)], now)
    assert record_articles(store, [make_result(task)], now) == Recorded(known_entries=1)
    assert [count(store, table) for table in (articles, revisions, matches, sightings)] == [1, 1, 1, 1]


def test_a_changed_text_is_a_revision_whose_matches_replace_the_old(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    record_articles(store, [make_result(task, reread_at=now)], now)
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    later = now + timedelta(hours=1)
    assert record_articles(store, [make_result(again, text="They met for four hours.", topic=None)], later) == Recorded(
        revised_articles=1
    )
    with reading(store) as connection:
        assert connection.execute(sa.select(tagged_items)).all() == []
        assert connection.execute(sa.select(articles.c.revised_at)).scalar_one() == later


@pytest.mark.parametrize(("figure", "views", "is_told"), [("15", "1,204", True), ("12", "1,377", False)])
def test_a_corrected_figure_is_a_change_and_a_counter_is_none(
    store: Store, task: PageTask, now: datetime, make_result: Make, figure: str, views: str, is_told: bool
) -> None:
    rest = "Both sides will meet again in the spring, the ministry said in a statement.\n" * 9
    record_articles(store, [make_result(task, text=f"{rest}The flood cost 12 lives.\nViews 1,204", reread_at=now)], now)
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    text = f"{rest}The flood cost {figure} lives.\nViews {views}"
    assert record_articles(store, [make_result(again, text=text)], now) == Recorded(revised_articles=1)
    with reading(store) as connection:
        assert connection.execute(sa.select(articles.c.revised_at)).scalar_one() == (now if is_told else None)


def test_a_text_that_grows_little_by_little_is_told_once_it_has_grown_by_a_quarter(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    told = []
    for hour, lines in enumerate((40, 46, 52, 58)):
        text = "\n".join(f"The envoys said {number} to all of that." for number in range(lines))
        at = now + timedelta(hours=hour)
        record_articles(store, [make_result(task, text=text)], at)
        with reading(store) as connection:
            told.append(connection.execute(sa.select(articles.c.revised_at)).scalar_one())
    assert told == [None, None, at - timedelta(hours=1), at - timedelta(hours=1)]


def test_a_worse_reading_never_replaces_a_better_one(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    record_articles(store, [make_result(task)], now)
    record_articles(store, [make_result(task, text="Short.", quality=Quality.FEED)], now)
    assert count(store, revisions) == 1


def test_a_better_reading_replaces_a_worse_one_and_is_no_change(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    record_articles(store, [make_result(task, quality=Quality.QUICK, topic=None)], now)
    assert count_quick_texts(store) == QuickTexts(articles=1, left=1)
    assert ask_for_rereads(store, [1], now) == 1
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    assert record_articles(store, [make_result(again)], now) == Recorded(improved_articles=1)
    with reading(store) as connection:
        row = connection.execute(sa.select(articles)).one()
        assert connection.execute(sa.select(matches.c.is_silent)).scalar_one() is False
    assert (row.quality, row.revised_at, row.revision_count) == ("careful", None, 2)
    assert count_quick_texts(store) == QuickTexts(articles=0, left=0)


def test_a_careful_text_takes_the_place_of_a_quick_one_though_it_be_cut_off(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    """All lines of the page are in the quick one, so that it tells nothing of the article's end."""
    record_articles(store, [make_result(task, quality=Quality.QUICK, topic=None, reread_at=now)], now)
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    teaser = make_result(again, text="They met.", partial=True)
    assert record_articles(store, [teaser], now) == Recorded(improved_articles=1)


@pytest.mark.parametrize("quality", [Quality.FEED, Quality.CAREFUL])
def test_a_page_that_was_locked_keeps_its_whole_text_and_its_matches(
    store: Store, task: PageTask, now: datetime, make_result: Make, quality: Quality
) -> None:
    record_articles(store, [make_result(task, quality=quality, reread_at=now)], now)
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    locked = make_result(again, text="They met.", topic=None, partial=True)
    assert record_articles(store, [locked], now) == Recorded(known_entries=1)
    with reading(store) as connection:
        row = connection.execute(sa.select(articles)).one()
        assert connection.execute(sa.select(matches.c.is_current)).scalar_one() is True
    assert (row.quality, row.partial, row.revised_at, row.revision_count) == (quality, False, None, 1)


def test_a_locked_page_that_says_more_than_before_is_a_revision(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    record_articles(store, [make_result(task, text="They met.")], now)
    longer = make_result(task, text="They met for two hours, and talked of trade.", partial=True)
    assert record_articles(store, [longer], now) == Recorded(revised_articles=1)


def test_a_whole_text_after_a_teaser_is_a_better_reading_and_no_change(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    whole = "They met for two hours, and talked of trade.\nBoth sides will meet again in the spring."
    record_articles(store, [make_result(task, text="They met.", topic=None, partial=True, reread_at=now)], now)
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    assert record_articles(store, [make_result(again, text=whole)], now) == Recorded(improved_articles=1)
    with reading(store) as connection:
        row = connection.execute(sa.select(articles)).one()
        assert connection.execute(sa.select(matches.c.is_silent)).scalar_one() is False
    assert (row.partial, row.revised_at, row.revision_count) == (False, None, 2)
    record_articles(store, [make_result(again, text=f"{whole}\nMore follows.")], now)
    with reading(store) as connection:
        assert connection.execute(sa.select(articles.c.revised_at)).scalar_one() is None


def test_what_is_read_carefully_when_it_is_no_news_any_more_is_not_told(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    record_articles(store, [make_result(task, quality=Quality.QUICK, topic=None)], now)
    ask_for_rereads(store, [1], now)
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    record_articles(store, [make_result(again)], now + timedelta(days=6))
    with reading(store) as connection:
        assert connection.execute(sa.select(matches.c.is_silent)).scalar_one() is True


def test_a_match_that_takes_the_place_of_a_silent_one_is_silent(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    record_articles(store, [make_result(task, reread_at=now)], now)
    with writing(store) as connection:
        connection.execute(matches.update().values(is_silent=True))
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    record_articles(store, [make_result(again, text="They met for four hours.")], now)
    with reading(store) as connection:
        assert connection.scalars(sa.select(matches.c.is_silent)).all() == [True, True]


@pytest.mark.parametrize(
    ("known", "new", "stays"),
    [
        ((DateSource.FIRST_SEEN, 9, False, 0.2), (DateSource.URL, 0, True, 0.95), False),
        ((DateSource.META, 9, False, 0.93), (DateSource.META, 8, False, 0.93), True),
        ((DateSource.META, 9, False, 0.93), (DateSource.JSON_LD, 8, False, 0.98), False),
        ((DateSource.META, 9, False, 0.93), (DateSource.URL, 0, True, 0.95), True),
        ((DateSource.URL, 0, True, 0.95), (DateSource.PAGE, 9, False, 0.94), False),
        ((DateSource.URL, 0, True, 0.95), (DateSource.PAGE, 30, False, 0.94), True),
        ((DateSource.META, 9, False, None), (DateSource.JSON_LD, 8, False, 0.98), True),
    ],
)
def test_the_first_date_stays_unless_the_new_one_is_better(
    store: Store, task: PageTask, now: datetime, make_result: Make, known: Dated, new: Dated, stays: bool
) -> None:
    """As source, hours after the day's beginning, whether it is the day alone, and confidence."""

    def date(result: PageResult, dated: Dated) -> PageResult:
        source, hours, date_only, confidence = dated
        assert result.article
        article = replace(result.article, published_from=source, published_at=DAY + timedelta(hours=hours))
        return replace(result, article=replace(article, date_only=date_only, date_confidence=confidence or 1.0))

    record_articles(store, [date(make_result(task, quality=Quality.FEED, reread_at=now), known)], now)
    if known[-1] is None:
        with writing(store) as connection:
            connection.execute(articles.update().values(date_confidence=None))
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    record_articles(store, [date(make_result(again), new)], now)
    with reading(store) as connection:
        row = connection.execute(sa.select(articles)).one()
    source, hours, date_only, confidence = known if stays else new
    dated = (row.published_from, row.published_at, row.is_date_only, row.date_confidence)
    assert dated == (source, DAY + timedelta(hours=hours), date_only, confidence)


def test_a_page_known_under_another_link_is_a_sighting(
    store: Store, task: PageTask, now: datetime, make_result: Make, make_poll: Callable[..., Poll]
) -> None:
    record_articles(store, [make_result(task)], now)
    record_polls(store, [make_poll("https://a.example/1?utm_source=rss")])
    assert settle_known_entries(store, now) == 1
    assert (count(store, articles), count(store, sightings)) == (1, 2)
    assert claim_unread_entries(store, now + LEASE, limit=10, lease_for=LEASE) == []


@pytest.mark.usefixtures("task")
def test_two_entries_of_one_page_are_fetched_once(store: Store, now: datetime, make_poll: Callable[..., Poll]) -> None:
    record_polls(store, [make_poll("https://a.example/2", "https://a.example/2?utm_medium=x")])
    assert len(claim_unread_entries(store, now, limit=10, lease_for=LEASE)) == 1


def test_backlog_of_a_first_poll_is_stored_silently(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    record_articles(store, [make_result(task, published_at=now - timedelta(days=2))], now)
    with reading(store) as connection:
        assert connection.execute(sa.select(matches.c.is_silent)).scalar_one() is True


@pytest.mark.parametrize(("is_counted", "attempts"), [(True, 2), (False, 1)])
def test_what_was_no_attempt_is_not_counted(
    store: Store, task: PageTask, now: datetime, is_counted: bool, attempts: int
) -> None:
    waiting = PageResult(task, reason="no turn at its host", retry_at=now, is_counted=is_counted)
    record_articles(store, [waiting], now)
    [again] = claim_unread_entries(store, now, limit=10, lease_for=LEASE)
    assert again.attempts == attempts


@pytest.mark.parametrize(("is_counted", "attempts"), [(True, 2), (False, 1)])
def test_looks_in_vain_are_counted_until_the_page_is_had_or_given_up(
    store: Store, task: PageTask, now: datetime, make_result: Make, is_counted: bool, attempts: int
) -> None:
    def look() -> PageTask:
        [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
        return again

    record_articles(store, [make_result(task, reread_at=now)], now)
    vain = PageResult(look(), reason="503", retry_at=now, is_counted=is_counted)
    assert record_articles(store, [vain], now) == Recorded(postponed_entries=1)
    again = look()
    assert again.attempts == attempts
    record_articles(store, [PageResult(again, reason="403", reread_at=now)], now)
    again = look()
    assert again.attempts == 1
    record_articles(store, [make_result(again, reread_at=now)], now)
    assert look().attempts == 1


def test_a_failed_page_waits_for_its_next_attempt_and_a_refused_one_says_why(
    store: Store, task: PageTask, now: datetime
) -> None:
    soon = now + timedelta(minutes=5)
    assert record_articles(store, [PageResult(task, reason="timed out", retry_at=soon)], now) == Recorded(
        postponed_entries=1
    )
    assert claim_unread_entries(store, now, limit=10, lease_for=LEASE) == []
    assert len(claim_unread_entries(store, soon, limit=10, lease_for=LEASE)) == 1
    assert record_articles(store, [PageResult(task, reason="no link and no text")], now) == Recorded(refused_entries=1)
    with reading(store) as connection:
        assert connection.execute(sa.select(entries.c.state, entries.c.reason)).one() == (
            "refused",
            "no link and no text",
        )


def test_a_removed_page_is_noted(store: Store, task: PageTask, now: datetime, make_result: Make) -> None:
    record_articles(store, [make_result(task, reread_at=now)], now)
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    assert record_articles(store, [PageResult(again, reason="404", gone=True)], now) == Recorded(removed_articles=1)
    with reading(store) as connection:
        assert connection.execute(sa.select(articles.c.removed_at)).scalar_one() == now


def test_a_removed_page_is_looked_at_again_and_may_come_back(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    record_articles(store, [make_result(task, reread_at=now)], now)
    for counted in (
        Recorded(removed_articles=1),
        Recorded(postponed_entries=1),
    ):  # removed once, however often it is seen
        [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
        assert record_articles(store, [PageResult(again, reason="404", gone=True, reread_at=now)], now) == counted
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    record_articles(store, [make_result(again)], now)
    with reading(store) as connection:
        assert connection.execute(sa.select(articles.c.removed_at)).scalar_one() is None


def test_a_page_is_read_again_where_it_was_announced(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    """Its canonical link may lead nowhere."""
    read = make_result(task, reread_at=now)
    assert read.article
    known_url = "https://a.example/canonical"
    record_articles(store, [replace(read, article=replace(read.article, url=known_url))], now)
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    assert (again.url, again.known_url) == (task.url, known_url)


def test_a_page_is_read_again_with_the_language_of_its_feed(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    """With the article's own, a page in another language than its feed would lose the note that says so."""
    with writing(store) as connection:
        connection.execute(entries.update().values(language="ko"))
    record_articles(store, [make_result(task, reread_at=now)], now)  # which is in English
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    assert again.language == "ko"


def test_a_page_that_was_never_there_is_not_removed(
    store: Store, task: PageTask, now: datetime, make_result: Make
) -> None:
    record_articles(store, [make_result(task, quality=Quality.FEED, reread_at=now)], now)
    [again] = claim_due_rereads(store, now, limit=5, lease_for=LEASE)
    assert record_articles(store, [PageResult(again, reason="404", gone=True)], now) == Recorded(postponed_entries=1)
    with reading(store) as connection:
        assert connection.execute(sa.select(articles.c.removed_at)).scalar_one() is None
