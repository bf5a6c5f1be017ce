"""The door: the public names of Latido, a session engine for Discord bots.

``from latido import SessionCog, Settings`` is all that a bot needs; the other names are for what
its listeners are told: sessions, records, and their instants. Names are fetched when they are
first asked for, so that whoever only reads the ledger does not load discord.py.

Raises:
    ImportError: a package of the bot's own has the name of one of Latido's; the message says
        which folder shadows which.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from latido.own_packages import check_own_packages

if TYPE_CHECKING:
    from engine import SessionEngine
    from engine.settings import Settings, SettingsError
    from integrations.cog import SessionCog
    from integrations.configuration import load_settings
    from machines import (
        AnySession,
        GameSession,
        PartySession,
        Record,
        VoiceSession,
        to_datetime,
    )

check_own_packages()

_HOMES = {
    "AnySession": "machines",
    "GameSession": "machines",
    "PartySession": "machines",
    "Record": "machines",
    "SessionCog": "integrations.cog",
    "SessionEngine": "engine",
    "Settings": "engine.settings",
    "SettingsError": "engine.settings",
    "VoiceSession": "machines",
    "load_settings": "integrations.configuration",
    "to_datetime": "machines",
}
"""Where each public name comes from."""

__all__ = [
    "AnySession",
    "GameSession",
    "PartySession",
    "Record",
    "SessionCog",
    "SessionEngine",
    "Settings",
    "SettingsError",
    "VoiceSession",
    "load_settings",
    "to_datetime",
]


def __getattr__(name: str) -> object:
    """Fetch a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
