"""What is remembered of when people's last sessions ended, and in how little."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from engine.ends import End, Ends
from engine.games import GameName
from machines import SECOND

GUILD, OTHER = 900, 901
HOUR = 3_600 * SECOND
NOON = 1_767_045_600 * SECOND
TETRIS, CHESS = GameName("tetris", "playing"), GameName("chess", "playing")
FIRST = 200_000_000_000_000_000


def left(ends: Ends, user_id: int, at: int, name: GameName | None = None) -> None:
    ends.put(GUILD, user_id, name, End(at, at))


def forgets(ends: Ends, *, voice: int, games: int) -> int:
    """Forget what ended until then; return in how many pieces."""
    return sum(1 for _piece in ends.forgetting(GUILD, voice, games))


def known(ends: Ends, user_id: int, name: GameName | None = None) -> End | None:
    return ends.find(GUILD, user_id, name)


def test_the_end_is_of_one_person_one_guild_and_one_game() -> None:
    ends = Ends()
    left(ends, 1, NOON, TETRIS)
    left(ends, 1, NOON + 1)
    assert known(ends, 1, TETRIS) == End(NOON, NOON)
    assert known(ends, 1) == End(NOON + 1, NOON + 1)
    assert known(ends, 1, CHESS) is None
    assert known(ends, 2, TETRIS) is None
    assert ends.find(OTHER, 1, TETRIS) is None


def test_a_later_end_takes_the_place_of_an_earlier_one_and_none_that_of_a_later_one() -> None:
    ends = Ends()
    left(ends, 1, NOON)
    ends.put(GUILD, 1, None, End(NOON + HOUR, NOON + 5))
    left(ends, 1, NOON + 7)
    assert known(ends, 1) == End(NOON + HOUR, NOON + 5)
    assert forgets(ends, voice=NOON + HOUR, games=0) == 1
    assert known(ends, 1) is None


def test_an_end_is_remembered_until_a_look_from_after_its_proof() -> None:
    ends = Ends()
    ends.put(GUILD, 1, None, End(NOON, NOON + HOUR))
    ends.put(GUILD, 2, None, End(NOON + HOUR, NOON))
    forgets(ends, voice=NOON + HOUR - 1, games=0)
    assert known(ends, 1) == End(NOON, NOON + HOUR)
    assert known(ends, 2) == End(NOON + HOUR, NOON)
    forgets(ends, voice=NOON + HOUR, games=0)
    assert known(ends, 1) is None
    assert known(ends, 2) is None


def test_no_number_that_is_held_of_one_person_is_taken_for_another() -> None:
    """An instant is a number as well as somebody's id is."""
    ends = Ends()
    ends.put(GUILD, 1, None, End(2, 3))
    ends.put(GUILD, 4, None, End(5, 1))
    assert [known(ends, user_id) for user_id in range(6)] == [
        None,
        End(2, 3),
        None,
        None,
        End(5, 1),
        None,
    ]


@pytest.mark.parametrize("step", [1, 1 << 22], ids=["neighbours", "by the millisecond"])
@pytest.mark.parametrize("people", [1, 49, 1_000])
def test_of_however_many_each_is_found(people: int, step: int) -> None:
    ends = Ends()
    ids = [FIRST + number * step for number in range(people)]
    for number, user_id in enumerate(random.Random(people).sample(ids, people)):  # noqa: S311 - an order
        left(ends, user_id, NOON + number)
        left(ends, user_id, NOON + number + 7, TETRIS)
    found = {known(ends, user_id) for user_id in ids}
    assert found == {End(NOON + number, NOON + number) for number in range(people)}
    assert known(ends, FIRST - step) is None


