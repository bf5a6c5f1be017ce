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


AGU, ZETA = 2, 3


def test_of_many_who_come_to_count_at_once_each_is_heard_of_alone() -> None:
    untracked = Untracked()
    untracked.put_all(GUILD, {PINO, AGU, ZETA}, since(60), voice=True)
    untracked.remove(GUILD, PINO, voice=False)
    untracked.remove(OTHER, PINO, voice=True)
    untracked.remove(GUILD, AGU, voice=True)
    found = {who: untracked.until(GUILD, who, voice=True) for who in (PINO, AGU, ZETA)}
    assert found == {PINO: since(60), AGU: None, ZETA: since(60)}
    assert untracked.until(GUILD, PINO, voice=False) is None


def test_what_is_known_of_one_of_them_besides_is_theirs_alone() -> None:
    untracked = Untracked()
    untracked.put(OTHER, PINO, since(50), voice=True)
    untracked.put_all(GUILD, {PINO, AGU, ZETA}, since(60), voice=True)
    untracked.put(GUILD, AGU, since(70), voice=False)
    assert untracked.until(OTHER, PINO, voice=True) == since(50)
    assert untracked.until(OTHER, AGU, voice=True) is None
    assert untracked.until(GUILD, AGU, voice=False) == since(70)
    assert untracked.until(GUILD, ZETA, voice=False) is None
    assert [untracked.until(GUILD, who, voice=True) for who in (PINO, AGU, ZETA)] == [since(60)] * 3
    untracked.put_everywhere(ZETA, since(80))
    assert untracked.until(GUILD, ZETA, voice=True) == since(80)


def test_many_are_let_go_of_with_their_guild() -> None:
    untracked = Untracked()
    untracked.put_all(GUILD, {PINO, AGU}, since(60), voice=True)
    untracked.put(OTHER, AGU, since(70), voice=True)
    untracked.forget(GUILD)
    assert set(untracked) == {AGU}
    assert untracked.until(GUILD, AGU, voice=True) is None


def test_thousands_take_no_more_than_an_entry_each() -> None:
    untracked = Untracked()
    for at in (60, 70):
        untracked.put_all(GUILD, set(range(5_000)), since(at), voice=True)
    assert len({id(person) for person in untracked.values()}) == 1


def test_of_many_who_play_as_well_one_is_heard_of_in_voice_alone() -> None:
    untracked = Untracked()
    for voice in (True, False):
        untracked.put_all(GUILD, {PINO, AGU}, since(60), voice=voice)
    untracked.remove(GUILD, PINO, voice=True)
    assert untracked.until(GUILD, PINO, voice=True) is None
    assert untracked.until(GUILD, PINO, voice=False) == since(60)
    assert untracked.until(GUILD, AGU, voice=True) == since(60)
    untracked.remove(GUILD, PINO, voice=False)
    assert set(untracked) == {AGU}


def test_what_some_of_many_do_besides_is_known_of_none_of_the_others() -> None:
    untracked = Untracked()
    untracked.put_all(GUILD, {PINO, AGU}, since(60), voice=True)
    untracked.put_all(GUILD, {PINO}, since(70), voice=False)
    assert untracked.until(GUILD, PINO, voice=False) == since(70)
    assert untracked.until(GUILD, AGU, voice=False) is None
    assert untracked.until(GUILD, AGU, voice=True) == since(60)
