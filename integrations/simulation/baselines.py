"""Two bots to compare with, fed with the very same frames as Latido.

Both hear what discord.py tells: the state before an event is what its cache held, so that a
join after a leave that was never sent looks like no change at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from integrations.simulation.oracle import Subject
from integrations.simulation.units import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrations.simulation.agenda import Agenda
    from integrations.simulation.gateway import Gateway
    from integrations.simulation.history import History, Played
    from integrations.simulation.intervals import Interval
    from integrations.simulation.listener import CallNews, PresenceNews, Snapshot, VoiceNews

__all__ = ["Counted", "EventsOnly", "ProposalCheck"]

_CHECK_EVERY = 10 * MINUTE
_CONFIRM_AFTER = 10 * SECOND
_ENOUGH_FOR_A_PARTY = 2


@dataclass(frozen=True, slots=True)
class Counted:
    """What a bot wrote down: from when to when."""

    subject: Subject
    span: Interval


class _OfPeopleAlone:
    """What a bot does about news that is not of one person: nothing."""

    def begins(self, now: int) -> None:
        """Hear nothing new: it does not listen to this."""

    def is_cut(self, now: int) -> None:
        """As above."""

    def resumes(self, now: int) -> None:
        """As above."""

    def wakes(self, now: int, asleep_since: int) -> None:
        """As above."""

    def hears_guild(self, snapshot: Snapshot, now: int) -> None:
        """As above."""

    def hears_outage(self, guild_id: int, now: int) -> None:
        """As above."""

    def hears_call(self, news: CallNews, now: int) -> None:
        """Hear nothing new: discord.py does not know this event."""


@dataclass
class EventsOnly(_OfPeopleAlone):
    """Starts at the join, ends at the leave, and keeps nothing over a restart.

    Attributes:
        ledger: what it wrote down.
    """

    history: History
    ledger: list[Counted] = field(default_factory=list)
    _since: dict[Subject, int] = field(default_factory=dict)

    def boots(self, now: int) -> None:
        """Begin with nothing."""

    def stops(self, now: int) -> None:
        """Lose everything: nothing is kept."""
        self.is_killed(now)

    def is_killed(self, now: int) -> None:  # noqa: ARG002 - a listener is told the time
        """Lose everything."""
        self._since.clear()

    def hears_voice(self, news: VoiceNews, now: int) -> None:
        """Somebody joined, moved or left."""
        for subject, comes in _told_by_voice(news, self.history):
            (self._starts if comes else self._ends)(subject, now)

    def hears_presence(self, news: PresenceNews, now: int) -> None:
        """Somebody opened or closed a game."""
        for subject, comes in _told_by_presence(news):
            (self._starts if comes else self._ends)(subject, now)

    def _starts(self, subject: Subject, now: int) -> None:
        self._since[subject] = now
        if subject.kind == "game" and self._players(subject) == _ENOUGH_FOR_A_PARTY:
            self._since[_party_of(subject)] = now

    def _ends(self, subject: Subject, now: int) -> None:
        since = self._since.pop(subject, None)
        if since is None:
            return
        self.ledger.append(Counted(subject, (since, now)))
        if subject.kind == "game" and self._players(subject) < _ENOUGH_FOR_A_PARTY:
            self._ends(_party_of(subject), now)

    def _players(self, played: Subject) -> int:
        return sum(_is_same(subject, played) for subject in self._since)


@dataclass(slots=True)
class _Session:
    since: int
    confirmed: bool = False


@dataclass
class ProposalCheck(_OfPeopleAlone):
    """The proposal's health check as it is written.

    Confirmed sessions are in a snapshot and survive a restart; every ten minutes, while there
    are sessions, they are compared with discord.py's cache. Whoever is gone is closed at the
    moment of detection; whoever is there without a session gets one that begins then.

    Attributes:
        ledger: what it wrote down.
    """

    history: History
    agenda: Agenda
    ledger: list[Counted] = field(default_factory=list)
    _gateway: Gateway | None = None
    _active: dict[Subject, _Session] = field(default_factory=dict)
    _snapshot: dict[Subject, int] = field(default_factory=dict)
    _run: int = 0
    _is_checking: bool = False

    def attach(self, gateway: Gateway) -> None:
        """Read the cache of this connection."""
        self._gateway = gateway

    def boots(self, now: int) -> None:  # noqa: ARG002 - a listener is told the time
        """Restore the snapshot; the check waits for a session to start."""
        self._active = {
            subject: _Session(since, confirmed=True) for subject, since in self._snapshot.items()
        }

    def stops(self, now: int) -> None:
        """End; the snapshot is as it was last written."""
        self.is_killed(now)

    def is_killed(self, now: int) -> None:  # noqa: ARG002 - a listener is told the time
        """End; the snapshot is as it was last written."""
        self._run += 1
        self._active.clear()
        self._is_checking = False

    def hears_voice(self, news: VoiceNews, now: int) -> None:
        """Somebody joined, moved or left."""
        for subject, comes in _told_by_voice(news, self.history):
            (self._starts if comes else self._ends)(subject, now)

    def hears_presence(self, news: PresenceNews, now: int) -> None:
        """Somebody opened or closed a game."""
        for subject, comes in _told_by_presence(news):
            (self._starts if comes else self._ends)(subject, now)

    def _starts(self, subject: Subject, now: int) -> None:
        if subject in self._active:
            return
        session = self._active[subject] = _Session(now)
        self._later(_CONFIRM_AFTER, partial(self._confirm, subject, session))
        if subject.kind == "game" and self._players(subject) >= _ENOUGH_FOR_A_PARTY:
            self._starts(_party_of(subject), now)
        if not self._is_checking:
            self._is_checking = True
            self._check()

    def _confirm(self, subject: Subject, session: _Session) -> None:
        if self._active.get(subject) is session:
            session.confirmed = True
            self._persist()

    def _ends(self, subject: Subject, now: int) -> None:
        session = self._active.pop(subject, None)
        if session is None:
            return
        if session.confirmed:
            self.ledger.append(Counted(subject, (session.since, now)))
        self._persist()
        if subject.kind == "game" and self._players(subject) < _ENOUGH_FOR_A_PARTY:
            self._ends(_party_of(subject), now)

    def _check(self) -> None:
        """Compare with the cache: end what is not in it, start what has no session."""
        now = self.agenda.now
        here = set(self._cached())
        for subject in sorted(self._active):
            if subject.kind != "party" and subject not in here:
                self._ends(subject, now)
        for subject in sorted(here):
            self._starts(subject, now)
        self._persist()
        if self._active:
            self._later(_CHECK_EVERY, self._check)
        else:
            self._is_checking = False

    def _cached(self) -> Iterator[Subject]:
        if self._gateway is None:
            return
        for guild_id, guild in self.history.guilds.items():
            for person_id, place_id in self._gateway.cached_voice[guild_id].items():
                if place_id != guild.afk.id:
                    yield Subject("voice", guild_id, person_id)
            for person_id, shown in self._gateway.cached_presence[guild_id].items():
                for game, activity in _names(shown):
                    yield Subject("game", guild_id, person_id, game, activity)

    def _persist(self) -> None:
        self._snapshot = {
            subject: session.since for subject, session in self._active.items() if session.confirmed
        }

    def _players(self, played: Subject) -> int:
        return sum(_is_same(subject, played) for subject in self._active)

    def _later(self, wait: int, action: partial[None] | object) -> None:
        run = self._run

        def ring() -> None:
            if run == self._run and callable(action):
                action()

        self.agenda.at(self.agenda.now + wait, ring)


def _told_by_voice(news: VoiceNews, history: History) -> Iterator[tuple[Subject, bool]]:
    """Yield who comes to voice (True), or leaves it; whoever moves does neither."""
    afk = history.guilds[news.guild_id].afk.id
    was, is_there = news.before not in {None, afk}, news.after not in {None, afk}
    if was != is_there:
        yield Subject("voice", news.guild_id, news.person_id), is_there


def _told_by_presence(news: PresenceNews) -> Iterator[tuple[Subject, bool]]:
    """Yield the games that somebody opened (True), then those that they closed."""
    before, after = set(_names(news.before)), set(_names(news.after))
    for shown, comes in ((after - before, True), (before - after, False)):
        for game, activity in sorted(shown):
            yield Subject("game", news.guild_id, news.person_id, game, activity), comes


def _names(shown: tuple[Played, ...]) -> Iterator[tuple[str, str]]:
    for item in shown:
        yield item.name.casefold(), item.kind


def _party_of(played: Subject) -> Subject:
    return played._replace(kind="party", person_id=0)


def _is_same(subject: Subject, played: Subject) -> bool:
    return subject.kind == "game" and subject._replace(person_id=0) == played._replace(person_id=0)
