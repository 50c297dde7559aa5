"""Declaring a subscription anew, as `dateline init` does when it is run again."""

from collections.abc import MutableMapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import ParseError as TOMLError

from news.digests import Subscription
from news.errors import SeedError
from seeds.adding import _said, add_subscription
from seeds.declarations import SHIPPED, Declarations, load_declarations
from seeds.writing import write_whole


def put_subscription(own: Path, subscription: Subscription, *, shipped: Path = SHIPPED) -> Declarations:
    """Declare a subscription in the user's own file, in the place of one of the same id; as `add_subscription`."""
    path = own / "subscriptions.toml"
    try:
        before = path.read_bytes() if path.exists() else b""
        document = tomlkit.parse(before.decode())
    except (OSError, ValueError, TOMLError):  # the file is refused with its place when it is added to
        return add_subscription(own, subscription, shipped=shipped)
    declared = document.get("subscriptions", {})
    table = declared.get(subscription.id) if isinstance(declared, MutableMapping) else None
    if not isinstance(table, MutableMapping):
        return add_subscription(own, subscription, shipped=shipped)
    said = _said(subscription)
    for key in [key for key in table if key not in said]:
        del table[key]
    table.update(said)  # in place, so that the remarks around it stay
    write_whole(path, tomlkit.dumps(document).encode())
    try:
        return load_declarations(shipped, own)
    except SeedError:
        write_whole(path, before)
        raise
