"""Privacy while the bot runs: people who opt out, and people who are forgotten."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING

from engine import OptedIn, OptedOut
from integrations.keeping.counting_since import CountingSince
from integrations.turns import in_turns
from machines import PartySession
from persistence import Forgetting, forget_in_copies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from collections.abc import Set as AbstractSet

    from integrations.gateway.placing import Placing
    from integrations.keeping.storekeeper import Storekeeper
    from integrations.tracker import Tracker
    from machines import GameSession, LiveView, VoiceSession
    from persistence import DataDir

__all__ = ["Privacy"]


class Privacy:
    """Closes sessions, and removes what is written of a person."""

    def __init__(
        self,
        tracker: Tracker,
        storekeeper: Storekeeper,
        data_dir: DataDir,
        opted_out: set[int],
        live_view: Callable[[], LiveView],
        placing: Placing,
    ) -> None:
        """Work on these.

        Args:
            tracker: drives the engine.
            storekeeper: writes what the engine asks for.
            data_dir: the open data folder.
            opted_out: what admission looks into.
            live_view: returns what a restart needs, to be gone through.
            placing: holds sessions whose guild is not known yet.
        """
        self._placing = placing
        self._live_view = live_view
        self._tracker = tracker
        self._storekeeper = storekeeper
        self._data_dir = data_dir
        self._opted_out = opted_out
        self._counting_since = CountingSince(tracker, data_dir.opt_outs)
        opted_out |= data_dir.opt_outs.user_ids

    @property
    def opted_out(self) -> AbstractSet[int]:
        """Who is not tracked."""
        return self._opted_out

    async def opt_out(self, user_id: int) -> None:
        """Track a person no longer: close their sessions, and write nothing more of them.

        The bot's listeners hear ``session_orphaned`` with the reason ``opted_out``.

        Raises:
            PersistenceError: it cannot be written; it holds until the next start.
        """
        self._tracker.catch_up()  # what was heard before counts as it did
        self._opted_out.add(user_id)
        await asyncio.to_thread(self._data_dir.opt_outs.add, user_id)
        await self._placing.hand_over(user_id)
        await self._close_sessions(user_id)
        await self._storekeeper.settle()

    async def take_up(self) -> None:
        """Take up what was asked for before: who is out, and from when on others count again.

        What the last run left of whoever opted out while no bot ran is closed.
        """
        await self._counting_since.take_up()
        engine, left = self._tracker.engine, set[int]()
        if not self._opted_out:
            return
        async for session in in_turns(chain(engine.sessions(), self._placing.waiting)):
            if type(session) is not PartySession and session.user_id in self._opted_out:
                left.add(session.user_id)
        for user_id in left:
            await self._placing.hand_over(user_id)
            await self._close_sessions(user_id, while_stopped=True)

    async def opt_in(self, user_id: int) -> None:
        """Track a person again, from the next event or audit on: they may be there already.

        Raises:
            PersistenceError: it cannot be written; it holds until the next start.
        """
        now = self._tracker.heard_at()
        if user_id in self._opted_out:
            self._tracker.observe(OptedIn(user_id=user_id, since=now))
            self._opted_out.discard(user_id)
        await self._counting_since.let_in(user_id, now)

    async def stop(self) -> None:
        """Do nothing more by itself."""
        await self._counting_since.stop()

    async def forget(self, user_id: int) -> Forgetting:
        """Remove everything about a person; tracking goes on unless they opted out.

        For a week it is kept that they count from then on, and nothing else of them. Their sessions
        are closed first: the bot's listeners hear ``session_orphaned`` with the reason
        ``opted_out``, of what is erased then. They hear nothing of other records.

        Raises:
            PersistenceError: something could not be removed; call again.
        """
        parties = await self._placing.hand_over(user_id, forgotten=True)
        names = {session.username async for session in self._sessions_of(user_id)}
        closed = await self._close_sessions(user_id)
        async for knew in in_turns(self._tracker.engine.forgetting(user_id)):
            parties += knew
        self._storekeeper.replace(self._live_view)
        await self._storekeeper.settle()  # nothing of them waits for the ledger any longer
        names |= await asyncio.to_thread(self._data_dir.ledger.names_of, user_id)
        # As long as the ledger has their records, those say until when nothing more is to be found.
        await self._counting_since.forgotten(user_id, self._tracker.heard_at())
        told = await asyncio.to_thread(self._data_dir.ledger.forget, user_id)
        await asyncio.to_thread(self._data_dir.live.scrub_now)
        cleaned, removed = await asyncio.to_thread(
            forget_in_copies, self._data_dir.path, user_id, names
        )
        return Forgetting(told.records, told.parties + parties, closed, cleaned, removed)

    async def _close_sessions(self, user_id: int, *, while_stopped: bool = False) -> int:
        closed = 0
        async for session in self._sessions_of(user_id):
            closed += 1
            if not session.is_over:  # else it went with another of theirs in the same guild
                self._tracker.observe(
                    OptedOut(
                        guild_id=session.guild_id, user_id=user_id, while_stopped=while_stopped
                    )
                )
        for guild_id in tuple(self._tracker.looks.under_way):
            # What it has seen of them already must not be found.
            self._tracker.observe(OptedOut(guild_id=guild_id, user_id=user_id))
        return closed

    async def _sessions_of(self, user_id: int) -> AsyncIterator[VoiceSession | GameSession]:
        engine = self._tracker.engine
        async for guild_id in in_turns(engine.guild_ids()):
            for session in engine.sessions_of(guild_id, user_id):
                yield session
