"""What `kill -9` does to several workers: everything that was published against everything that was stored and sent.

    python -m benchmarks.killing [--short] [--kills N] [--minutes N] [--articles N] [--keep FOLDER]

PostgreSQL, one Prefect server and three workers run on loopback; a newsroom publishes articles all the while. Every few
seconds a worker is killed with what it runs, or alone, or one of its flow runs; some kills wait for a run that Prefect calls
PENDING and hit that one. Meanwhile PostgreSQL is restarted twice (once as by a power cut), Prefect's server is killed once, the
mail server is away for a while, and there is an outage of 24 hours: all workers are killed, everything that the store knows is
made a day older, and Prefect gets the runs that it would have scheduled in that day.

Feeds are made due every half minute, since a rhythm of ten minutes does not fit into the test. At the end the ledger is
compared with what was published, due and received; a mail may come twice only where a run of `deliver` was cut off between the
two. Exits 1 where a promise is broken, where all is not well in time, or where the long form makes fewer than 100 kills, hits no
run in PENDING, or takes more than 40 minutes from its start until all is well and has stopped.
"""

import argparse
import json
import math
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import sqlalchemy as sa
from rich.console import Console

from benchmarks.accounting import Account, account_for, is_loose, show_account
from benchmarks.mail import serve_mail
from benchmarks.newsroom import Origins, RollingPress, declare, open_newsroom, read_figures
from benchmarks.outage import age_store, leave_missed_runs
from benchmarks.site import Site, find_processes, free_port, kill, open_site
from benchmarks.striking import Strike, await_pending, find_runs, has_begun, noting, sum_senders
from benchmarks.telling import count_owed
from flows.worker_end import find_tree
from news.errors import StorageError
from storage.engine import Store, open_store, reading, writing
from storage.tables import articles, deliveries, entries, feeds, subscriptions

console = Console()

_WORKERS = ("w1", "w2", "w3")
_RUNS_AT_ONCE = 2
_KINDS = ("worker and its runs", "worker alone", "flow run alone")
_IN_PENDING = "of a run in PENDING"
_TOPICS = ["sino-korean-summitry", "taiwan", "japan-relations"]
_LEAST_KILLS, _MOST_MINUTES = 100, 40  # of the long form
_SUBSCRIPTIONS = """
[subscriptions.{name}]
title = "{name}"
topics = {topics}
channels = ["email:{name}@dateline.example", "file"]
cron = "*/{minutes} * * * *"
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything. `seconds` are those in which processes are killed; `settle` those until all must be well.

    An idle machine of two cores settles in a minute or two; a busy one gets its time, which costs the others nothing.
    """

    feeds: int = 500
    articles: int = 20_000
    kills: int = 110
    seconds: float = 25 * 60
    settle: float = 20 * 60
    missed_hours: int = 24
    brief_minutes: int = 3


SHORT = Plan(feeds=50, articles=600, kills=8, seconds=60, settle=15 * 60, missed_hours=1, brief_minutes=1)


@dataclass(slots=True)
class Trial:
    """A test under way."""

    plan: Plan
    site: Site
    store: Store
    press: RollingPress
    origin_of: Origins
    mail: Callable[[], ExitStack]
    mail_stack: ExitStack
    chance: random.Random
    opened: float
    kills: Counter[str] = field(default_factory=Counter)
    strikes: list[Strike] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    is_settled: bool = False

    def note(self, what: str) -> None:
        """Say what happens, with the second in which it does."""
        self.events.append(what)
        console.print(f"{time.monotonic() - self.began:6.0f} s  {what}", highlight=False)


Event = tuple[float, Callable[[Trial], None]]


def plan_events(plan: Plan) -> list[Event]:
    """What happens when, as shares of the time; kills fill the rest evenly."""
    events: list[Event] = [
        (0.15, stop_mail),
        (0.25, lambda trial: restart_database(trial, "fast")),
        (0.35, start_mail),
        (0.45, restart_prefect),
        (0.60, lambda trial: restart_database(trial, "immediate")),
        (0.75, suffer_outage),
    ]
    kills = [((number + 0.5) / plan.kills, kill_something) for number in range(plan.kills)]
    return sorted([*events, *kills], key=lambda event: event[0])


def kill_something(trial: Trial) -> None:
    """Kill a random worker with all it runs, or alone, or one flow run; each fourth time one that holds a pending run."""
    pending = await_pending(trial.site) if trial.chance.random() < 0.25 else None
    name = pending[0] if pending else trial.chance.choice(_WORKERS)
    tree = find_tree(trial.site.workers[name].pid)
    runs = [pending[1]] if pending else find_runs(tree)
    kind = trial.chance.choices(_KINDS, [7, 0 if pending else 2, 3])[0]
    if kind == "flow run alone" and not runs:
        kind = "worker and its runs"
    victims = {"worker and its runs": tree, "worker alone": tree[:1]}.get(kind) or runs[0].own_processes
    with noting(trial.strikes, kind, lambda: victims):
        kill(*victims)
    trial.kills[kind] += 1
    trial.kills["with a run under way"] += bool(runs) and kind != "worker alone"
    trial.kills["of a run that sends"] += trial.strikes[-1].senders > 0
    trial.kills[_IN_PENDING] += bool(pending and not has_begun(trial.site, pending[1]))
    revive(trial)


