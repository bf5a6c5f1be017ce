"""Cooldowns are gone through while others begin and end."""

from __future__ import annotations

from engine import Settings
from engine.cooldowns import Cooldowns
from machines import Cooldown

GUILD = 900


def cooldown(subject: str, until: int) -> Cooldown:
    return Cooldown(GUILD, "voice", subject, until)


def test_one_that_begins_while_those_that_are_over_are_forgotten_is_kept() -> None:
    cooldowns = Cooldowns(Settings())
    cooldowns.restore([cooldown("pino", 10)])
    early, late = cooldowns.running(5), cooldowns.running(20)
    assert next(early) == cooldown("pino", 10)
    assert list(late) == []
    cooldowns.restore([cooldown("agu", 99)])
    assert list(early) == []
    assert list(cooldowns.running(20)) == [cooldown("agu", 99)]


def test_when_the_clock_is_set_all_move_at_once_and_are_told_one_by_one() -> None:
    cooldowns = Cooldowns(Settings())
    cooldowns.restore([cooldown("pino", 10), cooldown("agu", 20), cooldown("zeta", 30)])
    cooldowns.shift(100)
    told = cooldowns.in_guild(GUILD)
    assert next(told) == cooldown("pino", 110)
    cooldowns.restore([cooldown("agu", 170)])
    assert [*cooldowns.forgetting("zeta")] != []
    assert list(told) == [cooldown("agu", 170)]
    assert list(cooldowns.running(109)) == [cooldown("pino", 110), cooldown("agu", 170)]
    assert list(cooldowns.running(110)) == [cooldown("agu", 170)]
