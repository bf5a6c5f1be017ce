"""Rows: the documented fields in the documented order, for the three kinds, ended and live."""

from __future__ import annotations

import msgspec
import pytest

from engine.settings import Settings
from integrations.cli.rows import Row, live_rows, row_of_record
from machines import SECOND, GuildWatch, Instant, PartySession, Record
from tests.integrations.cli.examples import (
    AGU,
    GUILD,
    HALF_PAST_TEN,
    MINUTE,
    PINO,
    ZETA,
    game_record,
    live_state,
    party_record,
    voice_record,
)

FIELDS = [
    *("id", "kind", "guild_id", "user_id", "username", "state", "channel_id", "channel_name"),
    *("game_name", "activity_type", "player_ids", "started_at", "confirmed_at", "last_seen"),
    *("ended_at", "seconds", "uncertain_seconds", "reason", "away_since", "away_until"),
    "unwatched_since",
]


def test_an_ended_voice_session_has_its_channel_and_nothing_of_a_game() -> None:
    assert msgspec.to_builtins(row_of_record(voice_record())) == {
        "id": "v1",
        "kind": "voice",
        "guild_id": str(GUILD),
        "user_id": str(PINO),
        "username": "Pino",
        "state": "ended",
        "channel_id": "987654321098765432",
        "channel_name": "General",
        "game_name": None,
        "activity_type": None,
        "player_ids": None,
        "started_at": "2025-12-29T22:30:00Z",
        "confirmed_at": "2025-12-29T22:30:10Z",
        "last_seen": "2025-12-29T23:15:00Z",
        "ended_at": "2025-12-29T23:15:00Z",
        "seconds": 2700.0,
        "uncertain_seconds": 0.0,
        "reason": "left",
        "away_since": None,
        "away_until": None,
        "unwatched_since": None,
    }


@pytest.mark.parametrize("record", [voice_record(), game_record(), party_record()])
def test_the_fields_are_the_documented_ones_in_their_order(record: Record) -> None:
    printed = msgspec.json.encode(row_of_record(record))
    assert list(msgspec.json.decode(printed)) == FIELDS


def test_an_ended_game_says_that_nothing_bounds_it() -> None:
    row = row_of_record(game_record())
    assert (row.game_name, row.activity_type, row.channel_id) == ("VALORANT", "playing", None)
    assert (row.confirmed_at, row.uncertain_seconds) == (None, None)


def test_a_party_has_players_and_no_person() -> None:
    row = row_of_record(party_record())
    assert row.player_ids == [str(AGU), str(ZETA)]
    assert (row.user_id, row.username) == (None, None)


def test_live_sessions_come_by_their_start_and_have_not_ended() -> None:
    rows = list(live_rows(live_state(), HALF_PAST_TEN + 30 * MINUTE, Settings()))
    assert [row.id for row in rows] == ["lv", "lg", "lp"]
    assert {(row.ended_at, row.reason) for row in rows} == {(None, None)}
    assert [row.player_ids for row in rows] == [None, None, [str(AGU), str(ZETA)]]
    assert [row.channel_name for row in rows] == ["General", None, None]
    assert [row.activity_type for row in rows] == [None, "streaming", None]


def test_while_the_bot_watches_time_counts_up_to_now() -> None:
    now = HALF_PAST_TEN + 30 * MINUTE + 59 * SECOND
    rows = list(live_rows(live_state(), now, Settings(heartbeat_every=30)))
    assert [row.seconds for row in rows] == [1859.0, 1799.0, 1739.0]
    assert [row.uncertain_seconds for row in rows] == [0.0, None, 0.0]


def test_of_a_bot_long_gone_time_counts_up_to_its_last_beat() -> None:
    now = HALF_PAST_TEN + 300 * MINUTE
    rows = list(live_rows(live_state(), now, Settings(heartbeat_every=30)))
    assert [row.seconds for row in rows] == [1800.0, 1740.0, 1680.0]


def test_without_any_sign_of_watching_time_counts_up_to_now() -> None:
    state = live_state()
    state.guilds, state.saved_at = [], None
    rows = list(live_rows(state, HALF_PAST_TEN + 300 * MINUTE, Settings()))
    assert rows[0].seconds == 18_000.0


def test_of_a_bot_that_was_closed_time_counts_up_to_what_it_watched() -> None:
    now = HALF_PAST_TEN + 30 * MINUTE + 59 * SECOND
    rows = list(live_rows(live_state(), now, Settings(heartbeat_every=30), is_closed=True))
    assert [row.seconds for row in rows] == [1800.0, 1740.0, 1680.0]


def test_whoever_was_seen_after_the_last_beat_counts_up_to_then() -> None:
    state, now = live_state(), HALF_PAST_TEN + 40 * MINUTE
    _, game, voice = state.sessions
    game.last_seen = HALF_PAST_TEN + 31 * MINUTE
    voice.absent_since = voice.last_seen = HALF_PAST_TEN + 32 * MINUTE
    rows = list(live_rows(state, now, Settings(heartbeat_every=30), is_closed=True))
    assert [row.seconds for row in rows] == [32 * 60.0, 30 * 60.0, 28 * 60.0]


def test_what_a_closed_bot_wrote_after_it_had_last_watched_is_no_sign_of_watching() -> None:
    state = live_state()
    state.saved_at = HALF_PAST_TEN + 31 * MINUTE
    now = HALF_PAST_TEN + 31 * MINUTE
    rows = list(live_rows(state, now, Settings(heartbeat_every=30), is_closed=True))
    assert rows[0].seconds == 1800.0
    state.guilds = []
    rows = list(live_rows(state, now + MINUTE, Settings(heartbeat_every=30), is_closed=True))
    assert rows[0].seconds == 1860.0


