"""One thread for what commands work out: that of several askers is done one after the other.

Only one thread at a time runs Python. While many threads have work, the event loop waits for each
of them, some milliseconds each, whenever it has been idle. Whoever asks in the meantime is told
that the answer will come (:func:`integrations.commands.reply.answer`).
"""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["in_one_thread"]

_Args = ParamSpec("_Args")
_Found = TypeVar("_Found")

_THREAD = ThreadPoolExecutor(1, thread_name_prefix="latido-commands")


async def in_one_thread(
    work: Callable[_Args, _Found], *args: _Args.args, **options: _Args.kwargs
) -> _Found:
    """Return what ``work`` returns, once all that others asked for before has been done.

    What is cancelled before its turn is not begun; what has begun ends before others begin.
    """
    in_context = partial(contextvars.copy_context().run, work, *args, **options)
    return await asyncio.get_running_loop().run_in_executor(_THREAD, in_context)
