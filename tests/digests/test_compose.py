"""What a digest tells, what it leaves, and what the ledger remembers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.changes import remember, what_changed
from digests.choosing import CARRIED_FOR, choose_candidates, choose_urgent
from digests.compose import told_states
from digests.phrases import say_notes, say_subject
from digests.quoting import choose_quotes, mark_words, strip_dateline
from digests.render import render_html, render_markdown, render_text
from digests.wording import is_read, measure, name_language, say_both_times, shorten, shorten_at_clause
from news.digests import BlindSource
from news.stories import Headline, Story
from tests.digests.samples import (
    JAPAN,
    NOW,
    SUBSCRIPTION,
    SUMMITRY,
    TAIWAN,
    brief_stories,
    compose,
    japan_story,
    ledger_story,
    make_match,
    make_report,
    morning_stories,
    strait_story,
    summit_story,
)


def tell(stories: Sequence[Story], number: int = 41) -> list[Story]:
    """Return the stories as they stand after a digest of them."""
    digest = compose(stories, number=number)
    ledger = told_states(digest, stories)
    return [replace(story, told=ledger.get(story.id, story.told)) for story in stories]


def test_a_story_stands_once_under_its_best_topic() -> None:
    digest = compose([japan_story()])
    (section,) = digest.sections
    assert (section.topic, [story.id for story in section.stories]) == (JAPAN, [103])
    assert section.stories[0].tags == ("Taiwan",)


def test_sections_follow_the_subscription_and_stories_their_rank() -> None:
    digest = compose(morning_stories())
    assert [section.topic for section in digest.sections] == [SUMMITRY, TAIWAN, JAPAN]
    assert digest.in_full[0].id == 101
    assert len(digest.in_full) == 7


def test_seven_in_full_fifteen_in_a_line_the_rest_counted() -> None:
    digest = compose(brief_stories(50))
    assert (len(digest.in_full), len(digest.briefs), digest.left_out, digest.let_go) == (7, 15, 28, 0)


def test_nothing_is_lost_silently() -> None:
    stories, told = brief_stories(50), list[int]()
    for number in (1, 2, 3):
        digest = compose(stories, number=number)
        told += [story.id for story in digest.stories]
        ledger = told_states(digest, stories)
        stories = [replace(story, told=ledger.get(story.id, story.told)) for story in stories]
    assert sorted(told) == [story.id for story in stories]


def test_a_story_without_a_place_for_three_days_is_let_go_and_counted() -> None:
    stories = brief_stories(30)
    later = NOW + CARRIED_FOR
    digest = compose(stories, now=later)
    assert (digest.left_out, digest.let_go) == (0, 8)
    assert say_notes(digest)[0].startswith("8 stories found no place for three days")
    assert set(told_states(digest, stories)) == {story.id for story in stories}


def test_a_told_story_is_silent_until_it_changes() -> None:
    (told,) = tell([summit_story()])
    assert compose([told]).stories == ()
    another = make_report(7, "pac", "Another report", summit_story().reports[2].matches[0], hours=1)
    same_system = replace(told, reports=(*told.reports, another))
    assert compose([same_system]).stories == ()
    assert told_states(compose([same_system]), [same_system])[101].reports == 7


def test_what_brings_a_story_back() -> None:
    (told,) = tell([summit_story()])
    assert told.told is not None
    match = make_match(SUMMITRY, 0.9, "Wi Sung-lac explains", "Wi Sung-lac explains.", (("wi", "Wi Sung-lac"),))
    after = NOW + timedelta(hours=2)
    first, *others = told.reports
    changes = {
        "now also reported by Taiwan": (*told.reports, make_report(8, "tam", "又一則", hours=1)),
        "new in the headlines: Wi Sung-lac": (
            *told.reports,
            make_report(9, "seo", "Wi Sung-lac explains", match, hours=1),
        ),
        "text changed by Hangang Ilbo": (replace(first, revised_at=after), *others),
        "withdrawn by Hangang Ilbo": (replace(first, removed_at=after), *others),
    }
    for said, reports in changes.items():
        changed = replace(told, reports=reports)
        assert what_changed(changed) == (said,)
        assert compose([changed]).stories[0].change == said
    surging = replace(told, surge="Taiwan, thrice the usual")
    [story] = compose([surging]).stories
    assert (story.change, story.surge) == ("coverage surges (Taiwan, thrice the usual)", "")


def test_a_follow_up_calls_the_earlier_story_to_mind_in_a_language_that_is_read() -> None:
    earlier = (Headline("두 정상, 다음 달 회담", "ko"), Headline("Leaders to meet next month", "en"))
    story = replace(summit_story(), follows=99, earlier=earlier)
    assert compose([story]).stories[0].follows == "Leaders to meet next month"
    assert compose([replace(story, earlier=earlier[:1])]).stories[0].follows == "두 정상, 다음 달 회담"
    assert compose([summit_story()]).stories[0].follows == ""
    digest = compose([story])
    for form in (render_text, render_html, render_markdown):
        assert "Leaders to meet next month" in form(digest)


def test_a_surge_is_told_once() -> None:
    surging = summit_story(surge="thrice the usual")
    assert what_changed(replace(surging, told=remember(surging, 1, NOW))) == ()


def test_a_story_withdrawn_before_it_was_told_is_told_as_withdrawn() -> None:
    report = replace(strait_story().reports[0], removed_at=NOW)
    assert compose([Story(1, (report,))]).stories[0].change == "withdrawn by Tamsui Times"


def test_an_unread_language_comes_with_names_and_a_translation() -> None:
    told = compose([strait_story()]).stories[0]
    assert told.names == ("Taiwan Strait", "military drill")
    assert told.translate_url.startswith(
        "https://translate.google.com/translate?sl=auto&tl=en&u=https%3A%2F%2Ftam.example"
    )
    read = compose([strait_story()], replace(SUBSCRIPTION, languages=("zh", "en"))).stories[0]
    assert (read.names, read.translate_url) == ((), "")


def test_the_headline_is_one_that_the_reader_reads() -> None:
    assert compose([summit_story()]).stories[0].language == "en"
    korean = compose([summit_story()], replace(SUBSCRIPTION, languages=("ko",))).stories[0]
    assert korean.title == "이재명 대통령, 베이징서 시진핑 주석과 회담"


def test_copies_count_once() -> None:
    told = compose([summit_story()]).stories[0]
    assert (told.reports, told.origins, sum(system.outlets for system in told.press_systems)) == (6, 5, 6)


def test_first_report_in_both_times() -> None:
    told = compose([summit_story()]).stories[0]
    assert (told.first_outlet, told.first_said) == ("Hangang Ilbo", "Mon 05:30 Seoul, Sun 21:30 Berlin")


def test_outlets_and_press_systems_in_and_out() -> None:
    def outlets(**wishes: tuple[str, ...]) -> list[str]:
        digest = compose([summit_story()], replace(SUBSCRIPTION, **wishes))  # type: ignore[arg-type]
        return [outlet.name for story in digest.stories for outlet in story.outlets]

    assert outlets(without_press_systems=("prc-state", "wire", "south-korea", "japan")) == ["Victoria Harbour Post"]
    assert outlets(press_systems=("prc-state",)) == ["Beijing Morgenblatt"]
    assert outlets(outlets=("han",), press_systems=("prc-state",)) == ["Hangang Ilbo", "Beijing Morgenblatt"]
    assert outlets(outlets=("han",), without_outlets=("han",)) == []


def test_a_topic_may_ask_for_more_than_the_subscription() -> None:
    strict = replace(SUBSCRIPTION, minimum_scores={JAPAN: 0.93})
    assert compose([japan_story()], strict).stories[0].topic == TAIWAN


def test_figures_and_the_first_digest() -> None:
    assert compose([summit_story()]).opening == "1 new story, from 6 reports of 6 outlets in 4 languages."
    first = compose([strait_story(), ledger_story()], first=True)
    assert first.opening.startswith("This first digest covers the last 24 hours: 2 new stories, from")
    assert compose([]).opening == "No news on your topics since the last digest."
    assert compose([], first=True).opening == "This first digest covers the last 24 hours: no news on your topics."


def test_alerts_tell_what_is_urgent_up_to_what_is_left_of_the_day() -> None:
    stories = [summit_story(), strait_story(), *brief_stories(5)]
    alert = compose(stories, alert=True)
    assert [story.id for story in alert.stories] == [101, 102]
    assert set(told_states(alert, stories)) == {101, 102}
    assert [story.id for story in compose(stories, alert=True, limit=1).stories] == [101]
    assert compose(stories, alert=True, limit=0).stories == ()
    assert say_subject(alert) == "East Asia, mornings: Xi Jinping receives Lee Jae Myung with full honours in Beijing"
    urgent = choose_urgent(replace(SUBSCRIPTION, alert_score=1.1), stories, NOW)
    assert [candidate.story.id for candidate in urgent] == [101], "five origins are enough"


@pytest.mark.parametrize("surge", ["thrice the usual", None])
def test_a_surge_is_urgent_where_wanted(surge: str | None) -> None:
    wishes = replace(SUBSCRIPTION, alert_score=1.1, alert_origins=99)
    story = summit_story(surge=surge)
    assert bool(choose_urgent(wishes, [story], NOW)) is bool(surge)
    assert not choose_urgent(replace(wishes, alert_on_surge=False), [story], NOW)


def test_marks_are_whole_words_and_longest_first() -> None:
    text = "Lee met Leeds men; Lee Jae Myung left. 李在明會見"
    assert [text[start:end] for start, end in mark_words(text, ["Lee", "Lee Jae Myung", "李在明"])] == [
        "Lee",
        "Lee Jae Myung",
        "李在明",
    ]


def test_a_key_sentence_keeps_its_matched_words() -> None:
    sentence = "After a long preamble that nobody needs to read at seven in the morning, and another clause, " * 3
    match = make_match(TAIWAN, 0.9, "Title", f"{sentence} Taiwan was named.", (("taiwan", "Taiwan"),))
    (quote,) = compose([Story(1, (make_report(1, "pot", "Title", match),))]).stories[0].quotes
    assert [quote.text[start:end] for start, end in quote.marks] == ["Taiwan"]
    assert quote.text.startswith("…")


def test_times() -> None:
    at = NOW - timedelta(hours=1)
    assert say_both_times(at, "Asia/Seoul", "Europe/Berlin", NOW) == "14:00 Seoul, 06:00 Berlin"
    assert say_both_times(at, "Asia/Seoul", "Asia/Tokyo", NOW) == "14:00 Seoul"
    assert say_both_times(at - timedelta(days=3), "UTC", "America/New_York", NOW) == "Fri 05:00 UTC, 00:00 New York"
    assert say_both_times(at - timedelta(days=9), "Asia/Seoul", "UTC", NOW) == "27 Dec 14:00 Seoul, 05:00 UTC"


def test_a_time_without_a_date_of_publication_is_said_to_be_seen() -> None:
    report = replace(strait_story().reports[0], published_from="first-seen")
    assert compose([Story(1, (report,))]).stories[0].first_said == "seen 11:00 Taipei, 04:00 Berlin"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://[broken", "ftp://x.example/", "https://x.example/a b", "https:///x"]
)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    report = replace(strait_story().reports[0], url=url)
    told = compose([Story(1, (report,))]).stories[0]
    assert (told.url, told.outlets[0].url, told.translate_url) == ("", "", "")


def test_languages() -> None:
    assert [name_language(code) for code in ("zh-Hant", "ko-KR", "xx", None)] == [
        "Chinese (trad.)",
        "Korean",
        "xx",
        "?",
    ]
    assert is_read("zh-Hant", ("zh",))
    assert not is_read("zh-Hant", ("zh-Hans",))


@given(st.text(max_size=200), st.integers(1, 80))
def test_shortening_holds_its_width_and_its_beginning(text: str, columns: int) -> None:
    short = shorten(text, columns)
    assert measure(short) <= max(columns, 1)
    assert text.startswith(short.removesuffix("…"))


@given(st.permutations(range(12)))
def test_the_order_of_stories_does_not_matter(order: list[int]) -> None:
    stories = brief_stories(12)
    assert compose([stories[place] for place in order]) == compose(stories)


@given(st.lists(st.sampled_from(range(30)), unique=True), st.integers(0, 8), st.integers(0, 8))
def test_every_candidate_is_told_or_counted(chosen: list[int], full: int, brief: int) -> None:
    every = brief_stories(30)
    stories = [every[place] for place in chosen]
    digest = compose(stories, replace(SUBSCRIPTION, full_stories=full, brief_stories=brief))
    assert len(digest.stories) + digest.left_out + digest.let_go == len(choose_candidates(SUBSCRIPTION, stories, NOW))


@pytest.mark.parametrize(
    ("dateline", "rest"),
    [
        ("BEIJING, Nov 23 (Northgate) - ", "Leaders met."),
        ("BEIJING/TOKYO (Northgate Wire) — ", "Leaders met."),
        ("(베이징=아라누리) 홍가람 기자 = ", "두 정상이 만났다."),
        ("【北京＝蒼海】", "両首脳が会談した。"),
        ("（蓬海社台北24日電）", "雙方會談。"),
        ("华澜社北京11月24日电（记者季海棠）", "双方举行会谈。"),
        ("", "Lee (left) met Xi - and smiled."),
        ("", "2024年3月1日电视台报道，双方会谈。"),
        ("", "【北京】"),
    ],
)
def test_a_quote_begins_after_its_dateline(dateline: str, rest: str) -> None:
    assert strip_dateline(dateline + rest) == rest


def test_names_and_reasons_prefer_who_and_what_over_phrases() -> None:
    title = "兩岸談判在台北登場"
    words = (("talks", "談判"), ("taiwan", "台北"), ("place", "台"))
    match = make_match(TAIWAN, 0.9, title, "", words)
    told = compose([Story(1, (make_report(1, "tam", title, match),))]).stories[0]
    assert told.names == ("Taiwan",)
    assert told.why == "台北, 談判 (0.90)"
    unknown = make_match(TAIWAN, 0.9, title, "", words[:1])
    assert compose([Story(1, (make_report(1, "tam", title, unknown),))]).stories[0].names == ("talks",)


def test_a_day_without_a_time_is_told_as_such_and_is_not_first_at_midnight() -> None:
    match = make_match(TAIWAN, 0.9, "Taiwan votes", "", (("taiwan", "Taiwan"),))
    timed = make_report(1, "pot", "Taiwan votes", match, hours=4)
    midnight = datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Taipei")).astimezone(UTC)
    dated = replace(
        make_report(2, "tam", "Taiwan votes", match), published_at=midnight, first_seen_at=NOW, is_date_only=True
    )
    [both] = compose([Story(1, (dated, timed))]).stories
    assert both.first_outlet == "Potomac Ledger"
    [alone] = compose([Story(1, (dated,))]).stories
    assert alone.first_said == "Mon, time not given"


def test_blind_sources_are_told_with_the_reason_and_since_when() -> None:
    failed = BlindSource("Harbour Post", "the server answered 503: it is overloaded", NOW - timedelta(hours=30))
    digest = compose([], blind=(failed, BlindSource("New Paper", "", None)))
    assert digest.blind == ("Harbour Post (since Sun 01:00: the server answered 503)", "New Paper")
    assert "May be blind to Harbour Post (since Sun 01:00: the server answered 503) and New Paper." in " ".join(
        render_text(digest).split()
    )


@pytest.mark.parametrize(
    ("sentence", "columns", "shortened"),
    [
        ("Short enough.", 20, "Short enough."),
        ("Seoul said so, and then it went on to say more.", 33, "Seoul said so, and then it went…"),
        ("Nobody in Seoul has said so, and then it went on.", 40, "Nobody in Seoul has said so…"),
        ("It rejected talk of the 1,200 islands in the sea", 44, "It rejected talk of the 1,200 islands…"),
        ("政府は会談を歓迎すると述べ、今後も協議を続けると", 32, "政府は会談を歓迎すると述べ…"),
    ],
)
def test_a_sentence_is_cut_where_a_clause_ends(sentence: str, columns: int, shortened: str) -> None:
    assert shorten_at_clause(sentence, columns) == shortened


def test_a_sentence_that_fits_whole_is_quoted_before_one_that_does_not() -> None:
    long = make_match(TAIWAN, 0.95, "A", f"Taiwan {'has said again and again ' * 6}nothing.", (("taiwan", "Taiwan"),))
    short = make_match(TAIWAN, 0.8, "B", "Taiwan said nothing new.", (("taiwan", "Taiwan"),))
    reports = (make_report(1, "pot", "A", long), make_report(2, "seo", "B", short))
    assert [quote.text for quote in choose_quotes(reports, TAIWAN, 1, 100)] == ["Taiwan said nothing new."]
    assert choose_quotes(reports, TAIWAN, 1, 230)[0].outlet == "Potomac Ledger"