def strike_all(trial: Trial, what: str) -> AbstractContextManager[None]:
    """Note what a block does as a strike at every run that is under way."""
    return noting(trial.strikes, what, lambda: find_processes(str(trial.site.folder)))


def count_runs(site: Site, state: str) -> int:
    """How many runs are in a state."""
    wanted = {"state": {"type": {"any_": [state]}}}
    answer = httpx.post(f"{site.api}/flow_runs/count", json={"flow_runs": wanted}, timeout=60)
    return int(answer.raise_for_status().text)


def revive(trial: Trial) -> None:
    """Start workers that are gone, as a service manager does."""
    for name in _WORKERS:
        if name not in trial.site.workers or trial.site.workers[name].poll() is not None:
            trial.site.start_worker(name)


def stop_mail(trial: Trial) -> None:
    """The mail server goes away."""
    trial.note("the mail server stops")
    with strike_all(trial, "the mail server stops"):
        trial.mail_stack.close()


def start_mail(trial: Trial) -> None:
    """It is back; what waits for its next attempt need not wait for it in this test."""
    trial.note("the mail server is back")
    trial.mail_stack = trial.mail()


def restart_database(trial: Trial, mode: str) -> None:
    """Restart PostgreSQL: `fast` as an upgrade does, `immediate` as a power cut."""
    trial.note(f"PostgreSQL is restarted ({mode})")
    with strike_all(trial, "PostgreSQL is restarted"):
        trial.site.cluster.stop(mode)
        trial.site.cluster.start()


def restart_prefect(trial: Trial) -> None:
    """Kill Prefect's server and start it again."""
    trial.note("Prefect's server is killed and started again")
    trial.site.restart_prefect()
    trial.note("Prefect's server answers again")


def suffer_outage(trial: Trial) -> None:
    """Nobody works for a day: the store is a day older, and Prefect holds the runs of that day."""
    with strike_all(trial, "an outage"):  # also at runs whose worker is gone: their claims are ended
        for name in _WORKERS:
            kill(*find_tree(trial.site.workers[name].pid))
            trial.kills["worker and its runs"] += 1
        age_store(trial.store, timedelta(hours=24))
    missed = leave_missed_runs(trial.site, trial.plan.missed_hours)
    trial.note(f"an outage of 24 hours: all workers killed, the store a day older, {missed} missed runs in Prefect")
    revive(trial)


def make_due(store: Store) -> None:
    """Feeds need not wait for their rhythm, nor failed deliveries for their next attempt."""
    now = datetime.now(UTC)
    with suppress(StorageError), writing(store) as connection:
        connection.execute(feeds.update().where(feeds.c.next_check_at > now).values(next_check_at=now))
        waiting = (deliveries.c.state == "pending") & deliveries.c.claimed_until.is_(None)
        connection.execute(deliveries.update().where(waiting).values(next_attempt_at=now))


def run_trial(trial: Trial) -> None:
    """Let everything happen once the first article is stored, then give it time to come right."""
    while not count_articles(trial.store):
        time.sleep(1)
    trial.began, feeds_due_at = time.monotonic(), 0.0
    for share, happen in plan_events(trial.plan):
        while time.monotonic() < trial.began + share * trial.plan.seconds:
            feeds_due_at = _make_due_at_times(trial, feeds_due_at)
            time.sleep(0.2)
        happened_at = time.monotonic()
        happen(trial)
        if happen is suffer_outage:  # to leave a day of runs behind takes time in which nothing is killed
            trial.began += time.monotonic() - happened_at
    trial.note(f"{count_kills(trial.kills)} kills; now all is left alone")
    until = time.monotonic() + trial.plan.settle
    while not (trial.is_settled or time.monotonic() >= until):
        feeds_due_at = _make_due_at_times(trial, feeds_due_at)
        revive(trial)
        time.sleep(2)
        trial.is_settled = is_well(trial)
    for name in _WORKERS:
        trial.site.stop_worker(name)
    trial.note("the workers were told to stop, and did")


def count_kills(kills: Counter[str]) -> int:
    """How often something was killed."""
    return sum(kills[kind] for kind in _KINDS)


def count_articles(store: Store) -> int:
    """How many are stored."""
    with reading(store) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(articles)) or 0


def _make_due_at_times(trial: Trial, due_at: float) -> float:
    if time.monotonic() < due_at:
        return due_at
    make_due(trial.store)
    return time.monotonic() + min(30.0, trial.plan.seconds / 10)


