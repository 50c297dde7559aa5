"""A digest for Slack, as Block Kit: one message for an incoming webhook, or a short one with its details in a thread."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from digests import phrases
from digests.render_text import draw_bars
from digests.wording import name_language, shorten
from news.digests import Digest, DigestStory, Quote

MAX_STORIES = 30
"""With at most fifteen blocks of one-liners, headings and notes a message stays below Slack's 50 blocks."""

MAX_SECTION = 2_900
"""Slack refuses sections of more than 3,000 characters; what is counted there is our escaped text."""

MAX_HEADER = 150

MAX_BARS = 8
"""A context block holds ten elements, of which the opening and the caption are two."""

Block = dict[str, Any]

# Characters that Slack reads as formatting have no escape: a look-alike stands for them in text of others.
_LOOK_ALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """What Slack is sent: `text` is the fallback that notifications show."""

    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class SlackThread:
    """A short message that stands in the channel, and details that are told below it."""

    lead: SlackMessage
    details: tuple[SlackMessage, ...]


def render_slack(digest: Digest) -> SlackMessage:
    """Render one message for an incoming webhook, which cannot thread: every story told, each in two or three lines."""
    told = digest.in_full[:MAX_STORIES]
    blocks = [*_open(digest), *(_section(text) for text in _join_titles(told, _tell_shortly))]
    return _close(digest, [*blocks, *_list_briefs(digest.briefs[:MAX_STORIES])], shown=len(told))


def render_slack_thread(digest: Digest) -> SlackThread:
    """Render a lead with the headlines, and messages below it with the stories in full, then the ones in a line."""
    headlines = [f"• {_headline(story)}" for story in digest.in_full[:MAX_STORIES]]
    lead = _close(digest, [*_open(digest), *_pack(headlines)], shown=len(headlines), has_briefs=False)
    texts = _join_titles(digest.in_full, _tell)
    blocks = [*(_section(text) for text in texts), *_list_briefs(digest.briefs)]
    details = [blocks[start : start + MAX_STORIES] for start in range(0, len(blocks), MAX_STORIES)]
    return SlackThread(lead, tuple(SlackMessage(f"Details of digest {digest.number}", tuple(part)) for part in details))


def escape(text: str) -> str:
    """Make text of others harmless in mrkdwn: no link, mention, or formatting can be made with it."""
    return " ".join(text.split()).translate(_LOOK_ALIKES)


def _close(digest: Digest, blocks: Sequence[Block], *, shown: int, has_briefs: bool = True) -> SlackMessage:
    """Add the notes, and what this message leaves to the stored digest or the thread."""
    hidden = len(digest.in_full) - shown + (max(0, len(digest.briefs) - MAX_STORIES) if has_briefs else 0)
    foot = _context([*phrases.say_notes(digest, hidden=hidden), *phrases.say_footer(digest)])
    text = shorten(escape(f"{phrases.say_subject(digest)}: {phrases.say_preview(digest)}"), MAX_SECTION)
    return SlackMessage(text, (*blocks, foot))


def _join_titles(stories: Sequence[DigestStory], tell: Callable[[DigestStory], str]) -> list[str]:
    """Tell stories, the first of each topic below the topic's title; one block each, since blocks are counted."""
    topics = [story.topic for story in stories]
    is_first = (number == topics.index(story.topic) for number, story in enumerate(stories))
    return [
        f"*{escape(story.topic_title)}*\n{tell(story)}" if first else tell(story)
        for first, story in zip(is_first, stories, strict=True)
    ]


def _open(digest: Digest) -> Iterable[Block]:
    title = {"type": "plain_text", "text": shorten(digest.title, MAX_HEADER), "emoji": False}
    yield {"type": "header", "text": title}
    bars = [f"{draw_bars(volume)} {volume.days[-1]} {volume.title}" for volume in digest.volumes[:MAX_BARS]]
    yield _context([f"{digest.date} · {digest.opening}", *([f"{phrases.VOLUMES}:", *bars] if bars else [])])


def _headline(story: DigestStory) -> str:
    return f"*{_link(story.url, escape(story.title))}* [{name_language(story.language)}]"


def _link(url: str, text: str) -> str:
    """Link escaped text, where there is an address that leaves room for more."""
    # A pipe or a bracket would end the address inside Slack's <address|text>.
    safe = url.replace("&", "&amp;").replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    return f"<{safe}|{text}>" if url and len(safe) < MAX_SECTION // 2 else text


def _tell_shortly(story: DigestStory) -> str:
    return "\n".join([_headline(story), *_say_new(story), *(escape(said) for said in phrases.say_facts(story)[:2])])


def _tell(story: DigestStory) -> str:
    lines = [_headline(story), *_say_new(story)]
    lines += [f">{_mark(quote)} ({escape(quote.outlet)})" for quote in story.quotes]
    return "\n".join([*lines, *(escape(said) for said in phrases.say_facts(story))])


def _say_new(story: DigestStory) -> list[str]:
    lines = [f"_Changed: {escape(story.change)}_"] if story.change else []
    lines += [f"_Surge: {escape(story.surge)}_"] if story.surge else []
    lines += [f"_Follows: {escape(story.follows)}_"] if story.follows else []
    lines += [f"also {escape(', '.join(story.tags))}"] if story.tags else []
    names = [escape(name) for name in story.names]
    names += [_link(story.translate_url, "Translate")] if story.translate_url else []
    return [*lines, *([" · ".join(names)] if names else [])]


def _mark(quote: Quote) -> str:
    # Slack marks a word only between spaces: beside CJK characters the asterisks would show, so those stay plain.
    pieces = []
    for text, is_marked in phrases.split_marks(quote):
        spaced = text.translate(_LOOK_ALIKES)
        pieces.append(f"*{spaced}*" if is_marked and text.isascii() else spaced)
    return "".join(pieces)


def _list_briefs(briefs: Sequence[DigestStory]) -> list[Block]:
    if not briefs:
        return []
    return [
        _section("*In brief*"),
        *_pack(f"• {_headline(story)} {escape(phrases.say_brief(story))}" for story in briefs),
    ]


def _pack(lines: Iterable[str]) -> list[Block]:
    """Lay lines out in as few sections as their limit allows."""
    packed: list[str] = []
    for line in lines:
        if packed and len(packed[-1]) + len(line) < MAX_SECTION:
            packed[-1] += f"\n{line}"
        else:
            packed.append(line)
    return [_section(text) for text in packed]


def _section(text: str) -> Block:
    kept: list[str] = []
    for line in text.split("\n"):
        if sum(len(each) + 1 for each in kept) + len(line) <= MAX_SECTION:
            kept.append(line)
    # `verbatim` keeps Slack from making links and mentions out of plain words.
    return {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(kept), "verbatim": True}}


def _context(lines: Sequence[str]) -> Block:
    elements = [{"type": "mrkdwn", "text": shorten(escape(line), MAX_SECTION), "verbatim": True} for line in lines]
    return {"type": "context", "elements": elements[:10]}
