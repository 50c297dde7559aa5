"""A signed JSON webhook, by the Standard Webhooks specification; docs/webhook.md describes it for receivers."""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import urlsplit

from digests.channels.face import WRONG_SETTING_WAIT, ChannelSettings
from digests.channels.posting import post
from digests.stored import digest_to_json
from news.digests import Digest
from news.errors import DeliveryError

SCHEMA = "dateline.digest/1"
"""Named in every body; the number rises when a field changes its meaning or goes."""


class WebhookChannel:
    """Posts the digest as JSON, with an id, a time stamp and an HMAC over all three."""

    def __init__(self, settings: ChannelSettings) -> None:
        if not settings.webhook_url:
            reason = "the channel `webhook` has no address; set DATELINE_WEBHOOK_URL"
            raise DeliveryError(reason, retry_after=WRONG_SETTING_WAIT)
        if not settings.webhook_secret:
            reason = "the channel `webhook` has no key to sign with; set DATELINE_WEBHOOK_SECRET"
            raise DeliveryError(reason, retry_after=WRONG_SETTING_WAIT)
        self._settings = settings
        self._key = decode_key(settings.webhook_secret)

    def send(self, digest: Digest, *, delivery_id: str, now: datetime) -> None:
        """Post a digest; see `Channel.send`."""
        body = make_body(digest, delivery_id)
        stamp = str(int(now.timestamp()))
        headers = {
            "content-type": "application/json",
            "user-agent": "dateline",
            "webhook-id": delivery_id,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(self._key, delivery_id, stamp, body),
        }
        url = self._settings.webhook_url
        post(
            url,
            body,
            headers,
            place=f"the webhook at {urlsplit(url).hostname or 'an unknown host'}",
            setting="DATELINE_WEBHOOK_URL",
            now=now,
            timeout_seconds=self._settings.timeout_seconds,
            ca_file=self._settings.tls_ca_file,
        )

    def close(self) -> None:
        """Nothing is kept open."""


def make_body(digest: Digest, delivery_id: str) -> bytes:
    """Write the body: schema, delivery and the digest as stored."""
    return f'{{"schema":"{SCHEMA}","delivery":"{delivery_id}","digest":{digest_to_json(digest)}}}'.encode()


def sign(key: bytes, delivery_id: str, stamp: str, body: bytes) -> str:
    """Sign `ID.TIMESTAMP.BODY` with HMAC-SHA256: `v1,` and the signature in base64."""
    digest = hmac.new(key, b".".join((delivery_id.encode(), stamp.encode(), body)), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def decode_key(secret: str) -> bytes:
    """Read a key: `whsec_` with base64 as the specification writes it, or any other text as it stands."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError as error:
        reason = "DATELINE_WEBHOOK_SECRET begins with whsec_ but is no base64 after it; copy it again"
        raise DeliveryError(reason, retry_after=WRONG_SETTING_WAIT) from error
