"""JSON in pieces: what it says is what it said in one, and others have their turn meanwhile."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from integrations import turns
from integrations.inspector.pieces import array_of, object_of


@pytest.mark.parametrize("many", [0, 1, 99, 100, 101, 1234])
async def test_what_is_made_in_pieces_says_all_of_it(many: int) -> None:
    named = {f"name {number}": number for number in range(many)}
    assert msgspec.json.decode(msgspec.json.encode(await object_of(named.items()))) == named
    assert msgspec.json.decode(msgspec.json.encode(await array_of(range(many)))) == [*range(many)]


async def test_others_have_their_turn_while_pieces_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "_TURN", 0.0)
    making = asyncio.create_task(array_of(range(10_000)))
    had = 0
    while not making.done():
        await asyncio.sleep(0)
        had += 1
    assert had >= 10_000 // 100 // (turns._AT_LEAST + 1)  # noqa: SLF001 - so many pieces a turn
