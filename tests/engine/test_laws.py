"""The law: what a timeline asserts is true, whatever happens to the watching.

A world of a few people goes on by the second. The engine is told what a bot would be told:
every event while the connection stands, what a resume replays, nothing over a gap, and looks
that are complete or not, fresh or a little old. What it writes down is compared with the world.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from engine import (
    ActivitySeen,
    Channel,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    Watched,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from machines import (
    SECOND,
    BotEvent,
    NoticeDue,
    PartySession,
    Record,
    RecordEnded,
    SessionChanged,
    VoiceSession,
    from_datetime,
)
from machines.timeline import spans
from tests.how_often import examples

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine import Observation
    from machines import AnySession, Effect, Instant

START = datetime(2025, 12, 29, 23, 0, tzinfo=UTC)
ORIGIN = from_datetime(START)
GUILD = 900
PEOPLE = (1, 2, 3)
CHANNELS = (Channel(500, "General"), Channel(501, "Sala"))
GAMES = ("osu!", "Chess")
CONFIRM_AFTER = 10

people = st.sampled_from(PEOPLE)
gap_policies = st.sampled_from(["bridge", "end", 20])

Key = tuple[int, str | None]
Second = int


class World:
    """What is really so, second by second, and what was so before."""

    def __init__(self) -> None:
        self.now: Second = 0
        self.voice: dict[int, Channel] = {}
        self.games: dict[int, frozenset[str]] = dict.fromkeys(PEOPLE, frozenset())
        self.since: dict[Key, Second] = {}
        self.stays: dict[Key, list[tuple[Second, Second]]] = {}
        self.past: list[tuple[dict[int, Channel], dict[int, frozenset[str]]]] = []

    def passes(self, duration: int) -> None:
        for _ in range(duration):
            self.past.append((dict(self.voice), dict(self.games)))
            self.now += 1

    def as_of(self, second: Second) -> tuple[dict[int, Channel], dict[int, frozenset[str]]]:
        if second == self.now:
            return self.voice, self.games
        return self.past[second]

    def goes(self, user: int, channel: Channel | None) -> None:
        if channel is None:
            self.voice.pop(user, None)
        else:
            self.voice[user] = channel
        self._mark((user, None), here=channel is not None)

    def plays(self, user: int, games: frozenset[str]) -> None:
        self.games[user] = games
        for game in GAMES:
            self._mark((user, game), here=game in games)

    def _mark(self, key: Key, *, here: bool) -> None:
        if here:
            self.since.setdefault(key, self.now)
        elif key in self.since:
            self.stays.setdefault(key, []).append((self.since.pop(key), self.now))


class Law(RuleBasedStateMachine):
    """A bot's connection to the world, an engine behind it, and a judge."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.ids = count(1)
        self.effects: list[Effect] = []
        self.connected = True
        self.cut_at: Second | None = None
        self.since_when: Second = 0
        self.queue: list[Observation] = []
        self.forgotten: set[tuple[Key, Second]] = set()
        self.blind_since: dict[bool, Second | None] = {True: None, False: None}
        self.blind: dict[bool, list[tuple[Second, Second]]] = {True: [], False: []}
        self.announced_live: set[str] = set()

    # Telling the engine

    @initialize(
        voice_gap=gap_policies,
        game_gap=gap_policies,
        grace=st.sampled_from([0, 15]),
        looked=st.booleans(),
    )
    def begin(self, voice_gap: str, game_gap: str, grace: int, looked: bool) -> None:
        self.settings = Settings(
            confirm_after=CONFIRM_AFTER,
            voice_grace=grace,
            game_grace=grace,
            party_grace=grace,
            voice_gap="bridge" if voice_gap == "bridge" else "end" if voice_gap == "end" else 20,
            game_gap="bridge" if game_gap == "bridge" else "end" if game_gap == "end" else 20,
        )
        self.engine = self.new_engine()
        if looked:
            self.validate(self.report(0, voice=True, games=True, skipped=None))

    def new_engine(self) -> SessionEngine:
        return SessionEngine(self.settings, new_id=lambda: f"s{next(self.ids)}")

    def now(self) -> datetime:
        return START + timedelta(seconds=self.world.now)

    def instant(self, second: Second) -> Instant:
        return ORIGIN + second * SECOND

    def keep(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            if isinstance(effect, SessionChanged):
                self.announced_live.add(effect.session.id)
        self.effects += effects
        return effects

    def tell(self, observation: Observation) -> None:
        if self.connected:
            pending = [s for s in self.pending() if s.unwatched_since is not None]
            self.keep(self.engine.observe(observation, self.now()))
            self.forget(session for session in pending if session.is_over)
        elif self.cut_at is not None:
            self.queue.append(observation)

    def validate(self, report: GuildReport) -> list[Effect]:
        return self.keep(self.engine.validate(report, self.now()))

    def report(self, age: int, *, voice: bool, games: bool, skipped: int | None) -> GuildReport:
        """Look at everybody; ``skipped`` could not be looked at, so it is not complete."""
        taken = max(0, self.world.now - age)
        in_voice, playing = self.world.as_of(taken)
        looked = frozenset(PEOPLE) - {skipped} if skipped else frozenset()
        asked = [user for user in PEOPLE if user != skipped]
        return GuildReport(
            guild_id=GUILD,
            source="guild_create",
            at=self.instant(taken),
            voice={u: self.seen(u, in_voice[u], joined=False) for u in asked if u in in_voice},
            games={u: self.presence(u, playing[u]) for u in asked} if games else {},
            complete_voice=voice and skipped is None,
            complete_games=games and skipped is None,
            looked_voice=looked if voice else frozenset(),
            looked_games=looked if games else frozenset(),
        )

    def seen(self, user: int, channel: Channel | None, *, joined: bool) -> VoiceObserved:
        return VoiceObserved(
            guild_id=GUILD,
            user_id=user,
            username=str(user),
            channel=channel,
            joined=joined,
            since=self.replayed_since(),
        )

    def presence(self, user: int, names: Iterable[str]) -> PresenceObserved:
        activities = tuple(ActivitySeen(name) for name in sorted(names))
        return PresenceObserved(
            guild_id=GUILD,
            user_id=user,
            username=str(user),
            activities=activities,
            since=self.replayed_since(),
        )

    def replayed_since(self) -> Instant | None:
        return None if self.cut_at is None else self.instant(self.cut_at)

    # What happens in the world

    @rule(duration=st.sampled_from([1, 2, 3, 7, 9, 10, 11, 16, 40]))
    def time_passes(self, duration: int) -> None:
        self.world.passes(duration)
        self.keep(self.engine.advance(self.now()))
        due = self.engine.next_deadline
        assert due is None or due > self.now()

    @rule(user=people, channel=st.sampled_from([*CHANNELS, None]))
    def somebody_moves(self, user: int, channel: Channel | None) -> None:
        was_in = self.world.voice.get(user)
        if was_in == channel:
            return
        self.world.goes(user, channel)
        self.tell(self.seen(user, channel, joined=was_in is None))

    @rule(user=people)
    def somebody_mutes(self, user: int) -> None:
        channel = self.world.voice.get(user)
        if channel is not None:
            self.tell(self.seen(user, channel, joined=False))

    @rule(user=people, names=st.frozensets(st.sampled_from(GAMES)))
    def somebody_plays(self, user: int, names: frozenset[str]) -> None:
        self.world.plays(user, names)
        self.tell(self.presence(user, names))

    # What happens to the connection

    @precondition(lambda self: self.connected)
    @rule()
    def heart_beats(self) -> None:
        self.tell(Watched(guild_ids=(GUILD,), until=from_datetime(self.now())))

    @precondition(lambda self: self.connected)
    @rule()
    def connection_is_cut(self) -> None:
        self.tell(WatchPaused(guild_ids=(GUILD,), since=self.instant(self.world.now)))
        self.connected, self.cut_at = False, self.world.now

    @precondition(lambda self: self.cut_at is not None)
    @rule()
    def connection_resumes(self) -> None:
        self.connected, replayed, self.queue = True, self.queue, []
        for observation in replayed:
            self.tell(observation)
        self.cut_at = None
        self.tell(WatchResumed(guild_ids=(GUILD,)))

    @precondition(lambda self: self.cut_at is not None)
    @rule()
    def connection_begins_anew(self) -> None:
        since = self.replayed_since()
        assert since is not None
        assert self.cut_at is not None
        self.goes_blind(self.cut_at)
        self.queue.clear()
        self.connected, self.cut_at, self.since_when = True, None, self.world.now
        self.tell(WatchLost(guild_ids=(GUILD,), since=since))

    @precondition(lambda self: self.connected)
    @rule(
        age=st.sampled_from([0, 0, 1, 5]),
        voice=st.booleans(),
        games=st.booleans(),
        skipped=st.none() | people,
    )
    def somebody_looks(self, age: int, voice: bool, games: bool, skipped: int | None) -> None:
        pending = self.pending()
        age = min(age, self.world.now - self.since_when)
        report = self.report(age, voice=voice, games=games, skipped=skipped)
        self.sees_again(report)
        self.validate(report)
        self.forget(session for session in pending if session.is_over)
        again = self.validate(report)
        changed = (SessionChanged, RecordEnded, BotEvent, NoticeDue)
        assert not [effect for effect in again if isinstance(effect, changed)]

    @rule(down=st.sampled_from([0, 1, 30]))
    def process_dies(self, down: int) -> None:
        self.forget(self.pending())
        state = copy.deepcopy(self.engine.live_state(self.now()))
        before = [described(session) for session in state.sessions]
        self.queue.clear()
        self.goes_blind(self.world.now if self.cut_at is None else self.cut_at)
        self.cut_at = None
        self.world.passes(down)
        self.connected, self.since_when = True, self.world.now
        self.engine = self.new_engine()
        self.keep(self.engine.restore(state, self.now()))
        assert sorted(before) == sorted(map(described, self.engine.sessions()))

    def pending(self) -> list[AnySession]:
        return [session for session in self.engine.sessions() if session.state == "pending"]

    def goes_blind(self, since: Second) -> None:
        for voice, held in self.blind_since.items():
            self.blind_since[voice] = since if held is None else min(held, since)

    def sees_again(self, report: GuildReport) -> None:
        """Who came and went before this look was told without being seen left no trace.

        Of whoever was heard to go since it was taken, an older look says nothing.
        """
        for voice, held in self.blind_since.items():
            complete = report.complete_voice if voice else report.complete_games
            if held is not None and complete and report.at >= self.instant(held):
                self.blind[voice].append((held, self.world.now))
                self.blind_since[voice] = None

    def forget(self, sessions: Iterable[AnySession]) -> None:
        """Pending sessions are not restored, and cancelled where they are found gone."""
        for session in sessions:
            if not isinstance(session, PartySession):
                key = key_of(session)
                started = seconds_of(session.started_at)
                stays = [since for since, _ in self.world.stays.get(key, []) if since <= started]
                self.forgotten.update((key, since) for since in stays[-1:])
                if key in self.world.since:
                    self.forgotten.add((key, self.world.since[key]))

    # What must hold

    @invariant()
    def nobody_has_two_sessions_of_a_kind(self) -> None:
        if not hasattr(self, "engine"):
            return
        keys = [
            (s.kind, s.game_name.casefold()) if isinstance(s, PartySession) else (s.kind, key_of(s))
            for s in self.engine.sessions()
        ]
        assert len(keys) == len(set(keys))
        assert all(not session.is_over for session in self.engine.sessions())
        assert self.engine.registry.count == len(keys)

    @invariant()
    def whatever_is_live_was_persisted(self) -> None:
        if hasattr(self, "engine"):
            live = {s.id for s in self.engine.sessions() if s.is_live}
            assert live <= self.announced_live

    @invariant()
    def the_stretches_of_a_timeline_end_one_after_the_other(self) -> None:
        for session in self.engine.sessions() if hasattr(self, "engine") else ():
            players = session.players if isinstance(session, PartySession) else [session]
            for each in players:
                ends = [stretch.end for stretch in each.stretches]
                assert ends == sorted(ends)

    @invariant()
    def nothing_is_written_twice_or_out_of_turn(self) -> None:
        ids = [record.id for record in self.records()]
        assert len(ids) == len(set(ids))
        if hasattr(self, "engine"):
            assert self.engine.counters["forbidden"] == 0
            assert self.engine.counters["session_errors"] == 0

    def records(self) -> list[Record]:
        return [effect.record for effect in self.effects if isinstance(effect, RecordEnded)]

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        if self.cut_at is not None:
            self.connection_begins_anew()
        self.world.passes(1)
        self.keep(self.engine.advance(self.now()))
        self.somebody_looks(0, voice=True, games=True, skipped=None)
        self.time_passes(20)
        for user in PEOPLE:
            self.somebody_moves(user, None)
            self.somebody_plays(user, frozenset())
        for _ in range(4):
            self.time_passes(100)
        assert not self.engine.registry.count
        self.judge()

    def judge(self) -> None:
        of_key: dict[tuple[str, Key], list[Record]] = {}
        for record in self.records():
            length = (record.ended_at - record.started_at) / SECOND
            assert 0 <= record.seconds <= length
            assert record.uncertain_seconds is None or record.uncertain_seconds >= 0
            name = record.game_name.casefold() if record.game_name else None
            of_key.setdefault((record.kind, (record.user_id or 0, name)), []).append(record)
        for (kind, key), records in of_key.items():
            credited = [cell for record in records for cell in cells(record, credited=True)]
            assert len(credited) == len(set(credited)), f"{kind} {key} overlaps itself"
        for user in PEOPLE:
            for game in (None, *GAMES):
                kind = "voice" if game is None else "game"
                self.judge_timeline(
                    (user, game), of_key.get((kind, (user, game and game.casefold())), [])
                )

    def judge_timeline(self, key: Key, records: list[Record]) -> None:
        truth = {s for since, until in self.world.stays.get(key, []) for s in range(since, until)}
        said = {value: {c for r in records for c in cells(r, value=value)} for value in VALUES}
        maybe = said["unknown"] | {
            second for r in records if r.unbounded for second in range(seconds_of(r.started_at))
        }
        assert said["present"] - maybe <= truth, f"{key} was not there: {records}"
        assert not (said["away"] - maybe) & truth, f"{key} was not away: {records}"
        for since, until in self.world.stays.get(key, []):
            stay = set(range(since, until))
            if until - since < CONFIRM_AFTER or (key, since) in self.forgotten:
                continue
            blind = self.blind[key[1] is None]
            if any(opened <= since and until <= closed for opened, closed in blind):
                continue
            assert stay <= maybe | said["present"], f"{key} {since}-{until}: {records}"


VALUES = ("present", "away", "unknown")


def seconds_of(instant: Instant) -> Second:
    assert (instant - ORIGIN) % SECOND == 0
    return (instant - ORIGIN) // SECOND


def cells(
    record: Record, *, value: str | None = None, credited: bool | None = None
) -> Iterable[Second]:
    """Return the seconds of which a record says ``value``, or which it credits."""
    for span in spans(record.started_at, record.ended_at, record.stretches):
        if value in {None, span.value} and credited in {None, span.credited}:
            yield from range(seconds_of(span.start), seconds_of(span.end))


def key_of(session: AnySession) -> Key:
    assert not isinstance(session, PartySession)
    name = None if isinstance(session, VoiceSession) else session.game_name
    return session.user_id, name


def described(session: AnySession) -> str:
    """Return all of a session but since when it is unwatched, which a restart changes."""
    kept = copy.copy(session)
    kept.unwatched_since = None
    return repr(kept)


TestLaw = Law.TestCase
TestLaw.settings = settings(
    max_examples=examples(60),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
