"""An evening in one guild, told to an engine event by event. Times are seconds after START."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

import msgspec

from engine import (
    ActivitySeen,
    Call,
    Channel,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    Watched,
    WatchLost,
)
from machines import (
    SECOND,
    AnySession,
    GameSession,
    Instant,
    PartySession,
    Record,
    RecordEnded,
    Source,
    VoiceSession,
    from_datetime,
    seconds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from freezegun.api import FrozenDateTimeFactory

    from engine import LiveReport, Observation
    from machines import Effect, Kind, LiveState

E = TypeVar("E")

START = datetime(2025, 12, 29, 23, 0, tzinfo=UTC)
GUILD = 900
PINO, AGU, ZETA = 1, 2, 3
NAMES = {PINO: "Pino", AGU: "agu", ZETA: "Zeta"}
GENERAL, LOUNGE = Channel(500, "General"), Channel(501, "Sala")
VALORANT = ActivitySeen("VALORANT")


class Looked(TypedDict, total=False):
    """What a look at the guild proves besides who is seen."""

    source: Source
    complete_voice: bool
    complete_games: bool
    looked_voice: frozenset[int]
    looked_games: frozenset[int]
    calls: dict[int, Call]


def at(second: float) -> Instant:
    """Return the instant ``second`` seconds after START."""
    return from_datetime(START) + seconds(second)


def call(second: float, people: int = 1, channel: Channel = GENERAL) -> dict[int, Call]:
    """Return the call that began in the second ``second`` after START, so many being in it."""
    return {channel.id: Call(at(second), people)}


def ago(instant: Instant | None) -> float | None:
    """Return how many seconds after START an instant is."""
    return None if instant is None else (instant - from_datetime(START)) / SECOND


def _moment(second: float) -> datetime:
    return START + timedelta(seconds=second)


def only(effects: Iterable[Effect], kind: type[E]) -> list[E]:
    """Return the effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def unknown_in(record: Record | AnySession) -> list[tuple[float | None, float | None]]:
    """Return the unknown stretches of a record or session, in seconds after START."""
    return [(ago(s.start), ago(s.end)) for s in record.stretches if s.value == "unknown"]


def away_in(record: Record | AnySession) -> list[tuple[float | None, float | None]]:
    """Return the away stretches of a record or session, in seconds after START."""
    return [(ago(s.start), ago(s.end)) for s in record.stretches if s.value == "away"]


