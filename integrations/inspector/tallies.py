"""Tallies: what has happened since the start, counted; for the metrics."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from machines import BotEvent, Kind, Reason, RecordEnded, State, Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integrations.inspector.checks import CheckRow
    from integrations.inspector.lives import Entry
    from machines import AnySession, Effect

__all__ = ["CHECK_BUCKETS", "Fired", "Tallies"]

CHECK_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds a check takes: the upper bounds of the histogram."""


class Fired(NamedTuple):
    """A kind of transition."""

    kind: Kind
    trigger: Trigger
    before: State
    after: State


class Tallies:
    """Counts transitions, endings and checks; names nobody.

    Attributes:
        fired: transitions.
        orphaned: sessions closed without their leaving being heard, by kind and reason.
        found: sessions found in a guild without one, by kind.
        bridged: sessions that went on over a gap, by kind.
        seconds: time credited in records, by kind.
        uncertain: how far the truth may be from it, by kind.
        unbounded: records that nothing bounds, by kind.
        checks: checks that came to their end.
        check_seconds: how long they took, in all.
        check_buckets: how many took no longer than each of :data:`CHECK_BUCKETS`.
        repaired: sessions that a check found wrong or missing, by kind.
    """

    def __init__(self) -> None:
        """Start at nothing."""
        self.fired: Counter[Fired] = Counter()
        self.orphaned: Counter[tuple[Kind, Reason]] = Counter()
        self.found: Counter[Kind] = Counter()
        self.bridged: Counter[Kind] = Counter()
        self.seconds: dict[Kind, float] = {}
        self.uncertain: dict[Kind, float] = {}
        self.unbounded: Counter[Kind] = Counter()
        self.checks = 0
        self.check_seconds = 0.0
        self.check_buckets = [0] * len(CHECK_BUCKETS)
        self.repaired: Counter[Kind] = Counter()

    def transition(self, session: AnySession, entry: Entry) -> None:
        """Count a transition."""
        self.fired[Fired(session.kind, entry.row.trigger, entry.before, entry.after)] += 1

    def effects(self, effects: Sequence[Effect]) -> None:
        """Count what a step asked for."""
        for effect in effects:
            if isinstance(effect, RecordEnded):
                self._record(effect)
            elif isinstance(effect, BotEvent) and effect.name == "session_recovered":
                (self.found if effect.found else self.bridged)[effect.session.kind] += 1

    def check(self, row: CheckRow) -> None:
        """Count a check."""
        self.checks += 1
        self.check_seconds += row.seconds
        for index, bound in enumerate(CHECK_BUCKETS):
            self.check_buckets[index] += row.seconds <= bound
        self.repaired.update(row.repaired)

    def _record(self, ended: RecordEnded) -> None:
        record = ended.record
        kind = record.kind
        self.seconds[kind] = self.seconds.get(kind, 0.0) + record.seconds
        if record.uncertain_seconds is None:
            self.unbounded[kind] += 1
        else:
            self.uncertain[kind] = self.uncertain.get(kind, 0.0) + record.uncertain_seconds
        if record.state == "orphaned":
            self.orphaned[kind, record.reason] += 1
