"""Op 8: members and presences on request."""

import asyncio

import msgspec
import pytest

from integrations.loopback import Intent, LoopbackDiscord
from integrations.loopback.requests import MemberRequest
from tests.integrations.loopback.bots import Bot, RawSession, names, raw_session, running
from tests.integrations.loopback.conftest import Plaza


async def _ask(session: RawSession, plaza: Plaza, **fields: object) -> None:
    await session.send(8, {"guild_id": str(plaza.guild.id), "limit": 0, **fields})


async def test_query_members_by_id_brings_presences_of_those_not_offline(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    plaza.agu.goes_offline()
    async with running(stand_in, bot):
        plaza.pino.plays("Tetris", lost=True)
        ids = [plaza.pino.id, plaza.agu.id]
        pino, agu = await bot.guilds[0].query_members(user_ids=ids, presences=True, limit=100)
        assert [a.name for a in pino.activities] == ["Tetris"]
        assert agu.activities == ()
    requests = [msgspec.convert(m.data, MemberRequest) for m in stand_in.journal.received_ops(8)]
    assert [r.presences for r in requests if r.user_ids] == [True]


async def test_discord_py_asks_for_five_unless_told_otherwise(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot
) -> None:
    people = [stand_in.add_user(f"Player {n}", plaza.guild) for n in range(8)]
    async with running(stand_in, bot):
        ids = [person.id for person in people]
        assert len(await bot.guilds[0].query_members(user_ids=ids)) == 5
        assert len(await bot.guilds[0].query_members(user_ids=ids, limit=100)) == 8


@pytest.mark.usefixtures("plaza")
async def test_members_are_found_by_the_beginning_of_their_name(
    stand_in: LoopbackDiscord, bot: Bot
) -> None:
    async with running(stand_in, bot):
        assert names(await bot.guilds[0].query_members("pi")) == {"Pino"}


async def test_who_is_no_member_is_not_found(stand_in: LoopbackDiscord, plaza: Plaza) -> None:
    async with raw_session(stand_in) as session:
        await _ask(session, plaza, user_ids=[str(plaza.pino.id), "17"], nonce="n")
        chunk = await session.until("GUILD_MEMBERS_CHUNK")
    assert [m["user"]["username"] for m in chunk["members"]] == ["Pino"]
    assert chunk["not_found"] == ["17"]
    assert (chunk["nonce"], chunk["chunk_index"], chunk["chunk_count"]) == ("n", 0, 1)
    assert "presences" not in chunk


async def test_everyone_comes_in_chunks_of_a_thousand_once_in_thirty_seconds(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    for number in range(1_200):
        stand_in.add_user(f"Player {number}", plaza.guild)
    async with raw_session(stand_in) as session:
        await _ask(session, plaza, query="")
        chunks = [await session.until("GUILD_MEMBERS_CHUNK") for _ in range(2)]
        await _ask(session, plaza, query="", nonce="again")
        limited = await session.until("RATE_LIMITED")
    assert [len(chunk["members"]) for chunk in chunks] == [1_000, 203]
    assert limited["opcode"] == 8
    assert 0 < limited["retry_after"] <= 30
    assert limited["meta"] == {"guild_id": str(plaza.guild.id), "nonce": "again"}


async def test_without_the_intent_no_presences_are_brought(
    stand_in: LoopbackDiscord, plaza: Plaza
) -> None:
    async with raw_session(stand_in, intents=Intent.GUILDS | Intent.GUILD_MEMBERS) as session:
        await _ask(session, plaza, user_ids=str(plaza.pino.id), presences=True)
        assert "presences" not in await session.until("GUILD_MEMBERS_CHUNK")


@pytest.mark.parametrize("reason", ["fault", "outage"])
async def test_a_chunk_may_never_come(
    stand_in: LoopbackDiscord, plaza: Plaza, bot: Bot, reason: str
) -> None:
    async with running(stand_in, bot):
        if reason == "fault":
            stand_in.faults.answers_member_requests = False
        else:
            plaza.guild.outage_begins()
        query = bot.guilds[0].query_members(user_ids=[plaza.pino.id], limit=100)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(query, 0.1)
        await stand_in.until(lambda: stand_in.journal.received_ops(8))
