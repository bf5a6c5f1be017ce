"""Large parties: a player who comes or goes is written alone, and the party is whole again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from machines import PartySession, Player
from persistence import SnapshotStore, live_files, read_live
from persistence.snapshot_file import SNAPSHOT_NAME, journal_of
from tests.how_often import examples
from tests.persistence.examples import GUILD, HOUR, START, fields

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)


def a_store(folder: Path) -> SnapshotStore:
    return SnapshotStore(folder, now=lambda: START)


def a_player(number: int) -> Player:
    return Player(
        session_id=f"g{number}", user_id=number, username=f"Ana {number}", started_at=START
    )


def a_party_of(players: int) -> PartySession:
    return PartySession(
        id="p1",
        guild_id=GUILD,
        state="confirmed",
        started_at=START,
        last_seen=START,
        game_name="VALORANT",
        players=[a_player(number) for number in range(players)],
        max_players=players,
    )


def held_in(folder: Path) -> PartySession:
    [session] = read_live(folder).state.sessions
    assert isinstance(session, PartySession)
    return session


@pytest.mark.parametrize("players", [100, 1_000])
def test_a_player_is_a_line_as_long_however_many_play(tmp_path: Path, players: int) -> None:
    store = a_store(tmp_path)
    party = a_party_of(players)
    store.put(party)
    store.flush_now()
    store.put(party, (party.players[7],))
    store.flush_now()
    _header, line = (tmp_path / "active_sessions.journal").read_text("utf-8").splitlines()
    assert len(line) < 700
    told = json.loads(line)[3]
    assert (told["section"], told["key"], told["player"]) == ("party_sessions", "p1", "g7")
    assert told["entry"]["player_ids"] == ["7"]
    assert fields(held_in(tmp_path)) == fields(party)
    store.close()


def test_whoever_comes_and_goes_is_in_the_party_in_the_order_in_which_they_came(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path)
    party = a_party_of(3)
    store.put(party)
    store.flush_now()
    for number in (3, 4):
        party.players.append(a_player(number))
        party.max_players += 1
        store.put(party, (party.players[-1],))
    party.players[3] = replace(party.players[3], ended_at=START + HOUR)
    party.players[1] = replace(party.players[1], username="Pino II")
    store.put(party, (party.players[3],))
    store.put(party, (party.players[1],))
    store.flush_now()
    assert fields(held_in(tmp_path)) == fields(party)
    assert fields(a_store(tmp_path).load().state.sessions[0]) == fields(party)


def test_the_snapshot_has_them_all_and_says_nothing_of_how_they_came(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    party = a_party_of(3)
    store.put(party)
    store.flush_now()
    party.players.append(a_player(3))
    store.put(party, (party.players[3],))
    store.flush_now()
    assert journal_of(tmp_path / SNAPSHOT_NAME).exists()
    store.close()
    a_store(tmp_path).load()
    document = json.loads((tmp_path / SNAPSHOT_NAME).read_bytes())
    assert document["schema"] == 2
    assert document["party_sessions"]["p1"]["player_ids"] == ["0", "1", "2", "3"]
    assert not journal_of(tmp_path / SNAPSHOT_NAME).exists()


def test_a_party_that_is_not_held_yet_is_held_whole(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    party = a_party_of(3)
    store.put(party, (party.players[0],))
    store.flush_now()
    assert fields(held_in(tmp_path)) == fields(party)


def test_a_party_of_which_nobody_changed_is_written_with_one_of_its_players(
    tmp_path: Path,
) -> None:
    store, party = a_store(tmp_path), a_party_of(1_000)
    store.put(party)
    store.flush_now()
    party.absent_since = START + HOUR
    store.put(party, ())
    store.flush_now()
    _header, line = journal_of(tmp_path / SNAPSHOT_NAME).read_text("utf-8").splitlines()
    assert len(json.loads(line)[3]["entry"]["player_ids"]) == 1
    assert fields(held_in(tmp_path)) == fields(party)


@pytest.mark.parametrize(("changed", "lines"), [(2, 2), (4, 4), (6, 1)])
def test_a_party_is_written_whole_where_that_takes_less_room(
    tmp_path: Path, changed: int, lines: int
) -> None:
    store, party = a_store(tmp_path), a_party_of(20)
    store.put(party)
    store.flush_now()
    store.put(party, tuple(party.players[:changed]))
    store.flush_now()
    _header, *told = journal_of(tmp_path / SNAPSHOT_NAME).read_text("utf-8").splitlines()
    assert len(told) == lines


def test_of_a_snapshot_that_is_lost_the_journal_has_the_players_who_changed(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path)
    party = a_party_of(3)
    store.put(party)
    store.flush_now()
    store.put(party, (party.players[1],))
    store.put(party, (party.players[2],))
    store.flush_now()
    store.close()
    (tmp_path / SNAPSHOT_NAME).write_bytes(b"{")
    assert [player.user_id for player in held_in(tmp_path).players] == [1, 2]


def test_a_party_that_has_ended_takes_what_changed_of_it_along(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    party = a_party_of(3)
    store.put(party)
    store.flush_now()
    store.put(party, (party.players[0],))
    store.discard("p1")
    store.flush_now()
    assert read_live(tmp_path).state.sessions == []


def test_a_party_that_is_written_whole_again_leaves_nothing_of_before(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    party = a_party_of(3)
    store.put(party)
    store.flush_now()
    store.put(party, (party.players[0],))
    store.flush_now()
    party.last_seen += 1
    party.players[0] = replace(party.players[0], ended_at=START + HOUR)
    store.put(party)
    store.flush_now()
    assert fields(held_in(tmp_path)) == fields(party)


def test_what_a_party_is_itself_is_what_the_last_player_to_change_says(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    party = a_party_of(3)
    store.put(party)
    store.flush_now()
    for max_players, number in ((4, 0), (5, 1), (6, 0)):
        party.max_players = max_players
        store.put(party, (party.players[number],))
    store.flush_now()
    assert fields(held_in(tmp_path)) == fields(party)


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("comes"), st.integers(0, 9)),
        st.tuples(st.just("goes"), st.integers(0, 9)),
        st.tuples(st.sampled_from(["whole", "flush", "start", "snapshot"]), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=examples(150), deadline=None)
@given(DEEDS)
def test_whatever_comes_in_whichever_order_the_party_is_what_it_is(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("party")
    store, party = a_store(folder), a_party_of(2)
    store.put(party)
    for deed, number in deeds:
        known = next((each for each in party.players if each.user_id == number), None)
        match deed:
            case "comes" | "goes":
                if known is None:
                    known = a_player(number)
                    party.players.append(known)
                party.max_players += 1
                ended_at = None if deed == "comes" else START + HOUR
                place = party.players.index(known)
                party.players[place] = replace(known, ended_at=ended_at)
                store.put(party, (party.players[place],))
            case "whole":
                party.last_seen += 1
                store.put(party)
            case "flush":
                store.flush_now()
            case "start":
                store.flush_now()
                store.close()
                store = a_store(folder)
                [back] = store.load().state.sessions
                assert isinstance(back, PartySession)
                party = back
            case _:
                store.scrub_now()
    store.flush_now()
    assert fields(held_in(folder)) == fields(party)
    store.close()
