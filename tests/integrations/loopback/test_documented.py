"""The code that the documents show runs as they say."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path
from typing import Any

from integrations.loopback import LoopbackDiscord

ROOT = Path(__file__).parents[3]
POINTED = """
import os, yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
Route.BASE = os.environ["API"]
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])
"""


def code_in(page: str) -> str:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return str(code)


async def test_the_test_that_the_page_about_testing_shows_passes(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(code_in("docs/testing.md"), names)  # noqa: S102 - our own page
    await names["test_a_stay_is_written_down"](tmp_path)


async def test_the_bot_of_the_readme_writes_everything_down_at_ctrl_c(tmp_path: Path) -> None:
    async with LoopbackDiscord() as stand_in:
        plaza = stand_in.add_guild("Plaza")
        stand_in.add_user("Pino", plaza).joins(plaza.add_voice_channel("General"))
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", POINTED + code_in("README.md")),
            env={
                "API": stand_in.api_url,
                "GATEWAY": stand_in.gateway_url,
                "DISCORD_TOKEN": stand_in.token,
                "DATA_DIR": str(tmp_path),
                "PYTHONPATH": str(ROOT),
            },
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            await stand_in.until((tmp_path / "active_sessions.json").exists, within=20)
            bot.send_signal(signal.SIGINT)
            _, errors = await asyncio.wait_for(bot.communicate(), 20)
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()
    assert b"Traceback" not in errors
    assert not (tmp_path / "latido.db-wal").exists()
    assert b"Pino" in (tmp_path / "active_sessions.json").read_bytes()
