"""Two bots in one world: for one a party goes on for ever, for the other it has chapters."""

from __future__ import annotations

import copy
from itertools import count, pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from engine import (
    ActivitySeen,
    ClockStepped,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    Watched,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from machines import (
    SECOND,
    LiveState,
    NoticeDue,
    PartySession,
    Record,
    RecordEnded,
    from_datetime,
    next_chapter_id,
    spans,
)
from persistence.agreement import agree
from persistence.live_players import follow_games
from persistence.protocols import Restored
from persistence.snapshot_format import encode_session, session_from
from persistence.totals import credited_to
from tests.engine.evening import START

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine import Observation
    from machines import Effect, Instant, Player

GUILD = 900
PEOPLE = (1, 2, 3, 4)
GAME = ActivitySeen("osu!")
ORIGIN = from_datetime(START)


class Ledger:
    """The rows of a ledger, as far as whoever restores asks for them."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = {record.id: record for record in records}

    def contains(self, ids: Iterable[str]) -> set[str]:
        return {each for each in ids if each in self._records}

    def record(self, session_id: str) -> Record | None:
        return self._records.get(session_id)


def _at_once() -> bool:
    return True


class Bot:
    """An engine, what it has written, and its party as it was before the last look."""

    def __init__(self, chapter: float | None, **more: object) -> None:
        ids = count(1)
        self._new_id = lambda: f"s{next(ids)}"
        self.settings = Settings(party_chapter=chapter, **more)  # type: ignore[arg-type]
        self.engine = SessionEngine(self.settings, new_id=self._new_id)
        self.records: list[Record] = []
        self.effects: list[Effect] = []
        self.before: list[PartySession] = []
        self.by_another_clock = 0

    def keep(self, effects: list[Effect]) -> None:
        self.effects += effects
        self.records += [each.record for each in effects if isinstance(each, RecordEnded)]

    def is_told(self, observation: Observation, now: Instant) -> None:
        self.keep(self.engine.observe(observation, now))

    def is_killed(self, now: Instant, left: str = "all") -> None:
        """Begin again with what is on the disk.

        ``left``: of a chapter that ended in the last look, what had come to the disk by then.
        """
        state = self.on_disk(now)
        for party in self.before if left != "all" else ():
            following = [each for each in state.sessions if each.id == next_chapter_id(party.id)]
            if not following:
                continue
            party.announced = following[0].announced  # silent, perhaps, since that very look
            state.sessions.append(party)
            if left == "row":
                state.sessions.remove(following[0])
            elif left == "snapshot":
                self.records = [each for each in self.records if each.id != party.id]
        follow_games(state.sessions)
        restored = Restored(state=state)
        agree(restored, Ledger(self.records))
        self.engine = SessionEngine(self.settings, new_id=self._new_id)
        self.engine.remember_ended(self.records[self.by_another_clock :])
        self.keep(self.engine.restore(restored.state, now))

    def is_about_to_look(self, now: Instant) -> None:
        on_disk = self.on_disk(now).sessions
        self.before = [each for each in on_disk if isinstance(each, PartySession)]

    def on_disk(self, now: Instant) -> LiveState:
        state = copy.deepcopy(self.engine.live_state(now))
        state.sessions = [
            session_from(each.kind, each.id, encode_session(each)) for each in state.sessions
        ]
        return state

    def party_records(self) -> list[Record]:
        return [record for record in self.records if record.kind == "party"]


class World:
    """Who plays, told to two bots, of which one knows no chapters."""

    def __init__(self, chapter: float, **more: object) -> None:
        self.endless = Bot(None, **more)
        self.chaptered = Bot(chapter, **more)
        self.bots: tuple[Bot, ...] = (self.endless, self.chaptered)
        self.now = ORIGIN
        self.playing: set[int] = set()
        self.cut_at: Instant | None = None
        self.missed: list[int] = []
        self.clock_was_set = False
        self.chapters_before_news = 0

    def passes(self, duration: float) -> None:
        until = self.now + round(duration * SECOND)
        for bot in self.bots:
            while (due := bot.engine.due_at) is not None and due < until:
                bot.keep(bot.engine.advance(max(due, self.now)))
        self.now = until
        for bot in self.bots:
            bot.keep(bot.engine.advance(self.now))

    def tell(self, observation: Observation) -> None:
        for bot in self.bots:
            bot.is_told(observation, self.now)

    def comes_or_goes(self, user: int) -> None:
        self.playing ^= {user}
        if self.cut_at is None:
            self.tell(self.presence(user))
        else:
            self.missed.append(user)

    def comes_or_goes_unheard(self, user: int) -> None:
        self.playing ^= {user}
        if self.cut_at is not None:
            self.missed.append(user)

    def presence(self, user: int, since: Instant | None = None) -> PresenceObserved:
        games = (GAME,) if user in self.playing else ()
        return PresenceObserved(
            guild_id=GUILD, user_id=user, username=str(user), activities=games, since=since
        )

    def look(self, delay: int = 0, source: str = "audit") -> None:
        """Everybody is looked at; the answer is so many seconds old at most."""
        if self.cut_at is not None:
            return
        report = self.report(delay, source)
        for bot in self.bots:
            bot.is_about_to_look(self.now)
            bot.keep(bot.engine.validate(report, self.now))

    def look_after(self, duration: int) -> None:
        self.passes(duration)
        self.look(1)

    def look_at(self, user: int) -> None:
        """One person is looked at."""
        if self.cut_at is None:
            looked = frozenset((user,))
            report = msgspec.structs.replace(
                self.report(0, "rest"),
                complete_voice=False,
                complete_games=False,
                looked_voice=looked,
                looked_games=looked,
                games={user: self.presence(user)} if user in self.playing else {},
            )
            for bot in self.bots:
                bot.keep(bot.engine.validate(report, self.now))

    def look_while_somebody_comes_or_goes(
        self, pieces: int, user: int, late: int | None = None
    ) -> None:
        """After so many pieces of a look, and of the chapters that end with it, there is news.

        What happened may have done so as early as ``late`` seconds ago.
        """
        if self.cut_at is not None:
            return
        since = None if late is None else self.now - late * SECOND
        report = self.report(0, "audit")
        looks = [(bot, bot.engine.begin(report)) for bot in self.bots]
        for bot, look in looks:
            for _piece in range(pieces):
                bot.keep(bot.engine.go_on(look, self.now, _at_once))
        self.now += SECOND
        self.playing ^= {user}
        self.chapters_before_news = len(self.chaptered.party_records())
        for bot, look in looks:
            bot.keep(bot.engine.take_first(look, user, self.now, games=True))
            bot.is_told(self.presence(user, since), self.now)
            while not look.is_done:
                bot.keep(bot.engine.go_on(look, self.now, _at_once))
            while bot.engine.is_sweeping:
                bot.keep(bot.engine.sweep(self.now))
            bot.keep(bot.engine.advance(self.now))

    def report(self, delay: int, source: str) -> GuildReport:
        return GuildReport(
            guild_id=GUILD,
            source=source,  # type: ignore[arg-type]
            at=self.now,
            asked_at=self.now - delay * SECOND,
            games={user: self.presence(user) for user in self.playing},
            complete_voice=True,
            complete_games=True,
        )

    def is_watched(self) -> None:
        self.tell(Watched(guild_ids=(GUILD,), until=self.now))

    def is_cut(self) -> None:
        if self.cut_at is None:
            self.cut_at = self.now
            self.tell(WatchPaused(guild_ids=(GUILD,), since=self.now))

    def resumes(self) -> None:
        since, self.cut_at = self.cut_at, None
        if since is None:
            return
        for user in self.missed:
            self.tell(self.presence(user, since))
        self.missed.clear()
        self.tell(WatchResumed(guild_ids=(GUILD,)))

    def is_lost(self, late: int) -> None:
        """The connection turns out to have been dead for so long."""
        since = self.now - late * SECOND if self.cut_at is None else self.cut_at
        self.cut_at = None
        self.missed.clear()
        self.tell(WatchLost(guild_ids=(GUILD,), since=since))

    def dies(self, down: int) -> None:
        self.cut_at = None
        self.missed.clear()
        self.now += down * SECOND
        for bot in self.bots:
            bot.is_killed(self.now)

    def dies_at_look(self, left: str) -> None:
        """The process dies before all is written that follows from a look."""
        if self.cut_at is not None:
            return
        self.look()
        self.now += SECOND
        for bot in self.bots:
            bot.is_killed(self.now, left)

    def clock_is_set(self, by: int) -> None:
        self.clock_was_set = True
        self.now += by * SECOND
        for bot in self.bots:
            bot.by_another_clock = len(bot.records)
        if self.cut_at is not None:
            self.cut_at += by * SECOND
        self.tell(ClockStepped(by=by * SECOND))

    def ends(self) -> None:
        """Everybody is looked at, leaves, and does not come back."""
        if self.cut_at is not None:
            self.is_lost(0)
        self.look(source="guild_create")
        self.passes(60)
        for user in tuple(self.playing):
            self.comes_or_goes(user)
        self.passes(7_200)
        self.look()
        for bot in self.bots:
            assert not bot.engine.registry.count
            assert bot.engine.counters["forbidden"] == bot.engine.counters["session_errors"] == 0


class Part(NamedTuple):
    """A span of a timeline."""

    start: Instant
    end: Instant
    value: str
    credited: bool


def joined(parts: Iterable[Part]) -> list[Part]:
    """Return the parts in order, those that go on being one."""
    whole: list[Part] = []
    for part in sorted(parts):
        last = whole[-1] if whole else None
        if last is not None and last.end == part.start and last[2:] == part[2:]:
            whole[-1] = last._replace(end=part.end)
        else:
            whole.append(part)
    return whole


def of_parties(records: list[Record]) -> list[Part]:
    return joined(
        Part(*span)
        for record in records
        for span in spans(record.started_at, record.ended_at, record.stretches)
        if span.value != "away"
    )


def of_players(records: list[Record]) -> dict[str, list[Part]]:
    parts: dict[str, list[Part]] = {}
    for record in records:
        for player in record.players:
            parts.setdefault(player.session_id, []).extend(_parts_of(player, record))
    return {session_id: joined(each) for session_id, each in parts.items() if each}


def _parts_of(player: Player, record: Record) -> list[Part]:
    ended_at = max(player.started_at, player.ended_at or record.ended_at)
    return [Part(*span) for span in spans(player.started_at, ended_at, player.stretches)]


def lengths(parts: Iterable[Part]) -> dict[tuple[str, bool], int]:
    sums: dict[tuple[str, bool], int] = {}
    for start, end, *value in parts:
        key = (str(value[0]), bool(value[1]))
        sums[key] = sums.get(key, 0) + end - start
    return sums


def credited(records: list[Record]) -> dict[int, int]:
    return {
        user: sum(end - start for record in records for start, end in credited_to(user, record))
        for user in PEOPLE
    }


def unbounded_in(records: list[Record]) -> tuple[bool, set[str]]:
    return any(record.unbounded for record in records), {
        player.session_id for record in records for player in record.players if player.unbounded
    }


def judge(world: World) -> int:
    """Compare what both have written down; return how many chapters there were."""
    endless, chaptered = world.endless, world.chaptered
    one, many = endless.party_records(), chaptered.party_records()
    assert [repr(each) for each in endless.records if each.kind != "party"] == [
        repr(each) for each in chaptered.records if each.kind != "party"
    ]
    assert len({record.id for record in many}) == len(many)
    of_each = chapters_of_each(many)
    assert of_each.keys() == {record.id for record in one}
    for record in one:
        compare([record], of_each[record.id], in_order=not world.clock_was_set)
    assert notices(endless) == notices(chaptered)
    going_on = [record for record in many if record.reason == "goes_on"]
    assert all(next_chapter_id(each.id) in {r.id for r in many} for each in going_on)
    return len(going_on)


def chapters_of_each(records: list[Record]) -> dict[str, list[Record]]:
    """Return the chapters of each party, by the id of the first."""
    following = {next_chapter_id(record.id): record for record in records}
    of_each: dict[str, list[Record]] = {}
    for record in records:
        first = record
        while first.id in following:
            first = following[first.id]
        of_each.setdefault(first.id, []).append(record)
    return of_each


def compare(one: list[Record], many: list[Record], *, in_order: bool) -> None:
    """Compare a party with its chapters; ``in_order``: by the clock as well."""
    if in_order:
        assert all(a.ended_at <= b.started_at for a, b in pairwise(many))
        assert of_parties(many) == of_parties(one)
        assert of_players(many) == of_players(one)
    assert lengths(of_parties(many)) == lengths(of_parties(one))
    ours, theirs = of_players(many), of_players(one)
    assert {each: lengths(parts) for each, parts in ours.items()} == {
        each: lengths(parts) for each, parts in theirs.items()
    }
    assert credited(many) == credited(one)
    assert max(each.max_players or 0 for each in many) <= (one[0].max_players or 0)
    assert unbounded_in(many) == unbounded_in(one)


def notices(bot: Bot) -> list[tuple[Instant, str]]:
    return [
        (each.at, each.notice)
        for each in bot.effects
        if isinstance(each, NoticeDue) and each.kind == "party"
    ]
