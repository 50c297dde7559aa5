"""A digest as JSON: what the database stores, the webhook sends and the file channel writes."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from news.digests import Digest
from news.errors import ParseError

_DIGEST = TypeAdapter(Digest)


def digest_to_json(digest: Digest) -> str:
    """Write a digest as one line of JSON; the same digest gives the same text."""
    return _DIGEST.dump_json(digest).decode()


def digest_from_json(text: str) -> Digest:
    """Read a digest that `digest_to_json` wrote.

    Raises:
        ParseError: when the text is no digest.
    """
    try:
        return _DIGEST.validate_json(text)
    except ValidationError as error:
        raise ParseError(f"this is no stored digest: {error.errors()[0]['msg']}") from error


def describe_digest() -> dict[str, Any]:
    """Return the JSON schema of a digest."""
    return _DIGEST.json_schema(mode="serialization")
