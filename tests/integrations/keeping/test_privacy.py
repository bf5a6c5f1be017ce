"""Privacy: who is forgotten, or is tracked again, is where they are already."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING
from unittest import mock

import pytest
import pytest_asyncio

from engine import ActivitySeen, Channel, GuildReport, PresenceObserved, VoiceObserved
from integrations.keeping.privacy import Privacy
from persistence import WAITING_NAME, LedgerWriteError, OptOuts, ledger_changes
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population, hour_ago
from tests.integrations.gateway.fed_bot import (
    FedBot,
    assert_found_and_counting_since,
    fed,
    payload,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from machines import AnySession
    from tests.benchmarks.population import Person

PEOPLE = Population.of(6, guilds=1, began=hour_ago(), channels=2)
GUILD = PEOPLE.guilds[0]
SPEAKER, PLAYER = PEOPLE.in_voice[0], PEOPLE.playing[0]


@pytest_asyncio.fixture
async def bot(tmp_path: Path) -> AsyncIterator[FedBot]:
    """A bot that has known everybody for a minute."""
    async with fed(tmp_path, PEOPLE) as bot:
        bot.clock.passes(60)
        yield bot


def said_again(bot: FedBot) -> None:
    """Half a minute later one mutes, and the other's game has other details."""
    bot.clock.passes(30)
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(SPEAKER.channel_id, muted=True)))
    bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(PLAYER.game, details="1-1")))


def in_voice(person: Person) -> VoiceObserved:
    channel = Channel(GUILD.channel_ids[0], "Sala 0")
    return VoiceObserved(guild_id=GUILD.id, user_id=person.id, username="x", channel=channel)


def at_a_game(person: Person) -> PresenceObserved:
    games = (ActivitySeen("osu!"),)
    return PresenceObserved(guild_id=GUILD.id, user_id=person.id, username="x", activities=games)


def sessions(bot: FedBot) -> list[AnySession]:
    return [
        each
        for person in (SPEAKER, PLAYER)
        for each in bot.cog.engine.sessions_of(GUILD.id, person.id)
    ]


async def test_whoever_is_forgotten_counts_from_then_on(bot: FedBot) -> None:
    forgotten_at = bot.cog.now()
    for person in (SPEAKER, PLAYER):
        await bot.cog.privacy.forget(person.id)
    said_again(bot)
    await written(bot.cog)
    assert_found_and_counting_since(forgotten_at, sessions(bot))


async def test_whoever_is_forgotten_does_not_come_back_with_what_the_ledger_had_refused(
    bot: FedBot,
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with mock.patch.object(ledger_changes, "add", side_effect=full):
        bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(None)))
        bot.clock.passes(600)
        bot.hears("VOICE_STATE_UPDATE", payload(PLAYER.voice_update(None)))
        with pytest.raises(LedgerWriteError):
            await bot.cog.privacy.forget(SPEAKER.id)
        assert str(SPEAKER.id).encode() in (bot.cog.data_dir / WAITING_NAME).read_bytes()
        assert OptOuts(bot.cog.data_dir).counting_since == {}, "nothing is forgotten yet"
    told = await bot.cog.privacy.forget(SPEAKER.id)
    assert told.records
    assert not bot.cog.ledger.knows_user(SPEAKER.id)
    files = [path for path in bot.cog.data_dir.rglob("*") if path.is_file()]
    left = [path.read_bytes() for path in files if path.name != "opted_out.json"]
    assert [*OptOuts(bot.cog.data_dir).counting_since] == [SPEAKER.id]
    assert str(SPEAKER.id).encode() not in b"".join(left)
    assert SPEAKER.id.to_bytes(8) not in b"".join(left)


async def test_whoever_is_tracked_again_is_not_taken_to_have_come_then(bot: FedBot) -> None:
    for person in (SPEAKER, PLAYER):
        await bot.cog.privacy.opt_out(person.id)
    bot.clock.passes(600)
    tracked_at = bot.cog.now()
    for person in (SPEAKER, PLAYER):
        await bot.cog.privacy.opt_in(person.id)
    said_again(bot)
    await written(bot.cog)
    assert_found_and_counting_since(tracked_at, sessions(bot))


async def test_whoever_comes_after_they_were_forgotten_is_seen_to_come(bot: FedBot) -> None:
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(None)))
    await bot.cog.privacy.forget(SPEAKER.id)
    bot.clock.passes(30)
    came_at = bot.cog.now()
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(SPEAKER.channel_id)))
    [session] = bot.cog.engine.sessions_of(GUILD.id, SPEAKER.id)
    assert (session.started_at, session.stretches, session.unbounded) == (came_at, (), False)


@pytest.mark.parametrize(
    "asks", [Privacy.opt_out, Privacy.forget], ids=["to opt out", "to be forgotten"]
)
async def test_whoever_asks_not_to_be_known_is_not_found_by_a_look_that_has_seen_them(
    bot: FedBot, asks: Callable[[Privacy, int], Awaitable[object]]
) -> None:
    leaver, other = GUILD.idle[:2]
    report = GuildReport(
        guild_id=GUILD.id,
        source="rest",
        at=bot.cog.now(),
        voice={each.id: in_voice(each) for each in (leaver, other)},
        games={each.id: at_a_game(each) for each in (leaver, other)},
    )
    looks = bot.cog._tracker.looks  # noqa: SLF001 - as a check does
    with (
        mock.patch("integrations.looks.begun_turn", return_value=lambda: True),
        mock.patch("integrations.looks.NextTurn"),  # it does not come before they have asked
    ):
        looks.begin(report)
        bot.clock.passes(1)
        await asks(bot.cog.privacy, leaver.id)
    looks.finish()
    assert bot.cog.engine.sessions_of(GUILD.id, leaver.id) == []
    assert len(bot.cog.engine.sessions_of(GUILD.id, other.id)) == 2


async def test_who_asks_to_be_tracked_and_is_already_comes_and_goes_as_ever(bot: FedBot) -> None:
    for person in (SPEAKER, PLAYER):
        await bot.cog.privacy.opt_in(person.id)
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(None)))
    bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(None)))
    bot.clock.passes(3600)
    bot.clock.catches_up()
    await written(bot.cog)
    bot.hears("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(SPEAKER.channel_id)))
    bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(PLAYER.game)))
    for session in sessions(bot):
        assert (session.state, session.stretches) == ("pending", ())


async def test_nor_need_discord_py_know_whoever_is_tracked_again(bot: FedBot) -> None:
    await bot.cog.privacy.opt_out(PLAYER.id)
    bot.clock.passes(600)
    tracked_at = bot.cog.now()
    await bot.cog.privacy.opt_in(PLAYER.id)
    guild = bot.bot.get_guild(GUILD.id)
    assert guild is not None
    guild._members.pop(PLAYER.id)  # noqa: SLF001 - as in a guild that is never chunked
    bot.clock.passes(30)
    bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(PLAYER.game, details="1-1")))
    [session] = bot.cog.engine.sessions_of(GUILD.id, PLAYER.id)
    assert (session.state, session.earliest_start) == ("recovered", tracked_at)
