import pytest

from news.corrections import is_corrected

KEPT = "Both sides will meet again in the spring, the ministry said in a statement on Monday."


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The flood cost 12 people their lives in the port.", "The flood cost 15 people their lives in the port."),
        ("The flood cost lives in the port, the mayor said.", "The flood cost 15 lives in the port, the mayor said."),
        ("The letter was signed by Ann Smith on Monday.", "The letter was signed by Li Wei on Monday."),
        ("회담에는 왕이 부장이 중국 대표로 참석했다고 밝혔다.", "회담에는 리창 총리가 중국 대표로 참석했다고 밝혔다."),
        (
            "Updated figures say that 12 people died in the port.",
            "Updated figures say that 15 people died in the port.",
        ),
        ("수정된 예산안은 모두 12조 원이라고 부처가 밝혔다.", "수정된 예산안은 모두 15조 원이라고 부처가 밝혔다."),
        ("外交部长王毅周一在首尔与韩国外长举行了会谈。", "外交部长李强周一在首尔与韩国外长举行了会谈。"),
        ("首相は月曜日に東京で会見し、予算は３兆円だと述べた。", "首相は月曜日に東京で会見し、予算は5兆円だと述べた。"),
    ],
)
def test_another_figure_or_name_in_a_sentence_is_a_correction(old: str, new: str) -> None:
    assert is_corrected(f"{KEPT}\n{old}", f"{KEPT}\nAn editor's note stands here now.\n{new}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "The flood cost 15 people their lives in the port."),
        ("The flood cost 12 people their lives in the port.", ""),
        ("The flood cost 12 people their lives in the port.", "The flood cost 12 people their lifes in the port."),
        ("The envoys said “no” to all of that, as ever.", 'The envoys said "no" to all of that, as ever.'),
        ("The letter was signed by Mr Zelensky on Monday.", "The letter was signed by Mr Zelenskyy on Monday."),
        ("Updated 3 minutes ago by our correspondent in Seoul", "Updated 7 minutes ago by our correspondent in Seoul"),
        ("조회수 1,204", "조회수 1,377"),
        ("Updated on Monday at 1:23 p.m.", "Updated on Monday at 3:07 p.m."),
        ("This report was last updated at 10:32 GMT.", "This report was last updated at 11:05 GMT."),
        ("You have 3 free articles left this month.", "You have 2 free articles left this month."),
        ("The envoy spoke to reporters 2 hours ago.", "The envoy spoke to reporters 3 hours ago."),
        ("특사는 서울에서 2시간 전 기자들과 만났다고 밝혔다.", "특사는 서울에서 3시간 전 기자들과 만났다고 밝혔다."),
        ("입력 2026.01.05 오전 9:10 수정 오전 9:40.", "입력 2026.01.05 오전 9:10 수정 오전 9:55."),
        ("Copyright 2025 Hanbit Daily. All rights reserved.", "Copyright 2026 Hanbit Daily. All rights reserved."),
        ("The port lost 1200 tonnes of rice and 3.0 of tea.", "The port lost 1,200 tonnes of rice and 3 of tea."),
        ("The envoy met the minister in the port.", "An envoy met the minister in the port."),
        ("특사는 서울에서 회담이 길었다고 기자들에게 말했다.", "특사는 서울에서 회담이 길었다고 기자들에게 밝혔다."),
        ("首相は月曜日に東京で会見し、予算は5兆円だと述べた。", "首相は月曜日に東京で会見し、予算は5兆円だと語った。"),
        (
            "외교부 장관은 월요일 서울에서 회담을 열었다고 밝혔다.",
            "외교부 장관이 월요일 서울에서 회담을 열었다고 밝혔다.",
        ),
        ("The flood cost 12 people their lives in the port.", "A quite different sentence of 15 words, on trade."),
    ],
)
def test_additions_spellings_and_counters_are_none(old: str, new: str) -> None:
    assert not is_corrected(f"{KEPT}\n{old}", f"{KEPT}\n{new}")
