"""The labelled saved pages that benchmarks and tests read in place."""

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from news.articles import ReadingHints

SHARED = Path(__file__).resolve().parents[2] / "shared"
PAGES = SHARED / "data" / "pages"
HINTS = ReadingHints(first_seen_at=datetime(2026, 12, 31, tzinfo=UTC))
"""What is known of them: later than every saved page."""

Row = Mapping[str, Any]


def read_rows(every: int = 1) -> list[Row]:
    """The labelled pages, or every so-manyth of them."""
    with gzip.open(PAGES / "gold.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines][::every]


def read_body(row: Row) -> bytes:
    """The bytes of a saved page."""
    return gzip.decompress((PAGES / row["html"]).read_bytes())
