"""Evidence sources: what they hold of people in voice is let go of once it means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integrations.evidence import sources
from integrations.turns import let_go
from tests.benchmarks.population import Population
from tests.integrations.gateway.fed_bot import FedBot, fed, payload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.benchmarks.population import Person

PEOPLE = Population.of(60, guilds=1, idle_each=4)
[PLAZA] = PEOPLE.guilds
HERE = PLAZA.channel_ids[0]


@pytest.fixture
async def plaza(tmp_path: Path) -> AsyncIterator[FedBot]:
    async with fed(tmp_path, PEOPLE) as bot:
        yield bot


def delete_channel(bot: FedBot) -> list[Person]:
    """Delete a channel; return who was in it."""
    bot.hears("CHANNEL_DELETE", {"id": str(HERE), "guild_id": str(PLAZA.id), "type": 2})
    return [person for person in PEOPLE.in_voice if person.channel_id == HERE]


async def test_a_leave_that_follows_from_a_deleted_channel_asks_nobody_anything(
    plaza: FedBot,
) -> None:
    [one, *_] = delete_channel(plaza)
    plaza.hears("VOICE_STATE_UPDATE", payload(one.voice_update(None)))
    wanted = plaza.cog.sources.contradictions._wanted  # noqa: SLF001 - whom a look would ask
    assert not wanted
    plaza.hears("VOICE_STATE_UPDATE", payload(one.voice_update(None)))
    assert list(wanted) == [PLAZA.id]


async def test_whose_leave_never_follows_is_let_go_of_by_the_next_check(plaza: FedBot) -> None:
    gone = delete_channel(plaza)
    assert gone
    await plaza.cog.check_now()
    [one] = plaza.cog.sources.occupancy._states.values()  # noqa: SLF001 - nobody else asks
    assert one.by_person.keys() == {person.id for person in PEOPLE.in_voice if person not in gone}


async def test_whoever_was_in_voice_in_a_guild_that_is_left_is_let_go_of_in_turns(
    plaza: FedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []

    async def counted(*holders: dict[object, object]) -> None:
        held.extend(map(len, holders))
        await let_go(*holders)

    monkeypatch.setattr(sources, "let_go", counted)
    plaza.hears("GUILD_DELETE", {"id": str(PLAZA.id)})
    await plaza.cog.sources.close()
    assert held == [len(PEOPLE.in_voice)]
