"""Events that are lost, late, doubled and overtaken."""

import asyncio
import random

import pytest

from integrations.loopback import Event, Fate, LoopbackDiscord, NeverHappenedError
from tests.integrations.loopback.bots import Bot, raw_session, running
from tests.integrations.loopback.conftest import Plaza


async def test_a_lost_leave_stays_in_discord_py_s_cache(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.pino.joins(plaza.general)
    async with running(stand_in, bot):
        plaza.pino.leaves(lost=True)
        plaza.agu.joins(plaza.general)
        await stand_in.until(lambda: bot.times("voice_state_update"))
        member = bot.guilds[0].get_member(plaza.pino.id)
        assert member is not None
        assert member.voice is not None
    assert bot.moves == [(None, plaza.general.id)]
    assert stand_in.truth.voice_stays(user_id=plaza.pino.id)[0].end is not None


async def test_a_late_event_comes_after_what_happened_later(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        plaza.pino.joins(plaza.general, late=0.05)
        plaza.agu.joins(plaza.music)
        first, second = [await session.until("VOICE_STATE_UPDATE") for _ in range(2)]
    assert [first["user_id"], second["user_id"]] == [str(plaza.agu.id), str(plaza.pino.id)]
    assert second["channel_id"] == str(plaza.general.id)


async def test_a_late_event_says_how_things_were_when_it_happened(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        plaza.pino.joins(plaza.general, late=0.05)
        plaza.pino.leaves()
        left, joined = [await session.until("VOICE_STATE_UPDATE") for _ in range(2)]
        await stand_in.settled()
    assert left["channel_id"] is None
    assert joined["channel_id"] == str(plaza.general.id)


async def test_an_event_sent_twice_is_handled_twice(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        plaza.pino.joins(plaza.general, twice=True)
        await stand_in.until(lambda: bot.times("voice_state_update") == 2)
    assert bot.moves == [(None, plaza.general.id), (plaza.general.id, plaza.general.id)]


async def test_an_overtaken_event_comes_after_the_next_one(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    plaza.pino.joins(plaza.general)
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        plaza.pino.moves(plaza.music, overtaken=True, start_time_lost=True)
        plaza.pino.leaves()
        first, second = [await session.until("VOICE_STATE_UPDATE") for _ in range(2)]
    assert [first["channel_id"], second["channel_id"]] == [None, str(plaza.music.id)]


async def test_a_policy_decides_about_every_event_without_a_fate_of_its_own(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    chance = random.Random(7)  # noqa: S311

    def half_are_lost(event: Event) -> Fate:
        return {"lost": chance.random() < 0.5} if event.name == "PRESENCE_UPDATE" else {}

    stand_in.post.fate_of = half_are_lost
    for number in range(100):
        plaza.pino.plays(f"Game {number}")
    assert 30 < stand_in.post.lost < 70
    assert len(stand_in.truth.games()) == 100


async def test_a_person_in_voice_can_leave_the_start_time_as_the_only_trace(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        plaza.pino.joins(plaza.general, lost=True, start_time_lost=False)
        plaza.agu.joins(plaza.music, lost=True)
        plaza.agu.leaves()
        names = [(await session.next())["t"] for _ in range(3)]
    assert names == [
        "VOICE_CHANNEL_START_TIME_UPDATE",  # Pino filled General
        "VOICE_STATE_UPDATE",  # agu left Music
        "VOICE_CHANNEL_START_TIME_UPDATE",  # Music is empty
    ]


# When it was heard


async def test_what_was_heard_is_known_by_the_heartbeat_that_was_asked_for(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        began = stand_in.world.now()
        plaza.pino.joins(plaza.general)
        await stand_in.heard()
        assert bot.times("voice_state_update") == 1
        took = (stand_in.world.now() - began).total_seconds()
        lateness = stand_in.lateness(began)
    assert 0 < lateness <= took
    assert stand_in.lateness(began) == lateness


async def test_what_is_not_heard_yet_is_later_and_later(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        began = stand_in.world.now()
        plaza.pino.joins(plaza.general)
        before, after = stand_in.lateness(began), stand_in.lateness(began)
        assert before < after
        with pytest.raises(NeverHappenedError):
            await stand_in.heard(within=0.05)  # nothing is read, and nothing answered


async def test_what_was_read_is_taken_in_by_the_time_of_the_next_answer(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in) as session:
        await session.until("GUILD_CREATE")
        plaza.pino.joins(plaza.general)
        asked = asyncio.create_task(stand_in.heard())
        read = 0
        for answers in range(2):
            while (message := await session.next())["op"] != 1:
                read = message["s"] or read
            assert not asked.done(), f"{answers} answers were enough"
            await session.send(1, read)
        await asked


async def test_what_nobody_was_sent_is_not_late(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        await stand_in.heard()
        began = stand_in.world.now()
        plaza.pino.joins(plaza.general, lost=True)
        await stand_in.heard()
        assert stand_in.lateness(began) == 0.0


async def test_what_a_resume_sends_again_is_late_since_then(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    async with running(stand_in, bot):
        await stand_in.heard()
        stand_in.faults.gateway_down = True
        stand_in.cut()
        cut_at = stand_in.world.now()
        plaza.pino.joins(plaza.general)
        await stand_in.until(lambda: bot.times("disconnect"))
        down_for = (stand_in.world.now() - cut_at).total_seconds()
        stand_in.faults.gateway_down = False
        resumed_from = stand_in.world.now()
        await stand_in.until(lambda: bot.times("resumed"))
        await stand_in.heard()
        since_then = (stand_in.world.now() - resumed_from).total_seconds()
        assert bot.times("voice_state_update") == 1
    assert down_for > 0
    assert stand_in.lateness(cut_at) <= since_then
