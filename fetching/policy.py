"""What a client may do and how long it may take: every number of fetching, in one place."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """How we fetch. The defaults are manners for one machine that reads some thousand feeds.

    `user_agent` names the program and a contact, so that a publisher can reach the operator before blocking him; its
    first word up to the slash is the name looked for in robots.txt.
    """

    user_agent: str
    timeout_after: timedelta = timedelta(seconds=30)
    """For one answer with all its redirects, from the first connection to the last byte; waiting for a turn excluded."""
    lookup_timeout_after: timedelta = timedelta(seconds=15)
    """For finding a name (DNS). Systems ask one server for five seconds before the next: the third is still heard."""
    connect_timeout_after: timedelta = timedelta(seconds=10)
    max_bytes: int = 10 * _MEBIBYTE
    """As sent, compressed or not. The largest of 16,963 listed feeds is well below; a page of 10 MB is no article."""
    max_decoded_bytes: int = 20 * _MEBIBYTE
    max_header_bytes: int = 32 * 1024
    """For all headers together. Long content security policies reach 10 KiB on honest sites."""
    max_redirects: int = 5
    """As many as robots.txt readers must follow (RFC 9309); real chains (http, www, path) have up to three."""
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """The operator's exceptions to the guard: addresses inside them may be fetched although they are not public."""
    allowed_ports: frozenset[int] = frozenset({80, 443, 8000, 8008, 8080, 8443})
    """Where the web is served. Others belong to databases, mail and control ports that a feed has no business with."""
    per_host: int = 2
    """How many fetches of one host run at once, those of all processes together; browsers take six."""
    min_interval: timedelta = timedelta(seconds=1)
    """Between the starts of two fetches of one host."""
    patience_for: timedelta = timedelta(minutes=1)
    """How long a fetch waits for its turn at a host before it is left to the next round."""
    rest_for: timedelta = timedelta(seconds=30)
    """How long a host that did not answer, or not in time, is left alone: its other feeds fail at once and not one by one."""
    unasked_rest_for: timedelta = timedelta(minutes=2)
    """How long a host is left alone that says 'too many' (429) and not when. A 503 may be one address's alone."""
    max_rest_for: timedelta = timedelta(hours=1)
    """The longest that one `Retry-After` silences the other feeds of a host."""
    max_connections: int = 400
    """Fetches at once."""
    kept_connections: int = 500
    """Connections are kept alive while fewer than this are open; with those in use it stays below the 1,024 files that
    a process may commonly open, however many hosts a round has."""
    robots_for_pages: bool = True
    robots_for_feeds: bool = False
    """A feed is published for programs, and few sites think of it in their robots.txt."""
    robots_kept_for: timedelta = timedelta(hours=24)
    """RFC 9309 allows a day."""
    ca_file: Path | None = None
    """Further certificate authorities (PEM), for operators behind a proxy that signs anew."""

    @property
    def robot_name(self) -> str:
        """The product token of the user agent, which robots.txt files address."""
        return self.user_agent.partition("/")[0].strip()
