"""Sums over records: how long, and how far the truth can be from it.

Time that several records credit to one person at once counts once.
"""

from __future__ import annotations

from array import array
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from integrations.statistics.chapters import Chapters
from integrations.statistics.records import is_running, touches
from machines import SECOND, Instant, in_stays
from machines.timeline import account_of
from persistence.beside_the_loop import beside_the_loop
from persistence.totals import length_of_union, time_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from integrations.statistics.period import Window
    from machines import Kind, Record, Span

__all__ = [
    "GameTotal",
    "Total",
    "by_channel",
    "by_game",
    "by_person",
    "name_in",
    "of_each",
    "people_in",
]


_DICTS: Final = 64
"""What the sums of everybody are spread over."""

_EIGHT_BYTES: Final = "q"
_USER_ID: Final = attrgetter("user_id")


class Total(msgspec.Struct, frozen=True, gc=False):
    """What some records credit inside a window.

    Attributes:
        seconds: the time credited.
        uncertain_seconds: how far the truth can be from that, where it is bounded.
        unbounded: how many of the sessions began nobody knows when.
        sessions: how many reach into the window, also with no time that counts; a party that goes
            on as another is one.
        running: whether one of them is still going on.
        username: the latest name of the person.
    """

    seconds: float
    uncertain_seconds: float
    unbounded: int
    sessions: int
    running: bool
    username: str


class GameTotal(NamedTuple):
    """A game and what all people together spent with it; its fields are those of a total."""

    name: str
    seconds: float
    uncertain_seconds: float
    unbounded: int
    people: int
    sessions: int
    running: bool


class _Sum(msgspec.Struct, eq=False, gc=False):
    """A total in the making: one person's records of one kind, or of one subject.

    There may be one for each of a hundred thousand people, which Python's collector of cycles
    need not go through (an array it would): the intervals are kept as their ends, eight bytes
    each, one after the other.
    """

    _ends: bytearray = msgspec.field(default_factory=bytearray)
    _uncertain: float = 0.0
    _unbounded: int = 0
    _sessions: int = 0
    _chapters: bytes = b""
    _running: bool = False
    _named_at: Instant = -1
    _name: str = ""

    def add(self, record: Record, user_id: int, window: Window, chapters: Chapters) -> None:
        """Take in what a record credits to a person, and what nobody knows of them."""
        parts = [
            part._replace(start=start, end=end)
            for part in beside_the_loop(time_of(user_id, record))
            for start, end in [window.clip(part.start, part.end)]
            if start < end
        ]
        credited = [(part.start, part.end) for part in beside_the_loop(parts) if part.credited]
        uncertain = account_of(beside_the_loop(parts), unbounded=False).uncertain_seconds or 0.0
        unbounded = _begins_unseen(record, user_id, window)
        self._uncertain += uncertain
        self._unbounded += unbounded
        counts = _is_session(record, parts, window)
        if counts or uncertain or unbounded:
            named = (record.ended_at, name_in(record, user_id))
            self._named_at, self._name = max((self._named_at, self._name), named)
        self._ends += array(_EIGHT_BYTES, chain.from_iterable(credited))
        if not counts:
            return
        if (number := chapters.number_of(record)) is None:
            self._sessions += 1
        else:
            self._chapters += array(_EIGHT_BYTES, [number]).tobytes()
        self._running = self._running or is_running(record)

    def total(self, chapters: Chapters) -> Total:
        """Return the sum so far."""
        ends = memoryview(self._ends).cast(_EIGHT_BYTES)
        parties = chapters.parties(memoryview(self._chapters).cast(_EIGHT_BYTES))
        return Total(
            length_of_union(zip(ends[::2], ends[1::2], strict=True)) / SECOND,
            self._uncertain,
            self._unbounded,
            self._sessions + parties,
            self._running,
            self._name,
        )


def people_in(record: Record) -> list[int]:
    """Return whom a record is about: one person, or the players of a party."""
    return record.player_ids if record.user_id is None else [record.user_id]


def name_in(record: Record, user_id: int) -> str:
    """Return what a person was called in a record."""
    if record.user_id is not None:
        return record.username or ""
    return next((one.username for one in record.players if one.user_id == user_id), "")


def by_person(
    records: Iterable[Record], window: Window, only: int | None = None
) -> dict[tuple[int, Kind], Total]:
    """Return what records credit to each person, by kind; ``only`` one of them if it is given."""
    sums: dict[tuple[int, Kind], _Sum] = {}
    chapters = Chapters()
    for user_id, record in beside_the_loop(_shares(records, only)):
        sums.setdefault((user_id, record.kind), _Sum()).add(record, user_id, window, chapters)
    totals = {key: one.total(chapters) for key, one in beside_the_loop(sums.items())}
    return {key: total for key, total in totals.items() if _says_anything(total)}


