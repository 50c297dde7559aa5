"""Subscriptions, and a digest as composed."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """When a subscription is told: on its schedule, at once, or both."""

    DIGEST = "digest"
    IMMEDIATE = "immediate"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who hears what, when. `cron` has five fields and is read in `zone` (IANA); `channels` read `kind[:target]`.

    Channels: `email:someone@example.org`, `slack` (incoming webhook) or `slack:#room` (bot token), `webhook`, `file`.
    Their secrets stand in settings, never here.
    """

    id: str
    title: str
    topics: tuple[str, ...]
    channels: tuple[str, ...]
    cron: str = "0 7 * * *"
    zone: str = "UTC"
    minimum_score: float = 0.5
    languages: tuple[str, ...] = ("en",)
    mode: Mode = Mode.DIGEST
    send_empty: bool = False
