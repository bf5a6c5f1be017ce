"""The storekeeper loses no session and doubles none, whatever fails when."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future
from contextlib import nullcontext, suppress
from itertools import islice
from typing import TYPE_CHECKING, cast
from unittest import mock

import msgspec
import pytest

from integrations.keeping.changes import LITTLE
from integrations.keeping.storekeeper import BEFORE_A_WRITE, Storekeeper
from integrations.keeping.waiting import MOST_WAITING
from integrations.loopback.server import PATIENCE
from integrations.words.catalogue import say
from machines import (
    BotEvent,
    Cooldown,
    CooldownStarted,
    GuildWatch,
    LiveView,
    NoticeWithdrawn,
    PartySession,
    Player,
    RecordEnded,
    SavedLine,
    SessionChanged,
    WatchChanged,
    WatchKept,
)
from persistence import (
    LedgerDamagedError,
    LedgerWriteError,
    PersistenceError,
    SnapshotStore,
    SnapshotWriteError,
)
from persistence.heartbeat import HEARTBEAT_NAME, read_heartbeat
from tests.integrations.sessions import GUILD, OTHER_GUILD, at, ended, voice_session
from tests.persistence.examples import party_record
from tests.persistence.recording_disk import RecordingDisk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Container, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from machines import AnySession, Effect, Instant, Record, VoiceSession
    from persistence import Ledger, LiveStore


class Gate:
    """What a write waits for, on the event loop or in a thread; open at first."""

    def __init__(self) -> None:
        self._events = asyncio.Event(), threading.Event()
        self.set()

    def set(self) -> None:
        for event in self._events:
            event.set()

    def clear(self) -> None:
        for event in self._events:
            event.clear()

    def set_in_thread(self) -> None:
        self._events[1].set()

    def clear_in_thread(self) -> None:
        self._events[1].clear()

    async def wait(self) -> None:
        await self._events[0].wait()

    def wait_in_thread(self) -> None:
        assert self._events[1].wait(PATIENCE)


class Stores:
    """Both stores in memory. What is not flushed is not ``durable``; a log says what came when.

    Attributes:
        failing: "ledger", "flush" or "beat" raise while it is among these.
        damaged: the ledger raises that it is.
        gate: what every durable write waits for.
        is_watched: whether the guilds are.
    """

    def __init__(self) -> None:
        self.log: list[str] = []
        self.failing: set[str] = set()
        self.damaged = False
        self.gate = Gate()
        self.rows: list[str] = []
        self.held: dict[str, AnySession] = {}
        self.durable: set[str] = set()
        self.held_beats: dict[int, Instant] = {}
        self.beats: dict[int, Instant] = {}
        self.is_watched = True

    def recover(self) -> None:
        """Take all that is written, and whoever waits for that goes on."""
        self.failing, self.damaged = set(), False
        self.gate.set()

    # The ledger

    async def append(self, records: Iterable[Record]) -> None:
        ids = self._told_to_append(records)
        await self.gate.wait()
        self._append(ids)

    def append_now(self, records: Iterable[Record]) -> None:
        ids = self._told_to_append(records)
        self.gate.wait_in_thread()
        self._append(ids)

    def _told_to_append(self, records: Iterable[Record]) -> list[str]:
        ids = [record.id for record in records]
        self.log.append(f"append {' '.join(ids)}")
        return ids

    def _append(self, ids: list[str]) -> None:
        if "ledger" in self.failing:
            raise LedgerWriteError("no room")
        if self.damaged:
            raise LedgerDamagedError("torn")
        self.rows += [each for each in ids if each not in self.rows]

    def watch_now(self, guild_id: int) -> GuildWatch | None:
        return GuildWatch(guild_id=guild_id) if self.is_watched else None

    # The live store

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    def put(self, session: AnySession, players: tuple[Player, ...] | None = None) -> None:
        for player in players or ():
            self.log.append(f"put {session.id}: {player.user_id}")
        if session.is_live:
            self.held[session.id] = session

    def discard(self, session_id: str) -> None:
        self.log.append(f"discard {session_id}")
        self.held.pop(session_id, None)

    def watch(self, guild_watch: GuildWatch) -> None:
        self.log.append(f"watch {guild_watch.guild_id}")

    def cool(self, cooldown: Cooldown) -> None:
        self.log.append(f"cool {cooldown.subject}")

    def replacing(self, live: LiveView, ending: Container[str]) -> Iterator[None]:
        self.log.append("replace")
        kept = {key: session for key, session in self.held.items() if key in ending}
        self.held = kept | {s.id: s for s in live.sessions if s.is_live}
        yield

    async def flush(self) -> None:
        self.log.append("flush")
        writing = set(self.held)
        await self.gate.wait()
        if "flush" in self.failing:
            raise SnapshotWriteError("no room")
        self.durable = writing

    def flush_now(self) -> None:
        self.log.append("flush")
        writing = set(self.held)
        self.gate.wait_in_thread()
        if "flush" in self.failing:
            raise SnapshotWriteError("no room")
        self.durable = writing

    async def beat(self, instants: Mapping[int, Instant]) -> None:
        self.held_beats |= instants
        await self.gate.wait()
        if "beat" in self.failing:
            raise SnapshotWriteError("no room")
        self.beats |= self.held_beats


class Told:
    """What the bot hears, and what was durable by then."""

    def __init__(self, stores: Stores) -> None:
        self.events: list[tuple[str, set[str], list[str]]] = []
        self._stores = stores

    def __call__(self, event: BotEvent) -> None:
        self.events.append((event.name, set(self._stores.durable), list(self._stores.rows)))

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.events]


def _write_nothing(_line: SavedLine) -> None:
    """Let the log be."""


@pytest.fixture
async def stores() -> Stores:
    return Stores()


@pytest.fixture
async def told(stores: Stores) -> Told:
    return Told(stores)


def keeper_of(
    stores: Stores, told: Told, write_line: Callable[[SavedLine], None] = _write_nothing
) -> Storekeeper:
    """Write to these; :attr:`Stores.gate` and :attr:`Stores.failing` say how that goes."""
    live, ledger = cast("LiveStore", stores), cast("Ledger", stores)
    return Storekeeper(live, ledger, told, write_line, stores.watch_now, "en")


@pytest.fixture
async def keeper(stores: Stores, told: Told) -> AsyncIterator[Storekeeper]:
    """Closed in the end: what it still has to write would begin while the loop is being closed."""
    made = keeper_of(stores, told)
    yield made
    stores.recover()
    await made.close()


async def until_turn(happened: Callable[[], bool]) -> None:
    """Wait, but for no timer: whoever is asked about takes turns."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - as below
            await asyncio.sleep(0)


async def until(happened: object) -> None:
    assert callable(happened)
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


