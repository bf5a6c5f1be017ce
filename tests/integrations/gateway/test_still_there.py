"""Taking in what changes nothing without decoding it comes to what decoding it comes to."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import msgspec
import pytest

from engine import ActivitySeen, GuildReport, PresenceObserved
from integrations.gateway.still_there import StillThere
from machines import SECOND, GameSession, VoiceSession
from tests.benchmarks.population import Person, Population
from tests.how_often import seeds
from tests.integrations.gateway.disturbances import BotOfTwoShards, Disturbances
from tests.integrations.gateway.fed_bot import QUIET, fed, payload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine import Settings
    from tests.benchmarks.population import Guild
    from tests.integrations.gateway.fed_bot import FedBot

PEOPLE = Population.of(20, guilds=1, idle_each=4)
[PLAZA] = PEOPLE.guilds
AFAR = Population.of(80, guilds=4, idle_each=4).guilds[-1]
"""A guild of another shard."""
SPEAKER, PLAYER, IDLER = PEOPLE.in_voice[0], PEOPLE.playing[0], PEOPLE.idle[0]
SHY, BOTS = PEOPLE.people[2], PEOPLE.idle[1:]
STRANGER = Person(7, PLAZA.id)
"""A member whom discord.py has not cached."""
ROLE = {
    "id": "5",
    "name": "sin contar",
    "permissions": "0",
    "position": 1,
    "color": 0,
    "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
    "hoist": False,
    "managed": False,
    "mentionable": False,
    "flags": 0,
}


WAYS = ("voice", "presence", "gone")
"""The methods by which something is taken in undecoded."""


class Event(NamedTuple):
    """An event after so many seconds."""

    after: float
    name: str
    data: dict[str, Any]


def mutes(person: Person, *, on: bool = True) -> dict[str, Any]:
    return payload(person.voice_update(person.channel_id, muted=on))


def plays(person: Person, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field, of any type
    data = payload(person.presence_update(person.game))
    data["activities"][0].update(changes)
    return data


def streams(**changes: object) -> dict[str, Any]:
    told = {"name": "Twitch", "type": 1, "state": None, "details": None, **changes}
    return plays(IDLER, **told)


def plays_only(name: str) -> dict[str, Any]:
    return payload(IDLER.presence_update(name))


def also_plays(name: str, **changes: object) -> dict[str, Any]:
    """Somebody plays what they play, and something else, of which this changes."""
    data = plays(PLAYER)
    other = payload(PLAYER.presence_update(name))["activities"][0]
    data["activities"].append({**other, "application_id": None, **changes})
    return data


def in_other_order(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "activities": data["activities"][::-1]}


def gone(person: Person) -> dict[str, Any]:
    return {"guild_id": str(person.guild_id), "user": person.member["user"]}


def of_a_bot(person: Person, channel_id: int | None, *, muted: bool = False) -> dict[str, Any]:
    data = payload(person.voice_update(channel_id, muted=muted))
    data["member"] = {**data["member"], "user": {**data["member"]["user"], "bot": True}}
    return data


def _voice(chance: random.Random, person: Person) -> dict[str, Any]:
    channel = chance.choice([person.channel_id, *PLAZA.channel_ids[:2], None])
    data = payload(person.voice_update(channel, muted=chance.random() < 0.5))
    data["member"]["user"]["bot"] = person in BOTS
    match chance.randrange(12):
        case 0:
            data["member"]["nick"] = "Otra"
        case 1:
            data["session_id"] = "another"
        case 2 if person not in BOTS:  # the cache has nobody as a bot
            del data["member"]
        case 3:
            data["request_to_speak_timestamp"] = "2025-12-29T20:00:00+00:00"
        case 4:
            data["self_stream"] = True
        case 5:
            data["member"]["roles"] = ["5"]
    return data


def _presence(chance: random.Random, person: Person) -> dict[str, Any]:
    game = chance.choice([person.game, "Juego 1", None])
    data = payload(person.presence_update(game, details=str(chance.random())))
    shown = data["activities"][0]
    match chance.randrange(12):
        case 0:
            shown.pop("application_id", None)
        case 1:
            shown["name"] = " juego 1 "
        case 2:
            shown["type"] = chance.choice([1, 2, 3, "0", None, 6, True])
        case 3:
            data["activities"].append({**shown, "name": "Otro juego"})
        case 4:
            data["activities"].append({"name": "Spotify", "type": 2, "created_at": 1})
        case 5:
            shown["application_id"] = chance.choice([None, 7, "8"])
        case 6:
            data["activities"] = []
        case 7:
            data["activities"].append({"name": "osu!", "type": 0, "created_at": 1})
        case 8:
            shown["type"], shown["state"] = 1, chance.choice(["Juego 1", None])
    return data


def _roles(chance: random.Random, person: Person) -> dict[str, Any]:
    roles = chance.choice([[], ["5"]])
    return {**person.member, "guild_id": str(person.guild_id), "roles": roles}


def _comes_or_goes(chance: random.Random, after: float, person: Person) -> Event:
    if chance.random() < 0.3:
        joined = {**person.member, "guild_id": str(person.guild_id)}
        return Event(after, "GUILD_MEMBER_ADD", joined)
    return Event(after, "GUILD_MEMBER_REMOVE", gone(person))


def evening(seed: int) -> list[Event]:
    """What may happen in an evening; most of it changes nothing."""
    chance = random.Random(seed)  # noqa: S311 - an evening, not a secret
    people = [*PEOPLE.people, *PEOPLE.idle, STRANGER]
    events = [Event(0.0, "GUILD_ROLE_CREATE", {"guild_id": str(PLAZA.id), "role": ROLE})]
    for _ in range(120):
        after = chance.choice([0.0, 0.5, 1.0, 3.5, 8.0])
        person = chance.choice(people)
        kind = chance.randrange(11)
        if kind == 10:
            events.append(_comes_or_goes(chance, after, person))
        elif kind < 4:
            events.append(Event(after, "VOICE_STATE_UPDATE", _voice(chance, person)))
        elif kind < 5:
            events.append(Event(after, "VOICE_STATE_UPDATE", mutes(SPEAKER, on=bool(kind % 2))))
        elif kind < 6:
            events.append(Event(after, "GUILD_MEMBER_UPDATE", _roles(chance, person)))
        else:
            events.append(Event(after, "PRESENCE_UPDATE", _presence(chance, person)))
    return events


def disturbed(seed: int) -> list[Event]:
    """The same evening, with cuts and looks here and elsewhere; hardly ever none of them."""
    chance = random.Random(seed)  # noqa: S311 - as above
    events: list[Event] = []
    for event in evening(seed):
        if chance.random() < 0.25:
            guild = chance.choice([PLAZA, AFAR, AFAR, AFAR])
            data: dict[str, Any] = {"guild": guild}
            name = chance.choice(DISTURBANCES)
            if name in {"look", "hold"}:
                people = [each for each in guild.people if each != SHY]
                data["here"] = {each.id for each in people if chance.random() < 0.8}
            events.append(Event(chance.choice([0.0, 0.5]), name, data))
        events.append(event)
    return events


DISTURBANCES = (
    *("cut", "cut", "resumed", "resumed", "resumed", "begun_anew"),
    *("look", "look", "looks_end", "looks_end", "looks_end", "hold", "let_go"),
)


async def after_each(
    folder: Path,
    events: list[Event],
    settings: Settings,
    mute: Callable[[], Any],
    population: Population = PEOPLE,
    of_two_shards: bool = False,
) -> list[Any]:
    """Return all that is held after each event."""
    seen: list[Any] = []
    seated: set[int] = set()
    connected = BotOfTwoShards() if of_two_shards else None
    with mute():
        async with fed(folder, population, settings, bot=connected) as bot:
            bot.cog._opted_out.add(SHY.id)  # noqa: SLF001 - before what they have is closed
            disturbances = Disturbances(bot.cog)
            for event in copy.deepcopy(events):
                bot.clock.passes(event.after)
                bot.clock.catches_up()
                if event.name in DISTURBANCES:
                    getattr(disturbances, event.name)(*event.data.values())
                else:
                    bot.hears(event.name, event.data)
                sit = seated_in(bot)
                seated = sit | seated if of_two_shards else sit  # a look may end their session
                seen.append(held_by(bot, seated))
    return seen


def seated_in(bot: FedBot) -> set[int]:
    """Return whoever has a session in voice."""
    sessions = bot.cog.engine.sessions()
    return {each.user_id for each in sessions if isinstance(each, VoiceSession)}


def held_by(bot: FedBot, seated: set[int]) -> Any:  # noqa: ANN401 - to be compared, and no more
    """Return the sessions, of whom it was heard when, what to look for, and who is in voice.

    ``seated`` are those whose session in voice says, or said, itself when that was.
    """
    engine, sources = bot.cog.engine, bot.cog.sources
    lately = bot.cog.now() - 120 * SECOND
    heard: dict[tuple[int, bool], int] = {}
    for part in (engine._hearing._earlier, engine._hearing._later):  # noqa: SLF001 - what outdates a look
        for voice in (False, True):
            for people in part[voice].values():
                heard |= {(each, voice): at for each, at in people.items() if at > lately}
    for user_id in seated:
        heard.pop((user_id, True), None)
    wanted = dict(sources.contradictions._wanted)  # noqa: SLF001 - what it looks for
    states = sources.occupancy._states.get(PLAZA.id)  # noqa: SLF001 - to the last switch
    in_voice = {} if states is None else msgspec.to_builtins(states.by_person)
    heard_at = sources.occupancy._heard_at.get(PLAZA.id)  # noqa: SLF001 - which may outdate an audit
    return bot.sessions(), heard, wanted, in_voice, heard_at


def never() -> Any:  # noqa: ANN401 - mock's own type
    """Decode everything."""
    no = mock.Mock(return_value=False)
    return mock.patch.multiple(StillThere, **dict.fromkeys(WAYS, no))


class Counted:
    """Counts how many events were taken in undecoded."""

    def __init__(self) -> None:
        self.taken = 0

    def __call__(self) -> Any:  # noqa: ANN401 - mock's own type
        ways = {name: self._counting(getattr(StillThere, name)) for name in WAYS}
        return mock.patch.multiple(StillThere, **ways)

    def _counting(self, take: Callable[[StillThere, dict[str, Any]], bool]) -> Any:  # noqa: ANN401
        def counted(still_there: StillThere, data: dict[str, Any]) -> bool:
            taken = take(still_there, data)
            self.taken += taken
            return taken

        return counted


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"track_listening": True},
        {"streaming": "game"},
        {"streaming": "separate"},
        {"game_aliases": {"Juego 1": "Uno"}, "ignored_games": frozenset({"Juego 2"})},
        {"ignored_games": frozenset({"osu!"})},
        {"ignored_roles": frozenset({5})},
        {"ignored_channels": frozenset({PLAZA.channel_ids[0]})},
        {"ignore_bots": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("seed", seeds(2, of=10))
async def test_it_comes_to_the_same_as_decoding_everything(
    tmp_path: Path, seed: int, changes: dict[str, Any]
) -> None:
    settings = msgspec.structs.replace(QUIET, **changes)
    counted = Counted()
    events = evening(seed)
    quick = await after_each(tmp_path / "quick", events, settings, counted)
    plain = await after_each(tmp_path / "plain", events, settings, never)
    for number, (one, other) in enumerate(zip(quick, plain, strict=True)):
        assert one == other, events[number]
    assert counted.taken > len(events) / 16


@pytest.mark.parametrize("seed", seeds(5, of=50))
async def test_it_comes_to_the_same_whatever_is_cut_and_looked_at_here_and_elsewhere(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.looks.ENGINE_PIECES", 3)  # so that looks stay under way
    monkeypatch.setattr("integrations.turns._TURN", 3_600.0)  # whatever the machine is doing
    counted = Counted()
    events = disturbed(seed)
    both = Population((PLAZA, AFAR))
    quick = await after_each(tmp_path / "quick", events, QUIET, counted, both, of_two_shards=True)
    plain = await after_each(tmp_path / "plain", events, QUIET, never, both, of_two_shards=True)
    for number, (one, other) in enumerate(zip(quick, plain, strict=True)):
        assert one == other, events[number]
    assert counted.taken


async def test_what_most_events_are_is_taken_in_undecoded(tmp_path: Path) -> None:
    counted = Counted()
    with counted():
        async with fed(tmp_path, PEOPLE) as bot:
            for on in (True, False, True):
                bot.hears("VOICE_STATE_UPDATE", mutes(SPEAKER, on=on))
            for details in ("1-0", "2-0"):
                bot.hears("PRESENCE_UPDATE", plays(PLAYER, details=details))
            bot.hears("PRESENCE_UPDATE", payload(IDLER.presence_update(None)))
            bot.hears("PRESENCE_UPDATE", also_plays("Hang Status", type=6))
            bot.hears("PRESENCE_UPDATE", payload(STRANGER.presence_update(None)))
            for person in (IDLER, STRANGER):
                bot.hears("VOICE_STATE_UPDATE", payload(person.voice_update(None)))
                bot.hears("GUILD_MEMBER_REMOVE", gone(person))
            for channel_id in (*PLAZA.channel_ids[:2], None):
                bot.hears("VOICE_STATE_UPDATE", of_a_bot(BOTS[0], channel_id))
    assert counted.taken == 15


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(None))),
        ("VOICE_STATE_UPDATE", payload(SPEAKER.voice_update(PLAZA.channel_ids[5]))),
        ("VOICE_STATE_UPDATE", payload(IDLER.voice_update(PLAZA.channel_ids[5]))),
        ("GUILD_MEMBER_REMOVE", gone(SPEAKER)),
        ("GUILD_MEMBER_REMOVE", gone(PLAYER)),
        ("PRESENCE_UPDATE", plays(PLAYER, name="Otro")),
        ("PRESENCE_UPDATE", plays(PLAYER, application_id="7")),
        ("PRESENCE_UPDATE", plays(IDLER, name="Otro", type=0)),
        ("PRESENCE_UPDATE", plays(PLAYER, type=1)),
        ("PRESENCE_UPDATE", plays(PLAYER, type=[])),
    ],
    ids=str,
)
async def test_what_may_mean_more_is_left_to_be_decoded(
    tmp_path: Path, event: str, data: dict[str, Any]
) -> None:
    counted = Counted()
    with counted():
        async with fed(tmp_path, PEOPLE) as bot:
            bot.hears(event, copy.deepcopy(data))
    assert counted.taken == 0


async def test_whoever_gets_an_ignored_role_is_decoded(tmp_path: Path) -> None:
    counted = Counted()
    settings = msgspec.structs.replace(QUIET, ignored_roles=frozenset({5}))
    with counted():
        async with fed(tmp_path, PEOPLE, settings) as bot:
            bot.hears("VOICE_STATE_UPDATE", mutes(SPEAKER))
            assert counted.taken == 1
            bot.hears("VOICE_STATE_UPDATE", _with_roles(mutes(SPEAKER, on=False), "5"))
            here = bot.cog.engine.voice_of(PLAZA.id, SPEAKER.id)
            assert here is not None
            assert here.absent_since is not None
    assert counted.taken == 1


async def test_of_whoever_has_many_roles_only_the_ignored_ones_are_asked_for(
    tmp_path: Path,
) -> None:
    """discord.py makes and sorts a list of all of them at each ``Member.roles``."""
    settings = msgspec.structs.replace(QUIET, ignored_roles=frozenset({5}))
    async with fed(tmp_path, PEOPLE, settings) as bot:
        with mock.patch("discord.Member.roles", mock.PropertyMock(return_value=[])) as roles:
            bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(PLAYER.game, details="1")))
            bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update("Otro")))
            bot.hears("VOICE_STATE_UPDATE", _with_roles(mutes(SPEAKER), "7", "8"))
        assert not roles.called
        assert bot.cog.engine.sessions_of(PLAZA.id, PLAYER.id)


@pytest.mark.parametrize(
    ("changes", "events"),
    [
        (
            {"ignored_channels": frozenset({PLAZA.channel_ids[7]})},
            [payload(IDLER.voice_update(PLAZA.channel_ids[7], muted=on)) for on in (False, True)],
        ),
        ({}, [of_a_bot(IDLER, PLAZA.channel_ids[7], muted=on) for on in (False, True)]),
        ({"streaming": "separate"}, [streams(state=game) for game in ("osu!", "osu!")]),
        ({}, [also_plays("osu!", details=each) for each in ("1-0", "2-0")]),
        ({}, [also_plays("osu!"), in_other_order(also_plays("osu!"))]),
        ({}, [also_plays("osu!", application_id="7"), also_plays("osu!")]),
        ({"ignored_games": frozenset({"osu!"})}, [plays_only("osu!")] * 2),
        ({"ignored_games": frozenset({"osu!"})}, [also_plays("osu!", details="1-0")] * 2),
        ({"track_listening": True}, [also_plays("Spotify", type=2)] * 2),
        ({"streaming": "game"}, [also_plays("Twitch", type=1, state=PLAYER.game)] * 2),
    ],
)
async def test_the_second_of_two_that_change_nothing_is_taken_in_undecoded(
    tmp_path: Path, changes: dict[str, Any], events: list[dict[str, Any]]
) -> None:
    counted = Counted()
    settings = msgspec.structs.replace(QUIET, **changes)
    first, second = (copy.deepcopy(each) for each in events)
    with counted():
        async with fed(tmp_path, PEOPLE, settings) as bot:
            bot.hears(_event_of(first), first)
            before = counted.taken
            bot.hears(_event_of(second), second)
    assert counted.taken == before + 1


async def test_whoever_closed_a_game_a_moment_ago_is_like_anybody_else(tmp_path: Path) -> None:
    counted = Counted()
    with counted():
        async with fed(tmp_path, PEOPLE) as bot:
            bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(None)))
            bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update(None, status="idle")))
            bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update("Otro")))
            bot.hears("PRESENCE_UPDATE", payload(PLAYER.presence_update("Otro", details="1")))
            bot.hears("PRESENCE_UPDATE", plays(PLAYER))
            held = [
                game.absent_since for game in bot.cog.engine.registry.games_of(PLAZA.id, PLAYER.id)
            ]
    assert counted.taken == 2
    assert held == [None]


def shows(*games: tuple[str, str | None]) -> dict[str, Any]:
    data = plays_only("osu!")
    [shown] = data["activities"]
    data["activities"] = [{**shown, "name": name, "application_id": app} for name, app in games]
    return data


@pytest.mark.parametrize(
    "told",
    [
        [shows(("osu!", "1"), ("OSU!", "2")), shows(("osu!", "1"), ("OSU!", None))],
        [shows(("osu!", "1"), ("OSU!", "2")), shows(("OSU!", "2")), shows(("OSU!", None))],
    ],
    ids=["goes on", "closed"],
)
async def test_a_game_without_an_id_may_be_any_of_its_name_however_that_is_spelled(
    tmp_path: Path, told: list[dict[str, Any]]
) -> None:
    events = [Event(40.0, "PRESENCE_UPDATE", data) for data in told]
    quick = await after_each(tmp_path / "quick", events, QUIET, Counted())
    assert quick == await after_each(tmp_path / "plain", events, QUIET, never)


@pytest.mark.parametrize("take", [Counted(), never], ids=["undecoded", "decoded"])
async def test_whoever_was_heard_to_play_one_game_is_not_found_in_another_by_older_evidence(
    tmp_path: Path, take: Callable[[], Any]
) -> None:
    with take():
        async with fed(tmp_path, PEOPLE) as bot:
            asked_at = bot.cog.now()
            bot.clock.passes(1)
            seen_at = bot.cog.now()
            bot.clock.passes(1)
            bot.hears("PRESENCE_UPDATE", plays(PLAYER, details="1-0"))
            activities = (ActivitySeen(str(PLAYER.game)), ActivitySeen("osu!"))
            seen = PresenceObserved(
                guild_id=PLAZA.id, user_id=PLAYER.id, username=None, activities=activities
            )
            report = GuildReport(
                guild_id=PLAZA.id,
                source="audit",
                at=seen_at,
                asked_at=asked_at,
                games={PLAYER.id: seen},
                looked_games=frozenset({PLAYER.id}),
            )
            await bot.cog._tracker.looks.begin(report)  # noqa: SLF001 - as an audit does
            games = bot.cog.engine.registry.games_of(PLAZA.id, PLAYER.id)
    assert [game.game_name for game in games] == [PLAYER.game]


@pytest.mark.parametrize(
    ("disturbance", "found"), [("cut", []), ("look", [()]), ("hold", [()])], ids=str
)
@pytest.mark.parametrize(("guild", "taken"), [(PLAZA, 0), (AFAR, 4)], ids=["here", "elsewhere"])
async def test_only_what_happens_to_their_own_guild_has_events_decoded(
    tmp_path: Path,
    guild: Guild,
    taken: int,
    disturbance: str,
    found: list[tuple[int, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.looks.ENGINE_PIECES", 3)  # so that a look stays under way
    counted, both = Counted(), Population((PLAZA, AFAR))
    with counted():
        async with fed(tmp_path, both, bot=BotOfTwoShards()) as bot:
            disturbances = Disturbances(bot.cog)
            getattr(disturbances, disturbance)(guild, *found)
            _tells_what_changes_nothing(bot)
            assert counted.taken == taken
            disturbances.are_over(guild)
            before = counted.taken
            bot.hears("PRESENCE_UPDATE", payload(IDLER.presence_update(None)))
    assert counted.taken == before + 1


@pytest.mark.parametrize(("guild", "taken"), [(PLAZA, 0), (AFAR, 4)], ids=["here", "elsewhere"])
async def test_while_sessions_are_being_placed_in_their_guild_events_are_decoded(
    tmp_path: Path, guild: Guild, taken: int
) -> None:
    counted = Counted()
    with counted():
        async with fed(tmp_path, PEOPLE) as bot:
            placing = bot.cog._placing  # noqa: SLF001 - as a guild that comes has it begin
            under_way = mock.patch.dict(placing.under_way, {guild.id: {}})
            with under_way, mock.patch.object(placing, "finish"):  # there is nobody to be placed
                _tells_what_changes_nothing(bot)
            assert counted.taken == taken
            bot.hears("VOICE_STATE_UPDATE", mutes(SPEAKER))
    assert counted.taken == taken + 1


def _tells_what_changes_nothing(bot: FedBot) -> None:
    bot.hears("VOICE_STATE_UPDATE", mutes(SPEAKER, on=False))
    bot.hears("PRESENCE_UPDATE", plays(PLAYER, details="1-0"))
    bot.hears("PRESENCE_UPDATE", payload(IDLER.presence_update(None)))
    bot.hears("GUILD_MEMBER_REMOVE", gone(STRANGER))


async def test_of_whoever_opted_out_nothing_is_decoded(tmp_path: Path) -> None:
    counted = Counted()
    with counted():
        async with fed(tmp_path, PEOPLE) as bot:
            bot.cog._opted_out.add(IDLER.id)  # noqa: SLF001 - before its file is written
            channel_id = PLAZA.channel_ids[3]
            bot.hears("VOICE_STATE_UPDATE", payload(IDLER.voice_update(channel_id)))
            bot.hears("VOICE_STATE_UPDATE", payload(IDLER.voice_update(channel_id, muted=True)))
            bot.hears("PRESENCE_UPDATE", payload(IDLER.presence_update("osu!")))
            held = bot.cog.engine.sessions_of(PLAZA.id, IDLER.id)
    assert counted.taken == 3
    assert not held


def _event_of(data: dict[str, Any]) -> str:
    return "PRESENCE_UPDATE" if "activities" in data else "VOICE_STATE_UPDATE"


def _with_roles(data: dict[str, Any], *roles: str) -> dict[str, Any]:
    data["member"] = {**data["member"], "roles": list(roles)}
    return data


async def test_a_stream_goes_by_what_is_streamed(tmp_path: Path) -> None:
    async with fed(tmp_path, PEOPLE) as bot:
        bot.hears("PRESENCE_UPDATE", streams())
        bot.hears(
            "PRESENCE_UPDATE",
            {**streams(), "activities": [{**streams()["activities"][0], "state": "Fortnite"}]},
        )
        names = {getattr(session, "game_name", None) for session in bot.cog.engine.sessions()}
    assert "Fortnite" in names


async def test_an_alias_of_an_alias_is_another_game(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(QUIET, game_aliases={"Uno": "Dos", "Dos": "Tres"})
    async with fed(tmp_path, PEOPLE, settings) as bot:
        for name in ("Uno", "Dos"):
            bot.hears("PRESENCE_UPDATE", plays(IDLER, name=name, type=0, application_id="7"))
        games = [each for each in bot.cog.engine.sessions() if isinstance(each, GameSession)]
        here = {game.game_name for game in games if game.user_id == IDLER.id}
    assert here == {"Tres"}


async def test_of_whoever_opted_out_nothing_is_taken_in_even_while_that_is_written(
    tmp_path: Path,
) -> None:
    async with fed(tmp_path, PEOPLE) as bot:
        bot.cog._opted_out |= {SPEAKER.id, PLAYER.id}  # noqa: SLF001 - before its file is written
        bot.hears("VOICE_STATE_UPDATE", mutes(SPEAKER))
        bot.hears("PRESENCE_UPDATE", plays(PLAYER, details="1-0"))
        left = [
            session.absent_since
            for session in bot.cog.engine.sessions()
            if getattr(session, "user_id", None) in {SPEAKER.id, PLAYER.id}
        ]
    assert len(left) == 2
    assert None not in left


async def test_somebody_who_has_another_name_by_now_is_known_by_it_with_the_next_presence(
    tmp_path: Path,
) -> None:
    async with fed(tmp_path, PEOPLE) as told:
        renamed = {"guild_id": str(PLAZA.id), **PLAYER.member, "nick": "Otra"}
        told.hears("GUILD_MEMBER_UPDATE", renamed)
        told.hears("PRESENCE_UPDATE", plays(PLAYER, details="2-1"))
        [session] = told.cog.engine.registry.games_of(PLAZA.id, PLAYER.id)
        assert session.username == "Otra"
