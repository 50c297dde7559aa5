import codecs
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.encoding import decode_document, find_codec, unpack_gzip

KOREAN = "한국과 중국의 외교장관이 서울에서 만나 회담을 가졌다. 양국은 공급망 협력을 논의했다. 똠방각하 펲시"
CHINESE = "两国外长在首尔举行会谈，就供应链合作交换了意见。朱镕基、喆、囍等字不在旧标准之中。"
TRADITIONAL = "兩國外長在首爾舉行會談，就供應鏈合作交換了意見。香港的嘅、咗、啲也要讀得出來。"
JAPANESE = "両国の外相がソウルで会談し、供給網での協力について意見を交わした。①髙島屋の﨑さんも出席。"


def declare(label: str, text: str) -> str:
    return f'<?xml version="1.0" encoding="{label}"?><rss><title>{text}</title></rss>'


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("euc-kr", "cp949", KOREAN),
        ("ks_c_5601-1987", "cp949", KOREAN),
        ("gb2312", "gb18030", CHINESE),
        ("gbk", "gb18030", CHINESE),
        ("GB18030", "gb18030", CHINESE),
        ("big5", "big5hkscs", TRADITIONAL),
        ("shift_jis", "cp932", JAPANESE),
        ("x-sjis", "cp932", JAPANESE),
        ("euc-jp", "euc_jp", "両国の外相がソウルで会談した。"),
        ("iso-2022-jp", "iso2022_jp", "両国の外相がソウルで会談した。"),
        ("iso-8859-1", "cp1252", "“Talks” – a résumé"),
        ("koi8-r", "koi8-r", "Министр заявил"),
    ],
)
def test_a_label_is_read_with_its_widest_codec(label: str, codec: str, text: str) -> None:
    document = declare(label, text)
    assert decode_document(document.encode(codec)) == document
    assert decode_document(text.encode(codec), content_type=f"text/xml; charset={label}") == text


@pytest.mark.parametrize(
    ("mark", "codec"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF32_BE, "utf-32-be")],
)
def test_a_mark_is_never_wrong(mark: bytes, codec: str) -> None:
    assert decode_document(
        mark + declare("euc-kr", KOREAN).encode(codec), content_type="text/xml; charset=big5"
    ) == declare("euc-kr", KOREAN)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_are_seen_without_a_mark(codec: str) -> None:
    assert decode_document(declare("utf-16", KOREAN).encode(codec)) == declare("utf-16", KOREAN)


def test_utf8_under_a_false_label_is_utf8() -> None:
    assert decode_document(declare("euc-kr", KOREAN).encode(), content_type="text/xml; charset=gb2312") == declare(
        "euc-kr", KOREAN
    )


@pytest.mark.parametrize(("codec", "text"), [("cp949", KOREAN), ("gb18030", CHINESE), ("cp932", JAPANESE)])
def test_a_false_utf8_label_is_given_up_for_the_content(codec: str, text: str) -> None:
    assert decode_document(declare("utf-8", text).encode(codec)) == declare("utf-8", text)


def test_http_counts_more_than_the_declaration() -> None:
    assert (
        decode_document(
            declare("windows-1251", "é").encode("cp1252"), content_type="text/xml; charset=iso-8859-1"
        ).count("é")
        == 1
    )


@pytest.mark.parametrize("default", ["us-ascii", "iso-8859-1", "windows-1252"])
@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [("euc-kr", "cp949", KOREAN), ("gbk", "gb18030", CHINESE), ("shift_jis", "cp932", JAPANESE)],
)
def test_a_servers_default_counts_less_than_a_declaration_that_fits(
    default: str, label: str, codec: str, text: str
) -> None:
    body = declare(label, text).encode(codec)
    assert decode_document(body, content_type=f"text/xml; charset={default}") == declare(label, text)
    cut = body.replace(b"</title>", text[0].encode(codec)[:1] + b"</title>")
    assert text in decode_document(cut, content_type=f"text/xml; charset={default}")


def test_ascii_is_no_claim_beside_another_and_means_windows_1252_alone() -> None:
    russian = declare("windows-1251", "Министр заявил")
    assert decode_document(russian.encode("cp1251"), content_type="text/xml; charset=us-ascii") == russian
    assert decode_document("The minister’s visit".encode("cp1252"), content_type="text/xml; charset=us-ascii") == (
        "The minister’s visit"
    )


def test_utf8_with_a_cut_character_is_utf8_whatever_the_server_says() -> None:
    body = declare("utf-8", KOREAN * 3).encode()
    cut = body.replace("협력을".encode(), "협력을".encode()[:-1], 1)
    assert decode_document(cut, content_type="text/xml; charset=iso-8859-1").count("\ufffd") == 1


def test_a_cut_character_costs_itself_only() -> None:
    body = declare("utf-8", KOREAN * 3).encode()
    assert decode_document(body.replace("협력을".encode(), "협력을".encode()[:-1], 1)).count("\ufffd") == 1


def test_a_page_declares_itself_in_a_meta_tag() -> None:
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=euc-kr"></head>{KOREAN}</html>'
    assert decode_document(page.encode("cp949")) == page


@pytest.mark.parametrize(
    "label", ["", "none", "utf-16", "idna", "base64", "unicode_escape", "rot13", "utf-7", "a\0b", "cp037"]
)
def test_what_is_no_encoding_of_documents_is_no_claim(label: str) -> None:
    assert find_codec(label) is None


def test_gzip_is_recognised_by_its_content_and_bounded() -> None:
    assert unpack_gzip(gzip.compress(b"<rss/>")) == b"<rss/>"
    assert unpack_gzip(b"<rss/>") == b"<rss/>"
    assert unpack_gzip(gzip.compress(b"<rss/>" * 100)[:40]).startswith(b"<rss/>")
    assert unpack_gzip(b"\x1f\x8bnot gzip") == b"\x1f\x8bnot gzip"
    assert len(unpack_gzip(gzip.compress(bytes(60_000_000), compresslevel=1))) == 50 * 1024 * 1024


@given(st.binary(), st.text())
def test_any_bytes_become_text(body: bytes, content_type: str) -> None:
    assert isinstance(decode_document(body, content_type=content_type), str)


@given(st.text(st.characters(codec="utf-8")).filter(lambda text: not text.startswith(("\ufeff", "<\0", "\0<"))))
def test_utf8_comes_back_as_it_went(text: str) -> None:
    assert decode_document(text.encode(), content_type="text/xml; charset=utf-8") == text
