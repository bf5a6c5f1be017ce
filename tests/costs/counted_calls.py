"""Counts the calls of Python functions in our packages: they do not depend on the machine."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import engine
import integrations
import machines
import persistence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["counted_calls"]

_OURS = tuple(
    str(Path(package.__path__[0])) for package in (engine, integrations, machines, persistence)
)


@contextlib.contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Yield what counts the calls of this thread until the end, by file and function."""
    called: Counter[str] = Counter()

    def count(frame: FrameType, what: str, _value: object) -> None:
        if what == "call" and frame.f_code.co_filename.startswith(_OURS):
            called[f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}"] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield called
    finally:
        sys.setprofile(before)
