"""What was played is what the truth says, whatever was sent about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.loopback import (
    Activity,
    Guild,
    Interval,
    LoopbackDiscord,
    NotInVoiceError,
    UnnamedActivityError,
)

START = datetime(2025, 12, 29, 22, 0, tzinfo=UTC)


class Clock:
    """A clock that goes only when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def minutes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def played(clock: Clock) -> LoopbackDiscord:
    return LoopbackDiscord(clock=clock)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_a_stay_is_kept_with_the_time_in_each_channel(
    played: LoopbackDiscord, clock: Clock
) -> None:
    guild = played.add_guild("Plaza")
    general, afk = guild.add_voice_channel("General"), guild.add_voice_channel("AFK", afk=True)
    pino = played.add_user("Pino", guild)
    pino.joins(general)
    clock.minutes(10)
    pino.mutes()
    pino.moves(afk)
    clock.minutes(5)
    pino.leaves(lost=True)
    clock.minutes(60)
    pino.joins(general, lost=True)
    clock.minutes(1)

    first, second = played.truth.voice_stays(guild_id=guild.id, user_id=pino.id)
    assert first.channels == [
        (general.id, Interval(at(0), at(10))),
        (afk.id, Interval(at(10), at(15))),
    ]
    assert (first.start, first.end) == (at(0), at(15))
    assert first.seconds(clock()) == 900
    assert first.seconds(clock(), except_channels=[afk.id]) == 600
    assert (second.start, second.end, second.seconds(clock())) == (at(75), None, 60)


def test_a_game_is_kept_for_each_guild_while_its_player_is_a_member(
    played: LoopbackDiscord, clock: Clock
) -> None:
    plaza, market = played.add_guild("Plaza"), played.add_guild("Market")
    pino = played.add_user("Pino", plaza)
    pino.plays("Tetris", application_id=3)
    clock.minutes(1)
    market.add_member(pino)
    clock.minutes(1)
    plaza.remove_member(pino)
    clock.minutes(1)
    pino.goes_offline(lost=True)

    spans = {game.guild_id: game.span for game in played.truth.games(name="Tetris")}
    assert spans == {plaza.id: Interval(at(0), at(2)), market.id: Interval(at(1), at(3))}
    assert {game.application_id for game in played.truth.games()} == {3}


def test_two_games_at_once_are_two_intervals(played: LoopbackDiscord, clock: Clock) -> None:
    guild = played.add_guild("Plaza")
    pino = played.add_user("Pino", guild)
    first = pino.plays("Tetris")
    clock.minutes(1)
    pino.plays("Pong")
    clock.minutes(1)
    pino.stops(first)
    clock.minutes(1)
    pino.stops_playing("Pong")
    spans = {game.name: game.span for game in played.truth.games(user_id=pino.id)}
    assert spans == {"Tetris": Interval(at(0), at(2)), "Pong": Interval(at(1), at(3))}


def _evening(played: LoopbackDiscord, clock: Clock) -> Guild:
    """Pino plays from 0 to 3, agu from 1 to 4, Zeta from 2 on."""
    guild = played.add_guild("Plaza")
    pino, agu, zeta = (played.add_user(name, guild) for name in ("Pino", "agu", "Zeta"))
    for person in (pino, agu, zeta):
        person.plays("Tetris")
        clock.minutes(1)
    for person in (pino, agu):
        person.stops()
        clock.minutes(1)
    return guild


@pytest.mark.parametrize(
    ("at_least", "expected"),
    [
        (1, [Interval(at(0), None)]),
        (2, [Interval(at(1), at(4))]),
        (3, [Interval(at(2), at(3))]),
        (4, []),
    ],
)
def test_a_party_lasts_while_enough_people_play(
    played: LoopbackDiscord, clock: Clock, at_least: int, expected: list[Interval]
) -> None:
    guild = _evening(played, clock)
    found = played.truth.together(guild_id=guild.id, name="Tetris", at_least=at_least)
    assert found == expected


def test_someone_who_is_not_in_voice_cannot_leave_or_move(played: LoopbackDiscord) -> None:
    guild = played.add_guild("Plaza")
    general = guild.add_voice_channel("General")
    pino = played.add_user("Pino", guild)
    with pytest.raises(NotInVoiceError, match="Pino is not in voice"):
        pino.leaves()
    with pytest.raises(NotInVoiceError, match="in Plaza"):
        pino.moves(general)


def test_nobody_can_do_what_has_no_name(played: LoopbackDiscord) -> None:
    pino = played.add_user("Pino", played.add_guild("Plaza"))
    pino.plays("Tetris")
    no_name: Any = None
    for act in (pino.plays, pino.streams, lambda name: pino.does([Activity(name)])):
        for name in (no_name, ""):
            with pytest.raises(UnnamedActivityError, match=r"Pino .* without a name.*\bstops\b"):
                act(name)
    assert [activity.name for activity in pino.activities] == ["Tetris"]


def test_someone_who_is_no_member_cannot_join(played: LoopbackDiscord) -> None:
    general = played.add_guild("Plaza").add_voice_channel("General")
    with pytest.raises(KeyError):
        played.add_user("Zeta").joins(general)


def test_the_same_script_gives_the_same_ids() -> None:
    def ids() -> list[int]:
        discord = LoopbackDiscord()
        guild = discord.add_guild("Plaza")
        return [guild.id, guild.add_voice_channel("General").id, discord.add_user("Pino").id]

    assert ids() == ids()
