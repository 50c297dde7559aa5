"""`dateline doctor`: what is wrong, and how to mend it."""

from typing import Annotated

import typer

from cli.app import app, out
from cli.streams import write_record

_SIGNS = {"good": "[green]ok[/]    ", "notice": "[yellow]notice[/]", "wrong": "[red]wrong[/] "}


@app.command()
def doctor(
    *,
    test_channels: Annotated[
        bool, typer.Option("--test-channels", help="Send a test message to every channel.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line for each finding, and for each outlet's volume.")
    ] = False,
) -> None:
    """Examine settings, database, clock, sources and deliveries: what is wrong and how to mend it."""
    from collections import Counter
    from dataclasses import asdict

    from rich.markup import escape

    from cli.checkup import examine
    from cli.findings import Grade
    from flows.wiring import utc_now

    graded: Counter[Grade] = Counter()
    for finding in examine(utc_now(), tests_channels=test_channels):
        if finding.is_detail and not json:
            continue
        graded[finding.grade] += 1
        if json:
            write_record(asdict(finding))
            continue
        out.print(f"{_SIGNS[finding.grade]}  {escape(finding.subject)}: {escape(finding.text)}", soft_wrap=True)
        if finding.remedy:
            out.print(f"          {finding.remedy}", style="dim", markup=False, soft_wrap=True)
    if not json:
        out.print(
            f"\n{graded[Grade.GOOD]} ok, {graded[Grade.NOTICE]} to notice, {graded[Grade.WRONG]} wrong.", style="bold"
        )
    if graded[Grade.WRONG]:
        raise typer.Exit(1)
