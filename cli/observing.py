"""`dateline metrics` and `monitor`: how the watch goes, for other programs."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.app import app, fail


@app.command()
def metrics(
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file for a textfile collector, replaced at once.")
    ] = None,
) -> None:
    """Print how the watch goes in Prometheus's text format; `serve` and `monitor` answer a scrape with the same."""
    from cli.archive import open_archive
    from flows.exposition import expose
    from flows.wiring import utc_now
    from storage.metrics import measure_store

    with open_archive() as (_, store):
        text = expose(measure_store(store, utc_now()))
    if output is None:
        sys.stdout.write(text.decode())
        return
    partial = output.with_name(f".{output.name}.{os.getpid()}")  # a collector reads names that end in .prom
    try:
        partial.write_bytes(text)
        partial.replace(output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        fail(f"{output} cannot be written: {error.strerror or error}")


@app.command()
def monitor() -> None:
    """Answer /metrics and /health on DATELINE_METRICS_PORT and warn when rounds fail: where workers do the work.

    `serve` does all this itself. Stop it with Ctrl-C or SIGTERM.
    """
    import signal
    from threading import Event

    from cli.running import make_sayer
    from flows.log_lines import wrap_plain_lines, write_json_lines
    from flows.observing import observing
    from flows.settings import read_settings
    from flows.wiring import open_bureau

    settings = read_settings()
    if settings.log_format == "json":
        wrap_plain_lines()
        write_json_lines()
    with open_bureau(settings, keeps_last_good=True) as bureau, observing(bureau):
        over = Event()
        for end in (signal.SIGTERM, signal.SIGINT):
            signal.signal(end, lambda *_: over.set())
        where = f"http://127.0.0.1:{settings.metrics_port}/metrics and /health" if settings.metrics_port else "the log"
        make_sayer(settings.log_format)(f"Watching; see {where}  (stop with Ctrl-C)")
        over.wait()
