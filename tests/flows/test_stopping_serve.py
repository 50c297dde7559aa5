"""`serve` is told to stop, with all that it started or alone; a second one; and one whose server goes silent."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from flows.settings import Settings
from flows.steps.keeping import STOPS
from flows.wiring import Bureau
from seeds.declarations import SHIPPED, load_declarations
from storage.engine import Store
from tests.flows.sending import add_deliveries, make_environment, read_deliveries, slow_webhook
from tests.flows.serve import list_unfinished, serving, times_ready, trigger, until
from tests.servers import Answer, free_port, serve_http


@pytest.mark.parametrize("stop", STOPS)
def test_told_with_all_that_it_started_it_finishes_what_it_sends_and_gives_back_the_rest(
    stop: signal.Signals, tmp_path: Path
) -> None:
    """As a terminal and some service managers tell: `serve`, its runs and whatever else is in its group, at once."""
    port, home, log = free_port(), tmp_path / "home", tmp_path / "log"
    with slow_webhook() as (webhook, held, release):
        with serving(make_environment(home, port, webhook), log, start_new_session=True) as process:
            until(lambda: times_ready(log) == 1, process, log)
            add_deliveries(home, "webhook", "file")
            trigger(f"http://127.0.0.1:{port}/api", "deliver")
            until(held.is_set, process, log)
            os.killpg(process.pid, stop)
            until(lambda: "Stopping: " in log.read_text(), process, log)
            release.set()
            assert process.wait(timeout=120) == 0, log.read_text()[-4000:]
        said = log.read_text()
    assert read_deliveries(home) == {"webhook": ("sent", 1, None), "file": ("pending", 0, None)}, said[-4000:]
    assert "Error logging to API" not in said  # the server outlives its runs
    assert not list_unfinished(home)


@pytest.mark.usefixtures("prefect")
async def test_a_server_of_others_is_given_up_when_it_is_silent_for_long_and_not_before() -> None:
    """It answers, is restarted, answers again, and ends."""
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 (it reads its settings when imported)

    from flows.serving import _await_silence  # noqa: PLC0415

    answers = [True, True, False, True, True]
    asked: list[str] = []

    def answer(path: str, _body: bytes) -> Answer:
        asked.append(path)
        good = answers.pop(0) if answers else False
        return (200 if good else 404), {"content-type": "application/json"}, b'"3.8.8"'

    with serve_http(answer) as origin, temporary_settings({PREFECT_API_URL: f"{origin}/api"}):
        await _await_silence(patience=0.01, every=0.001)
    assert len(asked) > 6
    assert not answers


def say_ok(_path: str, _body: bytes) -> Answer:
    """What some program at a port answers to everything."""
    return 200, {}, b"ok"


@pytest.mark.usefixtures("prefect")
async def test_a_program_that_says_ok_to_everything_is_no_server_to_deploy_to(store: Store, tmp_path: Path) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 (as above)

    from flows.serving import ServerError, deploy_to_pool  # noqa: PLC0415

    bureau = Bureau(Settings.model_validate({"home": tmp_path}), store, load_declarations(SHIPPED, None))
    with serve_http(say_ok) as origin, temporary_settings({PREFECT_API_URL: f"{origin}/api"}):  # noqa: SIM117 (two lines are enough)
        with pytest.raises(ServerError, match=f"no Prefect server answers us .PREFECT_API_URL is {origin}/api."):
            await deploy_to_pool(bureau, "desk")


def test_a_program_that_holds_the_port_ends_serve_with_what_to_do(tmp_path: Path) -> None:
    with serve_http(say_ok) as origin:
        environment = make_environment(tmp_path / "home", int(origin.rpartition(":")[2]), "")
        with serving(environment, tmp_path / "log") as process:
            assert process.wait(timeout=300) == 1
    *others, said = (tmp_path / "log").read_text().splitlines()
    assert said.startswith("dateline: Prefect's server ended as it started (exit status ")
    assert str(tmp_path / "home" / "prefect-server.log") in said
    assert "set DATELINE_PREFECT_PORT. The disk of the home has " in said
    assert not any("Traceback" in line for line in others)
    assert "already in use" in (tmp_path / "home" / "prefect-server.log").read_text()


def say_version(_path: str, _body: bytes) -> Answer:
    """What a Prefect server answers to the question for its version."""
    return 200, {"content-type": "application/json"}, b'"3.8.8"'


def test_a_prefect_server_of_others_at_the_port_is_not_shared_in_silence(tmp_path: Path) -> None:
    with serve_http(say_version) as origin:
        environment = make_environment(tmp_path / "home", int(origin.rpartition(":")[2]), "")
        with serving(environment, tmp_path / "log") as process:
            assert process.wait(timeout=120) == 1
    said = (tmp_path / "log").read_text().splitlines()[-1]
    assert said.startswith(f"dateline: a Prefect server answers at {origin}/api already; ")
    assert "set DATELINE_PREFECT_PORT to a free port here" in said


@pytest.mark.usefixtures("prefect")
def test_a_server_that_is_named_is_used_and_missed_where_it_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 (as above)

    from flows.serving import Server, ServerError, prefect_server  # noqa: PLC0415

    settings = Settings.model_validate({"home": tmp_path})
    monkeypatch.setenv("PREFECT_API_URL", "")  # which `serve` sets, and which is put back at the end
    with (
        serve_http(say_version) as origin,
        temporary_settings({PREFECT_API_URL: f"{origin}/api"}),
        prefect_server(settings) as server,
    ):
        assert server == Server(f"{origin}/api")
    nowhere = f"http://127.0.0.1:{free_port()}/api"
    is_missed = pytest.raises(ServerError, match=f"{nowhere}, which PREFECT_API_URL names")
    with temporary_settings({PREFECT_API_URL: nowhere}), is_missed, prefect_server(settings):
        pass


@pytest.mark.usefixtures("prefect")
@pytest.mark.parametrize("stop", STOPS)
async def test_it_hears_of_a_stop_before_its_runner_has_started(stop: signal.Signals) -> None:
    from prefect.runner import Runner  # noqa: PLC0415 (as above)

    from flows.serving import _hear_stop  # noqa: PLC0415

    before = {told: signal.getsignal(told) for told in STOPS}
    try:
        told = _hear_stop(Runner(name="desk", pause_on_shutdown=False))
        signal.raise_signal(stop)
        await asyncio.wait_for(told.wait(), 60)
        assert signal.getsignal(signal.SIGINT) == before[signal.SIGINT]  # the next one ends it at once
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
