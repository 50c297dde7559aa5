"""Mail through real servers on loopback: TLS, logins, refusals, and a connection that breaks in every phase."""

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from digests.channels import Channels, ChannelSettings, open_channel, send_test
from digests.channels.email import build_message
from digests.render import render_html, render_text
from news.errors import DeliveryError
from tests.digests.receivers import PASSWORD, USER, Mailbox, run_mail_server
from tests.digests.samples import NOW, SUBSCRIPTION, compose, summit_story

DIGEST = compose([summit_story()], replace(SUBSCRIPTION, title="东亚早报 · 동아시아 아침"))
READER = "reader@example.org"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def settings(mailbox: Mailbox, server_tls: ssl.SSLContext, ca_file: Path) -> Iterator[ChannelSettings]:
    """A mail server that asks for STARTTLS and a login."""
    with run_mail_server(mailbox, tls_context=server_tls, require_starttls=True, auth_required=True) as port:
        yield ChannelSettings(
            smtp_host="localhost",
            smtp_port=port,
            smtp_user=USER,
            smtp_password=PASSWORD,
            mail_from="Dateline <news@example.org>",
            tls_ca_file=ca_file,
            timeout_seconds=5,
        )


def send(settings: ChannelSettings, address: str = READER, delivery_id: str = "d.1") -> None:
    channel = open_channel(f"email:{address}", settings)
    try:
        channel.send(DIGEST, delivery_id=delivery_id, now=NOW)
    finally:
        channel.close()


def test_what_arrives_is_what_was_composed(settings: ChannelSettings, mailbox: Mailbox) -> None:
    send(settings)
    (message,) = mailbox.messages
    assert message["Subject"] == "东亚早报 · 동아시아 아침"
    assert (message["From"], message["To"]) == ("Dateline <news@example.org>", READER)
    assert message["Message-ID"] == "<dateline.d.1@example.org>"
    assert message["References"] == message["In-Reply-To"] == "<dateline.thread.east-asia-morning@example.org>"
    assert message["List-Id"] == "<east-asia-morning.dateline.example.org>"
    assert message["List-Unsubscribe"] == "<mailto:news@example.org?subject=unsubscribe%20east-asia-morning>"
    assert message["List-Unsubscribe-Post"] is None
    assert message.get_content_type() == "multipart/alternative"
    text, page = message.iter_parts()
    stop = "mailto:news@example.org?subject=unsubscribe%20east-asia-morning"
    assert text.get_content().replace("\r\n", "\n") == render_text(DIGEST, unsubscribe=stop)
    assert page.get_content().replace("\r\n", "\n") == render_html(DIGEST, unsubscribe=stop)


def test_several_messages_share_one_connection(settings: ChannelSettings, mailbox: Mailbox) -> None:
    with Channels(settings) as channels:
        for number in range(5):
            channels.open(f"email:reader{number}@example.org").send(DIGEST, delivery_id=f"d.{number}", now=NOW)
    assert len(mailbox.messages) == 5
    assert mailbox.connections == 1


def test_tls_from_the_first_byte(mailbox: Mailbox, server_tls: ssl.SSLContext, ca_file: Path) -> None:
    with run_mail_server(mailbox, ssl=server_tls) as port:
        send(ChannelSettings(smtp_host="localhost", smtp_port=port, smtp_security="tls", tls_ca_file=ca_file))
    assert mailbox.messages[0]["From"] == "Dateline <dateline@localhost>"


def test_one_refused_reader_does_not_hold_up_the_others(settings: ChannelSettings, mailbox: Mailbox) -> None:
    mailbox.refused = frozenset({"gone@example.org"})
    with Channels(settings) as channels:
        with pytest.raises(
            DeliveryError, match=r"refused mail to gone@example.org: 550 5.1.1 no such reader"
        ) as caught:
            channels.open("email:gone@example.org").send(DIGEST, delivery_id="a", now=NOW)
        channels.open(f"email:{READER}").send(DIGEST, delivery_id="b", now=NOW)
    assert caught.value.permanent
    assert [message["To"] for message in mailbox.messages] == [READER]
    assert mailbox.connections == 1


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA"])
def test_greylisting_asks_again_and_the_next_attempt_arrives(
    settings: ChannelSettings, mailbox: Mailbox, phase: str
) -> None:
    mailbox.answers = {phase: ["451 4.7.1 come back in a minute"]}
    with pytest.raises(DeliveryError, match="again later: 451") as caught:
        send(settings)
    assert not caught.value.permanent
    send(settings)
    assert [message["Message-ID"] for message in mailbox.messages] == ["<dateline.d.1@example.org>"]


@pytest.mark.parametrize("phase", ["EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"])
def test_a_connection_dropped_in_any_phase_is_tried_again(
    settings: ChannelSettings, mailbox: Mailbox, phase: str
) -> None:
    mailbox.answers = {phase: ["421 drop"]}
    with pytest.raises(DeliveryError, match="the mail server localhost") as caught:
        send(settings)
    assert not caught.value.permanent
    assert not mailbox.messages
    send(settings)
    assert len(mailbox.messages) == 1


def test_a_drop_after_acceptance_gives_a_duplicate_of_the_same_id(settings: ChannelSettings, mailbox: Mailbox) -> None:
    mailbox.answers = {"DATA": ["accept-drop"]}
    with pytest.raises(DeliveryError):
        send(settings)
    send(settings)
    assert [message["Message-ID"] for message in mailbox.messages] == ["<dateline.d.1@example.org>"] * 2


