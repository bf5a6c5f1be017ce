"""The world as Discord's JSON: the shapes of the API documentation, with what bots read of them."""

from datetime import datetime
from typing import TYPE_CHECKING

from integrations.loopback.delivery import JsonObject, Viewer
from integrations.loopback.intents import Intent

if TYPE_CHECKING:
    from integrations.loopback.people import Activity, Person
    from integrations.loopback.places import Channel, Guild, Role, VoiceChannel

PRESENCE_LIMIT = 75_000
"""Members above which GUILD_CREATE holds only people in voice (gateway events, "Guild Create")."""

_VIEW, _SEND, _CONNECT = 1 << 10, 1 << 11, 1 << 20
_EVERYTHING_A_BOT_NEEDS = str(
    _VIEW | _SEND | _CONNECT | 1 << 6 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 21 | 1 << 31
)


def user(person: "Person") -> JsonObject:
    """A user object."""
    return {
        "id": str(person.id),
        "username": person.name,
        "global_name": None if person.bot else person.name,
        "discriminator": "0",
        "avatar": None,
        "bot": person.bot,
        "public_flags": 0,
    }


def member(guild: "Guild", person: "Person") -> JsonObject:
    """A guild member object with its user."""
    record = guild.members[person.id]
    return {
        "user": user(person),
        "nick": record.nick,
        "avatar": None,
        "roles": [str(role_id) for role_id in record.role_ids],
        "joined_at": record.joined_at.isoformat(),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }


def partial_guild(guild: "Guild") -> JsonObject:
    """A partial guild, as Get Current User Guilds answers it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": _EVERYTHING_A_BOT_NEEDS,
        "features": [],
    }


def role(record: "Role") -> JsonObject:
    """A role object."""
    return {
        "id": str(record.id),
        "name": record.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 1,
        "permissions": "0",
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def channel(place: "Channel") -> JsonObject:
    """A channel object of a guild; what the bot may not do is denied to everyone."""
    rights = ((place.can_view, _VIEW), (place.can_send, _SEND), (place.can_connect, _CONNECT))
    denied = sum(bit for allowed, bit in rights if not allowed)
    everyone = {"id": str(place.guild.id), "type": 0, "allow": "0", "deny": str(denied)}
    body: JsonObject = {
        "id": str(place.id),
        "type": place.type,
        "guild_id": str(place.guild.id),
        "name": place.name,
        "position": list(place.guild.channels).index(place.id),
        "permission_overwrites": [everyone] if denied else [],
        "parent_id": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "last_message_id": None,
    }
    if place.is_voice:
        voice = {"bitrate": 64000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
        return body | voice
    return body | {"topic": None}


def voice_state(guild: "Guild", person: "Person") -> JsonObject:
    """A voice state with its member and guild; out of voice, its channel is null."""
    state = guild.voice_states.get(person.id)
    flags = ("mute", "deaf", "self_mute", "self_deaf", "self_video", "self_stream")
    body: JsonObject = {flag: state is not None and getattr(state, flag) for flag in flags}
    return body | {
        "guild_id": str(guild.id),
        "channel_id": None if state is None else str(state.channel_id),
        "user_id": str(person.id),
        "member": member(guild, person),
        "session_id": "0" * 32 if state is None else state.session_id,
        "suppress": False,
        "request_to_speak_timestamp": None,
    }


def activity(record: "Activity") -> JsonObject:
    """An activity object."""
    body: JsonObject = {"name": record.name, "type": record.type, **record.extra}
    body.setdefault("id", f"{record.number:x}")
    if record.created_at is not None:
        body["created_at"] = _milliseconds(record.created_at)
    if record.started_at is not None:
        body["timestamps"] = {"start": _milliseconds(record.started_at)}
    if record.application_id is not None:
        body["application_id"] = str(record.application_id)
    for field in ("details", "state", "url"):
        value = getattr(record, field)
        if value is not None:
            body[field] = value
    return body


def presence(guild: "Guild", person: "Person", *, hide_activities: bool = False) -> JsonObject:
    """A presence of one guild's member."""
    online = person.status != "offline"
    shown = [] if hide_activities else person.activities
    return {
        "user": {"id": str(person.id)},
        "guild_id": str(guild.id),
        "status": person.status,
        "activities": [activity(record) for record in shown],
        "client_status": {"desktop": person.status} if online else {},
    }


