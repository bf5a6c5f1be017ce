"""Gaps: times in which nobody watched. What lies in them is unknown, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from engine import Settings
from machines import BotEvent, NoticeDue, SessionChanged, WatchChanged, WatchKept
from tests.engine.evening import (
    AGU,
    GENERAL,
    GUILD,
    LOUNGE,
    PINO,
    ZETA,
    Evening,
    ago,
    at,
    away_in,
    only,
    unknown_in,
)

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

    from machines import OrphanCredit

OSU = "osu!"


def names(evening: Evening) -> list[str]:
    """Return the events for the bot so far."""
    return [event.name for event in only(evening.effects, BotEvent)]


# Watching


def test_the_heartbeat_says_how_far_a_guild_was_watched(evening: Evening) -> None:
    evening.until(30)
    [kept] = only(evening.heartbeat(), WatchKept)
    assert kept.observed_until == {GUILD: at(30)}
    assert evening.engine.watch_of(GUILD).observed_until == at(30)


def test_the_heartbeat_says_nothing_over_a_gap(evening: Evening) -> None:
    evening.until(30)
    evening.heartbeat()
    evening.until(60)
    [changed] = only(evening.unwatched(since=40), WatchChanged)
    assert ago(changed.watch.gap_since) == 40
    assert evening.heartbeat() == []
    assert ago(evening.engine.watch_of(GUILD).observed_until) == 30


def test_a_look_at_everybody_in_voice_ends_the_gap(evening: Evening) -> None:
    evening.unwatched(since=0)
    evening.until(60)
    evening.look()
    watch = evening.engine.watch_of(GUILD)
    assert (watch.gap_since, ago(watch.looked_at), ago(watch.observed_until)) == (None, 60, 60)


def test_a_look_from_before_the_gap_ends_nothing(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.unwatched(since=90)
    evening.look(voice={PINO: GENERAL}, taken_at=80, source="rest")
    session = evening.voice_of(PINO)
    assert session is not None
    assert ago(session.unwatched_since) == 90
    assert ago(evening.engine.watch_of(GUILD).gap_since) == 90


def test_losing_the_watch_twice_is_one_gap(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.unwatched(since=90)
    evening.until(200)
    evening.unwatched(since=150)
    evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(0, 200)]


# Still there


def test_whoever_is_still_there_goes_on_and_the_gap_is_unknown(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=900)
    evening.until(2000)
    evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, ago(session.started_at)) == ("recovered", 0)
    assert names(evening) == ["session_confirmed", "session_recovered"]
    assert not only(evening.effects, BotEvent)[-1].found
    evening.until(3000)
    evening.leaves(PINO)
    evening.until(4000)
    record = evening.record
    assert (record.seconds, record.uncertain_seconds) == (3000, 2000)
    assert unknown_in(record) == [(0, 2000)]


def test_a_second_gap_is_marked_as_well(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(1000)
    for since in (900, 1900):
        evening.until(since)
        evening.unwatched(since=since)
        evening.until(since + 100)
        evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(0, 1000), (1000, 2000)]
    assert session.state == "recovered"


def test_a_look_after_the_gap_had_opened_says_only_that_instant(evening: Evening) -> None:
    """The connection is dead, and nobody knows yet: they may have left and come back."""
    evening.joins(PINO)
    evening.until(95)
    evening.look(voice={PINO: GENERAL}, source="rest")
    evening.until(200)
    evening.unwatched(since=90)
    evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == [(88, 95), (95, 200)]


def test_that_nothing_was_heard_before_the_gap_proves_nothing(evening: Evening) -> None:
    """Their leaving, or their coming, may have been lost before the bot stopped watching."""
    evening.look()
    evening.until(100)
    evening.joins(PINO)
    evening.until(200)
    evening.look(voice={PINO: GENERAL})
    evening.until(400)
    evening.unwatched(since=400)
    evening.until(500)
    evening.look(voice={AGU: GENERAL})
    agu = evening.voice_of(AGU)
    assert agu is not None
    assert unknown_in(evening.record) == [(200, 500)]
    assert unknown_in(agu) == [(200, 500)]
    assert ago(evening.record.ended_at) == 400


# Gone


def test_whoever_is_gone_is_credited_until_the_gap(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=900)
    evening.until(29_700)
    evening.look()
    record = evening.record
    assert (record.state, record.reason, ago(record.ended_at)) == ("orphaned", "gap", 900)
    assert (record.seconds, record.uncertain_seconds) == (900, 28_800)
    assert unknown_in(record) == [(0, 29_700)]


@pytest.mark.parametrize(
    ("credit", "seconds", "uncertain"),
    [("watched", 900, 900), ("midpoint", 500, 500), ("detected", 1000, 1000)],
)
def test_the_gap_is_credited_as_the_settings_say(
    clock: FrozenDateTimeFactory, credit: str, seconds: float, uncertain: float
) -> None:
    settings = {
        "watched": Settings(),
        "midpoint": Settings(orphan_credit="midpoint"),
        "detected": Settings(orphan_credit="detected"),
    }[credit]
    evening = Evening(clock, settings)
    evening.joins(PINO)
    evening.until(900)
    evening.unwatched(since=900)
    evening.until(1000)
    evening.look()
    assert (evening.record.seconds, evening.record.uncertain_seconds) == (seconds, uncertain)


def test_whoever_was_seen_after_the_gap_opened_is_credited_until_then(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(95)
    evening.shows(PINO, LOUNGE)
    evening.until(200)
    evening.unwatched(since=50)
    evening.look()
    assert (evening.record.seconds, evening.record.uncertain_seconds) == (95, 105)


# Unknown


def test_unknown_keeps_a_session_over_any_gap(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(90_000)
    evening.look(without=PINO)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, ago(session.unwatched_since)) == ("confirmed", 100)
    evening.until(90_100)
    evening.look(voice={PINO: GENERAL})
    assert unknown_in(session) == [(0, 90_100)]


def test_a_gap_that_ended_for_voice_goes_on_for_games(evening: Evening) -> None:
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    effects = evening.look(voice={PINO: GENERAL}, complete_games=False)
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.unwatched_since is None
    assert ago(evening.game_of(PINO).unwatched_since) == 100
    # The snapshot must know, for the guild itself counts as watched again.
    assert {c.session.kind for c in only(effects, SessionChanged)} == {"voice", "game"}
    evening.until(500)
    evening.plays(PINO, OSU)
    assert unknown_in(evening.game_of(PINO)) == [(0, 500)]


def test_a_session_pending_over_a_gap_waits_for_evidence(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(1)
    evening.unwatched(since=1)
    assert evening.until(1000) == []
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.state == "pending"
    effects = evening.look(voice={PINO: GENERAL})
    assert [n.notice for n in only(effects, NoticeDue)] == ["entry"]
    assert [e.name for e in only(effects, BotEvent)] == ["session_confirmed"]
    assert (session.state, ago(session.started_at)) == ("confirmed", 0)
    assert unknown_in(session) == [(0, 1000)]


# Absent when it opened


def test_the_grace_is_held_while_nobody_watches(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(110)
    evening.unwatched(since=110)
    assert evening.until(500) == []
    assert evening.engine.next_deadline is None
    evening.look()
    record = evening.record
    assert (record.state, record.reason, ago(record.ended_at)) == ("ended", "left", 100)
    assert (record.seconds, record.uncertain_seconds) == (100, 400)


def test_whoever_is_back_after_a_gap_within_the_grace_goes_on(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(110)
    evening.unwatched(since=110)
    evening.until(140)
    evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert session.state == "recovered"
    evening.until(200)
    evening.leaves(PINO)
    evening.until(300)
    record = evening.record
    assert (away_in(record), unknown_in(record)) == ([(100, 110)], [(100, 140)])
    assert (record.seconds, record.uncertain_seconds) == (190, 30)


def test_whoever_is_back_after_the_grace_has_another_session(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(110)
    evening.unwatched(since=110)
    evening.until(300)
    evening.look(voice={PINO: GENERAL})
    record = evening.record
    assert (ago(record.ended_at), record.reason, unknown_in(record)) == (100, "left", [(100, 300)])
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, ago(session.started_at)) == ("recovered", 300)
    assert unknown_in(session) == [(100, 300)]


def test_within_the_grace_and_gone_still_the_grace_decides(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(110)
    evening.unwatched(since=110)
    evening.until(120)
    evening.look()
    assert evening.records == []
    evening.until(130)
    evening.joins(PINO)
    evening.until(200)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, away_in(session)) == ("confirmed", [(100, 130)])


# What an event says of somebody nobody watched


def test_an_event_proves_that_they_were_there_before_it(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.shows(PINO, GENERAL)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, session.unwatched_since) == ("recovered", None)
    assert unknown_in(session) == [(0, 200)]


def test_a_leave_over_a_gap_ends_where_it_was_heard(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.leaves(PINO)
    evening.until(300)
    record = evening.record
    assert (record.state, ago(record.ended_at)) == ("ended", 200)
    assert (record.seconds, record.uncertain_seconds) == (200, 200)


def test_a_move_found_over_a_gap_lies_somewhere_in_it(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.shows(PINO, LOUNGE)
    session = evening.voice_of(PINO)
    assert session is not None
    assert [(s.channel_name, ago(s.since), ago(s.floor)) for s in session.stays] == [
        ("General", 0, 0),
        ("Sala", 200, 0),
    ]


def test_a_presence_says_of_a_game_nobody_watched_whether_it_goes_on(evening: Evening) -> None:
    evening.plays(PINO, OSU, "Chess")
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.plays(PINO, "Chess")
    assert (evening.record.game_name, ago(evening.record.ended_at)) == (OSU, 100)
    assert unknown_in(evening.record) == [(0, 200)]
    assert (evening.game_of(PINO).state, unknown_in(evening.game_of(PINO))) == (
        "recovered",
        [(0, 200)],
    )


# What a gap means is a setting


@pytest.mark.parametrize(
    ("gap", "goes_on"), [("bridge", True), ("end", False), (100, True), (99, False)]
)
@pytest.mark.parametrize("kind", ["voice", "game", "party"])
def test_a_gap_means_what_the_settings_of_its_kind_say(
    clock: FrozenDateTimeFactory, kind: str, gap: str | float, goes_on: bool
) -> None:
    evening = Evening(clock, msgspec.structs.replace(Settings(), **{f"{kind}_gap": gap}))
    evening.look()
    evening.joins(PINO)
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1100)
    evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,), AGU: (OSU,)})
    closed = [record for record in evening.records if record.kind == kind]
    assert {(r.reason, r.state, ago(r.ended_at)) for r in closed} == (
        set() if goes_on else {("gap_not_bridged", "orphaned", 1000)}
    )
    others = {record.kind for record in evening.records} - {kind}
    # Players whose games must not go on end their party with them.
    assert others <= ({"party"} if kind == "game" else set())
    live = [s for s in evening.engine.sessions(GUILD) if s.kind == kind]
    assert {(s.state, ago(s.started_at)) for s in live} == {("recovered", 0 if goes_on else 1100)}
    assert evening.engine.counts() == {"voice": 1, "game": 2, "party": 1}
    assert only(evening.effects, NoticeDue) == [
        n for n in only(evening.effects, NoticeDue) if n.at < at(1000)
    ]


def test_both_records_of_a_gap_that_is_not_bridged_cover_it(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(voice_gap="end"))
    evening.look()
    evening.joins(PINO)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1100)
    evening.look(voice={PINO: GENERAL})
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(evening.record) == [(0, 1100)]
    assert unknown_in(session) == [(0, 1100)]


@pytest.mark.parametrize("orphan_credit", ["watched", "midpoint", "detected"])
@pytest.mark.parametrize("kind", ["voice", "game"])
def test_whoever_a_look_that_took_time_sees_over_a_gap_not_bridged_is_found_by_it(
    clock: FrozenDateTimeFactory, kind: str, orphan_credit: OrphanCredit
) -> None:
    settings = Settings(voice_gap="end", game_gap="end", orphan_credit=orphan_credit)
    evening = Evening(clock, settings)
    evening.look()
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1100)
    evening.late(1101)
    evening.look(voice={PINO: GENERAL}, games={PINO: (OSU,)}, asked_at=1100, source="rest")
    assert {record.reason for record in evening.records} == {"gap_not_bridged"}
    [found] = [s for s in evening.engine.sessions(GUILD) if s.kind == kind]
    assert (found.state, unknown_in(found)) == ("recovered", [(0, 1101)])


@pytest.mark.parametrize("kind", ["voice", "game"])
def test_an_event_after_a_gap_not_bridged_finds_rather_than_begins(
    clock: FrozenDateTimeFactory, kind: str
) -> None:
    evening = Evening(clock, Settings(voice_gap="end", game_gap="end"))
    evening.look()
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1100)
    if kind == "voice":
        evening.joins(PINO)
    else:
        evening.plays(PINO, OSU)
    assert [(r.kind, r.reason) for r in evening.records] == [(kind, "gap_not_bridged")]
    [found] = [s for s in evening.engine.sessions(GUILD) if s.kind == kind]
    assert (found.state, unknown_in(found)) == ("recovered", [(0, 1100)])


# Parties over gaps


def test_a_party_still_there_goes_on(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1100)
    evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    party = evening.party()
    assert (party.state, ago(party.started_at)) == ("recovered", 0)
    evening.until(2000)
    evening.plays(PINO)
    evening.look(games={AGU: (OSU,)})
    evening.until(5000)
    record = next(record for record in evening.records if record.kind == "party")
    assert (record.seconds, record.uncertain_seconds) == (2000, 1100)


def test_a_party_whose_players_are_gone_ends_with_the_watching(evening: Evening) -> None:
    for user in (PINO, AGU, ZETA):
        evening.plays(user, OSU)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1100)
    evening.look(games={ZETA: (OSU,)})
    record = next(record for record in evening.records if record.kind == "party")
    assert (record.state, record.reason, ago(record.ended_at)) == ("orphaned", "gap", 1000)
    assert (record.seconds, record.uncertain_seconds) == (1000, 1000)


def test_a_party_is_unknown_only_where_the_unknown_could_decide_it(evening: Evening) -> None:
    for user in (PINO, AGU, ZETA):
        evening.plays(user, OSU)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1100)
    evening.look(games={PINO: (OSU,)}, complete_games=False)
    assert ago(evening.party().unwatched_since) == 1000
    evening.until(1200)
    evening.look(games={PINO: (OSU,), AGU: (OSU,)}, without=ZETA)
    assert (evening.party().state, evening.party().unwatched_since) == ("recovered", None)
    assert evening.party().max_players == 3


def test_a_party_is_gone_where_even_the_unknown_are_too_few(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1100)
    evening.look(without=PINO)
    assert evening.parties() == []
    assert {(r.kind, r.seconds) for r in evening.records} == {("game", 1000), ("party", 1000)}


def test_a_party_goes_on_as_events_prove_its_players(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(1000)
    evening.unwatched(since=1000)
    evening.until(1100)
    evening.plays(PINO, OSU)
    assert ago(evening.party().unwatched_since) == 1000
    evening.until(1200)
    evening.plays(AGU, OSU)
    assert (evening.party().state, evening.party().unwatched_since) == ("recovered", None)
    assert evening.records == []


def test_a_stay_heard_to_begin_before_a_gap_and_to_end_after_it_is_recorded(
    evening: Evening,
) -> None:
    evening.joins(PINO)
    evening.until(1)
    evening.unwatched(since=1)
    evening.until(1000)
    evening.leaves(PINO)
    evening.until(2000)
    record = evening.record
    assert (ago(record.started_at), ago(record.ended_at)) == (0, 1000)
    assert (record.seconds, record.uncertain_seconds) == (1000, 1000)


def test_who_is_seen_to_come_before_anybody_looked_may_have_come_in_the_gap(
    evening: Evening,
) -> None:
    evening.look()
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, unknown_in(session)) == ("confirmed", [(0, 200)])
    assert unknown_in(evening.game_of(PINO)) == [(0, 200)]


def test_a_party_of_which_a_player_was_found_by_the_same_look_goes_on(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.look(games={AGU: (OSU,), ZETA: (OSU,)}, without=PINO)
    party = evening.party()
    assert (party.state, party.unwatched_since) == ("recovered", None)
    assert [player.user_id for player in party.players] == [PINO, AGU, ZETA]


def test_a_party_with_somebody_a_look_has_found_is_silent_although_another_came(
    evening: Evening,
) -> None:
    evening.plays(PINO, OSU)
    evening.until(4)
    evening.unwatched(since=4)
    evening.until(100)
    evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    assert evening.party().state == "recovered"
    assert {notice.kind for notice in only(evening.effects, NoticeDue)} == {"game"}


def test_who_is_seen_to_come_before_the_very_first_look_has_no_bound(evening: Evening) -> None:
    evening.unwatched(since=0)
    evening.until(100)
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    evening.until(200)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.unbounded, evening.game_of(PINO).unbounded) == (True, True)


def test_a_game_begun_before_anybody_looked_at_games_is_unknown_since_they_did(
    evening: Evening,
) -> None:
    evening.look()
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.look(complete_games=False)
    evening.until(300)
    evening.joins(PINO)
    evening.plays(PINO, OSU)
    session = evening.voice_of(PINO)
    assert session is not None
    assert unknown_in(session) == []
    assert unknown_in(evening.game_of(PINO)) == [(0, 300)]


def test_nobody_begins_a_party_with_a_player_whom_nobody_watches(evening: Evening) -> None:
    evening.look()
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.unwatched(since=100)
    evening.until(200)
    evening.plays(AGU, OSU)
    evening.until(250)
    assert evening.parties() == []
    evening.look(games={PINO: (OSU,), AGU: (OSU,)})
    assert [player.user_id for player in evening.party().players] == [PINO, AGU]


def test_how_far_a_guild_is_watched_can_be_written_along_with_whoever_counts_from_now_on(
    evening: Evening,
) -> None:
    evening.look()
    watch = evening.engine.keep_watch(GUILD, at(20))
    assert watch is not None
    assert (watch.guild_id, watch.observed_until) == (GUILD, at(20))
    earlier = evening.engine.keep_watch(GUILD, at(10))
    assert earlier is not None
    assert earlier.observed_until == at(20)


def test_over_a_gap_no_guild_is_watched(evening: Evening) -> None:
    evening.until(100)
    evening.unwatched(50)
    assert evening.engine.keep_watch(GUILD, at(90)) is None
