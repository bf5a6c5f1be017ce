"""Surroundings: all that whoever takes in what the gateway sends works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import discord

    from engine import Settings
    from integrations.evidence.sources import EvidenceSources
    from integrations.gateway.admission import Admission
    from integrations.gateway.connection import Connections
    from integrations.gateway.placing import Placing
    from integrations.gateway.translation import Translation
    from integrations.tracker import Tracker

__all__ = ["Surroundings"]


class Surroundings(NamedTuple):
    """What there is around them.

    Attributes:
        bot: of discord.py, with its cache.
        settings: what to go by.
        tracker: is told what happens.
        admission: says who is tracked, and where.
        translation: makes observations of payloads.
        connections: say how old what comes in may be.
        placing: whoever is still to be found in a GUILD_CREATE.
        sources: the evidence beside the events.
    """

    bot: discord.Client
    settings: Settings
    tracker: Tracker
    admission: Admission
    translation: Translation
    connections: Connections
    placing: Placing
    sources: EvidenceSources
