import os
from pathlib import Path
from traceback import format_exception

import pytest

from flows.settings import read_settings
from news.errors import SettingsError


def test_the_environment_wins_over_the_file_and_a_password_stays_as_written(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text("DATELINE_ZONE=Asia/Tokyo\nDATELINE_SMTP_PASSWORD='a${HOME}b'\nOTHER=1\n")
    settings = read_settings({"DATELINE_ENV_FILE": str(file), "DATELINE_ZONE": "Asia/Seoul"})
    assert settings.zone == "Asia/Seoul"
    assert settings.smtp_password.get_secret_value() == "a${HOME}b"
    assert "a$" not in repr(settings)


def test_a_file_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_bytes(b"DATELINE_ZONE=\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read as UTF-8 text; save it so"):
        read_settings({"DATELINE_ENV_FILE": str(file)})


def test_a_file_that_is_named_must_be_there_but_for_who_writes_it(tmp_path: Path) -> None:
    named = {"DATELINE_ENV_FILE": str(tmp_path / "none")}
    with pytest.raises(SettingsError, match=r"there is no .*/none, which DATELINE_ENV_FILE names"):
        read_settings(named)
    assert read_settings(named, needs_named_file=False) == read_settings({"DATELINE_ENV_FILE": os.devnull})


def test_a_file_of_another_user_is_no_missing_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "settings").touch()
    monkeypatch.setattr("flows.settings.dotenv_values", refuse)
    with pytest.raises(SettingsError, match="may not be read by this user"):
        read_settings({"DATELINE_ENV_FILE": str(tmp_path / "settings")})


def test_ports_may_be_ranges_and_wrong_ones_are_named() -> None:
    none = {"DATELINE_ENV_FILE": os.devnull}
    assert read_settings({**none, "DATELINE_ALLOWED_PORTS": "80, 8000-8002"}).allowed_ports == (80, 8000, 8001, 8002)
    assert read_settings({**none, "DATELINE_ALLOWED_PORTS": "65535 - 65535, 7-7"}).allowed_ports == (65535, 7)
    for wrong in ("web", "80, 0", "65536", "5-1", "0-7", "8000-", "-1", "65530-65536", "1-999999999999999"):
        with pytest.raises(SettingsError, match="DATELINE_ALLOWED_PORTS \\(in the environment\\) is wrong"):
            read_settings({**none, "DATELINE_ALLOWED_PORTS": wrong})
    with pytest.raises(SettingsError, match="the range 5-1 runs backwards"):
        read_settings({**none, "DATELINE_ALLOWED_PORTS": "80, 5-1"})


def test_a_wrong_secret_stands_in_no_traceback() -> None:
    environ = {"DATELINE_ENV_FILE": os.devnull, "DATELINE_APPRISE_URLS": '{"ops": ["slack://token"]}'}
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    assert "token" not in "".join(format_exception(caught.value))


def test_one_click_requests_need_https() -> None:
    none = {"DATELINE_ENV_FILE": os.devnull}
    assert read_settings({**none, "DATELINE_UNSUBSCRIBE_URL": "https://news.example.org/stop"}).unsubscribe_url
    with pytest.raises(SettingsError, match=r"DATELINE_UNSUBSCRIBE_URL .* public https:// address"):
        read_settings({**none, "DATELINE_UNSUBSCRIBE_URL": "http://news.example.org/stop"})
