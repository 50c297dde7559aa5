"""The account after a test that kills: what was promised, and what the store and the receivers hold."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from benchmarks.mail import read_times
from benchmarks.striking import Strike, count_unexplained
from benchmarks.telling import count_owed, count_repeats
from flows.steps.delivering import name_delivery
from news.articles import Quality
from storage.deliveries import list_deliveries
from storage.engine import Store, reading
from storage.tables import (
    articles,
    deliveries,
    digests,
    entries,
    feeds,
    leases,
    matches,
    revisions,
    sightings,
    subscriptions,
)

_MANY = 1_000_000


@dataclass(slots=True)
class Account:
    """Figures of what happened, and promises with how often each is broken."""

    happened: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)


def account_for(
    store: Store, published: set[str], received: Path, topics: Sequence[str], strikes: Sequence[Strike]
) -> Account:
    """Compare what was published and received with the store.

    `topics` are those of every subscription; `strikes` are what may have cut off a sender.
    """
    account = Account()
    _account_for_articles(store, published, account)
    _account_for_digests(store, topics, account)
    _account_for_mails(store, received, strikes, account)
    _account_for_leases(store, account)
    return account


def _account_for_articles(store: Store, published: set[str], account: Account) -> None:
    with reading(store) as connection:
        urls = list(connection.scalars(sa.select(articles.c.url)))
        states = Counter(connection.scalars(sa.select(entries.c.state)))
        titles = connection.scalar(sa.select(sa.func.count(sa.distinct(articles.c.title)))) or 0
        read = (
            connection.scalar(sa.select(sa.func.count()).select_from(articles).where(articles.c.quality == "feed")) or 0
        )
        loose = sa.select(sa.func.count()).select_from(articles).where(is_loose())
        texts = Counter(connection.scalars(_later_texts()))
        seen = connection.scalar(sa.select(sa.func.count()).select_from(sightings)) or 0
        matched = connection.scalar(sa.select(sa.func.count(sa.distinct(matches.c.article_id)))) or 0
        account.broken["matched articles in no story"] = connection.scalar(loose) or 0
    account.happened |= {"articles published": len(published), "articles stored": len(urls)}
    account.happened |= {f"entries {state}": count for state, count in states.items()}
    account.happened |= {"articles of which only the feed's words were had": read, "articles matched": matched}
    account.happened |= {f"texts in place of one of quality {quality}": count for quality, count in texts.items()}
    account.broken |= {
        "nothing published, or nothing matched": int(not published or not matched),
        "published, not stored": len(published - set(urls)),
        "stored, not published": len(set(urls) - published),
        "stored twice": len(urls) - len(set(urls)),
        "titles twice": len(urls) - titles,
        "texts in place of one that was as good": texts[Quality.CAREFUL],
        "entries not stored": states.total() - states["stored"],
        "entries without their sighting": states["stored"] - seen,
    }


def _later_texts() -> sa.Select[tuple[str]]:
    """Of each text that took the place of another, the other's quality: a page that was late, or read quickly, is read again."""
    before = revisions.alias()
    follows = (before.c.article_id == revisions.c.article_id) & (before.c.number == revisions.c.number - 1)
    return sa.select(before.c.quality).join(revisions, follows)


def is_loose() -> sa.ColumnElement[bool]:
    """The condition that an article is matched and in no story yet."""
    return articles.c.story_id.is_(None) & sa.exists().where(matches.c.article_id == articles.c.id)


def _account_for_digests(store: Store, topics: Sequence[str], account: Account) -> None:
    with reading(store) as connection:
        numbers: dict[str, list[int]] = {}
        for row in connection.execute(sa.select(digests.c.subscription_id, digests.c.number)):
            numbers.setdefault(row.subscription_id, []).append(row.number)
        unbriefed = sa.select(sa.func.count()).select_from(subscriptions).where(subscriptions.c.last_due_at.is_(None))
        account.broken["subscriptions never briefed"] = connection.scalar(unbriefed) or 0
    account.happened["digests"] = sum(map(len, numbers.values()))
    account.broken |= {
        "stories due, neither told nor counted as waiting": count_owed(store, topics),
        "stories told again without a change": count_repeats(store),
        "gaps in a subscription's numbers": sum(max(found) - len(set(found)) for found in numbers.values()),
    }


def _account_for_mails(store: Store, received: Path, strikes: Sequence[Strike], account: Account) -> None:
    """A mail may come twice where a sender was cut off before it could mark it; never oftener than it was claimed."""
    sent = list_deliveries(store, limit=_MANY)
    states = Counter(each.state for each in sent)
    times = read_times(received)
    got = Counter({name: len(noted) for name, noted in times.items()})
    claims = {
        f"<dateline.{name_delivery(each)}@dateline.example>": each.attempts
        for each in sent
        if each.channel.startswith("email:")
    }
    again = got.total() - len(got)
    account.happened |= {"deliveries": states.total(), "mails received": got.total(), "mails received twice": again}
    account.broken |= {
        "deliveries not sent": states.total() - states["sent"],
        "mails sent, not received": len(claims.keys() - got.keys()),
        "mails received, not in the ledger": len(got.keys() - claims.keys()),
        "copies of mails more than claims of them": sum(max(0, got[name] - count) for name, count in claims.items()),
        "mails received twice without a sender that was cut off": count_unexplained(times, strikes),
    }


def _account_for_leases(store: Store, account: Account) -> None:
    """After everybody has stopped nothing may be held."""
    now = datetime.now(UTC)
    with reading(store) as connection:

        def count(table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
            return connection.scalar(sa.select(sa.func.count()).select_from(table).where(condition)) or 0

        held = list(connection.scalars(sa.select(leases.c.name).where(leases.c.until_at > now)))
        account.broken |= {
            " ".join(["leases still held", *held]): len(held),
            "entries still claimed": count(entries, (entries.c.state == "unread") & (entries.c.next_attempt_at > now)),
            "feeds still claimed": count(feeds, feeds.c.claimed_until > now),
            "deliveries still claimed": count(deliveries, deliveries.c.claimed_until > now),
        }


def show_account(console: Console, account: Account) -> int:
    """Print both tables; 1 where a promise is broken."""
    happened = Table("what happened", "number", title="Killing")
    for what, number in account.happened.items():
        happened.add_row(what, f"{number:,}")
    broken = Table("what must not be", "number", "")
    for what, number in account.broken.items():
        broken.add_row(what, f"{number:,}", "BROKEN" if number else "ok")
    console.print(happened, broken)
    return int(any(account.broken.values()))
