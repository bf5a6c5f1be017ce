"""What starting loads: nobody pays for libraries that they do not use."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from persistence import DataDir
from tests.costs.python_of_its_own import run_alone
from tests.persistence.examples import voice

if TYPE_CHECKING:
    from pathlib import Path

OF_THE_COMMAND_LINE = {"typer", "rich", "integrations.cli", "integrations.demo"}
OF_THE_INSPECTOR = {"aiohttp.web", "prometheus_client", "integrations.inspector"}
OF_THE_EXTRAS = {"matplotlib", "numpy", "pyarrow"}
OURS = {"latido", "integrations", "engine", "persistence", "machines"}

_TELL_LOADED = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps([*sys.modules]), file=sys.stderr))
"""


def loaded_by(code: str, *arguments: str) -> set[str]:
    """The modules that a Python of its own has loaded after running ``code``."""
    done = run_alone(_TELL_LOADED + code, *arguments)
    loaded: list[str] = json.loads(done.stderr.splitlines()[-1])
    return set(loaded)


def libraries(loaded: set[str]) -> set[str]:
    """The packages among modules, without those of Python itself."""
    packages = {name.partition(".")[0] for name in loaded}
    return {name for name in packages - sys.stdlib_module_names if not name.startswith("_")}


def test_what_is_looked_for_is_loaded_by_those_who_use_it() -> None:
    """The names below are right: a test that looks for another name would always pass."""
    assert loaded_by("import integrations.cli.application, integrations.demo") >= (
        OF_THE_COMMAND_LINE | {"discord"}
    )
    assert loaded_by("import integrations.inspector, prometheus_client") >= OF_THE_INSPECTOR
    assert loaded_by("import matplotlib, pyarrow") >= OF_THE_EXTRAS


_EMBED = "from latido import SessionCog, Settings"
_LOAD = """
import asyncio, pathlib, sys
from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.our_cog import our_cog
from tests.benchmarks.population import Population

async def load():
    bot = ConnectedBot()
    async with connected(Population.of(10, 1), our_cog(bot, pathlib.Path(sys.argv[1])), bot=bot):
        assert bot.cogs["Latido"].engine.registry.count

asyncio.run(load())
"""


@pytest.mark.parametrize("code", [_EMBED, _LOAD], ids=["imported", "loaded and at work"])
def test_a_bot_that_embeds_latido_loads_nothing_of_the_command_line_or_the_inspector(
    code: str, tmp_path: Path
) -> None:
    loaded = loaded_by(code, str(tmp_path))
    assert loaded >= {"discord", "integrations.cog"}
    assert not loaded & (OF_THE_COMMAND_LINE | OF_THE_INSPECTOR | OF_THE_EXTRAS)


def test_a_bot_that_embeds_latido_loads_no_library_but_those_it_is_built_on() -> None:
    built_on = libraries(loaded_by("import discord.ext.commands, msgspec, transitions"))
    assert libraries(loaded_by(_EMBED)) - built_on == OURS


_DRAW = """
import asyncio
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import discord
from engine import Settings
from integrations.charts import DARK, Look
from integrations.commands.games_command import games_answer
from integrations.commands.pages import Shown
from integrations.commands.time_command import time_answer
from integrations.commands.why_command import why_answer
from tests.integrations.commands.test_desk import asked, guild, one_game
from tests.persistence.examples import party_record

async def ask(what, record, *others):
    question = asked()
    question.live[:] = [record]
    return len((await what(question, guild(), *others)).pictures)

async def draw():
    look, party = Look(DARK, "en", ZoneInfo("UTC")), party_record()
    person = Mock(spec=discord.Member, id=3, display_name="Pino")
    player = Mock(spec=discord.Member, id=party.players[0].user_id, display_name="Pino")
    shown = Shown("games", "all", "game", "en", 0)
    assert await ask(time_answer, one_game(1), person, None, look) == 2
    assert await ask(games_answer, one_game(1), look, shown) == 2
    assert await ask(why_answer, party, player, "party", Settings(), look) == 1

asyncio.run(draw())
"""


def test_charts_are_drawn_without_loading_what_draws_them_into_the_bot() -> None:
    assert not loaded_by(_DRAW) & OF_THE_EXTRAS


def test_what_draws_charts_loads_neither_discord_nor_the_engine() -> None:
    loaded = loaded_by("import integrations.charts.__main__, integrations.charts.canvas")
    assert loaded >= {"matplotlib", "numpy"}
    assert not loaded & {"discord", "aiohttp", "engine", "integrations.cog", "typer", "rich"}


_RUN = """
from integrations.cli import main

for command in json.loads(sys.argv[1]):
    sys.argv[1:] = command
    try:
        main()
    except SystemExit as done:
        assert not done.code, command
"""


def test_commands_that_only_read_do_not_load_discord(tmp_path: Path) -> None:
    """One process runs them all: what any of them loads is loaded."""
    with DataDir.open(tmp_path) as data_dir:
        data_dir.live.put(voice())
        data_dir.live.flush_now()
    where = ["--data-dir", str(tmp_path)]
    reading = [[name, *how, *where] for name in ("sessions", "history") for how in ([], ["--json"])]
    reading.append(["verify", *where])
    loaded = loaded_by(_RUN, json.dumps([["--help"], *reading]))
    assert "typer" in loaded
    assert not loaded & ({"discord", "aiohttp"} | OF_THE_EXTRAS)


def test_reading_settings_and_records_loads_neither_discord_nor_the_command_line() -> None:
    loaded = loaded_by("from latido import Record, SessionEngine, Settings")
    assert not loaded & ({"discord", "aiohttp", "sqlite3"} | OF_THE_COMMAND_LINE)