def test_an_idle_connection_that_the_server_closed_is_opened_again(settings: ChannelSettings, mailbox: Mailbox) -> None:
    with Channels(settings) as channels:
        channels.open(f"email:{READER}").send(DIGEST, delivery_id="a", now=NOW)
        mailbox.answers = {"NOOP": ["421 drop"]}
        channels.open(f"email:{READER}").send(DIGEST, delivery_id="b", now=NOW)
    assert len(mailbox.messages) == 2
    assert mailbox.connections == 2


def test_a_wrong_password_waits_and_is_never_said(settings: ChannelSettings, mailbox: Mailbox) -> None:
    wrong = replace(settings, smtp_password="hunter2")
    with pytest.raises(DeliveryError, match="check DATELINE_SMTP_USER and DATELINE_SMTP_PASSWORD") as caught:
        send(wrong)
    assert not caught.value.permanent
    assert caught.value.retry_after == timedelta(hours=1)
    assert "hunter2" not in f"{caught.value}{wrong!r}"
    assert not mailbox.messages


def test_an_unknown_certificate_is_refused_with_its_remedy(settings: ChannelSettings, mailbox: Mailbox) -> None:
    with pytest.raises(DeliveryError, match=r"certificate that is not trusted.*DATELINE_TLS_CA_FILE"):
        send(replace(settings, tls_ca_file=None))
    assert not mailbox.messages


def test_a_server_without_starttls(mailbox: Mailbox) -> None:
    with run_mail_server(mailbox) as port:
        with pytest.raises(DeliveryError, match="DATELINE_SMTP_SECURITY"):
            send(ChannelSettings(smtp_host="localhost", smtp_port=port))
        send(ChannelSettings(smtp_host="localhost", smtp_port=port, smtp_security="none"))
    assert len(mailbox.messages) == 1


def test_a_refused_message_is_final(settings: ChannelSettings, mailbox: Mailbox) -> None:
    mailbox.answers = {"DATA": ["554 5.7.1 looks like spam"]}
    with pytest.raises(DeliveryError, match=r"554 5\.7\.1 looks like spam") as caught:
        send(settings)
    assert caught.value.permanent


def test_a_server_that_is_closing_down_is_tried_again(settings: ChannelSettings, mailbox: Mailbox) -> None:
    mailbox.answers = {"EHLO": ["421 4.3.2 closing for the night", "421 4.3.2 closing for the night"]}
    with pytest.raises(DeliveryError, match=r"localhost:\d+") as caught:
        send(settings)
    assert not caught.value.permanent


def test_a_refused_sender_names_the_setting(settings: ChannelSettings, mailbox: Mailbox) -> None:
    mailbox.answers = {"MAIL": ["550 not yours"]}
    with pytest.raises(DeliveryError, match="check DATELINE_MAIL_FROM") as caught:
        send(settings)
    assert not caught.value.permanent


@pytest.mark.parametrize("greets", [False, True])
def test_a_server_that_says_nothing_or_leaves(greets: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        release = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            if greets:
                release.wait()
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        settings = ChannelSettings(
            smtp_host="127.0.0.1", smtp_port=listener.getsockname()[1], smtp_security="none", timeout_seconds=0.1
        )
        with pytest.raises(DeliveryError, match="no answer in time" if greets else "closed the connection"):
            send(settings)
        release.set()
        thread.join()


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(
        DeliveryError, match=r"127.0.0.1:\d+ could not be reached \(Connection refused\); check DATELINE_SMTP_HOST"
    ):
        send(ChannelSettings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"))


def test_a_missing_server_is_named() -> None:
    with pytest.raises(DeliveryError, match="set DATELINE_SMTP_HOST"):
        open_channel(f"email:{READER}", ChannelSettings())


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: all@example.org", "", "two words@example.org"])
def test_a_bad_address_is_final(settings: ChannelSettings, address: str) -> None:
    with pytest.raises(DeliveryError, match="no mail address") as caught:
        send(settings, address=address)
    assert caught.value.permanent


def test_one_click_only_with_a_public_address() -> None:
    message = build_message(
        DIGEST, READER, "news@example.org", delivery_id="d.1", unsubscribe_url="https://news.example.org/stop"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = b"<https://news.example.org/stop?subscription=east-asia-morning&address=reader%40example.org>"
    assert b"\r\nList-Unsubscribe: " + stop + b", <mailto:news@example.org?" in message.as_bytes()


def test_long_ids_stay_whole() -> None:
    long = "east-asia-" * 15
    wire = build_message(DIGEST, READER, "news@example.org", delivery_id=long).as_bytes()
    assert f"\r\nMessage-ID: <dateline.{long}@example.org>\r\n".encode() in wire


def test_building_a_message_again_gives_the_same_bytes() -> None:
    first, second = (build_message(DIGEST, READER, "news@example.org", delivery_id="d.1").as_bytes() for _ in range(2))
    assert first == second
    assert max(len(line) for line in first.splitlines()) <= 998


def test_a_test_message(settings: ChannelSettings, mailbox: Mailbox) -> None:
    send_test(f"email:{READER}", settings, NOW)
    assert mailbox.messages[0]["Subject"] == "Dateline test message"
