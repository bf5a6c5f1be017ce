"""With no session, the event loop of a real process wakes up as often as without our cog."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from integrations.loopback import LoopbackDiscord

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = "3"


async def rounds(*folder: str) -> int:
    """Return how often the loop of a bot at rest went round, with our cog where it has a folder."""
    async with LoopbackDiscord() as discord:
        plaza = discord.add_guild("Plaza")
        plaza.add_voice_channel("General")
        discord.add_user("Pino", plaza)
        given = ("tests.costs.idle_process", discord.api_url, discord.token, _SECONDS, *folder)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *given, stdout=asyncio.subprocess.PIPE
        )
        told, _none = await process.communicate()
        return int(told)


async def test_at_rest_a_real_process_goes_round_no_more_often_with_our_cog(tmp_path: Path) -> None:
    ours, without = await asyncio.gather(rounds(str(tmp_path)), rounds())
    assert (tmp_path / "latido.db").exists()
    assert ours == without <= 2  # the timer that ends the measurement, and what it wakes
