"""What is lost of a long history is unknown, whichever clock was set: nothing certain is untrue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from engine.shifting import shift_whole
from machines import GameSession, LiveState, PartySession, Timeline
from persistence import read_live
from persistence.parts import WHOLE, alone
from persistence.snapshot_file import SNAPSHOT_NAME, journal_of
from persistence.versions import whole
from tests.persistence.examples import fields, party
from tests.persistence.test_histories import (
    MINUTE,
    a_store,
    goes_on,
    held_in,
    is_away,
    loses_line,
    mover,
    moves,
    nothing_is_small,
    one_held_in,
    party_of_two,
    player_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from machines import AnySession, Instant, Player
    from machines.timeline import Account
    from persistence import SnapshotStore

pytestmark = pytest.mark.usefixtures(nothing_is_small.__name__)

HOUR = 60 * MINUTE


def account(told: GameSession | PartySession | Player, until: Instant) -> Account:
    return Timeline(told.started_at, until, list(told.stretches), told.unbounded).account()


def is_within_what_is_said(
    found: GameSession | PartySession | Player,
    true: GameSession | PartySession | Player,
    at: Instant,
) -> bool:
    said, truth = account(found, at), account(true, at)
    margin = said.uncertain_seconds
    return margin is None or abs(said.seconds - truth.seconds) <= margin


def whose_clock_is_set(store: SnapshotStore) -> GameSession:
    """Write a long history and what came after it; a clock is set, and it goes on unwritten."""
    session = player_of(100)
    store.put(session)
    store.flush_now()
    store.put(session, goes_on(session))
    store.flush_now()
    shift_whole(session, HOUR)
    is_away(session)
    return session


def test_a_line_that_is_lost_with_a_clock_that_was_set_leaves_no_history_of_two_clocks(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path)
    session = whose_clock_is_set(store)
    store.put(session)
    store.flush_now()
    store.put(session, goes_on(session))
    store.flush_now()
    store.close()
    loses_line(tmp_path, 2)
    found = one_held_in(tmp_path)
    assert isinstance(found, GameSession)
    assert is_within_what_is_said(found, session, session.last_seen)


def test_nor_does_a_snapshot_that_is_lost(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    session = whose_clock_is_set(store)
    store.replace(LiveState(sessions=[session]))
    store.flush_now()
    for _time in range(2):
        store.put(session, goes_on(session))
        store.flush_now()
    store.close()
    (tmp_path / SNAPSHOT_NAME).write_bytes(b"{")
    found = one_held_in(tmp_path)
    assert isinstance(found, GameSession)
    assert is_within_what_is_said(found, session, session.last_seen)


def test_nor_has_a_player_of_a_party_one(tmp_path: Path) -> None:
    party, store = party_of_two(100), a_store(tmp_path)
    store.put(party)
    store.put(party, tuple(party.players[:1]))
    store.flush_now()
    store.put(party, goes_on(party))
    store.flush_now()
    shift_whole(party, HOUR)
    goes_on(party)
    store.put(party)
    store.put(party, tuple(party.players[:1]))
    store.flush_now()
    store.put(party, goes_on(party))
    store.flush_now()
    store.close()
    loses_line(tmp_path, 2)
    loses_line(tmp_path, 3)
    found = one_held_in(tmp_path)
    assert isinstance(found, PartySession)
    assert is_within_what_is_said(found, party, party.last_seen)
    assert is_within_what_is_said(found.players[0], party.players[0], party.last_seen)


def is_said_truly(found: AnySession, party: PartySession) -> bool:
    """Return whether all that is said of each of its players is as it was put, or within that."""
    assert isinstance(found, PartySession)
    of_each = zip(found.players, party.players, strict=True)
    return all(
        is_within_what_is_said(said, true, party.last_seen) and said.started_at == true.started_at
        for said, true in of_each
    )


def of_two_hours(store: SnapshotStore) -> PartySession:
    """Write a party of two, one of whom is gone by now."""
    told = party()
    told.confirmed_at = told.started_at + MINUTE
    told.last_seen += 2 * HOUR
    told.players[1] = replace(told.players[1], ended_at=told.started_at + HOUR)
    store.put(told)
    store.flush_now()
    return told


def puts_one(store: SnapshotStore, told: PartySession, player: int = 0) -> None:
    told.last_seen += MINUTE
    told.players[player] = replace(told.players[player], username="Pino II")
    store.put(told, (told.players[player],))
    store.flush_now()


@pytest.mark.parametrize("by", [HOUR, -HOUR])
@pytest.mark.parametrize("of_old", [False, True])
def test_nor_has_a_party_players_of_two_where_the_line_that_told_of_all_is_lost(
    tmp_path: Path, by: int, *, of_old: bool
) -> None:
    """Of what the proposal's code wrote it is not known when it was confirmed."""
    store = a_store(tmp_path)
    told = of_two_hours(store)
    if of_old:
        told.confirmed_at = None
        store.replace(LiveState(sessions=[told]))
        store.flush_now()
    shift_whole(told, by)
    store.put(told)
    store.flush_now()
    puts_one(store, told)
    store.close()
    loses_line(tmp_path, 1)
    assert is_said_truly(one_held_in(tmp_path), told)


