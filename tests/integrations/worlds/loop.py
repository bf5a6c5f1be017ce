"""An event loop that goes by a scripted clock, and the same way each time.

Its timers go off when that clock says so, what is done in threads is done at once, and no turn is
over sooner because the machine is busy.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.benchmarks.scripted_clock import ScriptedClock

__all__ = ["run_by"]

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")


class _ScriptedLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: ScriptedClock) -> None:
        self._scripted = clock
        super().__init__()
        self.set_default_executor(_NoThread())

    def time(self) -> float:
        return self._scripted.monotonic()


class _NoThread(ThreadPoolExecutor):
    def submit(
        self, fn: Callable[_Args, _Result], /, *args: _Args.args, **kwargs: _Args.kwargs
    ) -> Future[_Result]:
        done: Future[_Result] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            done.set_exception(error)
        return done


def run_by(clock: ScriptedClock, work: Coroutine[None, None, _Result]) -> _Result:
    """Run ``work``, which has to let the time of ``clock`` pass that it waits for."""
    with (
        mock.patch("time.perf_counter", clock.monotonic),
        mock.patch("integrations.keeping.storekeeper.ThreadPoolExecutor", _NoThread),
        asyncio.Runner(loop_factory=partial(_ScriptedLoop, clock)) as runner,
    ):
        return runner.run(work)
