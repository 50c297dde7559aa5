import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.errors import AddressError, NewsError
from news.redirectors import is_unresolved, unwrap_redirector
from news.urls import canonical_url


@pytest.mark.parametrize(
    ("shared", "canonical"),
    [
        ("https://Example.ORG", "https://example.org/"),
        ("HTTP://example.org:80/a", "http://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://user:secret@example.org./a", "https://example.org/a"),
        ("https://example.org/a#comments", "https://example.org/a"),
        ("https://example.org/#!/article/12", "https://example.org/#!/article/12"),
        ("//example.org/a", "https://example.org/a"),
        ("  https://example.org/a\n", "https://example.org/a"),
        ("https://例え.jp/記事?q=東京", "https://xn--r8jz45g.jp/%E8%A8%98%E4%BA%8B?q=%E6%9D%B1%E4%BA%AC"),
        ("https://example.org/%e6%9d%b1/%7Euser%2fx", "https://example.org/%E6%9D%B1/~user%2Fx"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/a/../b/./c", "https://example.org/b/c"),
        ("https://example.org/a/b/..", "https://example.org/a/"),
        ("https://example.org/view;jsessionid=0A1B?no=7", "https://example.org/view?no=7"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
    ],
)
def test_one_way_to_write_an_address(shared: str, canonical: str) -> None:
    assert canonical_url(shared) == canonical


@pytest.mark.parametrize(
    ("shared", "canonical"),
    [
        ("https://example.org/a?utm_source=rss&UTM_Medium=feed&fbclid=1", "https://example.org/a"),
        (
            "https://example.org/news/articleView.html?idxno=123&utm_source=x",
            "https://example.org/news/articleView.html?idxno=123",
        ),
        ("https://example.org/view?b=2&a=1", "https://example.org/view?a=1&b=2"),
        ("https://example.org/view?id=2&id=1", "https://example.org/view?id=2&id=1"),
        ("https://example.org/?20240301&view", "https://example.org/?20240301&view"),
        ("https://example.org/a?source=rss", "https://example.org/a"),
        ("https://example.org/a?source=17", "https://example.org/a?source=17"),
        ("https://example.org/a?from=groupmessage&isappinstalled=0", "https://example.org/a"),
        ("https://example.org/read?from=2024-03-01", "https://example.org/read?from=2024-03-01"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a?q=", "https://example.org/a?q="),
    ],
)
def test_tracking_goes_and_identity_stays(shared: str, canonical: str) -> None:
    assert canonical_url(shared) == canonical


@pytest.mark.parametrize(
    ("shared", "canonical"),
    [
        ("https://m.yna.co.kr/view/AKR20240301000100001", "https://www.yna.co.kr/view/AKR20240301000100001"),
        ("https://m.example.org/a", "https://m.example.org/a"),
        ("https://example.org/2024/talks-in-seoul/amp/", "https://example.org/2024/talks-in-seoul"),
        ("https://example.org/topics/amp", "https://example.org/topics/amp"),
        ("https://example.org/a.amp.html", "https://example.org/a.html"),
        ("https://example.org/a?outputType=amp", "https://example.org/a"),
        (
            "https://n.news.naver.com/mnews/article/001/0012345678?sid=100",
            "https://n.news.naver.com/article/001/0012345678",
        ),
        (
            "https://news.naver.com/main/read.naver?mode=LSD&sid1=100&oid=001&aid=0012345678",
            "https://n.news.naver.com/article/001/0012345678",
        ),
        (
            "https://mp.weixin.qq.com/s?__biz=Mz&mid=26&idx=1&sn=ab&chksm=cd&scene=27#rd",
            "https://mp.weixin.qq.com/s?__biz=Mz&idx=1&mid=26&sn=ab",
        ),
    ],
)
def test_variants_fold_only_where_they_are_known(shared: str, canonical: str) -> None:
    assert canonical_url(shared) == canonical


@pytest.mark.parametrize(
    "link",
    ["rss/articles/CBMiAA?oc=5", "articles/CBMiAA?hl=en-US&gl=US&ceid=US:en", "read/CBMiAA?hl=ko", "read/CBMiAA"],
)
def test_a_token_of_google_news_is_one_article(link: str) -> None:
    assert canonical_url(f"https://news.google.com/{link}") == "https://news.google.com/rss/articles/CBMiAA"


def google_news_token(url: str) -> str:
    length = len(url)
    prefix = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    return base64.urlsafe_b64encode(b"\x08\x13\x22" + prefix + url.encode() + b"\xd2\x01\x00").decode().rstrip("=")


@pytest.mark.parametrize(
    "wrapped",
    [
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fexample.org%2Fa%3Fno%3D7",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%3Fno%3D7&h=AT0",
        "https://www.google.com/amp/s/example.org/a?no=7",
        "https://example-org.cdn.ampproject.org/c/s/example.org/a?no=7",
        "https://r.search.yahoo.com/_ylt=A/RU=https%3a%2f%2fexample.org%2fa%3fno%3d7/RK=2/RS=x-",
        "https://link.zhihu.com/?target=https%3A//example.org/a%3Fno%3D7",
        "https://www.google.com/url?q=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dhttps%253A%252F%252Fexample.org%252Fa%253Fno%253D7",
        f"https://news.google.com/rss/articles/{google_news_token('https://example.org/a?no=7')}?oc=5",
        f"https://news.google.com/articles/{google_news_token('https://example.org/a?no=7&utm_source=' + 'x' * 120)}",
    ],
)
def test_redirectors_that_tell_their_target_are_unwrapped(wrapped: str) -> None:
    assert canonical_url(wrapped) == "https://example.org/a?no=7"
    assert not is_unresolved(wrapped)


@pytest.mark.parametrize(
    "opaque",
    [
        f"https://news.google.com/rss/articles/{google_news_token('AU_yqLMx' + 'q' * 90)}?oc=5",
        "https://news.google.com/rss/articles/CBM!",
        "https://bit.ly/3xyz",
        "http://feeds.feedburner.com/~r/example/~3/abc/",
    ],
)
def test_redirectors_that_do_not_tell_are_unresolved(opaque: str) -> None:
    assert is_unresolved(opaque)
    assert unwrap_redirector(opaque) == opaque


def test_a_wrapper_never_leads_to_another_kind_of_address() -> None:
    wrapped = "https://www.google.com/url?q=javascript:alert(1)"
    assert canonical_url(wrapped) == "https://www.google.com/url?q=javascript:alert(1)"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not an address",
        "mailto:a@example.org",
        "ftp://example.org/a",
        "https://",
        "https://[::1",
        "http://a:b/",
        "http://\ud800.org/",
    ],
)
def test_what_is_no_web_address_is_said(text: str) -> None:
    with pytest.raises(AddressError, match="address"):
        canonical_url(text)


PIECES = """http:// https:// www.google.com/url?q= news.google.com/rss/articles/ example.org m.yna.co.kr : 80 / .. . ? & = # %
%2e %41 ; jsessionid= amp utm_x id 7 東 é [ ] @ \\ + ~ _ - !"""
URL_PIECES = st.lists(st.sampled_from(PIECES.split()) | st.text(max_size=4), max_size=14)


@given(URL_PIECES.map("".join))
def test_canonical_is_stable_or_refused(text: str) -> None:
    try:
        once = canonical_url(text)
    except NewsError:
        return
    assert canonical_url(once) == once
    assert once.isascii()


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    is_unresolved(text)
    with contextlib.suppress(NewsError):
        assert canonical_url(text)


@given(st.text(alphabet=st.characters(codec="ascii", categories=("L", "N")), min_size=1))
def test_tracking_never_matters(value: str) -> None:
    assert canonical_url(f"https://example.org/a?utm_source={value}&no=1") == canonical_url(
        "https://example.org/a?no=1"
    )


@pytest.mark.parametrize("path", ["1-" * 500_000, "a" * 3_000, "%E4" * 3_000, "?" + "&".join(["x=1"] * 300_000)])
def test_an_address_that_no_article_has_is_refused_at_once(path: str) -> None:
    with pytest.raises(AddressError, match="characters"):
        canonical_url(f"https://a.example/{path}")
