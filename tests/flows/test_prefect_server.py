"""The door before Prefect's server: who is answered on loopback."""

from collections.abc import Mapping
from typing import Any

import pytest

UI = "http://127.0.0.1:4200"


async def ask(kind: str, headers: Mapping[str, str]) -> str | int:
    """Ask a guarded app; return the status or the code of what it sent first, `through` where the request came through."""
    from flows.prefect_server import OwnNamesOnly  # noqa: PLC0415 (Prefect reads its settings when it is imported)

    sent: list[str | int] = []

    async def app(_scope: object, _receive: object, _send: object) -> None:
        sent.append("through")

    async def send(message: Any) -> None:  # noqa: ANN401 (an ASGI message)
        sent.append(message.get("status") or message.get("code") or message["type"])

    async def receive() -> dict[str, str]:
        return {"type": f"{kind}.connect"}

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await OwnNamesOnly(app, [UI])({"type": kind, "headers": raw, "path": "/", "method": "GET"}, receive, send)
    return sent[0]


@pytest.mark.usefixtures("prefect")
@pytest.mark.parametrize("host", ["127.0.0.1:4200", "localhost:9999", "LOCALHOST", "[::1]:4200", "127.0.0.2"])
async def test_a_name_of_this_machine_is_answered(host: str) -> None:
    assert await ask("http", {"host": host}) == "through"
    assert await ask("websocket", {"host": host}) == "through"


@pytest.mark.usefixtures("prefect")
@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:4200",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "192.168.1.7",
        "[",
        "0",
    ],
)
async def test_any_other_name_is_not_whatever_it_points_at(host: str) -> None:
    assert await ask("http", {"host": host, "origin": f"http://{host}"}) == 421
    assert await ask("websocket", {"host": host, "origin": f"http://{host}"}) == 1008


@pytest.mark.usefixtures("prefect")
@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        (UI, True),  # the UI under the other name that `serve` allows
        ("http://localhost:9999", True),  # the same page, by `ssh -L`
        ("http://localhost:8000", False),  # what another program on this machine shows
        ("https://evil.example", False),
        ("null", False),
    ],
)
async def test_a_websocket_is_for_its_own_pages(origin: str, *, is_let_in: bool) -> None:
    asked = await ask("websocket", {"host": "localhost:9999", "origin": origin})
    assert asked == ("through" if is_let_in else 1008)
    assert (
        await ask("http", {"host": "localhost:9999", "origin": origin}) == "through"
    )  # Prefect's own rules see to that


@pytest.mark.usefixtures("prefect")
@pytest.mark.parametrize(
    ("settings", "is_guarded"), [({}, True), ({"host": "192.168.1.7"}, False), ({"auth": "user:invented"}, False)]
)
def test_a_server_with_a_login_or_for_others_is_as_prefect_has_it(
    settings: dict[str, str], *, is_guarded: bool
) -> None:
    from prefect.settings import (  # noqa: PLC0415 (as above)
        PREFECT_SERVER_API_AUTH_STRING,
        PREFECT_SERVER_API_HOST,
        temporary_settings,
    )

    from flows.prefect_server import OwnNamesOnly, build_app  # noqa: PLC0415

    names = {"host": PREFECT_SERVER_API_HOST, "auth": PREFECT_SERVER_API_AUTH_STRING}
    with temporary_settings({names[name]: value for name, value in settings.items()}):
        assert isinstance(build_app(), OwnNamesOnly) is is_guarded
