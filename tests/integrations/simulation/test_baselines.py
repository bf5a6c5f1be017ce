"""The two bots Latido is compared with behave as such bots do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.simulation.faults import Break, Faults
from integrations.simulation.perfect import perfect_ledger
from integrations.simulation.units import SECOND
from tests.integrations.simulation.worlds import (
    A_PARTY,
    AFK,
    AGU,
    GENERAL,
    OSU,
    PINO,
    PINO_IN_VOICE,
    PINO_WITH_OSU,
    at,
    plays,
    run,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integrations.simulation.baselines import Counted
    from integrations.simulation.faults import BreakKind
    from integrations.simulation.oracle import Subject

STAY = (voice(100, PINO, GENERAL), voice(2000, PINO, None))


def down(kind: BreakKind, start: float, end: float) -> Faults:
    return Faults(breaks=(Break(kind, at(start), at(end), at(start)),))


def never_sent(second: float) -> Faults:
    return Faults(never_sent=frozenset({(at(second), PINO)}))


def counted(ledger: Iterable[Counted], subject: Subject = PINO_IN_VOICE) -> list[tuple[int, int]]:
    """Return what was counted of a subject, in whole seconds since the first start."""
    return [
        (round((item.span[0] - at(0)) / SECOND), round((item.span[1] - at(0)) / SECOND))
        for item in ledger
        if item.subject == subject
    ]


def test_all_of_them_are_right_where_nothing_goes_wrong() -> None:
    played = run(*STAY)
    assert counted(played.events_only.ledger) == [(100, 2000)]
    assert counted(played.proposal.ledger) == [(100, 2000)]
    assert counted(perfect_ledger(played)) == [(100, 2000)]


def test_all_of_them_take_the_afk_channel_for_away() -> None:
    played = run(voice(100, PINO, GENERAL), voice(500, PINO, AFK), voice(900, PINO, None))
    assert counted(played.events_only.ledger) == [(100, 500)]
    assert counted(played.proposal.ledger) == [(100, 500)]


def test_both_count_parties() -> None:
    played = run(plays(100, PINO, OSU), plays(200, AGU, OSU), plays(900, PINO), plays(1200, AGU))
    assert counted(played.events_only.ledger, A_PARTY) == [(200, 900)]
    assert counted(played.proposal.ledger, A_PARTY) == [(200, 900)]


# The events-only bot


def test_the_events_only_bot_keeps_nothing_over_a_restart() -> None:
    for kind in ("stop", "kill"):
        played = run(*STAY, faults=down(kind, 600, 610))
        assert counted(played.events_only.ledger) == []


def test_the_events_only_bot_goes_on_after_a_leave_that_was_never_sent() -> None:
    played = run(
        *STAY,
        voice(4000, PINO, GENERAL),
        voice(5000, PINO, None),
        faults=never_sent(2000),
    )
    assert counted(played.events_only.ledger) == [(100, 5000)]


def test_the_events_only_bot_misses_whoever_it_did_not_see_come() -> None:
    played = run(voice(100, PINO, GENERAL), voice(2000, PINO, None), faults=never_sent(100))
    assert counted(played.events_only.ledger) == []


# The proposal's check


def test_the_proposal_restores_what_was_confirmed() -> None:
    played = run(*STAY, faults=down("kill", 600, 610))
    assert counted(played.proposal.ledger) == [(100, 2000)]


def test_the_proposal_closes_an_orphan_when_it_finds_it() -> None:
    """They left while the bot was down; the check runs when the next session starts."""
    played = run(
        *STAY,
        voice(5000, AGU, GENERAL),
        voice(6000, AGU, None),
        faults=down("kill", 1900, 2100),
    )
    assert counted(played.proposal.ledger) == [(100, 5000)]


def test_the_proposal_finds_nothing_that_the_cache_does_not_know() -> None:
    """A leave that was never sent leaves the cache wrong as well."""
    played = run(
        *STAY,
        voice(4000, PINO, GENERAL),
        voice(5000, PINO, None),
        faults=never_sent(2000),
    )
    assert counted(played.proposal.ledger) == [(100, 5000)]


def test_the_proposal_begins_whoever_is_found_when_they_are_found() -> None:
    """Already there when the bot starts; found when the next session starts the check."""
    played = run(
        voice(-500, PINO, GENERAL),
        voice(2000, PINO, None),
        plays(1000, AGU, OSU),
        plays(1500, AGU),
    )
    assert counted(played.proposal.ledger) == [(1000, 2000)]


def test_the_proposal_forgets_what_was_not_confirmed() -> None:
    played = run(plays(100, PINO, OSU), plays(105, PINO))
    assert counted(played.proposal.ledger, PINO_WITH_OSU) == []


# The bot that could not be better


def test_even_the_perfect_bot_knows_nothing_of_who_left_while_it_was_down() -> None:
    played = run(*STAY, faults=down("kill", 1500, 2500))
    assert counted(perfect_ledger(played)) == [(100, 1500)]


def test_the_perfect_bot_bridges_and_finds_since_when() -> None:
    played = run(
        *STAY,
        plays(700, PINO, OSU),
        plays(1800, PINO),
        faults=down("kill", 600, 900),
    )
    assert counted(perfect_ledger(played)) == [(100, 2000)]
    assert counted(perfect_ledger(played), PINO_WITH_OSU) == [(700, 1800)]
