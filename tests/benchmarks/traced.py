"""Counting memory: allocations (tracemalloc), all of them or ours, once all is written."""

from __future__ import annotations

import gc
import tracemalloc
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.benchmarks import our_cog
from tests.benchmarks.connected_bot import settled

if TYPE_CHECKING:
    from integrations.cog import SessionCog

__all__ = ["ours", "traced", "written"]

_OTHERS = (
    "*/discord/*",
    "*/tests/*",
    "*/tracemalloc.py",
    "*/json/*",
    "*/weakref.py",  # discord.py's people
)


async def written(cog: SessionCog) -> None:
    """Let everything be written down, and the snapshot anew, as at the end of each check."""
    await settled()
    await our_cog.written(cog)
    cog._bring_up_to_date()  # noqa: SLF001 - as at the end of each check
    await our_cog.written(cog)


def traced() -> int:
    """Return the bytes that are held, whoever made them."""
    gc.collect()
    held, _peak = tracemalloc.get_traced_memory()
    return held


def ours() -> int:
    """Return the bytes that are held, and that neither discord.py nor the measuring made.

    What the JSON decoder made is left out, for discord.py holds most of it, and more and more:
    it caches whoever has ever been in voice.
    """
    gc.collect()
    by_file = tracemalloc.take_snapshot().statistics("filename")  # soon filtered: files are few
    return sum(each.size for each in by_file if not _is_anothers(each.traceback[0].filename))


def _is_anothers(file: str) -> bool:
    return any(fnmatchcase(file, pattern) for pattern in _OTHERS)
