"""Long histories: what came since is written alone, and the history is whole again."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.shifting import shift_whole
from machines import (
    SECOND,
    AnySession,
    GameSession,
    LiveState,
    PartySession,
    Player,
    Stay,
    Stretch,
    VoiceSession,
)
from persistence import SnapshotStore, SnapshotWriteError, live_files, parts, read_live, snapshot
from persistence.parts import Since, part_of
from persistence.snapshot_file import SNAPSHOT_NAME, journal_of
from persistence.versions import whole
from tests.how_often import examples
from tests.persistence.examples import START, fields, game, party, voice
from tests.persistence.recording_disk import RecordingDisk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from persistence.disk import Disk

MINUTE = 60 * SECOND
LONG = 3


@pytest.fixture(autouse=True)
def nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_files, "SMALL", 0)


@pytest.fixture
def soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (parts, snapshot):
        monkeypatch.setattr(module, "LONG", LONG)
    monkeypatch.setattr(live_files, "_LEAST_JOURNAL", 4_000)


def a_store(folder: Path, disk: Disk | None = None) -> SnapshotStore:
    return SnapshotStore(folder, disk=disk, now=lambda: START)


def moves(session: VoiceSession, times: int = 1) -> None:
    """Let somebody move to another channel, half a minute after whatever happened last."""
    for _time in range(times):
        since = session.last_seen + MINUTE // 2
        channel_id = 501 if session.channel_id != 501 else 502
        session.moved = (*session.stays, Stay(channel_id, f"Sala {channel_id}", since, since))
        session.channel_id, session.channel_name = channel_id, f"Sala {channel_id}"
        session.last_seen = since


def is_away(session: VoiceSession | GameSession | PartySession, times: int = 1) -> None:
    """Let somebody be away for half a minute, half a minute after whatever happened last."""
    for _time in range(times):
        since = session.last_seen + MINUTE // 2
        session.stretches += (Stretch(since, since + MINUTE // 2, "away"),)
        session.last_seen = since + MINUTE // 2


def held_in(folder: Path) -> dict[str, object]:
    return {each.id: fields(each) for each in read_live(folder).state.sessions}


def lines_of(folder: Path) -> list[str]:
    """Return the lines of the journal, its header excepted."""
    return journal_of(folder / SNAPSHOT_NAME).read_text("utf-8").splitlines()[1:]


def mover(times: int) -> VoiceSession:
    session = voice("v1")
    moves(session, times)
    return session


def player_of(times: int) -> GameSession:
    session = game("g1")
    is_away(session, times)
    return session


def party_of_two(times: int) -> PartySession:
    """A party that ends and goes on with each absence of the one player."""
    session = party("p1")
    is_away(session, times)
    one = replace(session.players[0], stretches=session.stretches)
    session.players = [one, *session.players[1:]]
    return session


def goes_on(session: AnySession) -> tuple[Player, ...] | None:
    """Let the history of a session go on; return which of a party's players changed."""
    if isinstance(session, VoiceSession):
        moves(session)
        return None
    is_away(session)
    if isinstance(session, GameSession):
        return None
    session.players[0] = replace(session.players[0], stretches=session.stretches)
    return (session.players[0],)


@pytest.mark.parametrize("with_history", [mover, player_of, party_of_two])
def test_what_is_new_of_a_history_is_a_line_as_long_however_much_came_before(
    tmp_path: Path, with_history: Callable[[int], AnySession]
) -> None:
    lengths = []
    for times in (100, 3_000):
        folder = tmp_path / str(times)
        folder.mkdir()
        store, session = a_store(folder), with_history(times)
        store.put(session, goes_on(session))
        store.put(session, goes_on(session))
        store.flush_now()
        store.put(session, goes_on(session))
        store.flush_now()
        [line] = lines_of(folder)
        lengths.append(len(line))
        assert held_in(folder) == {session.id: fields(session)}
        assert fields(a_store(folder).load().state.sessions[0]) == fields(session)
    assert lengths[0] <= lengths[1] <= lengths[0] + 10


def test_a_line_says_from_where_on_it_holds_a_history_and_the_snapshot_holds_all_of_it(
    tmp_path: Path,
) -> None:
    store, session = a_store(tmp_path), mover(100)
    is_away(session)
    store.put(session)
    store.flush_now()
    moves(session, 2)
    store.put(session)
    is_away(session)
    store.put(session)
    store.flush_now()
    [line] = lines_of(tmp_path)
    told = json.loads(line)[3]
    assert told["from"] == {"stays": 100}  # of 101 that were known, the last is told again
    assert [len(told["entry"][each]) for each in ("stays", "stretches")] == [3, 2]
    store.scrub_now()
    document = json.loads((tmp_path / SNAPSHOT_NAME).read_bytes())
    assert document["schema"] == 2
    assert len(document["voice_sessions"]["v1"]["stays"]) == 103
    assert held_in(tmp_path) == {"v1": fields(session)}


