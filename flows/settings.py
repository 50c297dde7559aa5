"""Every setting, read from the environment or `.env`: the only reader of the environment.

Names carry the prefix `DATELINE_`; a name that nobody knows is refused, since a misspelt setting that is silently
ignored costs an operator an evening. That is also why this is a plain pydantic model: pydantic-settings looks up the
names it knows and cannot see the others.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from news.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: relative paths start here, so that a command means the same from any folder."""

PREFIX = "DATELINE_"
_ENV_FILE = "DATELINE_ENV_FILE"
_FOR_TESTS = "DATELINE_TEST_"  # what the test suite is told, such as a PostgreSQL to use: no setting of ours

TEXTS_LEAST_DAYS = 28
"""Texts of matched articles are kept at least so long: twice the time in which a report can still join a story."""

_LAST_PORT = 65_535

_ADDRESS = re.compile(r"https?://[\w.:\[\]-]+(/[!-~]*)?(\?[!-~]*)?")


class Settings(BaseModel):
    """All settings, frozen. A field `smtp_host` is the setting `DATELINE_SMTP_HOST`."""

    # What a wrong value was must not stand in the traceback that a flow run logs: it may be a token.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    home: Path = Field(Path("var"), description="folder of the database, digests, own declarations and Prefect's state")
    database_url: str = Field(
        "", repr=False, description="sqlite:///FILE or postgresql://...; default: dateline.db in the home"
    )
    seeds: Path = Field(ROOT / "seeds", description="folder of the declarations that come with Dateline")
    zone: str = Field("UTC", description="IANA zone of the operator, for times in reports")
    contact: str = Field("", description="web or mail address that publishers can turn to, sent in the User-Agent")

    smtp_host: str = Field("", description="mail server; empty: no mail")
    smtp_port: int = Field(587, ge=1, le=65535, description="587 for STARTTLS, 465 for TLS")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the mail server is spoken to"
    )
    smtp_user: str = Field("", description="user name at the mail server")
    smtp_password: SecretStr = Field(SecretStr(""), description="password at the mail server")
    mail_from: str = Field("", description="sender of digests; default: dateline@ the mail server's host")
    unsubscribe_mailto: str = Field("", description="where requests to stop are mailed; default: the sender")
    unsubscribe_url: str = Field("", description="public HTTPS address of yours that takes one-click requests to stop")
    tls_ca_file: Path | None = Field(None, description="certificates (PEM) to trust besides the system's")
    slack_webhook_url: SecretStr = Field(SecretStr(""), description="Slack incoming webhook, for the channel `slack`")
    slack_token: SecretStr = Field(SecretStr(""), description="Slack bot token, for channels `slack:#room`")
    webhook_url: SecretStr = Field(SecretStr(""), description="receiver of the channel `webhook`")
    webhook_secret: SecretStr = Field(SecretStr(""), description="key that signs what the webhook receives")

    apprise_urls: dict[str, SecretStr] = Field(
        default_factory=dict, description='addresses for channels `apprise:NAME`, as JSON: {"ops": "ntfy://..."}'
    )

    poll_minutes: int = Field(5, ge=1, le=60, description="minutes between rounds of the watch flow")
    rounds: int = Field(
        1, ge=1, le=64, description="rounds that may run at once: 1, or the number of machines with a Prefect worker"
    )
    reading: Literal["careful", "wide"] = Field(
        "careful",
        description="wide: a quick text first, the careful one only where a topic may be concerned; careful does the "
        "same only while more pages wait than a round has time for",
    )
    workers: int = Field(2, ge=1, le=64, description="processes that read pages and long feeds")
    page_seconds: float = Field(20.0, gt=0, le=300, description="a page or feed that takes longer to read is given up")
    fetch_seconds: float = Field(30.0, gt=0, le=300, description="a response that takes longer is given up")
    fetch_megabytes: float = Field(10.0, gt=0, le=200, description="a response that is larger is given up")
    per_host: int = Field(2, ge=1, le=16, description="requests to one host at a time, by all workers together")
    host_seconds: float = Field(1.0, ge=0, le=60, description="seconds between the starts of two requests to one host")
    robots_for_feeds: bool = Field(
        False, description="ask robots.txt for feeds too; for pages of articles it is always asked"
    )
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="private networks that may be fetched from, with commas: 10.1.0.0/16, fd00::/8"
    )
    allowed_ports: tuple[Annotated[int, Field(ge=1, le=_LAST_PORT)], ...] = Field(
        (80, 443, 8000, 8008, 8080, 8443), description="ports that may be fetched from, with commas: 80, 443, 8000-8100"
    )
    keep_texts_days: int = Field(
        0, ge=0, description="days that texts of matched articles are kept, at least 28; 0: for good"
    )
    keep_unmatched_texts_days: int = Field(180, ge=0, description="the same for articles that no topic matched")
    keep_unmatched_articles_days: int = Field(0, ge=0, description="the same for all else about those articles")
    keep_pages_days: int = Field(
        30, ge=0, description="days that pages of matched articles are kept as fetched; 0: none are"
    )
    keep_entries_days: int = Field(180, ge=0, description="days that entries are kept once they left their feed")
    keep_refreshes_days: int = Field(90, ge=0, description="days that the record of polls and rounds is kept")

    heartbeat_url: SecretStr = Field(
        SecretStr(""), description="pinged after each good round and delivery, as healthchecks.io expects; empty: none"
    )
    warn_channels: tuple[str, ...] = Field(
        (), description="channels that are told when rounds fail, with commas; empty: those of all subscriptions"
    )
    metrics_port: int = Field(
        0, ge=0, le=65535, description="port on loopback of /metrics (Prometheus) and /health while serving; 0: none"
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="how `serve`, `monitor` and flow runs write log lines"
    )
    prefect_host: str = Field("127.0.0.1", description="address that Prefect's server listens on; it has no login")
    prefect_port: int = Field(4200, ge=1, le=65535, description="port of Prefect's server and its UI")

    @field_validator("allowed_networks", "warn_channels", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        return _split(value) if isinstance(value, str) else value

    @field_validator("allowed_ports", mode="before")
    @classmethod
    def _split_ports(cls, value: object) -> object:
        return [port for part in _split(value) for port in _spread(part)] if isinstance(value, str) else value

    @field_validator("apprise_urls", mode="before")
    @classmethod
    def _read_mapping(cls, value: object) -> object:
        return json.loads(value or "{}") if isinstance(value, str) else value

    @field_validator("keep_texts_days")
    @classmethod
    def _check_texts(cls, days: int) -> int:
        if 0 < days < TEXTS_LEAST_DAYS:
            raise ValueError(
                f"later reports find their story by these texts: keep them {TEXTS_LEAST_DAYS} days or more, or 0 for good"
            )
        return days

    @field_validator("heartbeat_url")
    @classmethod
    def _check_address(cls, address: SecretStr) -> SecretStr:
        """The address is a secret: a message about it must not show it."""
        url = address.get_secret_value()
        if url and not _ADDRESS.fullmatch(url):
            raise ValueError("this is no web address; write it as https://...")
        return address

    @field_validator("unsubscribe_url")
    @classmethod
    def _check_one_click(cls, url: str) -> str:
        if url and not url.startswith("https://"):
            raise ValueError(
                "one-click requests go to a public https:// address (RFC 8058); leave it out where there is none"
            )
        return url

    @field_validator("zone")
    @classmethod
    def _check_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError("this is no IANA time zone; write one like Asia/Seoul or America/New_York")
        return zone

    @property
    def home_path(self) -> Path:
        """The home as an absolute path."""
        return self.home if self.home.is_absolute() else ROOT / self.home

    @property
    def store_url(self) -> str:
        """Where the database is."""
        return self.database_url or f"sqlite:///{self.home_path / 'dateline.db'}"

    @property
    def own_seeds(self) -> Path:
        """Where the user's own declarations stand."""
        return self.home_path / "seeds"


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _spread(part: str) -> Iterable[int | str]:
    """The ports of `8000-8100`, or what stands there, which the model checks; its ends are checked before it is spread."""
    first, dash, last = (piece.strip() for piece in part.partition("-"))
    if not (dash and first.isdecimal() and last.isdecimal()):
        return [part]
    if int(first) > int(last):
        raise ValueError(f"the range {part} runs backwards; write the lower port first")
    if int(last) > _LAST_PORT:
        raise ValueError(f"the range {part} goes beyond the last port, {_LAST_PORT}")
    return range(int(first), int(last) + 1)


def find_env_file(environ: Mapping[str, str] | None = None) -> Path:
    """Return the file of settings: `.env` in the checkout, unless `DATELINE_ENV_FILE` names another."""
    named = (os.environ if environ is None else environ).get(_ENV_FILE)
    return Path(named) if named else ROOT / ".env"


def read_settings(environ: Mapping[str, str] | None = None, *, needs_named_file: bool = True) -> Settings:
    """Read the settings; the environment wins over the file that `find_env_file` returns.

    `needs_named_file` is off for `init` alone, which writes the file that `DATELINE_ENV_FILE` names.

    Raises:
        SettingsError: for a name that is unknown or a value that does not fit, with where it stands, and for a file
            that is named and not there.
    """
    environ = os.environ if environ is None else environ
    env_file = find_env_file(environ)
    in_file = _read_file(env_file, is_needed=needs_named_file and bool(environ.get(_ENV_FILE)))
    found = {name: value for name, value in {**in_file, **environ}.items() if _is_setting(name)}
    for name in found:
        _refuse_unknown(name, env_file if name not in environ else None)
    try:
        return Settings.model_validate({name.removeprefix(PREFIX).lower(): value for name, value in found.items()})
    except ValidationError as error:
        raise _explain(error, environ, env_file) from error


def _read_file(env_file: Path, *, is_needed: bool) -> dict[str, str]:
    """Read the file as it is written: a password may hold what looks like a variable. One that is missing holds nothing.

    With `is_needed` it is refused: what goes on without it has another home and database than was meant.
    """
    try:
        if not env_file.exists():
            if is_needed:
                raise SettingsError(
                    f"there is no {env_file}, which {_ENV_FILE} names; correct the name, or run `./dateline init`, "
                    "which writes it"
                )
            return {}
        return {name: value or "" for name, value in dotenv_values(env_file, interpolate=False).items()}
    except PermissionError as error:
        raise SettingsError(f"{env_file} may not be read by this user; run this as its owner") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{env_file} cannot be read as UTF-8 text; save it so, or remove it ({error})") from error


def _is_setting(name: str) -> bool:
    return name.startswith(PREFIX) and name != _ENV_FILE and not name.startswith(_FOR_TESTS)


def _refuse_unknown(name: str, env_file: Path | None) -> None:
    known = [f"{PREFIX}{field.upper()}" for field in Settings.model_fields]
    if name in known:
        return
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "`./dateline settings` lists all"
    raise SettingsError(f"{name} (in {env_file or 'the environment'}) is no setting of Dateline; {hint}")


def _explain(error: ValidationError, environ: Mapping[str, str], env_file: Path) -> SettingsError:
    first = error.errors()[0]
    name = f"{PREFIX}{str(first['loc'][0]).upper()}" if first["loc"] else PREFIX
    place = "the environment" if name in environ else str(env_file)
    return SettingsError(f"{name} (in {place}) is wrong: {first['msg'].removeprefix('Value error, ')}")
