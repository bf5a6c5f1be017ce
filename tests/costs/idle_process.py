"""A bot at rest in a process of its own, on the real discord.py and in real time.

``python -m tests.costs.idle_process API_URL TOKEN SECONDS [DATA_DIR]`` logs in, with our cog where
there is a data folder, waits until it is at rest, and prints how often its event loop looked for
something to do within so many seconds.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from integrations.cog import SessionCog
from integrations.loopback.pointing import pointed_at

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUIET = 1.0
_TRIES = 20


class _Counted(selectors.DefaultSelector):
    """Counts how often it is asked for what is ready: once in each round of the loop."""

    asked = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.asked += 1
        return super().select(timeout)


async def _rounds(selector: _Counted, seconds: float) -> int:
    before = selector.asked
    await asyncio.sleep(seconds)
    return selector.asked - before


async def _rest(selector: _Counted, token: str, seconds: float, folder: Path | None) -> int:
    bot = commands.Bot(command_prefix="!", intents=discord.Intents.all(), help_command=None)
    async with bot:
        if folder is not None:
            await bot.add_cog(SessionCog(bot, data_dir=folder))
        running = asyncio.create_task(bot.start(token))
        ready = asyncio.create_task(bot.wait_until_ready())
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        assert ready.done()
        for _try in range(_TRIES):
            if await _rounds(selector, _QUIET) <= 2:
                break
        return await _rounds(selector, seconds)


def main(arguments: Sequence[str]) -> None:
    """Print the rounds of the loop."""
    url, token, seconds, *folder = arguments
    selector = _Counted()
    with (
        pointed_at(url),
        asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner,
    ):
        where = Path(folder[0]) if folder else None
        rounds = runner.run(_rest(selector, token, float(seconds), where))
    sys.stdout.write(f"{rounds}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
