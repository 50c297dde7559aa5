import pytest

from extractors.eras import may_name_year, write_plainly


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("令和元年5月1日", "2019年5月1日"),
        ("平成三十一年四月三十日", "2019年4月30日"),
        ("民國115/03/04", "2026/03/04"),
        ("二〇二六年十月十日", "2026年10月10日"),
        ("二零二六年一月二十五日", "2026年1月25日"),
        ("2026. 3. 4. １４：０５", "2026. 3. 4. 14:05"),
        ("115-03-04", "2026-03-04"),
        ("주체115(2026)년 3월 4일", "2026년 3월 4일"),
        ("주체115년 3월 4일", "2026년 3월 4일"),
    ],
)
def test_a_date_is_written_with_our_years_and_digits(written: str, expected: str) -> None:
    assert write_plainly(written, "Asia/Taipei") == expected
    assert may_name_year(written)


@pytest.mark.parametrize(
    "written",
    ["115.3.4.5", "0800-115-03-04", "2026/115/03", "115 people", "議会は三月に開く", "令和の時代", "2026-03-04"],
)
def test_what_is_no_year_stays(written: str) -> None:
    assert write_plainly(written, "Asia/Taipei") == written


def test_only_in_taiwan_a_bare_number_is_a_year_of_the_republic() -> None:
    assert write_plainly("115-03-04", "Asia/Shanghai") == "115-03-04"
