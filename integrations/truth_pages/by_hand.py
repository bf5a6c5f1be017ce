"""The script that plays one stay by hand: what it prints, as it is and with other lines in it."""

from __future__ import annotations

import runpy
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

__all__ = ["CHANGES", "Change", "played", "script_with"]

SCRIPT = Path(__file__).parents[2] / "docs" / "one_stay.py"


class Change(NamedTuple):
    """Other lines in the script.

    Attributes:
        happens: what is so then.
        lines: what is taken out.
        instead: what takes its place.
    """

    happens: str
    lines: str
    instead: str


CHANGES = (
    Change(
        "He leaves five seconds after he has come. Whoever looks later finds him there, and nobody "
        "knows since when",
        "wait_until(30)",
        "carry_out(engine.observe(pino_in(None), at(10 + 5 / 60)))",
    ),
    Change(
        "His leaving was never sent. Whoever looks finds him gone, and nobody knows since when",
        "seen = {2: pino_in(GENERAL)}",
        "seen: dict[int, VoiceObserved] = {}",
    ),
    Change(
        "He is back half a minute after he has left",
        "wait_until(59)",
        "carry_out(engine.observe(pino_in(GENERAL), at(50.5)))",
    ),
    Change(
        "The bot is killed at 20:35. The next one takes up what was saved, and hears that he "
        "leaves: nobody knows whether he was there from the look on",
        'print("Pino leaves")',
        "state = engine.live_state(at(35))\n"
        "engine = SessionEngine(Settings())\n"
        "engine.observers.append(saw)\n"
        "carry_out(engine.restore(state, at(40)))\n"
        'print("Pino leaves")',
    ),
)
"""What a reader may try."""


def script_with(change: Change | None = None) -> str:
    """Return the text of the script.

    Raises:
        ValueError: the lines that are to be taken out are not in it, or not once.
    """
    text = SCRIPT.read_text(encoding="utf-8")
    if change is None:
        return text
    if text.count(f"\n{change.lines}\n") != 1:
        raise ValueError(f"{SCRIPT.name} has no one place for {change.lines!r}: choose others.")
    return text.replace(f"\n{change.lines}\n", f"\n{change.instead}\n")


def played(script: str) -> str:
    """Run a script; return what it has printed."""
    with TemporaryDirectory() as folder, redirect_stdout(StringIO()) as printed:
        path = Path(folder) / SCRIPT.name
        path.write_text(script, encoding="utf-8")
        runpy.run_path(str(path))
    return printed.getvalue()
