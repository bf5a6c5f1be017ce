"""Starting: the sessions of the last run, from the file to the engine.

First the bare restoring, then a start as a bot has it: the cog is loaded, in turns, with a line of
the log for each session, and once more without a log. How long a start holds the loop is in
``holds``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from engine import SessionEngine, Settings
from machines import GameSession, GuildWatch, LiveState, VoiceSession
from persistence import DataDir
from tests.benchmarks.connected_bot import ConnectedBot, connected, processor_time
from tests.benchmarks.figures import LATIDO, ON_DISK, Figure, Section, point
from tests.benchmarks.our_cog import our_cog, written
from tests.benchmarks.population import Population
from tests.benchmarks.promises import RESTORING
from tests.benchmarks.rivals.proposal import ProposalCog
from tests.benchmarks.rounds import frozen, in_turns, ratio, spread_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from machines import AnySession
    from tests.benchmarks.population import Person
    from tests.benchmarks.rounds import Turn

__all__ = ["measure", "state_of"]

SIZES = (1_000, 10_000, 100_000)
_PROMISED = 100_000
"""Among fewer sessions what a start takes in any case weighs more: it opens files, and a ledger."""

_ROUNDS = 3
_STARTS = 2
"""Rounds of starts: each takes seconds, and so does the stop after it, which does not count."""

_CASE = "restoring all sessions"
_TIMES_WHAT = "msgspec.json.decode of that file"
_START = 1_767_045_600_000_000


async def measure(folder: Path) -> Section:
    """Measure restoring at every size, beside the bare decoding of the same file."""
    section = Section()
    for size in SIZES:
        population = Population.of(size, guilds=max(1, size // 1_000))
        ours, theirs = folder / f"ours{size}", folder / f"theirs{size}"
        _write(population, ours)
        theirs.mkdir()
        proposal = ProposalCog(ConnectedBot(), theirs)
        proposal.holds(population)
        proposal.persist_all_sessions()
        snapshot = (ours / "active_sessions.json").read_bytes()
        written_each = spread_of([len(snapshot) / size / 1024])

        async def bare(snapshot: bytes = snapshot) -> float:
            began = processor_time()
            msgspec.json.decode(snapshot)
            return processor_time() - began

        async def restore(folder: Path = ours, size: int = size) -> float:
            began = processor_time()
            engine = SessionEngine(Settings())
            with DataDir.open(folder) as data_dir:
                engine.restore(data_dir.restore().state, datetime.now(UTC))
            taken = processor_time() - began
            assert sum(engine.counts().values()) == size
            return taken

        async def sketched(proposal: ProposalCog = proposal) -> float:
            began = processor_time()
            proposal.restore_sessions_on_startup()
            return processor_time() - began

        async def bare_json(file: Path = proposal.file) -> float:
            began = processor_time()
            with file.open(encoding="utf-8") as text:
                json.load(text)
            return processor_time() - began

        turns: dict[str, Turn] = {
            "bare": bare,
            "Latido": restore,
            "proposal": sketched,
            "json": bare_json,
        }
        with frozen():
            told = await in_turns(turns, _ROUNDS)
        section.figures += [
            Figure.of(
                _CASE,
                size,
                "Latido",
                ratio(told["Latido"], told["bare"]),
                _TIMES_WHAT,
                RESTORING if size == _PROMISED else None,
            ),
            Figure.of(
                _CASE,
                size,
                "proposal",
                ratio(told["proposal"], told["json"]),
                "json.load of its file",
            ),
            Figure.of(
                _CASE, size, "Latido", ratio(told["Latido"], told["proposal"]), "the proposal's"
            ),
            Figure.of("a live session in the snapshot", size, LATIDO, written_each, ON_DISK),
        ]
        point(section, "restore, per session", size, [each / size for each in told["Latido"]])
        await _starts(section, size, ours)
    return section


async def _starts(section: Section, size: int, saved: Path) -> None:
    """Measure starts from these files, of which each has a copy."""
    snapshot = (saved / "active_sessions.json").read_bytes()

    async def bare() -> float:
        began = time.process_time()
        msgspec.json.decode(snapshot)
        return time.process_time() - began

    async with connected(Population(())) as bot:
        bot.is_not_ready_yet()

        async def start() -> float:
            folder = saved.with_name(f"start{size}")
            shutil.copytree(saved, folder)
            cog = our_cog(bot, folder)
            began = time.process_time()  # threads included: some of it is done in one
            await bot.add_cog(cog)
            await written(cog)
            taken = time.process_time() - began
            assert cog.engine.counts().total() == size
            await bot.remove_cog(cog.qualified_name)
            shutil.rmtree(folder)
            return taken

        async def start_unlogged() -> float:
            with _no_log():
                return await start()

        turns: dict[str, Turn] = {"bare": bare, "logged": start, "unlogged": start_unlogged}
        with frozen():
            told = await in_turns(turns, _STARTS)
    for who, case in (
        ("logged", "a start, all in"),
        ("unlogged", "a start, all in, without a log"),
    ):
        figure = Figure.of(case, size, LATIDO, ratio(told[who], told["bare"]), _TIMES_WHAT)
        section.figures.append(figure)


@contextlib.contextmanager
def _no_log() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)


def _write(population: Population, folder: Path) -> None:
    with DataDir.open(folder) as data_dir:
        data_dir.live.replace(state_of(population))
        data_dir.live.flush_now()


def state_of(population: Population) -> LiveState:
    """Return a confirmed session of everybody."""
    sessions: list[AnySession] = [_session(person) for person in population.people]
    watches = [
        GuildWatch(guild_id=guild.id, observed_until=_START + 1, looked_at=_START)
        for guild in population.guilds
    ]
    return LiveState(sessions=sessions, guilds=watches, saved_at=_START + 2)


def _session(person: Person) -> VoiceSession | GameSession:
    name = person.member["user"]["global_name"]
    if person.channel_id is not None:
        return VoiceSession(
            id=f"{person.id:032x}",
            guild_id=person.guild_id,
            state="confirmed",
            started_at=_START,
            confirmed_at=_START + 10,
            last_seen=_START,
            user_id=person.id,
            username=name,
            channel_id=person.channel_id,
            channel_name="Sala",
        )
    return GameSession(
        id=f"{person.id:032x}",
        guild_id=person.guild_id,
        state="confirmed",
        started_at=_START,
        confirmed_at=_START + 10,
        last_seen=_START,
        user_id=person.id,
        username=name,
        game_name=person.game or "",
        app_id=700136079562375258,
    )
