"""Forgetting a player of a live party: their name goes, and the time of the others stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from engine import OptedOut, Settings
from machines import LogLine
from persistence.leaving_out import leave_out
from tests.engine.evening import AGU, GUILD, PINO, START, ZETA, Evening, ago, only

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

    from machines import Record

OSU = "osu!"


def plays_together(evening: Evening, *people: int) -> None:
    for user in people:
        evening.plays(user, OSU)
    evening.until(60)


def opts_out(evening: Evening, user: int) -> None:
    evening.tell(OptedOut(guild_id=GUILD, user_id=user))


def is_forgotten(evening: Evening, user: int) -> int:
    """Forget somebody in a running bot; return how many parties let go of their name."""
    opts_out(evening, user)
    return sum(evening.engine.forgetting(user))


def party_record(evening: Evening) -> Record:
    evening.until(10_000)
    [record] = [record for record in evening.records if record.kind == "party"]
    return record


def time_in(record: Record) -> tuple[object, ...]:
    """Return what a record asserts of a party."""
    return (
        ago(record.started_at),
        ago(record.ended_at),
        record.stretches,
        record.seconds,
        record.uncertain_seconds,
        record.max_players,
    )


def names_in(thing: msgspec.Struct) -> str:
    return msgspec.json.encode(thing).decode()


@pytest.mark.parametrize("back_at", [None, 70], ids=["goes on", "starts again"])
def test_what_the_others_played_is_what_it_was(
    clock: FrozenDateTimeFactory, back_at: float | None
) -> None:
    """It is the same as if they had been lost sight of in another way, their name staying."""
    told: list[Record] = []
    for goes in (opts_out, is_forgotten):
        clock.move_to(START)
        evening = Evening(clock)
        plays_together(evening, PINO, AGU)
        goes(evening, PINO)
        if back_at is not None:
            evening.restart(back_at)
            evening.look(games={AGU: (OSU,)})
        told.append(party_record(evening))
    named, record = told
    assert time_in(record) == time_in(named)
    assert (record.seconds, record.player_ids) == (60, [AGU])
    assert named.player_ids == [PINO, AGU]
    assert "Pino" not in names_in(record)


def test_nothing_of_them_is_left_in_the_party(evening: Evening) -> None:
    plays_together(evening, PINO, AGU, ZETA)
    is_forgotten(evening, PINO)
    assert [each.user_id for each in evening.party().named] == [AGU, ZETA]
    state = names_in(evening.engine.live_state(evening.now()))
    assert "Pino" not in state
    assert f'"user_id":{PINO}' not in state
    assert is_forgotten(evening, PINO) == 0


@pytest.mark.parametrize("gone_first", [PINO, AGU])
def test_two_who_are_forgotten_were_two(clock: FrozenDateTimeFactory, gone_first: int) -> None:
    evening = Evening(clock, Settings(party_min_players=3))
    plays_together(evening, PINO, AGU, ZETA)
    is_forgotten(evening, gone_first)
    is_forgotten(evening, PINO + AGU - gone_first)
    record = party_record(evening)
    assert (record.seconds, record.player_ids) == (60, [ZETA])


def test_with_the_last_name_nobody_is_in_its_record(evening: Evening) -> None:
    plays_together(evening, PINO, AGU)
    for user in (PINO, AGU):
        is_forgotten(evening, user)
    assert party_record(evening).players == ()


def test_whoever_plays_on_is_found_and_played_all_the_time_with_the_other(
    evening: Evening,
) -> None:
    plays_together(evening, PINO, AGU)
    is_forgotten(evening, PINO)
    evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    evening.until(100)
    for user in (PINO, AGU):
        evening.plays(user)
    record = party_record(evening)
    assert (record.seconds, record.uncertain_seconds) == (100, 0)
    assert record.player_ids == [AGU, PINO]


@pytest.mark.parametrize("is_back", [True, False])
def test_a_bot_that_starts_again_knows_what_was_played(
    clock: FrozenDateTimeFactory, *, is_back: bool
) -> None:
    """It is the same as if only their game had been lost, their name staying."""
    told: list[Record] = []
    for forgets in (False, True):
        clock.move_to(START)
        evening = Evening(clock)
        plays_together(evening, PINO, AGU)
        evening.heartbeat()
        if forgets:
            state = evening.engine.live_state(evening.now())
            assert leave_out(state, PINO) == (1, 1)
            [*_others, restored] = only(evening.take_up(state, 100), LogLine)
            assert restored.values == {"game": OSU, "players": 1}
        else:
            evening.restart(100, lost={PINO})
        evening.look(games={AGU: (OSU,)} | ({PINO: (OSU,)} if is_back else {}))
        evening.until(200)
        for user in (PINO, AGU):
            evening.plays(user)
        told.append(party_record(evening))
    named, record = told
    assert time_in(record) == time_in(named)
    assert record.seconds >= 60
    assert set(record.player_ids) == ({AGU, PINO} if is_back else {AGU})