@pytest.mark.parametrize("seed", range(5))
def test_whatever_ends_when_the_last_end_of_each_is_known_with_its_proof(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - what happens
    ends, last = Ends(), dict[tuple[int, GameName | None], End]()
    for _end in range(2_000):
        who = chance.randrange(200), chance.choice([None, TETRIS])
        at = NOON + chance.randrange(HOUR)
        end = End(at, at + chance.choice([0, 0, chance.randrange(-HOUR, HOUR)]))
        ends.put(GUILD, *who, end)
        if who not in last or last[who].at <= end.at:
            last[who] = end
    assert {who: known(ends, *who) for who in last} == last
    until = NOON + HOUR // 2
    forgets(ends, voice=until, games=until)
    late = {who: end for who, end in last.items() if max(end) > until}
    found = {who: known(ends, *who) for who in last}
    assert {who: end for who, end in found.items() if end is not None} == late


def test_who_was_proved_to_be_gone_long_ago_keeps_no_part_from_being_divided() -> None:
    ends = Ends()
    for number in range(1_000):
        ends.put(GUILD, FIRST + number, None, End(NOON, NOON - 50 * HOUR))
    assert forgets(ends, voice=NOON, games=NOON) > 1_000 / 48


def test_a_piece_is_of_few_people_however_many_there_are() -> None:
    ends = Ends()
    for number in range(5_000):
        left(ends, FIRST + number, NOON)
    assert 5_000 / 48 < forgets(ends, voice=NOON, games=0) < 5_000 / 8
    assert not ends


def test_what_is_superseded_is_forgotten_and_nothing_else() -> None:
    ends = Ends()
    for number in range(100):
        left(ends, number, NOON + number)
        left(ends, number, NOON + number, TETRIS)
    forgets(ends, voice=NOON + 49, games=NOON + 69)
    in_voice = [number for number in range(100) if known(ends, number)]
    playing = [number for number in range(100) if known(ends, number, TETRIS)]
    assert (in_voice, playing) == ([*range(50, 100)], [*range(70, 100)])


def test_who_ends_while_others_are_forgotten_is_remembered() -> None:
    ends = Ends()
    for number in range(1_000):
        left(ends, number, NOON)
    for _piece in ends.forgetting(GUILD, NOON, NOON):
        number += 1
        left(ends, number, NOON + 1)
    assert [each for each in range(number + 1) if known(ends, each)] == [*range(1_000, number + 1)]


def test_who_left_a_day_before_makes_room_for_those_who_leave() -> None:
    """Nobody looks at everybody here, and each who comes is another."""
    ends = Ends()
    for number in range(20_000):
        left(ends, FIRST + number, NOON + number * HOUR // 10)
    held = [number for number in range(20_000) if known(ends, FIRST + number)]
    assert len(held) < 1_000
    assert held[-240:] == [*range(20_000 - 240, 20_000)]


def test_a_day_after_the_last_end_all_are_forgotten_some_guilds_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.ends._AT_ONCE", 2)
    ends, day = Ends(), 24 * HOUR
    for number in range(3):
        ends.put(GUILD + number, 1, None, End(NOON + number, NOON + 2 * number))
    left = []
    for now in (NOON + day + 3, NOON + day + 4, NOON + day + 4):
        ends.let_go(now)
        left.append(sum(ends.find(GUILD + each, 1, None) is not None for each in range(3)))
    assert left == [3, 1, 0]
    assert not ends


def test_a_guild_that_is_gone_takes_its_ends_along() -> None:
    ends = Ends()
    left(ends, 1, NOON)
    ends.put(OTHER, 1, None, End(NOON, NOON))
    ends.forget(GUILD)
    ends.forget(GUILD)
    assert known(ends, 1) is None
    assert ends.find(OTHER, 1, None) == End(NOON, NOON)
    ends.forget(OTHER)
    assert not ends


@pytest.mark.parametrize(("in_a_guild", "at_most"), [(10_000, 20), (1_000, 20), (10, 25)])
def test_whoever_is_gone_takes_some_twenty_bytes(in_a_guild: int, at_most: int) -> None:
    people = 10_000
    guild_ids = [GUILD + number for number in range(people // in_a_guild)]
    tracemalloc.start()
    ends = Ends()
    for number in range(people):
        end, name = NOON + number, TETRIS if number % 3 else None
        ends.put(guild_ids[number // in_a_guild], FIRST + number, name, End(end, end))
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / people < at_most
