"""`dateline demo`: the whole pipeline on the sample edition, offline."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from cli.app import app, out
from cli.progress import following

if TYPE_CHECKING:
    from cli.mail_catcher import Mailbox


@app.command()
def demo() -> None:
    """Run the whole pipeline on a sample edition, offline, and say where to look.

    A web server on this machine serves invented newspapers; a Prefect flow fetches, reads, matches and stores them;
    the digest goes to a mail server on this machine and to a file.
    """
    from cli.mail_catcher import catch_mail
    from flows.settings import read_settings
    from flows.wiring import utc_now
    from seeds.sample.edition import load_edition
    from seeds.sample.newsroom import serve_edition, write_declarations

    home = read_settings().home_path / "demo"
    for stale in ("dateline.db", "dateline.db-wal", "dateline.db-shm", "mailbox", "digests", "seeds"):
        _remove(home / stale)
    edition, now = load_edition(), utc_now()
    with catch_mail(home / "mailbox") as mailbox, serve_edition(edition, now=now) as newsroom:
        write_declarations(edition, home / "shipped", newsroom.origin)
        _surround(home, mailbox, newsroom.origin)
        out.print(f"Serving the sample edition at {newsroom.origin}: {len(edition.feeds)} feeds of invented papers.")
        out.print("Starting Prefect (its first start in a new home takes some seconds).")
        figures, sent = _run_flows()
    _tell(home, figures, sent, mailbox)


def _tell(home: Path, figures: Mapping[str, Any], sent: Mapping[str, int], mailbox: "Mailbox") -> None:
    """Say what happened and where to look."""
    out.print(
        f"\n{figures['feeds']} feeds polled ({figures['failed']} failed, as meant), {figures['new_entries']} entries, "
        f"{figures['articles']} articles, {figures['stories']} stories, {sent['sent']} deliveries."
    )
    for feed, reason in figures["failures"].items():
        out.print(f"  {feed}: {reason}", style="dim")
    out.print(_tabulate(figures["tagged"]))
    digest = home / "digests" / "sample" / "latest.html"
    out.print("Where to look:")
    for name, place in (("digest", digest), ("mail", mailbox.folder), ("database", home / "dateline.db")):
        out.print(f"  {name:9}{_shorten(place)}", soft_wrap=True)
    out.print("What to ask of it:")
    for words in ("search 台湾 OR 대만 OR Taiwan", "stories list", "digest list"):
        out.print(f"  DATELINE_HOME={_shorten(home)} ./dateline {words}", soft_wrap=True)
    out.print("To go live: `make live` asks for mail or Slack and your time zone, then starts.")


def _shorten(path: Path) -> Path:
    """A path from where the user stands, where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _tabulate(tagged: Mapping[str, int]) -> Table:
    """Lay matches out by topic and language."""
    counts = {tuple(key.split()): number for key, number in tagged.items()}
    languages = sorted({language for _, language in counts})
    table = Table("topic", *languages, "all", title="Matches by topic and language", title_justify="left")
    for topic in sorted({topic for topic, _ in counts}):
        row = [counts.get((topic, language), 0) for language in languages]
        table.add_row(topic, *(str(number or "") for number in row), str(sum(row)))
    return table


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _surround(home: Path, mailbox: "Mailbox", origin: str) -> None:
    """Set this process's environment, which the flows read, to the demo's own home and servers."""
    for name in [name for name in os.environ if name.startswith("DATELINE_")]:
        del os.environ[name]
    os.environ |= {
        "DATELINE_ENV_FILE": os.devnull,  # the operator's own settings are not the demo's
        "DATELINE_HOME": str(home),
        "DATELINE_SEEDS": str(home / "shipped"),
        "DATELINE_SMTP_HOST": "127.0.0.1",
        "DATELINE_SMTP_PORT": str(mailbox.port),
        "DATELINE_SMTP_SECURITY": "none",
        "DATELINE_MAIL_FROM": "Dateline <dateline@dateline.example>",
        "DATELINE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "DATELINE_ALLOWED_PORTS": origin.rpartition(":")[2],
        "DATELINE_HOST_SECONDS": "0",
        "DATELINE_PER_HOST": "8",
    }
    from flows.prefect_home import prepare_prefect

    prepare_prefect(home, quiet=True)


def _run_flows() -> tuple[dict[str, Any], dict[str, int]]:
    """Run the three flows as a scheduler would. Importing Prefect takes a second, so only here."""
    from flows.deliver import deliver
    from flows.watch import watch

    with following("Fetching, reading and matching"):
        figures = asyncio.run(watch())
    return figures, deliver()
