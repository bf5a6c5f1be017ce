"""Turns at identifying, on a clock of the test's own."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from integrations.evidence.audit.identify_turns import WINDOW, IdentifyTurns


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_audit_waits_after_the_bots_identify(clock: Clock) -> None:
    turns = IdentifyTurns(clock)
    assert turns.wait(0) == 0
    turns.took(None)
    assert turns.wait(0) == WINDOW
    clock.now += WINDOW
    assert turns.wait(0) == 0


def test_an_audit_waits_after_an_audit(clock: Clock) -> None:
    turns = IdentifyTurns(clock)
    turns.take(0)
    clock.now += 1
    assert turns.wait(0) == WINDOW - 1


def test_shards_with_another_key_need_not_wait(clock: Clock) -> None:
    turns = IdentifyTurns(clock)
    turns.max_concurrency = 16
    turns.take(3)
    assert turns.wait(19) == WINDOW
    assert turns.wait(4) == 0


async def test_the_bots_identify_is_heard_before_it_is_sent(clock: Clock) -> None:
    bot = discord.Client(intents=discord.Intents.none())
    turns = IdentifyTurns(clock)
    undo = turns.share_with(bot)
    assert undo is not None
    state: Any = bot._connection  # noqa: SLF001 - this is what the test pins
    identifying = asyncio.create_task(state.call_hooks("before_identify", None, initial=True))
    await identifying
    assert turns.wait(0) == WINDOW
    undo()
    assert state.hooks["before_identify"] == bot._call_before_identify_hook  # noqa: SLF001 - as above


async def test_no_audit_begins_while_the_bot_is_about_to_identify(clock: Clock) -> None:
    go = asyncio.Event()

    async def slow(*_: object, **__: object) -> None:
        await go.wait()

    bot = discord.Client(intents=discord.Intents.none())
    state: Any = bot._connection  # noqa: SLF001 - this is what the test pins
    state.hooks["before_identify"] = slow
    turns = IdentifyTurns(clock)
    turns.share_with(bot)
    identifying = asyncio.create_task(state.call_hooks("before_identify", 0, initial=False))
    await asyncio.sleep(0)
    assert turns.wait(0) is None
    go.set()
    await identifying
    assert turns.wait(0) == WINDOW


def test_without_hooks_there_is_nothing_to_share() -> None:
    bot = discord.Client(intents=discord.Intents.none())
    bot._connection.hooks = None  # type: ignore[assignment]  # noqa: SLF001 - another discord.py
    assert IdentifyTurns().share_with(bot) is None
