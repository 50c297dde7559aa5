import tomllib
from pathlib import Path

import pytest

from matching.drafts import write_suggestion
from matching.matcher import Matcher
from matching.suggest import suggest_topic
from matching.words import count_words, share_of, split_words
from news.errors import ReadError
from seeds.entities import read_entities, read_phrases
from seeds.topics import read_topics

SEEDS = Path(__file__).parent.parent.parent / "seeds"
TITLE = "China rings Taiwan with warships after arms sale"
TEXT = (
    "Beijing sent warships around Taiwan on Monday and called it a warning to separatists. Taiwan's president said that the "
    "island would not give in to military pressure.\nThe Chinese foreign ministry repeated the one-China principle. "
    "Analyst Brenda Okafor spoke of a hybrid flotilla; Brenda Okafor sees the hybrid flotilla as a rehearsal."
)


def test_proposes_the_states_what_happens_and_the_formulae(shipped: Matcher) -> None:
    topic = suggest_topic(shipped, "draft", TITLE, TEXT, "en").topic
    named = {term.partition(":")[0] for angle in topic.angles for group in angle.all for term in group}
    assert {"taiwan", "china", "military"} <= named
    assert "one-china" in topic.keys
    assert "sport" in topic.off


def test_gives_a_reason_for_every_term(shipped: Matcher) -> None:
    suggestion = suggest_topic(shipped, "draft", TITLE, TEXT, "en")
    topic = suggestion.topic
    told = {reason.term for reason in suggestion.reasons}
    named = {*topic.keys, *topic.supports, *topic.off, *topic.phrases}
    named |= {term.partition(":")[0] for angle in topic.angles for group in angle.all for term in group}
    assert named == told


def test_lists_names_and_phrases_that_the_gazetteer_lacks(shipped: Matcher) -> None:
    suggestion = suggest_topic(shipped, "draft", TITLE, TEXT, "en")
    assert "Brenda Okafor" in " ".join(suggestion.unknown_names)
    assert any("hybrid flotilla" in phrase for phrase in suggestion.topic.phrases["words-of-the-article"]["en"])


@pytest.mark.parametrize(
    ("language", "title", "text", "name"),
    [
        ("ko", "대만 해협 긴장", "김무명 교수는 중국이 대만을 압박한다고 했다.", "김무명"),
        ("ja", "台湾海峡の緊張", "山口無名氏は中国が台湾に圧力をかけていると述べた。", "山口無名"),
        ("zh", "台海局势紧张", "发言人王无名表示，中国对台湾施压。", "王无名"),
    ],
)
def test_finds_unknown_names_in_every_language(
    shipped: Matcher, language: str, title: str, text: str, name: str
) -> None:
    assert name in suggest_topic(shipped, "draft", title, text, language).unknown_names


def test_a_written_draft_is_a_topic_that_catches_the_same_news_in_another_language(
    shipped: Matcher, tmp_path: Path
) -> None:
    (tmp_path / "draft.toml").write_text(
        write_suggestion(suggest_topic(shipped, "draft", TITLE, TEXT)), encoding="utf-8"
    )
    entities, phrases = read_entities(SEEDS / "entities"), read_phrases(SEEDS / "phrases")
    (topic,) = read_topics(tmp_path, entities=entities, phrases=phrases).values()
    matcher = Matcher(entities, phrases, [topic])
    assert matcher.match_text("中国军队在台湾周边举行军演", "国防部称演习是对“台独”势力的警告。")
    assert not matcher.match_text("日本の株価が続伸", "投資家は決算に注目した。")


def test_a_draft_quotes_what_toml_would_misread(shipped: Matcher) -> None:
    title = 'A "quoted" title \\ with a tab\t and \x7f about Taiwan'
    written = tomllib.loads(write_suggestion(suggest_topic(shipped, "draft", title, TEXT)))
    assert written["topics"]["draft"]["title"] == title


def test_an_article_about_nothing_known_is_refused(shipped: Matcher) -> None:
    with pytest.raises(ReadError, match="nothing in this article"):
        suggest_topic(shipped, "draft", "Rain", "It fell.")


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("the summit's talks", "en", ["the", "summit's", "talks"]),
        ("중국은 대만을", "ko", ["중국", "대만"]),
        ("台湾问题", "zh", ["台湾", "湾问", "问题"]),
        ("台湾ミサイル", "ja", ["台湾", "ミサイル"]),
    ],
)
def test_splits_words_by_language(text: str, language: str, words: list[str]) -> None:
    assert split_words(text, language) == words


def test_counts_articles_not_words() -> None:
    table = count_words([("rain rain", "en")] * 5 + [("snow rain", "en")] * 5)
    assert table.splitlines()[1:] == ["en\train\t10000", "en\tsnow\t5000"]


def test_common_words_are_common_and_invented_ones_are_not() -> None:
    assert share_of("government", "en") > 0.005
    assert share_of("hybrid flotilla", "en") == 0.0
