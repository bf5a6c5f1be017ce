"""The payloads of gateway events about one person, guild or channel, typed: what is read of them.

Source of the fields: Discord's documentation, "Gateway Events".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from integrations.gateway.guild_payload import PresencePart, PresenceUserPart
from machines import Snowflake

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "VOICE_CHANNELS",
    "ChannelDelete",
    "GuildDelete",
    "GuildUpdate",
    "MemberRemove",
    "MemberUpdate",
    "PresenceUpdate",
    "RoleDelete",
    "decoded",
]

VOICE_CHANNELS = frozenset({2, 13})
"""The types of channels that people talk in: GUILD_VOICE and GUILD_STAGE_VOICE."""

_Payload = TypeVar("_Payload", bound=msgspec.Struct)


class PresenceUpdate(PresencePart, kw_only=True, gc=False):
    """Of a PRESENCE_UPDATE: who, where, and all their activities."""

    guild_id: Snowflake


class MemberRemove(msgspec.Struct, gc=False):
    """Of a GUILD_MEMBER_REMOVE: who has left the guild, or was made to."""

    guild_id: Snowflake
    user: PresenceUserPart


class MemberUpdate(msgspec.Struct, gc=False):
    """Of a GUILD_MEMBER_UPDATE: who has other roles in the guild, or another name."""

    guild_id: Snowflake
    user: PresenceUserPart
    roles: tuple[Snowflake, ...] = ()


class RoleDelete(msgspec.Struct, gc=False):
    """Of a GUILD_ROLE_DELETE: a role that is no more."""

    guild_id: Snowflake
    role_id: Snowflake


class GuildDelete(msgspec.Struct, gc=False):
    """Of a GUILD_DELETE: a guild that is out, or else one that the bot is no longer in."""

    id: Snowflake
    unavailable: bool = False


class GuildUpdate(msgspec.Struct, gc=False):
    """Of a GUILD_UPDATE: which guild, and its AFK channel by now."""

    id: Snowflake
    afk_channel_id: Snowflake | None = None


class ChannelDelete(msgspec.Struct, gc=False):
    """Of a CHANNEL_DELETE: which, and of what type; direct messages have no guild."""

    id: Snowflake
    type: int
    guild_id: Snowflake | None = None


def decoded(data: Mapping[str, Any], kind: type[_Payload]) -> _Payload:
    """Return the typed payload; ids come as strings and become integers.

    Raises:
        msgspec.ValidationError: the payload is not as Discord documents it.
    """
    return msgspec.convert(data, kind, strict=False)
