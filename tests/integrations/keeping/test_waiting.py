"""What waits comes out in the order in which it came, whole batches at a time."""

from __future__ import annotations

from integrations.keeping.waiting import Waiting

MANY = 1_000


def waiting(first: int, last: int) -> Waiting[str]:
    held: Waiting[str] = Waiting()
    for number in range(first, last):
        held.add(number, f"item {number}")
    return held


def test_everything_comes_out_in_the_order_in_which_it_came() -> None:
    held = waiting(0, MANY)
    assert (len(held), MANY - 1 in held, MANY in held) == (MANY, True, False)
    assert list(held.drain()) == [f"item {number}" for number in range(MANY)]
    assert not held


def test_a_batch_waits_until_it_is_dropped_and_gets_no_longer() -> None:
    held = waiting(0, 3)
    batch = held.seal_first()
    held.add(3, "item 3")
    assert list(batch.values()) == ["item 0", "item 1", "item 2"]
    assert (len(held), 0 in held, held.seal_first() is batch) == (4, True, True)
    held.drop_first()
    assert (len(held), 0 in held) == (1, False)
    assert list(held.seal_first().values()) == ["item 3"]


def test_no_batch_is_so_large_that_letting_go_of_it_takes_a_turn() -> None:
    held = waiting(0, MANY)
    while held:
        assert 0 < len(held.seal_first()) <= MANY / 4
        held.drop_first()


def test_they_are_yielded_as_they_were_whoever_comes_and_goes_meanwhile() -> None:
    held = waiting(0, MANY)
    seen = held.as_they_are()
    first = next(seen)
    held.add(MANY, "too late")
    held.drop_first()
    assert [first, *seen] == [f"item {number}" for number in range(MANY)]
    assert len(list(held.as_they_are())) == len(held)


def test_those_that_come_back_are_before_those_that_came_meanwhile() -> None:
    held = waiting(0, 300)
    held.extend(waiting(300, 600))
    held.add(600, "item 600")
    assert list(held.drain()) == [f"item {number}" for number in range(601)]


def test_whoever_stops_leaves_the_rest_waiting() -> None:
    held = waiting(0, MANY)
    drained = held.drain()
    assert [next(drained), next(drained)] == ["item 0", "item 1"]
    assert (len(held), 1 in held, 2 in held) == (MANY - 2, False, True)
    assert list(held.drain()) == [f"item {number}" for number in range(2, MANY)]
