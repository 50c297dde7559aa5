"""No road leads from a feed into the network that we run in, whatever form the address takes."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetching.guard import check_address, check_url, redact_url
from news.errors import FetchError, FetchFailure
from tests.fetching.refused_addresses import ODD_FORMS, REFUSED_ADDRESSES
from tests.fetching.servers import Connect, FixedResolver, Serve, answer, redirect


@pytest.mark.parametrize(("address", "words"), REFUSED_ADDRESSES.items())
def test_a_special_address_is_refused_by_its_name(address: str, words: str) -> None:
    assert words in (check_address(ip_address(address)) or "")


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "203.104.153.4", "2606:4700:4700::1111", "2400:cb00::1"])
def test_a_public_address_may_be_fetched(address: str) -> None:
    assert check_address(ip_address(address)) is None


@given(st.ip_addresses())
def test_nothing_that_python_knows_as_special_is_let_through(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        assert check_address(address)


def test_an_allowed_network_opens_itself_and_not_what_a_translator_hides() -> None:
    loopback, nat64 = ip_network("127.0.0.0/8"), ip_network("64:ff9b::/96")
    assert check_address(ip_address("127.0.0.1"), [loopback]) is None
    assert check_address(ip_address("10.0.0.1"), [loopback])
    assert check_address(ip_address("64:ff9b::808:808"), [nat64]) is None
    assert check_address(ip_address("64:ff9b::127.0.0.1"), [nat64])
    assert check_address(ip_address("::ffff:10.0.0.1"), [ip_network("::ffff:0:0/96")])


@pytest.mark.parametrize("url", ODD_FORMS)
async def test_an_odd_url_is_refused_before_any_socket_is_made(url: str, serve: Serve, connect: Connect) -> None:
    server = await serve(answer(b"secret"))
    client = await connect(server, allowed_networks=(), allowed_ports=frozenset({80, 443, server.port}))
    with pytest.raises(FetchError) as caught:
        await client.fetch(url)
    assert caught.value.kind is FetchFailure.REFUSED_ADDRESS
    assert server.heads == []


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
async def test_a_name_that_leads_to_a_special_address_is_refused_at_the_connect_call(
    address: str, connect: Connect
) -> None:
    client = await connect(resolver=FixedResolver([address]), allowed_networks=())
    with pytest.raises(FetchError, match="it leads to") as caught:
        await client.fetch("http://innocent.example/feed")
    assert caught.value.kind is FetchFailure.REFUSED_ADDRESS


async def test_a_name_that_changes_its_address_gains_nothing(serve: Serve, connect: Connect) -> None:
    """Rebinding: one name leads to a harmless address when it is first used, and elsewhere a moment later."""
    inside = await serve(answer(b"secret"))
    outside = await serve(redirect(inside.url(host="rebinding.example")))
    resolver = FixedResolver(["127.0.0.1"], ["127.0.0.2"])
    client = await connect(inside, outside, resolver=resolver, allowed_networks=(ip_network("127.0.0.1/32"),))
    with pytest.raises(FetchError, match=r"it leads to 127\.0\.0\.2, this machine"):
        await client.fetch(outside.url(host="rebinding.example"))
    assert (len(outside.heads), inside.heads) == (1, [])


@pytest.mark.parametrize(
    "addresses", [["127.0.0.3", "127.0.0.1"], ["127.0.0.1", "127.0.0.3"], ["10.0.0.1", "127.0.0.1"]]
)
async def test_one_allowed_address_of_a_name_does_not_open_the_others(
    addresses: list[str], serve: Serve, connect: Connect
) -> None:
    """Nothing listens at the allowed address, so that the connector goes on to the next one."""
    server = await serve(answer(b"secret"))
    client = await connect(server, resolver=FixedResolver(addresses), allowed_networks=(ip_network("127.0.0.3/32"),))
    with pytest.raises(FetchError, match="it leads to") as caught:
        await client.fetch(server.url(host="mixed.example"))
    assert caught.value.kind is FetchFailure.REFUSED_ADDRESS
    assert server.heads == []


async def test_a_redirect_is_guarded_like_the_first_address(serve: Serve, connect: Connect) -> None:
    inside = await serve(answer(b"secret"))
    outside = await serve(redirect(inside.url(host="127.0.0.2")))
    client = await connect(inside, outside, allowed_networks=(ip_network("127.0.0.1/32"),))
    with pytest.raises(FetchError, match=r"redirected to 127\.0\.0\.2: it leads to 127\.0\.0\.2, this machine"):
        await client.fetch(outside.url())
    assert inside.heads == []


@pytest.mark.parametrize("place", ["http://xn--a/", "http://a\\b/", "http://[x/"])
async def test_a_redirect_to_what_is_no_address_says_so(place: str, serve: Serve, connect: Connect) -> None:
    server = await serve(redirect(place))
    client = await connect(server)
    with pytest.raises(FetchError) as caught:
        await client.fetch(server.url())
    assert caught.value.kind in {FetchFailure.REDIRECTS, FetchFailure.REFUSED_ADDRESS}


def test_the_operator_opens_ports() -> None:
    with pytest.raises(FetchError, match="port 9000 is not a port of the web"):
        check_url(httpx.URL("http://example.org:9000/"), {80, 443})
    check_url(httpx.URL("http://example.org:9000/"), {9000})
    check_url(httpx.URL("https://新华网.中国/路?q=시"), {443})


@pytest.mark.parametrize("url", ["http://user:word@example.org/feed?a=b@c", "http://user@example.org/"])
def test_credentials_are_never_shown(url: str) -> None:
    assert redact_url(url) == redact_url(httpx.URL(url)) == url.replace("user:word@", "").replace("user@", "")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:wo/rd@example.org/", "http://example.org/"),
        ("http://user:wo?r#d@example.org/", "http://example.org/"),
        ("https://example.org/@user/a", "https://example.org/@user/a"),
        ("https://example.org/a:b@c", "https://example.org/a:b@c"),
    ],
)
def test_credentials_are_hidden_where_no_parser_finds_their_end(url: str, shown: str) -> None:
    assert redact_url(url) == shown
