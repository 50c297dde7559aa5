"""The questions of `dateline init`: each may be answered beforehand by an option, and has a default where it can."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from flows.settings import PREFIX, Settings
from news.digests import Subscription
from seeds.codes import is_language, suggest, zones

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_TLS_PORT = 465
_LAST_PORT = 65_535
_SECRET = "unchanged"  # noqa: S105 (what the question shows where a secret is known already)
_CONTACT = "Web or mail address for publishers who wonder who fetches, empty for none"
_WAYS = ("mail", "slack", "file")


@dataclass(frozen=True, slots=True)
class Given:
    """What options have answered; None is a question left open. Names are those of the options."""

    mail: str | None = None
    slack: bool = False
    file: bool = False
    smtp_host: str | None = None
    smtp_port: int | None = None
    smtp_security: str | None = None
    smtp_user: str | None = None
    smtp_password: str | None = None
    slack_webhook_url: str | None = None
    zone: str | None = None
    at: str | None = None
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    contact: str | None = None
    home: Path | None = None
    name: str = "morning"


@dataclass(frozen=True, slots=True)
class Answers:
    """What is to be written: settings by variable, and the subscription."""

    settings: dict[str, str]
    subscription: Subscription


class Interview:
    """Asks what options have not answered. With `asks` false, defaults answer, and what has none is refused."""

    def __init__(self, given: Given, current: Settings, topics: tuple[str, ...], *, asks: bool) -> None:
        self._given, self._current, self._topics, self._asks = given, current, topics, asks

    def hold(self) -> Answers:
        """Ask everything.

        Raises:
            typer.BadParameter: for an answer that cannot be, or is missing where nothing may be asked.
        """
        given, current = self._given, self._current
        settings: dict[str, str] = {"HOME": str(given.home)} if given.home else {}
        channels = self._ask_channels(settings)
        usual = current.zone if current.zone != "UTC" else guess_zone()
        zone = self._ask("Your time zone", given.zone, usual, check=check_zone)
        contact = self._ask(_CONTACT, given.contact, current.contact, may_be_empty=True)
        settings |= {"ZONE": zone, "CONTACT": contact}
        subscription = Subscription(
            given.name,
            "East Asia, every morning" if given.name == "morning" else given.name,
            self._ask_list("Topics", given.topics, self._topics, one_of(self._topics)),
            channels,
            cron=self._ask("When should the digest come", given.at, "07:00", check=read_time),
            zone=zone,
            languages=self._ask_list("Languages you read", given.languages, ("en",), check_languages),
        )
        return Answers({f"{PREFIX}{name}": value for name, value in settings.items()}, subscription)

    def _ask_channels(self, settings: dict[str, str]) -> tuple[str, ...]:
        given = self._given
        chosen = [way for way in _WAYS if getattr(given, way)] or self._ask_list(
            "Digests by mail, slack or file", (), (), one_of(_WAYS)
        )
        channels = []
        if "mail" in chosen:
            channels.append(f"email:{self._ask_mail(settings)}")
        if "slack" in chosen:
            self._ask_slack(settings)
            channels.append("slack")
        return (*channels, *(["file"] if "file" in chosen else []))

    def _ask_mail(self, settings: dict[str, str]) -> str:
        given, current = self._given, self._current
        address = self._ask("Mail address that digests go to", given.mail, check=check_mail)
        settings["SMTP_HOST"] = self._ask("Mail server that sends them", given.smtp_host, current.smtp_host)
        question, known_port = "Its port (587 for STARTTLS, 465 for TLS)", str(current.smtp_port)
        port = self._ask(question, given.smtp_port, known_port, check=check_port)
        usual = "tls" if port == str(_TLS_PORT) else current.smtp_security
        settings["SMTP_PORT"] = port
        ways = one_of(("starttls", "tls", "none"))
        settings["SMTP_SECURITY"] = self._ask(
            "Spoken to by starttls, tls or none", given.smtp_security, usual, check=ways
        )
        user = self._ask("User name there, empty for none", given.smtp_user, current.smtp_user, may_be_empty=True)
        settings["SMTP_USER"] = user
        if user:
            known = current.smtp_password.get_secret_value()
            settings["SMTP_PASSWORD"] = self._ask_secret("Password there", given.smtp_password, known)
        return address

    def _ask_slack(self, settings: dict[str, str]) -> None:
        known = self._current.slack_webhook_url.get_secret_value()
        settings["SLACK_WEBHOOK_URL"] = self._ask_secret(
            "Address of a Slack incoming webhook", self._given.slack_webhook_url, known
        )

    def _ask_list(
        self, question: str, given: tuple[str, ...], default: tuple[str, ...], check: Callable[[str], str]
    ) -> tuple[str, ...]:
        answer = self._ask(f"{question} (with commas)", ", ".join(given) or None, ", ".join(default), check=check)
        return split_words(answer)

    def _ask(
        self,
        question: str,
        given: object = None,
        default: str = "",
        *,
        may_be_empty: bool = False,
        check: Callable[[str], str] = str.strip,
    ) -> str:
        """On a terminal a wrong answer is asked for again: nobody should begin anew for a slip in the ninth answer."""
        if given is not None:
            return check(str(given))
        if self._asks:
            shown = default if default or may_be_empty else None
            return str(typer.prompt(question, default=shown, show_default=bool(default), value_proc=check))
        if not default and not may_be_empty:
            raise typer.BadParameter(f"nothing answers “{question}”; give the option for it, or run this on a terminal")
        return check(default)

    def _ask_secret(self, question: str, given: str | None, known: str) -> str:
        if given is not None or not self._asks:
            return self._ask(question, given, known)
        answer = str(typer.prompt(question, default=_SECRET if known else None, hide_input=True))
        return known if known and answer == _SECRET else answer


def read_time(text: str) -> str:
    """Turn a time of day into a daily cron expression.

    Raises:
        typer.BadParameter: for what is no time of day.
    """
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise typer.BadParameter(f"{text} is no time of day; write one like 07:00")
    return f"{int(found[2])} {int(found[1])} * * *"


def split_words(text: str) -> tuple[str, ...]:
    """Split a list as people write it, with commas or spaces; each word counts once."""
    return tuple(dict.fromkeys(part for part in re.split(r"[,\s]+", text) if part))


def one_of(known: Sequence[str]) -> Callable[[str], str]:
    """Return a check that every word of an answer is a known one."""

    def check(text: str) -> str:
        words = split_words(text)
        for word in words:
            if word not in known:
                raise typer.BadParameter(f"{word} is none of {', '.join(known)}{suggest(word, known)}")
        if not words:
            raise typer.BadParameter(f"name at least one of {', '.join(known)}")
        return text.strip()

    return check


def check_languages(text: str) -> str:
    """Check that every word of an answer is a language's code."""
    words = split_words(text)
    for word in words:
        if not is_language(word):
            raise typer.BadParameter(f"{word} is no language code; write en, ko, ja, zh-Hans, zh-Hant or another")
    if not words:
        raise typer.BadParameter("name at least one, such as en")
    return text.strip()


def check_zone(text: str) -> str:
    """Check that an answer is an IANA zone."""
    if text.strip() not in zones():
        near = suggest(text.strip(), zones())
        raise typer.BadParameter(f"{text} is no time zone; write one like Asia/Seoul or America/New_York{near}")
    return text.strip()


def check_mail(text: str) -> str:
    """Check that an answer can be a mail address."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text.strip()):
        raise typer.BadParameter(f"{text} is no mail address; write one like ada@example.org")
    return text.strip()


def check_port(text: str) -> str:
    """Check that an answer is a port."""
    if not (text.strip().isdecimal() and 1 <= int(text) <= _LAST_PORT):
        raise typer.BadParameter(f"{text} is no port; write a number from 1 to {_LAST_PORT}")
    return text.strip()


def guess_zone() -> str:
    """The zone of this machine by its IANA name; UTC where it does not say."""
    _, found, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    return os.environ.get("TZ", "").lstrip(":") or (name if found else "UTC")
