"""Lists of feeds from elsewhere: OPML, CSV or plain lists, read forgivingly and declared properly.

An imported feed needs an outlet. Where its host belongs to one that is declared, that is taken; otherwise an outlet is
declared for the host, of which nothing is claimed that nobody knows: country ZZ, language und, press system unknown.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, dropwhile, islice
from urllib.parse import urlsplit

from news.errors import ParseError
from news.sources import Feed, Outlet, PressSystem
from news.urls import hide_credentials
from seeds.codes import UNKNOWN_COUNTRY, UNKNOWN_LANGUAGE, tidy_language
from seeds.opml import HEAD_BYTES, ImportedFeed, read_opml

_URL = re.compile(r"""(?:https?|feed):(?://|https?://)[^\s<>"'()\[\]，、。；]+""")
_OPML = re.compile(rb"\A[\xef\xbb\xbf\xff\xfe\s]*<|<(?:opml|outline)\b", re.IGNORECASE)  # UTF-16 without its NULs, too
_REST_OF_ADDRESS = re.compile(r"\S*[./]\S*")
_URL_COLUMNS = ("xmlurl", "feed_url", "feedurl", "rss_url", "rss", "feed", "url", "link", "address")
_TITLE_COLUMNS = ("title", "name", "outlet", "publisher", "text")
_LANGUAGE_COLUMNS = ("language", "lang", "langs")
"""Names under which tables of feeds keep what we need, the surest first."""

_SHARED_HOSTS = frozenset({"feeds.feedburner.com", "feedx.net", "plink.anyfeeder.com", "assets.wor.jp", "rsshub.app"})
"""Hosts that carry feeds of many publishers: they say nothing about the outlet."""


@dataclass(frozen=True, slots=True)
class Additions:
    """What an import adds to the declarations; `problems` say in one sentence each what was left out, and why."""

    feeds: tuple[Feed, ...]
    outlets: tuple[Outlet, ...]
    problems: tuple[str, ...]


def read_feed_list(document: bytes, name: str) -> tuple[list[ImportedFeed], list[str]]:
    """Read a list of feeds: OPML, CSV (or with tabs or semicolons), or one address a line.

    The form is told by the content. `name` stands in the problems: one sentence for each line that was left out.

    Raises:
        ParseError: for a document in which there is no feed at all.
    """
    problems: list[str] = []
    if _OPML.search(document[:HEAD_BYTES].replace(b"\0", b"")):
        found = read_opml(document)
    else:
        found = list(_read_lines(_decode(document, name, problems), name, problems))
    feeds: dict[str, ImportedFeed] = {}
    for feed in found:
        url = _tidy_url(feed.url)
        fault = _find_fault(url) or (f"{url} is listed twice; the first is kept" if url in feeds else "")
        if fault:
            problems.append(f"{name}: {fault}")
        else:
            feeds[url] = replace(feed, url=url)
    if not feeds:
        raise ParseError(f"{name} lists no feed; it should be OPML, CSV with a column url, or one address a line")
    return list(feeds.values()), problems


def prepare_feeds(
    imported: Iterable[ImportedFeed], feeds: Mapping[str, Feed], outlets: Mapping[str, Outlet]
) -> Additions:
    """Give imported feeds ids and outlets beside those that are declared already.

    A feed declared already is left out, and so is one whose address would not be read: none, or with a password.
    """
    declared = {_address(feed.url): feed.id for feed in feeds.values()}
    publishers = _known_hosts(feeds.values())
    feed_ids, outlet_ids = set(feeds), set(outlets)
    new_feeds: list[Feed] = []
    new_outlets: dict[str, Outlet] = {}
    problems: list[str] = []
    for one in imported:
        host = _host(one.url)
        known_as = declared.get(_address(one.url))
        if fault := _find_fault(one.url) or (known_as and f'{one.url} is declared already as "{known_as}"'):
            problems.append(fault)
            continue
        publisher = (one.title or one.url) if host in _SHARED_HOSTS else host
        if publisher not in publishers:
            publishers[publisher] = _take_id(_slug(publisher) or _slug(host), outlet_ids)
            new_outlets[publishers[publisher]] = _unknown_outlet(publishers[publisher], publisher)
        outlet = new_outlets.get(publishers[publisher]) or outlets[publishers[publisher]]
        language = outlet.language if tidy_language(one.language) == UNKNOWN_LANGUAGE else tidy_language(one.language)
        id_ = _take_id(_slug(one.title) or _slug(host), feed_ids)
        new_feeds.append(Feed(id_, one.url, one.title.strip() or host, outlet.id, language, verified=False))
        declared[_address(one.url)] = id_
    return Additions(tuple(new_feeds), tuple(new_outlets.values()), tuple(problems))


def _decode(document: bytes, name: str, problems: list[str]) -> str:
    if document.startswith((b"\xff\xfe", b"\xfe\xff")):
        return document.decode("utf-16", errors="replace")
    text = document.decode("utf-8-sig", errors="replace")
    if "\ufffd" in text:
        problems.append(f"{name} is not UTF-8; the titles in it may be wrong")
    return text


def _read_lines(text: str, name: str, problems: list[str]) -> Iterator[ImportedFeed]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    header = [cell.strip().strip('"').lower() for cell in first.split(delimiter)]
    if _URL.search(first) or not any(column in header for column in _URL_COLUMNS):
        yield from _read_plain(text, name, problems)
    else:
        yield from _read_table(text, delimiter, name, problems)


def _read_plain(text: str, name: str, problems: list[str]) -> Iterator[ImportedFeed]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    lines = [(number, line) for number, line in lines if not line.lstrip().startswith("#")]
    for (number, _), cells in zip(lines, _split_alike([line for _, line in lines]), strict=True):
        if feed := _find_feed(cells):
            yield feed
        else:
            problems.append(f"{name}, line {number}: there is no web address here")


def _split_alike(lines: Sequence[str]) -> list[list[str]]:
    """Split lines into the cells of a table without a header, where one delimiter gives all of them as many; else not at all."""
    for delimiter in ",;\t":
        try:
            rows = [next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), []) for line in lines]
        except csv.Error:
            continue
        widths = {len(row) for row in rows}
        if len(widths) == 1 and widths != {1} and not any(map(_is_cut, rows)):
            return rows
    return [[line] for line in lines]


