"""A web of loopback hosts to measure against: nginx where it is installed, an aiohttp server in its own process elsewhere.

Every address 127.1.x.y is a host. `/feed/N` answers a feed of 20 KB with its ETag, `/slow/N` within about a second,
`/hang/N` never, and `/fail/N` hangs up.
"""

import asyncio
import multiprocessing
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
from aiohttp import web

BODY = (
    b"<rss version='2.0'><channel><title>Measured</title>"
    + b"<item><title>news</title></item>" * 640
    + b"</channel></rss>"
)
_NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
_CONFIG = """
worker_processes 1; daemon off; pid {home}/pid; error_log /dev/null crit; worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 1000000; default_type application/rss+xml; reset_timedout_connection on;
  client_body_temp_path {home}; proxy_temp_path {home}; fastcgi_temp_path {home}; uwsgi_temp_path {home}; scgi_temp_path {home};
  server {{
    listen {plain} backlog=4096; listen {secure} ssl backlog=4096;
    ssl_certificate {home}/server.pem; ssl_certificate_key {home}/server.pem;
    allow 127.0.0.0/8; deny all;
    location /feed/ {{ root {home}; try_files /body =404; }}
    location /slow/ {{ root {home}; try_files /body =404; limit_rate 20k; }}
    location /hang/ {{ proxy_pass http://127.0.0.1:{silent}; proxy_buffering off; proxy_read_timeout 600; }}
    location /fail/ {{ return 444; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Web:
    """Where the hosts listen. `ca_file` is the authority of their certificates; `server` says what serves them."""

    server: str
    plain: int
    secure: int
    ca_file: Path

    def url(self, host: int, path: str, *, secure: bool = False) -> str:
        """Give the URL of a path on the numbered host."""
        scheme, port = ("https", self.secure) if secure else ("http", self.plain)
        return f"{scheme}://127.1.{host // 250}.{host % 250 + 1}:{port}{path}"


@contextmanager
def open_web(hosts: int = 200) -> Iterator[Web]:
    """Serve for as long as the block lasts; the first `hosts` hosts have a certificate."""
    with TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0), backlog=8192) as silent:
        home = Path(name)
        _write_files(home, hosts)
        plain, secure = _free_ports(2)
        serve = _serve_with_nginx if Path(_NGINX).exists() else _serve_with_aiohttp
        with serve(home, plain, secure, silent.getsockname()[1]) as server:
            _await_port(plain)
            yield Web(server, plain, secure, home / "authority.pem")


def _write_files(home: Path, hosts: int) -> None:
    home.chmod(0o755)
    (home / "body").write_bytes(BODY)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(home / "authority.pem"))
    names = [f"127.1.{host // 250}.{host % 250 + 1}" for host in range(hosts)]
    authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(str(home / "server.pem"))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def _await_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


@contextmanager
def _serve_with_nginx(home: Path, plain: int, secure: int, silent: int) -> Iterator[str]:
    config = home / "nginx.conf"
    config.write_text(_CONFIG.format(home=home, plain=plain, secure=secure, silent=silent))
    command = [_NGINX, "-p", str(home), "-c", str(config), "-e", "/dev/null"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 (the system's own nginx)
    try:
        yield "nginx"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def _serve_with_aiohttp(home: Path, plain: int, secure: int, _silent: int) -> Iterator[str]:
    process = multiprocessing.get_context("spawn").Process(target=_run_aiohttp, args=(home, plain, secure), daemon=True)
    process.start()
    try:
        yield "aiohttp"
    finally:
        process.terminate()
        process.join(10)


def _run_aiohttp(home: Path, plain: int, secure: int) -> None:
    async def feed(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        return web.Response(body=BODY, headers={"ETag": '"1"'}, content_type="application/rss+xml")

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return await feed(request)

    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(600)
        return await feed(request)

    async def fail(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def serve() -> None:
        app = web.Application()
        for name, handler in (("feed", feed), ("slow", slow), ("hang", hang), ("fail", fail)):
            app.router.add_get(f"/{name}/{{n}}", handler)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(home / "server.pem")
        await web.TCPSite(runner, "0.0.0.0", plain).start()  # noqa: S104 (every address of loopback is a host)
        await web.TCPSite(runner, "0.0.0.0", secure, ssl_context=context).start()  # noqa: S104
        await asyncio.Event().wait()

    asyncio.run(serve())
