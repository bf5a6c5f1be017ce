"""Lives: what each session has been through, transition by transition.

They are kept here and not in the engine, and only while the inspector is on: at most so many
entries for each session, and so many sessions that are over. What repeats itself (a check that
finds somebody there still) is one entry that says how often and until when.

Nothing of a life refers back to it, so Python's collector of cycles leaves lives out
(``gc=False``): to look through those of a hundred thousand sessions held up everything else. Their
entries are a chain for the same reason: lists are looked through, and so is each new tuple.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from machines import (
    AnySession,
    Change,
    Evidence,
    Gap,
    Instant,
    PartySession,
    Presence,
    Reason,
    Row,
    State,
    Stretch,
    Trigger,
)
from persistence.shelves import Shelves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machines import Step

__all__ = ["Entry", "Life", "Lives"]

FIRST_ENTRIES, LAST_ENTRIES = 10, 50
"""Of a session with more, these are kept: how it began, and what came last."""

ENDED_LIVES = 500
"""How many sessions that are over are remembered."""


_NEWS: dict[Trigger, Presence] = {
    "start": "present",
    "update": "present",
    "return": "present",
    "lose": "absent",
    "cancel": "absent",
}
"""What the triggers prove that events fire."""


class Entry(msgspec.Struct, eq=False, gc=False):
    """One transition, or several that say the same in a row.

    Attributes:
        at: when the first of them was.
        until: when the last of them was.
        count: how many they are.
        row: the row of the table.
        before: the state before; ``after`` the state after.
        evidence: what decided the last of them; None where nothing but the clock, or a find.
        since: the earliest instant at which what was reported can have happened.
        gap: the time before it in which nobody watched.
        unknown: what is unknown because of that, from the last proof on; None of a party.
        change: what it brought, without the players of a party.
        following: the entry that comes after it in its life.
    """

    at: Instant
    until: Instant
    row: Row
    before: State
    after: State
    count: int = 1
    evidence: Evidence | None = None
    since: Instant | None = None
    gap: Gap | None = None
    unknown: Stretch | None = None
    reason: Reason | None = None
    change: Change | None = None
    following: Entry | None = None

    def repeats(self, other: Entry) -> bool:
        """Return whether it says again what ``other`` said."""
        return (
            self.row is other.row
            and self.row.dest is None
            and self.change is None
            and self.gap is None
            and _said(self.evidence) == _said(other.evidence)
        )


class Life(msgspec.Struct, eq=False, gc=False):
    """What one session has been through since the inspector began to watch it."""

    session: AnySession
    left_out: int = 0
    """How many entries were forgotten, between the first ones and the last ones."""
    evidence: Evidence | None = None
    """The latest that says whether somebody is there."""
    unanswered: Evidence | None = None
    """The latest answer that could not say; what is heard of the session since then counts more."""
    _first: Entry | None = None
    _last_of_first: Entry | None = None
    """The last of those that are kept however many follow."""
    _last: Entry | None = None
    _held: int = 0

    @property
    def entries(self) -> list[Entry]:
        """Its entries, the oldest first."""
        entries, entry = [], self._first
        while entry is not None:
            entries.append(entry)
            entry = entry.following
        return entries

    def hear(self, evidence: Evidence | None) -> None:
        """Take in what is known: an answer that says nothing takes away none that does."""
        if evidence is None:
            return
        if evidence.presence != "unknown":
            self.evidence = evidence
        elif self.unanswered is None or self.unanswered.earliest < evidence.earliest:
            self.unanswered = evidence

    def append(self, entry: Entry) -> None:
        """Add an entry, or count it with the last one if it repeats that."""
        last = self._last
        if last is None:
            self._first = entry
        elif entry.repeats(last):
            last.until, last.evidence = entry.at, entry.evidence
            last.count += 1
            return
        else:
            last.following = entry
        self._last = entry
        self._held += 1
        if self._held == FIRST_ENTRIES:
            self._last_of_first = entry
        elif self._held > FIRST_ENTRIES + LAST_ENTRIES:
            self._leave_one_out()

    def _leave_one_out(self) -> None:
        before = self._last_of_first
        if before is not None and before.following is not None:
            before.following = before.following.following
            self._held -= 1
            self.left_out += 1


class Lives:
    """The lives of the sessions that go on, and of those that ended last."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self._going_on: Shelves[Life] = Shelves()
        self._over: OrderedDict[str, Life] = OrderedDict()

    def __iter__(self) -> Iterator[Life]:
        """Yield the lives of sessions that are over, the latest first."""
        yield from reversed(self._over.values())

    def take(self, session: AnySession, row: Row, before: State, step: Step) -> Entry:
        """Write down one transition; return its entry."""
        life = self._going_on.get(session.id)
        if life is None:
            life = Life(session)
            self._going_on.put(session.id, life)
        entry = Entry(
            at=step.now,
            until=step.now,
            row=row,
            before=before,
            after=session.state,
            evidence=step.evidence or _heard(session, row, step),
            since=step.since,
            gap=step.gap,
            unknown=_made_unknown(session, step.gap),
            reason=session.reason if session.is_over else None,
            change=_without_players(step.change),
        )
        life.hear(entry.evidence)
        life.append(entry)
        if session.is_over:
            self._going_on.pop(session.id)
            self._over[session.id] = life
            if len(self._over) > ENDED_LIVES:
                self._over.popitem(last=False)
        return entry

    def of(self, session_id: str) -> Life | None:
        """Return the life of a session; None where nothing of it was seen."""
        return self._going_on.get(session_id) or self._over.get(session_id)

    def drain(self) -> Iterator[Life]:
        """Yield everybody's life, and know each no longer."""
        for _session_id, life in self._going_on.drain():
            yield life
        while self._over:
            yield self._over.popitem()[1]


def _heard(session: AnySession, row: Row, step: Step) -> Evidence | None:
    """Return what the trigger itself proves, where it is the news; None where it is none."""
    presence = _NEWS.get(row.trigger)
    if presence is None or step.moment != step.now:
        return None
    if isinstance(session, PartySession):
        return Evidence(presence, step.now, "engine")
    return Evidence(presence, step.now, "event" if step.since is None else "replay")


def _made_unknown(session: AnySession, gap: Gap | None) -> Stretch | None:
    """Return the stretch that a session got for a gap, with its last transition."""
    if gap is None or isinstance(session, PartySession):  # what a party asserts its players say
        return None
    last = session.stretches[-1] if session.stretches else None
    if last is None or last.value != "unknown" or last.end <= gap.since:
        return None
    return last


def _without_players(change: Change | None) -> Change | None:
    if change is None or not change.players:
        return change
    return msgspec.structs.replace(change, players=())


def _said(evidence: Evidence | None) -> tuple[str, str] | None:
    return None if evidence is None else (evidence.presence, evidence.source)
