"""What befalls guilds and channels, and what there is of them, is taken in at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from engine import Channel, GuildReport, VoiceObserved
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import QUIET, FedBot, fed, payload
from tests.integrations.gateway.plaza import deleted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from integrations.words.wording import Language
    from machines import VoiceSession
    from tests.benchmarks.population import Person

PEOPLE = Population.of(10, guilds=1, idle_each=2)
[PLAZA] = PEOPLE.guilds
SPEAKER, IDLER = PEOPLE.in_voice[0], PEOPLE.idle[0]
SALA, FREE = PLAZA.channel_ids[3], PLAZA.channel_ids[-1]


@pytest.fixture
async def plaza(tmp_path: Path) -> AsyncIterator[FedBot]:
    async with fed(tmp_path, PEOPLE) as bot:
        yield bot


def goes(bot: FedBot, person: Person, channel_id: int | None) -> None:
    bot.hears("VOICE_STATE_UPDATE", payload(person.voice_update(channel_id)))


def voice_of(bot: FedBot, person: Person) -> VoiceSession | None:
    return bot.cog.engine.voice_of(PLAZA.id, person.id)


def updated(**changes: object) -> dict[str, Any]:
    """Return the guild as GUILD_UPDATE describes it."""
    return payload(PLAZA.update(**changes))


async def test_a_guild_that_is_out_is_unwatched_and_one_that_is_left_is_closed(
    plaza: FedBot,
) -> None:
    plaza.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
    assert plaza.cog.engine.watch_of(PLAZA.id).gap_since is not None
    plaza.hears("GUILD_DELETE", {"id": str(PLAZA.id)})
    await plaza.cog._tracker.finish()  # noqa: SLF001 - it says when all is done
    assert not plaza.cog.engine.registry.count


def told_of_the_guild(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if "Plaza" in each.getMessage()]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("is_set_by", [0, 3_600, -3_600])
async def test_the_log_says_once_that_a_guild_is_back_and_after_how_long(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, language: Language, is_set_by: float
) -> None:
    settings = msgspec.structs.replace(QUIET, log_language=language)
    caplog.set_level("INFO", "latido")
    async with fed(tmp_path, PEOPLE, settings=settings) as bot:
        assert told_of_the_guild(caplog) == []
        for seconds in (40, 50):  # an outage that is told of twice began the first time
            bot.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
            bot.clock.passes(seconds)
        bot.clock.is_set(is_set_by)
        bot.hears("GUILD_CREATE", PLAZA.create())
        bot.hears("GUILD_CREATE", PLAZA.create())
    again = {
        "es": "🔌 Plaza vuelve a estar disponible, tras 1 min 30 s",
        "en": "🔌 Plaza is available again, after 1 min 30 s",
    }
    assert told_of_the_guild(caplog)[2:] == [again[language]]


async def test_a_guild_that_was_left_while_it_was_out_is_not_said_to_be_back(
    plaza: FedBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "latido")
    plaza.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
    plaza.hears("GUILD_DELETE", {"id": str(PLAZA.id)})
    plaza.hears("GUILD_CREATE", PLAZA.create())
    assert not any("vuelve" in said for said in told_of_the_guild(caplog))


async def test_whoever_left_in_an_outage_comes_when_they_are_back(tmp_path: Path) -> None:
    """discord.py has had them in voice all the while, and nobody who is found counts here."""
    settings = msgspec.structs.replace(QUIET, recover_missing=False)
    async with fed(tmp_path, PEOPLE, settings=settings) as bot:
        goes(bot, IDLER, FREE)
        bot.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
        bot.hears("GUILD_CREATE", PLAZA.create())
        await written(bot.cog)
        assert voice_of(bot, IDLER) is None
        goes(bot, IDLER, FREE)
        assert voice_of(bot, IDLER) is not None
        bot.cog.sources.contradictions.close()  # there is nobody whom a look could ask


async def test_a_channel_that_is_deleted_closes_the_sessions_in_it(plaza: FedBot) -> None:
    text = {"id": str(SPEAKER.channel_id), "guild_id": str(PLAZA.id), "type": 0}
    plaza.cog._intake.guilds.channel_delete(text)  # noqa: SLF001 - discord.py has no such text channel
    assert voice_of(plaza, SPEAKER) is not None
    plaza.hears("CHANNEL_DELETE", {**text, "type": 2})
    assert voice_of(plaza, SPEAKER) is None


async def test_whoever_was_found_elsewhere_may_have_left_with_a_channel_of_which_is_told_late(
    plaza: FedBot,
) -> None:
    """Nobody's session is in it any more, and no leaving of theirs is ever sent."""
    goes(plaza, IDLER, FREE)
    plaza.clock.passes(60)
    cut_at = plaza.cog.now()
    plaza.cog._connections.is_cut(None)  # noqa: SLF001 - as discord.py says
    plaza.clock.passes(60)
    elsewhere = Channel(SALA, "Sala")
    seen = VoiceObserved(guild_id=PLAZA.id, user_id=IDLER.id, username="x", channel=elsewhere)
    found_at = plaza.cog.now()
    await plaza.cog._tracker.looks.begin(  # noqa: SLF001 - as the cog looks
        GuildReport(
            guild_id=PLAZA.id,
            source="rest",
            at=found_at,
            voice={IDLER.id: seen},
            looked_voice=frozenset({IDLER.id}),
        )
    )
    plaza.hears(*deleted(FREE))
    session = voice_of(plaza, IDLER)
    assert session is not None
    assert session.channel_id == SALA
    [doubt] = session.stretches
    assert (doubt.value, doubt.start, doubt.end) == ("unknown", cut_at, found_at)


async def test_whoever_is_in_what_becomes_the_afk_channel_counts_no_longer(plaza: FedBot) -> None:
    plaza.clock.passes(60)
    plaza.hears("GUILD_UPDATE", updated(afk_channel_id=str(SPEAKER.channel_id)))
    left = voice_of(plaza, SPEAKER)
    assert left is not None
    assert left.absent_since == plaza.cog.now()
    others = [voice_of(plaza, person) for person in PEOPLE.in_voice[1:]]
    assert all(other is not None and other.absent_since is None for other in others)
    goes(plaza, SPEAKER, SALA)
    assert left.absent_since is None


async def test_where_afk_counts_its_becoming_one_changes_nothing(tmp_path: Path) -> None:
    counting = msgspec.structs.replace(QUIET, ignore_afk_channel=False)
    async with fed(tmp_path, PEOPLE, counting) as bot:
        before = bot.sessions()
        bot.hears("GUILD_UPDATE", updated(afk_channel_id=str(SPEAKER.channel_id)))
        assert bot.sessions() == before


async def test_an_update_that_moves_no_afk_channel_changes_nothing(plaza: FedBot) -> None:
    before = plaza.sessions()
    plaza.hears("GUILD_UPDATE", updated(name="Otra plaza"))
    assert plaza.sessions() == before


async def test_over_a_gap_an_afk_channel_proves_nothing_about_who_is_in_it(
    plaza: FedBot,
) -> None:
    plaza.hears("GUILD_DELETE", {"id": str(PLAZA.id), "unavailable": True})
    plaza.clock.passes(60)
    plaza.hears("GUILD_UPDATE", updated(afk_channel_id=str(SPEAKER.channel_id)))
    unseen = voice_of(plaza, SPEAKER)
    assert unseen is not None
    assert unseen.unwatched_since is not None
    assert unseen.absent_since is None
