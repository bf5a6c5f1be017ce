"""What is remembered of how a guild was watched, and for how long."""

from __future__ import annotations

from engine.watching import Watching
from machines import SECOND

GUILD = 900
HOUR = 3_600 * SECOND


def test_whom_looks_found_elsewhere_is_remembered_until_nothing_can_come_late() -> None:
    watching = Watching()
    for over in (
        watching.forget_moves,
        watching.forget,
        lambda of: watching.lose(of, HOUR, HOUR),
    ):
        watching.moves_unheard(GUILD, 1)
        watching.moves_unheard(GUILD, 2)
        assert watching.moved_unheard(GUILD) == (1, 2)
        over(GUILD)
        assert watching.moved_unheard(GUILD) == ()