def watched_by_a_bot_that_goes_on(now: Instant, **watch: Instant) -> list[Row]:
    """Return the rows where both guilds are known to be watched as ``watch`` says."""
    state = live_state()
    state.guilds = [GuildWatch(guild_id=each, **watch) for each in (GUILD, GUILD + 1)]
    state.saved_at = now
    return list(live_rows(state, now, Settings(heartbeat_every=30)))


@pytest.mark.parametrize("what", ["cut_since", "gap_since"])
def test_over_a_cut_time_counts_up_to_it_however_lately_all_was_written_down(what: str) -> None:
    cut = HALF_PAST_TEN + 29 * MINUTE
    now = cut + 30 * SECOND
    rows = watched_by_a_bot_that_goes_on(now, observed_until=cut - SECOND, **{what: cut})
    assert [row.seconds for row in rows] == [29 * 60.0, 28 * 60.0, 27 * 60.0]
    assert {row.unwatched_since for row in rows} == {"2025-12-29T22:59:00Z"}


def test_while_somebody_watches_none_of_it_is_said() -> None:
    now = HALF_PAST_TEN + 29 * MINUTE
    rows = watched_by_a_bot_that_goes_on(now, observed_until=now - 20 * SECOND)
    assert {row.unwatched_since for row in rows} == {None}


def test_that_all_was_written_down_proves_no_watching() -> None:
    now, watched = HALF_PAST_TEN + 40 * MINUTE, HALF_PAST_TEN + 30 * MINUTE
    rows = watched_by_a_bot_that_goes_on(now, observed_until=watched)
    assert [row.seconds for row in rows] == [30 * 60.0, 29 * 60.0, 28 * 60.0]
    assert {row.unwatched_since for row in rows} == {"2025-12-29T23:00:00Z"}


def test_whoever_nobody_has_seen_since_a_gap_counts_up_to_it() -> None:
    state, now = live_state(), HALF_PAST_TEN + 30 * MINUTE
    state.sessions[2].unwatched_since = HALF_PAST_TEN + 10 * MINUTE
    rows = list(live_rows(state, now, Settings(heartbeat_every=30)))
    assert [row.seconds for row in rows] == [10 * 60.0, 29 * 60.0, 28 * 60.0]


@pytest.mark.parametrize(("started", "until"), [(-1, 30 * 60.0 + 20), (10, 30 * 60.0)])
def test_what_another_bot_watched_before_it_ended_is_not_watched_by_one_that_has_just_started(
    started: int, until: float
) -> None:
    watched = HALF_PAST_TEN + 30 * MINUTE
    now, owned_since = watched + 20 * SECOND, watched + started * SECOND
    rows = live_rows(live_state(), now, Settings(heartbeat_every=30), owned_since=owned_since)
    assert next(rows).seconds == until


def test_a_start_that_lies_in_the_future_is_of_a_clock_that_was_set_back() -> None:
    now = HALF_PAST_TEN + 30 * MINUTE + 20 * SECOND
    rows = live_rows(live_state(), now, Settings(heartbeat_every=30), owned_since=now + MINUTE)
    assert next(rows).unwatched_since is None


def test_whoever_was_forgotten_is_no_player_that_a_row_names() -> None:
    state = live_state()
    party = state.sessions[0]
    assert isinstance(party, PartySession)
    party.players = [msgspec.structs.replace(party.players[0], user_id=-1), *party.players[1:]]
    rows = live_rows(state, HALF_PAST_TEN + MINUTE, Settings())
    [row] = [each for each in rows if each.kind == "party"]
    assert row.player_ids == [str(player.user_id) for player in party.players[1:]]


def test_in_a_gap_that_goes_on_whoever_was_seen_since_counts_up_to_then() -> None:
    """After a sleep the connection may have stood: no guild comes anew and ends the gap."""
    state, now = live_state(), HALF_PAST_TEN + 50 * MINUTE
    gap = HALF_PAST_TEN + MINUTE + 30 * SECOND
    party, _, voice = state.sessions
    voice.last_seen = HALF_PAST_TEN + 49 * MINUTE
    party.last_seen = HALF_PAST_TEN + 48 * MINUTE
    state.guilds = [
        GuildWatch(guild_id=each, observed_until=gap, gap_since=gap) for each in (GUILD, GUILD + 1)
    ]
    rows = list(live_rows(state, now, Settings(heartbeat_every=30)))
    assert [row.seconds for row in rows] == [49 * 60.0, 30.0, 46 * 60.0]
    assert all((row.unwatched_since or "") >= row.started_at for row in rows)


def test_a_cut_in_a_gap_counts_for_whoever_was_seen_in_either() -> None:
    state, now = live_state(), HALF_PAST_TEN + 50 * MINUTE
    _, _, voice = state.sessions
    voice.last_seen = HALF_PAST_TEN + 49 * MINUTE
    watch = {"gap_since": HALF_PAST_TEN + 5 * MINUTE, "cut_since": HALF_PAST_TEN + 20 * MINUTE}
    state.guilds = [GuildWatch(guild_id=each, **watch) for each in (GUILD, GUILD + 1)]
    rows = list(live_rows(state, now, Settings(heartbeat_every=30)))
    assert [row.seconds for row in rows] == [20 * 60.0, 4 * 60.0, 3 * 60.0]
