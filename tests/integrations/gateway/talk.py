"""What is said in a guild that says of nobody where they are: a payload of each such event.

Beside each, what discord.py dispatches of it; None where it is nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.benchmarks.population import Guild, Person

__all__ = ["Talk", "background", "talk"]

Talk = dict[str, tuple[dict[str, Any], str | None]]

TEXT, THREAD, EVENT = 71, 72, 73
"""A text channel, a thread in it, and a scheduled event that the bot knows of."""

_WHEN = "2025-12-29T22:30:00+00:00"


def background(guild: Guild) -> list[tuple[str, dict[str, Any]]]:
    """Return what is told of a guild first, for the talk to be about."""
    text = {**guild.channel(0), "id": str(TEXT), "name": "chat", "type": 0}
    return [
        ("CHANNEL_CREATE", text),
        ("THREAD_CREATE", _thread(guild)),
        ("GUILD_SCHEDULED_EVENT_CREATE", _event(guild, EVENT)),
    ]


def talk(guild: Guild, person: Person) -> Talk:
    """Return an event of each kind, all of one person.

    With a message discord.py renews its author.
    """
    of_guild = {"guild_id": str(guild.id)}
    in_channel = {**of_guild, "channel_id": str(TEXT)}
    who, user = {"user_id": str(person.id)}, person.member["user"]
    in_chat = {**of_guild, "channel_id": str(guild.channel_ids[0])}  # that of a voice channel
    of_message = {**in_chat, "message_id": "1"}
    reaction = {**of_message, "emoji": {"id": None, "name": "👍"}, "type": 0, "burst": False}
    vote = {**of_message, **who, "answer_id": 1}
    integration = {
        **of_guild,
        "id": "5",
        "name": "Twitch",
        "type": "twitch",
        "account": {"id": "1", "name": "nobody"},
        "user": user,
        "enabled": True,
        "revoked": False,
        "syncing": False,
        "synced_at": _WHEN,
        "role_id": None,
        "expire_behavior": 0,
        "expire_grace_period": 1,
        "enable_emoticons": False,
        "subscriber_count": 0,
    }
    thread_member = {"id": str(THREAD), **who, "join_timestamp": _WHEN, "flags": 0}
    interest = {**of_guild, **who, "guild_scheduled_event_id": str(EVENT)}
    return {
        "AUTO_MODERATION_ACTION_EXECUTION": (
            {
                **in_channel,
                **who,
                "action": {"type": 1, "metadata": {}},
                "rule_id": "9",
                "rule_trigger_type": 1,
                "content": "hola",
                "matched_keyword": None,
                "matched_content": None,
            },
            "automod_action",
        ),
        "CHANNEL_PINS_UPDATE": (
            {**in_channel, "last_pin_timestamp": _WHEN},
            "guild_channel_pins_update",
        ),
        "GUILD_AUDIT_LOG_ENTRY_CREATE": (
            {
                **of_guild,
                **who,
                "id": "4",
                "action_type": 25,  # somebody's roles
                "target_id": str(person.id),
                "changes": [{"key": "$add", "new_value": [{"id": "6", "name": "DJ"}]}],
            },
            "audit_log_entry_create",
        ),
        "GUILD_SCHEDULED_EVENT_CREATE": (_event(guild, EVENT + 1), "scheduled_event_create"),
        "GUILD_SCHEDULED_EVENT_DELETE": (_event(guild, EVENT), "scheduled_event_delete"),
        "GUILD_SCHEDULED_EVENT_UPDATE": (_event(guild, EVENT), "scheduled_event_update"),
        "GUILD_SCHEDULED_EVENT_USER_ADD": (interest, "scheduled_event_user_add"),
        "GUILD_SCHEDULED_EVENT_USER_REMOVE": (interest, "scheduled_event_user_remove"),
        "INTEGRATION_CREATE": (integration, "integration_create"),
        "INTEGRATION_DELETE": ({**of_guild, "id": "5"}, "raw_integration_delete"),
        "INTEGRATION_UPDATE": (integration, "integration_update"),
        "INVITE_CREATE": (
            {
                **in_channel,
                "code": "abc",
                "created_at": _WHEN,
                "inviter": user,
                "max_age": 0,
                "max_uses": 0,
                "temporary": False,
                "uses": 0,
            },
            "invite_create",
        ),
        "INVITE_DELETE": ({**in_channel, "code": "abc"}, "invite_delete"),
        "MESSAGE_CREATE": (_message(guild, person), "message"),
        "MESSAGE_DELETE": ({**in_chat, "id": "1"}, "raw_message_delete"),
        "MESSAGE_DELETE_BULK": ({**in_chat, "ids": ["1", "2"]}, "raw_bulk_message_delete"),
        "MESSAGE_POLL_VOTE_ADD": (vote, "raw_poll_vote_add"),
        "MESSAGE_POLL_VOTE_REMOVE": (vote, "raw_poll_vote_remove"),
        "MESSAGE_REACTION_ADD": ({**reaction, **who, "member": person.member}, "raw_reaction_add"),
        "MESSAGE_REACTION_REMOVE": ({**reaction, **who}, "raw_reaction_remove"),
        "MESSAGE_REACTION_REMOVE_ALL": (of_message, "raw_reaction_clear"),
        "MESSAGE_REACTION_REMOVE_EMOJI": (reaction, "raw_reaction_clear_emoji"),
        "MESSAGE_UPDATE": (_message(guild, person), "raw_message_edit"),
        "THREAD_CREATE": ({**_thread(guild), "id": str(THREAD + 10)}, "thread_join"),
        "THREAD_DELETE": (_thread(guild), "raw_thread_delete"),
        "THREAD_LIST_SYNC": (
            {**of_guild, "threads": [{**_thread(guild), "id": str(THREAD + 10)}], "members": []},
            "thread_join",
        ),
        "THREAD_MEMBERS_UPDATE": (
            {
                **of_guild,
                "id": str(THREAD),
                "member_count": 2,
                "added_members": [{**thread_member, "member": person.member}],
                "removed_member_ids": [],
            },
            "thread_member_join",
        ),
        "THREAD_MEMBER_UPDATE": ({**of_guild, **thread_member}, None),
        "THREAD_UPDATE": ({**_thread(guild), "name": "otro"}, "thread_update"),
        "TYPING_START": (
            {**in_chat, **who, "timestamp": 1, "member": person.member},
            "typing",
        ),
        "VOICE_CHANNEL_EFFECT_SEND": (
            {**in_chat, **who},
            "voice_channel_effect",
        ),
        "WEBHOOKS_UPDATE": (in_channel, "webhooks_update"),
    }


def _message(guild: Guild, person: Person) -> dict[str, Any]:
    return {
        "id": "1",
        "guild_id": str(guild.id),
        "channel_id": str(guild.channel_ids[0]),
        "type": 0,
        "author": person.member["user"],
        "member": person.member,
        "content": "hola",
        "timestamp": _WHEN,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "pinned": False,
        "attachments": [],
        "embeds": [],
    }


def _thread(guild: Guild) -> dict[str, Any]:
    return {
        "id": str(THREAD),
        "guild_id": str(guild.id),
        "parent_id": str(TEXT),
        "owner_id": str(guild.people[0].id),
        "name": "hilo",
        "type": 11,
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 60,
            "archive_timestamp": _WHEN,
            "locked": False,
        },
    }


def _event(guild: Guild, event_id: int) -> dict[str, Any]:
    return {
        "id": str(event_id),
        "guild_id": str(guild.id),
        "channel_id": str(guild.channel_ids[0]),
        "creator_id": str(guild.people[0].id),
        "name": "partida",
        "description": None,
        "scheduled_start_time": _WHEN,
        "scheduled_end_time": None,
        "privacy_level": 2,
        "status": 1,
        "entity_type": 2,
        "entity_id": None,
        "entity_metadata": None,
        "user_count": 1,
    }
