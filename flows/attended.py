"""A child process that does not outlive its parent, however that ends: `python -m flows.attended MODULE ARGUMENTS`.

Prefect's server runs so. Without it a killed `serve` leaves a server behind that nothing stops any more.
"""

import os
import runpy
import sys
from threading import Thread


def main() -> None:
    """Run a module as `python -m` does, until it ends or standard input does: the pipe from a parent that is gone.

    The end is hard, since whoever starts again wants the port now; Prefect's database bears it.
    """
    Thread(target=_leave_with_parent, name="attended", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _leave_with_parent() -> None:
    while os.read(0, 1024):  # not through `sys.stdin`, whose lock would bar the module's own end
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
