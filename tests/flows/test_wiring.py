"""What an operator sets reaches the client that fetches."""

import os
import ssl
from pathlib import Path

import pytest
import trustme

from fetching.client import open_client
from flows.settings import read_settings
from flows.wiring import Bureau, open_bureau
from news.errors import FetchError, FetchFailure, SettingsError
from news.sources import Fetched
from seeds.sample.edition import load_edition
from seeds.sample.newsroom import write_declarations
from tests.fetching.servers import FixedResolver, RawServer, answer, listen

HERE = FixedResolver(["127.0.0.1"])


def _set(home: Path, server: RawServer, **settings: str) -> Bureau:
    """Read the settings of a home that may reach a server on loopback."""
    write_declarations(load_edition(), home / "shipped", "http://127.0.0.1")
    values = {
        "HOME": str(home),
        "SEEDS": str(home / "shipped"),
        "ENV_FILE": os.devnull,
        "ALLOWED_NETWORKS": "127.0.0.0/8",
        "ALLOWED_PORTS": str(server.port or 443),
        "HOST_SECONDS": "0",
    }
    settings = {f"DATELINE_{name.upper()}": value for name, value in (values | settings).items()}
    with open_bureau(read_settings(settings)) as bureau:
        return bureau


async def test_feeds_are_fetched_from_hosts_that_the_operators_authority_vouches_for(tmp_path: Path) -> None:
    authority, ca_file = trustme.CA(), tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("news.example").configure_cert(context)
    async with listen(answer(b"<rss/>"), context) as server:
        policy = _set(tmp_path, server, tls_ca_file=str(ca_file)).fetch_policy
        async with open_client(policy, resolver=HERE) as client:
            fetched = await client.fetch(server.url(host="news.example"))
    assert isinstance(fetched, Fetched)
    assert fetched.body == b"<rss/>"


async def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    policy = _set(tmp_path, RawServer(), tls_ca_file=str(tmp_path / "none.pem")).fetch_policy
    with pytest.raises(SettingsError, match=r"DATELINE_TLS_CA_FILE names .*none\.pem"):
        async with open_client(policy):
            pass


async def test_robots_txt_is_asked_for_feeds_where_the_operator_says_so(tmp_path: Path) -> None:
    said = {"/robots.txt": answer(b"User-agent: *\nDisallow: /"), "/feed": answer(b"<rss/>")}
    async with listen(said) as server:
        async with open_client(_set(tmp_path, server).fetch_policy) as client:
            assert await client.fetch(server.url())
        assert server.paths == ["/feed"]
        async with open_client(_set(tmp_path, server, robots_for_feeds="true").fetch_policy) as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(server.url())
    assert caught.value.kind is FetchFailure.ROBOTS
    assert server.paths == ["/feed", "/robots.txt"]
