"""Finding a site's feeds through a client whose server is a function."""

from datetime import timedelta

import httpx

from extractors.workers import WorkerPool, open_pool
from fetching.client import Client
from fetching.policy import FetchPolicy
from flows.steps.discovering import discover_feeds

SITE = "https://harbour.example/"
POLICY = FetchPolicy("Dateline/0.1 (+mailto:test@example.org)", min_interval=timedelta(0))
LONG = " " * 200_000
PAGE = f"<link rel=alternate type=application/rss+xml href=/news.xml>{LONG}"
RSS = f"<rss><channel><title>t</title><item><title>a</title><link>{SITE}1</link></item></channel></rss>{LONG}"


def serve(request: httpx.Request) -> httpx.Response:
    said = {"/": PAGE, "/news.xml": RSS}.get(request.url.path)
    return httpx.Response(200 if said else 404, text=said or "", request=request)


async def test_long_documents_are_parsed_in_a_worker_that_can_be_killed(impatient: WorkerPool) -> None:
    client = Client(POLICY, httpx.MockTransport(serve))
    given_up = await discover_feeds(client, impatient, SITE)
    assert not given_up.found
    assert "could not be parsed: it took longer than 20 s to read" in given_up.failed[0].reason
    with open_pool(workers=1) as workers:
        discovery = await discover_feeds(client, workers, SITE)
    assert [(one.url, one.entries) for one in discovery.found] == [(f"{SITE}news.xml", 1)]
