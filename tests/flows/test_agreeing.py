"""Machines that declare different things are noticed; those that declare the same, or were edited, are not."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from cli.checkup import judge_agreement
from cli.findings import Grade
from flows.brief import brief
from flows.rounds import open_round
from flows.settings import Settings
from flows.steps.agreeing import complain_of_declarations, count_returns
from flows.telling import send_due, warn_operator
from flows.wiring import Bureau, open_bureau, sync_declarations
from news.errors import SettingsError
from storage.engine import Store, reading
from storage.rounds import begin_round
from storage.subscriptions import list_last_due
from storage.tables import deliveries, rounds, vigils

NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ADA = "[subscriptions.ada]\ntitle = 'Ada'\ntopics = ['taiwan']\nchannels = ['file']\n"


@pytest.fixture
def machines(store_url: str, tmp_path: Path) -> Iterator[list[Bureau]]:
    """Two machines with a database between them; only the first one's home declares `ada`."""
    (tmp_path / "w1" / "seeds").mkdir(parents=True)
    (tmp_path / "w1" / "seeds" / "subscriptions.toml").write_text(ADA)
    with ExitStack() as stack:
        yield [stack.enter_context(open_bureau(_settings(store_url, tmp_path / home))) for home in ("w1", "w2")]


def _settings(store_url: str, home: Path) -> Settings:
    return Settings.model_validate({"database_url": store_url, "home": home})


async def hold_round(bureau: Bureau, minute: int) -> str:
    """Hold a round; return what it complains of."""
    async with open_round(replace(bureau, now=lambda: NOW + minute * MINUTE)) as round_:
        assert round_
    return round_.figures.complain() or ""


async def test_rounds_that_undo_each_others_declarations_say_so_and_so_does_the_doctor(machines: list[Bureau]) -> None:
    rich, poor = machines
    said = [await hold_round(machines[number % 2], 5 * number) for number in range(4)]
    assert said[:3] == ["", "", ""]  # an edit that was taken back looks the same until then
    assert f"{rich.declarations.version[:8]} in " in said[3]
    assert str(rich.settings.home_path) in said[3]
    assert str(poor.settings.home_path) in said[3]
    assert "Give every machine the same seeds" in said[3]
    with reading(rich.store) as connection:
        assert connection.scalars(sa.select(rounds.c.complaint).order_by(rounds.c.id)).all() == said
    finding = judge_agreement(complain_of_declarations(rich.store, NOW + HOUR))
    assert finding.grade is Grade.WRONG
    assert finding.text == said[3]
    assert judge_agreement(complain_of_declarations(rich.store, NOW + 7 * HOUR)).grade is Grade.GOOD


def test_an_edit_and_its_end_are_no_difference() -> None:
    assert [count_returns(declared) for declared in ("", "a", "aab", "abcd", "aabba", "abab", "abcabc")] == [
        *(0, 0, 0, 0, 1),
        *(2, 3),
    ]


def test_rounds_of_an_older_version_say_nothing_of_their_declarations(store: Store) -> None:
    for minute in range(4):
        begin_round(store, NOW + minute * MINUTE)
    assert complain_of_declarations(store, NOW + HOUR) == ""


async def test_a_digest_that_a_poorer_machine_cannot_compose_leaves_the_subscription_declared(
    machines: list[Bureau], monkeypatch: pytest.MonkeyPatch
) -> None:
    rich, poor = machines
    sync_declarations(replace(rich, now=lambda: NOW))
    monkeypatch.setattr("flows.brief.read_settings", lambda: poor.settings)
    with pytest.raises(SettingsError, match="the same on every machine"):
        await brief.fn("ada")
    assert set(list_last_due(rich.store, NOW)) == {"ada"}


def test_a_warning_that_nobody_here_can_be_told_is_left_to_who_can(machines: list[Bureau]) -> None:
    rich, poor = machines
    for minute in range(0, 70, 5):
        assert warn_operator(replace(poor, now=lambda at=NOW + minute * MINUTE: at)) is False  # type: ignore[misc]
    with reading(rich.store) as connection:
        assert connection.scalars(sa.select(vigils.c.warned_at).distinct()).all() == [None]
        assert connection.scalars(sa.select(deliveries.c.channel)).all() == []
    at_last = replace(rich, now=lambda: NOW + 70 * MINUTE)
    assert warn_operator(at_last) is True
    assert send_due(at_last).sent == 1
    assert warn_operator(at_last) is False
