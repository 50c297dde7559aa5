"""What flows leave in the Prefect UI for the operator: figures, findings and digests as Markdown."""

from collections.abc import Sequence

from prefect.artifacts import acreate_markdown_artifact

from digests.render import render_markdown
from digests.render_markdown import escape, link
from digests.stored import digest_from_json
from flows.steps.watching import Round
from storage.digests import find_digest
from storage.engine import Store
from storage.topics import TaggedItem, list_tagged

_SHOWN = 30  # a page of the UI; the rest is in the view `tagged_items`

_COLUMNS = (
    "feeds",
    "unchanged",
    "failed",
    "new_entries",
    "articles",
    "quick",
    "improved",
    "revised",
    "refused",
    "postponed",
    "stories",
)


async def leave_round(round_: Round, topics: Sequence[str] = (), problem: str = "") -> None:
    """Leave a round's figures, the failed feeds and the newest tagged articles."""
    tagged = list_tagged(round_.store, since_at=round_.started_at, topics=topics, limit=_SHOWN)
    await acreate_markdown_artifact(
        describe_round(round_, tagged, problem), key="round", description="A round's figures"
    )


async def leave_digest(store: Store, name: str) -> None:
    """Leave a stored digest, called `morning/3`, as every channel renders it."""
    subscription, _, number = name.rpartition("/")
    if stored := find_digest(store, subscription, int(number)):
        text = render_markdown(digest_from_json(stored.content))
        await acreate_markdown_artifact(text, key=f"digest-{subscription}", description=f"Digest {name}")


def describe_round(round_: Round, tagged: Sequence[TaggedItem], problem: str) -> str:
    """Write a round down as Markdown."""
    f = round_.figures
    lines = [
        "# Round",
        *([f"**Declarations:** {escape(problem)}. The last good version serves on.", ""] if problem else []),
        "| " + " | ".join(name.replace("_", " ") for name in _COLUMNS) + " |",
        "|---" * len(_COLUMNS) + "|",
        "| " + " | ".join(str(getattr(f, name)) for name in _COLUMNS) + " |",
    ]
    if f.failures:
        lines += ["", "## Feeds that failed", *(f"- `{feed}`: {escape(reason)}" for feed, reason in f.failures.items())]
    if f.surges:
        lines += ["", "## Surges", *(f"- `{topic}`: {escape(why)}" for topic, why in f.surges.items())]
    if tagged:
        lines += [
            "",
            "## Tagged",
            *(f"- {t.topic} {t.score:.2f} {link(t.title, t.url)}, {escape(t.outlet)}" for t in tagged),
        ]
    return "\n".join(lines)
