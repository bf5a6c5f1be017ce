"""What the bot may not do in a guild, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import discord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine import Settings

__all__ = ["PORTAL_NAMES", "Need", "needs_in"]

PORTAL_NAMES = {"presences": "Presence Intent", "members": "Server Members Intent"}
"""What Discord's developer portal calls the privileged intents, by our settings."""

_NAMED = 5
"""So many channels are named; of the others there are "…"."""


class Need(NamedTuple):
    """A permission that is missing; ``key`` is the catalogue's sentence about it."""

    key: str
    channels: list[str]
    channel_id: int = 0


def needs_in(
    channels: Iterable[discord.abc.GuildChannel], me: discord.Member, settings: Settings
) -> list[Need]:
    """Return what is missing in the channels of one guild.

    Seeing a voice channel is needed to hear of people in it, and connecting to it to ask Discord
    about one of them (its documentation, "Get User Voice State"). Notices need a text channel
    that the bot sees and may write in.
    """
    known = list(channels)
    voice = [
        channel
        for channel in known
        if isinstance(channel, discord.VoiceChannel | discord.StageChannel)
        and channel.id not in settings.ignored_channels
    ]
    unseen = [one for one in voice if not one.permissions_for(me).view_channel]
    mute = [one for one in voice if one not in unseen and not one.permissions_for(me).connect]
    needs = []
    if unseen:
        needs.append(Need("health.no_view", _names(unseen)))
    if mute:
        needs.append(Need("health.no_connect", _names(mute)))
    needs += _notices(known, me, settings)
    return needs


def _notices(
    channels: list[discord.abc.GuildChannel], me: discord.Member, settings: Settings
) -> list[Need]:
    wanted = settings.notify_channel_id
    channel_id = wanted.get(me.guild.id) if isinstance(wanted, dict) else wanted
    if channel_id is None:
        return []
    channel = next((one for one in channels if one.id == channel_id), None)
    if channel is None:
        # One id for all guilds is the channel of one of them alone.
        return [Need("health.no_channel", [], channel_id)] if isinstance(wanted, dict) else []
    rights = channel.permissions_for(me)
    if rights.view_channel and rights.send_messages:
        return []
    return [Need("health.no_send", [channel.name], channel_id)]


def _names(channels: list[discord.VoiceChannel | discord.StageChannel]) -> list[str]:
    names = [channel.name for channel in channels[:_NAMED]]
    return names if len(channels) <= _NAMED else [*names, "…"]
