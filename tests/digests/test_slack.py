"""Slack against a receiver of its kind on loopback: refusals, 429 with Retry-After, 500, time-outs, threads."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from digests.channels import ChannelSettings, open_channel
from digests.channels.slack import SlackBotChannel
from digests.render import render_slack, render_slack_thread
from news.errors import DeliveryError
from tests.digests.receivers import HttpReceiver, run_http
from tests.digests.samples import NOW, compose, morning_stories

DIGEST = compose(morning_stories())
SECRET = "/services/T000/B000/hush-hush"
TOKEN = "xoxb-hush-hush"
OK = (200, {"content-type": "application/json"}, b'{"ok": true, "ts": "1767592800.000100", "channel": "C1"}')


def refusal(code: str, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return (status, {"content-type": "application/json"}, json.dumps({"ok": False, "error": code}).encode())


@pytest.fixture
def receiver() -> HttpReceiver:
    return HttpReceiver()


@pytest.fixture
def address(receiver: HttpReceiver) -> Iterator[str]:
    with run_http(receiver) as url:
        yield url


def send_by_webhook(address: str, seconds: float = 5) -> None:
    settings = ChannelSettings(slack_webhook_url=f"{address}{SECRET}", timeout_seconds=seconds)
    open_channel("slack", settings).send(DIGEST, delivery_id="d.1", now=NOW)


def send_by_bot(address: str) -> list[float]:
    """Send with a bot token and return the waits."""
    waits: list[float] = []
    settings = ChannelSettings(slack_token=TOKEN, slack_api_url=f"{address}/api/", timeout_seconds=5)
    SlackBotChannel("#desk", settings, sleep=waits.append).send(DIGEST, delivery_id="d.1", now=NOW)
    return waits


def read_posts(receiver: HttpReceiver) -> list[dict[str, Any]]:
    """Read what the bot posted, whichever of its two encodings the library chose."""
    posts = []
    for request in receiver.received:
        if "json" in request.headers["content-type"]:
            posts.append(json.loads(request.body))
        else:
            form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
            posts.append({**form, "blocks": json.loads(form["blocks"])})
    return posts


def test_one_message_by_webhook(address: str, receiver: HttpReceiver) -> None:
    send_by_webhook(address)
    (request,) = receiver.received
    assert request.path == SECRET
    message = json.loads(request.body)
    rendered = render_slack(DIGEST)
    assert (message["text"], tuple(message["blocks"])) == (rendered.text, rendered.blocks)


@pytest.mark.parametrize(
    ("answer", "permanent", "retry_after", "said"),
    [
        ((429, {"retry-after": "30"}, b"rate_limited"), False, timedelta(seconds=30), "try again later"),
        ((429, {"retry-after": "Mon, 05 Jan 2026 06:02:00 GMT"}, b""), False, timedelta(minutes=2), "try again later"),
        ((500, {}, b"oops"), False, None, "try again later: it answered 500"),
        ((503, {"retry-after": "soon"}, b""), False, None, "try again later"),
        ((503, {"retry-after": "Mon, 05 Jan 99999999999 06:02:00 GMT"}, b""), False, None, "try again later"),
        ((404, {}, b"no_service"), False, timedelta(hours=1), "check DATELINE_SLACK_WEBHOOK_URL"),
        ((403, {}, b"action_prohibited"), False, timedelta(hours=1), "check DATELINE_SLACK_WEBHOOK_URL"),
        ((302, {"location": "https://elsewhere.example/"}, b""), False, timedelta(hours=1), "at this address"),
        ((400, {}, b"invalid_blocks"), True, None, "refused this message: it answered 400 .invalid_blocks"),
    ],
)
def test_refusals_by_webhook(
    address: str,
    receiver: HttpReceiver,
    answer: tuple[int, dict[str, str], bytes],
    permanent: bool,
    retry_after: timedelta | None,
    said: str,
) -> None:
    receiver.answers = [answer]
    with pytest.raises(DeliveryError, match=said) as caught:
        send_by_webhook(address)
    assert (caught.value.permanent, caught.value.retry_after) == (permanent, retry_after)
    assert "hush" not in str(caught.value)
    assert len(receiver.received) == 1, "the ledger tries again, not the channel"


def test_a_silent_receiver_is_left(address: str, receiver: HttpReceiver) -> None:
    receiver.hang = threading.Event()
    with pytest.raises(DeliveryError, match=r"did not answer within 0\.1 s") as caught:
        send_by_webhook(address, seconds=0.1)
    assert not caught.value.permanent


def test_nobody_there_and_nonsense_for_an_address() -> None:
    with run_http(HttpReceiver()) as closed:
        pass
    with pytest.raises(DeliveryError, match=r"could not be reached \(connection refused\)") as caught:
        send_by_webhook(closed)
    assert "hush" not in str(caught.value)
    with pytest.raises(DeliveryError, match="DATELINE_SLACK_WEBHOOK_URL is no web address") as caught:
        send_by_webhook("hooks.slack.example")
    assert "hush" not in str(caught.value)


def test_no_secret_reaches_a_log(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        send_by_webhook(address)
    assert "hush" not in caplog.text
    assert "hush" not in repr(ChannelSettings(slack_webhook_url=SECRET, slack_token=TOKEN, webhook_secret="hush"))


def test_a_short_message_and_its_details_in_a_thread(address: str, receiver: HttpReceiver) -> None:
    receiver.final = OK
    assert send_by_bot(address) == []
    lead, *details = read_posts(receiver)
    thread = render_slack_thread(DIGEST)
    assert receiver.received[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert (lead["channel"], lead["text"], lead["blocks"]) == ("#desk", thread.lead.text, list(thread.lead.blocks))
    assert "thread_ts" not in lead
    assert [detail["blocks"] for detail in details] == [list(detail.blocks) for detail in thread.details]
    assert {detail["thread_ts"] for detail in details} == {"1767592800.000100"}


@pytest.mark.parametrize(
    ("answer", "permanent", "retry_after", "said"),
    [
        (
            (429, {"retry-after": "30"}, b'{"ok":false,"error":"ratelimited"}'),
            False,
            timedelta(seconds=30),
            "ratelimited",
        ),
        (refusal("channel_not_found"), False, timedelta(hours=1), "check the name, and invite the bot"),
        (refusal("invalid_auth"), False, timedelta(hours=1), "check DATELINE_SLACK_TOKEN"),
        (refusal("invalid_blocks"), True, None, "refused this message for #desk"),
        (refusal("internal_error", 500), False, None, "internal_error"),
        ((502, {}, b"<html>bad gateway</html>"), False, None, "#desk"),
    ],
)
def test_refusals_of_the_bot(
    address: str,
    receiver: HttpReceiver,
    answer: tuple[int, dict[str, str], bytes],
    permanent: bool,
    retry_after: timedelta | None,
    said: str,
) -> None:
    receiver.answers = [answer]
    with pytest.raises(DeliveryError, match=said) as caught:
        send_by_bot(address)
    assert (caught.value.permanent, caught.value.retry_after) == (permanent, retry_after)
    assert "hush" not in str(caught.value)
    assert len(receiver.received) == 1


def test_a_limit_inside_the_thread_is_waited_for(address: str, receiver: HttpReceiver) -> None:
    receiver.answers = [OK, (429, {"retry-after": "7"}, b'{"ok":false,"error":"ratelimited"}')]
    receiver.final = OK
    assert send_by_bot(address) == [7.0]
    assert len(receiver.received) == 2 + len(render_slack_thread(DIGEST).details)


def test_missing_details_are_logged_and_the_lead_is_not_sent_twice(
    address: str, receiver: HttpReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [OK]
    receiver.final = refusal("internal_error", 500)
    send_by_bot(address)
    assert "Details 1 to 1 of digest east-asia-morning/42 are missing: Slack did not take the message" in caplog.text
    assert len(receiver.received) == 3


def test_nobody_answers_the_bot() -> None:
    with run_http(HttpReceiver()) as closed:
        pass
    with pytest.raises(DeliveryError, match="Slack could not be reached for #desk") as caught:
        send_by_bot(closed)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("spec", "setting"), [("slack", "DATELINE_SLACK_WEBHOOK_URL"), ("slack:#desk", "DATELINE_SLACK_TOKEN")]
)
def test_a_missing_secret_is_named(spec: str, setting: str) -> None:
    with pytest.raises(DeliveryError, match=setting):
        open_channel(spec, ChannelSettings())
