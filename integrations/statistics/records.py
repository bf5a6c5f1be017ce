"""The records that a question is about: ended ones from the ledger, running ones so far."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from integrations.turns import in_turns, let_go
from machines import SECOND, GameSession, PartySession, Record, Stretch, VoiceSession, record_of
from persistence import HistoryFilter
from persistence.beside_the_loop import beside_the_loop, grows_old
from persistence.shelves import Shelves
from persistence.sizes import has_many_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from integrations.statistics.period import Window
    from machines import AnySession, Instant, Kind
    from persistence import Ledger, LedgerReader

__all__ = [
    "DOUBT_WITHIN",
    "RUNNING",
    "add_waiting",
    "gather",
    "is_running",
    "let_go_of_records",
    "so_far",
    "taken_down",
    "touches",
    "without",
]

RUNNING = frozenset({"confirmed", "recovered"})
"""The states of the record of a session that is going on."""

DOUBT_WITHIN = 7 * 86_400 * SECOND
"""Microseconds: how far from a session what nobody knows of it is looked for, a week.

It reaches further only where nobody watched for longer than that.
"""

_FEW = 200
"""Players and pieces of what is added up, or freed, in one go on the event loop."""


def so_far(session: AnySession, now: Instant) -> Record:
    """Return what the record of a live session would say if it ended now.

    Its ``state`` is the session's own, which tells it from one that is over; its ``reason``
    means nothing. Time in which nobody watches counts, and is unknown.
    """
    copy = _as_ended(session, max(now, session.started_at))
    if isinstance(copy, PartySession):
        copy.players = [
            msgspec.structs.replace(
                player, stretches=(*player.stretches, *_unwatched(session, now))
            )
            if player.ended_at is None
            else player
            for player in copy.players
        ]
    return record_of(copy)


async def taken_down(
    session: AnySession, now: Instant, hidden: Collection[int] = frozenset()
) -> list[Record]:
    """Return the record so far of a session as it is when this begins, if it may be seen.

    That of a large party, or of a long history, is made in a thread. Whoever copies the list of a
    party's players has all of them as they were (:class:`machines.Player`), and what else there
    is many of are tuples: so no more need be copied before.
    """
    if not has_many_pieces(session, _FEW):
        return _seen(session, now, hidden)
    copy = msgspec.structs.replace(session)
    if isinstance(copy, PartySession):
        copy.players = copy.players.copy()
    return await asyncio.to_thread(_seen, copy, now, hidden)


async def add_waiting(
    records: list[Record],
    waiting: Iterable[Record],
    is_wanted: Callable[[Record], bool],
    hidden: Collection[int] = frozenset(),
) -> None:
    """Add the wanted records of sessions that are over and not in the ledger yet, as they are seen.

    A session passes from those that go on to those that wait, and then to the ledger. Whoever
    looks for it in that order misses none, and may find one twice: what ``records`` has already
    stays as it is there.
    """
    found: Shelves[Record] = Shelves()
    async for record in in_turns(waiting):
        if is_wanted(record):
            found.put(record.id, record)
    if not found:
        return
    async for record in in_turns(records):
        found.pop(record.id)
    async for _id, record in in_turns(found.drain()):
        if len(record.players) <= _FEW:
            records += without(record, hidden)
        else:
            records += await asyncio.to_thread(_without, record, hidden)


async def let_go_of_records(records: list[Record]) -> None:
    """Empty a list of records a turn at a time, and what large parties hold likewise."""
    async for _turn in in_turns(range(len(records))):
        players = list(records.pop().players)
        if len(players) > _FEW:
            await let_go(players)


def _seen(session: AnySession, now: Instant, hidden: Collection[int]) -> list[Record]:
    return _without(so_far(session, now), hidden)


def _without(record: Record, hidden: Collection[int]) -> list[Record]:
    return list(without(record, hidden))


def _as_ended(session: AnySession, now: Instant) -> AnySession:
    stretches = (*session.stretches, *_unwatched(session, now))
    match session:
        case VoiceSession():
            return msgspec.structs.replace(
                session, ended_at=now, reason="left", stretches=stretches
            )
        case GameSession():
            return msgspec.structs.replace(
                session, ended_at=now, reason="left", stretches=stretches
            )
        case PartySession():
            return msgspec.structs.replace(session, ended_at=now, reason="left")


def _unwatched(session: AnySession, now: Instant) -> list[Stretch]:
    since = session.unwatched_since
    return [] if since is None or since >= now else [Stretch(since, now, "unknown")]


def is_running(record: Record) -> bool:
    """Return whether a record is that of a session still going on."""
    return record.state in RUNNING


def gather(
    ledger: Ledger | LedgerReader,
    live: Iterable[Record],
    window: Window,
    *,
    guild_id: int | None,
    kind: Kind | None = None,
    user_id: int | None = None,
    hidden: Collection[int] = frozenset(),
) -> Iterator[Record]:
    """Yield every record that says anything of ``window``, first those not in the ledger.

    That is what touches it, and where what nobody knows of a session reaches into it, though the
    session itself does not (:func:`touches`): from a week away at the furthest.

    Reads the ledger while it yields: call it in a thread.

    Args:
        ledger: the ended sessions.
        live: the records so far of those that are going on, and those that wait for their row.
        window: from when to when.
        guild_id: one guild, or all where it is None.
        kind: one kind, or all.
        user_id: one person with the parties they were in, or everybody.
        hidden: people who are to appear nowhere.
    """
    unwritten: list[Record] = []
    known: set[str] = set()
    grows_old((unwritten, known))
    for record in beside_the_loop(live):
        if _is_wanted(record, window, guild_id, kind, user_id):
            unwritten.append(record)
            known.add(record.id)
    wanted = HistoryFilter(
        user_id=user_id,
        guild_id=guild_id,
        kind=kind,
        since=window.since,
        until=window.until,
        doubt_within=DOUBT_WITHIN,
    )
    for record in unwritten:
        yield from without(record, hidden)
    del unwritten  # where the ledger fails, the error would hold all of them until it is told
    for record in ledger.history(wanted):
        if record.id not in known and _says_anything(record, window):
            yield from without(record, hidden)


def touches(record: Record, window: Window) -> bool:
    """Return whether a session itself reaches into a window."""
    since, until = window
    return record.started_at < until and (since is None or record.ended_at >= since)


def _says_anything(record: Record, window: Window) -> bool:
    """Return whether a session, or what nobody knows of it, reaches into a window."""
    if touches(record, window):
        return True
    own = chain.from_iterable(player.stretches for player in record.players)
    for part in chain(record.stretches, own):
        start, end = window.clip(part.start, part.end)
        if part.value == "unknown" and start < end:
            return True
    return False


def _is_wanted(
    record: Record,
    window: Window,
    guild_id: int | None,
    kind: Kind | None,
    user_id: int | None,
) -> bool:
    return (
        guild_id in {None, record.guild_id}
        and kind in {None, record.kind}
        and (user_id is None or user_id == record.user_id or user_id in record.player_ids)
        and _says_anything(record, window)
    )


def without(record: Record, hidden: Collection[int]) -> Iterator[Record]:
    """Yield a record as those may see it to whom some people are hidden; perhaps not at all."""
    if not hidden:
        yield record
    elif record.kind == "party":
        players = tuple(player for player in record.players if player.user_id not in hidden)
        if players:
            yield msgspec.structs.replace(record, players=players)
    elif record.user_id not in hidden:
        yield record
