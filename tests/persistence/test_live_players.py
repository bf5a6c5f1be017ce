"""What a party's entry says of who plays on is as old as their coming: their games say more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from machines import GuildWatch, PartySession, Player, Stretch
from persistence import DataDir, SnapshotStore, read_live
from persistence.live_players import follow_games
from persistence.snapshot_file import SNAPSHOT_NAME
from tests.persistence.examples import GUILD, HOUR, START, fields, game, game_record, party

if TYPE_CHECKING:
    from pathlib import Path

    from machines import AnySession, GameSession

AWAY = Stretch(START + HOUR, START + 2 * HOUR, "away")


def of_pino(sessions: list[AnySession]) -> Player:
    [held] = [each for each in sessions if isinstance(each, PartySession)]
    [pino] = [each for each in held.players if each.session_id == "g1"]
    return pino


def as_a_player(session: GameSession) -> Player:
    held = replace(party(), app_id=game().app_id)
    follow_games([session, held])
    return of_pino([held])


@pytest.mark.parametrize(
    "now",
    [
        {"absent_since": START + HOUR},
        {"stretches": (AWAY,)},
        {"ended_at": START + HOUR, "absent_since": START + HOUR, "state": "ended"},
        {"username": "Pino II"},
        {"app_id": None, "absent_since": START + HOUR},
    ],
    ids=["away", "back", "over", "renamed", "without an application id"],
)
def test_a_player_is_as_the_game_says(now: dict[str, object]) -> None:
    session = replace(game(user_id=1), **now)
    player = as_a_player(session)
    assert (player.username, player.stretches) == (session.username, session.stretches)
    assert player.ended_at == session.absent_since


@pytest.mark.parametrize(
    "now",
    [
        {"id": "g7"},
        {"app_id": 7},
        {"user_id": 7},
    ],
    ids=["another session", "another game after all", "somebody else, for they were forgotten"],
)
def test_what_is_not_the_players_game_says_nothing_of_them(now: dict[str, object]) -> None:
    held = replace(party(), app_id=game().app_id)
    before = of_pino([held])
    session = replace(game(user_id=1), absent_since=START + HOUR, **now)
    follow_games([session, held])
    assert of_pino([held]) is before


def test_of_what_was_before_a_chapter_the_games_say_nothing_to_it() -> None:
    begins = START + HOUR + HOUR // 2
    held = replace(party(started_at=begins), app_id=game().app_id, continues=True)
    follow_games([replace(game(user_id=1), stretches=(AWAY,)), held])
    pino = of_pino([held])
    assert pino.started_at == begins
    assert pino.stretches == (Stretch(begins, START + 2 * HOUR, "away"),)


def test_what_happens_to_one_who_plays_on_is_written_once_and_read_twice(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, now=lambda: START)
    session, held = game(user_id=1), party()
    for each in (session, held):
        store.put(each)
    store.flush_now()
    session.absent_since = START + HOUR
    store.put(session)
    store.flush_now()
    store.close()
    assert of_pino(read_live(tmp_path).state.sessions).ended_at == START + HOUR
    again = SnapshotStore(tmp_path, now=lambda: START)
    assert of_pino(again.load().state.sessions).ended_at == START + HOUR
    again.close()


def _write(folder: Path, *parties: PartySession, is_damaged: bool) -> None:
    """Write two games and parties, watched for three hours; the game of one may be damaged."""
    with DataDir.open(folder) as data_dir:
        for user_id, name in ((1, "Pino"), (2, "agu")):
            data_dir.live.put(game(f"g{user_id}", user_id=user_id, username=name))
        for held in parties:
            data_dir.live.put(held)
        data_dir.live.watch(GuildWatch(guild_id=GUILD, observed_until=START + 3 * HOUR))
        data_dir.live.flush_now()
    if is_damaged:
        _damage(folder)


def _damage(folder: Path) -> None:
    file = folder / SNAPSHOT_NAME
    document = json.loads(file.read_bytes())
    document["game_sessions"]["g1"]["state"] = "no state"
    file.write_text(json.dumps(document), encoding="utf-8")


def party_in(folder: Path) -> PartySession:
    [held] = [each for each in read_live(folder).state.sessions if isinstance(each, PartySession)]
    return held


def test_where_the_games_entry_is_damaged_nothing_is_known_since_the_party_was_told(
    tmp_path: Path,
) -> None:
    told = party()
    told.players[0] = replace(told.players[0], stretches=(AWAY,))
    _write(tmp_path, told, is_damaged=True)
    unknown = Stretch(AWAY.end, START + 3 * HOUR, "unknown")
    expected = [(AWAY, unknown), (), ()]
    assert [each.stretches for each in party_in(tmp_path).players] == expected
    with DataDir.open(tmp_path) as data_dir:
        assert of_pino(data_dir.restore().state.sessions).stretches == (AWAY, unknown)
    assert [each.stretches for each in party_in(tmp_path).players] == expected  # it says so by now


@pytest.mark.parametrize(
    ("player", "is_damaged"),
    [
        ({"user_id": -1, "username": ""}, True),
        ({"ended_at": START + HOUR}, True),
        ({"session_id": "g7"}, False),
    ],
    ids=["who was forgotten", "who is gone", "whose game is missing without damage"],
)
def test_of_another_the_party_was_told_all_there_is(
    tmp_path: Path, player: dict[str, object], *, is_damaged: bool
) -> None:
    told = party()
    told.players[0] = replace(told.players[0], **player)
    _write(tmp_path, told, is_damaged=is_damaged)
    assert fields(party_in(tmp_path).players) == fields(told.players)


def test_of_two_players_one_may_be_in_the_ledger_and_the_other_be_lost(tmp_path: Path) -> None:
    _write(tmp_path, party(), is_damaged=True)
    with DataDir.open(tmp_path) as data_dir:
        data_dir.ledger.append_now([game_record("g2", user_id=2)])
    one, other, _ = party_in(tmp_path).players
    assert one.stretches == (Stretch(START, START + 3 * HOUR, "unknown"),)
    assert other.ended_at == START + HOUR


def test_whoever_is_lost_was_gone_for_certain_from_a_party_of_another_game(tmp_path: Path) -> None:
    """Its application id had become known, so they went over from one party to the other."""
    earlier = party("p2")
    earlier.players[0] = replace(earlier.players[0], ended_at=START + HOUR)
    _write(tmp_path, party(), earlier, is_damaged=True)
    parties = [each for each in read_live(tmp_path).state.sessions if each.id == "p2"]
    assert of_pino(parties).stretches == ()
