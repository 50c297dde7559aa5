"""Tagging the archive anew after a topic was edited, and seeing beforehand what that would change."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from matching.matcher import Matcher
from news.articles import Quality
from news.topics import Match
from storage.articles import ask_for_rereads
from storage.engine import Store
from storage.replays import (
    ArchivedText,
    Replay,
    Replayed,
    begin_replay,
    count_latest_texts,
    end_replay,
    list_tagged_articles,
    read_latest_texts,
    record_replayed,
)

log = logging.getLogger(__name__)

# Read, matched and stored in a third of a second; SQLite's other writers wait no longer than for a batch of articles.
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """What a topic would change in the archive: articles it would add, with their scores, lose, and keep."""

    articles: int
    added: tuple[tuple[ArchivedText, float], ...]
    lost: tuple[ArchivedText, ...]
    kept: int


def iterate_archive(store: Store, *, after: int = 0) -> Iterator[list[ArchivedText]]:
    """Yield the archive's latest texts in batches, in order of their articles' ids."""
    while texts := read_latest_texts(store, after=after, limit=_BATCH):
        yield texts
        after = texts[-1].article_id


def replay_topic(store: Store, matcher: Matcher, topic: str, clock: Callable[[], datetime]) -> Replayed:
    """Tag the archive anew with one topic as it is declared now; nothing is sent.

    The database knows the topic's version already. A replay that was cut off goes on where it was.
    """
    replay = Replay(topic, matcher.topic_versions[topic], matcher.gazetteer_version)
    after = begin_replay(store, replay, clock())
    waiting = count_latest_texts(store, after=after)
    total = Replayed()
    for texts in iterate_archive(store, after=after):
        found = {text.revision_id: match for text in texts if (match := match_topic(matcher, topic, text))}
        total += record_replayed(store, replay, texts, found, clock())
        total += Replayed(asked=_ask_for_texts(store, matcher, texts, clock()))
        log.info("%s of %s articles", f"{total.articles:,}", f"{waiting:,}")
    end_replay(store, replay, clock())
    return total


def _ask_for_texts(store: Store, matcher: Matcher, texts: Sequence[ArchivedText], now: datetime) -> int:
    """Have pages read carefully that were read quickly, as no topic of that day caught them, and are caught now."""
    quick = (text for text in texts if text.quality == Quality.QUICK)
    caught = [text.article_id for text in quick if matcher.catches(text.title, text.text, text.language)]
    return ask_for_rereads(store, caught, now)


def preview_topic(store: Store, matcher: Matcher, topic: str) -> Preview:
    """Compare what a topic would tag with what is tagged now; the surest additions come first."""
    tagged = list_tagged_articles(store, topic)
    added, lost = list[tuple[ArchivedText, float]](), list[ArchivedText]()
    articles = kept = 0
    for texts in iterate_archive(store):
        articles += len(texts)
        for text in texts:
            match = match_topic(matcher, topic, text)
            if match and text.article_id in tagged:
                kept += 1
            elif match:
                added.append((text, match.score))
            elif text.article_id in tagged:
                lost.append(text)
        log.info("%s articles", f"{articles:,}")
    return Preview(articles, tuple(sorted(added, key=lambda one: -one[1])), tuple(lost), kept)


def match_topic(matcher: Matcher, topic: str, text: ArchivedText) -> Match | None:
    """Return an archived article's match with one topic, if there is one."""
    matches = matcher.match_text(text.title, text.text, text.language)
    return next((match for match in matches if match.topic == topic), None)
