"""`dateline run`, `serve` and `deploy`."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import typer

from cli.app import app, out
from cli.progress import following


@app.command()
def run(
    feed: Annotated[list[str] | None, typer.Option(help="Poll only this feed (repeat for more), due or not.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Show what feeds would give; store and send nothing.")] = False,
) -> None:
    """Run one round now, then send what is due."""
    from flows.prefect_home import prepare_prefect
    from flows.settings import read_settings
    from flows.wiring import make_home, open_bureau

    settings = read_settings()
    make_home(settings.home_path)
    with open_bureau(settings):
        pass  # a broken declaration or database is refused before anything runs
    prepare_prefect(settings.home_path, quiet=True)
    from flows.deliver import deliver
    from flows.telling import brief_now
    from flows.watch import watch

    with following("Round"):
        figures = asyncio.run(watch(feed, dry_run=dry_run))
    out.print(
        f"{figures['feeds']} feeds polled, {figures['failed']} failed; {figures['new_entries']} new entries, "
        f"{figures['articles']} articles read, {sum(figures['tagged'].values())} matches."
    )
    for name, reason in figures["failures"].items():
        out.print(f"  {name}: {reason}", style="dim")
    if dry_run:
        return
    brief_now(settings)
    sent = deliver()
    out.print(f"{sent['sent']} deliveries sent, {sent['failed']} failed.")
    if sent["failed"]:
        raise typer.Exit(1)


@app.command()
def serve() -> None:
    """Run everything on this machine until stopped: Prefect's server and UI, schedules, rounds and deliveries."""
    from flows.alone import holding_home
    from flows.log_lines import wrap_plain_lines
    from flows.prefect_home import prepare_prefect
    from flows.settings import read_settings
    from flows.wiring import make_home, open_bureau

    settings = read_settings()
    if settings.log_format == "json":
        wrap_plain_lines()
    make_home(settings.home_path)
    with holding_home(settings.home_path):
        prepare_prefect(settings.home_path, log_format=settings.log_format, port=settings.prefect_port)
        from flows.observing import observing
        from flows.serving import prefect_server, run_schedules  # Prefect writes the log from here on

        with open_bureau(settings, keeps_last_good=True) as bureau:  # it must come up again after a power cut
            say = make_sayer(settings.log_format)
            say("Starting Prefect's server; the first start in a new home takes some seconds.")
            with observing(bureau), prefect_server(settings) as server:
                ready = f"Dateline is running. Prefect's UI: {server.url.removesuffix('/api')}  (stop with Ctrl-C)"
                asyncio.run(run_schedules(bureau, server, lambda: say(ready)))


def make_sayer(log_format: str) -> Callable[[str], None]:
    """What `serve` and `monitor` say of themselves is a log line too where a program reads them."""
    import logging

    if log_format == "text":
        return lambda text: out.print(text, soft_wrap=True)
    return logging.getLogger("flows.serving").info


@app.command()
def deploy(
    pool: Annotated[str, typer.Option(help="Prefect work pool of type `process` whose workers will run everything.")],
) -> None:
    """Register the same deployments on a work pool of the Prefect server that PREFECT_API_URL names."""
    from flows.prefect_home import prepare_prefect
    from flows.settings import read_settings
    from flows.wiring import open_bureau

    settings = read_settings()
    with open_bureau(settings) as bureau:
        prepare_prefect(settings.home_path, quiet=True)
        from flows.serving import deploy_to_pool

        names = asyncio.run(deploy_to_pool(bureau, pool))
    out.print(f"Registered {', '.join(names)} on the work pool {pool}.")
    out.print(f"Start workers, each with its own PREFECT_HOME: prefect worker start --pool {pool}")
