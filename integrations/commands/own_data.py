"""What people ask about their own data, done by the cog: see, take along, erase, opt out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

import msgspec

from integrations.commands.desk import Tracking
from integrations.commands.one_thread import in_one_thread
from integrations.commands.privacy_command import Held
from integrations.statistics.records import (
    add_waiting,
    is_running,
    let_go_of_records,
    taken_down,
)
from integrations.turns import in_turns
from machines import PartySession
from persistence import HistoryFilter, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from integrations.keeping.privacy import Privacy
    from machines import AnySession, Instant, Player, Record
    from persistence import ExchangeRow
    from persistence.ledger_problems import UnreadableRecord

__all__ = ["Keeping", "OwnData"]


class Keeping(Tracking, Protocol):
    """A cog that can forget people as well."""

    @property
    def privacy(self) -> Privacy:
        """Opts people out and forgets them."""
        ...

    def live_sessions(self) -> Iterator[AnySession]:
        """Return all sessions that go on, those whose guild is not known yet included.

        One whose guild is found meanwhile may come twice.
        """
        ...


class OwnData:
    """Answers ``/privacidad`` from what a cog holds, once it is loaded."""

    def __init__(self, cog: Keeping) -> None:
        """Ask ``cog``."""
        self._cog = cog

    def opted_out(self) -> AbstractSet[int]:
        """Return who opted out."""
        return self._cog.privacy.opted_out

    async def held_about(self, user_id: int, now: Instant, at_most: int = sys.maxsize) -> Held:
        """Return everything about a person, as ``latido export --user`` writes it.

        Of more than ``at_most`` bytes the rest is only counted.
        """
        known: set[str] = set()
        live: list[Record] = []
        try:
            async for session in in_turns(self._cog.live_sessions()):
                if session.is_live and session.id not in known and _is_about(session, user_id):
                    known.add(session.id)
                    live += await taken_down(session, now)
            over = self._cog.records_waiting()
            await add_waiting(live, over, lambda one: _is_of(one, user_id))
            return await in_one_thread(self._gather, user_id, live, at_most)
        finally:
            await let_go_of_records(live)

    async def forget(self, user_id: int) -> int:
        """Erase everything about a person; return how many sessions are no more."""
        done = await self._cog.privacy.forget(user_id)
        return done.records + done.sessions

    async def opt_out(self, user_id: int) -> None:
        """Keep nothing about a person from now on."""
        await self._cog.privacy.opt_out(user_id)

    async def opt_in(self, user_id: int) -> None:
        """Keep what a person does again."""
        await self._cog.privacy.opt_in(user_id)

    def _gather(self, user_id: int, live: list[Record], at_most: int) -> Held:
        encode = msgspec.json.Encoder().encode
        sessions, lines = 0, bytearray()
        unreadable: list[UnreadableRecord] = []
        for row in self._rows(user_id, live, unreadable):
            sessions += 1
            if len(lines) <= at_most:
                lines += encode(row) + b"\n"
        return Held(sessions, bytes(lines), len(unreadable))

    def _rows(
        self, user_id: int, live: list[Record], unreadable: list[UnreadableRecord]
    ) -> Iterator[ExchangeRow]:
        known = {record.id for record in live}
        written = self._cog.ledger.history(HistoryFilter(user_id=user_id), unreadable.append)
        yield from rows_of(record for record in written if record.id not in known)
        for record in live:
            for row in rows_of([record]):
                if is_running(record):
                    yield msgspec.structs.replace(row, ended_at=None, reason=None)
                else:
                    yield row


def _is_of(record: Record, user_id: int) -> bool:
    return user_id == record.user_id or _plays(record.players, user_id)


def _is_about(session: AnySession, user_id: int) -> bool:
    if isinstance(session, PartySession):
        return _plays(session.players, user_id)
    return session.user_id == user_id


def _plays(players: Iterable[Player], user_id: int) -> bool:
    return any(player.user_id == user_id for player in players)
