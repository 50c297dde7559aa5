"""What may be fetched: public web addresses only, unless the operator allows a network.

Anybody can write a link into a feed, so a link must not reach what only this machine can reach: its own services, its
neighbours, or the metadata of a cloud. `check_url` judges what can be read off a URL. `check_address` judges where a
connection really goes; the transport asks it at the connect call itself, since a name may resolve to one address when
it is checked and to another when it is used.
"""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

import httpx

from news.errors import FetchError, FetchFailure
from news.urls import hide_credentials

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# The special-purpose registries of IANA (RFC 6890 and its successors), in words, narrow before wide.
_SPECIAL: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), words)
    for network, words in (
        ("169.254.169.254/32", "the metadata service of a cloud"),
        ("fd00:ec2::254/128", "the metadata service of a cloud"),
        ("100.100.100.200/32", "the metadata service of a cloud"),
        ("0.0.0.0/8", "no address at all"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "a provider's inner network"),
        ("127.0.0.0/8", "this machine"),
        ("169.254.0.0/16", "the local link"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "a range for protocols"),
        ("192.0.2.0/24", "a range for examples"),
        ("192.88.99.0/24", "a former IPv6 relay"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "a range for benchmarks"),
        ("198.51.100.0/24", "a range for examples"),
        ("203.0.113.0/24", "a range for examples"),
        ("224.0.0.0/4", "a multicast group"),
        ("255.255.255.255/32", "everybody on the local link"),
        ("240.0.0.0/4", "a reserved range"),
        ("::/128", "no address at all"),
        ("::1/128", "this machine"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
        ("::/96", "an IPv4 address in disguise"),
        ("64:ff9b::/96", "an IPv4 address behind a translator (NAT64)"),
        ("64:ff9b:1::/48", "an IPv4 address behind a translator (NAT64)"),
        ("100::/64", "a range that discards"),
        ("2001::/32", "an IPv4 address in a tunnel (Teredo)"),
        ("2001::/23", "a range for protocols"),
        ("2001:db8::/32", "a range for examples"),
        ("2002::/16", "an IPv4 address in a tunnel (6to4)"),
        ("3fff::/20", "a range for examples"),
        ("5f00::/16", "a range for routing"),
        ("fc00::/7", "a private network"),
        ("fe80::/10", "the local link"),
        ("fec0::/10", "a private network"),
        ("ff00::/8", "a multicast group"),
    )
)
# The translator's well-known prefix carries the IPv4 address in its last 32 bits (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")
# All public IPv6 addresses so far are of this part (RFC 4291); of the rest some stand for an IPv4 address (RFC 2765).
_PUBLIC_IPV6 = IPv6Network("2000::/3")
# What a name may consist of once it is ASCII; the underscore is in use, whatever RFC 952 says.
_NAME = re.compile(r"[a-z0-9_.-]+", re.IGNORECASE)
# Any last label that a resolver's older numeric forms would take for an address: 2130706433, 0x7f.1, 0177.0.0.1, 127.1.
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z", re.IGNORECASE)
_MAX_LABEL, _MAX_NAME = 63, 253  # RFC 1035; a resolver raises an odd error above


def check_address(address: Address, allowed: Collection[Network] = ()) -> str | None:
    """Tell why an address may not be connected to, in words that follow 'it leads to'; None where it may.

    An allowed network opens itself. What a translator's address stands for is judged in its turn, so that allowing
    `64:ff9b::/96` on an IPv6-only network does not open the private addresses behind it.
    """
    if any(address in network for network in allowed):
        return _check_translated(address, allowed)
    for network, words in _SPECIAL:
        if address in network:
            return f"{address}, {words}"
    is_public = address.is_global and (address.version == 4 or address in _PUBLIC_IPV6)  # noqa: PLR2004 (IPv4)
    return None if is_public else f"{address}, which is not a public address"


def _check_translated(address: Address, allowed: Collection[Network]) -> str | None:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or (IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None)
        if inner is not None:
            return check_address(inner, allowed)
    return None


def check_url(url: httpx.URL, ports: Collection[int], allowed: Collection[Network] = ()) -> None:
    """Refuse a URL that must not be fetched, as far as the URL itself shows it.

    Raises:
        FetchError: REFUSED_ADDRESS, with the reason.
    """
    reason = _judge_scheme(url) or _judge_port(url, ports) or _judge_host(url.raw_host.decode("ascii"), allowed)
    if reason:
        raise FetchError(reason, FetchFailure.REFUSED_ADDRESS, url=redact_url(url))


def _judge_scheme(url: httpx.URL) -> str | None:
    if url.scheme not in {"http", "https"}:
        begins = f"begins with '{url.scheme}:'" if url.scheme else "names neither"
        return f"only http and https are fetched, and this address {begins}"
    return None if url.host else "this address names no host"


def _judge_port(url: httpx.URL, ports: Collection[int]) -> str | None:
    port = url.port if url.port is not None else default_port(url.scheme)
    if port in ports:
        return None
    return f"port {port} is not a port of the web; allow it in the settings if it is meant"


def default_port(scheme: str) -> int:
    """Tell the port that a scheme means."""
    return 443 if scheme == "https" else 80


def _judge_host(host: str, allowed: Collection[Network]) -> str | None:
    if ":" in host or "%" in host:
        return _judge_literal(host, allowed)
    labels = host.removesuffix(".").split(".")
    if _NUMERIC.match(labels[-1]):
        return _judge_literal(host, allowed)
    if not _NAME.fullmatch(host) or len(host) > _MAX_NAME or any(not 0 < len(label) <= _MAX_LABEL for label in labels):
        return f"'{host[:80]}' cannot be the name of a host"
    return None


def _judge_literal(host: str, allowed: Collection[Network]) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        return f"'{host}' is an address in an unusual form, which we do not follow"
    if isinstance(address, IPv6Address) and address.scope_id:
        return f"'{host}' names an interface of this machine"
    found = check_address(address, allowed)
    return f"it leads to {found}; allow the network in the settings if it is meant" if found else None


def redact_url(url: httpx.URL | str) -> str:
    """Give a URL without its user name and password, fit for logs, messages and the store."""
    if isinstance(url, str):
        return hide_credentials(url)
    return str(url.copy_with(username=None, password=None)) if url.userinfo else str(url)
