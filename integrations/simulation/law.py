"""The law: what a timeline asserts is true. Records against the oracle, instant by instant."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

from engine import policy_of
from integrations.simulation.intervals import (
    Interval,
    Intervals,
    at_least,
    intersect,
    measure,
    pushed,
    subtract,
    union,
)
from integrations.simulation.oracle import Subject
from integrations.simulation.units import SECOND
from machines import Timeline, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from integrations.simulation.simulation import Run
    from machines import Record

__all__ = ["Asserted", "Breach", "Law", "Violation", "asserted_by", "subject_of"]

Breach = Literal[
    "present_but_was_not",
    "away_but_was_there",
    "absent_but_was_there",
    "bound_broken",
    "overlap",
    "needless",
]

_AROUND = 60 * SECOND
"""How near to a session something missing may have to do with it."""

_IN_ORDER = attrgetter("started_at", "ended_at", "id")


class Violation(NamedTuple):
    """A record (or the lack of one) that asserts what was not so, and when."""

    breach: Breach
    subject: Subject
    span: Interval
    record: Record | None


class Asserted(NamedTuple):
    """What one record says of its subject."""

    present: Intervals
    away: Intervals
    unknown: Intervals
    credited: Intervals

    @property
    def all(self) -> Intervals:
        """Everything it says something about."""
        return union([*self.present, *self.away, *self.unknown])


def subject_of(record: Record) -> Subject:
    """Return whom or what a record is about."""
    game = (record.game_name or "").casefold()
    activity = record.activity_type or ("playing" if record.kind == "party" else "")
    return Subject(record.kind, record.guild_id, record.user_id or 0, game, activity)


def asserted_by(record: Record, since: int) -> Asserted:
    """Return what a record says; an unbounded one leaves everything from ``since`` unknown."""
    stretches = list(record.stretches)
    timeline = Timeline(record.started_at, record.ended_at, stretches, record.unbounded)
    spans = list(timeline.spans())
    unknown = [(span.start, span.end) for span in spans if span.value == "unknown"]
    if record.unbounded:
        unknown.append((since, record.started_at))
    return Asserted(
        present=union((span.start, span.end) for span in spans if span.value == "present"),
        away=union((span.start, span.end) for span in spans if span.value == "away"),
        unknown=union(unknown),
        credited=union((span.start, span.end) for span in spans if span.credited),
    )


@dataclass(frozen=True, slots=True)
class _Account:
    """The records of one subject, and what each says."""

    records: list[Record]
    asserted: list[Asserted]


class Law:
    """Judges the records of one run."""

    def __init__(self, run: Run, records: Iterable[Record]) -> None:
        """Judge ``records`` by what happened in ``run``."""
        self._run = run
        self._delay = seconds(run.settings.event_delay)
        self._shortest = seconds(run.settings.confirm_after) + self._delay
        self._accounts: defaultdict[Subject, _Account] = defaultdict(lambda: _Account([], []))
        for record in sorted(records, key=_IN_ORDER):
            account = self._accounts[subject_of(record)]
            account.records.append(record)
            account.asserted.append(asserted_by(record, run.first_looked(record.guild_id)))
        self._subjects = sorted({*self._accounts, *run.oracle.truth})

    @cached_property
    def violations(self) -> list[Violation]:
        """Everything that is asserted and was not so, in order of time."""
        found: list[Violation] = []
        for subject in self._subjects:
            found += self._wrong(subject, self.unseeable(subject))
            found += self._broken_bounds(subject)
            found += self._overlaps(subject)
            found += self._needless(subject)
        return sorted(found, key=lambda one: (one.span, one.subject))

    @cached_property
    def excused(self) -> int:
        """How long, in microseconds, something was asserted wrongly that was unseeable."""
        return self._excused(lambda _: True)

    @cached_property
    def excused_presence(self) -> int:
        """How much of that somebody was said to be there; else nobody was said to be."""
        return self._excused(lambda one: one.breach == "present_but_was_not")

    def _excused(self, concerns: Callable[[Violation], bool]) -> int:
        def wrong(subject: Subject, unseeable: Intervals) -> int:
            found = self._wrong(subject, unseeable)
            return measure(union(one.span for one in found if concerns(one)))

        return sum(
            wrong(subject, []) - wrong(subject, self.unseeable(subject))
            for subject in self._subjects
            if subject.kind != "party"
        )

    def _wrong(self, subject: Subject, unseeable: Intervals) -> Iterator[Violation]:
        account = self._accounts[subject]
        truth = self._run.oracle.of(subject)
        may_be_there = self._may_be_there(subject, unseeable)
        is_there = subtract(pushed(truth, -self._delay, 0), unseeable)
        if subject.kind == "party":
            # Somebody whose coming was lost may be found when the party is written down already.
            is_there = self._must_be_recorded(subject, unseeable)
        for record, asserted in zip(account.records, account.asserted, strict=True):
            for span in subtract(asserted.present, may_be_there):
                yield Violation("present_but_was_not", subject, span, record)
            for span in intersect(asserted.away, is_there):
                yield Violation("away_but_was_there", subject, span, record)
        said = union(span for one in account.asserted for span in one.all)
        for span in subtract(self._must_be_recorded(subject, unseeable), said):
            yield Violation("absent_but_was_there", subject, span, None)

    def _may_be_there(self, subject: Subject, unseeable: Intervals) -> Intervals:
        """Return when it may be asserted: an event may be ``event_delay`` late, each by itself."""
        if subject.kind != "party":
            return union([*pushed(self._run.oracle.of(subject), 0, self._delay), *unseeable])
        return self._enough(
            self._may_be_there(player, self.unseeable(player)) for player in self._players(subject)
        )

    def _must_be_recorded(self, subject: Subject, unseeable: Intervals) -> Intervals:
        """Return when there must be a record: long enough, listened to, and seeable.

        A party must be recorded where the records of its players say that there was one.
        """
        if subject.kind == "party":
            return at_least(self._together(subject), self._shortest)
        listened = self._run.listened(subject.guild_id)
        there = subtract(intersect(self._run.oracle.of(subject), listened), unseeable)
        return pushed(at_least(there, self._shortest), -self._delay, 0)

    def _together(self, party: Subject) -> Intervals:
        """Return when the records of its players say that there was a party."""
        return self._enough(
            union(span for one in self._accounts[player].asserted for span in one.present)
            for player in self._players(party)
        )

    def _enough(self, players: Iterable[Intervals]) -> Intervals:
        """Return when so many of them are there that it is a party."""
        edges = [
            edge for there in players for start, end in there for edge in ((start, 1), (end, -1))
        ]
        together: list[Interval] = []
        playing = since = 0
        for at, change in sorted(edges):
            if change > 0 and playing + 1 == self._run.settings.party_min_players:
                since = at
            elif change < 0 and playing == self._run.settings.party_min_players:
                together.append((since, at))
            playing += change
        return union(together)

    def _players(self, party: Subject) -> list[Subject]:
        return [
            subject
            for subject in self._subjects
            if subject.kind == "game"
            and (subject.guild_id, subject.game, subject.activity)
            == (party.guild_id, party.game, party.activity)
        ]

    def unseeable(self, subject: Subject) -> Intervals:
        """Return the times of a subject for which the law makes an exception."""
        if subject.kind != "party":
            return self._run.unseeable.of(subject)
        players = self._players(subject)
        return union(span for player in players for span in self._run.unseeable.of(player))

    def _broken_bounds(self, subject: Subject) -> Iterator[Violation]:
        """A person's time is no further from ``seconds`` than ``uncertain_seconds`` says.

        At each change an event may be ``event_delay`` late, and the unseeable is left out.
        """
        if subject.kind == "party":
            return
        account = self._accounts[subject]
        truth = self._run.oracle.of(subject)
        for record, asserted in zip(account.records, account.asserted, strict=True):
            if record.uncertain_seconds is None:
                continue
            there = intersect(truth, asserted.all)
            excused = measure(intersect(self.unseeable(subject), asserted.all))
            allowance = self._delay * (2 + 2 * len(there)) + excused
            wrong = abs(record.seconds * SECOND - measure(there))
            if wrong > record.uncertain_seconds * SECOND + allowance:
                span = (record.started_at, record.ended_at)
                yield Violation("bound_broken", subject, span, record)

    def _overlaps(self, subject: Subject) -> Iterator[Violation]:
        """Sessions of one person and kind in one guild never overlap."""
        records = self._accounts[subject].records
        for earlier, later in pairwise(records):
            if later.started_at < earlier.ended_at:
                span = (later.started_at, min(earlier.ended_at, later.ended_at))
                yield Violation("overlap", subject, span, later)

    def _needless(self, subject: Subject) -> Iterator[Violation]:
        """A session of which nothing is missing has nothing unknown."""
        if subject.kind == "party":
            return
        account = self._accounts[subject]
        for record, asserted in zip(account.records, account.asserted, strict=True):
            if asserted.unknown and self._nothing_missing(subject, record):
                yield Violation("needless", subject, asserted.unknown[0], record)

    def _nothing_missing(self, subject: Subject, record: Record) -> bool:
        grace = policy_of(self._run.settings, record.kind).grace
        last = max((record.ended_at, *(stretch.end for stretch in record.stretches)))
        first = min((record.started_at, *(stretch.start for stretch in record.stretches)))
        span = (first - _AROUND, last + grace + _AROUND)
        heard = measure(intersect([span], self._run.listened(subject.guild_id)))
        return heard == span[1] - span[0] and self._run.unseeable.is_faultless(subject, span)
