"""What a live session takes, and what is left of people who are gone: nothing."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import TYPE_CHECKING

import msgspec
import pytest

from engine import (
    ActivitySeen,
    Channel,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
)
from engine.registry import Registry
from machines import (
    SECOND,
    CooldownStarted,
    GameSession,
    GuildWatch,
    LiveState,
    PartySession,
    SessionChanged,
    Stretch,
    VoiceSession,
)
from persistence.entries import Entries
from persistence.iso_time import from_text, to_text
from persistence.shelves import Shelves
from persistence.snapshot import SnapshotStore
from persistence.snapshot_format import encode_session, session_from
from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.memory import held_of
from tests.benchmarks.month import arrival, departure, shift_of
from tests.benchmarks.our_cog import our_cog
from tests.benchmarks.population import Guild, Person, Population, frame
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.benchmarks.traced import written
from tests.costs.containers import lengths
from tests.machines.builders import voice

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

NOW = 1_767_045_600 * SECOND
KIB = 1024
GUILD = 900_000_000_000_000_000
FIRST = 200_000_000_000_000_000
GENERAL = Channel(GUILD + 1, "General")


@pytest.mark.parametrize(
    ("old", "in_a_guild"), [(600, 1_000), (7_200, 1_000), (7_200, 10), (600, 10)]
)
def test_a_live_session_takes_less_than_a_kibibyte_all_in(
    tmp_path: Path, old: int, in_a_guild: int
) -> None:
    """With instants of its own, each of them; names and numbers are there, for discord.py has them.

    Its cooldown, if one runs, is of a guild like most.
    """
    people = 3_000
    guild_ids = [GUILD + number for number in range(people // in_a_guild)]
    named = [(FIRST + number, f"Persona {number}") for number in range(people)]
    engine = SessionEngine(Settings())
    store = SnapshotStore(tmp_path, now=lambda: NOW + old * SECOND)
    tracemalloc.start()
    for number, (user_id, name) in enumerate(named):
        at, guild_id = NOW + number * 1_000, guild_ids[number // in_a_guild]
        if number % 3:
            seen = VoiceObserved(guild_id=guild_id, user_id=user_id, username=name, channel=GENERAL)
            engine.observe(seen, at)
        else:
            game = ActivitySeen(f"Juego {number % 30}", 7)
            played = PresenceObserved(
                guild_id=guild_id, user_id=user_id, username=name, activities=(game,)
            )
            engine.observe(played, at)
    for effect in engine.advance(NOW + 60 * SECOND):
        if isinstance(effect, SessionChanged):
            store.put(effect.session)
        elif isinstance(effect, CooldownStarted):
            store.cool(effect.cooldown)
    silent = PresenceObserved(guild_id=GUILD, user_id=FIRST - 1, username=None, activities=())
    engine.observe(silent, NOW + old * SECOND)  # what was heard before that is forgotten
    engine.tidy()
    state = engine.live_state(NOW + old * SECOND)
    assert bool(state.cooldowns) == (old == 600)
    store.replace(state)  # as the checks do meanwhile
    store.flush_now()
    gc.collect()
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert store.count == sum(engine.counts().values()) >= people
    assert held / store.count < KIB
    store.close()


@pytest.mark.parametrize("in_a_guild", [1_000, 10])
async def test_a_cooldown_takes_a_fifth_of_its_session_at_most(
    tmp_path: Path, in_a_guild: int
) -> None:
    population = Population.of(1_000, guilds=1_000 // in_a_guild, idle_each=0)
    async with held_of(population, tmp_path) as held:
        await held.come()
        await held.grow_old()
    assert 80 < (held.young - held.live) / held.sessions < 200


async def test_whoever_was_restored_holds_names_and_numbers_that_discord_py_holds(
    tmp_path: Path,
) -> None:
    """And one number of their guild, of a game, and one gap: a decoder makes each anew."""
    population = Population.of(40, guilds=2, idle_each=0)
    await _of_a_start(population, tmp_path)
    bot, sessions, ids = await _of_a_start(population, tmp_path)
    assert {each.state for each in sessions} == {"recovered"}
    assert len({id(each.guild_id) for each in sessions}) == 2
    gaps = [each.stretches for each in sessions if type(each) is VoiceSession]
    assert all(gaps)
    assert len(set(map(id, gaps))) == 2  # the same looks saw all of a guild
    app_ids = [each.app_id for each in sessions if type(each) is GameSession]
    assert len(set(map(id, app_ids))) == len(set(app_ids)) == 1
    for session in sessions:
        guild = bot.get_guild(session.guild_id)
        assert guild is not None
        member = guild.get_member(session.user_id)
        assert member is not None
        assert session.username is member.display_name
        assert session.user_id is member.id
        assert any(each is member.id for each in ids)
        if type(session) is VoiceSession:
            channel = guild.get_channel(session.channel_id)
            assert channel is not None
            assert session.channel_name is channel.name
            assert session.channel_id is channel.id


async def test_whoever_is_in_voice_as_their_guild_comes_is_held_by_discord_pys_numbers(
    tmp_path: Path,
) -> None:
    population = Population.of(40, guilds=2, idle_each=0)
    bot = ConnectedBot()
    cog = our_cog(bot, tmp_path)
    async with connected(population, cog, bot=bot):
        await written(cog)
        for guild in bot.guilds:
            states = cog.sources.occupancy._states[guild.id]  # noqa: SLF001 - what it holds is meant
            own = {member.id: member.id for member in guild.members}
            channels = {channel.id: channel.id for channel in guild.voice_channels}
            assert len(states.by_person) == 14
            assert all(each is own[each] for each in states.by_person)
            held = [state.channel.id for state in states.by_person.values()]
            assert all(each is channels[each] for each in held)
            for guild_ids in (cog.sources.occupancy._states, cog._connections._named):  # noqa: SLF001 - as above
                assert any(each is guild.id for each in guild_ids)


def test_whoever_is_restored_holds_the_number_of_their_guild_that_its_watch_holds() -> None:
    """And so does what is made for them, such as the group of a game."""
    engine = SessionEngine(Settings())
    watch = GuildWatch(guild_id=GUILD, observed_until=NOW)
    sessions = [
        GameSession(
            id=name,
            guild_id=int(str(GUILD)),
            state="confirmed",
            started_at=NOW,
            last_seen=NOW,
            user_id=FIRST,
            username="Pino",
            game_name=name,
        )
        for name in ("Tetris", "osu!")
    ]
    engine.restore(LiveState(sessions=[*sessions], guilds=[watch]), NOW + SECOND)
    groups = list(engine._parties._groups.in_guild(GUILD))  # noqa: SLF001 - what it holds is meant
    assert len(groups) == 2
    assert all(each.guild_id is watch.guild_id for each in (*groups, *engine.sessions()))


async def _of_a_start(
    population: Population, folder: Path
) -> tuple[ConnectedBot, list[VoiceSession | GameSession], list[int]]:
    """Return the bot, the sessions that it had, and the ids by which they were held."""
    bot = ConnectedBot()
    cog = our_cog(bot, folder)
    async with connected(population, cog, bot=bot):
        await written(cog)
        guilds = cog.engine.registry._guilds.values()  # noqa: SLF001 - what it holds is meant
        ids = [user_id for guild in guilds for user_id in (*guild.voice, *guild.games)]
        sessions = cog.engine.sessions()
        return bot, [each for each in sessions if type(each) is not PartySession], ids


def test_an_instant_that_was_read_takes_no_more_room_than_its_digits() -> None:
    texts = [to_text(NOW + number) for number in range(10_000)]  # the last few are kept ready
    instants = [0] * len(texts)
    tracemalloc.start()
    before, _peak = tracemalloc.get_traced_memory()
    for place, text in enumerate(texts):
        instants[place] = from_text(text)
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (held - before) / len(texts) < sys.getsizeof(NOW) + 2


def test_whoever_began_when_last_seen_is_read_with_one_number_for_both() -> None:
    """And so is whoever else was seen by the same look: a decoder makes each anew."""
    saved = voice()
    read = [session_from("voice", name, encode_session(saved)) for name in ("one", "other")]
    instants = [each for session in read for each in (session.started_at, session.last_seen)]
    assert len(set(map(id, instants))) == 1


def test_a_game_that_one_person_plays_has_one_dict_and_no_more() -> None:
    engine = SessionEngine(Settings())
    played = PresenceObserved(
        guild_id=GUILD, user_id=FIRST, username="Pino", activities=(ActivitySeen("Tetris", 7),)
    )
    engine.observe(played, NOW)
    engine.advance(NOW + 60 * SECOND)
    [group] = engine._parties._groups.in_guild(GUILD)  # noqa: SLF001 - what it holds is meant
    assert [path for path in lengths(group) if "[]" not in path] == ["Group.sessions"]
    [held] = engine._parties._groups._groups[GUILD].values()  # noqa: SLF001 - likewise
    assert held is group
    engine.observe(msgspec.structs.replace(played, activities=()), NOW + 61 * SECOND)
    assert group.away is not None
    engine.observe(played, NOW + 62 * SECOND)
    assert group.away is None


def test_a_game_that_nobody_plays_any_more_is_forgotten() -> None:
    engine = SessionEngine(Settings())
    played = PresenceObserved(
        guild_id=GUILD, user_id=FIRST, username="Pino", activities=(ActivitySeen("Tetris", 7),)
    )
    engine.observe(played, NOW)
    engine.observe(msgspec.structs.replace(played, activities=()), NOW + 60 * SECOND)
    engine.advance(NOW + 3600 * SECOND)
    assert engine.registry.count == 0
    assert engine._parties._groups.guild_ids() == []  # noqa: SLF001 - what it holds is meant


def test_once_nobody_plays_any_more_there_is_no_room_left_for_those_who_did() -> None:
    """Python's dicts keep it when they are emptied: 1.5 % of all that there was."""
    engine = SessionEngine(Settings())
    of_session = engine._parties._groups.of_session  # noqa: SLF001 - what it holds is meant
    for activities in ((ActivitySeen("Tetris", 7),), ()):
        for user_id in range(FIRST, FIRST + 100):
            engine.observe(
                PresenceObserved(
                    guild_id=GUILD, user_id=user_id, username="Pino", activities=activities
                ),
                NOW + (0 if activities else 60 * SECOND),
            )
        engine.advance(NOW + (30 if activities else 3_600) * SECOND)
        assert bool(of_session) == bool(activities)
    assert sys.getsizeof(of_session) == sys.getsizeof({})


