"""Which kinds are not heard: the intents say so, and the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest

from engine import Settings
from integrations.gateway.hears import Hears

if TYPE_CHECKING:
    from machines import Kind


@pytest.mark.parametrize(
    ("lacks", "presences", "unheard"),
    [
        ((), True, set()),
        ((), False, {"game", "party"}),
        (("presences",), True, {"game", "party"}),
        (("voice_states",), True, {"voice"}),
        (("voice_states", "presences"), True, {"voice", "game", "party"}),
        (("members",), True, set()),
    ],
)
def test_what_is_not_heard_follows_from_intents_and_settings(
    lacks: tuple[str, ...],
    presences: bool,
    unheard: set[Kind],
) -> None:
    intents = discord.Intents.all()
    for name in lacks:
        setattr(intents, name, False)
    assert Hears.by(intents, Settings(presences=presences)).unheard == unheard
