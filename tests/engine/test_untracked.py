"""Untracked: nobody is held of whom more is known by now."""

from __future__ import annotations

from engine.untracked import Counting, Untracked

GUILD, OTHER, PINO = 900, 901, 1


def since(at: int) -> Counting:
    return Counting(at, at)


def test_nobody_is_held_once_all_that_they_do_is_known() -> None:
    untracked = Untracked()
    untracked.put(GUILD, PINO, since(60), voice=True)
    untracked.put(GUILD, PINO, since(60), voice=False)
    untracked.remove(GUILD, PINO, voice=True)
    assert untracked
    untracked.remove(GUILD, PINO, voice=False)
    assert not untracked


def test_nobody_is_held_of_a_guild_that_is_left() -> None:
    untracked = Untracked()
    untracked.put(GUILD, PINO, since(60), voice=True)
    untracked.put(GUILD, PINO, since(60), voice=False)
    untracked.put(OTHER, PINO, since(70), voice=True)
    untracked.forget(GUILD)
    assert untracked.until(GUILD, PINO, voice=True) is None
    assert untracked.until(OTHER, PINO, voice=True) == since(70)
    untracked.forget(OTHER)
    assert not untracked


def test_what_is_known_in_one_guild_says_nothing_of_another() -> None:
    untracked = Untracked()
    untracked.put_everywhere(PINO, since(60))
    untracked.remove(GUILD, PINO, voice=True)
    assert untracked.until(GUILD, PINO, voice=True) is None
    assert untracked.until(GUILD, PINO, voice=False) == since(60)
    assert untracked.until(OTHER, PINO, voice=True) == since(60)


def test_the_last_time_counts() -> None:
    untracked = Untracked()
    untracked.put(GUILD, PINO, since(60), voice=True)
    untracked.put_everywhere(PINO, since(70))
    assert untracked.until(GUILD, PINO, voice=True) == since(70)
    untracked.remove(GUILD, PINO, voice=True)
    untracked.put(GUILD, PINO, since(80), voice=True)
    assert untracked.until(GUILD, PINO, voice=True) == since(80)
