"""The code that the documents show runs as they say."""

from __future__ import annotations

import asyncio
import re
import runpy
import signal
import sys
import textwrap
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord.ext import commands

from integrations.loopback import LoopbackDiscord
from integrations.loopback.pointing import pointed_at
from integrations.loopback.server import PATIENCE
from latido import SessionCog, Settings
from persistence import HistoryFilter, LedgerReader

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable, Coroutine

ROOT = Path(__file__).parents[3]
POINTED = """
import os, yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
Route.BASE = os.environ["API"]
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY"])
"""


def code_in(page: str, number: int = 0) -> str:
    codes = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return str(codes[number])


def test_what_the_readme_has_one_run_after_another_installs_what_the_next_line_wants() -> None:
    [block] = re.findall(
        r"```\n(source .*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    commands = [line.partition("#")[0].strip() for line in block.splitlines()]
    report = next(line for line in commands if line.startswith("latido report "))
    assert commands.index("pip install matplotlib") < commands.index(report)


async def test_what_the_pages_show_as_a_whole_passes_strict_types(tmp_path: Path) -> None:
    shown = [code_in("README.md")]
    shown += [code_in("docs/testing.md", number) for number in (0, 2, 3, 4)]
    files = [tmp_path / f"shown_{number}.py" for number in range(len(shown))]
    for file, code in zip(files, shown, strict=True):
        file.write_text(code, "utf-8")
    checker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mypy", "--strict", "--no-error-summary"),
        *map(str, files),
        cwd=ROOT,  # with what is kept there by whoever checks types
        stdout=asyncio.subprocess.PIPE,
    )
    found, _nothing = await checker.communicate()
    assert found.decode() == ""
    assert checker.returncode == 0


