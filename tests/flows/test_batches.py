"""Two batches of pages at once: all are read, and what goes wrong with one ends the other."""

import asyncio
from typing import cast

import pytest

from flows.steps.watching import Round

ROUND = cast("Round", None)  # handed on, and looked at by nobody here


@pytest.mark.usefixtures("prefect")
async def test_two_batches_are_under_way_until_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import watch  # noqa: PLC0415 (Prefect reads its settings when it is imported)

    under_way, most, left = 0, 0, 5

    async def read(_round: Round) -> bool:
        nonlocal under_way, most, left
        left, under_way = left - 1, under_way + 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return left > 0

    monkeypatch.setattr(watch, "read", read)
    await watch._read_all(ROUND)  # noqa: SLF001
    assert most == 2
    assert left <= 0


@pytest.mark.usefixtures("prefect")
async def test_a_batch_that_fails_ends_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import watch  # noqa: PLC0415 (Prefect reads its settings when it is imported)

    begun, ended = 0, list[str]()

    async def read(_round: Round) -> bool:
        nonlocal begun
        begun += 1
        if begun == 2:
            raise ValueError("a bug")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("stopped")
            raise
        return False

    monkeypatch.setattr(watch, "read", read)
    with pytest.raises(ValueError, match="a bug"):
        await watch._read_all(ROUND)  # noqa: SLF001
    assert ended == ["stopped"]
