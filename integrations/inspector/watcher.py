"""The watcher: hears every transition, effect and check, and gathers what the page is told."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from itertools import chain, islice
from typing import TYPE_CHECKING

import msgspec

from integrations.inspector.checks import Checks
from integrations.inspector.head_count import Counts, HeadCount
from integrations.inspector.lives import Lives
from integrations.inspector.news import News
from integrations.inspector.rows import (
    Fired,
    FiredRow,
    Milliseconds,
    SessionRow,
    fired_row,
    key_of,
    milliseconds,
    place_of,
    session_row,
    who,
)
from integrations.inspector.subject import Connection, Subject
from integrations.inspector.tallies import Tallies
from integrations.turns import in_turns, others_first
from integrations.unwatched import as_known_now
from machines import PartySession, SessionChanged, WatchChanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from integrations.evidence.check_figures import CheckFigures
    from integrations.inspector.checks import CheckRow
    from machines import AnySession, Effect, Row, State, Step

__all__ = ["Changes", "Watcher"]

AT_ONCE = 300
"""Sessions in one message at most: where more have changed, pages ask for all of them anew."""

FEED = 60
"""Transitions that the feed shows, and that one message brings at most."""

_log = logging.getLogger("latido.integrations")


class Changes(msgspec.Struct, kw_only=True):
    """One message: what has changed since the one before.

    Attributes:
        number: its number; what a page got from an older one gives way to it.
        now: the present.
        total: how many sessions go on; a page that holds another number asks anew.
        counts: the sessions that go on, by kind and state; those over, since the start.
        unwritten: how many of those that ended did so before they counted.
        changed: the sessions that are new or changed.
        over: those that are over.
        fired: how often each transition fired.
        feed: the latest transitions, the newest last.
        unwatched: how many sessions nobody is watching.
        guilds: what the guilds of these sessions are called, by their ids.
    """

    number: int
    now: Milliseconds
    total: int
    counts: Counts
    connection: Connection
    unwatched: int
    unwritten: int
    changed: list[SessionRow] = msgspec.field(default_factory=list)
    over: list[SessionRow] = msgspec.field(default_factory=list)
    fired: dict[str, int] = msgspec.field(default_factory=dict)
    feed: list[FiredRow] = msgspec.field(default_factory=list)
    guilds: dict[str, str] = msgspec.field(default_factory=dict)


class Watcher:
    """Watches one subject after another.

    Attributes:
        lives: what each session has been through.
        checks: the last health checks.
        tallies: what has happened, counted.
        news: tells the pages.
        errors: how often watching itself went wrong.
    """

    def __init__(self) -> None:
        """Watch nobody yet."""
        self.subject: Subject | None = None
        self.lives = Lives()
        self.checks = Checks()
        self.tallies = Tallies()
        self.news = News(self._gather)
        self.errors = 0
        self._heads = HeadCount()
        self._is_behind = False
        self._taking_in = asyncio.Lock()
        self._catching_up: asyncio.Task[None] | None = None
        self._letting_go: set[asyncio.Task[None]] = set()
        self._dirty: dict[str, AnySession] = {}
        self._ended: list[AnySession] = []
        self._fired: Counter[str] = Counter()
        self._feed: deque[Fired] = deque(maxlen=FEED)
        self._fresh = 0
        self._check: CheckRow | None = None
        self._encode = msgspec.json.Encoder().encode

    def watch(self, subject: Subject) -> None:
        """Watch ``subject`` from now on, and nobody else."""
        self.leave()
        self.subject = subject
        subject.engine.observers.append(self.saw_transition)
        self.news.reset()

    def leave(self) -> None:
        """Watch nobody; what was known of sessions is let go of in turns: see :meth:`let_go`."""
        if self.subject is not None:
            if self.saw_transition in self.subject.engine.observers:
                self.subject.engine.observers.remove(self.saw_transition)
            known = chain(self.lives.drain(), self._heads.drain())
            letting_go = asyncio.create_task(_let_go(known), name="latido-inspector-lets-go")
            self._letting_go.add(letting_go)
            letting_go.add_done_callback(self._letting_go.discard)
        self.subject = None
        self.lives = Lives()
        self.checks.forget()
        self._heads = HeadCount()
        self._is_behind = False
        self._forget_changes()
        self._feed.clear()

    async def let_go(self) -> None:
        """Wait until nothing is left of what was known of those who are watched no more."""
        if self._letting_go:
            await asyncio.wait(self._letting_go)

    # What it hears

    def saw_transition(self, session: AnySession, row: Row, before: State, step: Step) -> None:
        """Hear of a transition."""
        self._heads.note(session)
        try:
            self._take(session, row, before, step)
        except Exception:  # noqa: BLE001 - watching must never harm what is watched
            self.errors += 1
            _log.exception("The inspector could not take in a transition of %s", session.id)

    def saw_effects(self, effects: Sequence[Effect]) -> None:
        """Hear what a step asked of the outside."""
        self.tallies.effects(effects)
        self._is_behind = self._is_behind or any(isinstance(one, WatchChanged) for one in effects)
        if not self.news.is_heard:
            if effects:
                self.news.changed()
            return
        for effect in effects:
            if isinstance(effect, SessionChanged) and not effect.session.is_over:
                self._has_changed(effect.session)
        if self._is_behind:
            self.news.changed()  # whether Discord can be heard, at least
        if self._is_behind and self._catching_up is None:
            self._catching_up = asyncio.create_task(self.catch_up(), name="latido-inspector")
            self._catching_up.add_done_callback(self._has_caught_up)

    def saw_check(self, figures: CheckFigures) -> None:
        """Hear that a check has come to its end."""
        if self.subject is None:
            return
        self._check = self.checks.take(figures, self.subject.now())
        self.tallies.check(self._check)
        self.news.changed()

    async def catch_up(self) -> None:
        """Take in whoever is no more as they were, and had no transition to tell of it.

        Those of an earlier process, and those whom nobody is watching any more.
        """
        async with self._taking_in:
            while (subject := self.subject) is not None and self._lacks(subject):
                self._is_behind = subject.engine.is_sweeping
                async for session in in_turns(subject.engine.sessions()):
                    if self.subject is not subject:
                        break
                    if self._heads.note(session):
                        self._has_changed(session)
                if not self._is_behind:
                    break
                await others_first()

    # What it tells

    def changes(self) -> Changes:
        """Return how things stand, with no change in it."""
        subject = self.subject
        return Changes(
            number=self.news.number,
            now=0 if subject is None else milliseconds(subject.now()),
            total=0 if subject is None else subject.engine.registry.count,
            counts=self._heads.counts(),
            connection="connecting" if subject is None else subject.connection(),
            unwatched=self._heads.unwatched,
            unwritten=self._heads.unwritten,
        )

    def feed(self) -> list[FiredRow]:
        """Return the latest transitions, the newest last."""
        return [fired_row(fired) for fired in self._feed]

    def sessions(self) -> Iterator[AnySession]:
        """Yield the sessions that go on; some may begin and end meanwhile."""
        return iter(()) if self.subject is None else self.subject.engine.sessions()

    def as_known_now(self, session: AnySession) -> AnySession:
        """Return a session; while its connection is cut, a copy that nobody watches since then."""
        if self.subject is None or session.is_over:
            return session
        return as_known_now(session, self.subject.engine.watch_of(session.guild_id))

    def guild_name(self, guild_id: str) -> str:
        """Return what a guild is called; its id where nobody knows."""
        name = None if self.subject is None else self.subject.guild_name(int(guild_id))
        return name or guild_id

    def guild_names(self, guild_ids: Iterable[str]) -> dict[str, str]:
        """Return what some guilds are called, by their ids."""
        return {guild_id: self.guild_name(guild_id) for guild_id in set(guild_ids)}

    def row(self, session: AnySession) -> SessionRow:
        """Return the row of a session."""
        return session_row(session, self.lives.of(session.id), self.people_in(session))

    def people_in(self, session: AnySession) -> int | None:
        """Return how many are there of a party that goes on; None of all others."""
        if type(session) is not PartySession or session.is_over or self.subject is None:
            return None
        return self.subject.engine.people_in(session)

    # How it works

    def _take(self, session: AnySession, row: Row, before: State, step: Step) -> None:
        entry = self.lives.take(session, row, before, step)
        self.tallies.transition(session, entry)
        name = who(session, self.people_in(session))
        self._feed.append(Fired(session, entry, name, place_of(session), entry.evidence))
        if self.news.is_heard:
            self._fired[key_of(session.kind, entry)] += 1
            self._fresh += 1
            if session.is_over:
                self._dirty.pop(session.id, None)
                if len(self._ended) <= AT_ONCE:
                    self._ended.append(session)
            else:
                self._has_changed(session)
        self.news.changed()

    def _lacks(self, subject: Subject) -> bool:
        return self._is_behind or len(self._heads) < subject.engine.registry.count

    def _has_caught_up(self, done: asyncio.Task[None]) -> None:
        self._catching_up = None
        if not done.cancelled() and (error := done.exception()) is not None:
            self.errors += 1
            _log.error("The inspector could not count the sessions", exc_info=error)

    def _has_changed(self, session: AnySession) -> None:
        """Tell the pages of a session soon; past so many, they ask for all of them anyway."""
        if self.news.is_heard:
            if len(self._dirty) <= AT_ONCE:
                self._dirty[session.id] = session
            self.news.changed()

    def _gather(self) -> Iterator[tuple[str, bytes]]:
        """Yield what has changed since the last time."""
        if self._check is not None:
            yield "check", self._encode(self._check)
        changes = self.changes()
        changes.number += 1
        too_many = len(self._dirty) + len(self._ended) > AT_ONCE
        if not too_many:
            changes.changed = [self.row(one) for one in self._dirty.values() if not one.is_over]
            changes.over = [self.row(one) for one in self._ended]
            changes.guilds = self.guild_names(one.guild for one in changes.changed + changes.over)
        changes.fired = dict(self._fired)
        latest = list(islice(reversed(self._feed), self._fresh))
        changes.feed = [fired_row(fired) for fired in reversed(latest)]
        data = self._encode(changes)
        self._forget_changes()
        yield "changes", data
        if too_many:
            yield "reset", b'{"why":"many"}'

    def _forget_changes(self) -> None:
        self._dirty = {}
        self._ended = []
        self._fired = Counter()
        self._fresh = 0
        self._check = None


async def _let_go(known: Iterable[object]) -> None:
    async for _each in in_turns(known):
        pass
