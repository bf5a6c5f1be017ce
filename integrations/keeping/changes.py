"""What has changed and is not durable yet, besides what the live store holds for itself.

It becomes so in one of two ways: a thread writes what is little in one go (``batch``); what is
more is written in turns, whose every step the event loop waits for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from integrations.keeping.batch import Batch
from integrations.keeping.untold import Untold
from integrations.turns import in_turns
from machines import (
    BotEvent,
    CooldownStarted,
    RecordEnded,
    SavedLine,
    SessionChanged,
    WatchChanged,
    WatchKept,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from integrations.keeping.outage import Outage
    from integrations.keeping.records import Records
    from machines import Effect, GuildWatch, Instant, LiveView
    from persistence import LiveStore

__all__ = ["LITTLE", "Changes"]

_Wrong = TypeVar("_Wrong")

LITTLE: Final = 50
"""Records, events, guilds or players: so many of each need no turns, a millisecond or so."""


class Changes:
    """Takes them in, and makes them durable in the order that loses none and doubles none.

    Attributes:
        records: of what is over, until their rows are in the ledger.
        untold: what is told once all of it is durable.
    """

    def __init__(
        self,
        live: LiveStore,
        records: Records,
        watch_now: Callable[[int], GuildWatch | None],
        outage: Outage,
    ) -> None:
        """Have none; they are of ``live`` and ``records``.

        ``watch_now`` says how far a guild is watched by now. While ``outage`` goes on, what memory
        has no room for is lost.
        """
        self._live = live
        self._watch_now = watch_now
        self._outage = outage
        self._beats: dict[int, Instant] = {}
        self._due_beats: dict[int, Instant] = {}
        self._owes_beat = False
        self._begun_in: set[int] = set()
        self._view_of: Callable[[], LiveView] | None = None
        self.records = records
        self.untold = Untold()
        self._keepers: dict[type[Effect], Callable[[Any], None]] = {
            SessionChanged: self._keep_session,
            RecordEnded: self._keep_record,
            CooldownStarted: self._keep_cooldown,
            WatchChanged: self._keep_watch,
            WatchKept: self._keep_beats,
            SavedLine: self._keep_line,
            BotEvent: self._keep_event,
        }

    def take(self, effects: Iterable[Effect]) -> bool:
        """Take in what a step asks for; return whether any of it is to be written or told."""
        changed = False
        with self._live.together():  # the first watch of a step is as the last will be
            for effect in effects:
                keep = self._keepers.get(type(effect))
                if keep is not None:
                    keep(effect)
                    changed = True
        return changed

    def replace(self, view_of: Callable[[], LiveView]) -> None:
        """Let the whole snapshot be brought up to date, with what a restart needs by then."""
        self._view_of = view_of

    @property
    def is_little(self) -> bool:
        """Whether a thread can write it in one go, and none of what follows needs turns."""
        if any((self._view_of, self._beats, self._due_beats, self._owes_beat, self._outage.is_on)):
            return False
        if len(self._begun_in) > LITTLE:
            return False
        return self.untold.is_little(LITTLE) and self.records.is_little(LITTLE)

    def batch(self) -> Batch:
        """Return what a thread is to write of it, with whatever the live store holds by then."""
        return Batch(self.records.first(), self.untold.take())

    def take_along_watches(self) -> None:
        """Let whoever counts from now on be written with an instant at which they were watched.

        Up to the next heartbeat nothing else would say so, and a kill would cost all of it.
        """
        for guild_id in self._take_begun_in():
            self._take_along_watch(guild_id)

    async def make_durable(self) -> None:
        """Make all durable in turns; where only the ledger refuses, so it is as well.

        Raises:
            PersistenceError: it is not, or is put by and not in the ledger yet; or the file in
                which it was put by cannot be read or removed.
        """
        wrong = await self._make_durable(self.records.write)
        if wrong is not None:  # nobody is to hear of it yet
            raise wrong

    async def put_by(self) -> None:
        """Make all durable in turns, and ask the ledger for nothing: it has refused others.

        Raises:
            PersistenceError: it is not.
        """
        await self._make_durable(self.records.put_by)

    async def _make_durable(self, write: Callable[[], Awaitable[_Wrong]]) -> _Wrong:
        self._due_beats.update(self._beats)  # by then all that came before them is written
        self._beats = {}
        async for guild_id in in_turns(self._take_begun_in()):
            self._take_along_watch(guild_id)  # first: who had gone has their row below
        wrong = await write()
        if self._view_of is not None:
            view, self._view_of = self._view_of(), None
            async for _turn in in_turns(self._live.replacing(view, ending=self.records)):
                pass
        await self._live.flush()
        await self._write_beats()
        return wrong

    def _take_begun_in(self) -> set[int]:
        begun_in, self._begun_in = self._begun_in, set()
        return begun_in

    def _take_along_watch(self, guild_id: int) -> None:
        watch = self._watch_now(guild_id)
        if watch is not None:
            self._live.watch(watch)

    async def _write_beats(self) -> None:
        beats, self._due_beats = self._due_beats, {}
        if beats or self._owes_beat:
            self._owes_beat = True
            await self._live.beat(beats)  # where it fails, they are held there for the next try
            self._owes_beat = False

    def _keep_session(self, changed: SessionChanged) -> None:
        self._live.put(changed.session, changed.players)

    def _keep_cooldown(self, started: CooldownStarted) -> None:
        self._live.cool(started.cooldown)

    def _keep_watch(self, changed: WatchChanged) -> None:
        for beats in (self._beats, self._due_beats):
            beats.pop(changed.watch.guild_id, None)  # the watch says as much, by the clock now
        self._live.watch(changed.watch)

    def _keep_beats(self, kept: WatchKept) -> None:
        self._beats.update(kept.observed_until)

    def _keep_event(self, event: BotEvent) -> None:
        if event.record is None:
            self._begun_in.add(event.session.guild_id)
        if self._outage.is_on and not self.untold.events.has_room:
            self._outage.loses("events")
        else:
            self.untold.add_event(event)

    def _keep_line(self, line: SavedLine) -> None:
        if self._outage.is_on and not self.untold.lines.has_room:
            self._outage.loses("lines")
        else:
            self.untold.add_line(line)

    def _keep_record(self, ended: RecordEnded) -> None:
        record = ended.record
        if record.kind == "party" and not record.players:  # all of them were forgotten
            self._live.discard(record.id)
            return
        if self._outage.is_on and not self.records.has_room:
            # More would fill the memory, and then all of them would be lost.
            self._live.discard(record.id)
            self._outage.loses("records")
        else:
            self.records.add(record)
