"""Stories -> digest: pure, and the only place that decides what a reader is told. Channels only lay it out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from digests.changes import remember, what_changed
from digests.choosing import Candidate, choose_candidates, choose_urgent, is_stale
from digests.render_text import count_words, count_words_in_full
from digests.wording import count, join_words, name_language, say_blind, say_date
from digests.writing import Desk, write_story
from news.digests import BlindSource, Digest, DigestStory, Section, Subscription, Volume
from news.stories import Story, ToldState

READING_WORDS = 460
"""What is read in two minutes: a digest as text, before its one-liners, aims at no more words than these."""

_WHOLE_COLUMNS = 230
"""Most sentences of news are whole in so many columns. The first story's always has them: it matters most."""

_LEAST_COLUMNS = 100
"""Columns of the quote of every other story told in full, also where that breaks `READING_WORDS`, as six topics with
long titles do: a shorter piece of a sentence says nothing."""

_BETTER = ((1, _WHOLE_COLUMNS), (1, 140), (2, _WHOLE_COLUMNS))
"""What stories get as far as `READING_WORDS` reaches, the best ones first: a whole sentence for as many as it
goes round; a longer piece where that is too much; then a second one."""


def compose_digest(  # noqa: PLR0913 (facts of one moment, keyword-only)
    subscription: Subscription,
    stories: Sequence[Story],
    *,
    topics: Mapping[str, str],
    labels: Mapping[str, str],
    number: int,
    since_at: datetime,
    now: datetime,
    first: bool,
    blind: Sequence[BlindSource] = (),
    volumes: Mapping[str, Sequence[int]] | None = None,
    alert: bool = False,
    limit: int | None = None,
) -> Digest:
    """Compose what a subscription is told: its best stories in full, the next ones in a line, the rest counted.

    `topics` are titles by topic id, `labels` English names by entity id, `volumes` stories a day by topic id, the
    latest last. `since_at` is where the subscription begins, which a first digest says. With `alert` only stories that the
    subscription wants to hear at once are told. `limit` bounds the stories told, as what is left of a day's alerts
    does. A digest without stories is returned too: whether it is sent is the caller's choice (`send_empty`).
    """
    choose = choose_urgent if alert else choose_candidates
    chosen = choose(subscription, stories, now)
    places = subscription.full_stories + subscription.brief_stories
    places = places if limit is None else min(places, limit)
    told, rest = chosen[:places], chosen[places:]
    let_go = sum(is_stale(candidate.story, now) for candidate in rest)
    desk = Desk(topics, labels, subscription.languages, subscription.zone, now)
    digest = Digest(
        subscription=subscription.id,
        title=subscription.title,
        number=number,
        composed_at=now,
        zone=subscription.zone,
        date=say_date(now, subscription.zone),
        opening=_open_alert(told) if alert else _open_digest(told, since_at if first else None, now),
        briefs=tuple(write_story(desk, candidate) for candidate in told[subscription.full_stories :]),
        volumes=() if alert else _lay_out_volumes(subscription, topics, volumes or {}),
        left_out=0 if alert else len(rest) - let_go,
        let_go=0 if alert else let_go,
        blind=tuple(say_blind(source, subscription.zone, now) for source in blind),
        is_alert=alert,
        is_first=first,
    )
    return _write_sections(digest, desk, told[: subscription.full_stories], subscription.topics)


def told_states(digest: Digest, stories: Sequence[Story], *, alerts_only: bool = False) -> dict[int, ToldState]:
    """Return what the ledger must hold after a digest of `stories`, by story id.

    Told stories, in full or in a line, are remembered. Counted ones are not: they stay untold and come again in the
    next digest, up to three days after their last report; then they are let go, which the digest counts, and
    remembered, so that only a change brings them back. A story told before that has grown without a stated change is
    remembered as it is now. An alert settles only what it tells, unless the subscription gets alerts alone.
    """
    told = {story.id for story in digest.stories}
    settles = alerts_only or not digest.is_alert
    return {
        story.id: remember(story, digest.number, digest.composed_at)
        for story in stories
        if story.id in told or (settles and _is_settled(story, digest.composed_at))
    }


def _is_settled(story: Story, now: datetime) -> bool:
    return is_stale(story, now) or (story.told is not None and not what_changed(story))


def _write_sections(digest: Digest, desk: Desk, chosen: Sequence[Candidate], topics: Sequence[str]) -> Digest:
    """Add the stories told in full, by their best topic, with quotes as long as two minutes have room for."""
    told = [
        write_story(desk, candidate, quotes=1, columns=_LEAST_COLUMNS if place else _WHOLE_COLUMNS)
        for place, candidate in enumerate(chosen)
    ]
    spare = READING_WORDS - count_words_in_full(_lay_out(digest, desk, told, topics))
    return _lay_out(digest, desk, _lengthen(desk, chosen, told, spare), topics)


def _lengthen(
    desk: Desk, chosen: Sequence[Candidate], told: Sequence[DigestStory], spare: int
) -> Sequence[DigestStory]:
    """Spend the words that are left on longer quotes: step by step, in each step the best stories first."""
    longer = list(told)
    for quotes, columns in _BETTER:
        for place, candidate in enumerate(chosen):
            if spare <= 0:
                return longer
            wider = write_story(desk, candidate, quotes=quotes, columns=columns)
            words = count_words(wider) - count_words(longer[place])
            if words <= spare:
                longer[place], spare = wider, spare - words
    return longer


def _lay_out(digest: Digest, desk: Desk, told: Sequence[DigestStory], topics: Sequence[str]) -> Digest:
    by_topic = {topic: tuple(story for story in told if story.topic == topic) for topic in topics}
    sections = (Section(topic, desk.title(topic), stories) for topic, stories in by_topic.items() if stories)
    return replace(digest, sections=tuple(sections))


def _lay_out_volumes(
    subscription: Subscription, topics: Mapping[str, str], volumes: Mapping[str, Sequence[int]]
) -> tuple[Volume, ...]:
    known = [topic for topic in subscription.topics if topic in volumes]
    return tuple(Volume(topic, topics.get(topic, topic), tuple(volumes[topic][-14:])) for topic in known)


def _open_digest(told: Sequence[Candidate], since_at: datetime | None, now: datetime) -> str:
    """Write the one sentence of figures that opens a digest."""
    covered = ""
    if since_at:
        covered = f"This first digest covers the last {count(round((now - since_at).total_seconds() / 3600), 'hour')}: "
    if not told:
        return f"{covered}no news on your topics." if covered else "No news on your topics since the last digest."
    again = sum(candidate.story.told is not None for candidate in told)
    new = len(told) - again
    said = [count(new, "new story")] if new else []
    said += [f"{count(again, 'story')} with a change"] if again else []
    return f"{covered}{join_words(said)}, {_say_sources(told)}."


def _open_alert(told: Sequence[Candidate]) -> str:
    return f"{count(len(told), 'story')} you asked to hear of at once, {_say_sources(told)}."


def _say_sources(told: Sequence[Candidate]) -> str:
    reports = [report for candidate in told for report in candidate.reports]
    outlets = len({report.outlet.id for report in reports})
    languages = {name_language(report.language).partition(" (")[0] for report in reports if report.language}
    said = f"from {count(len(reports), 'report')} of {count(outlets, 'outlet')}"
    return f"{said} in {count(len(languages), 'language')}" if len(languages) > 1 else said