def start_time(guild: "Guild", place: "VoiceChannel") -> JsonObject:
    """VOICE_CHANNEL_START_TIME_UPDATE: when the call began, in whole Unix seconds, or null."""
    return {
        "id": str(place.id),
        "guild_id": str(guild.id),
        "voice_start_time": call_start(place),
    }


def call_start(place: "VoiceChannel") -> int | None:
    """When the call in a channel began, in whole Unix seconds."""
    started = place.call_started_at
    return None if started is None else int(started.timestamp())


def unavailable_guild(guild: "Guild") -> JsonObject:
    """An unavailable guild object."""
    return {"id": str(guild.id), "unavailable": True}


def guild_object(guild: "Guild") -> JsonObject:
    """A guild object, as REST answers it."""
    afk = guild.afk_channel
    people = (guild.world.people[user_id] for user_id in guild.members)
    everyone = {
        "id": str(guild.id),
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": _EVERYTHING_A_BOT_NEEDS,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "description": None,
        "banner": None,
        "owner_id": str(next((p.id for p in people if not p.bot), guild.id)),
        "afk_channel_id": None if afk is None else str(afk.id),
        "afk_timeout": 300,
        "verification_level": 1,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [everyone, *(role(record) for record in guild.roles.values())],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "nsfw_level": 0,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "vanity_url_code": None,
        "max_members": 500_000,
    }


def guild_create(guild: "Guild", viewer: Viewer, *, joined: bool = False) -> JsonObject:
    """The payload of GUILD_CREATE as one gateway session gets it.

    Args:
        guild: the guild.
        viewer: the session's intents and ``large_threshold``.
        joined: whether the bot has just been let in; ``unavailable`` is then left out, from
            which discord.py tells ``on_guild_join`` from ``on_guild_available``.
    """
    count = guild.member_count or len(guild.members)
    presences = Intent.GUILD_PRESENCES in viewer.intents
    few = not presences or count > PRESENCE_LIMIT
    large = count > viewer.large_threshold
    people = [guild.world.people[user_id] for user_id in guild.members]
    if few:
        shown = [p for p in people if p.id in guild.voice_states or p is guild.world.bot]
    elif large:
        shown = [p for p in people if _stands_out(guild, p)]
    else:
        shown = people
    voice = guild.voice_states if Intent.GUILD_VOICE_STATES in viewer.intents else ()
    body = guild_object(guild) | {
        "joined_at": guild.created_at.isoformat(),
        "large": large,
        "member_count": count,
        "members": [member(guild, person) for person in shown],
        "channels": [channel(place) for place in guild.channels.values() if place.can_view],
        "threads": [],
        "voice_states": [_in_guild(guild, user_id) for user_id in voice],
        "presences": [
            presence(guild, person, hide_activities=not presences)
            for person in shown
            if person.status != "offline"
        ],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
    return body if joined else body | {"unavailable": False}


def _in_guild(guild: "Guild", user_id: int) -> JsonObject:
    """A voice state inside GUILD_CREATE: without the guild and, as on Discord, the member."""
    body = voice_state(guild, guild.world.people[user_id])
    del body["guild_id"], body["member"]
    return body


def _stands_out(guild: "Guild", person: "Person") -> bool:
    """Whether a member of a large guild is in GUILD_CREATE ("Request Guild Members")."""
    record = guild.members[person.id]
    return bool(
        person.status != "offline"
        or person.id in guild.voice_states
        or record.nick
        or record.role_ids
        or person is guild.world.bot
    )


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
