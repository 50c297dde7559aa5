"""What is noticed when rounds fail or digests get nowhere, and whom it is told to, how often."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from digests.stored import digest_from_json
from flows.exposition import expose
from flows.heartbeat import beat, beat_after_round, beating_unless_open, fail_url
from flows.observing import answer, observing
from flows.rounds import open_round
from flows.settings import Settings
from flows.steps.delivering import Sendings
from flows.steps.guarding import Change, Lookout, be_patient, complain_of_rounds, guard_rounds, judge_rounds, look_again
from flows.telling import count_due, keep_lookout, send_due, warn_operator
from flows.wiring import Bureau, open_bureau
from news.errors import SettingsError, StorageError
from seeds.declarations import Declarations
from storage.deliveries import claim_deliveries, list_deliveries, mark_failed, resend_digest
from storage.digests import Composed, store_digest
from storage.engine import Store, insert_new, open_store, reading, writing
from storage.metrics import measure_store
from storage.rounds import RoundsSeen, begin_round, end_round
from storage.tables import digests, rounds, subscriptions
from storage.vigils import Vigil
from tests.servers import Answer, free_port, serve_http

NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EVERY = 5 * MINUTE
NOTHING = Declarations({}, {}, {}, {}, {}, {}, "none")


@pytest.fixture
def bureau(store: Store, tmp_path: Path) -> Bureau:
    settings = Settings.model_validate({"home": tmp_path, "warn_channels": "file", "seeds": tmp_path})
    return Bureau(settings, store, NOTHING, now=lambda: NOW)


def at(bureau: Bureau, moment: datetime, **settings: object) -> Bureau:
    return replace(bureau, now=lambda: moment, settings=Settings.model_validate(dict(bureau.settings) | settings))


def note_round(store: Store, began_at: datetime, complaint: str = "") -> None:
    begun = begin_round(store, began_at)
    assert begun
    end_round(store, begun, began_at + MINUTE, {}, complaint)


def look_on(store: Store, begin: datetime, end: datetime, complaint: str | None) -> list[datetime]:
    """Look after every round that ends so (None: there is none); return when there was a message."""
    told = []
    moment = begin
    while moment < end:
        if complaint is not None:
            note_round(store, moment, complaint)
        moment += EVERY
        if guard_rounds(store, lambda: ["file", "slack"], moment, zone="UTC", interval=EVERY):
            told.append(moment)
    return told


def test_a_warning_comes_once_and_its_end_once(store: Store) -> None:
    assert look_on(store, NOW, NOW + 2 * HOUR, "") == []
    good_at = NOW + 2 * HOUR - EVERY
    [warned_at] = look_on(store, NOW + 2 * HOUR, NOW + 12 * HOUR, "No source could be reached.")
    assert HOUR < warned_at - good_at <= HOUR + 2 * EVERY
    note_round(store, NOW + 12 * HOUR)  # one good round among failing ones ends nothing
    assert look_on(store, NOW + 12 * HOUR + EVERY, NOW + 15 * HOUR, "the network is gone") == []
    [well_at] = look_on(store, NOW + 15 * HOUR, NOW + 18 * HOUR, "")
    assert well_at - (NOW + 15 * HOUR) <= 3 * EVERY
    with reading(store) as connection:
        stored = connection.scalars(sa.select(digests.c.content).order_by(digests.c.number)).all()
    first, second = map(digest_from_json, stored)
    assert "No source could be reached. `./dateline doctor`" in first.opening
    assert "reads the news again" in second.title
    assert {(one.channel, one.digest.number) for one in list_deliveries(store)} == {
        (channel, number) for channel in ("file", "slack") for number in (1, 2)
    }


def test_rounds_that_are_not_run_at_all_are_a_warning_too(store: Store) -> None:
    assert len(look_on(store, NOW, NOW + 3 * HOUR, None)) == 1


def test_a_machine_that_was_off_gets_its_time_again(store: Store) -> None:
    look_on(store, NOW, NOW + HOUR, "")
    assert look_on(store, NOW + 24 * HOUR, NOW + 25 * HOUR, "no network yet") == []
    assert len(look_on(store, NOW + 25 * HOUR, NOW + 26 * HOUR, "no network yet")) == 1


@given(st.lists(st.booleans(), max_size=60), st.sampled_from([1, 5, 60]))
def test_warnings_and_their_ends_alternate_whatever_happens(good: list[bool], minutes: int) -> None:
    """However rounds come and go, there is never a second warning before the end of the first."""
    interval = timedelta(minutes=minutes)
    vigil, good_at = Vigil(NOW, NOW), None
    complaints: list[str] = []
    changes: list[Change] = []
    for number, is_good in enumerate(good):
        now = NOW + (number + 1) * 10 * MINUTE
        good_at = now if is_good else good_at
        complaints = ["" if is_good else "lost", *complaints][:3]
        vigil, change = judge_rounds(vigil, RoundsSeen(good_at, tuple(complaints)), now, patience=be_patient(interval))
        changes += [change] if change else []
    assert changes == [Change.FAILING, Change.WELL_AGAIN] * (len(changes) // 2) + [Change.FAILING] * (len(changes) % 2)


def test_a_warning_is_delivered_by_the_channels(bureau: Bureau) -> None:
    assert warn_operator(bureau) is False
    for minute in range(1, 70, 5):
        now = at(bureau, NOW + minute * MINUTE)
        if warn_operator(now):
            assert send_due(now) == Sendings(sent=1)
    pages = list(bureau.settings.home_path.glob("digests/**/*.html"))
    assert any("rounds do not succeed" in page.read_text() for page in pages)


async def test_a_round_that_dies_notes_why(bureau: Bureau) -> None:
    with pytest.raises(RuntimeError):
        async with open_round(bureau):
            raise RuntimeError("a bug")
    async with open_round(bureau):
        pass
    with reading(bureau.store) as connection:
        assert connection.scalars(sa.select(rounds.c.complaint).order_by(rounds.c.id)).all() == ["a bug", ""]


@pytest.fixture
def watcher() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What stands at the other end of a heartbeat, and what it got."""
    got: list[tuple[str, str]] = []

    def take(path: str, body: bytes) -> Answer:
        got.append((path, body.decode()))
        return 200, {}, b"OK"

    with serve_http(take) as origin:
        yield f"{origin}/ping/5eCreT?rid=1", got


