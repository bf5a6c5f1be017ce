"""What comes due while the machine sleeps waits for a look."""

from __future__ import annotations

import pytest

from engine import Channel, GuildReport
from machines import BotEvent, NoticeDue
from tests.integrations.driven import Machine, voice_of
from tests.integrations.sessions import AGU, GENERAL, GUILD, PINO

HERE = Channel(GENERAL, "General")
NEW = 7


async def evening() -> Machine:
    """Let two people be there for a while, as the guild says as well."""
    machine = Machine()
    for user_id in (AGU, PINO):
        machine.tracker.observe(voice_of(user_id, HERE))
    for _second in range(20):
        await machine.ticks()
        machine.tracker._advance()  # noqa: SLF001 - as its timer does
    voice = {user_id: voice_of(user_id, HERE) for user_id in (AGU, PINO)}
    now = machine.tracker.now()
    report = GuildReport(
        guild_id=GUILD, source="guild_create", at=now, complete_voice=True, voice=voice
    )
    machine.tracker.looks.begin(report)
    machine.effects.clear()
    return machine


@pytest.mark.parametrize("set_by", [0, 1, -1, 3_600])
async def test_nobody_who_had_left_is_given_up_whatever_clock_is_set_in_the_sleep(
    set_by: float,
) -> None:
    machine = await evening()
    machine.tracker.observe(voice_of(PINO, None))
    machine.runs(1)
    machine.sleeps(9_000)
    machine.is_set(set_by)
    machine.tracker._advance()  # noqa: SLF001 - its timer may go off first
    assert not machine.records()
    machine.tracker.stop()


@pytest.mark.parametrize("set_by", [0, 1, -1, 3_600])
async def test_nobody_who_had_just_come_is_announced_or_confirmed(set_by: float) -> None:
    machine = await evening()
    machine.tracker.observe(voice_of(NEW, HERE))
    machine.runs(1)
    machine.sleeps(9_000)
    machine.is_set(set_by)
    machine.tracker._advance()  # noqa: SLF001 - as above
    assert not [each for each in machine.effects if isinstance(each, BotEvent | NoticeDue)]
    machine.tracker.stop()
