"""A scene whose bot audits soon, and identifies without waiting for five seconds."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from integrations.evidence.audit import identify_turns
from integrations.loopback import LoopbackDiscord
from tests.end_to_end.scene import QUICK, Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

AUDITING: dict[str, Any] = {**QUICK, "audit_every": 0.3, "deep_check_budget": 0}


@pytest.fixture
async def scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Scene]:
    """Plaza and its people; audits and the bot identify a fifth of a second apart."""
    monkeypatch.setattr(identify_turns, "WINDOW", 0.2)
    caplog.set_level(logging.DEBUG, logger="latido")
    async with LoopbackDiscord() as discord:
        plaza = discord.add_guild("Plaza", shard=(0, 2))
        yield Scene(
            discord=discord,
            data_dir=tmp_path / "data",
            plaza=plaza,
            general=plaza.add_voice_channel("General"),
            sala=plaza.add_voice_channel("Sala"),
            chat=plaza.add_text_channel("chat"),
            pino=discord.add_user("Pino", plaza),
            agu=discord.add_user("agu", plaza),
            zeta=discord.add_user("Zeta", plaza),
            settings=dict(AUDITING),
        )
