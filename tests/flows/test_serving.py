"""What a scheduler does to us, and what we do about it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from threading import Event

import httpx
import pytest
import sqlalchemy as sa

from flows.settings import Settings
from flows.wiring import Bureau
from seeds.declarations import SHIPPED, load_declarations
from seeds.sample.edition import load_edition
from seeds.sample.newsroom import serve_edition, write_declarations
from storage.engine import Store, open_store, reading, writing
from storage.tables import articles, entries, feeds, rounds
from tests.flows.serve import list_unfinished, serving, times_ready, trigger, until
from tests.servers import Answer, free_port, serve_http

# Prefect's client leaves sockets to its server for the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")

ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("prefect")
async def test_missed_runs_are_cancelled_and_coming_ones_kept_and_those_asked_for_by_hand() -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 (Prefect reads its settings when imported)
    from prefect.client.schemas.objects import State  # noqa: PLC0415
    from prefect.states import Pending, Running, Scheduled  # noqa: PLC0415

    from flows.deployments import Place, build_deliver  # noqa: PLC0415
    from flows.missed import cancel_left_runs  # noqa: PLC0415

    deployment = await build_deliver(Place()).aapply()
    now = datetime.now(UTC)
    missed: list[State[None]] = [Scheduled(scheduled_time=now - timedelta(minutes=5 * n)) for n in range(1, 25)]
    by_schedule = ["auto-scheduled"]  # as Prefect's scheduler tags what it makes
    coming: list[State[None]] = [Scheduled(scheduled_time=now + timedelta(minutes=5 * n)) for n in (1, 2, 3)]
    async with get_client() as client:
        for state in (*missed, Pending(), Running(), *coming):
            await client.create_flow_run_from_deployment(deployment, state=state, tags=by_schedule)
        ahead: State[None] = Scheduled(scheduled_time=now + timedelta(seconds=20))
        taken = await client.create_flow_run_from_deployment(deployment, state=ahead, tags=by_schedule)
        await client.set_flow_run_state(taken.id, Pending(), force=True)
        asked = await client.create_flow_run_from_deployment(deployment, state=missed[-1])
        assert await cancel_left_runs() == len(missed) + 3
        left = [run.state_name for run in await client.read_flow_runs() if run.id != asked.id]
        assert (await client.read_flow_run(asked.id)).state_name in {"Scheduled", "Late"}
        await client.delete_deployment(deployment)
    assert left.count("Scheduled") == len(coming)
    assert left.count("Cancelled") >= len(missed) + 3


@pytest.mark.usefixtures("prefect")
async def test_an_edited_subscription_changes_its_schedule() -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 (as above)
    from prefect.client.schemas.schedules import CronSchedule  # noqa: PLC0415

    from flows.deployments import Place, build_brief  # noqa: PLC0415
    from flows.reconciling import reconcile_briefs  # noqa: PLC0415
    from news.digests import Subscription  # noqa: PLC0415

    early = Subscription("ada", "Ada", ("taiwan",), ("file",), cron="0 7 * * *", zone="Asia/Seoul")
    late = Subscription("ada", "Ada", ("taiwan",), ("file",), cron="0 9 * * *", zone="Asia/Tokyo")
    other = Subscription("ben", "Ben", ("taiwan",), ("file",))
    assert await reconcile_briefs([early]) == 0  # no deployment yet: nothing to change
    deployment = await build_brief([early], Place()).aapply()
    assert await reconcile_briefs([early]) == 0
    assert await reconcile_briefs([late, other]) == 3
    async with get_client() as client:
        schedules = (await client.read_deployment(deployment)).schedules
        await client.delete_deployment(deployment)
    crons = [(s, s.schedule) for s in schedules if isinstance(s.schedule, CronSchedule)]
    found = {(s.slug, cron.cron, cron.timezone, s.active) for s, cron in crons}
    assert found == {("ada", "0 9 * * *", "Asia/Tokyo", True), ("ben", "0 7 * * *", "UTC", True)}
    assert {str(s.parameters) for s in schedules} == {"{'subscription': 'ada'}", "{'subscription': 'ben'}"}


@pytest.mark.usefixtures("prefect")
async def test_fewer_rounds_at_once_take_back_their_schedules(store: Store, tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415 (as above)
    from prefect.client.schemas.actions import WorkPoolCreate  # noqa: PLC0415

    from flows.serving import deploy_to_pool  # noqa: PLC0415

    declared = load_declarations(SHIPPED, None)
    found: list[set[str | None]] = []
    async with get_client() as client:
        await client.create_work_pool(WorkPoolCreate(name="desk", type="process"))
        for rounds_at_once in (3, 1, 2):
            settings = Settings.model_validate({"home": tmp_path, "rounds": rounds_at_once})
            names = await deploy_to_pool(Bureau(settings, store, declared, now=lambda: datetime.now(UTC)), "desk")
            found.append({each.slug for each in (await client.read_deployment_by_name("watch/watch")).schedules})
        for name in names:
            await client.delete_deployment((await client.read_deployment_by_name(f"{name}/{name}")).id)
        await client.delete_work_pool("desk")
    assert found == [{"round-1", "round-2", "round-3"}, {"round-1"}, {"round-1", "round-2"}]


def refuse_pages_of_the_web(api: str) -> None:
    """What a browser on this machine does for a page from elsewhere: ask leave, send without asking, read the token."""
    page = {"origin": "https://evil.example"}
    asked = httpx.options(f"{api}/deployments/x", headers=page | {"access-control-request-method": "PATCH"}, timeout=30)
    sent = httpx.post(f"{api}/flow_runs/", content="{}", headers=page | {"content-type": "text/plain"}, timeout=30)
    read = httpx.get(f"{api}/csrf-token?client=page", headers=page, timeout=30)
    assert (asked.status_code, sent.status_code) == (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN)
    assert not any("access-control-allow-origin" in answer.headers for answer in (asked, sent, read))
    rebound = httpx.get(f"{api}/csrf-token?client=page", headers={"host": "evil.example:4200"}, timeout=30)
    assert (rebound.status_code, "token" in rebound.text) == (HTTPStatus.MISDIRECTED_REQUEST, False)
    events = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    events |= {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    opened = httpx.get(f"{api}/events/out", headers=page | events, timeout=30)
    assert opened.status_code == HTTPStatus.FORBIDDEN
    ui = {"origin": api.replace("127.0.0.1", "localhost").removesuffix("/api")}
    assert httpx.get(f"{api}/health", headers=ui).headers["access-control-allow-origin"] == ui["origin"]


def kill_tree(pid: int) -> None:
    """Kill a process and what it started, as a power cut would, but for Prefect's server, which must end by itself."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(pid, signal.SIGKILL)
    for child in children:
        if b"server" not in Path(f"/proc/{child}/cmdline").read_bytes():
            kill_tree(int(child))


