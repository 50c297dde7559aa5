"""What holds for the whole house: names, sizes, locks, and what a command may import."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("news", "seeds", "fetching", "extractors", "matching", "stories", "digests", "storage", "flows", "cli")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]


def test_no_flow_file_bears_the_name_of_a_package() -> None:
    """Prefect puts a flow's folder on the path, so such a file would shadow the package for every flow."""
    assert not {path.stem for path in (ROOT / "flows").glob("*.py")} & set(ROOMS)


def test_no_package_stands_below_tests() -> None:
    """A package `tests/storage` would shadow `storage`."""
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_flow_files_define_no_classes() -> None:
    """An entrypoint given as a path changes `__module__` of what its file defines."""
    for name in ("watch", "brief", "deliver", "prune", "replay"):
        text = (ROOT / "flows" / f"{name}.py").read_text()
        assert "@flow" in text
        assert not re.search(r"^class ", text, re.MULTILINE)


@pytest.mark.parametrize(
    "path", python_files(*ROOMS, "tests", "benchmarks"), ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_file_has_400_lines_at_most(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_the_readme_has_under_120_lines_and_its_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) < 120
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes_and_no_index_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    packages = re.split(r"\n(?=[A-Za-z0-9])", text.partition("\n")[2])
    pinned = [package for package in packages if re.match(r"[A-Za-z0-9]", package)]
    assert len(pinned) > 100
    for package in pinned:
        assert re.match(r"[\w.-]+==\S+", package), package[:80]
        assert "--hash=sha256:" in package, package[:80]


def test_the_locks_hold_what_prefect_needs() -> None:
    """With fastapi 0.151 the first flow dies, with SQLAlchemy 2.1 nothing is scheduled."""
    for name in LOCKS:
        versions = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / name).read_text(), re.MULTILINE))
        assert versions["prefect"] == "3.8.8"
        assert versions["sqlalchemy"].startswith("2.0.")
        assert tuple(map(int, versions["fastapi"].split(".")[:2])) < (0, 151)


@pytest.mark.parametrize("command", ["--help", "run --help", "match --help", "extract --help"])
def test_a_command_that_runs_no_flow_does_not_import_prefect(command: str) -> None:
    code = (
        "import sys; from cli import commands, app; commands.register(); sys.argv = ['dateline', *sys.argv[1:]]\n"
        "try: app.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'prefect', 'sqlalchemy', 'trafilatura'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    ran = subprocess.run(  # noqa: S603 (our own words)
        [sys.executable, "-c", code, *command.split()], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_telemetry_is_off_and_what_the_operator_set_stays(tmp_path: Path) -> None:
    code = "import os; from pathlib import Path; from flows.prefect_home import prepare_prefect\n"
    code += "prepare_prefect(Path('home')); print(*(os.environ[n] for n in ('PREFECT_SERVER_ANALYTICS_ENABLED',"
    code += "'DO_NOT_TRACK', 'PREFECT_HOME')))"
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for name in ("PREFECT_SERVER_ANALYTICS_ENABLED", "DO_NOT_TRACK"):
        environment.pop(name, None)
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    assert said.stdout.split() == ["false", "1", str(tmp_path)]
