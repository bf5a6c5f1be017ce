"""A DATA_DIR has one owner, and its two stores agree whatever happens between them."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from unittest.mock import create_autospec

import msgspec
import pytest

from machines import (
    PartySession,
    Stretch,
    next_chapter,
    part_after,
    part_before,
    record_of,
)
from persistence import (
    DataDir,
    DataDirBusyError,
    DataDirError,
    HistoryFilter,
    Ledger,
    LedgerReader,
    LiveStore,
    NewerSchemaError,
    read_live,
    verify,
)
from persistence.ledger_reader import LEDGER_NAME
from persistence.owner import LOCK_NAME, is_let_go, owned_since, prove_ownable
from persistence.snapshot_file import SNAPSHOT_NAME
from tests.persistence.examples import (
    GUILD,
    HOUR,
    START,
    fields,
    game,
    game_record,
    party,
    record,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from machines import LiveState, Record

HOLD = """
import sys, pathlib
from persistence import DataDir
data_dir = DataDir.open(pathlib.Path(sys.argv[1]))
print("holding", flush=True)
sys.stdin.read()
"""


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "far" / "away"
    with DataDir.open(folder) as data_dir:
        assert data_dir.warnings == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_its_stores_are_what_the_protocols_say(tmp_path: Path) -> None:
    with DataDir.open(tmp_path) as data_dir:
        live: LiveStore = data_dir.live
        ledger: Ledger = data_dir.ledger
        assert live.count == 0
        assert not ledger.knows_user(1)


def test_closing_twice_does_nothing_the_second_time(tmp_path: Path) -> None:
    data_dir = DataDir.open(tmp_path)
    data_dir.close()
    with DataDir.open(tmp_path):
        data_dir.close()
        with pytest.raises(DataDirBusyError):
            DataDir.open(tmp_path)


def test_a_file_in_its_place_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    for path, sentence in (
        (tmp_path / "taken", "taken is not a folder: set DATA_DIR to one that this user may"),
        (
            tmp_path / "taken" / "below",
            r"below cannot be made or written \(not a dir.* set DATA_DIR",
        ),
    ):
        with pytest.raises(DataDirError, match=sentence):
            DataDir.open(path)
        with pytest.raises(DataDirError, match=sentence):
            prove_ownable(path)


def test_whether_a_folder_can_be_owned_is_found_out_without_making_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove_ownable(tmp_path)
    prove_ownable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    with DataDir.open(tmp_path), pytest.raises(DataDirBusyError, match=f"process {os.getpid()}"):
        prove_ownable(tmp_path)
    prove_ownable(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_asked: False)
    with pytest.raises(DataDirError, match=r"cannot be made or written \(permission denied\)"):
        prove_ownable(tmp_path)


def test_a_second_owner_is_told_who_holds_it(tmp_path: Path) -> None:
    with DataDir.open(tmp_path), pytest.raises(DataDirBusyError) as caught:
        DataDir.open(tmp_path)
    assert caught.value.pid == os.getpid()
    assert f"process {os.getpid()}" in str(caught.value)
    DataDir.open(tmp_path).close()


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(DataDirBusyError) as caught:
            DataDir.open(tmp_path)
        assert caught.value.pid == holder.pid
        holder.send_signal(signal.SIGKILL)
        holder.wait(timeout=60)
    assert is_let_go(tmp_path)  # though it could not say so
    DataDir.open(tmp_path).close()


def test_whoever_looks_is_told_whether_the_owner_has_let_go(tmp_path: Path) -> None:
    assert is_let_go(tmp_path)
    with DataDir(tmp_path):
        assert not is_let_go(tmp_path)
    assert is_let_go(tmp_path)


def test_whoever_looks_is_told_since_when_the_owner_has_the_folder(tmp_path: Path) -> None:
    assert owned_since(tmp_path) is None
    with DataDir(tmp_path, now=lambda: START):
        assert owned_since(tmp_path) == START
    assert owned_since(tmp_path) is None
    (tmp_path / LOCK_NAME).write_text('{"pid": 1, "started_at": "yesterday"}')
    assert owned_since(tmp_path) is None


def test_whoever_looks_in_the_moment_in_which_an_owner_comes_does_not_turn_it_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DataDir.open(tmp_path).close()
    looking = os.open(tmp_path / LOCK_NAME, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr("persistence.owner.time.sleep", lambda _seconds: os.close(looking))
    with DataDir.open(tmp_path):
        assert not is_let_go(tmp_path)


def test_where_the_lock_cannot_be_tried_the_owner_is_taken_at_its_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DataDir.open(tmp_path):
        monkeypatch.setattr(
            "persistence.owner.fcntl.flock", create_autospec(fcntl.flock, side_effect=OSError)
        )
        assert not is_let_go(tmp_path)
    assert is_let_go(tmp_path)


def test_a_lock_file_that_says_nonsense_still_locks(tmp_path: Path) -> None:
    with DataDir.open(tmp_path):
        (tmp_path / LOCK_NAME).write_bytes(b"\xff nonsense")
        with pytest.raises(DataDirBusyError, match="another process") as caught:
            DataDir.open(tmp_path)
    assert caught.value.pid is None


async def test_dying_between_ledger_row_and_snapshot_counts_nothing_twice(tmp_path: Path) -> None:
    data_dir = DataDir.open(tmp_path)
    data_dir.live.put(voice("v1"))
    data_dir.live.put(game("g1"))
    await data_dir.live.flush()
    await data_dir.ledger.append([record("v1")])
    data_dir.close()  # died before live.discard("v1") was durable

    assert [session.id for session in read_live(tmp_path).state.sessions] == ["g1"]
    with DataDir.open(tmp_path) as again:
        restored = again.restore()
        assert [session.id for session in restored.state.sessions] == ["g1"]
        assert restored.duplicates == ["v1"]
        await again.ledger.append([record("v1")])
        await again.live.flush()
    assert verify(tmp_path) == []
    assert len(list(LedgerReader(tmp_path).history(HistoryFilter()))) == 1


@pytest.mark.parametrize("is_discarded", [True, False])
def test_dying_between_the_row_of_a_game_and_its_players_end_leaves_nobody_in_the_party(
    tmp_path: Path, *, is_discarded: bool
) -> None:
    """Of a crowd that is found gone the players end in later turns, fifty at a time."""
    data_dir = DataDir.open(tmp_path)
    for user_id in (1, 2):
        data_dir.live.put(game(f"g{user_id}", user_id=user_id))
    data_dir.live.put(party())
    data_dir.live.flush_now()
    gone = game_record("g1", user_id=1, hours=2)
    gone.stretches = (Stretch(START + HOUR, START + 2 * HOUR, "unknown"),)
    data_dir.ledger.append_now([gone])
    if is_discarded:
        data_dir.live.discard("g1")
        data_dir.live.flush_now()
    data_dir.close()  # died before the player's end was durable

    def players(state: LiveState) -> dict[int, tuple[int | None, tuple[Stretch, ...]]]:
        [held] = [each for each in state.sessions if isinstance(each, PartySession)]
        return {each.user_id: (each.ended_at, each.stretches) for each in held.players}

    expected = {1: (gone.ended_at, gone.stretches), 2: (None, ()), 3: (START + HOUR, ())}
    assert players(read_live(tmp_path).state) == expected
    with DataDir.open(tmp_path) as again:
        assert players(again.restore().state) == expected
    (tmp_path / LEDGER_NAME).unlink()
    assert players(read_live(tmp_path).state) == expected  # by now the snapshot says so itself


def _chapter_that_ended() -> tuple[Record, PartySession]:
    """Return the record of the party's first 90 minutes, and the party that goes on from there."""
    at = START + HOUR + HOUR // 2
    held = party()
    ended = party()
    ended.players = [part for each in held.players if (part := part_before(each, at))]
    ended.state, ended.reason, ended.ended_at = "ended", "goes_on", at
    parts = [part for each in held.players if (part := part_after(each, at))]
    following = next_chapter(held, at, parts)
    following.state, following.max_players = "confirmed", 2
    return record_of(ended), following


