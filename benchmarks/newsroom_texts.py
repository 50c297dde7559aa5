"""What the local newsroom writes: titles and paragraphs of our own words, which say nothing, and news of the seed story."""

import random

# ruff: noqa: SIM905 (words are read as words)
_PLACES = "harbour market library bridge school station theatre museum garden orchard stadium lighthouse".split()
_DEEDS = "opens closes repairs paints measures celebrates moves visits restores extends".split()
_WORDS = (
    "morning council people street water evening light river winter summer road garden number letter window paper child "
    "teacher worker plan budget week month visitor station festival bridge season village meeting report result question "
    "answer costs opens brings follows remains grows carries begins early late quiet narrow broad former local second"
).split()
_NEWS = (
    (
        "Xi and Lee sign the {} in Beijing",
        "Xi Jinping and Lee Jae-myung signed the {} at their summit in Beijing.",
    ),
    (
        "Lee invites Xi to Seoul for the {}",
        "South Korea's president Lee Jae-myung invited Xi Jinping to Seoul for the {}.",
    ),
    (
        "Beijing and Seoul differ over Pyongyang and the {}",
        "China and South Korea differ over North Korea after Xi and Lee spoke of the {}.",
    ),
    (
        "China lifts its ban on Korean films for the {}",
        "China lifted its ban on South Korean films after Xi met Lee Jae-myung, beginning with the {}.",
    ),
    (
        "China and South Korea move a Yellow Sea platform for the {}",
        "China and South Korea agreed to move a steel structure in the Yellow Sea, Lee Jae-myung said after the {}.",
    ),
    (
        "Beijing summons Japan's ambassador over the {}",
        "Beijing summoned Japan's ambassador over Takaichi's words on Taiwan and the {}.",
    ),
    (
        "China halts seafood imports from Japan, {} delayed",
        "China halted imports of seafood from Japan as the row over Taiwan went on; the {} is delayed.",
    ),
    (
        "China warns citizens against travel to Japan, {} cancelled",
        "China warned citizens against travel to Japan, and airlines cancelled flights to Osaka and the {}.",
    ),
    (
        "Takaichi rejects Beijing's demand over the {}",
        "Prime minister Sanae Takaichi rejected China's demand to take back her remark on Taiwan and the {}.",
    ),
    (
        "Japan protests as Chinese jets lock radar near the {}",
        "Japan protested as fighters of China's carrier locked their radar on Japanese ones near the {}.",
    ),
    (
        "China bans dual-use exports to Japan, {} stopped",
        "China's commerce ministry banned exports of dual-use goods to Japan's military and stopped the {}.",
    ),
    (
        "Senkaku patrols end in collision by the {}",
        "A ship of China's coast guard and a Japanese one collided off the Senkaku islands by the {}.",
    ),
    (
        "Drills in the Taiwan Strait close the {}",
        "The People's Liberation Army began drills in the Taiwan Strait and closed the {}.",
    ),
    (
        "Taiwan's parliament passes the {}",
        "Taiwan's Legislative Yuan passed a special budget against an invasion by China, with the {}.",
    ),
    (
        "Lai Ching-te visits Palau for the {}",
        "Taiwan's president Lai Ching-te visited Palau for the {}.",
    ),
    (
        "Washington sells missiles to Taiwan with the {}",
        "The United States approved a sale of missiles to Taiwan together with the {}.",
    ),
    (
        "Taiwan charges a Chinese captain over a cable and the {}",
        "Taiwan's prosecutors charged a Chinese captain with cutting an undersea cable by the {}, and Beijing denied it.",
    ),
    (
        "Kuomintang chair meets Xi over the {}",
        "The chair of Taiwan's Kuomintang met Xi Jinping in Nanjing and spoke of the {}.",
    ),
    (
        "Beijing sanctions Taiwan's makers of drones and the {}",
        "Beijing put sanctions on firms in Taiwan that build drones and the {}, for supporting independence.",
    ),
    (
        "Honduras weighs ties with Taiwan after the {}",
        "Honduras weighs a return to diplomatic ties with Taiwan after the {}.",
    ),
)
_THINGS = "accord ferry pipeline shipyard festival fund treaty airfield reactor museum orchestra archive".split()
_REPORTS = 50  # feeds that tell the same events: five of them each


def write_title(feed: int, number: int) -> str:
    """A title that no other article has."""
    chance = _chance(feed, number)
    if is_news(feed, number):
        (headline, _), what = _tell_event(feed, number)
        return f"{headline.format(what)}, {chance.choice(_WORDS)} {feed}-{number}"
    return f"The {chance.choice(_PLACES)} {chance.choice(_DEEDS)} its {chance.choice(_WORDS)}, item {feed}-{number}"


def is_news(feed: int, number: int) -> bool:
    """Whether an article is about the seed story."""
    return (feed + number) % 10 == 0


def write_paragraphs(feed: int, number: int) -> list[str]:
    """Five paragraphs of words, the first of which names the article, with sentences of the seed story where it is news."""
    chance = _chance(feed, number)
    texts = [" ".join(chance.choices(_WORDS, k=90)).capitalize() + "." for _ in range(5)]
    if is_news(feed, number):
        (_, sentence), what = _tell_event(feed, number)
        texts = [sentence.format(what), f"The {what} had been in doubt.", *texts[:3]]
    return [f"Report {feed}-{number}.", *texts]


def _tell_event(feed: int, number: int) -> tuple[tuple[str, str], str]:
    """What happened: headline and sentence, and a thing with a name that nothing else bears."""
    chance = random.Random(f"event {feed // _REPORTS}-{number}")  # noqa: S311 (words, no secrets)
    name = "".join(chance.choice("bdgklmnprstvz") + chance.choice("aeiou") for _ in range(4)).capitalize()
    return chance.choice(_NEWS), f"{name} {chance.choice(_THINGS)}"


def _chance(feed: int, number: int) -> random.Random:
    return random.Random(f"{feed}-{number}")  # noqa: S311 (words, no secrets)
