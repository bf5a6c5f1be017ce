"""Nothing lost and nothing twice, whatever instant the power goes at.

A story is told to a DATA_DIR step by step; every folder that a crash could leave within a step
is restored. Whatever was said to be durable before the step must be there, exactly once, and
what the step does may be there or not.
"""

from __future__ import annotations

import sqlite3
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from machines import LiveState, PartySession, Player, Stay, VoiceSession
from persistence import (
    WAITING_NAME,
    DataDir,
    HistoryFilter,
    live_files,
    packing,
    parts,
    snapshot,
    verify,
)
from persistence.disk import OsDisk, OsFile
from tests.persistence.crash_disk import CrashDisk, Names
from tests.persistence.examples import (
    HOUR,
    START,
    game,
    game_record,
    party,
    party_record,
    record,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from machines import AnySession

_HOLE = bytes(8)
"""What stands where nothing reached the disk: it is set aside, and no more was durable."""

Truth = dict[str, str]
"""Where each session is: ``ended``, live in a channel, or live with these players there."""


class Told(NamedTuple):
    """A step of the story: how many operations it took, and what was true after it."""

    steps: int
    truth: Truth


class Story:
    """A DATA_DIR on a disk that remembers, and what it was told."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.disk = CrashDisk(folder)
        self.data_dir = DataDir(folder, disk=self.disk, now=lambda: START)
        self.truth: Truth = {}
        self.put_by: tuple[str, ...] = ()
        self.movers: dict[str, VoiceSession] = {}
        self.told = [Told(len(self.disk.steps), {})]

    def live(self, *ids: str, channel: str = "General") -> None:
        for session_id in ids:
            session = voice(session_id, user_id=int(session_id[1:]))
            session.channel_name = channel
            self.data_dir.live.put(session)
            self.truth[session_id] = channel
        self.durable()

    def moves(self, session_id: str) -> None:
        """Let somebody be in one channel more: what is put of them is where they are since."""
        session = self.movers.setdefault(session_id, voice(session_id, user_id=int(session_id[1:])))
        at = session.last_seen = session.last_seen + HOUR
        session.channel_id += 1
        session.moved = (*session.stays, Stay(session.channel_id, "Sala", at, at))
        self.data_dir.live.put(session)
        self.truth[session_id] = whereabouts(session)
        self.durable()

    def is_checked_as_it_is(self) -> None:
        others = [
            voice(each, user_id=int(each[1:])) for each in self.truth if each not in self.movers
        ]
        self.data_dir.live.replace(LiveState(sessions=[*others, *self.movers.values()]))
        self.durable()

    def plays(self, *ids: str) -> None:
        for session_id in ids:
            self.data_dir.live.put(game(session_id, user_id=int(session_id[1:])))
            self.truth[session_id] = "live"
        self.durable()

    def party(self) -> None:
        self.players = party("p1")
        self.data_dir.live.put(self.players)
        self.truth["p1"] = whereabouts(self.players)
        self.durable()

    def crowd(self, *ids: int) -> None:
        """Let a party be of these people, all of whom are put at once."""
        self.players = party("p1")
        self.players.players = [
            Player(session_id=f"g{each}", user_id=each, username="Ana", started_at=START)
            for each in ids
        ]
        self.data_dir.live.put(self.players)
        self.truth["p1"] = whereabouts(self.players)
        self.durable()

    def player(self, user_id: int, *, leaves: bool = False) -> None:
        """Let one more player come, or one go: what is put is that player alone."""
        player = Player(
            session_id=f"g{user_id}",
            user_id=user_id,
            username="Ana",
            started_at=START,
            ended_at=START + HOUR if leaves else None,
        )
        self.data_dir.live.put(self.players, (self.takes_the_place(player),))
        self.truth["p1"] = whereabouts(self.players)
        self.durable()

    def takes_the_place(self, player: Player) -> Player:
        """Let a player be in the party as this says, in their place or as the last."""
        players = self.players.players
        places = (at for at, held in enumerate(players) if held.user_id == player.user_id)
        place = next(places, len(players))
        players[place : place + 1] = [player]
        return player

    def player_is_found_gone(self, user_id: int) -> None:
        """Let the game of a player be over at once: its row comes before the player's end."""
        self.data_dir.ledger.append_now([game_record(f"g{user_id}", user_id=user_id)])
        self.truth[f"g{user_id}"] = "ended"
        held = next(each for each in self.players.players if each.user_id == user_id)
        player = self.takes_the_place(msgspec.structs.replace(held, ended_at=START + HOUR))
        self.truth["p1"] = whereabouts(self.players)
        self._note()
        self.data_dir.live.discard(f"g{user_id}")
        self.durable()
        self.data_dir.live.put(self.players, (player,))
        self.durable()

    def ends(self, *ids: str) -> None:
        records = [
            party_record(each) if each == "p1" else record(each, user_id=int(each[1:]))
            for each in ids
        ]
        self.data_dir.ledger.append_now(records)
        self.truth.update(dict.fromkeys(ids, "ended"))
        self._note()
        for session_id in ids:
            self.data_dir.live.discard(session_id)
        self.durable()

    def is_refused(self, *ids: str) -> None:
        """Let sessions end while the ledger refuses them: they are put by beside it."""
        self.data_dir.waiting.put(record(each, user_id=int(each[1:])) for each in ids)
        self.put_by += ids
        self.truth.update(dict.fromkeys(ids, "ended"))
        self._note()
        for session_id in ids:
            self.data_dir.live.discard(session_id)
        self.durable()

    def takes_what_was_refused(self) -> None:
        records = (record(each, user_id=int(each[1:])) for each in self.put_by)
        self.data_dir.ledger.append_now(records)
        self._note()
        self.data_dir.waiting.clear(self.data_dir.waiting.mark)
        self._note()

    def is_checked(self) -> None:
        sessions = []
        for session_id, channel in self.truth.items():
            if channel != "ended":
                session = voice(session_id, user_id=int(session_id[1:]))
                session.channel_name = channel
                sessions.append(session)
        self.data_dir.live.replace(LiveState(sessions=[*sessions], saved_at=START))
        self.durable()

    def durable(self) -> None:
        self.data_dir.live.flush_now()
        self._note()

    def stops(self) -> None:
        self.data_dir.close()
        self._note()

    def _note(self) -> None:
        self.told.append(Told(len(self.disk.steps), dict(self.truth)))

    def around(self, done: int) -> tuple[Truth, Truth]:
        """Return what was true before and what is true after the step of the story."""
        before: Truth = {}
        for told in self.told:
            if told.steps >= done:
                return before if told.steps > done else told.truth, told.truth
            before = told.truth
        return before, before


def whereabouts(session: AnySession) -> str:
    """Return the channels somebody has been in, or who is in a party."""
    if isinstance(session, PartySession):
        return " ".join(str(each.user_id) for each in session.players if each.ended_at is None)
    if isinstance(session, VoiceSession):
        return " ".join([session.channel_name, *(str(stay.channel_id) for stay in session.moved)])
    return "live"


def small_ledger(story: Story) -> None:
    story.live("v1", "v2")
    story.live("v2", channel="Música")
    story.ends("v1")
    story.live("v3")
    story.ends("v2", "v3")
    story.stops()


def a_ledger_refuses(story: Story) -> None:
    story.live("v1", "v2", "v3")
    story.is_refused("v1")
    story.live("v4")
    story.is_refused("v2", "v3")
    story.takes_what_was_refused()
    story.ends("v4")
    story.live("v5")
    story.is_refused("v5")
    story.stops()


def journal_and_checks(story: Story) -> None:
    story.live("v1", "v2")
    for number in range(3, 6):
        story.live(f"v{number}")
    story.live("v3", channel="Música")
    story.is_checked()
    story.live("v1", channel="Música")
    story.is_checked()
    story.is_checked()
    story.live("v6")
    story.stops()


def a_party_and_a_checkpoint(story: Story) -> None:
    story.live("v1", "v2")
    story.party()
    story.ends("p1")
    story.data_dir.ledger._writer.execute("PRAGMA wal_checkpoint(FULL)")  # noqa: SLF001
    story.ends("v1")
    story.ends("v2")
    story.stops()


def players_come_and_go(story: Story) -> None:
    story.party()
    story.live("v1")
    story.player(4)
    story.player(1, leaves=True)
    story.player(5)
    story.player(1)
    story.ends("p1")
    story.stops()


def a_crowd_is_written_bit_by_bit(story: Story) -> None:
    story.live("v1")
    story.crowd(*range(1, 8))
    story.crowd(*range(3, 12))
    story.player(12)
    story.crowd(*range(5, 9))
    story.stops()


def somebody_moves_on_and_on(story: Story) -> None:
    story.live("v1")
    for _time in range(3):
        story.moves("v2")
    story.is_checked_as_it_is()
    for _time in range(3):
        story.moves("v2")
    story.ends("v2")
    story.stops()


def players_are_found_gone(story: Story) -> None:
    story.plays("g1", "g2")
    story.party()
    story.player_is_found_gone(1)
    story.player_is_found_gone(2)
    story.stops()


class Hasty(OsDisk):
    """What is restored is looked at and thrown away: it need not be durable."""

    def create(self, path: Path) -> OsFile:
        return HastyFile(path)

    def sync_folder(self, folder: Path) -> None:
        pass

    def open_database(self, path: Path, timeout: float) -> HastyDatabase:
        return sqlite3.connect(path, timeout, isolation_level=None, factory=HastyDatabase)


class HastyFile(OsFile):
    """A file that is not synced."""

    def sync(self) -> None:
        pass


class HastyDatabase(sqlite3.Connection):
    """A database that is not synced."""

    def execute(self, statement: str, values: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401
        return super().execute(statement.replace("synchronous = FULL", "synchronous = OFF"), values)


def restored(folder: Path, names: Names) -> Truth:
    """Restore what a crash left; check that it is whole, and return where everybody is."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, data in names.items():
        (folder / name).write_bytes(data)
    with DataDir(folder, disk=Hasty(), now=lambda: START + HOUR) as data_dir:
        back = data_dir.restore()
        if _HOLE not in names.get(WAITING_NAME, b""):
            assert data_dir.warnings == []
        ended = [entry.id for entry in data_dir.ledger.history(HistoryFilter())]
        live = [session.id for session in back.state.sessions]
        assert len(set(live + ended)) == len(live) + len(ended)
        truth = dict.fromkeys(ended, "ended")
        for session in back.state.sessions:
            truth[session.id] = whereabouts(session)
    assert verify(folder, pause=lambda _seconds: None) == []
    return truth


STORIES = pytest.mark.parametrize(
    "story",
    [
        small_ledger,
        a_ledger_refuses,
        journal_and_checks,
        a_party_and_a_checkpoint,
        players_come_and_go,
        players_are_found_gone,
        somebody_moves_on_and_on,
    ],
)
SIZES = pytest.mark.parametrize("journal", [False, True], ids=["snapshot", "journal"])


def leaves_what_was_durable(folder: Path, story: Callable[[Story], None], every: int) -> None:
    """Restore every so many-eth of the folders that a crash in a story could leave."""
    told = Story(folder / "told")
    story(told)
    states = 0
    for done, names in islice(told.disk.crashes(), None, None, every):
        before, after = told.around(done)
        found = restored(folder / "found", names)
        for session_id in before.keys() | after.keys() | found.keys():
            allowed = {before.get(session_id), after.get(session_id)}
            assert found.get(session_id) in allowed, (done, session_id, told.disk.steps[done - 1])
        states += 1
    assert states > 100 / every


def is_soon_large(monkeypatch: pytest.MonkeyPatch, *, journal: bool) -> None:
    """Let a history be long with its third piece, and a state large at once if it is to be."""
    for module in (parts, snapshot):
        monkeypatch.setattr(module, "LONG", 3)
    if journal:
        monkeypatch.setattr(live_files, "SMALL", 0)


@STORIES
@SIZES
def test_a_crash_leaves_what_was_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: Callable[[Story], None], journal: bool
) -> None:
    is_soon_large(monkeypatch, journal=journal)
    leaves_what_was_durable(tmp_path, story, every=8)


@SIZES
def test_a_crash_within_the_entry_of_a_crowd_leaves_what_was_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: bool
) -> None:
    """Its players are packed two at a time, and each is in a write of its own."""
    is_soon_large(monkeypatch, journal=journal)
    monkeypatch.setattr(live_files, "_PIECE", 100)
    monkeypatch.setattr(packing, "_PLAYERS_AT_ONCE", 2)
    leaves_what_was_durable(tmp_path, a_crowd_is_written_bit_by_bit, every=8)


@pytest.mark.soak
@STORIES
@SIZES
def test_every_crash_leaves_what_was_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: Callable[[Story], None], journal: bool
) -> None:
    is_soon_large(monkeypatch, journal=journal)
    leaves_what_was_durable(tmp_path, story, every=1)
