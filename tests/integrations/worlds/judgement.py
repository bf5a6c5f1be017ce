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
from machines import seconds
from tests.integrations.worlds.stage import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from integrations.simulation.intervals import Interval
    from integrations.simulation.oracle import Subject
    from machines import Record
    from tests.integrations.worlds.stage import Stage

__all__ = ["judged"]

_LATE = 6.0
"""Seconds: frames are two on their way, and who stands still for four does not notice."""

_WELL_AGAIN = 15.0
"""Seconds from a disturbance until whatever had waited is read, and known to be."""


class _World:
    """What the law asks of a run."""

    def __init__(self, stage: Stage) -> None:
        self.settings = msgspec.structs.replace(SETTINGS, event_delay=_LATE)
        self._whole = (stage.story.began, stage.now())
        self.oracle = Oracle(stage.plaza.history(), self._whole, SETTINGS.party_min_players)
        self.unseeable = self
        self._unheard = union([*stage.unheard, *stage.unloaded])
        self._disturbed = stage.disturbed

    def first_looked(self, _guild_id: int) -> int:
        return self._whole[0]

    def listened(self, _guild_id: int) -> Intervals:
        """What is only late must be recorded as well."""
        return subtract([self._whole], self._unheard)

    def of(self, _subject: Subject) -> Intervals:
        """Nothing is unseeable: whoever sees a guild anew is told who is there."""
        return []

    def is_faultless(self, _subject: Subject, span: Interval) -> bool:
        return not intersect([span], self._disturbed)


def judged(stage: Stage, records: Sequence[Record]) -> list[str]:
    """Return what the records assert that was not so: the first of it with the whole story."""
    world = _World(stage)
    found = Law(cast("Any", world), records).violations
    violations = [each for each in found if not _is_excused(each)]
    violations += [*_in_doubt_for_long(stage, records), *_unsaid(stage, world, records)]
    if not violations:
        return []
    return [*_told(violations[0], world.oracle, records, stage), *stage.story.lines]


def _in_doubt_for_long(stage: Stage, records: Sequence[Record]) -> Iterator[Violation]:
    """Yield what is unknown up to an instant at which all has long been well again.

    Of whom discord.py alone knows, as a cog is loaded, nothing is certain before there is news.
    """
    amiss = pushed(stage.disturbed, 0, seconds(_WELL_AGAIN))
    for record in records:
        for span in asserted_by(record, stage.story.began).unknown:
            if (
                record.kind != "party"
                and not contains(amiss, span[1])
                and not intersect([span], stage.unloaded)
            ):
                yield Violation("needless", subject_of(record), span, record)


def _unsaid(stage: Stage, world: _World, records: Sequence[Record]) -> Iterator[Violation]:
    """Yield stays that were heard to begin, may have counted, and of which nothing is said.

    What has not come to count yet as a cog is unloaded is found anew, or gone.
    """
    late, shortest = seconds(_LATE), seconds(SETTINGS.confirm_after + _LATE)
    listened = world.listened(0)
    heard = pushed(listened, 0, -late)
    said: defaultdict[Subject, Intervals] = defaultdict(list)
    for record in records:
        said[subject_of(record)] += asserted_by(record, stage.story.began).all
    for subject, stays in world.oracle.truth.items():
        for stay in at_least(stays if subject.kind != "party" else [], shortest):
            if contains(heard, stay[0]) and not intersect([stay], stage.unloaded):
                seen = intersect([(stay[0] + late, stay[1])], listened)
                for span in subtract(seen, union(said[subject])):
                    yield Violation("absent_but_was_there", subject, span, None)


def _is_excused(violation: Violation) -> bool:
    """Return whether it is none.

    Whoever counts for what is unknown of them alone does so once they are gone: a party that lacks
    them is over then.
    """
    length = violation.span[1] - violation.span[0]
    is_short = length < seconds(SETTINGS.confirm_after)
    return (
        is_short
        and violation.breach == "absent_but_was_there"
        and violation.subject.kind == "party"
    )


def _told(
    violation: Violation, oracle: Oracle, records: Sequence[Record], stage: Stage
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