async def test_the_ledger_row_comes_before_the_snapshot_without_the_session(
    keeper: Storekeeper, stores: Stores
) -> None:
    session = voice_session()
    keeper.take([SessionChanged(session)])
    await keeper.settle()
    keeper.take([RecordEnded(ended(session))])
    await keeper.settle()

    order = [line for line in stores.log if line.split()[0] in {"append", "discard", "flush"}]
    assert order[-3:] == ["append voice-11", "discard voice-11", "flush"]
    assert (stores.rows, stores.durable) == (["voice-11"], set())


async def test_an_event_is_told_only_when_what_it_tells_is_durable(
    keeper: Storekeeper, stores: Stores, told: Told
) -> None:
    session = voice_session()
    stores.gate.clear()
    keeper.take([SessionChanged(session), BotEvent("session_confirmed", session)])
    await until(lambda: "flush" in stores.log)
    assert told.events == []
    stores.gate.set()
    await until(lambda: told.events)
    record = ended(session)
    keeper.take([RecordEnded(record), BotEvent("session_ended", session, record)])
    await until(lambda: len(told.events) == 2)

    assert told.events == [
        ("session_confirmed", {"voice-11"}, []),
        ("session_ended", set(), ["voice-11"]),
    ]


async def test_a_record_waits_until_its_row_is_there_and_no_longer(
    keeper: Storekeeper, stores: Stores
) -> None:
    record = ended(voice_session())
    stores.gate.clear()
    keeper.take([RecordEnded(record)])
    assert list(keeper.records_waiting()) == [record]
    await until(lambda: stores.log)
    assert list(keeper.records_waiting()) == [record]
    stores.gate.set()
    await keeper.settle()
    assert (stores.rows, list(keeper.records_waiting())) == ([record.id], [])


async def test_a_party_of_people_who_were_all_forgotten_has_no_record(
    keeper: Storekeeper, stores: Stores
) -> None:
    record = party_record()
    record.players = ()
    keeper.take([RecordEnded(record)])
    assert list(keeper.records_waiting()) == []
    await keeper.settle()
    assert stores.rows == []
    assert f"discard {record.id}" in stores.log


async def test_so_it_does_where_its_row_cannot_be_written(
    keeper: Storekeeper, stores: Stores
) -> None:
    record = ended(voice_session())
    stores.failing = {"ledger"}
    keeper.take([RecordEnded(record)])
    with pytest.raises(LedgerWriteError):
        await keeper.settle()
    assert list(keeper.records_waiting()) == [record]


async def test_what_changes_in_a_tenth_of_a_second_is_one_write(
    keeper: Storekeeper, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 1_000.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: passed)

    async def changes() -> int:
        before = stores.log.count("flush")
        keeper.take([SessionChanged(voice_session())])
        for _turn in range(20):
            await asyncio.sleep(0)
        while keeper._is_writing:  # noqa: ASYNC110, SLF001 - in a thread
            await asyncio.sleep(0)
        return stores.log.count("flush") - before

    assert [await changes() for _ in range(10)] == [0] * 10
    passed += BEFORE_A_WRITE + 0.01
    assert [await changes() for _ in range(10)] == [1, *[0] * 9]
    passed += BEFORE_A_WRITE + 0.01
    assert await changes() == 1
    assert stores.durable == {"voice-11"}


async def test_what_has_waited_elsewhere_is_written_at_once(
    keeper: Storekeeper, stores: Stores
) -> None:
    keeper.hasten()  # nothing has changed
    keeper.take([SessionChanged(voice_session())])
    timer = keeper._timer  # noqa: SLF001 - nobody hears of it
    assert timer is not None
    keeper.hasten()
    assert timer.cancelled()
    while keeper._is_writing:  # noqa: ASYNC110, SLF001 - in a thread
        await asyncio.sleep(0)
    assert stores.log == ["flush"]
    assert stores.durable == {"voice-11"}


@pytest.mark.parametrize("failing", ["ledger", "flush", "beat"])
async def test_what_could_not_be_written_is_tried_again_and_told_once(
    keeper: Storekeeper,
    stores: Stores,
    told: Told,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)
    caplog.set_level(logging.INFO)
    session = voice_session()
    record = ended(session)
    stores.failing = {failing}
    keeper.take(
        [
            RecordEnded(record),
            BotEvent("session_ended", session, record),
            WatchKept({GUILD: at(5)}),
        ]
    )
    await until(lambda: stores.log.count("flush") + stores.log.count("append voice-11") >= 4)
    assert told.events == []
    stores.failing = set()
    await until(lambda: told.events and stores.beats)
    await until(lambda: len(caplog.records) == 2)

    assert told.names == ["session_ended"]
    assert stores.rows == ["voice-11"]
    assert stores.beats == {GUILD: at(5)}
    error, again = caplog.records
    assert (error.levelname, error.getMessage()[:26]) == ("ERROR", "❌ Error persisting session")
    assert again.levelname == "INFO"


