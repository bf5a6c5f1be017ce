"""The gateway: turns what happens into frames for the bots, and loses and delays them.

Frames about one person in one guild keep their order; those of different people may overtake
one another, as Discord's own may. What a cut connection misses is kept for a RESUME; what
happens while there is no session to resume is never told.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from integrations.simulation.chance import Chance
from integrations.simulation.history import VoiceFact
from integrations.simulation.listener import CallNews, PresenceNews, Snapshot, VoiceNews
from integrations.simulation.units import SECOND, START

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from integrations.simulation.agenda import Agenda
    from integrations.simulation.calls import CallChange, Calls
    from integrations.simulation.faults import Break, Faults, Outage
    from integrations.simulation.history import Fact, History, Played
    from integrations.simulation.intervals import Interval
    from integrations.simulation.listener import Listener
    from integrations.simulation.options import Options

__all__ = ["ACK_EVERY", "Frame", "Gateway", "Stream"]

ACK_EVERY = 41 * SECOND
"""How often a quiet connection has a heartbeat acknowledged."""

_REPEATS = 0.004
_SLUGGISH = 0.02
_LATE = 0.002

Stream = tuple[Literal["voice", "presence"], int, int]
"""What keeps its order: the voice states, or the presences, of one person in one guild."""


@dataclass(slots=True)
class Frame:
    """One event about one person in one guild, and what became of it.

    Attributes:
        fact: what happened.
        guild_id: where it is told.
        due: when Discord sends it.
        lost: it is never sent.
        arrived: when the bot heard it; None where it never did.
        since: the last frame before the cut, where a RESUME replayed it.
    """

    fact: Fact
    guild_id: int
    due: int
    lost: bool
    arrived: int | None = None
    since: int | None = None

    @property
    def stream(self) -> Stream:
        """The stream in which it keeps its place."""
        kind: Literal["voice", "presence"] = (
            "voice" if isinstance(self.fact, VoiceFact) else "presence"
        )
        return kind, self.guild_id, self.fact.person_id


@dataclass(frozen=True, slots=True)
class _GuildNews:
    guild_id: int
    snapshot: Snapshot | None


_News = Frame | _GuildNews | CallNews


class Gateway:
    """One bot's connection to Discord, heard by every bot that is compared.

    Attributes:
        frames: everything that was or should have been sent, by stream.
        watched: per guild, when the bot was connected and the guild was there.
        cuts: when the connection was cut and later resumed.
        cached_voice: what discord.py holds: per guild, who is in which channel.
        cached_presence: per guild, what everybody's profile shows.
        identified_at: when new sessions were begun.
    """

    def __init__(
        self,
        options: Options,
        history: History,
        calls: Calls,
        faults: Faults,
        agenda: Agenda,
        listeners: list[Listener],
    ) -> None:
        """Play ``history`` to ``listeners``, from :data:`START` on."""
        self._history = history
        self._agenda = agenda
        self._listeners = listeners
        self._loss = options.loss
        self._never_sent = faults.never_sent
        self._chance = Chance.of(options.seed, "gateway")
        self._state: Literal["up", "cut", "deaf"] = "deaf"
        self._missed: list[_News] = []
        self._here: set[int] = set()
        self._known: set[int] = set()
        self._session = 0
        self._down: defaultdict[int, int] = defaultdict(int)
        self._last_due: dict[Stream, int] = {}
        self._last_frame = START
        self._quiet_since: int | None = None
        self._watched_since: dict[int, int] = {}
        self.frames: defaultdict[Stream, list[Frame]] = defaultdict(list)
        self.watched: defaultdict[int, list[Interval]] = defaultdict(list)
        self.cuts: list[Interval] = []
        self.cached_voice: defaultdict[int, dict[int, int]] = defaultdict(dict)
        self.cached_presence: defaultdict[int, dict[int, tuple[Played, ...]]] = defaultdict(dict)
        self.identified_at: list[int] = []
        self._asleep_until: int | None = None
        self._schedule(faults, calls)

    # What bots may ask of their own connection

    def last_frame(self) -> int:
        """Return when the last frame came: an event, or a heartbeat's acknowledgement."""
        now = self._agenda.now if self._quiet_since is None else self._quiet_since
        return max(self._last_frame, now - (now - START) % ACK_EVERY)

    def beat(self) -> None:
        """Ask for a frame now; where the connection is up, one comes."""
        if self._state == "up":
            self._last_frame = self._agenda.now

    def is_known(self, guild_id: int) -> bool:
        """Return whether discord.py has the guild cached, and not as unavailable."""
        return guild_id in self._known

    def asleep_until(self) -> int | None:
        """Return when the machine wakes up; None while it is awake."""
        return self._asleep_until

    def is_down(self, guild_id: int) -> bool:
        """Return whether Discord's servers for a guild are down."""
        return self._down[guild_id] > 0

    def close(self, now: int) -> None:
        """End the books at the end of the simulation."""
        for guild_id in list(self._watched_since):
            self._watch_ends(guild_id, now)

    # What happens

    def _schedule(self, faults: Faults, calls: Calls) -> None:
        self._agenda.at(START, partial(self._boot, START))
        for one in faults.breaks:
            self._agenda.at(one.start, partial(self._break, one))
        for outage in faults.outages:
            self._agenda.at(outage.start, partial(self._outage_begins, outage))
            self._agenda.at(outage.end, partial(self._outage_ends, outage))
        self._next_fact(iter(self._history.facts))
        if faults.knows_calls:
            self._next_call(iter(calls.changes()))

    def _next_call(self, changes: Iterator[CallChange]) -> None:
        change = next(changes, None)
        if change is not None:
            self._agenda.at(change.at, partial(self._call_changes, change, changes))

    def _call_changes(self, change: CallChange, rest: Iterator[CallChange]) -> None:
        if not self._chance.happens(self._loss):
            news = CallNews(change.guild_id, change.place_id, change.started_at)
            self._agenda.at(change.at + self._delay(), partial(self._dispatch, news))
        self._next_call(rest)

    def _next_fact(self, facts: Iterator[Fact]) -> None:
        fact = next(facts, None)
        if fact is not None:
            self._agenda.at(fact.at, partial(self._happens, fact, facts))

    def _happens(self, fact: Fact, rest: Iterator[Fact]) -> None:
        guild_ids: Iterable[int] = (
            (fact.guild_id,)
            if isinstance(fact, VoiceFact)
            else self._history.people[fact.person_id].guild_ids
        )
        for guild_id in guild_ids:
            self._send(fact, guild_id)
        self._next_fact(rest)

    def _send(self, fact: Fact, guild_id: int) -> None:
        named = (fact.at, fact.person_id) in self._never_sent
        lost = self._chance.happens(self._loss) or named
        frame = Frame(fact, guild_id, fact.at + self._delay(), lost)
        frame.due = max(frame.due, self._last_due.get(frame.stream, 0))
        self._last_due[frame.stream] = frame.due
        self.frames[frame.stream].append(frame)
        if lost:
            return
        self._agenda.at(frame.due, partial(self._dispatch, frame))
        if self._chance.happens(_REPEATS):
            again = frame.due + self._chance.randint(0, SECOND // 2)
            self._last_due[frame.stream] = again
            self._agenda.at(again, partial(self._dispatch, frame))

    def _delay(self) -> int:
        if self._chance.happens(_LATE):
            return self._chance.randint(2 * SECOND, 40 * SECOND)
        if self._chance.happens(_SLUGGISH):
            return self._chance.randint(SECOND // 3, 2 * SECOND)
        return self._chance.randint(SECOND // 30, SECOND // 3)

    def _dispatch(self, frame: _News) -> None:
        if not isinstance(frame, _GuildNews) and frame.guild_id not in self._here:
            return
        if self._state == "up":
            self._deliver(frame, None)
        elif self._state == "cut":
            self._missed.append(frame)

    def _deliver(self, frame: _News, since: int | None) -> None:
        now = self._last_frame = self._agenda.now
        if isinstance(frame, _GuildNews):
            self._deliver_guild(frame, now)
            return
        if isinstance(frame, CallNews):
            for listener in self._listeners:
                listener.hears_call(frame, now)
            return
        if frame.arrived is None:
            frame.arrived, frame.since = now, since
        guild_id, person_id = frame.guild_id, frame.fact.person_id
        if isinstance(frame.fact, VoiceFact):
            voice = self.cached_voice[guild_id]
            news = VoiceNews(
                guild_id,
                person_id,
                before=voice.get(person_id),
                after=frame.fact.place_id,
                since=since,
                muted=frame.fact.muted,
                connection=frame.fact.connection,
            )
            if frame.fact.place_id is None:
                voice.pop(person_id, None)
            else:
                voice[person_id] = frame.fact.place_id
            for listener in self._listeners:
                listener.hears_voice(news, now)
            return
        presence = self.cached_presence[guild_id]
        shown = presence.get(person_id, ())
        presence[person_id] = frame.fact.played
        for listener in self._listeners:
            listener.hears_presence(
                PresenceNews(guild_id, person_id, shown, frame.fact.played, since), now
            )

    def _deliver_guild(self, news: _GuildNews, now: int) -> None:
        if news.snapshot is None:
            self._known.discard(news.guild_id)
            for listener in self._listeners:
                listener.hears_outage(news.guild_id, now)
            return
        self._known.add(news.guild_id)
        self.cached_voice[news.guild_id] |= {
            person_id: fact.place_id
            for person_id, fact in news.snapshot.voice.items()
            if fact.place_id is not None
        }
        self.cached_presence[news.guild_id] = dict(news.snapshot.presence)
        for listener in self._listeners:
            listener.hears_guild(news.snapshot, now)

    # Breaks

    def _boot(self, now: int) -> None:
        for listener in self._listeners:
            listener.boots(now)
        self._identify()

    def _break(self, one: Break) -> None:
        self._quiet_since = one.start
        if one.kind == "resume":
            self._state = "cut"
            self._agenda.at(one.noticed, self._tell_cut)
            self._agenda.at(one.end, partial(self._resume, one))
            return
        self._state = "deaf"
        self._missed.clear()
        for guild_id in list(self._here):
            self._watch_ends(guild_id, one.start)
        self._here.clear()
        self._session += 1
        match one.kind:
            case "stop":
                for listener in self._listeners:
                    listener.stops(one.start)
                self._agenda.at(one.end, partial(self._boot, one.end))
            case "kill":
                for listener in self._listeners:
                    listener.is_killed(one.start)
                self._agenda.at(one.end, partial(self._boot, one.end))
            case "sleep":
                self._asleep_until = one.noticed
                self._agenda.at(one.noticed, partial(self._wake, one))
                self._agenda.at(one.end, self._identify)
            case _:
                self._agenda.at(one.noticed, self._tell_cut)
                self._agenda.at(one.end, self._identify)

    def _wake(self, one: Break) -> None:
        self._asleep_until = None
        for listener in self._listeners:
            listener.wakes(one.noticed, one.start)
        self._tell_cut()

    def _tell_cut(self) -> None:
        for listener in self._listeners:
            listener.is_cut(self._agenda.now)

    def _resume(self, one: Break) -> None:
        since = self.last_frame()
        self._state = "up"
        self._quiet_since = None
        self.cuts.append((one.start, one.end))
        missed, self._missed = self._missed, []
        for frame in missed:
            self._deliver(frame, since)
        self._last_frame = self._agenda.now
        for listener in self._listeners:
            listener.resumes(self._agenda.now)

    def _identify(self) -> None:
        now = self._agenda.now
        self.identified_at.append(now)
        self._session += 1
        for listener in self._listeners:
            listener.begins(now)
        self._state, self._quiet_since, self._last_frame = "up", None, now
        self._known.clear()
        self.cached_voice.clear()
        self.cached_presence.clear()
        for guild_id in self._history.guilds:
            ready = now + self._chance.randint(SECOND // 20, SECOND)
            self._agenda.at(ready, partial(self._guild_comes, guild_id, self._session))

    def _guild_comes(self, guild_id: int, session: int) -> None:
        if session == self._session and not self._down[guild_id]:
            self._create(guild_id)

    def _create(self, guild_id: int) -> None:
        if guild_id in self._here:
            return
        self._here.add(guild_id)
        self._watched_since[guild_id] = self._agenda.now
        self._dispatch(_GuildNews(guild_id, self.snapshot(guild_id, self._agenda.now)))

    def snapshot(self, guild_id: int, at: int) -> Snapshot:
        """Return what a GUILD_CREATE says at an instant."""
        voice: dict[int, VoiceFact] = {}
        presence: dict[int, tuple[Played, ...]] = {}
        for person in self._history.members(guild_id):
            fact = self._history.voice_at(guild_id, person.id, at)
            if fact is not None:
                voice[person.id] = fact
            shown = self._history.played_at(person.id, at)
            if shown:
                presence[person.id] = shown
        return Snapshot(guild_id, at, voice, presence)

    def _outage_begins(self, outage: Outage) -> None:
        self._down[outage.guild_id] += 1
        if outage.guild_id in self._here:
            self._here.discard(outage.guild_id)
            self._watch_ends(outage.guild_id, outage.start)
            self._dispatch(_GuildNews(outage.guild_id, None))

    def _outage_ends(self, outage: Outage) -> None:
        self._down[outage.guild_id] -= 1
        if not self._down[outage.guild_id] and self._state != "deaf":
            self._create(outage.guild_id)

    def _watch_ends(self, guild_id: int, at: int) -> None:
        since = self._watched_since.pop(guild_id, None)
        if since is not None and since < at:
            self.watched[guild_id].append((since, at))
