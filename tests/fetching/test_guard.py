"""No road leads from a feed into the network that we run in, whatever form the address takes."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetching.guard import check_address, check_url, redact_url
from news.errors import FetchError, FetchFailure
from tests.fetching.servers import Connect, FixedResolver, Serve, answer, redirect

REFUSED_ADDRESSES = {
    "0.0.0.0": "no address",
    "0.1.2.3": "no address",
    "10.1.2.3": "private network",
    "100.64.0.1": "provider's inner network",
    "100.100.100.200": "metadata",
    "127.0.0.1": "this machine",
    "127.255.255.254": "this machine",
    "169.254.1.1": "local link",
    "169.254.169.254": "metadata",
    "172.16.0.1": "private network",
    "172.31.255.255": "private network",
    "192.0.0.8": "for protocols",
    "192.0.2.1": "examples",
    "192.88.99.1": "relay",
    "192.168.178.1": "private network",
    "198.18.0.1": "benchmarks",
    "198.51.100.7": "examples",
    "203.0.113.7": "examples",
    "224.0.0.251": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "everybody",
    "::": "no address",
    "::1": "this machine",
    "::127.0.0.1": "in disguise",
    "::ffff:127.0.0.1": "in disguise",
    "::ffff:8.8.8.8": "in disguise",
    "::ffff:0:127.0.0.1": "not a public address",
    "4000::1": "not a public address",
    "64:ff9b::127.0.0.1": "NAT64",
    "64:ff9b::808:808": "NAT64",
    "64:ff9b:1::a00:1": "NAT64",
    "100::1": "discards",
    "2001::1": "Teredo",
    "2001:20::1": "for protocols",
    "2001:db8::1": "examples",
    "2002:7f00:1::": "6to4",
    "3fff::1": "examples",
    "5f00::1": "routing",
    "fc00::1": "private network",
    "fd00:ec2::254": "metadata",
    "fd12:3456::1": "private network",
    "fe80::1": "local link",
    "fec0::1": "private network",
    "ff02::1": "multicast",
}
ODD_FORMS = [
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.1./",
    "http://0/",
    "http://127.0.0.1.0x7f/",
    "http://00000127.0.0.1/",
    "http://127.0.0.256/",
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[fe80::1%25eth0]/",
    "http://[::1%250]/",
    "http://127.0.0.1:80@127.0.0.1/",
    "http://a..b/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 130 + "example/",
    "http://host:5432/",
    "http://host:22/",
    "http://host:0/",
    "http://host:99999/",
    "http:///path",
    "//host/path",
    "/etc/passwd",
    "",
    "file:///etc/passwd",
    "ftp://host/feed",
    "gopher://127.0.0.1:25/",
    "http://a\nb/",
    "http://a\0b/",
    "http://a b/",
    "http://a\\b/",
    "http://xn--a/",
    "http://xn--a.example/",
]


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