def kill_server(pid: int) -> None:
    """Kill Prefect's server below a `serve`, as the kernel does when memory runs out."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    [server] = [child for child in children if b"server" in Path(f"/proc/{child}/cmdline").read_bytes()]
    os.kill(int(server), signal.SIGKILL)


def expire_leases(home: Path) -> None:
    """Let a quarter of an hour pass for what the killed round held."""
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    with writing(store) as connection:
        connection.execute(feeds.update().values(claimed_until=None, next_check_at=datetime.now(UTC)))
        connection.execute(entries.update().values(next_attempt_at=datetime.now(UTC)))
        connection.execute(rounds.update().values(ended_at=datetime.now(UTC)))
    store.dispose()


def read_urls(home: Path) -> list[str]:
    """The addresses of all articles."""
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    with reading(store) as connection:
        urls = list(connection.scalars(sa.select(articles.c.url)))
    store.dispose()
    return urls


@contextmanager
def stuck_edition(home: Path, port: int) -> Iterator[tuple[dict[str, str], Event, Event]]:
    """The edition with pages that answer once they are released; yield the environment to serve it in, `held`, `release`."""
    held, release = Event(), Event()
    with serve_edition(load_edition(), now=datetime.now(UTC)) as newsroom:

        def answer(path: str, _body: bytes) -> Answer:
            response = newsroom.respond(path)
            if response.headers.get("content-type", "").startswith("text/html"):
                held.set()
                release.wait(60)
            return response.status, response.headers, response.body

        with serve_http(answer) as origin:
            newsroom.origin = origin
            write_declarations(newsroom.edition, home / "shipped", origin)
            environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")} | {
                "DATELINE_HOME": str(home),
                "DATELINE_SEEDS": str(home / "shipped"),
                "DATELINE_ALLOWED_NETWORKS": "127.0.0.0/8",
                "DATELINE_ALLOWED_PORTS": origin.rpartition(":")[2],
                "DATELINE_HOST_SECONDS": "0",
                "DATELINE_PREFECT_PORT": str(port),
                "DATELINE_POLL_MINUTES": "60",
                "PYTHONUNBUFFERED": "1",
            }
            yield environment, held, release


def test_a_killed_serve_goes_on_where_it_was_and_a_stopped_one_gives_back(tmp_path: Path) -> None:
    """Killed while a round waits for a page; started again it reads everything, once, with its schedules active.

    Before that it is told to stop in mid-round, and puts down what it holds. At last it ends with its server.
    """
    port, home, log = free_port(), tmp_path / "home", tmp_path / "log"
    api = f"http://127.0.0.1:{port}/api"
    with stuck_edition(home, port) as (environment, held, release):
        with serving(environment, log) as process:
            until(lambda: times_ready(log) == 1, process, log)
            refuse_pages_of_the_web(api)
            trigger(api, "watch")
            until(held.is_set, process, log)
            kill_tree(process.pid)
        held.clear()
        with serving(environment, log) as process:
            until(lambda: times_ready(log) == 2, process, log)
            expire_leases(home)
            trigger(api, "watch")
            until(held.is_set, process, log)
        assert count_held(home) == (0, 0)
        assert not list_unfinished(home)
        assert (
            "unhandled exception during" not in log.read_text()
        )  # asyncio's words: a run that is told to stop is no fault
        release.set()
        with serving(environment, log) as process:
            until(lambda: times_ready(log) == 3, process, log)
            expire_leases(home)
            trigger(api, "watch")
            until(lambda: len(read_urls(home)) >= 40, process, log)
            deployed = httpx.get(f"{api}/deployments/name/watch/watch", timeout=30).json()
            kill_server(process.pid)
            assert process.wait(timeout=150) == 1, log.read_text()[-4000:]
    assert "dateline: Prefect's server has ended" in log.read_text()
    assert [schedule["active"] for schedule in deployed["schedules"]] == [True]
    assert deployed["paused"] is False
    urls = read_urls(home)
    assert len(urls) == len(set(urls)) >= 40


def count_held(home: Path) -> tuple[int, int]:
    """How many entries wait for a lease to end, and how many rounds have not noted their end."""
    store = open_store(f"sqlite:///{home / 'dateline.db'}")
    with reading(store) as connection:
        later = (entries.c.state == "unread") & (entries.c.next_attempt_at > datetime.now(UTC))
        held = connection.scalar(sa.select(sa.func.count()).select_from(entries).where(later))
        open_ = connection.scalar(sa.select(sa.func.count()).select_from(rounds).where(rounds.c.ended_at.is_(None)))
    store.dispose()
    return held or 0, open_ or 0
