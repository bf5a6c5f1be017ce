"""Instants that move with the clock, and those that no clock has come to yet."""

from __future__ import annotations

from engine import hold_to_present
from machines import Player, Stay, Stretch
from tests.integrations.sessions import AGU, PINO, at, game_session, party_of, voice_session


def test_nothing_of_a_session_is_later_than_now() -> None:
    session = voice_session(last_seen=90)
    session.confirmed_at, session.unwatched_since = at(30), at(100)
    session.moved = (Stay(1, "x", at(10), at(10)), Stay(2, "y", at(80), at(70)))
    session.stretches = (
        Stretch(at(10), at(20), "unknown"),
        Stretch(at(40), at(60), "away"),
        Stretch(at(70), at(80), "unknown"),
    )
    hold_to_present(session, at(50))
    assert (session.started_at, session.last_seen) == (at(0), at(50))
    assert (session.confirmed_at, session.unwatched_since) == (at(30), at(50))
    assert [(each.since, each.floor) for each in session.moved] == [
        (at(10), at(10)),
        (at(50), at(50)),
    ]
    assert list(session.stretches) == [
        Stretch(at(10), at(20), "unknown"),
        Stretch(at(40), at(50), "away"),
    ]


def test_nor_of_the_players_of_a_party() -> None:
    party = party_of([game_session(PINO), game_session(AGU)])
    party.players[1] = Player(
        session_id="x", user_id=AGU, username="x", started_at=at(20), ended_at=at(80)
    )
    hold_to_present(party, at(50))
    assert [each.ended_at for each in party.players] == [None, at(50)]
    hold_to_present(party, at(-10))
    assert party.started_at == at(-10)
    assert {each.started_at for each in party.players} == {at(-10)}


def test_what_is_not_later_stays_as_it_is() -> None:
    party = party_of([game_session(PINO), game_session(AGU)])
    players = party.players
    hold_to_present(party, at(0))
    assert party.players is players
