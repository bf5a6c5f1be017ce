"""One stay, step by step: the rows of the table that the engine takes from its start to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from integrations.truth_pages.stories import Bot

if TYPE_CHECKING:
    from machines import AnySession, Instant, Record, Row, State, Step

__all__ = ["StepTaken", "steps_of_a_stay"]


class StepTaken(NamedTuple):
    """A row that was taken: when, and the states before and after."""

    at: Instant
    before: State
    after: State
    row: Row


def steps_of_a_stay() -> tuple[list[StepTaken], Record]:
    """Let Pino come, be away for half a minute, and leave; return what was done, and the record."""
    steps: list[StepTaken] = []

    def note(session: AnySession, row: Row, before: State, step: Step) -> None:
        steps.append(StepTaken(step.now, before, session.state, row))

    bot = Bot()
    bot.is_observed_by(note)
    bot.joins(10)
    for second in (3, 10):
        bot.waits_until(10 + second / 60)
    bot.leaves(25)
    bot.joins(25.5)
    bot.leaves(50)
    bot.waits_until(51)
    [record] = bot.records
    return steps, record
