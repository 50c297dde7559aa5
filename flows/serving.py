"""The whole system in one process: Prefect's server (unless one is named), every schedule, and execution."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from prefect.client.orchestration import get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deployments import Place, build_deployments
from flows.ending import end_runs
from flows.log_lines import keep_log
from flows.missed import cancel_left_runs
from flows.prefect_home import warn_of_host
from flows.reconciling import drop_round_schedules
from flows.settings import ROOT, Settings
from flows.steps.keeping import STOPS
from flows.telling import list_active
from flows.wiring import Bureau
from flows.worker_end import RUNS_END_WITHIN
from news.errors import NewsError

log = logging.getLogger(__name__)

# A new home: 4 to 9 s on an idle machine; a busy one takes several times that.
_START_SECONDS = 90

# A Prefect client asks a server that is slow again and again, for minutes.
_ANSWERS_WITHIN = 30.0  # seconds

LOG_NAME = "prefect-server.log"
"""What our server says stands in this file of the home."""

_LAST_WORDS = 5.0  # seconds: some grandchild may hold the pipe open

# A service manager may tell us and the server at once: when we hear of it a moment after the server ended, nothing is wrong.
_TOLD_WITHIN = 2.0  # seconds

# Once no run is left, the runner and Prefect's server end in a second or two.
_STOPS_WITHIN = 15.0  # seconds

# Without the server a run tries for a minute or more to tell it of its end, when all that counts is done.
_WITHOUT_SERVER = 60.0  # seconds

# A server that is not ours is asked so often, and may be restarted meanwhile.
_ASK_EVERY = 10.0  # seconds
_SILENT_FOR = 60.0  # seconds


class ServerError(NewsError):
    """Prefect's server could not be started or reached, or it ended."""


@dataclass(frozen=True, slots=True)
class Server:
    """Prefect's server: the `url` of its API, and its process where it is ours."""

    url: str
    process: "subprocess.Popen[bytes] | None" = None


@contextmanager
def prefect_server(settings: Settings) -> Iterator[Server]:
    """Run Prefect's server, on loopback unless set otherwise, for as long as the block lasts.

    Where `PREFECT_API_URL` names a server, that one is used and none is started. One that we start ends with us, also where
    we are killed; what it says goes to a file of bounded size in the home.

    Raises:
        ServerError: when it does not answer, or when another answers at our port: the `serve` of another home would share
            its runs, and cancel them as left behind.
    """
    host, home = settings.prefect_host, settings.home_path
    named = PREFECT_API_URL.value()
    url = named or f"http://{_from_here(host)}:{settings.prefect_port}/api"
    if not named and (warning := warn_of_host(host, os.environ)):
        log.warning(warning)
    with temporary_settings({PREFECT_API_URL: url}):
        os.environ["PREFECT_API_URL"] = url  # for the processes of flow runs
        if named:
            server = Server(url)
            asyncio.run(_wait_for(server, home))
            yield server
            return
        if asyncio.run(_answers()):
            raise ServerError(
                f"a Prefect server answers at {url} already; if it is that of another `serve`, set DATELINE_PREFECT_PORT "
                "to a free port here; to use it, set PREFECT_API_URL to its address"
            )
        with _own_process(settings) as process:
            server = Server(url, process)
            asyncio.run(_wait_for(server, home))
            yield server


@contextmanager
def _own_process(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server of ours.

    In a session of its own: a signal to all that a terminal or a script started must not end it before its runs.
    """
    command = [sys.executable, "-m", "flows.attended", "flows.prefect_server"]
    here = {"PREFECT_SERVER_API_HOST": settings.prefect_host, "PREFECT_SERVER_API_PORT": str(settings.prefect_port)}
    pipe = subprocess.PIPE
    process = subprocess.Popen(  # noqa: S603 (our own words)
        command,
        cwd=ROOT,
        env=os.environ | here,
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 (it is a pipe)
    said = Thread(target=keep_log, args=(process.stdout, settings.home_path / LOG_NAME), daemon=True)
    said.start()
    try:
        yield process
    finally:
        _end(process)
        said.join(_LAST_WORDS)


def _end(server: "subprocess.Popen[bytes]") -> None:
    """Stop a server of ours; one that does not end is killed, since whoever starts again wants the port."""
    server.terminate()
    try:
        server.wait(_STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _from_here(host: str) -> str:
    """Where this machine reaches a server that listens on `host`."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 (read, not bound)
    return everywhere.get(host, f"[{host}]" if ":" in host else host)


async def _answers() -> bool:
    """Whether a Prefect server answers, and takes orders from us: any other program may say 200, but not its version."""
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN), get_client() as client:
            return isinstance(await client.api_version(), str)
    except Exception:  # noqa: BLE001 (whatever else is there is no server of Prefect's)
        return False


async def _wait_for(server: Server, home: Path) -> None:
    for _ in range(_START_SECONDS * 2):
        if await _answers():
            return
        if server.process is None or server.process.poll() is not None:
            break
        await asyncio.sleep(0.5)
    raise ServerError(_say_missing(server, home))


def _say_missing(server: Server, home: Path) -> str:
    """Say why there is no server, as far as can be known, and what to do."""
    if server.process is None:
        return (
            f"no Prefect server answers us at {server.url}, which PREFECT_API_URL names; check that it runs, "
            "and PREFECT_API_AUTH_STRING where it asks for one"
        )
    status = server.process.poll()
    how = f"does not answer at {server.url}" if status is None else f"ended as it started (exit status {status})"
    megabytes = shutil.disk_usage(home).free // 1_000_000
    return (
        f"Prefect's server {how}; its last words stand in {home / LOG_NAME}. If another program holds the port, set "
        f"DATELINE_PREFECT_PORT. The disk of the home has {megabytes} MB free."
    )


