"""What commands work out goes through one thread, in the order in which it was asked for."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from integrations.commands.one_thread import in_one_thread
from integrations.loopback.server import PATIENCE
from tests.integrations.keeping.test_storekeeper import until


class Work:
    """Work that goes on until it is let; who is at it, and who was."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.begun: list[str] = []
        self.most_at_once = 0
        self._at_work = 0

    def __call__(self, name: str) -> str:
        assert threading.current_thread() is not threading.main_thread()
        self.begun.append(name)
        self._at_work += 1
        self.most_at_once = max(self.most_at_once, self._at_work)
        assert self.may_end.wait(PATIENCE)
        self._at_work -= 1
        return f"{name} done"


async def test_whoever_asks_meanwhile_waits_for_those_before_them() -> None:
    work = Work()
    asking = [asyncio.create_task(in_one_thread(work, name)) for name in "abc"]
    await until(lambda: work.begun)
    for _round in range(20):
        await asyncio.sleep(0)
    assert work.begun == ["a"]
    work.may_end.set()
    assert await asyncio.gather(*asking) == ["a done", "b done", "c done"]
    assert (work.begun, work.most_at_once) == (["a", "b", "c"], 1)


async def test_what_nobody_waits_for_any_more_is_not_begun_and_what_is_begun_ends_first() -> None:
    work = Work()
    asking = [asyncio.create_task(in_one_thread(work, name)) for name in "abc"]
    await until(lambda: work.begun)
    for given_up in asking[:2]:
        given_up.cancel()
    await asyncio.wait(asking[:2])
    assert work.begun == ["a"]
    work.may_end.set()
    assert await asking[2] == "c done"
    assert (work.begun, work.most_at_once) == (["a", "c"], 1)


async def test_what_fails_fails_for_whoever_asked_alone() -> None:
    def fails() -> None:
        msg = "no ledger"
        raise OSError(msg)

    with pytest.raises(OSError, match="no ledger"):
        await in_one_thread(fails)
    assert await in_one_thread(int, "3", base=4) == 3


async def test_it_is_done_in_the_context_of_whoever_asks() -> None:
    who: contextvars.ContextVar[str] = contextvars.ContextVar("who")
    who.set("Pino")
    assert await in_one_thread(who.get) == "Pino"
