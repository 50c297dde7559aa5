"""Who cancels runs that were missed: one that is late itself, and no two at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from flows.settings import Settings
from flows.wiring import Bureau
from seeds.declarations import SHIPPED, load_declarations
from storage.engine import Store
from storage.stories import take_lease


@pytest.mark.usefixtures("prefect")
async def test_one_late_run_cancels_the_others_that_were_missed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import missed  # noqa: PLC0415 (Prefect reads its settings when it is imported)

    asked: list[timedelta] = []

    async def cancel(_kinds: object, before: timedelta, _why: str, *, tags: list[str]) -> int:
        asked.append(before)
        assert tags == ["dateline", "auto-scheduled"]  # what somebody asked for by hand waits for its turn
        assert take_lease(store, "missed runs", now, lease_for=timedelta(minutes=1)) is None  # nobody else meanwhile
        return 7

    now = datetime.now(UTC)
    planned = SimpleNamespace(scheduled_start_time=now)
    bureau = Bureau(Settings(), store, load_declarations(SHIPPED, None), now=lambda: now)
    monkeypatch.setattr(missed, "cancel_runs", cancel)
    monkeypatch.setattr(missed, "runtime", SimpleNamespace(flow_run=planned))
    assert await missed.drop_missed_runs(bureau) == 0  # on time
    planned.scheduled_start_time = now - timedelta(hours=3)
    assert await missed.drop_missed_runs(bureau) == 7
    assert asked == [timedelta(minutes=2)]
    assert take_lease(store, "missed runs", now, lease_for=timedelta(minutes=1))  # given back
    monkeypatch.setattr(missed, "_LOOK_EVERY", timedelta(0))
    assert await missed.drop_missed_runs(bureau) == 0  # another one is at it, for longer than a run waits
    moments = iter([now, now, now + timedelta(minutes=2), now + timedelta(minutes=2)])
    bureau = replace(bureau, now=lambda: next(moments))
    assert await missed.drop_missed_runs(bureau) == 7  # it was waited for: its lease has ended