async def test_the_heart_beats_after_good_rounds_and_fails_with_the_reason(
    bureau: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    beating = at(bureau, NOW, heartbeat_url=url)
    async with open_round(beating):
        pass
    with pytest.raises(RuntimeError):
        async with open_round(beating):
            raise RuntimeError("a bug")
    assert got == [("/ping/5eCreT?rid=1", ""), ("/ping/5eCreT/fail?rid=1", "a bug")]


def test_the_heart_beats_after_a_delivery_and_not_when_nobody_gets_a_digest(
    bureau: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    look_on(bureau.store, NOW, NOW + 90 * MINUTE, None)
    later = at(bureau, NOW + 4 * HOUR, heartbeat_url=url)
    send_due(later)  # to the file; Slack has no address
    assert got == []
    beat_after_round(later, "")
    [(path, reason)] = got
    assert path.endswith("/fail?rid=1")
    assert "operator/1 did not reach slack" in reason


def test_a_delivery_is_a_heartbeat_only_while_rounds_succeed(
    bureau: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    beating = at(bureau, NOW, heartbeat_url=url)
    for minute in range(0, 70, 5):
        note_round(bureau.store, NOW + minute * MINUTE, "No source could be reached.")
        warn_operator(at(bureau, NOW + minute * MINUTE))
    assert send_due(at(beating, NOW + 2 * HOUR)) == Sendings(sent=1)  # the warning
    assert got == []
    note_round(bureau.store, NOW + 2 * HOUR)
    resend_digest(bureau.store, 1, NOW + 2 * HOUR)
    send_due(at(beating, NOW + 2 * HOUR))
    assert got == [("/ping/5eCreT?rid=1", "")]
    note_round(bureau.store, NOW + 2 * HOUR + 5 * MINUTE, "a bug")  # which the round itself told at once
    resend_digest(bureau.store, 1, NOW + 2 * HOUR)
    send_due(at(beating, NOW + 2 * HOUR + 6 * MINUTE))
    assert len(got) == 1


@pytest.mark.parametrize("answered", [500, 404, 302])
def test_a_heartbeat_that_fails_is_a_log_line_without_the_address(
    bureau: Bureau, answered: int, caplog: pytest.LogCaptureFixture
) -> None:
    with serve_http(lambda *_: (answered, {}, b"")) as origin:
        beat(at(bureau, NOW, heartbeat_url=f"{origin}/5eCreT").settings, NOW)
    beat(at(bureau, NOW, heartbeat_url=f"http://127.0.0.1:{free_port()}/5eCreT").settings, NOW)
    assert caplog.text.count("No heartbeat") == 2
    assert "5eCreT" not in caplog.text
    assert "DATELINE_HEARTBEAT_URL" in caplog.text


def test_where_failures_are_reported() -> None:
    assert fail_url("https://hc.example/uuid/") == "https://hc.example/uuid/fail"
    assert fail_url("https://kuma.example/api/push/k?status=up") == "https://kuma.example/api/push/k/fail?status=up"


def test_what_prometheus_reads(store: Store) -> None:
    note_round(store, NOW - HOUR)
    note_round(store, NOW - MINUTE, "lost")
    text = expose(measure_store(store, NOW)).decode()
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["dateline_good_round_age_seconds",] == 3600
    assert samples["dateline_round_age_seconds",] == 60
    assert samples["dateline_refreshes_last_day", "failed"] == 0
    assert samples["dateline_deliveries", "pending"] == 0
    assert all(name.startswith("dateline_") for name, *_ in samples)
    assert text.count("# HELP") == text.count("# TYPE") >= 15


def test_health_follows_rounds_and_deliveries(bureau: Bureau) -> None:
    assert answer(bureau, "/health")[0] is HTTPStatus.OK
    note_round(bureau.store, NOW)
    assert answer(at(bureau, NOW + HOUR), "/health")[0] is HTTPStatus.OK
    status, _, body = answer(at(bureau, NOW + 2 * HOUR), "/health")
    assert (status, b"No round has succeeded since 2026-01-05 07:00 UTC" in body) == (503, True)
    note_round(bureau.store, NOW + 2 * HOUR)
    look_on(bureau.store, NOW + 3 * HOUR, NOW + 5 * HOUR, None)
    for waiting in claim_deliveries(bureau.store, NOW + 5 * HOUR, limit=5, lease_for=HOUR):
        mark_failed(bureau.store, waiting, "no such room", retry_at=None)
    assert b"did not reach slack: no such room" in answer(at(bureau, NOW + 5 * HOUR), "/health")[2]


def test_a_digest_that_nobody_ever_tried_to_send_is_told_after_two_hours(
    bureau: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    [warned_at] = look_on(bureau.store, NOW, NOW + 2 * HOUR, None)
    note_round(bureau.store, warned_at + 2 * HOUR)
    in_time, late = (at(bureau, warned_at + after, heartbeat_url=url) for after in (2 * HOUR, 2 * HOUR + MINUTE))
    assert answer(in_time, "/health")[0] is HTTPStatus.OK
    status, _, body = answer(late, "/health")
    said = "Digest operator/1 did not reach slack: not tried; does the flow `deliver` run?"
    assert (status, said.encode() in body) == (HTTPStatus.SERVICE_UNAVAILABLE, True)
    beat_after_round(in_time, "")
    beat_after_round(late, "")
    assert got == [("/ping/5eCreT?rid=1", ""), ("/ping/5eCreT/fail?rid=1", said)]
    claim_deliveries(bureau.store, warned_at, limit=5, lease_for=MINUTE)  # by a process that was killed
    assert b"no attempt has come to its end" in answer(late, "/health")[2]


def test_rounds_that_begin_and_never_end_are_unhealthy(bureau: Bureau) -> None:
    for minute in range(0, 61, 5):
        assert begin_round(bureau.store, NOW + minute * MINUTE)
    assert answer(at(bureau, NOW + HOUR), "/health")[0] is HTTPStatus.OK
    status, _, body = answer(at(bureau, NOW + HOUR + MINUTE), "/health")
    assert (status, b"No round has succeeded yet. None has come to its end" in body) == (503, True)
    note_round(bureau.store, NOW + HOUR)  # what was killed before is made up for
    assert answer(at(bureau, NOW + HOUR + MINUTE), "/health")[0] is HTTPStatus.OK


def test_where_no_round_ever_begins_it_is_unhealthy_as_soon_as_the_check_warns(bureau: Bureau) -> None:
    look_on(bureau.store, NOW, NOW + HOUR, None)
    assert answer(at(bureau, NOW + HOUR), "/health")[0] is HTTPStatus.OK
    [warned_at] = look_on(bureau.store, NOW + HOUR, NOW + 70 * MINUTE, None)
    said = "No round has succeeded yet. None has begun; does `serve` or a worker run?"
    for later in (MINUTE, 24 * HOUR):  # also where the machine was off meanwhile
        status, _, body = answer(at(bureau, warned_at + later), "/health")
        assert (status, said.encode() in body) == (HTTPStatus.SERVICE_UNAVAILABLE, True)
        warn_operator(at(bureau, warned_at + later))
    [warning, _] = list_deliveries(bureau.store)
    assert said in digest_from_json(warning.digest.content).opening
    note_round(bureau.store, warned_at + 24 * HOUR)
    assert complain_of_rounds(bureau.store, warned_at + 24 * HOUR, interval=EVERY) == ""


def test_a_warning_tells_rounds_that_do_not_begin_from_such_that_do_not_end(store: Store) -> None:
    note_round(store, NOW - EVERY, "lost")
    note_round(store, NOW)
    assert complain_of_rounds(store, NOW + 2 * HOUR, interval=EVERY).endswith(
        "None has begun since; does `serve` or a worker run?"
    )
    begin_round(store, NOW + HOUR)
    assert "None has come to its end since" in complain_of_rounds(store, NOW + 2 * HOUR, interval=EVERY)
    note_round(store, NOW + HOUR, "lost again.")
    assert complain_of_rounds(store, NOW + 2 * HOUR, interval=EVERY).endswith("The latest said: lost again.")


def test_a_clock_that_was_ahead_neither_hides_nor_makes_an_outage(bureau: Bureau) -> None:
    """Good rounds are noted nine hours ahead; the clock is set back, and from then on none succeeds."""
    for minute in range(0, 60, 5):
        note_round(bureau.store, NOW + 9 * HOUR + minute * MINUTE)
        assert not warn_operator(at(bureau, NOW + 9 * HOUR + minute * MINUTE))
    told = []
    for minute in range(60, 180, 5):
        note_round(bureau.store, NOW + minute * MINUTE, "lost")
        told += [minute] if warn_operator(at(bureau, NOW + minute * MINUTE)) else []
    assert told == [125]
    assert measure_store(bureau.store, NOW + 3 * HOUR).round_age == 5 * 60
    for minute in range(180, 200, 5):
        note_round(bureau.store, NOW + minute * MINUTE)
    assert warn_operator(at(bureau, NOW + 200 * MINUTE))
    assert complain_of_rounds(bureau.store, NOW + 200 * MINUTE, interval=EVERY) == ""


async def test_the_first_round_after_the_clock_was_set_back_makes_due_what_was_planned(
    bureau: Bureau, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_round(at(bureau, NOW + 9 * HOUR)):
        note_message(bureau.store, NOW + 9 * HOUR)
    assert count_due(at(bureau, NOW)) == 0
    async with open_round(at(bureau, NOW), is_scheduled=True) as opened:
        assert opened is not None
    assert count_due(at(bureau, NOW)) == 1
    assert "The clock was ahead by 9:00:00" in caplog.text


def note_message(store: Store, moment: datetime) -> None:
    """Put a message into the ledger."""
    with writing(store) as connection:
        insert_new(connection, subscriptions, [{"id": "morning", "since_at": moment, "is_declared": True}])
        store_digest(connection, "morning", 1, Composed("{}", ("file",), {}), moment)


def test_it_answers_on_loopback_and_says_who_holds_the_port(bureau: Bureau) -> None:
    port = free_port()
    serving = at(bureau, NOW, metrics_port=port)
    with observing(serving):
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics")
        assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "dateline_feeds 0.0" in metrics.text
        assert httpx.get(f"http://127.0.0.1:{port}/health").json() == {"status": "ok", "complaints": []}
        assert httpx.head(f"http://127.0.0.1:{port}/health").status_code == HTTPStatus.OK
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == HTTPStatus.NOT_FOUND
        with pytest.raises(SettingsError, match=f"DATELINE_METRICS_PORT {port} cannot be used"), observing(serving):
            pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")


@pytest.fixture
def lost(bureau: Bureau, tmp_path: Path) -> Bureau:
    """The same where the database is out of reach."""
    return replace(bureau, store=open_store(f"sqlite:///{tmp_path / 'missing' / 'dateline.db'}"))


def test_a_database_that_is_gone_is_an_answer(lost: Bureau) -> None:
    for path in ("/health", "/metrics"):
        status, _, body = answer(lost, path)
        assert (status, b"cannot be used" in body) == (HTTPStatus.SERVICE_UNAVAILABLE, True)


def keep_looking(
    lookout: Lookout | None, begin: datetime, end: datetime, find: Callable[[datetime], Bureau]
) -> Lookout:
    """Look every ten minutes, at the bureau that is found at each moment; return what is remembered at the end."""
    lookout, moment = look_again(lookout, begin), begin
    while moment < end:
        lookout = keep_lookout(at(find(moment), moment), look_again(lookout, moment))
        moment += 10 * MINUTE
    return lookout


def test_a_database_that_is_away_again_and_again_does_not_count_as_sleep(bureau: Bureau, lost: Bureau) -> None:
    keep_looking(None, NOW, NOW + 3 * HOUR, lambda now: lost if (now - NOW) % (50 * MINUTE) < 20 * MINUTE else bureau)
    [told] = list_deliveries(bureau.store)
    assert "rounds do not succeed" in digest_from_json(told.digest.content).title


def test_a_database_that_stays_away_is_told_straight_to_the_channels_once(
    bureau: Bureau, lost: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    page = bureau.settings.home_path / "digests/operator/0.txt"
    lookout = keep_looking(None, NOW, NOW + HOUR + 10 * MINUTE, lambda _: at(lost, NOW, heartbeat_url=url))
    assert (page.exists(), got) == (False, [])
    lookout = keep_looking(
        lookout, NOW + HOUR + 10 * MINUTE, NOW + 3 * HOUR, lambda _: at(lost, NOW, heartbeat_url=url)
    )
    assert "has not answered since 2026-01-05 07:00 UTC" in " ".join(page.read_text().split())
    [(path, reason)] = got
    assert (path, "cannot be used" in reason) == ("/ping/5eCreT/fail?rid=1", True)
    lookout = keep_looking(lookout, NOW + 3 * HOUR, NOW + 4 * HOUR, lambda _: bureau)
    assert list_deliveries(bureau.store) == []  # the operator knows; there is only its end to tell
    for minutes in (0, 5, 10):
        note_round(bureau.store, NOW + 4 * HOUR + minutes * MINUTE)
    keep_looking(lookout, NOW + 4 * HOUR + 15 * MINUTE, NOW + 5 * HOUR, lambda _: bureau)
    assert [digest_from_json(one.digest.content).title for one in list_deliveries(bureau.store)] == [
        "Dateline reads the news again"
    ]


def test_a_warning_that_no_channel_took_is_tried_again(lost: Bureau) -> None:
    nowhere = at(lost, NOW, warn_channels="slack")
    assert keep_looking(None, NOW, NOW + 2 * HOUR, lambda _: nowhere).warned_at is None


async def test_a_round_that_cannot_begin_tells_the_watcher(
    lost: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    beating = at(lost, NOW, heartbeat_url=url, database_url=str(lost.store.url))
    with pytest.raises(StorageError):
        async with open_round(beating):
            pass
    with pytest.raises(StorageError), beating_unless_open(open_bureau(beating.settings), beating.settings, NOW):
        pass
    assert [(path, "cannot be used" in reason) for path, reason in got] == [("/ping/5eCreT/fail?rid=1", True)] * 2
