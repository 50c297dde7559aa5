"""Invented stories in four languages for the tests of digests: no report of any paper stands here."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from digests.compose import compose_digest
from news.digests import BlindSource, Digest, Subscription
from news.sources import Outlet, PressSystem
from news.stories import Story, StoryReport, ToldState
from news.topics import Evidence, Hit, Match, Where

NOW = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
SUMMITRY, TAIWAN, JAPAN = "sino-korean-summitry", "taiwan", "japan-relations"
TOPICS = {SUMMITRY: "China and South Korea", TAIWAN: "Taiwan", JAPAN: "Japan"}
LABELS = {
    "xi": "Xi Jinping",
    "lee": "Lee Jae Myung",
    "visit": "state visit",
    "takaichi": "Sanae Takaichi",
    "taiwan": "Taiwan",
    "strait": "Taiwan Strait",
    "drill": "military drill",
    "china": "China",
    "korea": "South Korea",
    "japan": "Japan",
    "wi": "Wi Sung-lac",
}
VOLUMES = {
    SUMMITRY: (3, 2, 4, 1, 0, 5, 6, 4, 7, 9, 8, 14, 22, 31),
    TAIWAN: (12, 10, 14, 9, 11, 13, 8, 12, 10, 15, 11, 9, 12, 13),
    JAPAN: (6, 5, 7, 8, 4, 3, 6, 9, 5, 4, 6, 7, 5, 6),
}

# Invented papers: none of them exists.
_OUTLETS = (
    ("han", "Hangang Ilbo", "KR", "ko", PressSystem.SOUTH_KOREA, "Asia/Seoul"),
    ("seo", "Seoul Courier", "KR", "en", PressSystem.SOUTH_KOREA, "Asia/Seoul"),
    ("bei", "Beijing Morgenblatt", "CN", "zh-Hans", PressSystem.PRC_STATE, "Asia/Shanghai"),
    ("yan", "Yanjing Finance", "CN", "zh-Hans", PressSystem.PRC_MARKET, "Asia/Shanghai"),
    ("tam", "Tamsui Times", "TW", "zh-Hant", PressSystem.TAIWAN, "Asia/Taipei"),
    ("vic", "Victoria Harbour Post", "HK", "en", PressSystem.HONG_KONG, "Asia/Hong_Kong"),
    ("sum", "Sumida Shimbun", "JP", "ja", PressSystem.JAPAN, "Asia/Tokyo"),
    ("pac", "Pacific Wire", "US", "en", PressSystem.WIRE, "America/New_York"),
    ("pot", "Potomac Ledger", "US", "en", PressSystem.UNITED_STATES, "America/New_York"),
)
OUTLETS = {
    key: Outlet(key, name, country, lang, press, key, zone) for key, name, country, lang, press, zone in _OUTLETS
}

SUBSCRIPTION = Subscription(
    id="east-asia-morning",
    title="East Asia, mornings",
    topics=(SUMMITRY, TAIWAN, JAPAN),
    channels=("file",),
    zone="Europe/Berlin",
    languages=("en",),
)


def blind(name: str, reason: str = "the server answered 503: it is overloaded") -> BlindSource:
    """Make a source that has failed for three hours."""
    return BlindSource(name, reason, NOW - timedelta(hours=3))


def make_match(topic: str, score: float, title: str, sentence: str, words: Sequence[tuple[str, str]]) -> Match:
    """Make a match whose evidence points where the words really stand."""
    hits = []
    for entity, word in words:
        where, text = (Where.TITLE, title) if word in title else (Where.TEXT, sentence)
        start = text.index(word)
        hits.append(Hit(entity, LABELS.get(entity, entity), where, start, start + len(word), word))
    return Match(topic, score, Evidence(tuple(hits), sentence, {"title": score}))


def make_report(
    number: int,
    outlet: str,
    title: str,
    *matches: Match,
    hours: float = 5.0,
    origin: str | None = None,
    language: str | None = None,
    url: str | None = None,
    revised: float | None = None,
    removed: float | None = None,
) -> StoryReport:
    """Make a report published `hours` before the digest; `revised` and `removed` are hours before it too."""
    paper, at = OUTLETS[outlet], NOW - timedelta(hours=hours)
    return StoryReport(
        article_id=number,
        url=url or f"https://{outlet}.example/news/{number}",
        title=title,
        language=language or paper.language,
        outlet=paper,
        published_at=at,
        published_from="feed",
        first_seen_at=at + timedelta(minutes=4),
        origin=origin or f"o{number}",
        quality="careful",
        revised_at=NOW - timedelta(hours=revised) if revised is not None else None,
        removed_at=NOW - timedelta(hours=removed) if removed is not None else None,
        matches=tuple(matches),
    )


def summit_story(told: ToldState | None = None, surge: str | None = None) -> Story:
    """Six reports of one event in three languages, two of them copies of the wire."""
    title = "Xi Jinping receives Lee Jae Myung with full honours in Beijing"
    english = make_match(
        SUMMITRY,
        0.97,
        title,
        "Opening a four-day state visit, Lee said the two governments should put the quarrels of recent years behind them.",
        (("xi", "Xi Jinping"), ("lee", "Lee Jae Myung"), ("visit", "state visit")),
    )
    korean_title = "이재명 대통령, 베이징서 시진핑 주석과 회담"
    korean = make_match(
        SUMMITRY,
        0.95,
        korean_title,
        "대통령실은 이번 국빈 방문이 두 나라 관계의 새 출발이 될 것이라고 밝혔다.",
        (("lee", "이재명"), ("xi", "시진핑"), ("visit", "국빈 방문")),
    )
    chinese_title = "习近平同韩国总统李在明举行会谈"
    chinese = make_match(
        SUMMITRY,
        0.93,
        chinese_title,
        "双方一致认为，此次国事访问为两国合作注入新的动力。",
        (("xi", "习近平"), ("lee", "李在明"), ("visit", "国事访问")),
    )
    reports = (
        make_report(1, "han", korean_title, korean, hours=9.5),
        make_report(2, "bei", chinese_title, chinese, hours=8.0),
        make_report(3, "pac", title, english, hours=7.5),
        make_report(4, "seo", title, english, hours=7.0, origin="o3"),
        make_report(5, "vic", "Honours, and little paper, as Lee meets Xi", english, hours=5.0),
        make_report(6, "sum", "中韓首脳が会談、共同声明は見送り", hours=4.0),
    )
    return Story(101, reports, told=told, surge=surge)


def strait_story() -> Story:
    title = "海峽中線以東又見軍艦，國防部公布監控畫面"
    match = make_match(
        TAIWAN,
        0.94,
        title,
        "國防部表示，台灣海峽周邊共偵獲十一艘軍艦，這次軍演的規模與去年秋天相當。",
        (("strait", "台灣海峽"), ("drill", "軍演")),
    )
    return Story(
        102,
        (
            make_report(11, "tam", title, match, hours=3.0),
            make_report(12, "tam", "國防部：軍演規模與去年秋天相當", match, hours=2.5, origin="o11"),
        ),
    )


def japan_story() -> Story:
    title = "高市首相、台湾答弁の撤回を改めて否定"
    match = make_match(
        JAPAN,
        0.92,
        title,
        "首相は記者団に対し、台湾をめぐる十一月の答弁を撤回する考えはないと述べた。",
        (("takaichi", "高市首相"), ("taiwan", "台湾")),
    )
    strait = make_match(TAIWAN, 0.71, title, "首相は台湾をめぐる答弁を維持した。", (("taiwan", "台湾"),))
    return Story(103, (make_report(21, "sum", title, match, strait, hours=14.0),))


def ledger_story() -> Story:
    title = "Seoul takes no side between Beijing and Tokyo, adviser repeats"
    match = make_match(
        JAPAN,
        0.88,
        title,
        "Wi Sung-lac told reporters that South Korea would speak with Japan next week, whatever was agreed in Beijing.",
        (("wi", "Wi Sung-lac"), ("korea", "South Korea"), ("japan", "Japan")),
    )
    return Story(
        104, (make_report(31, "seo", title, match, hours=6.0), make_report(32, "pot", title, match, hours=5.0))
    )


def brief_stories(count: int, first_id: int = 200) -> list[Story]:
    """Many small stories that come in four languages in turn."""
    shapes = (
        (
            "pot",
            TAIWAN,
            "Committee hears plan number {n} for the harbours of Taiwan",
            "Taiwan",
            "taiwan",
            "Members of both parties asked how soon {word} could receive what it had ordered two years ago.",
        ),
        (
            "tam",
            TAIWAN,
            "台灣第{n}號港口擴建計畫出爐",
            "台灣",
            "taiwan",
            "計畫指出，{word}各港口將在三年內完成碼頭加固工程。",
        ),
        (
            "han",
            SUMMITRY,
            "한중 실무 협의 {n}차 회의, 이재명 정부 구상 논의",
            "이재명",
            "lee",
            "{word} 정부는 다음 회의를 서울에서 열자고 제안했다.",
        ),
        (
            "sum",
            JAPAN,
            "日本の水産物、第{n}便の検査が続く",
            "日本",
            "japan",
            "税関によると、{word}から届いた荷の検査は週末まで続く見通しだ。",
        ),
        (
            "yan",
            SUMMITRY,
            "中韩第{n}轮经贸磋商在青岛举行，李在明政府派员",
            "李在明",
            "lee",
            "{word}政府的代表表示，下一轮磋商将在首尔举行。",
        ),
    )
    stories = []
    for n in range(count):
        outlet, topic, pattern, word, entity, said = shapes[n % len(shapes)]
        title = pattern.format(n=n + 1)
        sentence = said.format(word=word)
        match = make_match(topic, 0.85 - n * 0.005, title, sentence, ((entity, word),))
        stories.append(Story(first_id + n, (make_report(1000 + n, outlet, title, match, hours=3 + n % 17),)))
    return stories


def morning_stories() -> list[Story]:
    """What an ordinary morning brings."""
    return [summit_story(), strait_story(), japan_story(), ledger_story(), *brief_stories(12)]


def compose(stories: Sequence[Story], subscription: Subscription = SUBSCRIPTION, **changes: object) -> Digest:
    """Compose a digest of `stories` with the samples' names."""
    arguments: dict[str, object] = {
        "topics": TOPICS,
        "labels": LABELS,
        "number": 42,
        "since_at": NOW - timedelta(hours=24),
        "now": NOW,
        "first": False,
        "volumes": VOLUMES,
        **changes,
    }
    return compose_digest(subscription, stories, **arguments)  # type: ignore[arg-type]
