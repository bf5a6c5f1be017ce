"""``latido`` as it is, counting the calls of our functions, in whatever thread.

A timer of ours that goes off, and a task of ours that wakes up, is a call; so is a write. At
SIGUSR1 it adds a line with the calls so far, by name, to the file that ``COUNTS`` names.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import integrations
from integrations.cli import main

if TYPE_CHECKING:
    from types import FrameType

_ROOT = Path(integrations.__file__).parents[1]
_OURS = tuple(f"{_ROOT / name}{os.sep}" for name in ("machines", "engine", "persistence"))
_OURS += (f"{Path(integrations.__file__).parent}{os.sep}",)

_PASS_ON = {
    "_Remembering.receive",
    "_Heartbeats._counting.<locals>.count_and_send",
    "_Heartbeats._count_answer",
}
"""Hand on discord.py's own heartbeats, the frames that it waits for, and that one is an answer."""

_BEAT = "_Heartbeats.beat"
"""With each of these heartbeats the clocks are looked at, and no more."""

calls: Counter[str] = Counter()


def count(frame: FrameType, event: str, _argument: object) -> None:
    """Count a call."""
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(_OURS) and code.co_qualname not in _PASS_ON:
        calls[code.co_qualname] += not _is_within_a_beat(frame)


def _is_within_a_beat(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        if frame.f_code.co_qualname == _BEAT:
            return True
        frame = frame.f_back
    return False


def tell(_signal: int, _frame: FrameType | None) -> None:
    """Write down how many there have been."""
    with Path(os.environ["COUNTS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(calls.copy()) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, tell)
    threading.setprofile(count)
    sys.setprofile(count)
    main()
