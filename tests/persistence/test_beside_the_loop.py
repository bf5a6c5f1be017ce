"""A thread beside an event loop lets go of Python now and then; the main thread need not."""

from __future__ import annotations

import gc
import threading
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

import msgspec
import pytest

from machines import SECOND, Cooldown, PartySession, Player, Record, Stretch
from persistence import DataDir, SnapshotStore, live_files
from persistence.beside_the_loop import beside_the_loop, without_full_collections
from persistence.disk import OsDisk
from persistence.held_cooldowns import HeldCooldowns
from persistence.packing import pack, unpack
from persistence.parts import WHOLE, alone
from persistence.snapshot_format import encode_session, session_from
from persistence.totals import (
    credited_to,
    credited_to_players,
    length_between,
    length_of_union,
)
from persistence.versions import packed_whole
from tests.persistence.examples import PINO, START, party, party_record, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from machines import Kind
    from persistence import Restored
    from persistence.parts import Since

MINUTE = 60 * SECOND


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let every item take 0.4 ms; note the pauses."""
    told: list[float] = []
    clock = count(0.0, 0.0004)
    monkeypatch.setattr("persistence.beside_the_loop.time.perf_counter", lambda: next(clock))
    monkeypatch.setattr("persistence.beside_the_loop.time.sleep", told.append)
    return told


def in_a_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_thread_pauses_every_few_items(pauses: list[float]) -> None:
    taken: list[int] = []
    in_a_thread(lambda: taken.extend(beside_the_loop(range(30))))
    assert taken == list(range(30))
    assert len(pauses) == 10


def test_the_main_thread_goes_on_without(pauses: list[float]) -> None:
    assert list(beside_the_loop(range(30))) == list(range(30))
    assert not pauses


def test_the_players_of_a_party_are_items_as_it_is_written_and_read(pauses: list[float]) -> None:
    """A party of 30,000 took one call of 40 ms to be decoded, in which nobody else had a turn."""
    crowd = party()
    crowd.players = [
        Player(session_id=f"g{number}", user_id=number, username="Pino", started_at=START)
        for number in range(1, 31)
    ]
    text, packed = encode_session(crowd), pack(crowd)
    read: list[object] = []
    for work, times in (
        (lambda: encode_session(crowd), 2),  # their names, and they themselves
        (lambda: read.append(session_from("party", crowd.id, text)), 1),
        (lambda: read.append(unpack("party", crowd.id, packed)), 1),
    ):
        pauses.clear()
        in_a_thread(work)
        assert len(pauses) == 10 * times
    for each in read:
        assert isinstance(each, PartySession)
        assert encode_session(each) == text


def test_cooldowns_that_are_over_are_items_though_nothing_is_written_of_them(
    pauses: list[float],
) -> None:
    """Ten thousand of a guild took more than 5 ms, in which nobody else had a turn."""
    held = HeldCooldowns(now=lambda: START + MINUTE)
    for user_id in range(30):
        held.put(Cooldown(1, "game", user_id, START))
    texts: list[object] = []
    in_a_thread(lambda: texts.extend(held.texts()))
    assert texts == []
    assert len(pauses) >= 10


def test_those_who_came_one_by_one_are_items_as_their_party_is_made_whole(
    pauses: list[float],
) -> None:
    """Thirty parties of three hundred took 50 ms and more, in which nobody else had a turn."""
    crowd = party()
    crowd.players = []
    came = [
        pack(
            alone(
                crowd,
                Player(session_id=f"g{number}", user_id=number, username="Pino", started_at=START),
            )
        )
        for number in range(30)
    ]
    versions = [(pack(crowd), None), *((each, WHOLE) for each in came)]
    in_a_thread(lambda: packed_whole("party", crowd.id, beside_the_loop(versions)))
    assert len(pauses) >= 10


@pytest.mark.parametrize(
    ("adds_up", "times"),
    [
        (lambda pieces: list(credited_to(PINO, record(stretches=pieces))), 3),
        (lambda pieces: credited_to_players(party_of([pieces])), 4),
        (lambda pieces: credited_to_players(party_of([()] * len(pieces))), 4),
        (lambda pieces: list(credited_to(1, party_of([pieces]))), 4),
        (lambda pieces: list(credited_to(99, party_of([()] * len(pieces)))), 1),
        (lambda pieces: length_of_union((piece.start, piece.end) for piece in pieces), 1),
        (lambda pieces: length_between([(each.start, each.end) for each in pieces], None, None), 1),
    ],
)
def test_the_pieces_of_a_record_are_items_as_it_is_added_up(
    pauses: list[float], adds_up: Callable[[tuple[Stretch, ...]], object], times: int
) -> None:
    """Ten thousand took 54 ms, in which nobody else had a turn. ``times`` they are gone through."""
    pieces = tuple(
        Stretch(START + number * MINUTE, START + number * MINUTE + SECOND, "away")
        for number in range(30)
    )
    in_a_thread(lambda: adds_up(pieces))
    assert 10 * times <= len(pauses) < 10 * times + 10


def party_of(pieces: list[tuple[Stretch, ...]]) -> Record:
    """Return the record of a party whose players have these pieces."""
    made = party_record()
    made.players = tuple(
        Player(
            session_id=f"g{number}",
            user_id=number,
            username="Pino",
            started_at=START,
            stretches=stretches,
        )
        for number, stretches in enumerate(pieces, start=1)
    )
    return made


def test_so_are_the_parties_that_are_made_whole(
    pauses: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be fifty thousand, each too short for a pause in between."""
    monkeypatch.setattr(live_files, "SMALL", 0)
    made_at: list[int] = []

    def made_whole(
        _kind: Kind, _party_id: str, versions: Iterable[tuple[bytes, Since | None]]
    ) -> bytes:
        made_at.append(len(pauses))
        return next(iter(versions))[0]

    monkeypatch.setattr(live_files, "packed_whole", made_whole)
    pairs = [msgspec.structs.replace(party(), id=f"p{number}") for number in range(30)]
    store = SnapshotStore(tmp_path, now=lambda: START)
    for players in (None, tuple(pairs[0].players[:1])):
        for pair in pairs:
            store.put(pair, players)
        store.flush_now()
    in_a_thread(store.scrub_now)
    store.close()
    assert len(made_at) == 30
    assert made_at[-1] - made_at[0] >= 9