def test_a_short_history_is_written_with_its_session(tmp_path: Path) -> None:
    store, session = a_store(tmp_path), mover(10)
    store.put(session)
    store.flush_now()
    moves(session)
    store.put(session)
    store.flush_now()
    [line] = lines_of(tmp_path)
    assert "from" not in json.loads(line)[3]


@pytest.mark.parametrize("with_history", [mover, player_of, party_of_two])
def test_a_history_that_is_another_by_now_is_written_whole(
    tmp_path: Path, with_history: Callable[[int], AnySession]
) -> None:
    store, session = a_store(tmp_path), with_history(100)
    store.put(session)
    store.put(session, goes_on(session))
    store.flush_now()
    shift_whole(session, -SECOND)
    store.put(session, tuple(session.players) if isinstance(session, PartySession) else None)
    store.flush_now()
    assert held_in(tmp_path) == {session.id: fields(session)}


@pytest.mark.parametrize("with_history", [mover, player_of, party_of_two])
def test_of_a_session_that_is_over_nothing_goes_on(
    tmp_path: Path, with_history: Callable[[int], AnySession]
) -> None:
    store, session = a_store(tmp_path), with_history(100)
    store.put(session)
    store.flush_now()
    store.put(session, goes_on(session))
    store.discard(session.id)
    store.flush_now()
    assert held_in(tmp_path) == {}
    store.put(session, goes_on(session))
    store.flush_now()
    assert held_in(tmp_path) == {session.id: fields(session)}


@pytest.mark.parametrize("with_history", [mover, player_of, party_of_two])
@pytest.mark.parametrize("whole_between", [False, True])
def test_a_history_that_was_another_for_a_while_is_what_it_was_before(
    tmp_path: Path, with_history: Callable[[int], AnySession], *, whole_between: bool
) -> None:
    """Nobody does that; what was told of a history before that is not taken for told."""
    store, session = a_store(tmp_path), with_history(100)
    other = with_history(10)
    one = session.players[:1] if isinstance(session, PartySession) else ()
    another = other.players[:1] if isinstance(other, PartySession) else ()
    store.put(session)
    store.put(session, tuple(one))
    store.flush_now()
    store.put(other, None if whole_between else tuple(another))
    store.flush_now()
    store.put(session, tuple(one))
    store.flush_now()
    assert held_in(tmp_path) == {session.id: fields(session)}


def test_what_waits_is_one_part_however_often_it_changes(tmp_path: Path) -> None:
    store, session = a_store(tmp_path), mover(100)
    store.put(session)
    store.flush_now()
    for _time in range(50):
        moves(session)
        store.put(session)
        assert store.pending == 1
    store.flush_now()
    assert len(lines_of(tmp_path)) == 1
    assert held_in(tmp_path) == {"v1": fields(session)}


@pytest.mark.usefixtures("soon_long")
def test_a_journal_of_parts_that_has_outgrown_its_snapshot_becomes_one(
    tmp_path: Path,
) -> None:
    store, session = a_store(tmp_path), mover(5)
    sizes = []
    for _time in range(50):
        moves(session)
        store.put(session)
        store.flush_now()
        journal = journal_of(tmp_path / SNAPSHOT_NAME)
        sizes.append(journal.stat().st_size if journal.exists() else 0)
    assert 3 < sizes.count(0) < 25
    assert max(sizes) < 6_000
    assert held_in(tmp_path) == {"v1": fields(session)}


# What is lost


def told_in_parts(folder: Path, session: AnySession, times: int = 4) -> SnapshotStore:
    """Put a session and, one line each, so many of its later histories."""
    store = a_store(folder)
    store.put(session)
    if isinstance(session, PartySession):
        store.put(session, (session.players[0],))
    store.flush_now()
    for _time in range(times):
        store.put(session, goes_on(session))
        store.flush_now()
    store.close()
    return store


def loses_line(folder: Path, number: int) -> None:
    path = journal_of(folder / SNAPSHOT_NAME)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number] = lines[number].replace(b"entry", b"entrx")
    path.write_bytes(b"".join(lines))


def loses_snapshots(folder: Path) -> None:
    (folder / SNAPSHOT_NAME).write_bytes(b"{")
    (folder / f"{SNAPSHOT_NAME}.previous").unlink(missing_ok=True)


def one_held_in(folder: Path) -> AnySession:
    [session] = read_live(folder).state.sessions
    return session


def test_where_a_line_is_lost_the_time_of_its_pieces_is_unknown(tmp_path: Path) -> None:
    session = player_of(100)
    told_in_parts(tmp_path, session)
    loses_line(tmp_path, 2)
    found = one_held_in(tmp_path)
    known = session.stretches
    assert found.stretches[:101] == known[:101]
    assert found.stretches[101:] == known[101:]  # the next line begins with what the last had


