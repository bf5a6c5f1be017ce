"""Counting memory: every allocation that is ours (tracemalloc), once all is written."""

from __future__ import annotations

import gc
import tracemalloc
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.benchmarks import our_cog
from tests.benchmarks.connected_bot import settled

if TYPE_CHECKING:
    from integrations.cog import SessionCog

__all__ = ["traced", "written"]

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
    """Return the bytes that are held, and that neither discord.py nor the measuring made."""
    gc.collect()
    by_file = tracemalloc.take_snapshot().statistics("filename")  # soon filtered: files are few
    return sum(each.size for each in by_file if not _is_anothers(each.traceback[0].filename))


def _is_anothers(file: str) -> bool:
    return any(fnmatchcase(file, pattern) for pattern in _OTHERS)
