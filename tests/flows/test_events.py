"""What Prefect's automations hear of."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.mail_catcher import Mailbox
from digests.stored import digest_to_json
from news.digests import Digest
from storage.engine import Store, writing
from storage.rounds import begin_round
from storage.tables import deliveries, digests, entries, feeds, outlets, subscriptions

NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)

Heard = list[dict[str, Any]]


@pytest.fixture
def heard(prefect: None, monkeypatch: pytest.MonkeyPatch) -> Heard:  # noqa: ARG001 (Prefect must be there)
    caught: Heard = []
    monkeypatch.setattr("flows.events.emit_event", lambda **event: caught.append(event))
    return caught


def test_a_delivery_that_is_given_up_is_told_of_and_one_that_waits_is_not(
    store: Store, mailbox: Mailbox, surroundings: Callable[..., Path], heard: Heard
) -> None:
    from flows.deliver import deliver  # noqa: PLC0415 (Prefect reads its settings when it is imported)

    surroundings(smtp_host="127.0.0.1", smtp_port=str(mailbox.port))
    content = digest_to_json(Digest("morning", "Morning", 3, NOW, "UTC", "Monday", "No news on your topics."))
    with writing(store) as connection:
        connection.execute(subscriptions.insert(), {"id": "morning", "since_at": NOW, "is_declared": True})
        row = {"id": 1, "subscription_id": "morning", "number": 3, "composed_at": NOW, "is_alert": False}
        connection.execute(digests.insert(), row | {"content": content})
        # A reader that is no address is refused for good; Slack has no address yet and waits for one.
        rows = [{"digest_id": 1, "channel": channel} for channel in ("email:nobody", "slack")]
        connection.execute(deliveries.insert(), [row | {"state": "pending", "next_attempt_at": NOW} for row in rows])
    assert deliver() == {"sent": 0, "failed": 2}
    [event] = heard
    assert event["event"] == "dateline.delivery.failed"
    assert event["resource"]["prefect.resource.id"] == "dateline.delivery.morning/3.email:nobody"
    assert event["payload"]["attempts"] == 1
    assert "no mail address" in event["payload"]["reason"]
    assert deliver() == {"sent": 0, "failed": 0}
    assert len(heard) == 1


def test_a_feed_that_falls_silent_is_told_of_once(store: Store, heard: Heard) -> None:
    from flows.events import tell_of_silence  # noqa: PLC0415 (as above)

    with writing(store) as connection:
        paper = {"id": "p", "name": "P", "country": "KR", "language": "ko", "press_system": "south-korea"}
        connection.execute(outlets.insert(), paper | {"family": "p", "zone": "UTC"})
        feed = {
            "id": "p-news",
            "outlet_id": "p",
            "title": "P news",
            "url": "https://p.example/rss",
            "host": "p.example",
        }
        state = {"language": "ko", "kind": "feed", "is_declared": True, "next_check_at": NOW}
        connection.execute(feeds.insert(), feed | {"declared_url": feed["url"]} | state)
        for n in (1, 2):
            entry = {"feed_id": "p-news", "key": str(n), "title": "", "text": "", "authors": [], "state": "stored"}
            times = {"first_seen_at": NOW - n * HOUR, "next_attempt_at": NOW, "is_first_poll": False}
            connection.execute(entries.insert(), entry | times)
    for hours in range(0, 72, 6):
        begin_round(store, NOW + hours * HOUR)
        tell_of_silence(store, NOW + hours * HOUR)
    [event] = heard
    assert event["event"] == "dateline.feed.silent"
    assert event["resource"] == {"prefect.resource.id": "dateline.feed.p-news", "prefect.resource.name": "P news"}
    assert event["payload"]["reason"] == "nothing new, which is unusual for it"
