"""Latido as it is embedded, with nothing that would reach for the network."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING
from unittest import mock

import msgspec

from engine import Settings
from integrations.cog import SessionCog
from persistence import SqliteLedger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from discord.ext import commands

__all__ = [
    "SETTINGS",
    "our_cog",
    "over_a_standstill",
    "takes_it_as_up",
    "without_ledger",
    "written",
]

SETTINGS = Settings(audit_every=0, channel_info=False, deep_check_budget=0)
"""The defaults, with nothing that asks over a connection to Discord: there is none here."""


def our_cog(
    bot: commands.Bot,
    data_dir: Path,
    *,
    audit_every: float = 0.0,
    health_check_every: float = SETTINGS.health_check_every,
    event_delay: float = SETTINGS.event_delay,
    channel_info: bool = SETTINGS.channel_info,
    party_gap: str | float = SETTINGS.party_gap,
) -> SessionCog:
    """Return the cog, with audits and channel info where there is somebody to answer."""
    settings = msgspec.structs.replace(
        SETTINGS,
        audit_every=audit_every,
        health_check_every=health_check_every,
        event_delay=event_delay,
        channel_info=channel_info,
        party_gap=party_gap,
    )
    return SessionCog(bot, settings, data_dir=data_dir)


def takes_it_as_up(cog: SessionCog) -> None:
    """Let a cog not take the connection for cut, where it is loaded into a bot that is ready.

    That of a measurement beats no heart, by which alone it would be known to be up.
    """
    frames = cog._connections._frames  # noqa: SLF001 - it looks for the heartbeats
    mock.patch.object(frames, "is_gone", return_value=False).start()


async def written(cog: SessionCog) -> None:
    """Wait until all that is done in turns is done, and everything is on the disk."""
    await cog._tracker.finish()  # noqa: SLF001 - it says when all is done
    assert cog._storekeeper is not None  # noqa: SLF001 - it says when all is written
    await cog._storekeeper.settle()  # noqa: SLF001 - as above


async def over_a_standstill(cog: SessionCog) -> None:
    """Wait until a cog has got over that the process stood still, if it did.

    To put a hundred thousand people together holds the loop for seconds.
    """
    while cog._tracker.stalled_since() is not None:  # noqa: ASYNC110, SLF001 - it tells nobody
        await asyncio.sleep(0.1)


@contextlib.contextmanager
def without_ledger() -> Iterator[None]:
    """Let records go nowhere: a hundred thousand take minutes, all of them in a thread."""
    with mock.patch.object(SqliteLedger, "_commit", _as_a_commit_leaves_it):
        yield


def _as_a_commit_leaves_it(ledger: SqliteLedger) -> None:
    ledger._pending.clear()  # noqa: SLF001 - nothing waits any more
