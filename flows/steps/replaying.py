"""Tagging the archive anew after a topic was edited, and seeing beforehand what that would change."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Retagged:
    """What a replay did: articles read again, pages asked for, and by topic what it gained and lost."""

    articles: int
    asked: int
    by_topic: Mapping[str, Replayed]


def iterate_archive(store: Store, *, after: int = 0) -> Iterator[list[ArchivedText]]:
    """Yield the archive's latest texts in batches, in order of their articles' ids."""
    while texts := read_latest_texts(store, after=after, limit=_BATCH):
        yield texts
        after = texts[-1].article_id


def replay_topics(store: Store, matcher: Matcher, topics: Sequence[str], clock: Callable[[], datetime]) -> Retagged:
    """Tag the archive anew with topics as they are declared now, reading it once for all of them; nothing is sent.

    The database knows the topics' versions already. A replay that was cut off goes on where it was, each topic from its
    own place; one that came to its end begins anew.
    """
    replays = [Replay(topic, matcher.topic_versions[topic], matcher.gazetteer_version) for topic in topics]
    reached = {replay.topic: begin_replay(store, replay, clock()) for replay in replays}
    after = min(reached.values(), default=0)
    waiting = count_latest_texts(store, after=after)
    done, articles, asked = dict.fromkeys(topics, Replayed()), 0, 0
    for texts in iterate_archive(store, after=after):
        found = {text.revision_id: match_all(matcher, text) for text in texts}
        for replay in replays:
            ahead = [text for text in texts if text.article_id > reached[replay.topic]]
            tagged = {id_: matches[replay.topic] for id_, matches in found.items() if replay.topic in matches}
            done[replay.topic] += record_replayed(store, replay, ahead, tagged, clock())
        articles += len(texts)
        asked += _ask_for_texts(store, matcher, texts, clock())
        log.info("%s of %s articles", f"{articles:,}", f"{waiting:,}")
    for replay in replays:
        end_replay(store, replay, clock())
    return Retagged(articles, asked, done)


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
            match = match_all(matcher, text).get(topic)
            if match and text.article_id in tagged:
                kept += 1
            elif match:
                added.append((text, match.score))
            elif text.article_id in tagged:
                lost.append(text)
        log.info("%s articles", f"{articles:,}")
    return Preview(articles, tuple(sorted(added, key=lambda one: -one[1])), tuple(lost), kept)


def match_all(matcher: Matcher, text: ArchivedText) -> dict[str, Match]:
    """Return an archived article's matches by topic."""
    return {match.topic: match for match in matcher.match_text(text.title, text.text, text.language)}
