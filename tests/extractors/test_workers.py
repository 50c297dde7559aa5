import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from extractors.workers import WorkerPool, open_pool
from news.errors import ReadError

ROOT = Path(__file__).parents[2]
_known: list[str] = []


def remember(word: str) -> None:
    _known.append(word)


def tell(_: object) -> str:
    return _known[0]


def behave(item: str) -> str:
    """Do to the worker what a page can do to it."""
    if item == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "hangs":
        signal.pause()
    if item == "explodes":
        bytearray(8 * 1024**3)
    if item == "refuses":
        raise ReadError("this page is empty")
    if item == "is wrong":
        raise KeyError(item)
    return item.upper()


def find_process(_: object) -> int:
    return os.getpid()


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with open_pool(workers=2, timeout=1.0) as opened:
        yield opened


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("dies", "the worker that read it died"),
        ("hangs", "it took longer than 1 s to read"),
        ("explodes", "it needs more memory than a worker may use"),
        ("refuses", "this page is empty"),
    ],
)
def test_what_a_page_does_to_its_worker_costs_that_page_alone(pool: WorkerPool, item: str, reason: str) -> None:
    one, broken, two = pool.run_each(behave, ["one", item, "two"])
    assert (one, two) == ("ONE", "TWO")
    assert isinstance(broken, ReadError)
    assert str(broken) == reason


async def test_a_page_can_be_awaited(pool: WorkerPool) -> None:
    assert await pool.run(behave, "page") == "PAGE"
    assert isinstance(await pool.run(behave, "dies"), ReadError)


def test_a_bug_is_raised_and_not_taken_for_a_bad_page(pool: WorkerPool) -> None:
    with pytest.raises(KeyError):
        list(pool.run_each(behave, ["is wrong"]))


def test_answers_keep_the_order_of_many_items(pool: WorkerPool) -> None:
    items = [f"page {number}" for number in range(50)]
    assert list(pool.run_each(behave, items)) == [item.upper() for item in items]


def test_each_worker_is_prepared_once_before_its_first_page() -> None:
    with open_pool(remember, "topics", workers=1) as pool:
        assert list(pool.run_each(tell, [1, 2])) == ["topics", "topics"]


def test_the_pool_goes_on_after_a_worker_was_killed_while_it_waited() -> None:
    with open_pool(workers=1) as pool:
        (worker,) = pool.run_each(find_process, ["first"])
        assert isinstance(worker, int)
        os.kill(worker, signal.SIGKILL)
        answers = [next(pool.run_each(behave, ["page"])) for _ in range(3)]
        assert answers[-1] == "PAGE"


def run_script(path: Path, script: str) -> str:
    """Run a script in a process of its own, whose children are its alone, and give what it printed."""
    path.write_text(script)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_worker_leaves_the_main_module_alone(tmp_path: Path) -> None:
    """Imported again by a worker, this script would also start itself again: it has no guard."""
    script = (
        "import asyncio, colorsys\n"
        "from extractors.workers import open_pool\n"
        "async def main():\n"
        "    with open_pool(workers=1) as pool:\n"
        "        print(await pool.run(eval, \"'colorsys' in __import__('sys').modules\"))\n"
        "asyncio.run(main())\n"
    )
    assert run_script(tmp_path / "main.py", script) == "False\n"


def test_workers_begin_with_the_first_item_or_before_it(tmp_path: Path) -> None:
    """In a process of its own: here another pool may just be replacing a worker that a page has killed."""
    script = (
        "from multiprocessing import active_children\n"
        "from extractors.workers import open_pool\n"
        "with open_pool(workers=2) as opened:\n"
        "    print(len(active_children()))\n"
        "    opened.warm_up()\n"
        "    print(len(active_children()))\n"
        "print(len(active_children()))\n"
    )
    assert run_script(tmp_path / "main.py", script) == "0\n2\n0\n"