async def test_the_test_that_the_page_about_testing_shows_passes(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(code_in("docs/testing.md"), names)  # noqa: S102 - our own page
    await names["test_a_stay_is_written_down"](tmp_path)


async def test_the_script_that_the_page_about_testing_shows_runs_as_it_stands(
    tmp_path: Path,
) -> None:
    code = code_in("docs/testing.md", 2).replace(":8765", ":0")
    code = re.sub(r"sleep\((\d+)\)", r"sleep(\1 / 10)", code)
    code = re.sub(r"(_after|_grace|_every)=(\d+)", r"\1=\2 / 10", code)
    printed = await printed_by("-c", code, within=tmp_path)
    assert re.fullmatch(rb"Look at http://127\.0\.0\.1:\d+/ for a minute\n", printed)
    records = LedgerReader(tmp_path / "play").history(HistoryFilter())
    assert "agu" in {record.username for record in records}


async def test_the_bot_of_the_readme_runs_against_the_stand_in_as_the_page_about_testing_shows(
    tmp_path: Path,
) -> None:
    bot = code_in("README.md").replace("confirm_after=30", "confirm_after=0.3, voice_grace=0.3")
    assert "voice_grace=0.3" in bot
    (tmp_path / "bot.py").write_text(bot, "utf-8")
    (tmp_path / "pointed.py").write_text(code_in("docs/testing.md", 3), "utf-8")
    played = re.sub(r"sleep\((\d+)\)", r"sleep(\1 / 20)", code_in("docs/testing.md", 4))
    (tmp_path / "evening.py").write_text(played, "utf-8")
    printed = await printed_by("evening.py", within=tmp_path)
    assert re.fullmatch(rb"voice counts\nvoice \d+ s \xc2\xb1 0 s\n", printed)


async def printed_by(*arguments: str, within: Path) -> bytes:
    """Run Python in a folder until it ends well; return what it printed."""
    script = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        cwd=within,
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, errors = await asyncio.wait_for(script.communicate(), PATIENCE)
    assert script.returncode == 0
    assert b"Traceback" not in errors
    return printed


@asynccontextmanager
async def evening(
    folder: Path, diary: commands.Cog | None = None
) -> AsyncIterator[tuple[LoopbackDiscord, SessionCog, Any, Any, Any]]:
    """A bot that counts at once; the stand-in, the cog, a channel, and two people."""
    async with LoopbackDiscord() as stand_in:
        plaza = stand_in.add_guild("Plaza")
        general = plaza.add_voice_channel("General")
        pino, agu = stand_in.add_user("Pino", plaza), stand_in.add_user("agu", plaza)
        bot = commands.Bot("!", intents=discord.Intents.all())
        settings = Settings(
            announce_after=0, confirm_after=0, voice_grace=0, game_grace=0, party_grace=0
        )
        with pointed_at(stand_in.api_url):
            async with bot:
                if diary is not None:
                    await bot.add_cog(diary)
                cog = SessionCog(bot, settings, data_dir=folder, sync_commands=True)
                await bot.add_cog(cog)
                running = asyncio.create_task(bot.start(stand_in.token))
                await stand_in.connected()
                yield stand_in, cog, general, pino, agu
            await asyncio.gather(running, return_exceptions=True)


async def test_commands_are_given_and_buttons_pressed_as_the_page_about_testing_shows(
    tmp_path: Path,
) -> None:
    code = textwrap.indent(code_in("docs/testing.md", 1), "    ")
    names: dict[str, Any] = {}
    exec(f"async def ask(stand_in, general, pino, agu):\n{code}", names)  # noqa: S102 - our own page
    async with evening(tmp_path) as (stand_in, _, general, pino, agu):
        await names["ask"](stand_in, general, pino, agu)


async def test_the_diary_tells_of_people_and_of_their_party(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = runpy.run_path(str(ROOT / "docs" / "diary.py"))
    async with evening(tmp_path, names["Diary"]()) as (stand_in, cog, general, pino, agu):
        pino.joins(general)
        pino.plays("VALORANT")
        agu.plays("VALORANT")
        await stand_in.until(lambda: cog.engine.counts().total() == 4)
        pino.leaves()
        agu.stops()
        printed = ""

        def has_told() -> bool:
            nonlocal printed
            printed += capsys.readouterr().out
            return printed.count("(") == 3

        await stand_in.until(has_told)
    since = r"since \d\d:\d\d:\d\d\n"
    assert re.search(rf"^Pino: voice {since}", printed, re.MULTILINE)
    assert re.search(rf"^Pino, agu: party {since}", printed, re.MULTILINE)
    assert re.search(r"^Pino: voice, \d+ s ± 0 s \(left\)$", printed, re.MULTILINE)
    assert re.search(r"^agu: game, \d+ s ± 0 s \(left\)$", printed, re.MULTILINE)
    assert re.search(r"^Pino, agu: party, \d+ s ± 0 s \(too_few_players\)$", printed, re.MULTILINE)


async def test_what_is_erased_is_told_of_and_what_follows_counts_anew(tmp_path: Path) -> None:
    told: list[tuple[str, Any]] = []
    async with evening(tmp_path) as (stand_in, cog, general, pino, _):
        for name in ("confirmed", "recovered", "ended", "orphaned"):
            cog.bot.add_listener(_noting(told, name), f"on_session_{name}")
        pino.joins(general)
        await stand_in.until(lambda: len(told) == 1)
        done = await cog.privacy.forget(pino.id)
        assert (done.records, done.sessions) == (1, 1)
        await stand_in.until(lambda: len(told) == 2)
        pino.mutes()
        await stand_in.until(lambda: len(told) == 3)
        assert not list(cog.ledger.history(HistoryFilter()))
        await cog.privacy.opt_out(pino.id)
        await stand_in.until(lambda: len(told) == 4)
        pino.leaves()
        pino.joins(general)
        await stand_in.heard()
        [record] = cog.ledger.history(HistoryFilter(user_id=pino.id))
        assert not list(cog.live_sessions())
    assert [name for name, _ in told] == ["confirmed", "orphaned", "recovered", "orphaned"]
    assert told[1][1].reason == told[3][1].reason == record.reason == "opted_out"


def _noting(told: list[tuple[str, Any]], name: str) -> Callable[..., Coroutine[Any, Any, None]]:
    async def note(_session: object, record: object = None) -> None:
        told.append((name, record))

    return note


@asynccontextmanager
async def bot_of(code: str, stand_in: LoopbackDiscord, folder: Path) -> AsyncIterator[Process]:
    """Run a bot as a process of its own, which is gone at the end."""
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", POINTED + code),
        env={
            "API": stand_in.api_url,
            "GATEWAY": stand_in.gateway_url,
            "DISCORD_TOKEN": stand_in.token,
            "DATA_DIR": str(folder),
            "PYTHONPATH": str(ROOT),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield bot
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.wait()


async def stopped(bot: Process, number: signal.Signals) -> str:
    """Stop it, and return what it printed."""
    bot.send_signal(number)
    printed, errors = await asyncio.wait_for(bot.communicate(), PATIENCE)
    assert b"Traceback" not in errors
    assert bot.returncode == 0
    return printed.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_bot_of_the_readme_writes_everything_down_when_it_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with LoopbackDiscord() as stand_in:
        plaza = stand_in.add_guild("Plaza")
        stand_in.add_user("Pino", plaza).joins(plaza.add_voice_channel("General"))
        async with bot_of(code_in("README.md"), stand_in, tmp_path) as bot:
            await stand_in.until((tmp_path / "active_sessions.json").exists)
            await stopped(bot, number)
    assert not (tmp_path / "latido.db-wal").exists()
    assert b"Pino" in (tmp_path / "active_sessions.json").read_bytes()


async def test_the_bot_of_the_readme_tells_of_a_stay_whose_start_nobody_knows(
    tmp_path: Path,
) -> None:
    code = code_in("README.md").replace("confirm_after=30", "voice_grace=0.1")
    assert "voice_grace=0.1" in code
    async with LoopbackDiscord() as stand_in:
        plaza = stand_in.add_guild("Plaza")
        pino = stand_in.add_user("Pino", plaza)
        pino.joins(plaza.add_voice_channel("General"))
        async with bot_of(code, stand_in, tmp_path) as bot:
            await stand_in.until((tmp_path / "active_sessions.json").exists)
            pino.leaves()
            await stand_in.until(lambda: _has_ended(tmp_path))
            printed = await stopped(bot, signal.SIGTERM)
    assert re.fullmatch(r"voice counts\nvoice \d+ s start unknown\n", printed)


def _has_ended(folder: Path) -> bool:
    return any(LedgerReader(folder).history(HistoryFilter()))
