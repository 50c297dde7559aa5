"""Title, authors, address, image and what else a page says about its article."""

from datetime import UTC, datetime

import pytest

from cli.saved_pages import SavedBytes, read_saved
from extractors.boilerplate import drop_boilerplate, fold_line
from extractors.head import read_head
from extractors.metadata import find_address, find_authors, find_image, is_cut_off
from extractors.page import Page
from extractors.scripted import find_scripted_markup
from extractors.standfirst import find_standfirst
from extractors.title import choose_title, strip_site
from news.articles import ReadingHints

HINTS = ReadingHints(
    first_seen_at=datetime(2026, 3, 5, tzinfo=UTC), outlet_name="Alder Post", entry_title="From the feed"
)
URL = "https://www.alderpost.example/news/1"
SENTENCE = "The council agreed on Thursday to widen the northern lock by four metres within two years."


def title_of(markup: str) -> str:
    return choose_title(Page(markup), URL, HINTS)


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<title>A lock is widened | Alder Post</title>", "A lock is widened"),
        ("<title>Alder Post: a lock is widened</title>", "Alder Post: a lock is widened"),
        ("<title>Alder Post » A lock is widened</title>", "A lock is widened"),
        ("<title>A lock is widened - alderpost</title>", "A lock is widened"),
        ("<title>A lock - and more - Alder Post</title>", "A lock - and more"),
        ('<meta property="og:title" content="A lock &amp; more | Alder Post"><title>x</title>', "A lock & more"),
        (
            "<title>A lock is widened | News</title><h1>Alder Post</h1><h1>A lock <b>is</b> widened</h1>",
            "A lock is widened",
        ),
        ("<title>News - A lock is widened</title><h1>A lock is widened</h1>", "A lock is widened"),
        (
            "<title>A lock is widened | The Alder</title><h1>The Alder</h1><h1>A lock is widened</h1>",
            "A lock is widened",
        ),
        (
            "<title>A lock is widened</title><h1>Navigation</h1><h1>The lock will be widened</h1>",
            "The lock will be widened",
        ),
        (
            '<meta property="og:title" content="A lock is widened"><h1>Harbour news A lock is widened</h1>',
            "A lock is widened",
        ),
        ("<title>A lock is widened</title><h1>Sign in</h1>", "A lock is widened"),
        ("<title>갑문이 넓어진다-정치ㅣAlder Post</title>", "갑문이 넓어진다"),
        (
            '<meta property="og:site_name" content="港口报"><title>船闸将加宽_国际_港口报</title>',
            "船闸将加宽",
        ),
        ("<title>船闸将加宽——市长 | Alder Post</title>", "船闸将加宽——市长"),
        ("<h1>Alder Post</h1>", "From the feed"),
    ],
)
def test_the_title_has_no_name_of_the_site(markup: str, title: str) -> None:
    assert title_of(markup) == title