async def test_where_the_ledger_is_damaged_the_log_says_what_helps_with_that(
    keeper: Storekeeper, stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    stores.damaged = True
    keeper.take([RecordEnded(ended(voice_session()))])
    await until(lambda: bool(caplog.records))
    said = caplog.records[0].getMessage()
    assert said.startswith("❌ Error persisting sessions: torn")
    assert "once latido.db is moved away" in said
    assert "make room" not in said


async def test_of_what_nobody_waits_for_the_event_loop_does_not_hear_that_it_is_written(
    stores: Stores, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SnapshotStore(tmp_path)
    keeper = Storekeeper(
        store, cast("Ledger", stores), told, _write_nothing, stores.watch_now, "en"
    )
    loop = asyncio.get_running_loop()
    heard = mock.Mock(wraps=loop.call_soon_threadsafe)
    monkeypatch.setattr(loop, "call_soon_threadsafe", heard)
    keeper.take([SessionChanged(voice_session())])
    await until(lambda: keeper.figures.writes)
    assert [session.id for session in SnapshotStore(tmp_path).load().state.sessions] == ["voice-11"]
    assert not heard.mock_calls


async def test_what_a_step_asks_for_comes_with_one_write(stores: Stores, tmp_path: Path) -> None:
    """A thread may be about to write; a watch alone would say that its sessions know of it."""
    store = SnapshotStore(tmp_path)
    keeper = Storekeeper(
        store, cast("Ledger", stores), print, _write_nothing, stores.watch_now, "es"
    )
    writes = threading.Thread(target=store.flush_now)

    def asked_for() -> Iterator[Effect]:
        yield WatchChanged(GuildWatch(guild_id=GUILD))
        writes.start()
        writes.join(0.05)
        yield SessionChanged(voice_session())

    keeper.take(asked_for())
    await asyncio.to_thread(writes.join)
    state = SnapshotStore(tmp_path).load().state
    assert (len(state.guilds), len(state.sessions)) == (1, 1)
    await keeper.close()


async def test_where_that_fails_it_is_reported_and_tried_again(
    keeper: Storekeeper,
    stores: Stores,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)
    caplog.set_level(logging.INFO)
    stores.failing = {"flush"}
    keeper.take([SessionChanged(voice_session())])
    await until(lambda: keeper.figures.failures > 2)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    stores.failing = set()
    await until(lambda: len(caplog.records) == 2)
    assert caplog.records[1].levelname == "INFO"
    assert stores.durable == {"voice-11"}


async def test_what_breaks_one_write_does_not_keep_the_next_from_being_made(
    keeper: Storekeeper, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = voice_session()

    async def breaks() -> None:
        keeper.take([SessionChanged(session)])  # while the write is under way
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(stores, "flush", breaks)
        keeper.take([SessionChanged(session), WatchKept({GUILD: at(5)})])
        await until(lambda: keeper._under_way is not None and keeper._under_way.done())  # noqa: SLF001 - it broke
        assert keeper._under_way is not None  # noqa: SLF001 - as above
        assert isinstance(keeper._under_way.exception(), RuntimeError)  # noqa: SLF001 - as above

    await until(lambda: stores.durable == {session.id})


async def test_what_breaks_one_in_a_thread_is_told_on_the_event_loop(
    keeper: Storekeeper, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, told = voice_session(), mock.Mock()
    asyncio.get_running_loop().set_exception_handler(told)

    with monkeypatch.context() as broken:
        broken.setattr(stores, "flush_now", mock.Mock(side_effect=RuntimeError))
        keeper.take([SessionChanged(session)])
        await until(lambda: told.mock_calls)
    ((_loop, context),) = (call.args for call in told.mock_calls)
    assert isinstance(context["exception"], RuntimeError)

    keeper.take([SessionChanged(session)])
    await until(lambda: stores.durable == {session.id})


@pytest.mark.parametrize("flush", ["flush_now", "flush"])
async def test_what_breaks_a_write_by_a_mistake_of_ours_is_tried_again_without_another_change(
    keeper: Storekeeper, stores: Stores, monkeypatch: pytest.MonkeyPatch, flush: str
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)
    session, told = voice_session(), mock.Mock()
    asyncio.get_running_loop().set_exception_handler(told)
    with monkeypatch.context() as broken:
        breaks = mock.Mock(side_effect=RuntimeError)
        broken.setattr(stores, flush, breaks)
        keeper.take([SessionChanged(session)])
        if flush == "flush":  # which is called where there is more than a thread writes in one go
            keeper.take([WatchKept({GUILD: at(5)})])
        await until(lambda: breaks.mock_calls)
    await until(lambda: stores.durable == {session.id})


async def test_where_what_keeps_it_from_writing_becomes_another_thing_that_is_said_as_well(
    keeper: Storekeeper,
    stores: Stores,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)
    stores.failing = {"ledger"}
    keeper.take([RecordEnded(ended(voice_session()))])
    await until(lambda: stores.log.count("append voice-11") > 2)
    assert len(caplog.messages) == 1
    stores.failing, stores.damaged = set(), True
    await until(lambda: len(caplog.messages) == 2)
    stores.failing, stores.damaged = {"ledger"}, False
    await until(lambda: len(caplog.messages) == 3)
    full, damaged, again = caplog.messages
    assert full == again != damaged


@pytest.mark.parametrize("recovers", [False, True])
async def test_what_keeps_it_from_writing_is_said_also_where_a_mistake_of_ours_came_in_between(
    keeper: Storekeeper,
    stores: Stores,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    recovers: bool,
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)
    told = mock.Mock()
    asyncio.get_running_loop().set_exception_handler(told)
    stores.failing = {"flush"}
    keeper.take([SessionChanged(voice_session(1))])
    await until(lambda: caplog.messages)
    if recovers:
        stores.failing = set()
        await keeper.settle()
    with monkeypatch.context() as patched:
        for flush in ("flush", "flush_now"):
            patched.setattr(stores, flush, mock.Mock(side_effect=RuntimeError))
        keeper.take([SessionChanged(voice_session(2))])
        await until(lambda: told.mock_calls)
    stores.failing = {"flush"}
    await until(lambda: len(caplog.messages) == 2)
    first, second = caplog.messages
    assert first == second


async def test_what_waits_for_a_lasting_mistake_of_ours_is_bounded_too(
    keeper: Storekeeper, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.waiting.MOST_WAITING", 3)
    told = mock.Mock()
    asyncio.get_running_loop().set_exception_handler(told)
    monkeypatch.setattr(stores, "append_now", mock.Mock(side_effect=RuntimeError))
    keeper.take([RecordEnded(ended(voice_session(1)))])
    await until(lambda: told.mock_calls)
    keeper.take([RecordEnded(ended(voice_session(number))) for number in range(2, 9)])
    assert keeper.figures.given_up == 5


async def test_what_is_little_takes_one_trip_to_a_thread(
    keeper: Storekeeper, stores: Stores, told: Told
) -> None:
    going_on, over = voice_session(1), voice_session(2)
    keeper.take([SessionChanged(going_on), SessionChanged(over)])
    await keeper.settle()
    record = ended(over)
    with (
        mock.patch.object(asyncio, "to_thread", side_effect=AssertionError),
        mock.patch.object(keeper._thread, "submit", wraps=keeper._thread.submit) as submit,  # noqa: SLF001 - it is what takes the trip
    ):
        keeper.take(
            [
                SessionChanged(going_on),
                RecordEnded(record),
                BotEvent("session_confirmed", going_on),
                BotEvent("session_ended", over, record),
            ]
        )
        await until(lambda: len(told.events) == 2)

    assert submit.call_count == 1
    assert stores.rows == [record.id]
    assert stores.durable == {going_on.id}


@pytest.mark.parametrize("what", ["records", "events", "players"])
async def test_what_is_more_is_written_in_turns(
    keeper: Storekeeper, stores: Stores, told: Told, what: str
) -> None:
    many = [voice_session(user_id) for user_id in range(1, LITTLE + 2)]
    crowd = msgspec.structs.replace(party_record(), players=party_record().players[:1] * len(many))
    effects: dict[str, list[Effect]] = {
        "records": [RecordEnded(ended(session)) for session in many],
        "events": [BotEvent("session_confirmed", session) for session in many],
        "players": [RecordEnded(crowd)],
    }
    keeper.take(effects[what])
    await until(lambda: keeper._under_way is not None)  # noqa: SLF001 - it is what takes turns

    assert isinstance(keeper._under_way, asyncio.Task)  # noqa: SLF001 - as above
    await keeper._under_way  # noqa: SLF001 - as above
    assert len(stores.rows) + len(told.events) == (1 if what == "players" else len(many))


async def test_what_ends_while_a_thread_writes_waits_for_the_next(
    keeper: Storekeeper, stores: Stores, told: Told
) -> None:
    first, second = voice_session(1), voice_session(2)
    stores.gate.clear()
    keeper.take([RecordEnded(ended(first)), BotEvent("session_ended", first, ended(first))])
    await until(lambda: "append voice-1" in stores.log)
    keeper.take([RecordEnded(ended(second)), BotEvent("session_ended", second, ended(second))])
    keeper.hasten()
    assert [record.id for record in keeper.records_waiting()] == ["voice-1", "voice-2"]
    stores.gate.set()
    await until(lambda: len(told.events) == 2)

    assert stores.log.count("append voice-1") == 1
    assert stores.rows == ["voice-1", "voice-2"]
    assert not list(keeper.records_waiting())


async def test_whoever_settles_waits_for_what_follows_of_what_a_thread_writes(
    keeper: Storekeeper, stores: Stores, told: Told
) -> None:
    session = voice_session()
    stores.gate.clear()
    keeper.take([RecordEnded(ended(session)), BotEvent("session_ended", session, ended(session))])
    await until(lambda: stores.log)
    settling = asyncio.create_task(keeper.settle())
    for _turn in range(10):
        await asyncio.sleep(0)
    assert not settling.done()
    stores.gate.set()
    await settling

    assert told.names == ["session_ended"]
    assert stores.log.count(f"append {session.id}") == 1
    assert not list(keeper.records_waiting())


async def test_a_row_that_is_there_is_not_written_again_where_the_snapshot_fails_behind_it(
    keeper: Storekeeper,
    stores: Stores,
    told: Told,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)
    session = voice_session()
    stores.failing = {"flush"}
    keeper.take([RecordEnded(ended(session)), BotEvent("session_ended", session, ended(session))])
    await until(lambda: caplog.records)
    assert not list(keeper.records_waiting())
    assert told.events == []
    stores.failing = set()
    await until(lambda: told.events)

    assert stores.log.count(f"append {session.id}") == 1
    assert told.names == ["session_ended"]


@pytest.mark.parametrize("by", ["a thread", "whoever settles"])
async def test_that_time_is_saved_is_said_once_it_is(
    stores: Stores,
    told: Told,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    by: str,
) -> None:
    """A disk that is full saves nothing, and a log that says so nevertheless helps nobody."""
    if by == "a thread":
        monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)
    said: list[tuple[SavedLine, list[str]]] = []
    keeper = keeper_of(stores, told, lambda line: said.append((line, list(stores.rows))))
    session, line = voice_session(), SavedLine("info", "saved.voice", {"seconds": 60})
    stores.failing = {"ledger"}
    keeper.take([RecordEnded(ended(session)), line])
    await until(lambda: caplog.records)
    assert not said
    stores.failing = set()
    if by == "a thread":
        await until(lambda: said)
    else:
        await keeper.settle()

    assert said == [(line, [session.id])]
    await keeper.close()


@pytest.mark.parametrize("is_settled", [False, True])
async def test_a_line_that_cannot_be_logged_keeps_nothing_else_from_being_told(
    stores: Stores, told: Told, *, is_settled: bool
) -> None:
    said: list[SavedLine] = []

    def write_line(line: SavedLine) -> None:
        if line is lines[0]:
            raise RuntimeError  # as a filter of the bot's own may
        said.append(line)

    keeper = keeper_of(stores, told, write_line)
    raised = mock.Mock()
    asyncio.get_running_loop().set_exception_handler(raised)
    session, lines = voice_session(), [SavedLine("info", "saved.voice", {}) for _line in range(3)]
    record = ended(session)
    keeper.take([RecordEnded(record), BotEvent("session_ended", session, record), *lines])
    if is_settled:
        with pytest.raises(RuntimeError):
            await keeper.settle()
    await until(lambda: told.events and len(said) == 2)
    assert said == lines[1:]
    assert told.names == ["session_ended"]
    assert stores.log.count(f"append {record.id}") == 1
    assert len(raised.mock_calls) == (0 if is_settled else 1)


@pytest.mark.parametrize("what", ["lines", "events"])
async def test_what_whoever_settled_was_stopped_in_telling_is_told_after_the_next_write(
    stores: Stores, told: Told, what: str
) -> None:
    said: list[SavedLine] = []
    keeper = keeper_of(stores, told, said.append)
    session, many = voice_session(), LITTLE
    events = [BotEvent("session_confirmed", session) for _event in range(many)]
    keeper.take([*events, *(SavedLine("info", "saved.voice", {}) for _line in range(many))])
    with mock.patch("integrations.turns._TURN", 0.0):
        settling = asyncio.create_task(keeper.settle())
        await until_turn(lambda: bool(said if what == "lines" else told.events))
        settling.cancel()
        with suppress(asyncio.CancelledError):
            await settling
    assert len(told.events) < many
    await until(lambda: len(told.events) >= many and len(said) >= many)
    assert (len(told.events), len(said)) == (many, many)


async def test_a_snapshot_made_anew_waits_for_the_rows_of_what_has_ended(
    keeper: Storekeeper, stores: Stores
) -> None:
    first, second = voice_session(1), voice_session(2)
    sessions = [first, second]
    keeper.take([SessionChanged(first), SessionChanged(second)])
    await keeper.settle()
    stores.gate.clear()
    keeper.take([RecordEnded(ended(first))])
    await until(lambda: "append voice-1" in stores.log)
    keeper.take([RecordEnded(ended(second))])
    keeper.replace(lambda: LiveView([s for s in sessions if s.is_live], (), ()))
    stores.log.clear()
    stores.gate.set()
    await keeper.settle()

    order = [stores.log.index(each) for each in ("flush", "append voice-2", "replace")]
    assert order == sorted(order)  # the first is of before it, and holds the second still
    assert "flush" in stores.log[order[-1] :]


async def test_whoever_ends_while_the_snapshot_is_made_anew_stays_in_it_until_their_row_is_there(
    stores: Stores, told: Told, tmp_path: Path
) -> None:
    store, sessions = SnapshotStore(tmp_path), [voice_session(number) for number in range(1, 200)]
    keeper = Storekeeper(
        store, cast("Ledger", stores), told, _write_nothing, stores.watch_now, "en"
    )
    keeper.take([SessionChanged(session) for session in sessions])
    await keeper.settle()

    def gone_through() -> Iterator[VoiceSession]:
        yield from sessions[:-1]
        keeper.take([RecordEnded(ended(sessions[-1]))])
        stores.failing = {"ledger"}

    keeper.replace(lambda: LiveView(gone_through(), (), ()))
    with suppress(LedgerWriteError):  # the snapshot is there, or the row was tried as well
        await keeper.settle()
    assert not stores.rows
    assert len(SnapshotStore(tmp_path).load().state.sessions) == len(sessions)
    stores.failing = set()
    await keeper.settle()
    assert stores.rows == [sessions[-1].id]
    assert len(SnapshotStore(tmp_path).load().state.sessions) == len(sessions) - 1
    await keeper.close()
    store.close()


async def test_whoever_counts_from_now_on_is_written_with_how_far_their_guild_is_watched(
    keeper: Storekeeper, stores: Stores
) -> None:
    one, other = voice_session(1), voice_session(2)
    begun = [BotEvent("session_confirmed", one), BotEvent("session_recovered", other)]
    keeper.take([SessionChanged(one), SessionChanged(other), *begun])
    await keeper.settle()
    assert stores.log == [f"watch {GUILD}", "flush"]
    keeper.take([SessionChanged(one)])
    await keeper.settle()
    assert stores.log[2:] == ["flush"]


async def test_so_they_are_where_a_thread_writes_it(
    keeper: Storekeeper, stores: Stores, told: Told
) -> None:
    session = voice_session()
    keeper.take([SessionChanged(session), BotEvent("session_confirmed", session)])
    await until(lambda: told.events)
    assert stores.log == [f"watch {GUILD}", "flush"]
    keeper.take([SessionChanged(session)])
    await until(lambda: stores.log.count("flush") == 2)
    assert stores.log[2:] == ["flush"]


async def test_whoever_is_found_to_have_ended_as_that_is_asked_has_their_row_before_it_is_written(
    stores: Stores, told: Told
) -> None:
    """Else a kill would leave them there, watched until after they had gone."""
    one, other = voice_session(1), voice_session(2)

    def watch_now(guild_id: int) -> GuildWatch:
        asked.take([RecordEnded(ended(other))])  # of news that has waited
        return GuildWatch(guild_id=guild_id)

    asked = Storekeeper(
        cast("LiveStore", stores), cast("Ledger", stores), told, _write_nothing, watch_now, "en"
    )
    asked.take([SessionChanged(one), SessionChanged(other), BotEvent("session_confirmed", one)])
    await asked.settle()
    order = [line for line in stores.log if line.split()[0] in {"append", "watch", "flush"}]
    assert order == [f"watch {GUILD}", f"append {other.id}", "flush"]
    assert stores.durable == {one.id}
    await asked.close()


async def test_where_nobody_watches_nothing_is_said_of_it(
    keeper: Storekeeper, stores: Stores
) -> None:
    stores.is_watched = False
    keeper.take([SessionChanged(voice_session()), BotEvent("session_confirmed", voice_session())])
    await keeper.settle()
    assert stores.log == ["flush"]


async def test_a_ledger_that_cannot_be_written_keeps_the_sessions_in_the_snapshot(
    keeper: Storekeeper, stores: Stores
) -> None:
    session = voice_session()
    keeper.take([SessionChanged(session)])
    await keeper.settle()
    stores.failing = {"ledger"}
    keeper.take([RecordEnded(ended(session))])
    keeper.replace(lambda: LiveView((), (), ()))
    with pytest.raises(LedgerWriteError):
        await keeper.settle()
    assert stores.durable == {"voice-11"}
    stores.failing = set()
    await keeper.settle()
    assert (stores.rows, stores.durable) == (["voice-11"], set())


@pytest.mark.parametrize("is_waited_for", [False, True])
async def test_what_changes_while_a_write_is_under_way_goes_into_the_next(
    keeper: Storekeeper, stores: Stores, monkeypatch: pytest.MonkeyPatch, *, is_waited_for: bool
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.BEFORE_A_WRITE", 0.0)
    stores.gate.clear()
    session = voice_session(1)
    keeper.take([SessionChanged(session)])
    if is_waited_for:
        keeper.take([BotEvent("session_confirmed", session)])
    await until(lambda: "flush" in stores.log)
    for user_id in range(2, 50):
        keeper.take([SessionChanged(voice_session(user_id))])
        await asyncio.sleep(0)
    stores.gate.set()
    await until(lambda: len(stores.durable) == 49)
    assert stores.log.count("flush") == 2


async def test_however_many_end_at_once_none_is_given_up_while_writing_goes_on(
    keeper: Storekeeper, stores: Stores, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.waiting.MOST_WAITING", 3)
    stores.gate.clear()
    for user_id in range(1, 11):
        session = voice_session(user_id)
        record = ended(session)
        line = SavedLine("info", "saved.voice", {})
        keeper.take([RecordEnded(record), BotEvent("session_ended", session, record), line])
    stores.gate.set()
    await keeper.settle()
    assert len(stores.rows) == len(told.events) == 10
    assert (keeper.figures.given_up, keeper.figures.untold) == (0, 0)


async def test_what_fills_the_memory_while_nothing_can_be_written_is_given_up_and_counted(
    keeper: Storekeeper,
    stores: Stores,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.keeping.waiting.MOST_WAITING", 3)
    keeper.take([SessionChanged(voice_session(user_id)) for user_id in range(1, 11)])
    await keeper.settle()
    stores.failing = {"ledger"}
    keeper.take([RecordEnded(ended(voice_session(1)))])
    await until(lambda: caplog.records)
    for user_id in range(2, 11):
        keeper.take([RecordEnded(ended(voice_session(user_id)))])
    assert keeper.figures.given_up == 7
    stores.failing = set()
    await keeper.settle()
    assert len(stores.rows) == 3
    assert stores.durable == set()  # nobody is left to be found live after a kill


async def test_what_is_lost_is_said_as_it_begins_and_as_it_ends_and_of_that_time_alone(
    keeper: Storekeeper,
    stores: Stores,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.keeping.waiting.MOST_WAITING", 3)
    caplog.set_level(logging.INFO)
    numbers, line = iter(range(1, 100)), SavedLine("info", "saved.voice", {})
    totals: list[int] = []
    for more in (4, 1, 7):  # with the one before them there is room for three
        caplog.clear()
        stores.failing = {"ledger"}
        keeper.take([RecordEnded(ended(voice_session(next(numbers))))])
        await until(lambda: caplog.records)
        for number in islice(numbers, more):
            session = voice_session(number)
            record = ended(session)
            keeper.take([RecordEnded(record), line, BotEvent("session_ended", session, record)])
        stores.failing = set()
        await keeper.settle()
        (_why, *told), totals = caplog.messages, [*totals, keeper.figures.given_up]
        if more == 1:
            assert told == [say("en", "persist.again")]
            continue
        assert told == [
            say("en", "persist.given_up", count=MOST_WAITING),
            say("en", "persist.given_up.lines", count=MOST_WAITING),
            say("en", "persist.given_up.events", count=MOST_WAITING),
            say("en", "persist.again"),
            say("en", "persist.lost", count=more - 2),
            say("en", "persist.lost.lines", count=more - 3),
            say("en", "persist.lost.events", count=more - 3),
        ]
    assert totals == [2, 2, 7]
    assert keeper.figures.untold == 10


async def test_what_was_lost_is_said_where_the_bot_stops_without_being_able_to_write(
    keeper: Storekeeper,
    stores: Stores,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.keeping.waiting.MOST_WAITING", 3)
    stores.failing = {"ledger"}
    keeper.take([RecordEnded(ended(voice_session(1)))])
    await until(lambda: caplog.records)
    keeper.take([RecordEnded(ended(voice_session(number))) for number in range(2, 6)])
    with pytest.raises(PersistenceError):
        await keeper.close()
    assert caplog.messages[-1] == say("en", "persist.lost", count=2)


async def test_watches_and_cooldowns_are_held_and_notices_are_not_its_business(
    keeper: Storekeeper, stores: Stores
) -> None:
    keeper.take([NoticeWithdrawn("voice-11", GUILD)])
    assert stores.log == []
    keeper.take(
        [
            WatchChanged(GuildWatch(guild_id=GUILD)),
            CooldownStarted(Cooldown(GUILD, "voice", 11, at(60))),
        ]
    )
    await keeper.settle()
    assert stores.log[:2] == [f"watch {GUILD}", "cool 11"]


async def test_a_beat_that_waits_is_none_once_the_watch_of_its_guild_has_changed(
    keeper: Storekeeper, stores: Stores
) -> None:
    set_back = GuildWatch(guild_id=GUILD, observed_until=at(5))
    keeper.take([WatchKept({GUILD: at(3_600), OTHER_GUILD: at(5)}), WatchChanged(set_back)])
    await until(lambda: stores.beats)
    assert stores.beats == {OTHER_GUILD: at(5)}


async def test_so_is_one_for_which_the_write_before_it_is_under_way(
    keeper: Storekeeper, stores: Stores
) -> None:
    stores.gate.clear()
    keeper.take([WatchKept({GUILD: at(3_600), OTHER_GUILD: at(5)})])
    settling = asyncio.create_task(keeper.settle())
    await until(lambda: "flush" in stores.log)
    keeper.take([WatchChanged(GuildWatch(guild_id=GUILD, observed_until=at(5)))])
    stores.gate.set()
    await settling
    assert stores.beats == {OTHER_GUILD: at(5)}


async def test_a_beat_goes_with_what_came_before_it_and_never_sooner(
    keeper: Storekeeper, stores: Stores
) -> None:
    """Whoever left meanwhile would be found to have been there for as long."""
    stores.gate.clear()
    keeper.take([WatchKept({GUILD: at(5)})])
    settling = asyncio.create_task(keeper.settle())
    await until(lambda: "flush" in stores.log)
    keeper.take([SessionChanged(voice_session()), WatchKept({GUILD: at(65)})])
    stores.gate.set()
    await settling
    assert stores.beats == {GUILD: at(5)}
    await until(lambda: stores.beats == {GUILD: at(65)})
    assert stores.durable == {"voice-11"}


async def test_a_beat_before_which_something_could_not_be_written_goes_with_the_next_write(
    keeper: Storekeeper, stores: Stores
) -> None:
    stores.failing = {"flush"}
    keeper.take([WatchKept({GUILD: at(5), OTHER_GUILD: at(5)})])
    with pytest.raises(PersistenceError):
        await keeper.settle()
    stores.failing = set()
    keeper.take([SessionChanged(voice_session()), WatchKept({GUILD: at(35)})])
    await until(lambda: stores.beats)
    assert stores.beats == {GUILD: at(35), OTHER_GUILD: at(5)}


async def test_a_beat_that_failed_while_the_clock_was_set_back_is_written_as_it_is_held_by_then(
    tmp_path: Path, stores: Stores, told: Told
) -> None:
    disk = RecordingDisk()
    store = SnapshotStore(tmp_path, disk=disk)
    keeper = Storekeeper(
        store, cast("Ledger", stores), told, _write_nothing, stores.watch_now, "en"
    )

    async def fails_and_is_set_back(instants: Mapping[int, Instant]) -> None:
        disk.full = True
        try:
            await SnapshotStore.beat(store, instants)
        finally:
            disk.full = False
            keeper.take([WatchChanged(GuildWatch(guild_id=GUILD, observed_until=at(5)))])

    keeper.take([WatchKept({GUILD: at(3_600), OTHER_GUILD: at(7)})])
    with (
        mock.patch.object(store, "beat", fails_and_is_set_back),
        pytest.raises(SnapshotWriteError),
    ):
        await keeper.settle()
    await keeper.settle()
    written = read_heartbeat(disk, tmp_path / HEARTBEAT_NAME)
    assert written == {GUILD: at(5), OTHER_GUILD: at(7)}
    await keeper.close()
    store.close()


async def test_closing_writes_everything_and_nothing_is_written_afterwards(
    keeper: Storekeeper, stores: Stores, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.BEFORE_A_WRITE", 0.0)
    session = voice_session()
    keeper.take([SessionChanged(session), BotEvent("session_confirmed", session)])
    await keeper.close()
    assert (stores.durable, told.names) == ({"voice-11"}, ["session_confirmed"])

    await asyncio.sleep(0.01)  # what was under way is over
    flushes = stores.log.count("flush")
    keeper.take([WatchKept({GUILD: at(5)})])
    await asyncio.sleep(0.05)  # time enough for a write
    assert stores.log.count("flush") == flushes


async def test_whoever_settles_waits_for_what_a_thread_writes(
    stores: Stores, told: Told, tmp_path: Path
) -> None:
    store = SnapshotStore(tmp_path, guard=stores.gate.wait_in_thread)
    keeper = Storekeeper(
        store, cast("Ledger", stores), told, _write_nothing, stores.watch_now, "en"
    )
    stores.gate.clear()
    keeper.take([SessionChanged(voice_session())])
    await until(lambda: keeper._is_writing)  # noqa: SLF001 - nobody hears of it
    settling = asyncio.create_task(keeper.settle())
    done, _waiting = await asyncio.wait({settling}, timeout=0.05)
    assert not done
    stores.gate.set()
    await settling
    assert [session.id for session in SnapshotStore(tmp_path).load().state.sessions] == ["voice-11"]


async def test_so_does_closing_that_fails(
    keeper: Storekeeper, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.gate.clear()
    keeper.take([SessionChanged(voice_session(1))])
    await until(lambda: "flush" in stores.log)
    monkeypatch.setattr(stores, "append", mock.AsyncMock(side_effect=LedgerWriteError("no room")))
    keeper.take([RecordEnded(ended(voice_session(2)))])
    closing = asyncio.create_task(keeper.close())
    done, _waiting = await asyncio.wait({closing}, timeout=0.05)
    assert not done
    stores.gate.set()
    with pytest.raises(LedgerWriteError):
        await closing
    assert stores.durable == {"voice-1"}


async def test_closing_that_fails_leaves_nothing_that_would_try_again(
    keeper: Storekeeper, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)
    monkeypatch.setattr("integrations.keeping.storekeeper.BEFORE_A_WRITE", 0.01)
    stores.failing = {"ledger"}
    keeper.take([RecordEnded(ended(voice_session()))])
    with pytest.raises(PersistenceError):
        await keeper.close()
    tried = stores.log.count("append voice-11")
    await asyncio.sleep(0.05)  # several times the pause before another try
    assert stores.log.count("append voice-11") == tried


async def test_what_replaces_everything_is_written_by_itself(
    keeper: Storekeeper, stores: Stores
) -> None:
    keeper.replace(lambda: LiveView([], [], []))
    await until(lambda: "replace" in stores.log)


async def test_what_whoever_settled_could_not_write_is_told_of_after_the_next_write(
    keeper: Storekeeper, stores: Stores, told: Told
) -> None:
    session = voice_session(1)
    record = ended(session)
    stores.failing = {"flush"}
    keeper.take([RecordEnded(record), BotEvent("session_ended", session, record)])
    with pytest.raises(SnapshotWriteError):
        await keeper.settle()
    stores.failing = set()
    keeper.take([SessionChanged(voice_session(2))])
    await until(lambda: told.names)


@pytest.mark.parametrize("fails", ["beat", "flush"])  # what is to be written before it as well
async def test_a_heartbeat_that_whoever_settled_could_not_write_goes_with_the_next_write(
    keeper: Storekeeper, stores: Stores, fails: str
) -> None:
    stores.failing = {fails}
    keeper.take([WatchKept({GUILD: at(5)})])
    with pytest.raises(PersistenceError):
        await keeper.settle()
    stores.failing = set()
    keeper.take([SessionChanged(voice_session())])
    await until(lambda: stores.beats)


async def test_after_a_failure_what_changes_waits_for_the_next_try(
    keeper: Storekeeper, stores: Stores
) -> None:
    stores.failing = {"flush"}
    stores.gate.clear()
    keeper.take([SessionChanged(voice_session(1))])
    await until(lambda: "flush" in stores.log)
    keeper.take([SessionChanged(voice_session(2))])
    stores.gate.set()
    await until(lambda: keeper._outage.is_on)  # noqa: SLF001 - nobody hears of it
    timer = keeper._timer  # noqa: SLF001 - as above
    assert timer is not None
    assert timer.when() - asyncio.get_running_loop().time() > 2 * BEFORE_A_WRITE
    keeper.hasten()
    assert keeper._timer is timer  # noqa: SLF001 - as above
    assert not timer.cancelled()


async def test_no_thread_writes_beside_whoever_settles(keeper: Storekeeper, stores: Stores) -> None:
    stores.gate.clear()
    keeper.take([SessionChanged(voice_session(1))])
    settling = asyncio.create_task(keeper.settle())
    await until(lambda: "flush" in stores.log)
    keeper.hasten()  # as if its timer had gone off
    assert stores.log.count("flush") == 1
    assert keeper._under_way is None  # noqa: SLF001 - nobody hears of it
    stores.gate.set()
    await settling


async def test_after_closing_no_timer_stands(keeper: Storekeeper) -> None:
    keeper.take([SessionChanged(voice_session(1))])
    timer = keeper._timer  # noqa: SLF001 - nobody hears of it
    await keeper.close()
    assert timer is not None
    assert timer.cancelled()


async def test_nor_does_what_changes_afterwards_set_one(
    keeper: Storekeeper, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.BEFORE_A_WRITE", 0.0)
    keeper.take([SessionChanged(voice_session(1))])
    await until(lambda: stores.durable)  # its timer has gone off
    await keeper.close()
    keeper.take([SessionChanged(voice_session(2))])
    assert keeper._timer is None  # noqa: SLF001 - nobody hears of it


async def test_where_a_thread_has_failed_and_whoever_settles_has_not_that_is_said(
    stores: Stores, told: Told, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fails = iter([True])

    def guard() -> None:
        stores.gate.wait_in_thread()
        if next(fails, False):
            raise OSError(28, "no room")

    store = SnapshotStore(tmp_path, guard=guard)
    keeper = Storekeeper(
        store, cast("Ledger", stores), told, _write_nothing, stores.watch_now, "en"
    )
    stores.gate.clear()
    keeper.take([SessionChanged(voice_session())])
    await until(lambda: keeper._is_writing)  # noqa: SLF001 - nobody hears of it
    settling = asyncio.create_task(keeper.settle())
    await asyncio.sleep(0)
    stores.gate.set()
    await settling
    assert caplog.messages[-1] == say("en", "persist.again")
    await keeper.close()


def test_a_thread_that_fails_once_the_loop_is_closed_says_so(
    stores: Stores, told: Told, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()

    def guard() -> None:
        gate.wait(PATIENCE)
        raise OSError(28, "no room")

    store = SnapshotStore(tmp_path, guard=guard)

    async def run() -> Storekeeper:
        keeper = Storekeeper(
            store, cast("Ledger", stores), told, _write_nothing, stores.watch_now, "en"
        )
        keeper.take([SessionChanged(voice_session())])
        await until(lambda: keeper._is_writing)  # noqa: SLF001 - nobody hears of it
        return keeper

    keeper = asyncio.run(run())
    gate.set()
    keeper._thread.shutdown()  # noqa: SLF001 - nobody else waits for it
    assert "no room" in caplog.text


async def test_a_player_who_has_changed_alone_is_held_alone(
    keeper: Storekeeper, stores: Stores
) -> None:
    player = Player(session_id="g1", user_id=7, username="agu", started_at=at(0))
    party = PartySession(
        id="p1",
        guild_id=GUILD,
        state="confirmed",
        started_at=at(0),
        last_seen=at(0),
        game_name="osu!",
        players=[player],
    )
    keeper.take([SessionChanged(party), SessionChanged(party, (player,))])
    assert stores.log == ["put p1: 7"]
    await keeper.settle()


async def test_the_players_of_a_party_that_is_over_are_let_go_of_in_turns_once_it_was_told(
    keeper: Storekeeper, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go_of: list[tuple[list[str], list[Player]]] = []

    async def let_go(players: list[Player]) -> None:
        let_go_of.append((told.names, players))

    monkeypatch.setattr("integrations.keeping.storekeeper.let_go", let_go)
    record = party_record("p1")
    over = PartySession(
        id="p1", guild_id=GUILD, started_at=at(0), last_seen=at(0), game_name="osu!"
    )
    keeper.take([RecordEnded(record), BotEvent("session_ended", over, record)])
    await keeper.settle()
    ((names, players),) = let_go_of
    assert names == ["session_ended"]
    assert players == list(record.players) != []


async def test_a_write_that_failed_before_hides_none_that_is_under_way(
    keeper: Storekeeper, stores: Stores, told: Told
) -> None:
    """Its failure is heard of once the next has been handed over."""
    stores.gate.clear()
    stores.failing = {"flush"}
    keeper.take([SessionChanged(voice_session(1))])
    keeper.hasten()
    failed = keeper._under_way  # noqa: SLF001 - nobody hears of it
    assert isinstance(failed, Future)
    stores.gate.set()
    failed.result(PATIENCE)  # the event loop has no turn meanwhile
    stores.failing = set()
    stores.gate.clear()
    session = voice_session(2)
    record = ended(session)
    keeper.take([RecordEnded(record), BotEvent("session_ended", session, record)])
    keeper.hasten()
    await until(lambda: keeper._outage.is_on)  # noqa: SLF001 - as above
    later = ended(voice_session(3))
    keeper.take([RecordEnded(later)])
    settling = asyncio.create_task(keeper.settle())
    await asyncio.sleep(0)
    stores.gate.set_in_thread()
    await until(lambda: told.events)
    stores.gate.set()
    await settling
    assert stores.rows == [record.id, later.id]
    assert stores.log.count(f"append {record.id}") == 1
    assert told.names == ["session_ended"]


async def test_nor_is_it_written_because_it_has_waited_elsewhere(
    keeper: Storekeeper, stores: Stores
) -> None:
    keeper.take([SessionChanged(voice_session(1))])
    await keeper.close()
    begun = keeper._under_way  # noqa: SLF001 - nobody hears of it
    keeper.take([SessionChanged(voice_session(2))])
    keeper.hasten()
    assert keeper._under_way is begun  # noqa: SLF001 - as above
    assert stores.durable == {"voice-1"}


async def test_where_there_is_no_thread_to_be_had_nothing_is_lost_and_it_is_tried_again(
    keeper: Storekeeper, stores: Stores, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.keeping.storekeeper.RETRY_AFTER", 0.01)
    session, record = voice_session(), ended(voice_session())
    keeper.take([RecordEnded(record), BotEvent("session_ended", session, record)])
    with (
        mock.patch("threading.Thread.start", side_effect=RuntimeError("can't start new thread")),
        pytest.raises(RuntimeError),
    ):
        keeper.hasten()
    await until(lambda: told.events)
    assert told.names == ["session_ended"]
    assert stores.rows == [record.id]


async def test_no_thread_takes_out_of_the_snapshot_whose_row_it_could_not_write(
    keeper: Storekeeper, stores: Stores
) -> None:
    session = voice_session()
    keeper.take([SessionChanged(session)])
    await keeper.settle()
    stores.failing = {"ledger"}
    keeper.take([RecordEnded(ended(session))])
    await until(lambda: keeper._outage.is_on)  # noqa: SLF001 - nobody hears of it
    assert not any(line.startswith("discard") for line in stores.log)
    assert set(stores.held) == stores.durable == {session.id}


async def test_what_a_thread_could_not_write_is_told_before_what_has_come_since(
    stores: Stores, told: Told
) -> None:
    said: list[str] = []
    keeper = keeper_of(stores, told, lambda line: said.append(line.key))
    session = voice_session()
    stores.failing = {"flush"}
    stores.gate.clear()
    keeper.take([BotEvent("session_confirmed", session), SavedLine("info", "first", {})])
    keeper.hasten()
    await until(lambda: "flush" in stores.log)
    keeper.take([BotEvent("session_ended", session), SavedLine("info", "second", {})])
    stores.gate.set()
    await until(lambda: keeper._outage.is_on)  # noqa: SLF001 - nobody hears of it
    stores.failing = set()
    await keeper.settle()
    assert told.names == ["session_confirmed", "session_ended"]
    assert said == ["first", "second"]
    await keeper.close()


async def test_until_a_thread_has_handed_back_what_it_wrote_nothing_more_is_handed_over(
    keeper: Storekeeper, stores: Stores, told: Told
) -> None:
    first, second = voice_session(1), voice_session(2)
    keeper.take([RecordEnded(ended(first)), BotEvent("session_ended", first)])
    keeper.hasten()
    written = keeper._under_way  # noqa: SLF001 - nobody hears of it
    assert isinstance(written, Future)
    written.result(PATIENCE)  # the event loop has no turn meanwhile
    keeper.take([RecordEnded(ended(second)), BotEvent("session_ended", second)])
    keeper.hasten()
    await until(lambda: len(told.events) == 2)
    assert stores.rows == ["voice-1", "voice-2"]
    assert stores.log.count("append voice-1") == 1


async def test_whoever_settles_waits_for_a_line_as_well(stores: Stores, told: Told) -> None:
    said: list[SavedLine] = []
    keeper = keeper_of(stores, told, said.append)
    line = SavedLine("info", "goes_on.voice", {})
    stores.gate.clear_in_thread()
    keeper.take([line])
    keeper.hasten()
    settling = asyncio.create_task(keeper.settle())
    done, _waiting = await asyncio.wait({settling}, timeout=0.05)
    assert not done
    stores.gate.set()
    await settling
    assert said == [line]


async def test_many_lines_are_logged_in_turns(keeper: Storekeeper) -> None:
    keeper.take([SavedLine("info", "goes_on.voice", {}) for _line in range(LITTLE + 1)])
    keeper.hasten()
    assert isinstance(keeper._under_way, asyncio.Task)  # noqa: SLF001 - it is what takes turns
    await keeper._under_way  # noqa: SLF001 - as above


async def test_whoever_ends_after_a_row_that_whoever_settled_could_not_write_is_told_of_with_theirs(
    keeper: Storekeeper, stores: Stores, told: Told
) -> None:
    first, second = voice_session(1), voice_session(2)
    stores.failing = {"ledger"}
    keeper.take([RecordEnded(ended(first)), BotEvent("session_ended", first)])
    with pytest.raises(LedgerWriteError):
        await keeper.settle()
    stores.failing = set()
    keeper.take([RecordEnded(ended(second)), BotEvent("session_ended", second)])
    await until(lambda: len(told.events) == 2)
    assert [rows for _name, _durable, rows in told.events] == [["voice-1", "voice-2"]] * 2
    assert not list(keeper.records_waiting())


async def test_after_a_line_alone_what_changes_is_written(
    keeper: Storekeeper, stores: Stores
) -> None:
    stores.gate.clear_in_thread()
    keeper.take([SavedLine("info", "goes_on.voice", {})])
    keeper.hasten()
    await until(lambda: "flush" in stores.log)
    stores.gate.set()
    keeper.take([SessionChanged(voice_session())])
    await until(lambda: stores.durable)
