"""Records: what is written down when a session is over."""

from __future__ import annotations

import msgspec
import pytest

from machines import KINDS, Kind, Record, State, Stay, record_of, timeline_of
from tests.machines.builders import (
    GENERAL,
    GUILD,
    at,
    away,
    fire,
    game,
    leave,
    party,
    player,
    session_of,
    step,
    unknown,
    voice,
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["new", "pending", "confirmed", "recovered"])
def test_a_session_that_goes_on_has_no_record(kind: Kind, state: State) -> None:
    session = session_of(kind, state)
    with pytest.raises(ValueError, match=f"{session.id} is {state}: only a session that is over"):
        record_of(session)


def test_a_record_was_last_seen_no_later_than_its_end() -> None:
    session = voice("ended")
    session.ended_at, session.reason = at(100), "left"
    session.last_seen = at(130)  # a look has found them away, as known
    assert record_of(session).last_seen == at(100)


def test_a_session_that_ended_for_no_reason_has_no_record() -> None:
    session = voice("ended")
    session.ended_at = at(100)
    with pytest.raises(ValueError, match="only a session that is over has a record"):
        record_of(session)


def test_a_voice_record_holds_who_where_and_how_long() -> None:
    session = voice("ended")
    session.confirmed_at, session.last_seen, session.ended_at = at(10), at(95), at(100)
    session.reason, session.stretches = "left", (away(20, 30), unknown(50, 60))
    assert msgspec.structs.asdict(record_of(session)) == {
        "id": "v1",
        "kind": "voice",
        "guild_id": GUILD,
        "state": "ended",
        "reason": "left",
        "started_at": at(0),
        "confirmed_at": at(10),
        "last_seen": at(95),
        "ended_at": at(100),
        "seconds": 90.0,
        "uncertain_seconds": 10.0,
        "stretches": (away(20, 30), unknown(50, 60)),
        "unbounded": False,
        "user_id": 1,
        "username": "Pino",
        "channel_id": GENERAL,
        "channel_name": "General",
        "stays": (Stay(GENERAL, "General", at(0), at(0)),),
        "game_name": None,
        "app_id": None,
        "activity_type": None,
        "players": (),
        "max_players": None,
    }


def test_a_session_that_is_credited_up_to_before_it_was_confirmed_was_confirmed_at_its_end() -> (
    None
):
    session = voice("orphaned")
    session.confirmed_at, session.ended_at, session.reason = at(10), at(4), "gap"
    assert record_of(session).confirmed_at == at(4)


def test_a_game_record_names_the_game() -> None:
    session = game("orphaned")
    session.ended_at, session.reason, session.app_id = at(100), "gap", 7
    session.activity_type, session.unbounded = "streaming", True
    record = record_of(session)
    assert (record.kind, record.state, record.reason) == ("game", "orphaned", "gap")
    assert (record.game_name, record.app_id, record.activity_type) == ("VALORANT", 7, "streaming")
    assert (record.user_id, record.username) == (2, "agu")
    assert (record.seconds, record.uncertain_seconds, record.unbounded) == (100.0, None, True)
    assert (record.channel_id, record.stays, record.max_players) == (None, (), None)


def test_a_party_record_holds_its_players_and_the_time_they_had_together() -> None:
    session = party(player(2, 0), player(3, 20, 80), player(3, 90), state="ended", started=20)
    session.ended_at, session.reason, session.max_players = at(100), "left", 2
    record = record_of(session)
    assert (record.started_at, record.ended_at) == (at(20), at(100))
    assert (record.seconds, record.uncertain_seconds) == (70.0, 0.0)
    assert record.stretches == (away(80, 90),)
    assert [entry.user_id for entry in record.players] == [2, 3, 3]
    assert (record.player_ids, record.max_players) == ([2, 3], 2)
    assert (record.user_id, record.username, record.game_name) == (None, None, "VALORANT")


def test_what_happens_to_a_session_later_does_not_change_its_record() -> None:
    session = voice()
    fire("end", session, step(100))
    record = record_of(session)
    session.stretches += (unknown(0, 100),)
    session.moved = (Stay(501, "Gaming", at(0), at(0)), Stay(502, "AFK", at(50), at(50)))
    assert record.stretches == ()
    assert len(record.stays) == 1


def test_a_record_survives_json() -> None:
    session = party(player(2, 0, None, unknown(5, 9)), player(3, 0), state="ended")
    session.ended_at, session.reason = at(100), "left"
    record = record_of(session)
    read = msgspec.json.decode(msgspec.json.encode(record), type=Record)
    assert msgspec.to_builtins(read) == msgspec.to_builtins(record)


def test_a_session_that_goes_on_is_told_up_to_now() -> None:
    assert timeline_of(voice(), at(40)) == (at(0), at(40), [], False)


def test_who_is_away_is_told_up_to_the_moment_they_left() -> None:
    for session in (voice(), game(), party()):
        leave(session, 30)
        assert timeline_of(session, at(40)) == (at(0), at(30), [], False)


def test_a_clock_that_stepped_back_makes_a_timeline_of_no_length() -> None:
    assert timeline_of(voice(started=50), at(40)) == (at(50), at(50), [], False)
