"""What those see who look on from outside: the watcher of a heartbeat, Prometheus, and who asks after health."""

from http import HTTPStatus

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from digests.stored import digest_from_json
from flows.exposition import expose
from flows.heartbeat import beat, beat_after_round, beating_unless_open, fail_url
from flows.observing import answer, observing
from flows.rounds import open_round
from flows.steps.delivering import Sendings
from flows.steps.guarding import complain_of_rounds
from flows.telling import send_due, warn_operator
from flows.wiring import Bureau, open_bureau
from news.errors import SettingsError, StorageError
from storage.deliveries import claim_deliveries, list_deliveries, mark_failed, resend_digest
from storage.engine import Store
from storage.metrics import measure_store
from storage.rounds import begin_round
from tests.flows.noted_rounds import EVERY, HOUR, MINUTE, NOW, at, look_on, note_round
from tests.servers import free_port, serve_http


async def test_the_heart_beats_after_good_rounds_and_fails_with_the_reason(
    bureau: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    beating = at(bureau, NOW, heartbeat_url=url)
    async with open_round(beating):
        pass
    with pytest.raises(RuntimeError):
        async with open_round(beating):
            raise RuntimeError("a bug")
    assert got == [("/ping/5eCreT?rid=1", ""), ("/ping/5eCreT/fail?rid=1", "a bug")]


def test_the_heart_beats_after_a_delivery_and_not_when_nobody_gets_a_digest(
    bureau: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    look_on(bureau.store, NOW, NOW + 90 * MINUTE, None)
    later = at(bureau, NOW + 4 * HOUR, heartbeat_url=url)
    send_due(later)  # to the file; Slack has no address
    assert got == []
    beat_after_round(later, "")
    [(path, reason)] = got
    assert path.endswith("/fail?rid=1")
    assert "operator/1 did not reach slack" in reason


def test_a_delivery_is_a_heartbeat_only_while_rounds_succeed(
    bureau: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    beating = at(bureau, NOW, heartbeat_url=url)
    for minute in range(0, 70, 5):
        note_round(bureau.store, NOW + minute * MINUTE, "No source could be reached.")
        warn_operator(at(bureau, NOW + minute * MINUTE))
    assert send_due(at(beating, NOW + 2 * HOUR)) == Sendings(sent=1)  # the warning
    assert got == []
    note_round(bureau.store, NOW + 2 * HOUR)
    resend_digest(bureau.store, 1, NOW + 2 * HOUR)
    send_due(at(beating, NOW + 2 * HOUR))
    assert got == [("/ping/5eCreT?rid=1", "")]
    note_round(bureau.store, NOW + 2 * HOUR + 5 * MINUTE, "a bug")  # which the round itself told at once
    resend_digest(bureau.store, 1, NOW + 2 * HOUR)
    send_due(at(beating, NOW + 2 * HOUR + 6 * MINUTE))
    assert len(got) == 1


@pytest.mark.parametrize("answered", [500, 404, 302])
def test_a_heartbeat_that_fails_is_a_log_line_without_the_address(
    bureau: Bureau, answered: int, caplog: pytest.LogCaptureFixture
) -> None:
    with serve_http(lambda *_: (answered, {}, b"")) as origin:
        beat(at(bureau, NOW, heartbeat_url=f"{origin}/5eCreT").settings, NOW)
    beat(at(bureau, NOW, heartbeat_url=f"http://127.0.0.1:{free_port()}/5eCreT").settings, NOW)
    assert caplog.text.count("No heartbeat") == 2
    assert "5eCreT" not in caplog.text
    assert "DATELINE_HEARTBEAT_URL" in caplog.text


def test_where_failures_are_reported() -> None:
    assert fail_url("https://hc.example/uuid/") == "https://hc.example/uuid/fail"
    assert fail_url("https://kuma.example/api/push/k?status=up") == "https://kuma.example/api/push/k/fail?status=up"


def test_what_prometheus_reads(store: Store) -> None:
    note_round(store, NOW - HOUR)
    note_round(store, NOW - MINUTE, "lost")
    text = expose(measure_store(store, NOW)).decode()
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["dateline_good_round_age_seconds",] == 3600
    assert samples["dateline_round_age_seconds",] == 60
    assert samples["dateline_refreshes_last_day", "failed"] == 0
    assert samples["dateline_deliveries", "pending"] == 0
    assert all(name.startswith("dateline_") for name, *_ in samples)
    assert text.count("# HELP") == text.count("# TYPE") >= 15


def test_health_follows_rounds_and_deliveries(bureau: Bureau) -> None:
    assert answer(bureau, "/health")[0] is HTTPStatus.OK
    note_round(bureau.store, NOW)
    assert answer(at(bureau, NOW + HOUR), "/health")[0] is HTTPStatus.OK
    status, _, body = answer(at(bureau, NOW + 2 * HOUR), "/health")
    assert (status, b"No round has succeeded since 2026-01-05 07:00 UTC" in body) == (503, True)
    note_round(bureau.store, NOW + 2 * HOUR)
    look_on(bureau.store, NOW + 3 * HOUR, NOW + 5 * HOUR, None)
    for waiting in claim_deliveries(bureau.store, NOW + 5 * HOUR, limit=5, lease_for=HOUR):
        mark_failed(bureau.store, waiting, "no such room", retry_at=None)
    assert b"did not reach slack: no such room" in answer(at(bureau, NOW + 5 * HOUR), "/health")[2]


def test_a_digest_that_nobody_ever_tried_to_send_is_told_after_two_hours(
    bureau: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    [warned_at] = look_on(bureau.store, NOW, NOW + 2 * HOUR, None)
    note_round(bureau.store, warned_at + 2 * HOUR)
    in_time, late = (at(bureau, warned_at + after, heartbeat_url=url) for after in (2 * HOUR, 2 * HOUR + MINUTE))
    assert answer(in_time, "/health")[0] is HTTPStatus.OK
    status, _, body = answer(late, "/health")
    said = "Digest operator/1 did not reach slack: not tried; does the flow `deliver` run?"
    assert (status, said.encode() in body) == (HTTPStatus.SERVICE_UNAVAILABLE, True)
    beat_after_round(in_time, "")
    beat_after_round(late, "")
    assert got == [("/ping/5eCreT?rid=1", ""), ("/ping/5eCreT/fail?rid=1", said)]
    claim_deliveries(bureau.store, warned_at, limit=5, lease_for=MINUTE)  # by a process that was killed
    assert b"no attempt has come to its end" in answer(late, "/health")[2]


def test_rounds_that_begin_and_never_end_are_unhealthy(bureau: Bureau) -> None:
    for minute in range(0, 61, 5):
        assert begin_round(bureau.store, NOW + minute * MINUTE)
    assert answer(at(bureau, NOW + HOUR), "/health")[0] is HTTPStatus.OK
    status, _, body = answer(at(bureau, NOW + HOUR + MINUTE), "/health")
    assert (status, b"No round has succeeded yet. None has come to its end" in body) == (503, True)
    note_round(bureau.store, NOW + HOUR)  # what was killed before is made up for
    assert answer(at(bureau, NOW + HOUR + MINUTE), "/health")[0] is HTTPStatus.OK


def test_where_no_round_ever_begins_it_is_unhealthy_as_soon_as_the_check_warns(bureau: Bureau) -> None:
    look_on(bureau.store, NOW, NOW + HOUR, None)
    assert answer(at(bureau, NOW + HOUR), "/health")[0] is HTTPStatus.OK
    [warned_at] = look_on(bureau.store, NOW + HOUR, NOW + 70 * MINUTE, None)
    said = "No round has succeeded yet. None has begun; does `serve` or a worker run?"
    for later in (MINUTE, 24 * HOUR):  # also where the machine was off meanwhile
        status, _, body = answer(at(bureau, warned_at + later), "/health")
        assert (status, said.encode() in body) == (HTTPStatus.SERVICE_UNAVAILABLE, True)
        warn_operator(at(bureau, warned_at + later))
    [warning, _] = list_deliveries(bureau.store)
    assert said in digest_from_json(warning.digest.content).opening
    note_round(bureau.store, warned_at + 24 * HOUR)
    assert complain_of_rounds(bureau.store, warned_at + 24 * HOUR, interval=EVERY) == ""


def test_it_answers_on_loopback_and_says_who_holds_the_port(bureau: Bureau) -> None:
    port = free_port()
    serving = at(bureau, NOW, metrics_port=port)
    with observing(serving):
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics")
        assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "dateline_feeds 0.0" in metrics.text
        assert httpx.get(f"http://127.0.0.1:{port}/health").json() == {"status": "ok", "complaints": []}
        assert httpx.head(f"http://127.0.0.1:{port}/health").status_code == HTTPStatus.OK
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == HTTPStatus.NOT_FOUND
        with pytest.raises(SettingsError, match=f"DATELINE_METRICS_PORT {port} cannot be used"), observing(serving):
            pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")


def test_a_database_that_is_gone_is_an_answer(lost: Bureau) -> None:
    for path in ("/health", "/metrics"):
        status, _, body = answer(lost, path)
        assert (status, b"cannot be used" in body) == (HTTPStatus.SERVICE_UNAVAILABLE, True)


async def test_a_round_that_cannot_begin_tells_the_watcher(
    lost: Bureau, watcher: tuple[str, list[tuple[str, str]]]
) -> None:
    url, got = watcher
    beating = at(lost, NOW, heartbeat_url=url, database_url=str(lost.store.url))
    with pytest.raises(StorageError):
        async with open_round(beating):
            pass
    with pytest.raises(StorageError), beating_unless_open(open_bureau(beating.settings), beating.settings, NOW):
        pass
    assert [(path, "cannot be used" in reason) for path, reason in got] == [("/ping/5eCreT/fail?rid=1", True)] * 2