def is_well(trial: Trial) -> bool:
    """Whether all that was published is stored and grouped, each subscription was briefed of it, and all is sent."""
    wanted = trial.press.feeds * trial.press.each
    with reading(trial.store) as connection:

        def count(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
            return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0

        if count(articles) < wanted or count(entries, entries.c.state == "unread") or count(articles, is_loose()):
            return False
        last_read = connection.scalar(sa.select(sa.func.max(articles.c.read_at)))
        unbriefed = subscriptions.c.last_due_at.is_(None) | (
            subscriptions.c.last_due_at <= last_read + timedelta(seconds=30)
        )
        if count(subscriptions, unbriefed) or count(deliveries, deliveries.c.state == "pending"):
            return False
    return not count_owed(trial.store, _TOPICS)


def write_subscriptions(minutes: int) -> str:
    """Three readers."""
    return "".join(
        _SUBSCRIPTIONS.format(name=name, topics=json.dumps(_TOPICS), minutes=minutes) for name in ("ada", "ben", "chu")
    )


def open_trial(plan: Plan, stack: ExitStack, seed: int) -> Trial:
    """Start everything."""
    opened = time.monotonic()
    port, mail_port = free_port(), free_port()
    settings = {
        "allowed_networks": "127.0.0.0/8",
        "allowed_ports": str(port),
        "host_seconds": "0.2",
        "per_host": "4",
        "poll_minutes": "1",
        "rounds": str(len(_WORKERS)),
        "workers": "1",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(mail_port),
        "smtp_security": "none",
        "mail_from": "dateline@dateline.example",
    }
    site = stack.enter_context(open_site(settings, runs_at_once=_RUNS_AT_ONCE))
    site.environment["DATELINE_SEEDS"] = str(site.folder / "seeds")
    console.print("Starting Prefect's server and registering the deployments")
    site.start_prefect()
    press = RollingPress(plan.feeds, plan.articles, time.time(), plan.seconds)
    origin_of = stack.enter_context(open_newsroom(press, port))
    declare(press, site.folder / "seeds", origin_of, write_subscriptions(plan.brief_minutes))
    site.deploy()
    store = open_store(site.cluster.url())
    stack.callback(store.dispose)

    def mail() -> ExitStack:
        opened = stack.enter_context(ExitStack())
        opened.enter_context(serve_mail(site.folder / "received", mail_port))
        return opened

    chance = random.Random(seed)  # noqa: S311 (moments, no secrets)
    trial = Trial(plan, site, store, press, origin_of, mail, mail(), chance, opened)
    revive(trial)
    return trial


def read_plan() -> tuple[Plan, argparse.Namespace]:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a form of less than three minutes, for CI")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--articles", type=int)
    parser.add_argument("--minutes", type=float, help="in which processes are killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="copy the logs of all processes into this folder")
    options = parser.parse_args()
    plan = SHORT if options.short else Plan()
    asked = {
        "articles": options.articles,
        "kills": options.kills,
        "seconds": options.minutes and 60 * options.minutes,
    }
    return replace(plan, **{name: value for name, value in asked.items() if value}), options


def main() -> int:
    """Run the test and print the account; 1 where a promise is broken."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # told to stop, it still cleans up
    plan, options = read_plan()
    with ExitStack() as stack:
        trial = open_trial(plan, stack, options.seed)
        try:
            run_trial(trial)
            account = settle_account(trial)
        finally:
            if options.keep:
                keep_logs(trial.site.folder, options.keep)
    return show_account(console, account)


def settle_account(trial: Trial) -> Account:
    """Compare, while the database still runs."""
    published = set(trial.press.urls(trial.origin_of, time.time()))
    states = {
        state: count_runs(trial.site, state) for state in ("COMPLETED", "FAILED", "CRASHED", "PENDING", "RUNNING")
    }
    minutes = (time.monotonic() - trial.opened) / 60
    account = account_for(trial.store, published, trial.site.folder / "received", _TOPICS, trial.strikes)
    account.broken |= judge_kills(trial.plan, trial.kills, minutes, is_settled=trial.is_settled)
    account.happened["kills"] = count_kills(trial.kills)
    account.happened |= {f"kills: {kind}": count for kind, count in sorted(trial.kills.items())}
    account.happened |= {
        f"runs that send, at the strike: {what}": count for what, count in sum_senders(trial.strikes).items()
    }
    account.happened |= {f"Prefect's runs {state}": count for state, count in states.items()}
    account.happened |= {f"newsroom: {name}": count for name, count in read_figures(trial.origin_of).items()}
    account.happened |= {"minutes in all": round(minutes)}
    return account


def judge_kills(plan: Plan, kills: Counter[str], minutes: float, *, is_settled: bool) -> dict[str, int]:
    """Whether the test was what it is to be; what a busy machine decides is asked of the long form alone."""
    broken = {
        "not well when the time was up": int(not is_settled),
        "kills fewer than wanted": max(0, min(_LEAST_KILLS, plan.kills) - count_kills(kills)),
    }
    if plan.kills < _LEAST_KILLS:
        return broken
    return broken | {
        "no run was killed in PENDING": int(not kills[_IN_PENDING]),
        f"minutes in all beyond {_MOST_MINUTES}": max(0, math.ceil(minutes - _MOST_MINUTES)),
    }


def keep_logs(source: Path, target: Path) -> None:
    """Copy what the processes said."""
    target.mkdir(parents=True, exist_ok=True)
    for log in source.glob("*.log"):
        (target / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
