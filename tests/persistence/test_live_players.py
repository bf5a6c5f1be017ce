"""What a party's entry says of who plays on is as old as their coming: their games say more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from machines import GuildWatch, LiveState, PartySession, Player, Stretch
from persistence import DataDir, SnapshotStore, live_files, read_live
from persistence.atomic_file import previous_of
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
        {"user_id": 7},
    ],
    ids=["another session", "somebody else, for they were forgotten"],
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


def test_a_party_that_is_taken_from_the_file_before_follows_the_games_of_the_last(
    tmp_path: Path,
) -> None:
    session, held = game(user_id=1), party()
    with DataDir.open(tmp_path) as data_dir:
        data_dir.live.replace(LiveState(sessions=[session, held]))
        data_dir.live.flush_now()
        session.absent_since = START + HOUR
        data_dir.live.replace(LiveState(sessions=[session, held]))
        data_dir.live.flush_now()
    _damage(tmp_path, "party_sessions", "p1")
    assert of_pino(read_live(tmp_path).state.sessions).ended_at == START + HOUR


def test_a_party_of_which_the_journal_alone_is_left_follows_its_games(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)
    session, held = game(user_id=1), party()
    with DataDir.open(tmp_path) as data_dir:
        data_dir.live.replace(LiveState(sessions=[]))
        data_dir.live.flush_now()
        for each in (session, held):
            data_dir.live.put(each)
        data_dir.live.flush_now()
        session.absent_since = START + HOUR
        data_dir.live.put(session)
        data_dir.live.flush_now()
    for snapshot in (tmp_path / SNAPSHOT_NAME, previous_of(tmp_path / SNAPSHOT_NAME)):
        snapshot.write_text("{", encoding="utf-8")
    assert of_pino(read_live(tmp_path).state.sessions).ended_at == START + HOUR


def test_who_was_gone_for_another_game_is_gone_whatever_it_says() -> None:
    held = replace(party(), app_id=game().app_id)
    held.players[0] = before = replace(held.players[0], ended_at=START + HOUR)
    session = replace(game(user_id=1), app_id=7, absent_since=START + 2 * HOUR)
    follow_games([session, held])
    assert of_pino([held]) is before


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
        _damage(folder, "game_sessions", "g1")


def _damage(folder: Path, section: str, key: str) -> None:
    file = folder / SNAPSHOT_NAME
    document = json.loads(file.read_bytes())
    document[section][key]["state"] = "no state"
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


def test_who_was_out_of_sight_when_the_party_was_taken_up_plays_with_another(
    tmp_path: Path,
) -> None:
    """Their game has no application id: it was taken to be of another party of that name."""
    unknown = Stretch(START + HOUR, START + 2 * HOUR, "unknown")
    told = party()
    told.players[0] = replace(told.players[0], ended_at=START + HOUR, stretches=(unknown,))
    with DataDir.open(tmp_path) as data_dir:
        data_dir.live.put(replace(game("g1", user_id=1), app_id=None))
        data_dir.live.put(told)
        data_dir.live.flush_now()
    assert fields(party_in(tmp_path).players) == fields(told.players)


def test_what_is_unknown_in_the_game_as_well_was_not_added_by_the_party() -> None:
    unknown = Stretch(START + HOUR, START + 2 * HOUR, "unknown")
    held = replace(party(), app_id=game().app_id)
    held.players[0] = replace(held.players[0], ended_at=START + HOUR, stretches=(unknown,))
    follow_games([replace(game(user_id=1), stretches=(unknown,)), held])
    assert (of_pino([held]).ended_at, of_pino([held]).stretches) == (None, (unknown,))


def test_what_the_ledger_says_comes_before_what_a_game_said_that_is_there_still(
    tmp_path: Path,
) -> None:
    """The process was killed when the row was written, and the game was not discarded yet."""
    away = replace(game("g1", user_id=1), absent_since=START + HOUR)
    unknown = Stretch(START + HOUR, START + 2 * HOUR, "unknown")
    record = replace(game_record("g1", user_id=1), ended_at=START + 3 * HOUR, stretches=(unknown,))
    with DataDir.open(tmp_path) as data_dir:
        data_dir.live.put(away)
        data_dir.live.put(party())
        data_dir.live.flush_now()
        data_dir.ledger.append_now([record])
    with DataDir.open(tmp_path) as data_dir:
        player = of_pino(data_dir.restore().state.sessions)
    assert (player.ended_at, player.stretches) == (record.ended_at, record.stretches)
    assert of_pino(read_live(tmp_path).state.sessions).ended_at == record.ended_at


def test_what_the_ledger_says_of_who_was_gone_for_another_game_is_of_that_one(
    tmp_path: Path,
) -> None:
    told = replace(party(), app_id=8)
    told.players[0] = replace(told.players[0], ended_at=START + HOUR)
    with DataDir.open(tmp_path) as data_dir:
        data_dir.live.put(game("g1", user_id=1))
        data_dir.live.put(told)
        data_dir.live.flush_now()
        data_dir.ledger.append_now([game_record("g1", user_id=1, hours=3)])
    assert of_pino(read_live(tmp_path).state.sessions).ended_at == START + HOUR


def test_whose_leaving_for_another_game_was_not_written_was_there_no_longer_than_seen() -> None:
    """An application id became known: of two entries the party's was not written any more.

    What it was not told before stood in the game's, and cannot be told from what came after.
    """
    session = replace(
        game("g1", user_id=1), app_id=7, stretches=(AWAY,), last_seen=START + 3 * HOUR
    )
    held = replace(party(), app_id=8)
    follow_games([session, held])
    player = of_pino([held])
    unknown = Stretch(START, START + 3 * HOUR, "unknown")
    assert (player.ended_at, player.stretches) == (START + 3 * HOUR, (unknown,))