def test_where_two_lines_are_lost_the_time_of_their_pieces_is_unknown(tmp_path: Path) -> None:
    session = player_of(100)
    told_in_parts(tmp_path, session, times=5)
    loses_line(tmp_path, 2)
    loses_line(tmp_path, 3)
    found, known = one_held_in(tmp_path), session.stretches
    assert found.stretches[:101] == known[:101]
    assert found.stretches[101] == Stretch(known[100].end, known[102].start, "unknown")
    assert found.stretches[102:] == known[102:]
    assert not found.unbounded


def test_where_a_whole_is_lost_it_is_unknown_what_came_before_what_is_known(
    tmp_path: Path,
) -> None:
    session = player_of(100)
    told_in_parts(tmp_path, session)
    loses_snapshots(tmp_path)
    found, known = one_held_in(tmp_path), session.stretches
    assert found.stretches[0] == Stretch(session.started_at, known[99].start, "unknown")
    assert found.stretches[1:] == known[99:]
    assert found.unbounded  # what was unknown before its start is lost as well


def test_where_stays_are_lost_the_move_to_the_next_may_have_been_at_any_time(
    tmp_path: Path,
) -> None:
    session = mover(100)
    told_in_parts(tmp_path, session)
    loses_snapshots(tmp_path)
    found = one_held_in(tmp_path)
    assert isinstance(found, VoiceSession)
    first, second, *others = found.moved
    known = session.moved[100]
    assert second == replace(known, floor=session.started_at)
    assert first == replace(known, since=session.started_at, floor=session.started_at)
    assert tuple(others) == session.moved[101:]
    assert found.stretches == ()


def test_where_stays_between_are_lost_the_move_may_have_been_since_the_one_before(
    tmp_path: Path,
) -> None:
    session = mover(100)
    told_in_parts(tmp_path, session, times=5)
    loses_line(tmp_path, 2)
    loses_line(tmp_path, 3)
    found = one_held_in(tmp_path)
    assert isinstance(found, VoiceSession)
    known = session.moved
    assert found.moved[:102] == known[:102]
    assert found.moved[102] == replace(known[103], floor=known[101].since)
    assert found.moved[103:] == known[104:]


def test_where_a_party_is_lost_it_is_unknown_what_came_before_of_whom_is_known(
    tmp_path: Path,
) -> None:
    session = party_of_two(100)
    told_in_parts(tmp_path, session)
    loses_snapshots(tmp_path)
    found = one_held_in(tmp_path)
    assert isinstance(found, PartySession)
    [player] = found.players
    known = session.players[0].stretches
    assert player.stretches[0] == Stretch(player.started_at, known[99].start, "unknown")
    assert player.stretches[1:] == known[99:] == found.stretches[1:]
    assert player.unbounded
    assert found.unbounded


def test_an_entry_that_is_broken_in_the_snapshot_is_made_up_for_by_what_came_after(
    tmp_path: Path,
) -> None:
    session = player_of(100)
    told_in_parts(tmp_path, session)
    path = tmp_path / SNAPSHOT_NAME
    path.write_text(path.read_text("utf-8").replace('"guild_id":8', '"guild_id":-8'), "utf-8")
    restored = read_live(tmp_path)
    [found] = restored.state.sessions
    assert [each.key for each in restored.warnings] == ["storage.damaged_entry"]
    assert found.stretches[1:] == session.stretches[99:]
    assert found.unbounded


def test_a_part_that_goes_with_another_history_is_not_put_behind_it() -> None:
    """The snapshot is from before a clock was set, and what was whole after that is lost."""
    session = player_of(100)
    before = replace(session)
    shift_whole(session, MINUTE)
    is_away(session)
    since = Since(stretches=99)
    found = whole([(before, None), (part_of(session, since), since)])
    known = session.stretches[99:]
    assert found.stretches == (Stretch(session.started_at, known[0].start, "unknown"), *known)


def test_nor_is_a_part_of_a_player_put_behind_what_a_whole_line_told_by_another_clock() -> None:
    session = party_of_two(100)
    before = replace(session, players=[*session.players])
    shift_whole(session, MINUTE)
    for _time in range(2):
        goes_on(session)
    since = Since(player=101)
    found = whole([(before, None), (part_of(session, since, session.players[0]), since)])
    assert isinstance(found, PartySession)
    told, player = session.players[0], found.players[0]
    assert player.stretches[0].start == told.started_at
    assert player.stretches[1:] == told.stretches[101:]


