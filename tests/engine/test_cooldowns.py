"""Cooldowns are gone through while others begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import Settings
from engine.cooldowns import Cooldowns
from machines import Cooldown

if TYPE_CHECKING:
    import pytest

GUILD = 900
PINO, AGU, ZETA = 1, 2, 3


def cooldown(subject: int, until: int) -> Cooldown:
    return Cooldown(GUILD, "voice", subject, until)


def test_one_that_begins_while_those_that_are_over_are_forgotten_is_kept() -> None:
    cooldowns = Cooldowns(Settings())
    cooldowns.restore([cooldown(PINO, 10)])
    early, late = cooldowns.running(5), cooldowns.running(20)
    assert next(early) == cooldown(PINO, 10)
    assert list(late) == [None]
    cooldowns.restore([cooldown(AGU, 99)])
    assert list(early) == []
    assert list(cooldowns.running(20)) == [cooldown(AGU, 99)]


def test_very_many_that_are_over_are_forgotten_one_by_one() -> None:
    cooldowns = Cooldowns(Settings())
    cooldowns.restore(cooldown(number, 10) for number in range(1000))
    running = cooldowns.running(20)
    assert next(running) is None
    assert len(list(cooldowns.in_guild(GUILD))) == 999
    assert list(running) == [None] * 999
    assert list(cooldowns.in_guild(GUILD)) == []


def test_when_the_clock_is_set_all_move_at_once_and_are_told_one_by_one() -> None:
    cooldowns = Cooldowns(Settings())
    cooldowns.restore([cooldown(PINO, 10), cooldown(AGU, 20), cooldown(ZETA, 30)])
    cooldowns.shift(100)
    told = cooldowns.in_guild(GUILD)
    assert next(told) == cooldown(PINO, 110)
    cooldowns.restore([cooldown(AGU, 170)])
    assert [*cooldowns.forgetting(ZETA)] != []
    assert list(told) == [cooldown(AGU, 170)]
    assert list(cooldowns.running(109)) == [cooldown(PINO, 110), cooldown(AGU, 170)]
    assert list(cooldowns.running(110)) == [None, cooldown(AGU, 170)]


def test_once_the_last_is_over_all_go_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("machines.state._AT_ONCE", 2)
    cooldowns = Cooldowns(Settings())
    cooldowns.restore([cooldown(PINO, 10), cooldown(AGU, 30), cooldown(ZETA, 20)])
    cooldowns.shift(100)
    cooldowns.let_go(129)
    assert len(list(cooldowns.in_guild(GUILD))) == 3
    cooldowns.let_go(130)
    assert len(list(cooldowns.in_guild(GUILD))) == 1
    cooldowns.restore([cooldown(AGU, 200)])
    cooldowns.let_go(199)
    assert len(list(cooldowns.in_guild(GUILD))) == 2
    cooldowns.let_go(200)
    assert cooldowns.guild_ids() == []
