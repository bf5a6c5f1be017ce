"""Charts of answers are drawn by a process of its own, which ends with the answer.

matplotlib's imports and its C code hold Python's lock for tens of milliseconds, in a thread as
well: for so long whoever sleeps on the bot's event loop would be late. The process is waited for
in a thread, and not by asyncio, whose loop cannot start processes on every system.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from integrations import charts
from integrations.charts.orders import PATIENCE, sheet_of
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integrations.charts.look import Look
    from integrations.charts.orders import Order
    from integrations.words.wording import Language

__all__ = ["drawn"]

_MOST = 5
"""Answers at once whose charts are being drawn or wait for that; others come as text."""

_COMMAND = ("-P", "-m", "integrations.charts")

_log = logging.getLogger("latido.integrations")


class _Drawing:
    """The charts of one answer, and the process that draws them."""

    def __init__(self, orders: list[Order], look: Look) -> None:
        self._sheet = sheet_of(orders, look)
        self._process: subprocess.Popen[bytes] | None = None
        self._is_given_up = False

    def run(self, is_awaited: Callable[[], bool]) -> list[bytes]:
        """Return the PNGs, in a thread; nothing is begun for which ``is_awaited`` is false.

        Raises:
            OSError: no process can be started.
            subprocess.SubprocessError: it failed, took too long, or nobody waits for it.
            msgspec.DecodeError: it said something else.
        """
        if not is_awaited():
            raise subprocess.SubprocessError("the event loop was stopped")
        asked = msgspec.json.encode(self._sheet)
        with (
            _temporary_folder() as folder,
            subprocess.Popen(  # noqa: S603 - our own interpreter with our own code
                [sys.executable, *_COMMAND],
                env=_environment() | folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as process,
        ):
            self._process = process
            if self._is_given_up:
                process.kill()
            try:
                drawn, said = process.communicate(asked, timeout=PATIENCE)
            finally:
                process.kill()  # does nothing where it has ended
        if process.returncode:
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            raise subprocess.SubprocessError(last or f"exit {process.returncode}")
        return msgspec.json.decode(drawn, type=list[bytes])

    def give_up(self) -> None:
        """End the process, if it has not ended: nobody waits for it any more."""
        self._is_given_up = True
        if self._process is not None:
            self._process.kill()


class _Studio:
    """One drawing at a time, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="latido-charts")
        self._asked = 0

    @property
    def is_full(self) -> bool:
        """Whether so many wait that no more may."""
        return self._asked >= _MOST

    async def draw(self, drawing: _Drawing) -> list[bytes]:
        """Return the PNGs of a drawing; whoever is cancelled takes its process along."""
        self._asked += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, drawing.run, loop.is_running)
        finally:
            self._asked -= 1
            drawing.give_up()


_STUDIO = _Studio()


async def drawn(orders: list[Order], look: Look, log_language: Language) -> list[bytes] | None:
    """Return the charts as PNGs; None where there are none, and why is in the log.

    Nothing is logged where matplotlib is not installed: that is known.
    """
    if not charts.can_draw() or not _has_interpreter():
        return None
    if _STUDIO.is_full:
        _log.warning("%s", say(log_language, "chart.too_many", count=_MOST))
        return None
    try:
        return await _STUDIO.draw(_Drawing(orders, look))
    except (OSError, subprocess.SubprocessError, ValueError) as error:  # msgspec's are ValueErrors
        _log.warning("%s", say(log_language, "chart.not_drawn", error=_cause(error)))
        return None


@contextlib.contextmanager
def _temporary_folder() -> Iterator[dict[str, str]]:
    """Yield what lets a process keep its temporary folders in one that goes with it.

    matplotlib makes one where it may not write at home, and takes it away at its end, to which
    whoever is killed does not come. Where there is no room for such folders it may need none.
    """
    with contextlib.ExitStack() as stack:
        folder = {}
        with contextlib.suppress(OSError):
            made = tempfile.TemporaryDirectory(prefix="latido-charts-", ignore_cleanup_errors=True)
            folder["TMPDIR"] = stack.enter_context(made)
        yield folder


def _cause(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"> {error.timeout:g} s"
    return str(error) or type(error).__name__


def _has_interpreter() -> bool:
    """Return whether there is a Python to start; in a frozen program it would be a second bot."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def _environment() -> dict[str, str]:
    """Return this process's environment, with which another one finds the same packages."""
    parts = map(Path, sys.path)
    path = os.pathsep.join(str(each if each.is_absolute() else Path.cwd() / each) for each in parts)
    return os.environ | {"PYTHONPATH": path}
