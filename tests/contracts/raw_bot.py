"""A discord.py client without a connection, fed with payloads as Discord sends them."""

from __future__ import annotations

from typing import Any

import discord

GUILD, PINO, AGU, BOT = 1 << 40, 11, 12, 99
GENERAL, LOUNGE = 501, 502


def user(user_id: int) -> dict[str, Any]:
    return {"id": str(user_id), "username": f"user{user_id}", "discriminator": "0", "avatar": None}


def member(user_id: int) -> dict[str, Any]:
    return {
        "user": user(user_id),
        "roles": [],
        "joined_at": "2025-12-29T22:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def voice(user_id: int, channel_id: int | None, **changes: object) -> dict[str, Any]:
    return {
        "guild_id": str(GUILD),
        "user_id": str(user_id),
        "channel_id": None if channel_id is None else str(channel_id),
        "session_id": "a",
        "deaf": False,
        "mute": False,
        "self_deaf": False,
        "self_mute": False,
        "self_video": False,
        "suppress": False,
        "member": member(user_id),
        **changes,
    }


def presence(user_id: int, *games: str) -> dict[str, Any]:
    return {
        "guild_id": str(GUILD),
        "user": {"id": str(user_id)},
        "status": "online",
        "client_status": {"desktop": "online"},
        "activities": [{"name": name, "type": 0, "created_at": 1} for name in games],
    }


def channel(channel_id: int, name: str) -> dict[str, Any]:
    return {
        "id": str(channel_id),
        "name": name,
        "type": 2,
        "position": 0,
        "permission_overwrites": [],
        "bitrate": 64000,
        "user_limit": 0,
        "parent_id": None,
    }


def guild(
    *in_voice: tuple[int, int], members: tuple[int, ...] = (PINO, AGU), **changes: object
) -> dict[str, Any]:
    return {
        "id": str(GUILD),
        "name": "Plaza",
        "owner_id": str(AGU),
        "member_count": len(members) + 1,
        "large": False,
        "roles": [],
        "emojis": [],
        "features": [],
        "channels": [channel(GENERAL, "General"), channel(LOUNGE, "Sala")],
        "members": [member(each) for each in (*members, BOT)],
        "voice_states": [voice(user_id, channel_id) for user_id, channel_id in in_voice],
        "presences": [],
        "threads": [],
        "unavailable": False,
        **changes,
    }


class RawBot(discord.Client):
    """Remembers what it dispatches; :meth:`hears` feeds it a payload."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - discord.py's own options
        self.told: list[tuple[str, tuple[Any, ...]]] = []
        super().__init__(
            intents=options.pop("intents", discord.Intents.all()),
            guild_ready_timeout=0.05,
            **options,
        )

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as there
        self.told.append((event, args))
        super().dispatch(event, *args, **kwargs)

    def hears(self, event: str, data: dict[str, Any]) -> None:
        """Take in a payload, as the gateway's ``received_message`` does."""
        self._connection.parsers[event](data)

    def is_ready_in(self, payload: dict[str, Any]) -> discord.Guild:
        """Log in to one guild."""
        guilds = [{"id": payload["id"], "unavailable": True}]
        ready = {"user": user(BOT), "guilds": guilds, "session_id": "s"}
        self.hears("READY", ready)
        self.hears("GUILD_CREATE", payload)
        found = self.get_guild(GUILD)
        assert found is not None
        return found

    def times(self, event: str) -> int:
        """Return how often an event was dispatched."""
        return sum(name == event for name, _ in self.told)
