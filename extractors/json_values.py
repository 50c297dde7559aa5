"""JSON as strangers write it, without the characters that no text can hold.

Its escapes can name NUL, which PostgreSQL refuses, and halves of surrogate pairs, which nothing can encode: one such
title would stop every round that comes by it.
"""

import json
import re
from typing import Any

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def load_json(text: str) -> Any:  # noqa: ANN401 (whatever stands there)
    """Read a JSON text, without the characters in its strings that cannot be stored or shown; raw tabs and line breaks count.

    Raises:
        ValueError: for what is no JSON; `RecursionError` where it nests too deeply.
    """
    return _mend(json.loads(text, strict=False))


def _mend(value: object) -> object:
    if isinstance(value, str):
        return value if value.isprintable() else _UNWRITABLE.sub("", value)
    if isinstance(value, list):
        return [_mend(each) for each in value]
    if isinstance(value, dict):
        return {_mend(key): _mend(each) for key, each in value.items()}
    return value
