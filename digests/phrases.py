"""What every rendering says in the same words: sources, press systems, notes and footer of a digest."""

from collections.abc import Sequence

from digests.wording import count, join_words, name_language
from news.digests import OPERATOR, Digest, DigestStory, Quote

NAMED_OUTLETS = 3
"""Outlets named for a story; the others are counted."""

NAMED_SYSTEMS = 5
"""Press systems named for a story, those with most outlets first."""

MISSING = "What may be missing"
"""Heads the notes."""

VOLUMES = "Stories in 24 hours, over two weeks"
"""Says what the bars count."""

TEST_NUMBER = 0
"""The number of a test message: real digests count from 1."""

NAMED_BLIND = 5
"""Blind sources named; when more fail at once it is the network, and the doctor has the list."""


def say_subject(digest: Digest) -> str:
    """Write a subject: the best headline of an alert, else the title alone, since clients thread by equal subjects."""
    stories = digest.stories
    if digest.is_alert and stories:
        return f"{digest.title}: {stories[0].title}"
    return digest.title


def say_preview(digest: Digest) -> str:
    """Write what an inbox shows behind the subject: the first headlines, or the opening."""
    return " · ".join(story.title for story in digest.stories[:3]) or digest.opening


def say_sources(story: DigestStory) -> str:
    """Say how many outlets report a story, and how many of the texts are independent: `5 outlets, 3 independent`."""
    outlets = sum(system.outlets for system in story.press_systems)
    return f"{count(outlets, 'outlet')}, {story.origins} independent"


def has_company(story: DigestStory) -> bool:
    """Whether more than one outlet reports a story."""
    return sum(system.outlets for system in story.press_systems) > 1


def say_alone(story: DigestStory) -> str:
    """Say that one outlet alone reports a story, which and when."""
    return f"Only {name_alone(story)}"


def name_alone(story: DigestStory) -> str:
    """Name the outlet that alone reports a story, with its press system and when."""
    return f"{story.first_outlet} ({story.press_systems[0].name}), {story.first_said}"


def needs_name(story: DigestStory, quote: Quote) -> bool:
    """Whether a quote must say whose it is: the only one of the outlet that is named first speaks for itself."""
    return len(story.quotes) > 1 or quote.outlet != story.outlets[0].name


def say_first(story: DigestStory) -> str:
    """Say when the first outlet of several had the story; it stands behind that outlet's name, the first of them."""
    return f"(first, {story.first_said})"


def say_facts(story: DigestStory) -> list[str]:
    """Say who reports a story, who was first and why it is here, a line each, for renderings without links."""
    why = f"Why: {story.why}"
    if not has_company(story):
        return [say_alone(story), why]
    first, *others = [outlet.name for outlet in story.outlets[:NAMED_OUTLETS]]
    further = count_further(story, NAMED_OUTLETS)
    named = ", ".join([f"{first} {say_first(story)}", *others])
    return [f"{say_sources(story)}: {say_press(story)}", f"{named}{f' +{further}' if further else ''}", why]


def count_further(story: DigestStory, named: int) -> int:
    """Count the outlets beyond the first `named`."""
    return max(0, sum(system.outlets for system in story.press_systems) - min(named, len(story.outlets)))


def say_press(story: DigestStory) -> str:
    """Say the press systems in one line: `South Korea 3, PRC state`, a number only where it is more than one."""
    named = [
        f"{system.name} {system.outlets}" if system.outlets > 1 else system.name
        for system in story.press_systems[:NAMED_SYSTEMS]
    ]
    further = len(story.press_systems) - len(named)
    return ", ".join([*named, *([f"{further} more"] if further else [])])


def say_brief(story: DigestStory) -> str:
    """Write the line under a one-line story: change, topic, language, outlet."""
    names = [name for name in story.names if name != story.topic_title]
    further = count_further(story, 1)
    outlet = f"{story.outlets[0].name} +{further}" if further else story.outlets[0].name
    parts = (
        f"Changed: {story.change}" if story.change else "",
        story.topic_title,
        name_language(story.language),
        outlet,
    )
    return " · ".join(part for part in (*parts, ", ".join(names[:3])) if part)


def say_notes(digest: Digest, *, hidden: int = 0) -> list[str]:
    """Write what the reader may be missing: what did not fit, and which sources were silent.

    `hidden` stories are in the digest, but a rendering had no room for them.
    """
    notes = []
    if hidden:
        noun = count(hidden, "story")
        notes.append(f"{noun} of this digest had no room in this message; the stored digest {digest.id} holds all.")
    if digest.left_out:
        waits = "waits" if digest.left_out == 1 else "wait"
        notes.append(f"{count(digest.left_out, 'more story')} did not fit and {waits} for the next digest.")
    if digest.let_go:
        noun = count(digest.let_go, "story")
        notes.append(f"{noun} found no place for three days and will not come again; the archive keeps them.")
    if digest.blind:
        notes.append(f"May be blind to {join_words(_bound(digest.blind))}.")
    return notes


def _bound(names: Sequence[str]) -> list[str]:
    further = len(names) - NAMED_BLIND
    return [*names[:NAMED_BLIND], f"{further} more"] if further > 0 else list(names)


def say_footer(digest: Digest) -> list[str]:
    """Write where the digest comes from, and how to change or stop it."""
    name = digest.subscription
    change = (
        f"To change what you get, edit [subscriptions.{name}] in DATELINE_HOME/seeds/subscriptions.toml; "
        f"to stop it, run: dateline digest stop {name}"
    )
    if name == OPERATOR:
        change = "A warning to whoever runs Dateline; DATELINE_WARN_CHANNELS says where warnings go."
    elif digest.number == TEST_NUMBER:
        change = "A test by whoever runs Dateline; nothing else follows from it."
    return [f"Dateline digest {digest.id}, times in {digest.zone}.", change]


def split_marks(quote: Quote) -> list[tuple[str, bool]]:
    """Cut a quote at its marks, for highlighting: pieces of text, and whether each is a matched word."""
    pieces, at = [], 0
    for start, end in quote.marks:
        pieces += [(quote.text[at:start], False), (quote.text[start:end], True)]
        at = end
    return [piece for piece in (*pieces, (quote.text[at:], False)) if piece[0]]
