"""The two stores, as the rest of Latido sees them.

Live sessions and ended ones stand behind a protocol each, so that another store (a database
server, where shards run on several hosts) can take the place of the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from machines import (
    AnySession,
    Cooldown,
    GuildWatch,
    Instant,
    Kind,
    LiveState,
    LiveView,
    Player,
    Record,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from persistence.ledger_problems import UnreadableRecord

__all__ = ["HistoryFilter", "Ledger", "LiveStore", "Restored", "StorageWarning"]


class StorageWarning(msgspec.Struct, frozen=True):
    """Something about the files that their owner should know; work goes on.

    Attributes:
        key: which message of the catalogue says it, for example ``storage.unreadable``.
        message: the same in one English sentence.
        values: what the message names.
    """

    key: str
    message: str
    values: dict[str, str | int | float]


class Restored(msgspec.Struct, kw_only=True, eq=False):
    """What was found in the store of live sessions.

    Attributes:
        state: sessions, how far each guild was watched, cooldowns.
        unplaced: those of its sessions whose guild the file does not name (``guild_id`` 0).
        duplicates: ids of sessions that were left out because the ledger holds them, or a record
            that waits for it.
        waiting: records that wait for the ledger, which has refused them, in the order in which
            they came.
        ended: records of those who ended last, in the order in which they did, where a start asked
            for them.
        warnings: what could not be read, and what was done about it.
        migrated_from: the schema of the file where it was an older one; 0 is the proposal's.
    """

    state: LiveState
    unplaced: list[AnySession] = msgspec.field(default_factory=list)
    duplicates: list[str] = msgspec.field(default_factory=list)
    waiting: list[Record] = msgspec.field(default_factory=list)
    ended: list[Record] = msgspec.field(default_factory=list)
    warnings: list[StorageWarning] = msgspec.field(default_factory=list)
    migrated_from: int | None = None


class HistoryFilter(msgspec.Struct, kw_only=True, frozen=True):
    """Which ended sessions to list; None lets everything pass.

    Attributes:
        user_id: sessions of this person, the parties they were in included.
        guild_id: sessions of this guild.
        kind: sessions of this kind.
        since: sessions that ended at this instant or later.
        until: sessions that started before this instant.
        newest_first: order by descending end; otherwise ascending.
        limit: at most so many.
        doubt_within: microseconds. Also sessions that lie no further than this from ``since`` and
            ``until``, where anything of them is uncertain: that may reach in.
    """

    user_id: int | None = None
    guild_id: int | None = None
    kind: Kind | None = None
    since: Instant | None = None
    until: Instant | None = None
    newest_first: bool = False
    limit: int | None = None
    doubt_within: int = 0


class LiveStore(Protocol):
    """The live sessions. Changes are cheap and at once; ``flush`` makes them durable."""

    @property
    def count(self) -> int:
        """How many sessions are held."""
        ...

    def load(self) -> Restored:
        """Read what the last run left.

        Raises:
            NewerSchemaError: a newer version wrote it.
            SnapshotError: it can neither be read nor set aside.
        """
        ...

    def together(self) -> AbstractContextManager[object]:
        """Let what is changed within come with one write, whichever thread asks for that when."""
        ...

    def put(self, session: AnySession, players: tuple[Player, ...] | None = None) -> None:
        """Hold a live session as it is now.

        Args:
            session: the session.
            players: of a party that is held already, the players that have changed, if any.

        One that is pending, or already over, changes nothing: the first is not kept over a
        restart, and the second may only go by ``discard``, once its ledger row is there.
        """
        ...

    def discard(self, session_id: str) -> None:
        """Hold a session no longer, asked in whichever thread.

        First its ledger row must be durable.
        """
        ...

    def watch(self, guild_watch: GuildWatch) -> None:
        """Hold how far a guild has been watched."""
        ...

    def unwatch(self, guild_id: int) -> None:
        """Hold nothing about a guild any longer."""
        ...

    def cool(self, cooldown: Cooldown) -> None:
        """Hold a cooldown, in place of an earlier one of the same subject."""
        ...

    def replace(self, state: LiveState) -> None:
        """Hold exactly this state. Sessions that are not live are left out."""
        ...

    def replacing(self, live: LiveView, ending: Container[str] = ()) -> Iterator[None]:
        """Do what ``replace`` does, yielding where others may have their turn.

        A session is held as it is when its turn comes; what is put meanwhile is kept.

        Args:
            live: what is live, to be gone through turn by turn.
            ending: the ids of sessions that are over and wait for their ledger row, as they are
                at each turn: these are kept as well.
        """
        ...

    async def flush(self) -> None:
        """Make every change so far durable.

        Raises:
            SnapshotWriteError: it failed; the changes are kept for the next call.
        """
        ...

    def flush_now(self) -> None:
        """Do what ``flush`` does without an event loop, in whichever thread.

        Raises:
            SnapshotWriteError: it failed; the changes are kept for the next call.
        """
        ...

    async def beat(self, instants: Mapping[int, Instant]) -> None:
        """Make durable, per guild id, the last instant at which it was being watched.

        Raises:
            SnapshotWriteError: it failed; the instants are kept for the next call.
        """
        ...


class Ledger(Protocol):
    """The ended sessions, each once."""

    async def append(self, records: Iterable[Record]) -> None:
        """Write records, durably.

        A record whose id is there already changes nothing. Without records it only tries
        again what failed before.

        Raises:
            LedgerWriteError: it failed; the records are kept for the next call.
        """
        ...

    def append_now(self, records: Iterable[Record]) -> None:
        """Do what ``append`` does without an event loop, in whichever thread.

        Raises:
            LedgerWriteError: it failed; the records are kept for the next call.
        """
        ...

    def contains(self, ids: Iterable[str]) -> set[str]:
        """Return those of ``ids`` that are in the ledger."""
        ...

    def history(
        self,
        wanted: HistoryFilter,
        passed_over: Callable[[UnreadableRecord], object] | None = None,
    ) -> Iterator[Record]:
        """Yield the records that pass, by the instant they ended.

        ``passed_over`` is told of those that cannot be read, and are left out.
        """
        ...

    def total_seconds(
        self,
        user_id: int,
        *,
        kind: Kind,
        guild_id: int | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> float:
        """Return the time credited to a person between two instants, in seconds.

        Time that several records credit at once (two games, or one stay seen by two guilds)
        counts once.
        """
        ...

    def knows_user(self, user_id: int) -> bool:
        """Say whether any record is about this person."""
        ...
