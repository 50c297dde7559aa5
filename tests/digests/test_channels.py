"""The other ways out: signed webhook, files, feeds, Apprise, and how a channel is named."""

import base64
import hashlib
import hmac
import json
import os
import ssl
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
import trustme

from digests.channels import Channels, ChannelSettings, check_channel, feed, open_channel, send_test
from digests.feeds import FeedItem
from digests.render import render_html, render_json, render_markdown, render_text
from digests.stored import describe_digest, digest_from_json
from news.errors import DeliveryError
from tests.digests.receivers import HttpReceiver, Received, run_http
from tests.digests.samples import NOW, compose, morning_stories, strait_story, summit_story

# Apprise loads all of its services at once, and with them a module that Python is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

DIGEST = compose(morning_stories())
SECRET = "whsec_" + base64.b64encode(b"twenty-four secret bytes").decode()


def send(spec: str, settings: ChannelSettings) -> None:
    open_channel(spec, settings).send(DIGEST, delivery_id="d.1", now=NOW)


def is_signed(request: Received, key: bytes) -> bool:
    """Check a signature as docs/webhook.md tells receivers to."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(request.headers["webhook-signature"], f"v1,{expected}")


@pytest.mark.parametrize(("secret", "key"), [(SECRET, b"twenty-four secret bytes"), ("plain words", b"plain words")])
def test_a_webhook_is_signed_over_id_time_and_body(secret: str, key: bytes) -> None:
    receiver = HttpReceiver()
    with run_http(receiver) as url:
        send("webhook", ChannelSettings(webhook_url=f"{url}/hook", webhook_secret=secret))
    (request,) = receiver.received
    assert is_signed(request, key)
    assert not is_signed(Received(request.path, request.headers, request.body + b" "), key)
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    body = json.loads(request.body)
    assert (body["schema"], body["delivery"]) == ("dateline.digest/1", "d.1")
    assert digest_from_json(json.dumps(body["digest"])) == DIGEST


def test_the_schema_names_every_field_of_the_body() -> None:
    assert set(json.loads(render_json(DIGEST))) == set(describe_digest()["properties"])


def test_a_webhook_over_tls(tmp_path: Path) -> None:
    authority, receiver = trustme.CA(), HttpReceiver()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with run_http(receiver, context) as url:
        settings = ChannelSettings(webhook_url=url, webhook_secret=SECRET)
        with pytest.raises(DeliveryError, match="its certificate is not trusted"):
            send("webhook", settings)
        send("webhook", ChannelSettings(webhook_url=url, webhook_secret=SECRET, tls_ca_file=tmp_path / "ca.pem"))
    assert len(receiver.received) == 1


def test_an_unusable_ca_file_is_named(tmp_path: Path) -> None:
    settings = ChannelSettings(
        webhook_url="https://localhost/", webhook_secret=SECRET, tls_ca_file=tmp_path / "none.pem"
    )
    with pytest.raises(DeliveryError, match="DATELINE_TLS_CA_FILE"):
        send("webhook", settings)


@pytest.mark.parametrize(
    ("spec", "settings", "said"),
    [
        ("webhook", ChannelSettings(), "set DATELINE_WEBHOOK_URL"),
        ("webhook", ChannelSettings(webhook_url="https://x.example"), "set DATELINE_WEBHOOK_SECRET"),
        ("webhook", ChannelSettings(webhook_url="https://x.example", webhook_secret="whsec_é"), "no base64"),
        ("apprise:team", ChannelSettings(), r"DATELINE_APPRISE_URLS \(there: none\)"),
        ("apprise:team", ChannelSettings(apprise_urls={"team": "nonsense://hush"}), "none that Apprise understands"),
        ("pigeon:home", ChannelSettings(), "begin with email, slack, webhook, file, feed, apprise"),
        ("file:../up", ChannelSettings(), "leads out of"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_sent(spec: str, settings: ChannelSettings, said: str) -> None:
    with pytest.raises(DeliveryError, match=said) as caught:
        check_channel(spec, settings)
    assert "hush" not in str(caught.value)


def test_files_are_written_whole_and_the_same_again(tmp_path: Path) -> None:
    for _ in range(2):
        send("file:desk", ChannelSettings(folder=tmp_path))
    folder = tmp_path / "desk" / "east-asia-morning"
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert written == {
        "42.html": render_html(DIGEST),
        "42.txt": render_text(DIGEST),
        "42.md": render_markdown(DIGEST),
        "42.json": render_json(DIGEST),
        "latest.html": render_html(DIGEST),
    }


def test_an_old_digest_that_is_sent_again_is_not_the_latest(tmp_path: Path) -> None:
    channel = open_channel("file", ChannelSettings(folder=tmp_path))
    for number in (8, 9, 10, 8):
        channel.send(compose(morning_stories(), number=number), delivery_id=f"d.{number}", now=NOW)
    folder = tmp_path / "east-asia-morning"
    assert (folder / "latest.html").read_text() == (folder / "10.html").read_text()


def test_of_two_digests_at_once_neither_loses_its_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []
    read = feed._read  # noqa: SLF001 (what must not be read by two at once)

    def read_while_held(path: Path) -> tuple[FeedItem, ...]:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            flock(folder, LOCK_EX | LOCK_NB)
            held.append(False)
        except BlockingIOError:
            held.append(True)
        finally:
            os.close(folder)
        return read(path)

    monkeypatch.setattr(feed, "_read", read_while_held)
    send("feed", ChannelSettings(folder=tmp_path))
    assert held
    assert all(held)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "east-asia-morning").write_text("a file where a folder should be")
    with pytest.raises(DeliveryError, match="cannot be written") as caught:
        send("file", ChannelSettings(folder=tmp_path))
    assert not caught.value.permanent


def test_feeds_hold_each_story_once_in_its_last_state(tmp_path: Path) -> None:
    settings = ChannelSettings(folder=tmp_path)
    with Channels(settings) as channels:
        channel = channels.open("feed")
        channel.send(compose([strait_story()], number=1), delivery_id="1", now=NOW)
        for _ in range(2):
            channel.send(compose([strait_story(), summit_story()], number=2), delivery_id="2", now=NOW)
    taiwan = json.loads((tmp_path / "feeds" / "taiwan.json").read_text(encoding="utf-8"))
    assert taiwan["version"] == "https://jsonfeed.org/version/1.1"
    assert [(item["id"], item["language"]) for item in taiwan["items"]] == [("urn:dateline:story:102", "zh-Hant")]
    atom = fromstring((tmp_path / "feeds" / "sino-korean-summitry.atom").read_text(encoding="utf-8"))  # noqa: S314 (our own)
    assert [entry.findtext("{*}id") for entry in atom.iter("{http://www.w3.org/2005/Atom}entry")] == [
        "urn:dateline:story:101"
    ]


def test_a_broken_feed_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "taiwan.json").write_text("{")
    with pytest.raises(DeliveryError, match=r"taiwan\.json cannot be read as a feed; remove it"):
        send("feed", ChannelSettings(folder=tmp_path))


def test_apprise_carries_the_digest_as_text() -> None:
    receiver = HttpReceiver()
    with run_http(receiver) as url:
        send("apprise:team", ChannelSettings(apprise_urls={"team": url.replace("http://", "json://")}))
    sent = json.loads(receiver.received[0].body)
    assert sent["title"] == DIGEST.title
    assert sent["message"].split() == render_text(DIGEST).split()


def test_apprise_that_fails_says_which(caplog: pytest.LogCaptureFixture) -> None:
    with run_http(HttpReceiver(final=(500, {}, b""))) as url:
        settings = ChannelSettings(apprise_urls={"team": url.replace("http://", "json://user:hush@")})
        with pytest.raises(DeliveryError, match="apprise:team") as caught:
            send("apprise:team", settings)
    assert not caught.value.permanent
    assert "hush" not in caplog.text + str(caught.value)


def test_a_test_message_says_so(tmp_path: Path) -> None:
    send_test("file", ChannelSettings(folder=tmp_path), NOW)
    assert "This channel works" in (tmp_path / "test" / "0.txt").read_text(encoding="utf-8")


def test_the_documentation_names_every_field_that_is_sent() -> None:
    schema = describe_digest()
    document = (Path(__file__).parents[2] / "docs" / "webhook.md").read_text(encoding="utf-8")
    for described in (schema, schema["$defs"]["DigestStory"]):
        assert [name for name in described["properties"] if f"`{name}`" not in document] == []
