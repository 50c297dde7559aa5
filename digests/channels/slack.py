"""Slack: one message through an incoming webhook, or a short one with a thread by a bot."""

import json
import logging
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from http.client import HTTPException

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from digests.channels.face import WRONG_SETTING_WAIT, ChannelSettings
from digests.channels.posting import make_tls_context, post, read_retry_after
from digests.render import SlackMessage, render_slack, render_slack_thread
from news.digests import Digest
from news.errors import DeliveryError

_log = logging.getLogger(__name__)

# At its finest level the library logs answers whole, and an answer that is not Slack's may say our token back.
_quiet = logging.getLogger(f"{__name__}.library")
_quiet.disabled = True

_THREAD_TRIES = 2
_LONGEST_WAIT = 30.0
"""Seconds that a thread's message is waited for: Slack asks for one between messages, and a lease must outlive us."""

_REMEDIES = {
    "channel_not_found": "check the name, and invite the bot",
    "not_in_channel": "invite the bot",
    "is_archived": "unarchive it or name another",
    "invalid_auth": "check DATELINE_SLACK_TOKEN",
    "not_authed": "check DATELINE_SLACK_TOKEN",
    "account_inactive": "make a new token and set DATELINE_SLACK_TOKEN",
    "token_revoked": "make a new token and set DATELINE_SLACK_TOKEN",
    "token_expired": "make a new token and set DATELINE_SLACK_TOKEN",
    "missing_scope": "give the bot the scope chat:write",
    "restricted_action": "let the bot write there",
}
"""Refusals that the operator can mend; the message waits meanwhile."""

_PERMANENT = {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "no_text"}
"""Refusals of this very message."""


class SlackWebhookChannel:
    """Posts one message to an incoming webhook."""

    def __init__(self, settings: ChannelSettings) -> None:
        if not settings.slack_webhook_url:
            raise DeliveryError(
                "the channel `slack` has no address; set DATELINE_SLACK_WEBHOOK_URL", retry_after=WRONG_SETTING_WAIT
            )
        self._settings = settings

    def send(self, digest: Digest, *, delivery_id: str, now: datetime) -> None:  # noqa: ARG002 (Slack takes no id)
        """Post a digest; see `Channel.send`."""
        message = render_slack(digest)
        content = {"text": message.text, "blocks": message.blocks, "unfurl_links": False, "unfurl_media": False}
        post(
            self._settings.slack_webhook_url,
            json.dumps(content, ensure_ascii=False).encode(),
            {"content-type": "application/json"},
            place="the Slack webhook",
            setting="DATELINE_SLACK_WEBHOOK_URL",
            now=now,
            timeout_seconds=self._settings.timeout_seconds,
            ca_file=self._settings.tls_ca_file,
        )

    def close(self) -> None:
        """Nothing is kept open."""


class SlackBotChannel:
    """Posts a short message to a room by a bot token, and the details into its thread."""

    def __init__(self, room: str, settings: ChannelSettings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        if not settings.slack_token:
            raise DeliveryError(
                f"the channel `slack:{room}` has no bot token; set DATELINE_SLACK_TOKEN", retry_after=WRONG_SETTING_WAIT
            )
        self._room = room
        self._sleep = sleep
        self._client = WebClient(
            settings.slack_token,
            base_url=settings.slack_api_url,
            timeout=max(1, round(settings.timeout_seconds)),
            ssl=make_tls_context(settings.tls_ca_file),
            logger=_quiet,
            retry_handlers=[],  # the ledger holds the next attempt, nothing else retries
        )

    def send(self, digest: Digest, *, delivery_id: str, now: datetime) -> None:  # noqa: ARG002 (Slack takes no id)
        """Post a digest; see `Channel.send`.

        Once the short message stands, the digest counts as sent: trying again would post it twice. A detail that
        Slack does not take then is logged, and the short message still bears every headline with its link.
        """
        thread = render_slack_thread(digest)
        started = self._post(thread.lead, None, now)
        for number, detail in enumerate(thread.details, start=1):
            try:
                self._post_patiently(detail, started, now)
            except DeliveryError as error:
                _log.warning(
                    "Details %d to %d of digest %s are missing: %s", number, len(thread.details), digest.id, error
                )
                break

    def close(self) -> None:
        """Nothing is kept open."""

    def _post_patiently(self, message: SlackMessage, thread: str, now: datetime) -> None:
        for _ in range(_THREAD_TRIES - 1):
            try:
                self._post(message, thread, now)
            except DeliveryError as error:
                wait = (error.retry_after or timedelta(seconds=1)).total_seconds()
                if error.permanent or wait > _LONGEST_WAIT:
                    raise
                self._sleep(wait)
            else:
                return
        self._post(message, thread, now)

    def _post(self, message: SlackMessage, thread: str | None, now: datetime) -> str:
        """Post one message and return its time stamp, which names it."""
        try:
            answer = self._client.chat_postMessage(
                channel=self._room,
                text=message.text,
                blocks=list(message.blocks),
                thread_ts=thread,
                unfurl_links=False,
                unfurl_media=False,
            )
            return str(answer["ts"])
        except SlackApiError as error:
            raise self._explain(error, now) from None
        except (SlackClientError, HTTPException, OSError) as error:
            raise DeliveryError(f"Slack could not be reached for {self._room} ({type(error).__name__})") from None

    def _explain(self, error: SlackApiError, now: datetime) -> DeliveryError:
        headers = {name.lower(): value for name, value in (getattr(error.response, "headers", None) or {}).items()}
        retry_after = read_retry_after(headers.get("retry-after"), now)
        code = _read_code(error)
        if code in _PERMANENT:
            return DeliveryError(f"Slack refused this message for {self._room}: {code}", permanent=True)
        if code in _REMEDIES:
            reason = f"Slack does not let us write to {self._room}: {code}; {_REMEDIES[code]}"
            return DeliveryError(reason, retry_after=WRONG_SETTING_WAIT)
        return DeliveryError(f"Slack did not take the message for {self._room}: {code}", retry_after=retry_after)


def _read_code(error: SlackApiError) -> str:
    """Read the code of a refusal; of what is no answer of Slack's, and may say our token back, the status."""
    code = str(error.response.get("error") or "")
    return code if re.fullmatch(r"[a-z_]{1,60}", code) else f"it answered {error.response.status_code}"