@pytest.mark.parametrize(
    "markup",
    [
        "<title>{}</title>",
        '<meta property="og:title" content="{}">',
        '<script type="application/ld+json">{{"@type": "Article", "headline": "{}"}}</script>',
    ],
)
def test_a_title_has_bounds_and_so_has_the_time_that_it_takes(markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[int] = []

    def fold(line: str) -> str:
        folded.append(len(line))
        return fold_line(line)

    monkeypatch.setattr("extractors.title.fold_line", fold)
    assert len(title_of(markup.format(" - a" * 2_000))) <= 1_000
    assert sum(folded) < 2_000_000


def test_linked_data_names_the_title_first() -> None:
    linked = '<script type="application/ld+json">[{"@graph": [{"@type": ["NewsArticle"], "headline": "A new lock"}]}]</script>'
    assert title_of(f"<title>The lock</title>{linked}<h1>The lock</h1>") == "A new lock"
    assert title_of(f"<title>Other</title>{linked}<h1>Other</h1>") == "Other"  # some keep a description there


def test_only_a_whole_part_of_a_title_is_the_sites_name() -> None:
    assert strip_site("A-B-C", {"c"}) == "A-B-C"


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ('{"name": "Ann Smith"}', ("Ann Smith",)),
        ('[{"name": "Ann Smith"}, {"name": "Li Wei"}]', ("Ann Smith", "Li Wei")),
        ('"By Ann Smith and Li Wei"', ("Ann Smith", "Li Wei")),
        ('"홍길동 기자"', ("홍길동",)),
        ('"홍길동 기자 hong@alder.example"', ("홍길동",)),
        ('["홍길동 기자(hong@alder.example)", "kim@alder.example", "@hong"]', ("홍길동",)),
        ('"記者王小明／台北報導"', ("王小明",)),
        ('"王小明記者 台北報導"', ("王小明",)),
        ('"中央社記者王小明"', ("王小明",)),
        ('"记者张三、李四"', ("张三", "李四")),
        ('"责任编辑：张三"', ("张三",)),
        ('"新华社记者 李华"', ("李华",)),
        ('"文/张三"', ("张三",)),
        ('"王小明 記者"', ("王小明",)),
        ('"https://example.org/ann"', ()),
        (r'"Ann\u0000 Smith\ud83d"', ("Ann Smith",)),
    ],
)
def test_authors_are_names(authors: str, names: tuple[str, ...]) -> None:
    markup = f'<script type="application/ld+json">{{"@type": "Article", "author": {authors}}}</script>'
    assert find_authors(read_head(markup)) == names


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("/news/1?utm_source=x", "https://www.alderpost.example/news/1"),
        ("https://m.alderpost.example/n/1", "https://m.alderpost.example/n/1"),
        ("https://www.alderpost.example/", "https://www.alderpost.example/news/1"),
        ("https://stranger.example/news/1", "https://www.alderpost.example/news/1"),
        ("javascript:void(0)", "https://www.alderpost.example/news/1"),
        ("http://[bad", "https://www.alderpost.example/news/1"),
        ("//\u2100.com/x", "https://www.alderpost.example/news/1"),
    ],
)
def test_a_canonical_link_counts_on_its_own_site_only(link: str, address: str) -> None:
    assert find_address(read_head(f'<link rel="canonical" href="{link}">'), URL) == address


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/index.html", "/news/1"),
        ("/news", "/news/1"),
        ("/news", "/7"),
        ("/news/2026/03/", "/news/2026/03/a-lock-is-widened"),
        ("/news/20260305", "/news/20260305/lock"),
        ("/error/404.html", "/news/1"),
        ("https://alderpost.example/world", "/world/asia/lock"),
        ("/news/articleView.html", "/news/articleView.html?idxno=123456"),
        ("/news/articleView.html?sc=world", "/news/articleView.html?idxno=123456&sc=world"),
        ("/board/view.do", "/board/view.do?seq=512"),
        ("/view", "/view?key=A20260105001"),
        ("/view", "/view?id=abc-def"),
        ("/read", "/read?n=77"),
        ("/politics/domestic", "/news/12345"),
        ("/tag/china-trade-war", "/news/12345"),
        ("/category/politics", "/?p=123"),
        ("/news/list.html", "/news/12345"),
        ("/news/2026-01-05", "/news/a-lock-is-widened"),
        ("/news/articleList.html?sc_section_code=S1N1", "/news/articleView.html?idxno=12345"),
    ],
)
def test_a_canonical_link_to_a_place_of_many_articles_is_refused(link: str, url: str) -> None:
    """Else they would all be one article, whose text is the front page's when it is read again."""
    fetched = f"https://www.alderpost.example{url}"
    assert find_address(read_head(f'<link rel="canonical" href="{link}">'), fetched) == fetched


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://alderpost.example/hello", "https://alderpost.example/hello/amp"),
        ("https://alderpost.example/hello", "https://alderpost.example/hello/index.html"),
        ("https://alderpost.example/hello", "https://amp.alderpost.example/hello"),
        ("https://alderpost.example/hello", "https://m.alderpost.example/m/hello"),
        ("https://alderpost.example/n/12345", "https://alderpost.example/n/12345/a-lock-is-widened"),
        ("https://alderpost.example/n/a-lock-is-widened", "https://alderpost.example/n/a-lock-is-widened/2"),
        ("https://alderpost.example/news?id=7", "https://alderpost.example/news/7"),
        ("https://alderpost.example/world/lock", "https://alderpost.example/7"),
        ("https://alderpost.example/harbour", "https://alderpost.example/?p=123"),
        ("https://alderpost.example/live/a-lock-is-widened", "https://alderpost.example/news/12345"),
        ("https://alderpost.example/section/world/12345", "https://alderpost.example/12345"),
        ("https://alderpost.example/n/12345.html", "https://alderpost.example/n/12345.html?cid=10001"),
        ("https://alderpost.example/a-lock-is-widened", "https://alderpost.example/a-lock-is-widened?v=10001"),
        ("https://alderpost.example/view?no=7", "https://alderpost.example/view?no=7&t=1767571200"),
        ("https://alderpost.example/world/lock", "https://alderpost.example/world/lock?day=20260105&page=2"),
    ],
)
def test_a_canonical_link_to_the_article_in_its_usual_dress_counts(link: str, url: str) -> None:
    assert find_address(read_head(f'<link rel="canonical" href="{link}">'), url) == link


