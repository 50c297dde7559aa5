"""The command line's root: help, and failures in one sentence instead of a traceback.

Exit status: 0 done, 1 failed, 2 wrong usage (a wrong command, setting or declaration).
"""

import sys
from contextlib import suppress
from typing import Never

import typer
from rich.console import Console

from cli.output import drop_output, judge_output, replace_closed
from news.errors import NewsError, SeedError, SettingsError

app = typer.Typer(
    name="dateline",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@app.callback()
def dateline() -> None:
    """Dateline watches the news for an analyst: feeds in, explained and deduplicated digests out."""


def fail(message: str, *, status: int = 1) -> Never:
    """End the command with one sentence on standard error."""
    sys.stderr.write(f"dateline: {message}\n")
    raise SystemExit(status)


def main() -> None:
    """Run the command line."""
    replace_closed()
    try:
        try:
            app(prog_name="dateline")
        finally:
            sys.stdout.flush()  # now, while a full disk can still be told of
    except (SettingsError, SeedError) as error:
        fail(str(error), status=2)
    except NewsError as error:
        fail(str(error))
    except UnicodeEncodeError:
        if all(map(_is_text, sys.argv)):
            raise
        fail("an argument is no text: its bytes are no UTF-8", status=2)
    except (BrokenPipeError, KeyboardInterrupt):
        drop_output()
        raise SystemExit(130) from None
    except OSError as error:
        met = judge_output(error)
        if met is None:
            raise
        drop_output()
        fail(str(met))


def _is_text(argument: str) -> bool:
    """A byte that is no UTF-8 arrives as a character that cannot be written; a file's name may have one."""
    with suppress(UnicodeEncodeError):
        argument.encode()
        return True
    return False
