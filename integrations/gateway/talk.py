"""Talk: events behind which news of people may go on waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import discord

__all__ = ["TALK", "names_nobody_anew"]

TALK = frozenset(
    {
        "AUTO_MODERATION_ACTION_EXECUTION",
        "CHANNEL_PINS_UPDATE",
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
        "GUILD_SCHEDULED_EVENT_CREATE",
        "GUILD_SCHEDULED_EVENT_DELETE",
        "GUILD_SCHEDULED_EVENT_UPDATE",
        "GUILD_SCHEDULED_EVENT_USER_ADD",
        "GUILD_SCHEDULED_EVENT_USER_REMOVE",
        "INTEGRATION_CREATE",
        "INTEGRATION_DELETE",
        "INTEGRATION_UPDATE",
        "INVITE_CREATE",
        "INVITE_DELETE",
        "MESSAGE_CREATE",
        "MESSAGE_DELETE",
        "MESSAGE_DELETE_BULK",
        "MESSAGE_POLL_VOTE_ADD",
        "MESSAGE_POLL_VOTE_REMOVE",
        "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE",
        "MESSAGE_REACTION_REMOVE_ALL",
        "MESSAGE_REACTION_REMOVE_EMOJI",
        "MESSAGE_UPDATE",
        "THREAD_CREATE",
        "THREAD_DELETE",
        "THREAD_LIST_SYNC",
        "THREAD_MEMBERS_UPDATE",
        "THREAD_MEMBER_UPDATE",
        "THREAD_UPDATE",
        "TYPING_START",
        "VOICE_CHANNEL_EFFECT_SEND",
        "WEBHOOKS_UPDATE",
    }
)
"""What news may wait behind as well: it says of nobody where they are.

discord.py changes neither people nor voice channels with it (``ConnectionState.parse_...``), but
for an author's name and roles, which it takes from a message (``Member._update_from_message``):
news that has waited behind one goes by those, which are of the same instant. What discord.py does
not know (VOICE_CHANNEL_STATUS_UPDATE) is behind nobody: it changes nothing at all.
"""


def names_nobody_anew(bot: discord.Client, data: dict[str, Any]) -> bool:
    """Return whether a GUILD_MEMBER_UPDATE leaves somebody the name that discord.py knows.

    Most only give a role, or take one. Of somebody whom discord.py has not cached it may have no
    name yet, and would have one behind it (``ConnectionState.parse_guild_member_update``). A
    nickname that is not told has not changed (``Member._update``).
    """
    try:
        guild, user = bot.get_guild(int(data["guild_id"])), data["user"]
        member = None if guild is None else guild.get_member(int(user["id"]))
        if member is None:
            return False
        told = data.get("nick", member.nick), user.get("global_name"), user["username"]
    except (KeyError, TypeError, ValueError):  # it is not as Discord documents it
        return False
    return told == (member.nick, member.global_name, member.name)
