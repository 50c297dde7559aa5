"""When to look at a page again: often while an article is young, then never."""

from datetime import datetime, timedelta

# Corrections and updates come within hours, removals within days; four looks cost little and find most.
_AGES = tuple(timedelta(hours=h) for h in (1, 4, 24, 96))


def plan_reread(first_seen_at: datetime, now: datetime) -> datetime | None:
    """Return when to read an article's page again; None once it is older than four days."""
    return next((first_seen_at + age for age in _AGES if first_seen_at + age > now), None)
