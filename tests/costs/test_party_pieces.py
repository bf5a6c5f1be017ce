"""A party of any size is written some players at a time: no single call is handed more of them.

What is compiled keeps Python to itself until it returns, however many threads wait, and an event
loop among them. So what is counted is how much a call is handed, or hands back.
"""

from __future__ import annotations

import gc
from contextlib import closing
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from machines import PartySession, Player
from persistence import (
    SnapshotStore,
    SqliteLedger,
    daily_totals,
    ledger_changes,
    live_files,
    packing,
)
from persistence.beside_the_loop import beside_the_loop
from persistence.disk import OsFile
from persistence.packing import pack, text_of, unpack
from persistence.snapshot_format import session_text
from tests.persistence.examples import GUILD, START, party_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import ModuleType

    from persistence.database import Database

FEW, MANY = 1_000, 4_000


def a_party_of(players: int) -> PartySession:
    return PartySession(
        id="p1",
        guild_id=GUILD,
        state="confirmed",
        started_at=START,
        last_seen=START,
        game_name="VALORANT",
        players=[
            Player(session_id=f"g{each:05d}", user_id=each, username="Ana", started_at=START)
            for each in range(10_000, 10_000 + players)
        ],
        max_players=players,
    )


PACKED = {players: pack(a_party_of(players)) for players in (FEW, MANY)}


def values_in(told: object) -> int:
    """Return how many values there are in lists of lists."""
    return sum(map(values_in, told)) if isinstance(told, list | tuple) else 1


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many values each call packs, or unpacks."""
    sizes: list[int] = []
    encode, decode = packing._encode, packing._decode  # noqa: SLF001 - they are compiled

    def encoded(told: object) -> bytes:
        sizes.append(values_in(told))
        return encode(told)

    def decoded(packed: bytes) -> list[Any]:
        told = decode(packed)
        sizes.append(values_in(told))
        return told

    monkeypatch.setattr(packing, "_encode", encoded)
    monkeypatch.setattr(packing, "_decode", decoded)
    return sizes


@pytest.mark.parametrize(
    "does",
    [
        pack,
        lambda party: unpack("party", party.id, PACKED[len(party.players)]),
        lambda party: [*text_of("party_sessions", party.id, PACKED[len(party.players)])],
    ],
    ids=["packed", "unpacked", "in words"],
)
def test_no_call_packs_or_unpacks_more_players_the_more_play(
    handed: list[int], does: Callable[[PartySession], object]
) -> None:
    def most(players: int) -> int:
        handed.clear()
        does(a_party_of(players))
        assert sum(handed) > 5 * players
        return max(handed)

    assert most(FEW) == most(MANY)


def test_the_text_of_a_party_comes_a_player_at_a_time() -> None:
    def longest(players: int) -> int:
        _itself, *rest = session_text(a_party_of(players))
        assert len(rest) > players
        return max(map(len, rest))

    assert longest(FEW) == longest(MANY)


@pytest.mark.parametrize("small", [0, live_files.SMALL], ids=["journal", "snapshot"])
def test_no_write_is_longer_the_more_play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    """A line of the journal is one party's, and so may one of the snapshot be."""
    monkeypatch.setattr(live_files, "SMALL", small)
    monkeypatch.setattr(live_files, "_PIECE", 16 * 1024)
    written: list[int] = []
    write = OsFile.write

    def noted(file: OsFile, data: bytes) -> None:
        written.append(len(data))
        write(file, data)

    party = a_party_of(FEW)
    with closing(SnapshotStore(tmp_path)) as store, mock.patch.object(OsFile, "write", noted):
        for _time in range(2 if small else 3):
            store.put(party)
            store.flush_now()
    assert sum(written) > 200 * FEW
    named = 20 * FEW  # all ids and names come first, and at once
    assert max(written) < 17 * 1024 + named


class Noting:
    """A connection that notes when it is handed many rows, and when it has written them."""

    def __init__(self, connection: Database, taken: list[str]) -> None:
        self._connection = connection
        self._taken = taken

    def executemany(self, statement: str, rows: Iterable[Any], /) -> None:
        self._taken.append("begins")
        self._connection.executemany(statement, rows)
        self._taken.append("ends")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all the rest is as it was
        return getattr(self._connection, name)


@pytest.mark.parametrize("module", [ledger_changes, daily_totals])
def test_between_two_rows_of_a_partys_players_others_may_have_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    """Of whom it was, and by which names they are found: ten thousand rows took 30 ms."""
    taken: list[str] = []

    def noted(items: Iterable[Any]) -> Iterator[Any]:
        for item in beside_the_loop(items):
            taken.append("item")
            yield item

    monkeypatch.setattr(module, "beside_the_loop", noted)
    record = party_record()
    record.players = tuple(a_party_of(FEW).players)
    ledger, _warnings = SqliteLedger.open(tmp_path)
    with closing(ledger):
        ledger._writer = Noting(ledger._writer, taken)  # noqa: SLF001 - nothing else tells
        ledger.append_now([record])
        held = ledger.record(record.id)
    assert held is not None
    assert held.player_ids == [player.user_id for player in record.players]
    assert ["begins", *["item"] * FEW, "ends"] in runs_of(taken)


def test_of_a_partys_players_nothing_is_left_to_pythons_collector_as_their_days_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where much is, it goes through all that the whole bot holds: 10 to 40 ms at once."""
    tracked: list[int] = []
    add = daily_totals._add  # noqa: SLF001 - as of here all that is held is there

    def noted(*told: Any) -> None:  # noqa: ANN401
        if not tracked:
            gc.collect()
            tracked.append(len(gc.get_objects()))
        add(*told)

    monkeypatch.setattr(daily_totals, "_add", noted)

    def held(players: int) -> int:
        tracked.clear()
        record = party_record()
        record.players = tuple(a_party_of(players).players)
        ledger, _warnings = SqliteLedger.open(tmp_path / str(players))
        with closing(ledger):
            ledger.append_now([record])
        return tracked[0]

    for players in (10, FEW, MANY):
        (tmp_path / str(players)).mkdir()
    held(10)  # what is made once is made
    assert abs(held(MANY) - held(FEW)) < FEW / 4


def runs_of(taken: list[str]) -> list[list[str]]:
    """Return what was taken from each beginning on, up to its end."""
    begins = [place for place, each in enumerate(taken) if each == "begins"]
    return [taken[place : taken.index("ends", place) + 1] for place in begins]