def test_nor_where_another_clock_was_set_after_that(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    told = of_two_hours(store)
    for by in (HOUR, HOUR // 2):
        shift_whole(told, by)
        store.put(told)
        store.flush_now()
        come = replace(told.players[0], session_id=f"g{by}", user_id=by)
        told.players.append(come)
        puts_one(store, told, len(told.players) - 1)
    store.close()
    loses_line(tmp_path, 1)
    loses_line(tmp_path, 3)
    assert is_said_truly(one_held_in(tmp_path), told)


@pytest.mark.parametrize("broken", ["{", '"guild_id":-8'])
def test_nor_where_the_snapshot_that_told_of_all_is(tmp_path: Path, broken: str) -> None:
    store = a_store(tmp_path)
    told = of_two_hours(store)
    shift_whole(told, HOUR)
    store.replace(LiveState(sessions=[told]))
    store.flush_now()
    puts_one(store, told)
    store.close()
    path = tmp_path / SNAPSHOT_NAME
    text = path.read_text("utf-8").replace('"guild_id":8', broken)
    path.write_text(text, "utf-8")
    assert is_said_truly(one_held_in(tmp_path), told)


def test_a_player_whose_history_is_long_is_moved_with_it(tmp_path: Path) -> None:
    told, store = party_of_two(100), a_store(tmp_path)
    told.confirmed_at = told.started_at + MINUTE
    store.put(told)
    store.put(told, tuple(told.players[:1]))
    store.flush_now()
    store.put(told, goes_on(told))
    store.flush_now()
    shift_whole(told, HOUR)
    store.put(told)
    store.flush_now()
    told.players[1] = replace(told.players[1], username="Pino II")
    store.put(told, (told.players[1],))
    store.flush_now()
    store.close()
    lines = journal_of(tmp_path / SNAPSHOT_NAME).read_bytes().count(b"\n")
    loses_line(tmp_path, lines - 2)
    found = one_held_in(tmp_path)
    assert isinstance(found, PartySession)
    assert found.players[0].stretches == told.players[0].stretches
    assert is_said_truly(found, told)


def test_a_party_that_turns_out_to_have_begun_earlier_is_of_the_same_clock() -> None:
    told = party()
    told.confirmed_at = told.started_at + MINUTE
    part = replace(alone(told, told.players[0]), started_at=told.started_at - MINUTE)
    found = whole([(told, None), (part, WHOLE)])
    assert fields(found) == fields(replace(told, started_at=part.started_at))


def test_what_is_whole_again_has_no_player_of_before() -> None:
    told = party()
    told.confirmed_at = told.started_at + MINUTE
    before = replace(told)
    shift_whole(told, HOUR)
    again = replace(told, players=told.players[1:])
    found = whole([(before, None), (alone(told, told.players[1]), WHOLE), (again, None)])
    assert fields(found) == fields(again)


def test_stays_come_in_the_order_of_time(tmp_path: Path) -> None:
    session, store = mover(100), a_store(tmp_path)
    store.put(session)
    store.flush_now()
    moves(session)
    store.put(session)
    store.flush_now()
    shift_whole(session, -HOUR)
    for _time in range(2):
        moves(session)
        store.put(session)
        store.flush_now()
    store.close()
    loses_line(tmp_path, 2)
    instants = [stay.since for stay in getattr(one_held_in(tmp_path), "moved")]  # noqa: B009
    assert instants == sorted(instants)


def test_many_players_in_one_write_take_no_long_history_of_their_party_each(
    tmp_path: Path,
) -> None:
    party = party_of_two(2_000)
    others = [
        replace(party.players[1], session_id=f"x{number}", user_id=10_000 + number)
        for number in range(200)
    ]
    party.players += others
    store = a_store(tmp_path)
    store.put(party)
    store.flush_now()
    for start in range(0, 200, 50):
        store.put(party, tuple(others[start : start + 50]))
    store.flush_now()
    store.close()
    snapshot = tmp_path / SNAPSHOT_NAME
    assert journal_of(snapshot).stat().st_size < 2 * snapshot.stat().st_size
    assert held_in(tmp_path) == {party.id: fields(party)}


def breaks_the_entry(folder: Path) -> None:
    path = folder / SNAPSHOT_NAME
    path.write_text(path.read_text("utf-8").replace('"guild_id":8', '"guild_id":-8'), "utf-8")


def test_an_entry_that_is_broken_is_made_up_for_by_the_file_before_and_the_journals(
    tmp_path: Path,
) -> None:
    session, store = player_of(100), a_store(tmp_path)
    store.put(session)
    store.flush_now()
    store.replace(LiveState(sessions=[session]))
    store.flush_now()
    for _time in range(2):
        store.put(session, goes_on(session))
        store.flush_now()
    store.close()
    breaks_the_entry(tmp_path)
    assert fields(one_held_in(tmp_path)) == fields(session)


def test_a_party_whose_entry_is_broken_is_not_held_with_those_alone_who_are_told_of_since(
    tmp_path: Path,
) -> None:
    party, store = party_of_two(100), a_store(tmp_path)
    store.put(party)
    store.flush_now()
    for _time in range(2):
        store.put(party, goes_on(party))
        store.flush_now()
    store.close()
    breaks_the_entry(tmp_path)
    restored = read_live(tmp_path)
    assert restored.state.sessions == []
    assert [each.key for each in restored.warnings] == ["storage.damaged_entry"]