def test_a_file_is_read_a_bit_at_a_time(
    pauses: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persistence.disk._PIECE", 1)
    file = tmp_path / "file"
    file.write_bytes(bytes(30))
    read: list[bytes] = []
    in_a_thread(lambda: read.extend(OsDisk().read_in_pieces(file)))
    assert b"".join(read) == bytes(30)
    assert len(pauses) == 10


def test_meanwhile_the_collector_goes_through_nothing_that_is_old() -> None:
    gone_through: set[int] = set()

    def note(_phase: str, about: dict[str, int]) -> None:
        gone_through.add(about["generation"])

    before = gc.get_threshold()
    gc.set_threshold(*before[:2], 1)
    try:
        with without_full_collections():
            gc.callbacks.append(note)  # not sooner: until then it may go through what is old
            gc.set_threshold(10, 1, gc.get_threshold()[2])
            kept = [[number] for number in range(10_000)]
            gc.callbacks.remove(note)
    finally:
        gc.set_threshold(*before)
    assert kept
    assert gone_through == {0, 1}


def test_whatever_comes_of_it_the_collector_is_as_it_was() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), without_full_collections():
        raise KeyError
    assert gc.get_threshold() == before


def test_of_two_who_keep_it_so_the_last_lets_it_go_on() -> None:
    before = gc.get_threshold()
    first, second = without_full_collections(), without_full_collections()
    with ExitStack() as within_second:
        with first:
            within_second.enter_context(second)
        assert gc.get_threshold()[2] > before[2]
    assert gc.get_threshold() == before


def test_what_the_bot_itself_sets_meanwhile_stays() -> None:
    before = gc.get_threshold()
    with without_full_collections():
        gc.set_threshold(800, 11, 12)
    assert gc.get_threshold() == (800, 11, 12)
    gc.set_threshold(*before)


def test_to_restore_is_one_such_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thresholds: list[tuple[int, int, int]] = []
    load = SnapshotStore.load

    def noted(store: SnapshotStore) -> Restored:
        thresholds.append(gc.get_threshold())
        return load(store)

    monkeypatch.setattr(SnapshotStore, "load", noted)
    with DataDir.open(tmp_path) as data_dir:
        data_dir.restore()
    assert thresholds == [(*gc.get_threshold()[:2], 2**31 - 1)]
    assert gc.get_threshold()[2] < 2**31 - 1