class Evening:
    """Tells an engine what happens, at the instant the frozen clock shows.

    Attributes:
        engine: the engine; another one after :meth:`restart`.
        effects: everything that any engine of the evening asked for.
    """

    def __init__(
        self,
        clock: FrozenDateTimeFactory,
        settings: Settings | None = None,
        *,
        unheard: frozenset[Kind] = frozenset(),
    ) -> None:
        self.clock = clock
        self.unheard = unheard
        self.settings = Settings() if settings is None else settings
        self._ids = count(1)
        self.engine = self._new_engine()
        self.effects: list[Effect] = []

    # Time

    def now(self) -> datetime:
        return datetime.now(UTC)

    def until(self, second: float) -> list[Effect]:
        """Let time pass to ``second`` after START; fire what comes due as it comes due."""
        effects: list[Effect] = []
        while (due := self.engine.next_deadline) is not None and due < _moment(second):
            effects += self.late(ago(from_datetime(due)) or 0)
        return effects + self.late(second)

    def late(self, second: float) -> list[Effect]:
        """Let time pass to ``second`` after START, and only then fire what has come due."""
        self.clock.move_to(_moment(second))
        return self._keep(self.engine.advance(self.now()))

    def sweep(self) -> list[Effect]:
        """Do what is left to be done of what befell a guild."""
        return self._keep(self.engine.sweep(self.now()))

    # Events

    def tell(
        self, observation: Observation, is_time_up: Callable[[], bool] = lambda: False
    ) -> list[Effect]:
        return self._keep(self.engine.observe(observation, self.now(), is_time_up))

    def joins(
        self, user: int, channel: Channel = GENERAL, *, since: float | None = None
    ) -> list[Effect]:
        return self.tell(_voice(user, channel, since=since))

    def shows(self, user: int, channel: Channel = GENERAL) -> list[Effect]:
        """A voice event about somebody who was in voice before it: a move, or a mute."""
        return self.tell(_voice(user, channel, joined=False))

    def leaves(self, user: int, *, since: float | None = None) -> list[Effect]:
        return self.tell(_voice(user, None, since=since))

    def plays(
        self, user: int, *games: str | ActivitySeen, since: float | None = None
    ) -> list[Effect]:
        return self.tell(_presence(user, games, since=since))

    def unwatched(self, since: float, *, slept: bool = False) -> list[Effect]:
        return self.tell(WatchLost(guild_ids=(GUILD,), since=at(since), slept=slept))

    def heartbeat(self) -> list[Effect]:
        return self.tell(Watched(guild_ids=(GUILD,), until=from_datetime(self.now())))

    # Looks

    def look(
        self,
        voice: Mapping[int, Channel] | None = None,
        games: Mapping[int, tuple[str | ActivitySeen, ...]] | None = None,
        *,
        taken_at: float | None = None,
        asked_at: float | None = None,
        without: int | None = None,
        **looked: Unpack[Looked],
    ) -> list[Effect]:
        """Validate with a look that saw these people; complete unless told otherwise.

        ``without``: nothing could be found out about this person, only about all others.
        """
        told: Looked = {"source": "guild_create", "complete_voice": True, "complete_games": True}
        if without is not None:
            others = frozenset(NAMES) - {without}
            told = {"source": "rest", "looked_voice": others, "looked_games": others}
        told.update(looked)
        report = GuildReport(
            guild_id=GUILD,
            at=from_datetime(self.now()) if taken_at is None else at(taken_at),
            asked_at=None if asked_at is None else at(asked_at),
            voice={u: _voice(u, c, joined=False) for u, c in (voice or {}).items()},
            games={u: _presence(u, names) for u, names in (games or {}).items()},
            **told,
        )
        return self.show(report)

    def show(self, report: LiveReport) -> list[Effect]:
        return self._keep(self.engine.validate(report, self.now()))

    # Restarts

    def restart(
        self, back_at: float | None = None, *, lost: AbstractSet[int] = frozenset()
    ) -> list[Effect]:
        """Kill the engine; another one restores what was written of it, at ``back_at``.

        ``lost``: people whose games are not restored.
        """
        state = copy.deepcopy(self.engine.live_state(self.now()))
        state.sessions = [
            each
            for each in state.sessions
            if not (isinstance(each, GameSession) and each.user_id in lost)
        ]
        return self.take_up(state, back_at)

    def take_up(self, state: LiveState, back_at: float | None = None) -> list[Effect]:
        """Let another engine restore what was written, at ``back_at``."""
        self.engine = self._new_engine()
        if back_at is not None:
            self.clock.move_to(_moment(back_at))
        return self._keep(self.engine.restore(state, self.now()))

    # What came of it

    @property
    def records(self) -> list[Record]:
        return [effect.record for effect in only(self.effects, RecordEnded)]

    @property
    def record(self) -> Record:
        """The only record of the evening."""
        [record] = self.records
        return record

    def voice_of(self, user: int) -> VoiceSession | None:
        found = [s for s in self._sessions(VoiceSession) if s.user_id == user]
        assert len(found) <= 1
        return found[0] if found else None

    def games_of(self, user: int) -> list[GameSession]:
        return [s for s in self._sessions(GameSession) if s.user_id == user]

    def game_of(self, user: int) -> GameSession:
        [session] = self.games_of(user)
        return session

    def parties(self) -> list[PartySession]:
        return list(self._sessions(PartySession))

    def party(self) -> PartySession:
        [session] = self.parties()
        return session

    def _sessions(self, kind: type[E]) -> Iterator[E]:
        for session in self.engine.sessions(GUILD):
            if isinstance(session, kind):
                yield session

    def _keep(self, effects: list[Effect]) -> list[Effect]:
        # As they were when they were asked for: sessions inside them go on changing.
        kept = copy.deepcopy(effects)
        self.effects += kept
        return kept

    def _new_engine(self) -> SessionEngine:
        new_id = (f"s{number}" for number in self._ids).__next__
        return SessionEngine(self.settings, new_id=new_id, unheard=self.unheard)


def _voice(
    user: int, channel: Channel | None, *, joined: bool = True, since: float | None = None
) -> VoiceObserved:
    return VoiceObserved(
        guild_id=GUILD,
        user_id=user,
        username=NAMES[user],
        channel=channel,
        joined=joined,
        since=None if since is None else at(since),
    )


def _presence(
    user: int, games: tuple[str | ActivitySeen, ...], *, since: float | None = None
) -> PresenceObserved:
    return PresenceObserved(
        guild_id=GUILD,
        user_id=user,
        username=NAMES[user],
        activities=tuple(
            ActivitySeen(game) if isinstance(game, str) else msgspec.structs.replace(game)
            for game in games
        ),
        since=None if since is None else at(since),
    )
