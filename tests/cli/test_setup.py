"""`dateline init`, `settings` and `upgrade`."""

import json
import sqlite3
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.mail_catcher import catch_mail
from flows.settings import read_settings
from seeds.declarations import load_declarations

if TYPE_CHECKING:
    from tests.cli.conftest import Dateline  # for the type alone: conftest is no module to import at run time


def test_answers_become_settings_a_subscription_and_a_test_message(
    dateline: "Dateline", home: Path, tmp_path: Path
) -> None:
    with catch_mail(tmp_path / "mailbox") as mailbox:
        ended = dateline(
            *("init", "--yes", "--mail", "analyst@reader.example", "--zone", "Asia/Seoul", "--at", "06:30"),
            *("--smtp-host", "127.0.0.1", "--smtp-port", mailbox.port, "--smtp-security", "none"),
            *("--topic", "taiwan", "--language", "ko", "--language", "en"),
        )
        message = message_from_bytes(mailbox.caught[0].read_bytes())
    assert ended.status == 0, ended.err
    assert message["To"] == "analyst@reader.example"
    subscription = load_declarations(read_settings().seeds, home / "seeds").subscriptions["morning"]
    assert subscription.topics == ("taiwan",)
    assert subscription.channels == ("email:analyst@reader.example",)
    assert (subscription.cron, subscription.zone, subscription.languages) == ("30 6 * * *", "Asia/Seoul", ("ko", "en"))
    assert read_settings().smtp_port == mailbox.port
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_what_stands_in_the_file_stays_and_a_second_run_replaces_its_own(
    dateline: "Dateline", home: Path, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("# mine\nPATH_OF_OURS=1\nDATELINE_ZONE=UTC # home\n", encoding="utf-8")
    assert dateline("init", "--yes", "--file", "--zone", "Asia/Tokyo").status == 0
    with (home / "seeds" / "subscriptions.toml").open("a", encoding="utf-8") as file:
        file.write("# a remark of the user's\n")
    assert dateline("init", "--yes", "--file", "--zone", "Asia/Seoul", "--at", "9:05").status == 0
    assert (
        (tmp_path / ".env").read_text(encoding="utf-8").startswith("# mine\nPATH_OF_OURS=1\nDATELINE_ZONE=Asia/Seoul\n")
    )
    assert "# a remark of the user's" in (home / "seeds" / "subscriptions.toml").read_text(encoding="utf-8")
    subscription = load_declarations(read_settings().seeds, home / "seeds").subscriptions["morning"]
    assert (subscription.zone, subscription.cron) == ("Asia/Seoul", "5 9 * * *")


def test_a_message_that_does_not_arrive_keeps_the_answers(dateline: "Dateline", tmp_path: Path) -> None:
    ended = dateline(
        *("init", "--yes", "--mail", "a@reader.example", "--smtp-host", "127.0.0.1", "--smtp-port", "1"),
    )
    assert ended.status == 1
    assert "run `./dateline init` again" in ended.err
    assert "DATELINE_SMTP_PORT=1" in (tmp_path / ".env").read_text(encoding="utf-8")


def test_a_wrong_webhook_is_named_and_its_secret_is_not(dateline: "Dateline") -> None:
    ended = dateline("init", "--yes", "--slack-webhook-url", "http://127.0.0.1:1/services/hush")
    assert ended.status == 1
    assert "slack" in ended.err.lower()
    assert "hush" not in ended.err + ended.out
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mail", "a@reader.example"), "Mail server"),
        (("--file", "--zone", "Mars/Olympus"), "is no time zone"),
        (("--file", "--at", "25:00"), "no time of day"),
        (("--file", "--topic", "weather"), "weather is none of"),
        (("--slack",), "webhook"),
        ((), "mail, slack or file"),
    ],
)
def test_a_wrong_or_missing_answer_is_refused_and_writes_nothing(
    dateline: "Dateline", home: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ended = dateline("init", "--yes", *arguments)
    assert ended.status == 2
    assert said in " ".join(ended.err.replace("│", " ").split())
    assert not (tmp_path / ".env").exists()
    assert not list(home.rglob("subscriptions.toml"))


def test_settings_say_where_each_comes_from_and_hide_secrets(
    dateline: "Dateline", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", "postgresql://watch:hush@db.example/news")
    (tmp_path / ".env").write_text("DATELINE_SMTP_PASSWORD=hush\n", encoding="utf-8")
    ended = dateline("settings", "--json")
    rows = {row["name"]: row for row in map(json.loads, ended.out.splitlines())}
    assert "hush" not in ended.out
    assert rows["DATELINE_SMTP_PASSWORD"]["value"] == "(hidden)"
    assert rows["DATELINE_SMTP_PASSWORD"]["source"] == ".env"
    assert rows["DATELINE_DATABASE_URL"]["value"] == "postgresql://watch:(hidden)@db.example/news"
    assert rows["DATELINE_WORKERS"] == {
        "name": "DATELINE_WORKERS",
        "value": "2",
        "source": "default",
        "description": "processes that read pages and long feeds",
    }


def test_an_upgrade_backs_up_an_older_database_before_it_migrates(
    dateline: "Dateline", home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dateline("digest", "list").status == 0  # makes the database
    monkeypatch.setattr("storage.upgrading.newest_version", lambda: "9999")  # as after a release with a migration
    ended = dateline("upgrade")
    assert ended.status == 0, ended.err
    [backup] = (home / "backups").glob("*.db")
    with sqlite3.connect(backup) as copy:
        assert copy.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    copy.close()
    assert str(backup.name) in ended.out
    assert "to 9999" in ended.out


def test_an_upgrade_of_a_current_database_changes_nothing(dateline: "Dateline", home: Path) -> None:
    assert dateline("digest", "list").status == 0
    ended = dateline("upgrade")
    assert f"{home / 'dateline.db'} is at version" in ended.out
    assert "already" in ended.out
    assert not (home / "backups").exists()


def test_an_upgrade_makes_no_database_where_settings_name_another_place_than_meant(
    dateline: "Dateline", home: Path
) -> None:
    ended = dateline("upgrade")
    assert ended.status == 1
    assert f"There is no database to upgrade at sqlite:///{home / 'dateline.db'}." in ended.err
    assert "DATELINE_ENV_FILE and DATELINE_HOME" in ended.err
    assert ended.err.count("\n") == 1
    assert not home.exists()


def test_a_file_of_settings_that_is_named_and_missing_is_refused_until_init_has_written_it(
    dateline: "Dateline", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_ENV_FILE", str(tmp_path / "dateline.env"))
    for command in ("settings", "upgrade"):
        ended = dateline(command)
        assert ended.status == 2
        assert f"there is no {tmp_path / 'dateline.env'}, which DATELINE_ENV_FILE names" in ended.err
    assert dateline("init", "--yes", "--file", "--zone", "Asia/Seoul").status == 0
    assert "Asia/Seoul" in dateline("settings", "--json").out


def test_a_newer_database_is_left_alone(dateline: "Dateline", home: Path) -> None:
    assert dateline("digest", "list").status == 0
    with sqlite3.connect(home / "dateline.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    ended = dateline("upgrade")
    assert ended.status == 1
    assert "newer Dateline" in ended.err