@pytest.mark.parametrize("earlier", [0, 1, MINUTE])
def test_between_pieces_that_leave_no_time_for_what_is_lost_nothing_is_unknown(
    earlier: int,
) -> None:
    session = player_of(2)
    known = session.stretches[-1]
    start = known.end - earlier
    later = replace(session, stretches=(Stretch(start, start + MINUTE, "away"),))
    found = whole([(session, None), (later, Since(stretches=4))])
    assert found.stretches == session.stretches + later.stretches


def test_a_part_without_the_piece_that_it_begins_with_is_none() -> None:
    with pytest.raises(ValueError, match="no piece from 3 on"):
        whole([(game("g1"), Since(stretches=3))])


def test_of_no_version_nothing_is_whole() -> None:
    with pytest.raises(ValueError, match="none of its versions"):
        whole([])


# The law


class FailingDisk(RecordingDisk):
    """A disk of which so many steps go well, and none after that."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_well: int | None = None

    def note(self, step: str, *paths: Path) -> None:
        if self.goes_well == 0:
            raise OSError(errno.EIO, "Input/output error")
        if self.goes_well is not None:
            self.goes_well -= 1
        super().note(step, *paths)


class Story:
    """A folder, what was put into its store last, and what may be read of it after a kill."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.disk = folder, FailingDisk()
        self.store = a_store(folder, self.disk)
        self.held: dict[str, AnySession] = {}
        self.durable: list[dict[str, object]] = [{}]

    def put(self, key: str, how: str) -> None:
        session = self.held.setdefault(key, NEW[key]())
        changed: tuple[Player, ...] | None = ()
        match how:
            case "goes on":
                changed = goes_on(session)
            case "is away":
                is_away(session)
            case "is another":
                shift_whole(session, SECOND)
                changed = tuple(session.players) if isinstance(session, PartySession) else None
            case "goes back":  # nobody does; who puts what was before must not find what came after
                session.stretches = session.stretches[: len(session.stretches) // 2]
                if isinstance(session, VoiceSession) and len(session.moved) > 3:
                    session.moved = session.moved[:-2]
            case "a player" if isinstance(session, PartySession):
                number = len(session.players)
                session.players.append(replace(session.players[1], session_id=f"x{number}"))
                changed = (session.players[-1], session.players[0])
        self.store.put(session, changed)

    def does(self, deed: str, key: str, number: int) -> None:
        match deed:
            case "flush":
                self.flush(None)
            case "fails":
                self.flush(number)
            case "kill":
                self.is_killed()
            case "check":
                self.store.replace(LiveState(sessions=[*self.held.values()]))
            case "scrub":
                self.store.scrub_now()
                self.durable = [self.says()]
            case "whole":
                for session in self.held.values():
                    self.store.put(session)
            case "is over":
                self.store.discard(key)
                self.held.pop(key, None)
            case _:
                self.put(key, deed)

    def says(self) -> dict[str, object]:
        return {key: fields(session) for key, session in self.held.items()}

    def flush(self, goes_well: int | None) -> None:
        self.disk.goes_well = goes_well
        try:
            self.store.flush_now()
            self.durable = [self.says()]
        except SnapshotWriteError:
            self.durable.append(self.says())
        self.disk.goes_well = None

    def is_killed(self) -> None:
        """Begin again with what was durable; of each session that may be what a try put there."""
        self.store.close()
        self.store = a_store(self.folder, self.disk)
        restored = self.store.load()
        assert restored.warnings == []
        self.held = {each.id: each for each in restored.state.sessions}
        for key in NEW:
            assert self.says().get(key) in [each.get(key) for each in self.durable]
        self.durable = [self.says()]


NEW: dict[str, Callable[[], AnySession]] = {
    "v1": lambda: mover(2),
    "g1": lambda: player_of(2),
    "p1": lambda: party_of_two(2),
}

OFTEN = ["goes on"] * 8 + ["flush"] * 3 + ["fails", "kill"] * 2
SELDOM = ["is away", "is another", "goes back", "a player", "whole", "is over", "check", "scrub"]
DEEDS = st.lists(
    st.tuples(st.sampled_from(OFTEN + SELDOM), st.integers(0, 11)), min_size=12, max_size=60
)
WHO = st.sampled_from([["v1"], ["g1"], ["p1"], ["v1", "g1", "p1"]])


@pytest.mark.usefixtures("soon_long")
@settings(max_examples=examples(250), deadline=None)
@given(keys=WHO, deeds=DEEDS)
def test_whatever_goes_on_and_whatever_fails_what_is_read_is_what_was_put(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], deeds: list[tuple[str, int]]
) -> None:
    story = Story(tmp_path_factory.mktemp("story"))
    for key in keys:
        story.put(key, "begins")
    for deed, number in deeds:
        story.does(deed, keys[number % len(keys)], number)
    story.flush(None)
    assert held_in(story.folder) == story.says()
    story.is_killed()
    story.store.close()