def of_each(records: Iterable[Record], window: Window) -> Iterator[tuple[int, Total]]:
    """Yield everybody with their total of records that are all of one kind.

    There may be a hundred thousand, so sums are let go of as they are yielded, and nothing is
    made that the collector of cycles would go through.
    """
    chapters = Chapters()
    for sums in _sums_of(records, window, chapters):
        while sums:
            user_id, one = sums.popitem()
            yield user_id, one.total(chapters)


def _sums_of(
    records: Iterable[Record], window: Window, chapters: Chapters
) -> tuple[dict[int, _Sum], ...]:
    """Return everybody's sum, in dicts of few: a large one takes milliseconds when it grows.

    Nothing else of the bot has a turn meanwhile, though it is in a thread.
    """
    dicts: tuple[dict[int, _Sum], ...] = tuple({} for _number in range(_DICTS))
    for user_id, record in beside_the_loop(_shares(records)):
        sums = dicts[hash((user_id,)) % _DICTS]  # many ids end in the same digits
        sums.setdefault(user_id, _Sum()).add(record, user_id, window, chapters)
    return dicts


def by_channel(records: Iterable[Record], window: Window) -> list[tuple[int, str, float]]:
    """Return id, latest name and seconds of the channels of one person's voice records.

    The time of a move that was found rather than heard is credited to the channel before it.
    """
    names: dict[int, tuple[Instant, str]] = {}
    spent: dict[int, int] = {}
    for record in beside_the_loop(records):
        if record.kind != "voice" or record.user_id is None:
            continue
        for stay, span in beside_the_loop(in_stays(record)):
            start, end = window.clip(span.start, span.end)
            if span.credited and start < end:
                spent[stay.channel_id] = spent.get(stay.channel_id, 0) + end - start
                name = (stay.since, stay.channel_name)
                names[stay.channel_id] = max(names.get(stay.channel_id, name), name)
    return sorted(
        ((channel_id, names[channel_id][1], long / SECOND) for channel_id, long in spent.items()),
        key=lambda one: (-one[2], one[1]),
    )


def by_game(records: Iterable[Record], window: Window) -> list[GameTotal]:
    """Return the games of game records, the most played first; each person's time adds up."""
    sums: dict[str, dict[int, _Sum]] = {}
    chapters = Chapters()
    for record in beside_the_loop(records):
        if record.kind == "game" and record.user_id is not None and record.game_name:
            people = sums.setdefault(record.game_name, {})
            person = people.setdefault(record.user_id, _Sum())
            person.add(record, record.user_id, window, chapters)
    games = [_game_total(name, people, chapters) for name, people in sums.items()]
    games.sort(key=lambda game: (-game.seconds, game.name.casefold()))
    return [game for game in games if _says_anything(game)]


def _shares(records: Iterable[Record], only: int | None = None) -> Iterator[tuple[int, Record]]:
    """Yield whom records are about, each with the record as if nobody else had been in it.

    So of a party of ten thousand, nobody's sum goes through the players of all.
    """
    for record in records:
        if record.user_id is not None:
            if only is None or record.user_id == only:
                yield record.user_id, record
            continue
        players = [one for one in record.players if only is None or one.user_id == only]
        players.sort(key=_USER_ID)
        for user_id, own in groupby(players, key=_USER_ID):
            yield user_id, msgspec.structs.replace(record, players=tuple(own))


def _game_total(name: str, people: dict[int, _Sum], chapters: Chapters) -> GameTotal:
    totals = [
        total
        for total in (one.total(chapters) for one in beside_the_loop(people.values()))
        if _says_anything(total)
    ]
    return GameTotal(
        name,
        sum(total.seconds for total in totals),
        sum(total.uncertain_seconds for total in totals),
        sum(total.unbounded for total in totals),
        sum(total.sessions > 0 for total in totals),
        sum(total.sessions for total in totals),
        any(total.running for total in totals),
    )


def _says_anything(total: Total | GameTotal) -> bool:
    """Return whether there was any time, or may have been."""
    return bool(total.sessions or total.uncertain_seconds or total.unbounded)


def _is_session(record: Record, parts: Collection[Span], window: Window) -> bool:
    """Return whether a record is a session in a window, as in the history of that window.

    For a player of a party it is one where they were there, or may have been.
    """
    return touches(record, window) and (record.user_id is not None or bool(parts))


def _begins_unseen(record: Record, user_id: int, window: Window) -> bool:
    """Return whether a record begins inside a window, and nothing bounds how long it had gone on.

    Of a party it is so for whoever had been there nobody knows how long.
    """
    since = record.started_at if window.since is None else window.since
    return (
        record.unbounded
        and since <= record.started_at < window.until
        and all(player.unbounded for player in record.players if player.user_id == user_id)
    )
