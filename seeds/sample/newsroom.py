"""The sample edition over HTTP: what each address answers (pure), a small server around it, and the declarations for it."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from news.sources import Feed
from seeds.declarations import SHIPPED
from seeds.opml import write_opml
from seeds.sample.edition import SAMPLE, Edition, FeedFormat, Report, SampleFeed, load_edition
from seeds.sample.printing import Issue, print_feed, print_front_page, print_page

__all__ = [
    "SAMPLE",
    "Edition",
    "Newsroom",
    "Response",
    "load_edition",
    "respond",
    "serve_edition",
    "write_declarations",
]

_FEED_TYPES = {
    FeedFormat.RSS: "application/rss+xml",
    FeedFormat.ATOM: "application/atom+xml",
    FeedFormat.RDF: "application/rdf+xml",
    FeedFormat.JSON: "application/feed+json",
}
_POLL_SECONDS = (
    0.02  # how soon the server notices that it shall stop; the library's half a second would be felt in tests
)
_PICTURE = (Path(__file__).parent / "skins" / "picture.svg").read_bytes()


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer. Header names are lower-case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def respond(
    edition: Edition,
    path: str,
    *,
    now: datetime,
    origin: str,
    revision: int = 1,
    if_none_match: str | None = None,
) -> Response:
    """Answer a GET. `now` is the edition's moment, from which every date is counted; `origin` is `http://host:port`.

    Feeds, pages and front pages bear ETag and Last-Modified, and answer 304 to their own ETag.
    """
    answer = _find(Issue(edition, now, origin, revision), path.partition("?")[0])
    if answer.status == HTTPStatus.OK and if_none_match and answer.headers.get("etag") in if_none_match.split(", "):
        return Response(HTTPStatus.NOT_MODIFIED, {name: answer.headers[name] for name in ("etag", "last-modified")})
    return answer


def _find(issue: Issue, path: str) -> Response:
    if path == "/robots.txt":
        return Response(HTTPStatus.OK, {"content-type": "text/plain"}, b"User-agent: *\nAllow: /\n")
    outlet, _, rest = path.removeprefix("/").partition("/")
    if outlet not in issue.edition.papers:
        return _refuse(HTTPStatus.NOT_FOUND)
    return _find_in_paper(issue, outlet, rest)


def _find_in_paper(issue: Issue, outlet: str, path: str) -> Response:
    if path == "":
        newest = max(piece.changed_at for piece in issue.pieces_of(outlet))
        return _answer(print_front_page(issue, outlet), "text/html", issue.edition.papers[outlet].encoding, newest)
    if path == "picture.svg":
        return Response(HTTPStatus.OK, {"content-type": "image/svg+xml"}, _PICTURE)
    for feed in issue.edition.feeds.values():
        if feed.outlet == outlet and path in (feed.path, feed.moved_from):
            return _answer_feed(issue, feed, path)
    for report in issue.edition.reports.values():
        if (report.outlet, report.path) == (outlet, path) and report.first_revision <= issue.revision:
            return _answer_page(issue, report)
    return _refuse(HTTPStatus.NOT_FOUND)


def _answer_feed(issue: Issue, feed: SampleFeed, path: str) -> Response:
    if path == feed.moved_from:
        return Response(HTTPStatus.MOVED_PERMANENTLY, {"location": f"{issue.origin}/{feed.outlet}/{feed.path}"})
    if feed.status != HTTPStatus.OK:
        return _refuse(HTTPStatus(feed.status))
    changed_at = max((piece.changed_at for piece in issue.pieces_in(feed)), default=issue.now)
    encoding = issue.edition.papers[feed.outlet].encoding
    return _answer(print_feed(issue, feed), _FEED_TYPES[feed.format], encoding, changed_at)


def _answer_page(issue: Issue, report: Report) -> Response:
    if report.status != HTTPStatus.OK:
        return _refuse(HTTPStatus(report.status))
    piece = issue.set_piece(report)
    return _answer(
        print_page(issue, piece), "text/html", issue.edition.papers[report.outlet].encoding, piece.changed_at
    )


def _answer(document: str, media_type: str, encoding: str, changed_at: datetime) -> Response:
    body = document.encode(encoding)
    headers = {
        "content-type": f"{media_type}; charset={encoding}",
        "etag": f'"{blake2b(body, digest_size=12).hexdigest()}"',
        "last-modified": format_datetime(changed_at.astimezone(UTC), usegmt=True),
    }
    return Response(HTTPStatus.OK, headers, body)


def _refuse(status: HTTPStatus) -> Response:
    body = f"<!doctype html><title>{status.phrase}</title><p>{status.value} {status.phrase}</p>".encode()
    return Response(status, {"content-type": "text/html; charset=utf-8"}, body)


@dataclass(slots=True)
class Newsroom:
    """A running server of an edition. Setting `revision` publishes another revision of it, for everyone at once."""

    edition: Edition
    now: datetime
    origin: str
    revision: int = 1

    def respond(self, path: str, if_none_match: str | None = None) -> Response:
        """Answer a GET as things stand."""
        return respond(
            self.edition,
            path,
            now=self.now,
            origin=self.origin,
            revision=self.revision,
            if_none_match=if_none_match,
        )


@contextmanager
def serve_edition(edition: Edition, *, now: datetime, host: str = "127.0.0.1", port: int = 0) -> Iterator[Newsroom]:
    """Serve an edition until the block ends; port 0 takes a free one, which `.origin` names."""
    with ThreadingHTTPServer((host, port), _Desk) as server:
        server.daemon_threads = True  # a client that keeps its connection open must not hold up the end
        newsroom = Newsroom(edition, now, f"http://{host}:{server.server_port}")
        server.RequestHandlerClass = _open_desk(newsroom)
        thread = Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="sample edition", daemon=True)
        thread.start()
        try:
            yield newsroom
        finally:
            server.shutdown()
            thread.join()


class _Desk(BaseHTTPRequestHandler):
    """Hands requests of one connection to the newsroom."""

    protocol_version = "HTTP/1.1"
    newsroom: Newsroom

    def do_GET(self) -> None:  # the name that http.server calls
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        self._send(with_body=False)

    def _send(self, *, with_body: bool) -> None:
        answer = self.newsroom.respond(self.path, self.headers.get("If-None-Match"))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if with_body and answer.status != HTTPStatus.NOT_MODIFIED:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Keep quiet: the standard error belongs to the program that serves."""


def _open_desk(newsroom: Newsroom) -> type[_Desk]:
    return type("_OpenDesk", (_Desk,), {"newsroom": newsroom})


def write_declarations(edition: Edition, folder: Path, origin: str) -> None:
    """Write the declarations of an edition served at `origin` into a folder that `load_declarations` takes as shipped.

    Outlets, feeds and the subscription are the edition's own; topics and gazetteer are copies of the shipped ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("outlets.toml", "subscriptions.toml"):
        shutil.copyfile(edition.folder / name, folder / name)
    for name in ("entities", "phrases", "topics"):
        shutil.copytree(SHIPPED / name, folder / name, dirs_exist_ok=True)
    (folder / "feeds.opml").write_bytes(write_opml(_declare_feeds(edition, origin), "The sample edition"))


def _declare_feeds(edition: Edition, origin: str) -> Iterator[Feed]:
    for feed in edition.feeds.values():
        outlet = edition.outlets[feed.outlet]
        yield Feed(
            id=feed.id,
            url=f"{origin}/{feed.outlet}/{feed.moved_from or feed.path}",
            title=feed.title,
            outlet=outlet.id,
            language=outlet.language,
            country=outlet.country,
        )
