"""Instants that move with the clock, and those that no clock has come to yet."""

from __future__ import annotations

from engine import hold_to_present
from machines import Player, Stay, Stretch
from tests.integrations.sessions import AGU, PINO, at, game_session, party_of, voice_session


def test_whoever_was_seen_in_the_future_was_seen_now_and_all_else_as_long_before() -> None:
    session = voice_session(last_seen=90)
    session.confirmed_at = at(30)
    session.moved = (Stay(1, "x", at(10), at(10)), Stay(2, "y", at(80), at(70)))
    session.stretches = (Stretch(at(40), at(60), "away"),)
    hold_to_present(session, at(50))
    assert (session.started_at, session.confirmed_at, session.last_seen) == (
        at(-40),
        at(-10),
        at(50),
    )
    assert [(each.since, each.floor) for each in session.moved] == [
        (at(-30), at(-30)),
        (at(40), at(30)),
    ]
    assert session.stretches == (Stretch(at(0), at(20), "away"),)


def test_so_were_the_players_of_a_party() -> None:
    party = party_of([game_session(PINO), game_session(AGU)])
    party.last_seen = at(90)
    party.players[1] = Player(
        session_id="x", user_id=AGU, username="x", started_at=at(20), ended_at=at(80)
    )
    hold_to_present(party, at(50))
    assert [each.ended_at for each in party.players] == [None, at(40)]
    assert [each.started_at for each in party.players] == [at(-40), at(-20)]


def test_what_is_not_later_stays_as_it_is() -> None:
    party = party_of([game_session(PINO), game_session(AGU)])
    players = party.players
    hold_to_present(party, at(0))
    assert party.players is players
