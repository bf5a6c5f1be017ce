"""A bot with the cog, fed with payloads, whose clock stands until it is told to pass."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import msgspec

from engine import Settings
from integrations.cog import SessionCog
from tests.benchmarks.connected_bot import ConnectedBot, connected
from tests.benchmarks.our_cog import written
from tests.benchmarks.scripted_clock import ScriptedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from machines import AnySession, Instant
    from tests.benchmarks.population import Population

__all__ = ["FedBot", "assert_found_and_counting_since", "fed", "payload", "without_ids"]

QUIET = Settings(audit_every=0, channel_info=False, deep_check_budget=0)


def payload(text: str) -> dict[str, Any]:
    """Return what is in a frame."""
    data: dict[str, Any] = json.loads(text)["d"]
    return data


class FedBot:
    """A population's bot; each frame is taken in before :meth:`hears` returns."""

    def __init__(self, bot: ConnectedBot, cog: SessionCog, clock: ScriptedClock) -> None:
        self.bot = bot
        self.cog = cog
        self.clock = clock

    def hears(self, event: str, data: dict[str, Any]) -> None:
        """Have discord.py, and whoever taps it, take in an event."""
        self.reads(event, data)
        self.cog._tracker.catch_up()  # noqa: SLF001 - as a timer does before long

    def reads(self, event: str, data: dict[str, Any]) -> None:
        """Have discord.py read an event, which may wait for a second."""
        self.bot._connection.parsers[event](data)  # noqa: SLF001 - as received_message does

    def sessions(self) -> list[str]:
        """Return all sessions without their ids, which are never the same twice."""
        told = [msgspec.to_builtins(session) for session in self.cog.engine.sessions()]
        return sorted(str(without_ids(each)) for each in told)


def without_ids(value: Any) -> Any:  # noqa: ANN401 - plain JSON
    """Return the same without what is never the same twice."""
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key not in {"id", "session_id"}}
        return {key: without_ids(each) for key, each in kept.items()}
    return [*map(without_ids, value)] if isinstance(value, list | tuple) else value


@contextlib.asynccontextmanager
async def fed(
    folder: Path,
    population: Population,
    settings: Settings = QUIET,
    clock: ScriptedClock | None = None,
    bot: ConnectedBot | None = None,
) -> AsyncIterator[FedBot]:
    """Yield a bot that is logged in to the guilds of a population."""
    bot, clock = bot or ConnectedBot(), clock or ScriptedClock()
    cog = SessionCog(bot, settings, data_dir=folder)
    clock.drives(cog)
    async with connected(population, cog, bot=bot):
        await written(cog)
        yield FedBot(bot, cog, clock)
        cog.sources.contradictions.close()  # there is nobody whom a look could ask


def assert_found_and_counting_since(at: Instant, sessions: list[AnySession]) -> None:
    """Hold to it that one in voice and one who plays were found, and count from ``at`` on."""
    assert [each.kind for each in sessions] == ["voice", "game"]
    for each in sessions:
        assert each.state == "recovered"
        assert each.earliest_start == at
        assert not each.unbounded