def _is_cut(cells: Sequence[str]) -> bool:
    """Whether a delimiter stands inside an address: what follows it there has a point or slash and no blank."""
    after = dropwhile(lambda cell: not _URL.search(cell), cells)
    return any(_REST_OF_ADDRESS.fullmatch(cell) and not _URL.match(cell) for cell in islice(after, 1, None))


def _find_feed(cells: Sequence[str]) -> ImportedFeed | None:
    """Find the address, before it or in a cell of its own the title, and a language where a cell holds nothing else."""
    place = next((cell for cell in cells if _URL.search(cell)), "")
    address = _URL.search(place)
    if not address:
        return None
    others = [cell.strip() for cell in cells if cell is not place and cell.strip()]
    language = next((cell for cell in others if tidy_language(cell) != UNKNOWN_LANGUAGE), "")
    title = place[: address.start()].strip(" \t-*[](),;|<>") or next((cell for cell in others if cell != language), "")
    return ImportedFeed(address[0].rstrip(",;"), title, language)


def _read_table(text: str, delimiter: str, name: str, problems: list[str]) -> Iterator[ImportedFeed]:
    rows = csv.DictReader(io.StringIO(text.lstrip()), delimiter=delimiter)
    rows.fieldnames = [column.strip().lower() for column in rows.fieldnames or ()]
    try:
        for row in rows:
            url = _first(row, _URL_COLUMNS)
            if url:
                yield ImportedFeed(url, _first(row, _TITLE_COLUMNS), _first(row, _LANGUAGE_COLUMNS))
            else:
                problems.append(f"{name}, line {rows.line_num}: there is no web address here")
    except csv.Error as error:
        problems.append(
            f"{name}, line {rows.line_num + 1}: this is not readable as a table ({error}); the rest is left out"
        )


def _first(row: Mapping[str, str | None], columns: Iterable[str]) -> str:
    return next((str(row[column]).strip() for column in columns if row.get(column)), "")


def _tidy_url(url: str) -> str:
    """Undo what readers write in front of addresses (`feed://host`, `feed:https://host`) and people inside them."""
    url = re.sub(r"^feed:(?=https?:)", "", re.sub(r"^feed://", "http://", url.strip()))
    return url.replace(" ", "%20")


def _find_fault(url: str) -> str:
    shown = hide_credentials(url)
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only to have it checked
    except ValueError as error:
        reason = f": {error}" if shown == url else ""  # it may quote the password
        return f"{shown} is no web address{reason}"
    if parts.username is not None or parts.password is not None:
        return f"an address on {parts.hostname} holds a user name or password; it is left out"
    if parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"\s", url):
        return f"{shown} is no web address"
    return ""


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _address(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path.rstrip("/"), parts.query


def _known_hosts(feeds: Iterable[Feed]) -> dict[str, str]:
    """Map each host whose declared feeds belong to one outlet to that outlet."""
    outlets: dict[str, set[str]] = {}
    for feed in feeds:
        outlets.setdefault(_host(feed.url), set()).add(feed.outlet)
    return {host: min(ids) for host, ids in outlets.items() if len(ids) == 1 and host not in _SHARED_HOSTS}


def _take_id(stem: str, taken: set[str]) -> str:
    """Take an id that is free, numbered where the plain one is taken; a name of another script gives a mere `feed`."""
    stem = stem or "feed"
    id_ = next(id_ for id_ in chain([stem], (f"{stem}-{number}" for number in count(2))) if id_ not in taken)
    taken.add(id_)
    return id_


def _slug(name: str) -> str:
    """Write a name in small Latin letters, digits and hyphens; nothing where it is in another script."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(one))
    if any(one.isalpha() and not one.isascii() for one in plain):
        return ""
    return re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-")


def _unknown_outlet(id_: str, name: str) -> Outlet:
    return Outlet(id_, name, UNKNOWN_COUNTRY, UNKNOWN_LANGUAGE, PressSystem.UNKNOWN, id_, "UTC")
