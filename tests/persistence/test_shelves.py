"""Shelves are a mapping like any other, in small dicts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from persistence.shelves import Shelves

MANY = 10_000

keys = st.sampled_from(["", "a", "b", "1a", "2a", "v-11", "v-22", "w-11"])


@given(st.lists(st.tuples(st.sampled_from(["put", "pop"]), keys)))
def test_they_hold_what_a_dict_would(steps: list[tuple[str, str]]) -> None:
    shelves, plain = Shelves[int](), dict[str, int]()
    for number, (step, key) in enumerate(steps):
        if step == "put":
            shelves.put(key, number)
            plain[key] = number
        else:
            assert shelves.pop(key) == plain.pop(key, None)
        assert (len(shelves), bool(shelves)) == (len(plain), bool(plain))
        assert (key in shelves, shelves.get(key)) == (key in plain, plain.get(key))
    assert dict(shelves.items()) == plain
    assert dict(shelves.drain()) == plain
    assert not shelves


def test_what_goes_while_they_are_emptied_is_not_yielded() -> None:
    shelves = Shelves[int]()
    for number in range(100):
        shelves.put(f"id {number}", number)
    emptying = shelves.drain()
    yielded, _value = next(emptying)
    gone = next(key for key, _value in shelves.items() if key != yielded)
    shelves.pop(gone)
    rest = dict(emptying)
    assert (gone in rest, yielded in rest, len(rest), len(shelves)) == (False, False, 98, 0)


def test_no_shelf_grows_with_all_of_them() -> None:
    shelves = Shelves[int]()
    for number in range(MANY):
        shelves.put(f"{number:032x}", number)
    shelf_sizes = map(len, shelves._shelves)  # noqa: SLF001 - this is what it is for
    assert max(shelf_sizes) < MANY / 20