@pytest.mark.parametrize("is_there_already", [True, False])
def test_dying_between_the_row_of_a_chapter_and_the_snapshot_the_party_goes_on_from_there(
    tmp_path: Path, *, is_there_already: bool
) -> None:
    row, following = _chapter_that_ended()
    data_dir = DataDir.open(tmp_path)
    for player in following.players:
        plays = game(player.session_id, user_id=player.user_id, username=player.username)
        data_dir.live.put(plays)
    data_dir.live.put(party())
    if is_there_already:
        data_dir.live.put(following)
    data_dir.live.flush_now()
    data_dir.ledger.append_now([row])
    data_dir.close()  # died before live.discard("p1") was durable

    def the_party(state: LiveState) -> object:
        [held] = [each for each in state.sessions if isinstance(each, PartySession)]
        return fields(held)

    assert [player.user_id for player in following.players] == [1, 2]
    assert the_party(read_live(tmp_path).state) == fields(following)
    with DataDir.open(tmp_path) as again:
        restored = again.restore()
        assert the_party(restored.state) == fields(following)
        assert restored.duplicates == ["p1"]
    (tmp_path / LEDGER_NAME).unlink()
    assert the_party(read_live(tmp_path).state) == fields(following)


@pytest.mark.parametrize("is_there_already", [True, False])
def test_where_the_ledger_has_several_chapters_more_than_the_snapshot_it_goes_on_from_the_last(
    tmp_path: Path, *, is_there_already: bool
) -> None:
    row, following = _chapter_that_ended()
    between = msgspec.structs.replace(following)
    at = START + 2 * HOUR
    parts = [part for each in following.players if (part := part_after(each, at))]
    last = next_chapter(following, at, parts)
    last.state = "confirmed"
    following.players = [part for each in following.players if (part := part_before(each, at))]
    following.state, following.reason, following.ended_at = "ended", "goes_on", at
    data_dir = DataDir.open(tmp_path)
    for player in last.players:
        plays = game(player.session_id, user_id=player.user_id, username=player.username)
        data_dir.live.put(plays)
    data_dir.live.put(party())
    if is_there_already:
        data_dir.live.put(between)
    data_dir.live.flush_now()
    data_dir.ledger.append_now([row, record_of(following)])
    data_dir.close()  # the snapshot could not be written for as long as that

    with DataDir.open(tmp_path) as again:
        [held] = [each for each in again.restore().state.sessions if each.kind == "party"]
        assert fields(held) == fields(last)


