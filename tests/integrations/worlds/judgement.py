"""The judgement: what the records of a world assert, against what was true in it.

It is the simulation's law, told what this world knows in place of what a run of that knows.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

import msgspec

from integrations.simulation.intervals import (
    Intervals,
    at_least,
    contains,
    intersect,
    pushed,
    subtract,
    union,
)
from integrations.simulation.law import Law, Violation, asserted_by, subject_of
from integrations.simulation.oracle import Oracle
from machines import SECOND, Stretch, seconds
from tests.integrations.worlds.machine import FAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from integrations.simulation.intervals import Interval
    from integrations.simulation.oracle import Subject
    from machines import Instant, Record
    from tests.integrations.worlds.stage import Stage

__all__ = ["judged"]

_UNWRITTEN = 5.0
"""Seconds before a kill: frames are two on their way, what a look says waits another two for what
is in flight, or for the calls, and what comes of it is written in one."""

_TIMERS = 2.0
"""Seconds by which timers are late here, that by which somebody counts and that which writes it."""

_A_MOMENT = seconds(0.5)
"""Between what is asked and what is done, on either side."""

_WELL_AGAIN = 15.0
"""Seconds from a disturbance until whatever had waited is read, and known to be."""


class _World:
    """What the law asks of a run."""

    def __init__(self, stage: Stage) -> None:
        self.settings = msgspec.structs.replace(stage.settings, event_delay=stage.kind.late)
        self._whole = (stage.story.began, stage.now())
        self.oracle = _Truth(stage, self._whole)
        self.unseeable = self
        self._unheard, self._unloaded = stage.unheard, stage.unloaded
        self._disturbed = union([*stage.disturbed, *_come_to_count(stage)])
        self.unwritten = union((each - seconds(_UNWRITTEN), each) for each in stage.deaths)

    def first_looked(self, _guild_id: int) -> int:
        return self._whole[0]

    def listened(self, guild_id: int) -> Intervals:
        """What is only late must be recorded as well, but for what a kill may have cost."""
        lost = [*self._unheard[guild_id], *self._unloaded, *self.unwritten]
        return subtract([self._whole], union(lost))

    def of(self, _subject: Subject) -> Intervals:
        """Nothing is unseeable: whoever sees a guild anew is told who is there."""
        return []

    def is_faultless(self, _subject: Subject, span: Interval) -> bool:
        return not intersect([span], self._disturbed)


class _Truth:
    """What was true in every guild: who leaves one plays there no more, and elsewhere all the same.

    Attributes:
        truth: for every subject that ever was, when it was.
    """

    def __init__(self, stage: Stage, domain: Interval) -> None:
        self.truth: dict[Subject, Intervals] = {}
        for square in stage.plaza.squares:
            oracle = Oracle(square.history(), domain, stage.settings.party_min_players)
            self.truth.update(oracle.truth)

    def of(self, subject: Subject) -> Intervals:
        return self.truth.get(subject, [])


def judged(stage: Stage, of_ledger: Iterable[Record]) -> list[str]:
    """Return what the records assert that was not so: the first of it with the whole story."""
    world = _World(stage)
    records = [_by_one_clock(each, stage.story.began) for each in of_ledger]
    found = Law(cast("Any", world), records).violations
    violations = [each for each in found if not _is_excused(each, stage)]
    violations += [*_in_doubt_for_long(stage, records), *_unsaid(stage, world, records)]
    violations = [each for each in violations if not _is_nobodys(each, stage)]
    violations += _of_before_they_counted(stage, records)
    if not violations:
        return []
    kinds = sorted({f"{each.breach} ({each.subject.kind})" for each in violations})
    told = _told(violations[0], world.oracle, records, stage)
    return [f"{len(violations)} in all: {', '.join(kinds)}", *told, *stage.story.lines]


def _come_to_count(stage: Stage) -> Iterator[Interval]:
    """Yield when it may be unknown whether people are in a channel, as it has come to count."""
    for square in stage.plaza.squares:
        for at in square.counts_since:
            yield at, at + seconds(stage.kind.late)


def _by_one_clock(record: Record, began: Instant) -> Record:
    """Return a record as if nobody had ever set the clock."""

    def true(at: Instant) -> Instant:
        return at - round((at - began) / (FAR * SECOND)) * FAR * SECOND

    stretches = [Stretch(true(each.start), true(each.end), each.value) for each in record.stretches]
    return msgspec.structs.replace(
        record,
        started_at=true(record.started_at),
        ended_at=true(record.ended_at),
        stretches=tuple(stretches),
    )


def _in_doubt_for_long(stage: Stage, records: Sequence[Record]) -> Iterator[Violation]:
    """Yield what is unknown up to an instant at which all has long been well again.

    Of whom discord.py alone knows, as a cog is loaded, nothing is certain before there is news.
    """
    amiss = union([*pushed(stage.disturbed, 0, seconds(_WELL_AGAIN)), *_come_to_count(stage)])
    loaded = pushed(stage.unloaded, 0, 1)
    for record in records:
        for span in asserted_by(record, stage.story.began).unknown:
            if (
                record.kind != "party"
                and not contains(amiss, span[1])
                and not intersect([span], loaded)
            ):
                yield Violation("needless", subject_of(record), span, record)


def _unsaid(stage: Stage, world: _World, records: Sequence[Record]) -> Iterator[Violation]:
    """Yield stays that were heard to begin, may have counted, and of which nothing is said.

    What has not come to count yet as a cog is unloaded is found anew, or gone, and what had not
    as the process was killed, or only just, is not known to its successor.
    """
    late = seconds(stage.kind.late)
    counts = seconds(stage.settings.confirm_after)
    shortest, written = counts + late, counts + max(late, seconds(_TIMERS)) + SECOND
    lost = union((each - written, each) for each in stage.deaths)
    said: defaultdict[Subject, Intervals] = defaultdict(list)
    for record in records:
        said[subject_of(record)] += asserted_by(record, stage.story.began).all
    for subject, stays in world.oracle.truth.items():
        listened = world.listened(subject.guild_id)
        heard = subtract(pushed(listened, 0, -late), lost)
        for stay in at_least(stays if subject.kind != "party" else [], shortest):
            if contains(heard, stay[0]) and not intersect([stay], stage.unloaded):
                seen = intersect([(stay[0] + late, stay[1])], listened)
                for span in subtract(seen, union(said[subject])):
                    yield Violation("absent_but_was_there", subject, span, None)


def _of_before_they_counted(stage: Stage, records: Sequence[Record]) -> Iterator[Violation]:
    """Yield what records that begin while somebody did not count say of that time, or doubt of it.

    One that began before goes on where nobody was told that they did not.
    """
    for record in records:
        first = min([record.started_at, *(each.start for each in record.stretches)])
        for user_id, since, until in stage.plaza.nobodys:
            if user_id == record.user_id and since + _A_MOMENT < first < until - _A_MOMENT:
                yield Violation("needless", subject_of(record), (first, until), record)


def _is_excused(violation: Violation, stage: Stage) -> bool:
    """Return whether it is none.

    Whoever counts for what is unknown of them alone does so once they are gone: a party that lacks
    them is over then.
    """
    length = violation.span[1] - violation.span[0]
    is_short = length < seconds(stage.settings.confirm_after)
    return (
        is_short
        and violation.breach == "absent_but_was_there"
        and violation.subject.kind == "party"
    )


def _is_nobodys(violation: Violation, stage: Stage) -> bool:
    """Return whether it is about when somebody asked to be tracked no more, or again.

    Whoever is tracked again is found with the next news of them, which may be that they come. And
    who opted out while no bot ran had left by when their guild was last watched, for all that is
    said of them.
    """
    plaza, span = stage.plaza, violation.span
    if violation.breach == "needless":
        amiss = [since for since, until in stage.disturbed if since <= span[0] <= until]
        since = min([span[0], *amiss]) - seconds(stage.kind.late)
        until = span[1] + seconds(stage.kind.late)
        asked = [(user_id, at, at) for user_id, at in plaza.counted] + stage.unsaid
        return any(
            user_id == violation.subject.person_id and first <= until and since <= last
            for user_id, first, last in asked
        )
    return violation.breach == "absent_but_was_there" and any(
        since <= span[0] and span[1] <= until
        for user_id, since, until in stage.unsaid
        if violation.subject.person_id in {user_id, 0}
    )


def _told(
    violation: Violation, oracle: _Truth, records: Sequence[Record], stage: Stage
) -> Iterator[str]:
    def second(span: Interval) -> str:
        return f"{stage.story.second(span[0]):.2f} to {stage.story.second(span[1]):.2f}"

    yield f"{violation.breach}, {second(violation.span)}: {violation.subject}"
    yield f"true: {', '.join(map(second, oracle.of(violation.subject)))}"
    for record in records:
        if subject_of(record) == violation.subject:
            said = asserted_by(record, stage.story.began)._asdict()
            yield f"record: {record.reason}, {record.seconds} s ± {record.uncertain_seconds}"
            for value, parts in said.items():
                yield f"  {value}: {', '.join(map(second, parts))}"
