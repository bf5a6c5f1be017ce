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