def test_the_image_has_a_full_address() -> None:
    assert find_image(read_head('<meta property="og:image" content="/i.jpg?w=1">'), URL) == (
        "https://www.alderpost.example/i.jpg?w=1"
    )
    assert find_image(read_head('<meta property="og:image" content="data:image/png;base64,xx">'), URL) is None
    assert find_image(read_head('<meta property="og:image" content="//[x">'), URL) is None


@pytest.mark.parametrize(
    "image",
    ['{"contentUrl": "/i%201.jpg"}', '[{"@type": "ImageObject", "name": "A lock", "url": "/i 1.jpg"}]', '" /i 1.jpg "'],
)
def test_the_image_of_linked_data_is_its_address_without_spaces(image: str) -> None:
    markup = f'<script type="application/ld+json">{{"@type": "NewsArticle", "image": {image}}}</script>'
    assert find_image(read_head(markup), URL) == "https://www.alderpost.example/i%201.jpg"


def test_addresses_that_cannot_be_read_cost_no_article() -> None:
    head = read_head('<link rel="canonical" href="http://[bad"><meta property="og:image" content="http://[bad">')
    assert (find_address(head, URL), find_image(head, URL)) == (URL, None)
    page = f'<link rel="canonical" href="http://[bad"><title>A lock is widened</title><p>{SENTENCE * 3}</p>'
    read = [read_saved(SavedBytes(page.encode(), url, HINTS.first_seen_at)) for url in ("", "http://[bad", URL)]
    assert [article.url for article in read] == ["", "", URL]


def test_a_short_text_that_is_not_free_is_cut_off() -> None:
    paid = Page('<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": "False"}</script>')
    assert is_cut_off(paid, SENTENCE)
    assert not is_cut_off(paid, SENTENCE * 30)


@pytest.mark.parametrize(
    "words",
    [
        "この記事は有料会員限定です。",
        "残り 1,234 文字",
        "이 기사는 유료회원만 볼 수 있습니다",
        "로그인하시면 기사 전문을 보실 수 있습니다",
        "订阅以继续阅读全文",
        "Log in to continue reading",
        "To continue reading, subscribe now",
        "Cet article est réservé aux abonnés",
    ],
)
def test_words_at_the_end_of_a_text_cut_it_off_and_in_menus_do_not(words: str) -> None:
    menu, story = f"<nav><p>{words}</p></nav>{'<p>Harbour</p>' * 5}", f"<p>{SENTENCE * 30}</p>"
    text = SENTENCE * 30
    assert is_cut_off(Page(f"<body>{story}<p>Share</p><p>{words}</p></body>"), text)
    assert is_cut_off(Page(f"<body><p>The lock</p><p>{words}</p></body>"), "The lock")
    assert not is_cut_off(Page(f"<body>{menu}{story}</body>"), text)
    assert not is_cut_off(Page(f"<body>{story}{'<p>Harbour</p>' * 5}{menu}</body>"), text)


@pytest.mark.parametrize(
    "words", ["有料会員限定 キーワード登録", "有料会員になると会員限定の記事もお読みいただけます", "유료회원 가입 안내"]
)
def test_an_offer_below_a_text_cuts_nothing_off(words: str) -> None:
    assert not is_cut_off(Page(f"<body><p>{SENTENCE * 30}</p><p>{words}</p></body>"), SENTENCE * 30)


def test_a_text_that_is_called_free_is_whole_whatever_stands_below_it() -> None:
    free = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": true}</script>'
    page = Page(f"{free}<body><p>{SENTENCE * 30}</p><p>Log in to continue reading</p></body>")
    assert not is_cut_off(page, SENTENCE * 30)


