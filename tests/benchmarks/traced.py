"""Counting memory: every allocation that is ours (tracemalloc), once all is written."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

from tests.benchmarks import our_cog
from tests.benchmarks.connected_bot import settled

if TYPE_CHECKING:
    from integrations.cog import SessionCog

__all__ = ["traced", "written"]

_OTHERS = (
    tracemalloc.Filter(inclusive=False, filename_pattern="*/discord/*"),
    tracemalloc.Filter(inclusive=False, filename_pattern="*/tests/*"),
    tracemalloc.Filter(inclusive=False, filename_pattern="*/tracemalloc.py"),
    tracemalloc.Filter(inclusive=False, filename_pattern="*/json/*"),
    tracemalloc.Filter(inclusive=False, filename_pattern="*/weakref.py"),  # discord.py's people
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
    statistics = tracemalloc.take_snapshot().filter_traces(_OTHERS).statistics("filename")
    return sum(each.size for each in statistics)
