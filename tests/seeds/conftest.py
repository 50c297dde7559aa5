import shutil
from pathlib import Path

import pytest

VALID = Path(__file__).parent / "valid"


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder of small, valid declarations of our own making, for a test to change."""
    return Path(shutil.copytree(VALID, tmp_path / "seeds"))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An empty folder for a user's own declarations."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder
