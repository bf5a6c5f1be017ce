"""What the bot may not do in a guild, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import discord

from integrations.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine import Settings

__all__ = ["PORTAL_NAMES", "Need", "needs_in"]

PORTAL_NAMES = {"presences": "Presence Intent", "members": "Server Members Intent"}
"""What Discord's developer portal calls the privileged intents, by our settings."""

_NAMED = 5
"""So many channels are named; of the others there are "…"."""

_Voice = discord.VoiceChannel | discord.StageChannel


class Need(NamedTuple):
    """A permission that is missing; ``key`` is the catalogue's sentence about it."""

    key: str
    channels: list[str]
    channel_id: int = 0


async def needs_in(
    channels: Iterable[discord.abc.GuildChannel], me: discord.Member, settings: Settings
) -> list[Need]:
    """Return what is missing in the channels of one guild.

    Seeing a voice channel is needed to hear of people in it, and connecting to it to ask Discord
    about one of them (its documentation, "Get User Voice State"). Notices need a text channel
    that the bot sees and may write in.

    discord.py goes through all overwrites of a channel and all roles of the bot whenever it is
    asked, so each channel is asked about once, and they are taken in turns.
    """
    known = list(channels)
    unseen: list[_Voice] = []
    mute: list[_Voice] = []
    async for channel in in_turns(known):
        if not isinstance(channel, _Voice) or channel.id in settings.ignored_channels:
            continue
        rights = channel.permissions_for(me)
        if not rights.view_channel:
            unseen.append(channel)
        elif not rights.connect:
            mute.append(channel)
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


def _names(channels: list[_Voice]) -> list[str]:
    names = [channel.name for channel in channels[:_NAMED]]
    return names if len(channels) <= _NAMED else [*names, "…"]
