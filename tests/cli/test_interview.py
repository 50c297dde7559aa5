"""The questions of `dateline init`, as a person answers them."""

import io
import sys
from pathlib import Path

import pytest
import typer

from cli.interview import Given, Interview, read_time
from flows.settings import Settings

CURRENT = Settings(home=Path("home"), zone="Asia/Seoul", smtp_host="mail.example", smtp_port=465)


def test_an_empty_answer_takes_the_default_and_known_settings_are_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    # way, address, server, port, security, user, zone, contact, topics, time, languages
    said = ["mail", "ada@reader.example", "", "", "", "", "", "", "taiwan", "7:30", "ko en"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(said) + "\n"))
    answers = Interview(Given(), CURRENT, ("taiwan", "japan-relations"), asks=True).hold()
    assert answers.settings == {
        "DATELINE_SMTP_HOST": "mail.example",
        "DATELINE_SMTP_PORT": "465",
        "DATELINE_SMTP_SECURITY": "tls",
        "DATELINE_SMTP_USER": "",
        "DATELINE_ZONE": "Asia/Seoul",
        "DATELINE_CONTACT": "",
    }
    subscription = answers.subscription
    assert (subscription.channels, subscription.topics) == (("email:ada@reader.example",), ("taiwan",))
    assert (subscription.cron, subscription.languages) == ("30 7 * * *", ("ko", "en"))


def test_a_wrong_answer_is_asked_for_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    said = ["post", "mail", "ada", "ada@reader.example", "", "0", "", "ssl", "", "", "Mars/Olympus", "", "", "taiwann"]
    said += ["taiwan", "25:00", "7:30", "klingon", "ko"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(said) + "\n"))
    answers = Interview(Given(), CURRENT, ("taiwan", "japan-relations"), asks=True).hold()
    assert answers.subscription.channels == ("email:ada@reader.example",)
    assert (answers.subscription.topics, answers.subscription.cron) == (("taiwan",), "30 7 * * *")
    shown = capsys.readouterr().out
    for word in ("post is none of", "ada is no mail", "0 is no port", "ssl is none", "Olympus is no time zone"):
        assert word in shown
    for word in (
        "taiwann is none of taiwan, japan-relations; did you mean",
        "25:00 is no time",
        "klingon is no language",
    ):
        assert word in shown


@pytest.mark.parametrize(
    "given", [{"zone": "Mars/X"}, {"topics": ("x",)}, {"at": "25:00"}, {"languages": ("klingon",)}, {"smtp_port": 0}]
)
def test_a_wrong_option_is_refused(given: dict[str, object]) -> None:
    usual: dict[str, object] = {"mail": "a@b.example", "zone": "UTC", "contact": "", "topics": ("taiwan",)}
    with pytest.raises(typer.BadParameter):
        Interview(Given(**usual | given), CURRENT, ("taiwan",), asks=False).hold()  # type: ignore[arg-type]


def test_what_options_answered_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    given = Given(file=True, zone="UTC", at="23:59", topics=("taiwan",), languages=("ja",), contact="", name="late")
    answers = Interview(given, CURRENT, ("taiwan",), asks=True).hold()
    assert answers.settings == {"DATELINE_ZONE": "UTC", "DATELINE_CONTACT": ""}
    assert (answers.subscription.id, answers.subscription.cron) == ("late", "59 23 * * *")


@pytest.mark.parametrize("text", ["24:00", "7", "7:5", "noon", "", "07:60"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="no time of day"):
        read_time(text)
