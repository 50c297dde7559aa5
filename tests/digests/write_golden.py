"""Writes the kept digests and renderings anew: `python -m tests.digests.write_golden`. Look at what changed."""

from pathlib import Path

from digests.stored import digest_to_json
from tests.digests.editions import EDITIONS, FORMS

GOLDEN = Path(__file__).parent / "golden"


def write_golden() -> None:
    """Write every edition in every form."""
    GOLDEN.mkdir(exist_ok=True)
    for name, make in EDITIONS.items():
        digest = make()
        (GOLDEN / f"{name}.json").write_text(digest_to_json(digest) + "\n", encoding="utf-8")
        for form, render in FORMS.items():
            (GOLDEN / f"{name}.{form}").write_text(render(digest), encoding="utf-8", newline="")


if __name__ == "__main__":
    write_golden()