def test_nor_is_any_in_what_was_to_be_written_and_held_by_guild() -> None:
    entries: Entries[bytes] = Entries()
    shelves: Shelves[int] = Shelves()
    registry = Registry()
    sessions = [voice() for _session in range(1_000)]
    for number, session in enumerate(sessions):
        entries.apply("voice_sessions", str(number), b"")
        shelves.put(str(number), number)
        session.guild_id = number
        registry.add(session)
    held = [entries.of["voice_sessions"], *shelves._shelves, registry._guilds]  # noqa: SLF001 - what they hold is meant
    for number, session in enumerate(sessions):
        entries.apply("voice_sessions", str(number), None)
        assert shelves.pop(str(number)) == number
        registry.remove(session)
    assert {sys.getsizeof(each) for each in held} == {sys.getsizeof({})}


def test_whoever_never_left_or_moved_has_no_container_of_their_own() -> None:
    session, other = voice(), voice()
    assert len({id(session.stretches), id(session.moved), id(other.stretches)}) == 1
    session.stretches += (Stretch(NOW, NOW + 1, "away"),)
    assert lengths(session)["VoiceSession.stretches"] == 1


async def test_nothing_that_is_held_grows_with_those_who_have_come_and_gone(
    tmp_path: Path,
) -> None:
    bot = ConnectedBot()
    cog = our_cog(bot, tmp_path)
    clock = ScriptedClock()
    clock.drives(cog)
    here = shift_of(0)
    told: list[Counter[str]] = []
    async with connected(Population((here,)), cog, bot=bot):
        for shift in range(1, 9):
            await bot.hears([departure(person) for person in here.people])
            clock.passes(900.0)
            clock.catches_up()
            here = shift_of(shift)
            await bot.hears([arrival(person) for person in here.people])
            clock.passes(1800.0)
            clock.catches_up()
            await bot.hears([here.text()])
            await written(cog)
            assert cog.engine.counts().total() >= len(here.people)
            told.append(lengths(cog))
    assert len(told[2]) > 50  # it has gone through all of it
    assert told[-1] - told[2] == {}


async def test_nothing_that_is_held_grows_with_the_guilds_that_the_bot_has_left(
    tmp_path: Path,
) -> None:
    """When people's sessions ended there is known for a day: by then three have been left."""
    bot = ConnectedBot()
    cog = our_cog(bot, tmp_path)
    clock = ScriptedClock()
    clock.drives(cog)
    told: list[Counter[str]] = []
    async with connected(Population((shift_of(0),)), cog, bot=bot):
        for guild_id in range(GUILD + KIB, GUILD + 9 * KIB, KIB):
            one, other = (
                Person(guild_id + 1, guild_id, guild_id + 1),
                Person(guild_id + 2, guild_id),
            )
            await bot.hears([Guild(guild_id, (one,), (other,)).text()])
            clock.passes(60)
            clock.catches_up()
            left = {"id": str(guild_id)}
            await bot.hears([frame("GUILD_DELETE", {**left, "unavailable": True})])
            await bot.hears([frame("GUILD_DELETE", left)])
            clock.passes(30_000)
            clock.catches_up()
            await written(cog)
            assert guild_id not in cog.engine.guild_ids()
            told.append(lengths(cog))
    assert told[-1] - told[2] == {}
