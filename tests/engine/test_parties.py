"""Parties: people of one guild whose sessions of one game are live at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine import ActivitySeen, ClockStepped, Settings
from machines import BotEvent, NoticeDue, PartySession, Record, SessionChanged, seconds
from tests.engine.evening import AGU, PINO, ZETA, Evening, ago, at, only, unknown_in

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

OSU = "osu!"


def party_records(evening: Evening) -> list[Record]:
    return [record for record in evening.records if record.kind == "party"]


def attendance(record: Record | PartySession) -> list[tuple[int, float | None, float | None]]:
    """Return who was in it, from when to when."""
    return [(p.user_id, ago(p.started_at), ago(p.ended_at)) for p in record.players]


def test_a_party_starts_when_its_second_player_started(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.plays(AGU, OSU)
    evening.until(109)
    assert evening.parties() == []
    effects = evening.until(110)
    party = evening.party()
    assert (party.state, ago(party.started_at), party.max_players) == ("confirmed", 100, 2)
    assert [e.name for e in only(effects, BotEvent)] == ["session_confirmed", "session_confirmed"]
    [entry] = [n for n in only(effects, NoticeDue) if n.kind == "party"]
    assert entry.player_names == ("Pino", "agu")


def test_a_player_confirmed_after_it_began_may_have_made_it_enough_before(
    evening: Evening,
) -> None:
    """Somebody comes back, and with Pino that is a party; Zeta had been there for four seconds."""
    evening.plays(AGU, OSU)
    evening.until(60)
    evening.plays(AGU)
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.plays(ZETA, OSU)
    evening.until(104)
    evening.plays(AGU, OSU)
    assert ago(evening.party().started_at) == 104
    evening.until(200)
    assert ago(evening.party().started_at) == 100


def test_whoever_leaves_before_they_are_confirmed_did_not_begin_it(evening: Evening) -> None:
    evening.plays(AGU, OSU)
    evening.until(60)
    evening.plays(AGU)
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.plays(ZETA, OSU)
    evening.until(104)
    evening.plays(AGU, OSU)
    evening.until(106)
    evening.plays(ZETA)
    evening.until(200)
    assert ago(evening.party().started_at) == 104


def test_a_party_of_three_starts_when_the_third_started(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(party_min_players=3))
    for second, user in enumerate((PINO, AGU, ZETA)):
        evening.until(second * 100)
        evening.plays(user, OSU)
    evening.until(300)
    assert ago(evening.party().started_at) == 200


def test_without_delay_it_starts_with_the_second_player_all_the_same(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = Evening(clock, Settings(announce_after=0, confirm_after=0))
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.plays(AGU, OSU)
    assert ago(evening.party().started_at) == 100


def test_a_party_found_with_its_second_player_starts_with_the_finding(evening: Evening) -> None:
    evening.look()
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    assert ago(evening.party().started_at) == 100


def test_one_person_is_no_party(evening: Evening) -> None:
    evening.plays(PINO, ActivitySeen(OSU, 1), ActivitySeen(OSU, 2))
    evening.until(100)
    assert evening.parties() == []


def test_players_whose_stay_is_too_short_make_no_party(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.plays(AGU, OSU)
    evening.until(109)
    evening.plays(AGU)
    evening.until(5000)
    assert evening.parties() == []


def test_a_party_grows_and_shrinks_and_keeps_who_was_in_it(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(100)
    evening.plays(ZETA, OSU)
    evening.until(200)
    assert evening.party().max_players == 3
    evening.plays(AGU)
    evening.until(300)
    assert attendance(evening.party()) == [(PINO, 0, None), (AGU, 0, 200), (ZETA, 100, None)]
    evening.plays(PINO)
    evening.look(games={ZETA: (OSU,)})
    evening.until(5000)
    [record] = party_records(evening)
    assert attendance(record) == [(PINO, 0, 300), (AGU, 0, 200), (ZETA, 100, None)]
    assert record.player_ids == [PINO, AGU, ZETA]
    assert (record.seconds, record.uncertain_seconds, record.max_players) == (300, 0, 3)
    assert (record.state, record.game_name) == ("ended", OSU)


def test_whoever_comes_and_is_gone_is_persisted_with_the_party_too(evening: Evening) -> None:
    """What happens to them in between is in the entries of their games."""
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(100)
    evening.plays(ZETA, OSU)
    changes = only(evening.until(110), SessionChanged)
    assert {type(change.session).__name__ for change in changes} == {"GameSession", "PartySession"}
    changes = only(evening.plays(ZETA), SessionChanged)
    assert [c.session.kind for c in changes] == ["game"]
    changes = only(evening.until(4000), SessionChanged)
    assert [[each.user_id for each in c.players or ()] for c in changes] == [[ZETA]]


def test_the_most_who_played_at_once_are_counted_when_one_of_them_comes_back(
    evening: Evening,
) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(100)
    evening.plays(PINO)
    evening.plays(ZETA, OSU)
    evening.until(120)
    assert evening.party().max_players == 2
    evening.plays(PINO, OSU)
    assert evening.party().max_players == 3
    assert only(evening.effects, SessionChanged)[-1].session.id == evening.party().id


def test_an_application_id_that_becomes_known_is_the_partys_too(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(100)
    assert evening.party().app_id is None
    evening.plays(PINO, ActivitySeen(OSU, app_id=7))
    assert evening.party().app_id == 7
    assert only(evening.effects, SessionChanged)[-1].session.id == evening.party().id


def test_a_party_with_too_few_players_has_half_an_hour_to_fill_up(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(1000)
    evening.plays(AGU)
    assert ago(evening.party().absent_since) == 1000
    evening.until(2799.9)
    assert party_records(evening) == []
    evening.until(2800)
    [record] = party_records(evening)
    assert (ago(record.ended_at), record.seconds) == (1000, 1000)
    assert (record.state, record.reason) == ("ended", "too_few_players")


def test_a_player_who_comes_back_in_time_goes_on_and_the_time_alone_is_away(
    evening: Evening,
) -> None:
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(1000)
    evening.plays(AGU)
    evening.until(1500)
    evening.plays(AGU, OSU)
    assert evening.party().absent_since is None
    evening.until(2000)
    evening.plays(PINO)
    evening.look(games={AGU: (OSU,)})
    evening.until(10_000)
    [record] = party_records(evening)
    assert (record.seconds, record.uncertain_seconds) == (1500, 0)
    assert attendance(record) == [(PINO, 0, 2000), (AGU, 0, None)]


def test_a_player_who_comes_back_with_a_new_session_has_a_second_entry(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(1000)
    evening.plays(AGU)
    evening.until(2000)
    evening.plays(AGU, OSU)
    evening.until(2010)
    assert evening.party().absent_since is None
    evening.until(3000)
    evening.plays(PINO)
    evening.until(10_000)
    [record] = party_records(evening)
    assert attendance(record) == [(PINO, 0, 3000), (AGU, 0, 1000), (AGU, 2000, None)]
    assert (record.seconds, record.max_players) == (2000, 2)
    assert record.player_ids == [PINO, AGU]


def test_a_party_is_not_sure_of_a_player_who_was_not_seen_since_it_was_over(
    evening: Evening,
) -> None:
    """They may have left unseen, and be found gone when the party is long written down."""
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(500)
    evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    evening.until(1000)
    evening.plays(PINO)
    evening.until(9000)
    [record] = party_records(evening)
    assert (record.seconds, record.uncertain_seconds) == (1000, 500)
    evening.look()
    assert unknown_in(evening.records[-1]) == [(500, 9000)]


def test_the_next_party_begins_after_the_last(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(1000)
    evening.plays(AGU)
    evening.until(5000)
    evening.plays(AGU, OSU)
    evening.until(6000)
    evening.plays(AGU)
    evening.look(games={PINO: (OSU,)})
    evening.until(20_000)
    first, second = party_records(evening)
    assert first.id != second.id
    assert (ago(second.started_at), ago(second.ended_at)) == (5000, 6000)
    assert (second.seconds, second.uncertain_seconds) == (1000, 0)


def test_without_grace_a_party_ends_with_its_last_but_one(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(party_grace=0, game_grace=0))
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(100)
    evening.plays(AGU)
    [record] = party_records(evening)
    assert record.seconds == 100


# Whose game is the same


def test_two_games_of_one_name_are_two_parties(evening: Evening) -> None:
    for user, app in ((PINO, 1), (AGU, 2)):
        evening.plays(user, ActivitySeen(OSU, app))
    evening.until(100)
    assert evening.parties() == []
    evening.plays(ZETA, ActivitySeen(OSU, 1), ActivitySeen(OSU, 2))
    evening.until(200)
    assert {(p.app_id, tuple(x.user_id for x in p.players)) for p in evening.parties()} == {
        (1, (PINO, ZETA)),
        (2, (AGU, ZETA)),
    }


@pytest.mark.parametrize(("one", "other"), [(None, 7), (7, None)])
def test_a_missing_application_id_joins_any(
    evening: Evening, one: int | None, other: int | None
) -> None:
    evening.plays(PINO, ActivitySeen(OSU, one))
    evening.until(20)
    evening.plays(AGU, ActivitySeen(OSU, other))
    evening.until(100)
    assert evening.party().app_id == 7


def test_an_application_id_learnt_later_keeps_other_games_out(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.until(20)
    evening.plays(PINO, ActivitySeen(OSU, 1))
    evening.plays(AGU, ActivitySeen(OSU, 2))
    evening.until(100)
    assert evening.parties() == []


def test_a_player_who_turns_out_to_play_another_game_leaves_the_party(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.plays(AGU, ActivitySeen(OSU, 1))
    evening.plays(ZETA, ActivitySeen(OSU, 1))
    evening.until(100)
    assert evening.party().max_players == 3
    evening.plays(PINO, ActivitySeen(OSU, 2))
    assert attendance(evening.party()) == [(PINO, 0, 100), (AGU, 0, None), (ZETA, 0, None)]
    evening.until(200)
    evening.plays(AGU)
    evening.until(5000)
    [record] = party_records(evening)
    assert record.seconds == 200


def test_names_count_after_their_aliases(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(game_aliases={"osu!lazer": OSU}))
    evening.plays(PINO, OSU)
    evening.plays(AGU, "OSU!Lazer")
    evening.until(100)
    assert evening.party().game_name == OSU


@pytest.mark.parametrize("kind", ["streaming", "listening"])
def test_streams_and_music_make_no_party(clock: FrozenDateTimeFactory, kind: str) -> None:
    evening = Evening(clock, Settings(track_listening=True))
    activity = ActivitySeen(OSU, None, "streaming" if kind == "streaming" else "listening")
    evening.plays(PINO, activity)
    evening.plays(AGU, activity)
    evening.until(100)
    assert evening.parties() == []


def test_there_is_one_party_for_a_game_in_a_guild(evening: Evening) -> None:
    for user in (PINO, AGU, ZETA):
        evening.plays(user, OSU, "Chess")
    evening.until(100)
    assert sorted(party.game_name for party in evening.parties()) == ["Chess", OSU]


def test_a_party_taken_up_after_its_grace_does_not_begin_again_where_the_last_one_did(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = Evening(clock, Settings(party_grace=10))
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(1000)
    evening.plays(AGU)
    evening.look(games={PINO: (OSU,)})
    evening.until(1200)
    assert len(party_records(evening)) == 1
    evening.plays(AGU, OSU)
    assert ago(evening.party().started_at) == 1200
    evening.until(1500)
    evening.plays(PINO)
    evening.look(games={AGU: (OSU,)})
    evening.until(9000)
    assert [(record.seconds, record.uncertain_seconds) for record in party_records(evening)] == [
        (1000, 0),
        (300, 0),
    ]


def test_the_next_party_does_not_count_the_last_one_again_because_the_clock_was_set(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = Evening(clock, Settings(party_grace=10))
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(1000)
    evening.plays(AGU)
    evening.until(1200)
    assert len(party_records(evening)) == 1
    clock.tick(3600)
    evening.tell(ClockStepped(by=seconds(3600)))
    evening.plays(AGU, OSU)
    evening.until(5000)
    evening.plays(PINO)
    evening.until(15_000)
    assert [record.seconds for record in party_records(evening)] == [1000, 200]


def test_the_next_party_begins_after_one_that_ended_by_a_clock_that_had_been_set(
    clock: FrozenDateTimeFactory,
) -> None:
    evening = Evening(clock, Settings(party_grace=10))
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    evening.until(500)
    clock.tick(-400)
    evening.tell(ClockStepped(by=seconds(-400)))
    evening.until(600)
    evening.plays(AGU)
    evening.until(800)
    assert len(party_records(evening)) == 1
    evening.plays(AGU, OSU)
    evening.until(1000)
    evening.plays(PINO)
    evening.until(15_000)
    assert [record.seconds for record in party_records(evening)] == [1000, 200]


def test_players_are_named_in_the_order_in_which_they_started(evening: Evening) -> None:
    evening.look()
    evening.until(50)
    evening.plays(AGU, OSU)
    evening.until(100)
    evening.look(games={AGU: (OSU,), PINO: (ActivitySeen(OSU, began_at=at(20)),)})
    assert [player.user_id for player in evening.party().players] == [PINO, AGU]


def test_whoever_was_away_as_it_began_is_no_player_until_they_come_back(evening: Evening) -> None:
    evening.plays(AGU, OSU)
    evening.until(60)
    evening.plays(AGU)
    evening.plays(PINO, OSU)
    evening.plays(ZETA, OSU)
    evening.until(80)
    evening.look(games={PINO: (OSU,), ZETA: (OSU,)})
    assert attendance(evening.party()) == [(PINO, 60, None), (ZETA, 60, None)]
    evening.plays(AGU, OSU)
    assert attendance(evening.party())[2:] == [(AGU, 0, None)]


def test_a_party_whose_players_left_unseen_is_credited_while_enough_were_last_seen(
    evening: Evening,
) -> None:
    evening.plays(PINO, OSU)
    evening.plays(AGU, OSU)
    for second, user, other in ((600, PINO, AGU), (700, AGU, PINO)):
        evening.until(second)
        evening.look(games={user: (OSU,)}, without=other)
    evening.until(1200)
    evening.look()
    [record] = party_records(evening)
    assert (record.reason, ago(record.ended_at)) == ("leave_missed", 600)
