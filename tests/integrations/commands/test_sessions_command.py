"""Pages of the sessions going on: each is somewhere, in order, whoever comes and goes meanwhile."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from unittest.mock import Mock

import discord
import msgspec
import pytest

from integrations.commands.pages import PAGE, Shown
from integrations.commands.sessions_command import sessions_answer
from machines import SECOND
from tests.persistence.examples import START, game, party, voice

if TYPE_CHECKING:
    from machines import AnySession


def everybody() -> list[AnySession]:
    """Return 30 who are in voice, one who plays, one party: in disorder, and two hidden."""
    people = [
        voice(f"v{number:02}", user_id=number, started_at=START + number // 2 * SECOND)
        for number in range(1, 31)
    ]
    for number, person in enumerate(people, 1):
        person.username = f"Person {number:02}"
    held: list[AnySession] = [*people, game(), party(), voice("h1", user_id=98), game("h2")]
    held[-1].user_id = 99  # type: ignore[union-attr]
    random.Random(7).shuffle(held)  # noqa: S311 - nobody has to guess it
    return held


async def page(number: int, held: list[AnySession]) -> str:
    guild = Mock(spec=discord.Guild)
    guild.name = "Plaza"
    guild.get_member.return_value = guild.get_channel.return_value = None
    shown = Shown("sessions", "all", "voice", "en", number)
    now = START + 7200 * SECOND
    answer = await sessions_answer(lambda: iter(held), now, guild, {98, 99}, shown)
    [embed] = answer.embeds
    return f"{embed.description}\n{embed.footer.text}"


async def test_pages_have_everybody_once_and_the_longest_first() -> None:
    held = everybody()
    pages = [await page(number, held) for number in range(4)]
    lines = [line for told in pages for line in told.splitlines()[:-1]]
    assert len(lines) == 32
    names = [line.split("**")[1] for line in lines]
    assert names == [*(f"Person {number:02}" for number in range(1, 31)), "Pino", "VALORANT"]
    assert all(len(told.splitlines()) == PAGE + 1 for told in pages[:3])
    assert "4" in pages[3].splitlines()[-1]


@pytest.mark.parametrize("number", [4, 99_999])
async def test_past_the_last_page_there_is_the_last(number: int) -> None:
    assert await page(number, everybody()) == await page(3, everybody())


async def test_whoever_was_forgotten_is_not_named_in_a_party() -> None:
    held = party()
    held.players[0] = msgspec.structs.replace(held.players[0], user_id=-1, username="Nobody")
    told = await page(0, [held])
    assert "agu" in told
    assert "Nobody" not in told
    held.players = held.players[:1]
    assert "VALORANT" not in await page(0, [held])


async def test_of_a_party_some_are_named_and_the_others_counted() -> None:
    held = party()
    held.players = [
        type(held.players[0])(
            session_id=f"g{number}", user_id=number, username=f"P{number}", started_at=START
        )
        for number in range(100)
    ]
    told = await page(0, [held])
    assert "P6" in told
    assert "P7" not in told
    assert "91" in told  # of 98 who may be seen, 7 are named
