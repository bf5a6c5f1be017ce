"""Kinds that are not heard: a look proves an instant, and what lies between two is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from engine import (
    ActivitySeen,
    ChannelDeleted,
    GuildRemoved,
    MemberRemoved,
    OptedOut,
    Settings,
)
from machines import BotEvent, SessionChanged
from tests.engine.evening import (
    AGU,
    GENERAL,
    GUILD,
    LOUNGE,
    PINO,
    VALORANT,
    Evening,
    ago,
    away_in,
    only,
    unknown_in,
)

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

    from engine import Observation
    from machines import Kind

NO_VOICE: frozenset[Kind] = frozenset({"voice"})
NO_GAMES: frozenset[Kind] = frozenset({"game", "party"})
BOTH: dict[int, tuple[ActivitySeen, ...]] = {PINO: (VALORANT,), AGU: (VALORANT,)}


@pytest.fixture
def blind(clock: FrozenDateTimeFactory) -> Evening:
    """An evening on which whoever is in voice is not heard."""
    return Evening(clock, unheard=NO_VOICE)


def with_somebody_heard_to_come(clock: FrozenDateTimeFactory, until: float) -> Evening:
    """Return an evening that has heard all so far; what is not heard comes with a restart."""
    evening = Evening(clock)
    evening.look()
    evening.joins(PINO)
    evening.until(until)
    return evening


def with_two_who_played_before(
    clock: FrozenDateTimeFactory, settings: Settings | None = None
) -> Evening:
    """Return an evening that has heard both begin; since a restart no games are heard."""
    evening = Evening(clock, settings)
    evening.look()
    for player in BOTH:
        evening.plays(player, VALORANT)
    evening.until(60)
    evening.unheard = NO_GAMES
    evening.restart(100)
    return evening


def test_what_lies_between_two_looks_is_unknown_though_both_saw_them(blind: Evening) -> None:
    for second in (0, 600, 1200):
        blind.until(second)
        blind.look({PINO: GENERAL} if second else None)
    blind.until(1800)
    blind.look()
    record = blind.record
    assert (record.state, ago(record.started_at), ago(record.last_seen)) == ("orphaned", 600, 1200)
    assert unknown_in(record) == [(0, 1200), (1200, 1800)]


def test_a_session_of_before_is_proved_by_a_look_and_unknown_until_the_next(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = with_somebody_heard_to_come(clock, until=60)
    evening.unheard = NO_VOICE
    evening.restart(100)
    for second in (200, 500):
        evening.until(second)
        evening.look({PINO: GENERAL})
        session = evening.voice_of(PINO)
        assert session is not None
        assert (session.state, ago(session.unwatched_since)) == ("recovered", second)
    evening.unheard = frozenset()
    evening.restart(600)
    evening.until(700)
    evening.look({PINO: GENERAL})
    evening.until(800)
    evening.leaves(PINO)
    evening.until(1600)
    assert unknown_in(evening.record) == [(0, 500), (500, 700)]
    assert ago(evening.record.ended_at) == 800


@pytest.mark.parametrize("gap", ["bridge", 300, "end"])
def test_that_nobody_hears_between_two_looks_is_no_gap(
    clock: FrozenDateTimeFactory, gap: Literal["bridge", "end"] | float
) -> None:
    evening = Evening(clock, Settings(voice_gap=gap), unheard=NO_VOICE)
    evening.look()
    for second in range(600, 6000, 600):
        evening.until(second)
        evening.look({PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(session.started_at), unknown_in(session)) == (600, [(0, 5400)])
    told = [each.name for each in only(evening.effects, BotEvent)]
    assert (told, evening.records) == (["session_recovered"], [])


def five_hours_unwatched(evening: Evening, how: str) -> None:
    """Let nobody be there to look, as the connection is cut or the process does not run."""
    if how == "cut":
        evening.until(19_300)
        evening.unwatched(1_300)
    else:
        evening.until(1_300)
        evening.restart(19_300)


@pytest.mark.parametrize("how", ["cut", "restart"])
@pytest.mark.parametrize(
    ("gap", "records"), [("bridge", []), (300, [(600, 1_200)]), ("end", [(600, 1_200)])]
)
def test_that_nobody_could_look_is_a_gap_as_of_any_other_session(
    clock: FrozenDateTimeFactory,
    gap: Literal["bridge", "end"] | float,
    records: list[tuple[float, float]],
    how: str,
) -> None:
    evening = Evening(clock, Settings(voice_gap=gap), unheard=NO_VOICE)
    for second in (0, 600, 1_200):
        evening.until(second)
        evening.look({PINO: GENERAL} if second else None)
    five_hours_unwatched(evening, how)
    for second in (19_400, 20_000):
        evening.until(second)
        evening.look({PINO: GENERAL})
    assert [(ago(each.started_at), ago(each.ended_at)) for each in evening.records] == records
    session = evening.voice_of(PINO)
    assert session is not None
    began = 19_400 if records else 600
    assert (ago(session.started_at), ago(session.unwatched_since)) == (began, 20_000)
    assert unknown_in(session)[-1][1] == 20_000


@pytest.mark.parametrize("how", ["cut", "restart"])
def test_a_gap_in_games_that_are_not_heard_ends_their_party_as_well(
    clock: FrozenDateTimeFactory, how: str
) -> None:
    evening = with_two_who_played_before(clock, Settings(game_gap=300, party_gap=300))
    for second in (200, 500):
        evening.until(second)
        evening.look({}, BOTH)
    before = len(evening.records)
    five_hours_unwatched(evening, how)
    evening.until(19_400)
    evening.look({}, BOTH)
    told = sorted((each.kind, ago(each.ended_at)) for each in evening.records[before:])
    assert told == [("game", 500), ("game", 500), ("party", 500)]
    assert (evening.games_of(PINO), evening.parties()) == ([], [])


def test_a_look_while_the_connection_is_cut_ends_the_gap_up_to_it(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = Evening(clock, Settings(voice_gap=300), unheard=NO_VOICE)
    for second in (0, 600, 1_200):
        evening.until(second)
        evening.look({PINO: GENERAL} if second else None)
    evening.until(1_300)
    evening.unwatched(1_210)
    for second in (1_400, 2_000, 2_600):  # by REST, which needs no connection
        evening.until(second)
        evening.look({PINO: GENERAL}, source="rest")
    assert evening.records == []
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(0, 1_200), (1_200, 2_600)]


def test_what_was_watched_between_a_gap_and_the_first_look_stays_known(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = with_somebody_heard_to_come(clock, until=200)
    evening.unwatched(100)
    evening.look({PINO: GENERAL})
    evening.until(300)
    evening.shows(PINO)
    evening.heartbeat()
    evening.unheard = NO_VOICE
    evening.restart(310)
    for second in (400, 500):
        evening.until(second)
        evening.look({PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(0, 200), (300, 500)]


def test_of_whom_a_look_said_something_is_forgotten_with_their_session(blind: Evening) -> None:
    for second in (0, 600, 1_200):
        blind.until(second)
        blind.look({PINO: GENERAL, AGU: GENERAL} if second else None)
    held = blind.engine._firing.unheard._looked_at  # noqa: SLF001 - that it is let go of
    assert len(held) == 2
    blind.tell(OptedOut(guild_id=GUILD, user_id=PINO))
    assert len(held) == 1
    for _each in blind.engine.let_go():
        pass
    assert not held


def test_what_a_look_has_found_is_written_down_and_what_says_nothing_changes_nothing(
    blind: Evening,
) -> None:
    blind.look()
    blind.until(600)
    blind.look({PINO: GENERAL})
    blind.until(1200)
    written = only(blind.look({PINO: GENERAL}), SessionChanged)[-1].session
    assert (ago(written.unwatched_since), unknown_in(written)) == (1200, [(0, 1200)])
    blind.until(1500)
    assert blind.look(without=PINO) == []
    session = blind.voice_of(PINO)
    assert session is not None
    assert (ago(session.unwatched_since), unknown_in(session)) == (1200, [(0, 1200)])


def test_whoever_was_seen_to_leave_before_is_gone_at_the_end_of_the_grace(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = with_somebody_heard_to_come(clock, until=60)
    evening.leaves(PINO)
    evening.unheard = NO_VOICE
    evening.restart(61)
    evening.until(62)
    evening.look()
    evening.until(2000)
    assert (evening.record.state, ago(evening.record.ended_at)) == ("ended", 60)


@pytest.mark.parametrize("unheard", [frozenset(), NO_VOICE])
def test_a_look_that_says_nothing_takes_nothing_from_what_was_watched_before(
    clock: FrozenDateTimeFactory, unheard: frozenset[Kind]
) -> None:
    evening = with_somebody_heard_to_come(clock, until=600)
    evening.heartbeat()
    evening.unheard = unheard
    evening.restart(700)
    evening.until(710)
    evening.look(without=PINO)
    evening.until(900)
    evening.look()
    assert (ago(evening.record.ended_at), evening.record.seconds) == (600, 600)


def test_games_go_on_to_be_heard_where_voice_is_not(blind: Evening) -> None:
    blind.look()
    blind.plays(PINO, VALORANT)
    blind.until(60)
    blind.look({}, {PINO: (VALORANT,)})
    assert blind.game_of(PINO).unwatched_since is None
    blind.until(90)
    blind.plays(PINO)
    blind.until(2000)
    assert (unknown_in(blind.record), ago(blind.record.ended_at)) == ([], 90)


def test_a_party_is_no_better_known_than_the_games_of_its_players(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = with_two_who_played_before(clock)
    for second in (200, 500):
        evening.until(second)
        evening.look({}, BOTH)
        assert ago(evening.party().unwatched_since) == second
    evening.until(800)
    evening.look({}, {})
    [party] = [each for each in evening.records if each.kind == "party"]
    assert (party.state, ago(party.started_at), away_in(party)) == ("orphaned", 0, [])
    assert (party.seconds, party.uncertain_seconds) == (500, 500)


def test_nobody_is_found_to_play_where_nobody_hears_of_games(clock: FrozenDateTimeFactory) -> None:
    """Whose games are known from before may be asked about, and may play another by then."""
    evening = Evening(clock)
    evening.look()
    evening.plays(PINO, VALORANT)
    evening.until(60)
    evening.unheard = NO_GAMES
    evening.restart(100)
    evening.until(200)
    evening.look({}, {PINO: (VALORANT, "Chess"), AGU: (VALORANT,)})
    assert evening.game_of(PINO).state == "recovered"
    assert (evening.games_of(AGU), evening.parties()) == ([], [])


def test_whoever_is_found_in_another_channel_moved_at_an_unknown_instant(blind: Evening) -> None:
    blind.look()
    for second, channel in ((600, GENERAL), (1200, LOUNGE)):
        blind.until(second)
        blind.look({PINO: channel})
    session = blind.voice_of(PINO)
    assert session is not None
    assert [(stay.channel_id, ago(stay.floor)) for stay in session.stays] == [
        (GENERAL.id, 600),
        (LOUNGE.id, 600),
    ]


CLOSINGS: dict[str, Observation] = {
    "opted_out": OptedOut(guild_id=GUILD, user_id=PINO),
    "member_removed": MemberRemoved(guild_id=GUILD, user_id=PINO),
    "guild_removed": GuildRemoved(guild_id=GUILD),
}
OF_CHANNEL = ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id)


@pytest.mark.parametrize("closing", [*CLOSINGS.values(), OF_CHANNEL])
@pytest.mark.parametrize("looks", [(600,), (600, 1200)])
def test_whatever_ends_a_stay_the_time_since_the_last_look_is_not_credited(
    blind: Evening, closing: Observation, looks: tuple[int, ...]
) -> None:
    blind.look()
    for second in looks:
        blind.until(second)
        blind.look({PINO: GENERAL})
    blind.until(3000)
    blind.tell(closing)
    blind.sweep()
    blind.until(5000)
    record = blind.record
    assert record.seconds <= looks[-1] - looks[0]
    assert record.uncertain_seconds is not None
    assert record.uncertain_seconds >= 3000 - looks[-1]
    assert unknown_in(record)[-1] == (looks[-1], 3000)


@pytest.mark.parametrize("closing", CLOSINGS.values())
def test_so_it_is_of_games_that_went_on_before(
    clock: FrozenDateTimeFactory, closing: Observation
) -> None:
    evening = with_two_who_played_before(clock)
    for second in (200, 500):
        evening.until(second)
        evening.look({}, BOTH)
    evening.until(3000)
    evening.tell(closing)
    evening.sweep()
    evening.until(5000)
    of_pino = [each for each in evening.records if each.user_id == PINO]
    assert of_pino
    for record in of_pino:
        assert record.seconds <= 500
        assert unknown_in(record)[-1] == (500, 3000)
