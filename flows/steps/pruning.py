"""Forgetting what the settings say is old, so that the database grows no further than it must."""

import logging
from dataclasses import asdict
from datetime import datetime, timedelta

from flows.settings import Settings
from storage.engine import Store
from storage.retention import Pruned, Retention, prune_store

log = logging.getLogger(__name__)


def retention_rules(settings: Settings) -> Retention:
    """Read the rules from the settings, in which 0 days mean for good."""
    return Retention(
        texts_for=_days(settings.keep_texts_days),
        unmatched_texts_for=_days(settings.keep_unmatched_texts_days),
        unmatched_articles_for=_days(settings.keep_unmatched_articles_days),
        pages_for=timedelta(days=settings.keep_pages_days),
        entries_for=_days(settings.keep_entries_days),
        refreshes_for=_days(settings.keep_refreshes_days),
    )


def _days(number: int) -> timedelta | None:
    return timedelta(days=number) if number else None


def prune(store: Store, settings: Settings, now: datetime, *, dry_run: bool = False) -> Pruned:
    """Forget what is old, and say how much."""
    pruned = prune_store(store, retention_rules(settings), now, dry_run=dry_run)
    log.info("%s %s", "Would forget" if dry_run else "Forgot", describe_pruned(pruned))
    return pruned


def describe_pruned(pruned: Pruned) -> str:
    """Say in words what was forgotten: `12 texts and 3 entries`, or `nothing`."""
    parts = [f"{count:,} {name.replace('_', ' ')}" for name, count in asdict(pruned).items() if count]
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]])) or "nothing"