async def run_schedules(bureau: Bureau, server: Server, is_ready: Callable[[], None]) -> None:
    """Register every deployment, say that we are ready, and execute runs until the process is stopped.

    Raises:
        ServerError: when the server ends before, or one that is not ours does not answer for a minute.
    """
    if cancelled := await cancel_left_runs():
        log.warning("%s runs were left behind when Dateline stopped; they were cancelled", cancelled)
    runner = Runner(name="dateline", pause_on_shutdown=False)
    for deployment in _build_deployments(bureau):
        await runner.aadd_deployment(deployment)
    await drop_round_schedules(bureau.settings.rounds)
    told = _hear_stop(runner)
    is_ready()
    await _execute(runner, server, told)


async def _execute(runner: Runner, server: Server, told: asyncio.Event) -> None:
    """Execute runs until we are told to stop; when the server ends, end too, since nothing would be run any more."""
    running = asyncio.create_task(runner.start())
    stop, end = asyncio.create_task(told.wait()), asyncio.create_task(_await_end(server))
    await asyncio.wait({running, stop, end}, return_when=asyncio.FIRST_COMPLETED)
    if end.done():
        await asyncio.wait({running, stop}, timeout=_TOLD_WITHIN, return_when=asyncio.FIRST_COMPLETED)
    if runner.started:
        await end_runs(runner, within=_WITHOUT_SERVER if end.done() else RUNS_END_WITHIN)
    if runner.started and not end.done():
        await _put_away(runner)
    else:
        running.cancel()  # without its server the runner's own way to stop asks it first, for more than a minute
    await asyncio.wait({running}, timeout=_STOPS_WITHIN)
    for waiting in (stop, end):
        waiting.cancel()
    if told.is_set():
        return
    if end.done() and not end.cancelled():
        raise ServerError(end.result())
    await running


async def _put_away(runner: Runner) -> None:
    """Have the server note that the stopped runs are over, and end the runner; what fails now the next start makes up for."""
    try:
        await asyncio.wait_for(cancel_left_runs(), _STOPS_WITHIN)
    except Exception as error:  # noqa: BLE001 (whatever it is, it must not keep us from stopping)
        log.warning("Prefect's server was not told that the runs have ended: %s", error)
    await runner.astop()


async def _await_end(server: Server) -> str:
    """Wait until the server is gone, and say so: a process of ours, or one of others' that gives no answer for a minute."""
    if server.process is None:
        await _await_silence()
        return (
            f"Prefect's server at {server.url} has not answered for a minute; `serve` ends, since it would run nothing"
        )
    while server.process.poll() is None:  # noqa: ASYNC110 (the loop hears nothing of a process of `subprocess`)
        await asyncio.sleep(1)
    words = f"its last words stand in {LOG_NAME} in the home"
    return f"Prefect's server has ended ({server.process.returncode}), and `serve` with it; {words}"


async def _await_silence(*, patience: float = _SILENT_FOR, every: float = _ASK_EVERY) -> None:
    """Return once the server was asked again and again for `patience` seconds without an answer."""
    clock = asyncio.get_running_loop().time
    silent_since: float | None = None
    while silent_since is None or clock() - silent_since < patience:
        await asyncio.sleep(every)
        is_silent = not await _answers()
        silent_since = (silent_since or clock()) if is_silent else None


def _hear_stop(runner: Runner) -> asyncio.Event:
    """Return what is set once we are told to stop: the runner's own handler ends the process with its work half put away.

    Who presses Ctrl-C again does not want to wait, and ends us at once.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    at_once = signal.getsignal(signal.SIGINT)

    def hear(*_: object) -> None:
        signal.signal(signal.SIGINT, at_once)
        loop.call_soon_threadsafe(told.set)

    for stop in STOPS:  # from now on, not only once the runner has started
        signal.signal(stop, hear)
    runner.handle_sigterm = hear  # type: ignore[method-assign]  # `start` installs whatever stands here
    return told


async def deploy_to_pool(bureau: Bureau, pool: str) -> list[str]:
    """Register every deployment on a work pool; return their names.

    Raises:
        ServerError: when no server is named, it does not answer, or it has no such pool.
    """
    url = PREFECT_API_URL.value()
    if not url or not await _answers():
        raise ServerError(
            f"no Prefect server answers us (PREFECT_API_URL is {url or 'not set'}); start it and name it, "
            "and PREFECT_API_AUTH_STRING where it asks for one"
        )
    async with get_client() as client:
        try:
            await client.read_work_pool(pool)
        except ObjectNotFound as error:
            remedy = f"prefect work-pool create {pool} --type process"
            raise ServerError(f"there is no work pool '{pool}' at {url}; make it: {remedy}") from error
    deployments = _build_deployments(bureau, pool)
    for deployment in deployments:
        await deployment.aapply()
    await drop_round_schedules(bureau.settings.rounds)
    return [deployment.name for deployment in deployments]


def _build_deployments(bureau: Bureau, pool: str | None = None) -> list[RunnerDeployment]:
    settings = bureau.settings
    place = Place(pool, settings.log_format)
    return build_deployments(settings.poll_minutes, list_active(bureau), place, rounds=settings.rounds)