def test_dying_before_the_row_of_a_chapter_is_written_the_party_is_what_it_was(
    tmp_path: Path,
) -> None:
    _row, following = _chapter_that_ended()
    data_dir = DataDir.open(tmp_path)
    data_dir.live.put(party())
    data_dir.live.put(following)
    data_dir.live.flush_now()
    data_dir.close()

    with DataDir.open(tmp_path) as again:
        restored = again.restore()
        assert [each.id for each in restored.state.sessions] == ["p1"]
        assert restored.duplicates == [following.id]
    assert [each.id for each in read_live(tmp_path).state.sessions] == ["p1"]


def test_dying_once_both_are_written_nothing_of_a_party_is_left(tmp_path: Path) -> None:
    row, following = _chapter_that_ended()
    following.state, following.reason = "ended", "too_few_players"
    following.ended_at = START + 2 * HOUR
    data_dir = DataDir.open(tmp_path)
    data_dir.live.put(party())
    data_dir.live.flush_now()
    data_dir.ledger.append_now([row, record_of(following)])
    data_dir.close()

    with DataDir.open(tmp_path) as again:
        assert again.restore().state.sessions == []
    assert verify(tmp_path) == []


def test_of_a_player_whose_game_is_over_a_chapter_holds_only_what_is_its_own(
    tmp_path: Path,
) -> None:
    _row, following = _chapter_that_ended()
    gone = game_record("g1", user_id=1, hours=2)
    gone.stretches = (Stretch(START + HOUR, START + 2 * HOUR, "unknown"),)
    data_dir = DataDir.open(tmp_path)
    data_dir.live.put(following)
    data_dir.live.flush_now()
    data_dir.ledger.append_now([gone])
    data_dir.close()

    [held] = read_live(tmp_path).state.sessions
    assert isinstance(held, PartySession)
    assert held.players[0].started_at == following.started_at
    assert held.players[0].ended_at == gone.ended_at
    assert held.players[0].stretches == (
        Stretch(following.started_at, START + 2 * HOUR, "unknown"),
    )


def test_a_newer_snapshot_stops_the_start_and_is_untouched(tmp_path: Path) -> None:
    (tmp_path / SNAPSHOT_NAME).write_bytes(b'{"schema": 7}')
    with DataDir.open(tmp_path) as data_dir, pytest.raises(NewerSchemaError, match="schema 7"):
        data_dir.restore()
    assert (tmp_path / SNAPSHOT_NAME).read_bytes() == b'{"schema": 7}'


def test_an_imported_session_gives_way_to_a_live_one_of_the_same_person(tmp_path: Path) -> None:
    with DataDir.open(tmp_path / "from") as source:
        source.live.put(voice("old"))
        source.live.put(game("other"))
        source.live.flush_now()
    with DataDir.open(tmp_path / "to") as target:
        target.live.put(voice("ours", started_at=START + HOUR))
        target.live.flush_now()
        imported = target.import_file(tmp_path / "from" / SNAPSHOT_NAME)
    assert (imported.added, imported.known) == (1, 1)
    live = read_live(tmp_path / "to").state
    assert {session.id for session in live.sessions} == {"ours", "other"}
    assert {session.guild_id for session in live.sessions} == {GUILD}


def test_looking_at_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataDirError, match="is not a folder: set DATA_DIR"):
        read_live(tmp_path / "nowhere")


def test_who_goes_over_into_another_session_is_seen_in_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contains = LedgerReader.contains

    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.live.put(voice("v1"))
        data_dir.live.flush_now()

        def meanwhile(self: LedgerReader, ids: Collection[str]) -> set[str]:
            data_dir.ledger.append_now([record("v1")])
            data_dir.live.discard("v1")
            data_dir.live.put(voice("v2", started_at=START + HOUR))
            data_dir.live.flush_now()
            return contains(self, ids)

        monkeypatch.setattr(LedgerReader, "contains", meanwhile)
        assert [session.id for session in read_live(tmp_path).state.sessions] == ["v2"]


def test_a_folder_that_nobody_may_write_to_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.ledger.append_now([record("r1")])
    before = sorted(path.name for path in tmp_path.iterdir())
    monkeypatch.setattr(os, "access", lambda _path, _how: False)  # whoever is root may always
    assert LedgerReader(tmp_path).contains(["r1"]) == {"r1"}
    assert verify(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_only_the_write_ahead_log_holds_is_read_there_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _how: False)
    with DataDir(tmp_path, now=lambda: START) as data_dir:
        data_dir.ledger.append_now([record("r1")])
        assert LedgerReader(tmp_path).contains(["r1"]) == {"r1"}