@pytest.mark.parametrize(
    ("linked", "paid"),
    [
        ('"isAccessibleForFree": "http://schema.org/False"', True),
        ('"hasPart": {"@type": "WebPageElement", "isAccessibleForFree": false}', True),
        ('"hasPart": [{"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".x"}]', True),
        ('"isAccessibleForFree": true, "hasPart": {"isAccessibleForFree": false}', False),
        ('"isAccessibleForFree": "https://schema.org/True"', False),
        ('"hasPart": "x"', False),
    ],
)
def test_what_is_free_is_told_in_several_ways(linked: str, paid: bool) -> None:
    page = Page(f'<script type="application/ld+json">{{"@type": "NewsArticle", {linked}}}</script>')
    assert is_cut_off(page, SENTENCE) is paid


def test_a_sign_in_below_a_whole_or_a_free_text_cuts_nothing_off() -> None:
    footer = "<body><footer><p>Already a subscriber? Log in</p></footer></body>"
    free = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": true}</script>'
    assert is_cut_off(Page(footer), SENTENCE)
    assert not is_cut_off(Page(footer), SENTENCE * 30)
    assert not is_cut_off(Page(free + footer), SENTENCE)


@pytest.mark.parametrize(
    "line",
    [
        "홍길동 기자 hong@example.co.kr",
        "서울=홍길동 특파원",
        "온라인뉴스팀",
        "사진 제공 = 외교부",
        "2026/03/04 14:05 송고",
        "※ 기사제보 news@example.co.kr",
        "(끝)",
        "（c）オルダー新聞社",
        "【写真】水門を見る両首脳",
        "【ソウル＝山田太郎】",
        "（山田太郎）",
        "最終更新：3/4(水) 14:05",
        "记者 张三 编辑 李四",
        "記者張三／台北報導",
        "（完）",
        "ⓒ 알더신문, 무단전재 및 재배포 금지",
        "[사진=알더신문]",
        "관련기사",
        "【関連記事】",
        "無断転載を禁じます",
        "あわせて読みたい",
        "责任编辑：王明",
        "版权所有，未经授权不得转载",
        "分享让更多人看到",
        "延伸閱讀",
        "Read more: the storm of 2019",
        "Lesen Sie auch: der Sturm",
        "Follow us on Facebook",
        "© 2026 Alder Post. All rights reserved",
        "Photo: A. Writer",
    ],
)
def test_lines_of_the_page_are_no_lines_of_the_article(line: str) -> None:
    assert drop_boilerplate([SENTENCE, line, SENTENCE]) == [SENTENCE, SENTENCE]


@pytest.mark.parametrize(
    "line",
    [
        "“Read more books,” the minister told the children of Port Alder on her visit to the library.",
        "기자들은 이날 항구를 찾아 갑문 공사 현장을 둘러보고 어민들의 이야기를 들었다.",
        "記者たちはこの日、港を訪れ、工事の現場を見学した。",
        "제보가 이어지자 경찰은 수사에 나섰다.",
        "记者张三在现场看到，工人正在加宽北部船闸。",
        "写真は語らないが、住民は語る。",
        "The newsletter was the first to report on the lock.",
        "More than forty boats waited.",
    ],
)
def test_sentences_that_speak_of_such_things_stay(line: str) -> None:
    assert drop_boilerplate([SENTENCE, line]) == [SENTENCE, line]


def test_title_date_and_name_are_dropped_above_the_text_alone() -> None:
    opening = ["A lock is widened", "4 March 2026, 14:05", "By Ann Smith"]
    kept = drop_boilerplate([*opening, SENTENCE, "4 March 2026"], titles=["A lock is widened"], authors=["Ann Smith"])
    assert kept == [SENTENCE, "4 March 2026"]


def test_a_standfirst_is_taken_where_it_is_seen_and_says_something_new() -> None:
    new = "Skippers cheer while ferry owners threaten to sue over years of construction noise."
    meta = f'<meta name="description" content="{new}">'
    assert find_standfirst(Page(f"{meta}<body><h1>x</h1><p>{new}</p></body>"), [SENTENCE]) == new
    assert find_standfirst(Page(f"{meta}<body><h1>x</h1></body>"), [SENTENCE]) is None
    assert find_standfirst(Page(f"{meta}<body><p>{new}</p></body>"), [new]) is None


def test_an_article_in_a_script_is_found() -> None:
    paragraphs = "".join(f"\\u003cp\\u003e{SENTENCE} {number}\\u003c/p\\u003e" for number in range(8))
    script = f'<script>self.push([1,"24:T1b7,{paragraphs}"])</script>'
    markup = find_scripted_markup(f"<html><body>{script}</body></html>")
    assert markup is not None
    assert f"<p>{SENTENCE} 7</p>" in markup
    assert find_scripted_markup("<script>var a = 'x';</script>") is None
