"""`dateline topics`: what is watched for, and whether it catches what it should."""

import typer
from rich.table import Table

from cli.app import app, out

topics = typer.Typer(no_args_is_help=True, help="List, check, suggest, preview, replay and mark topics.")
app.add_typer(topics, name="topics")


@topics.command("list")
def list_() -> None:
    """List the topics, with how much each declares."""
    from cli.topic_matching import open_matcher
    from flows.settings import read_settings

    matcher = open_matcher(read_settings())
    versions = matcher.topic_versions
    table = Table("topic", "title", "keys", "angles", "examples", "version", box=None, pad_edge=False)
    for topic in matcher.topics:
        counts = (str(len(part)) for part in (topic.keys, topic.angles, topic.examples))
        table.add_row(topic.id, topic.title, *counts, versions[topic.id][:8])
    out.print(table)
    out.print(f"{len(matcher.topics)} topics.")
