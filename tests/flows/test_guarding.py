"""What is noticed when rounds fail, and how often it is told to the operator through the channels."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from digests.stored import digest_from_json
from flows.rounds import open_round
from flows.steps.delivering import Sendings
from flows.steps.guarding import Change, Lookout, be_patient, complain_of_rounds, judge_rounds, look_again
from flows.telling import count_due, keep_lookout, send_due, warn_operator
from flows.wiring import Bureau
from storage.deliveries import list_deliveries
from storage.digests import Composed, store_digest
from storage.engine import Store, insert_new, reading, writing
from storage.metrics import measure_store
from storage.rounds import RoundsSeen, begin_round
from storage.tables import digests, rounds, subscriptions
from storage.vigils import Vigil
from tests.flows.noted_rounds import EVERY, HOUR, MINUTE, NOW, at, look_on, note_round


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
