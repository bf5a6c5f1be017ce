"""How this command line was called, so that what it proposes can be copied and works."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

__all__ = ["called_as"]


def called_as(typed: str, python: str = sys.executable) -> str:
    """Return the beginning of a command that calls this program.

    That is ``latido`` where the shell finds this very program by that name, else its path, such
    as ``.venv/bin/latido``; and ``python -m latido`` where it was not started by its script.

    Args:
        typed: what it was called as, ``sys.argv[0]``.
        python: the interpreter's path.
    """
    program = Path(typed)
    if program.name != "latido":
        return f"{shlex.quote(_short(Path(python)))} -m latido"
    found = shutil.which("latido")
    if found is not None and program.exists() and program.samefile(found):
        return "latido"
    return shlex.quote(_short(program))


def _short(path: Path) -> str:
    """Return a path from here on where it lies below this folder, else as it is."""
    here = Path.cwd()
    short = str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
    return short if os.sep in short else os.path.join(os.curdir, short)  # noqa: PTH118
