"""Gateway intents and the events each one brings (gateway documentation, "List of Intents")."""

from enum import IntFlag


class Intent(IntFlag):
    """The bits of IDENTIFY's ``intents``."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


KNOWN = Intent(sum(Intent))
"""Every bit Discord knows; an IDENTIFY with another one is closed with 4013."""

PRIVILEGED = Intent.GUILD_PRESENCES | Intent.GUILD_MEMBERS | Intent.MESSAGE_CONTENT
"""What has to be switched on in the developer portal; refused with 4014 where it is not."""

_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 13,
    Intent.GUILD_MEMBERS: 1 << 15,
    Intent.MESSAGE_CONTENT: 1 << 19,
}

_NEEDED = {
    Intent.GUILDS: (
        "GUILD_CREATE GUILD_UPDATE GUILD_DELETE GUILD_ROLE_CREATE GUILD_ROLE_UPDATE "
        "GUILD_ROLE_DELETE CHANNEL_CREATE CHANNEL_UPDATE CHANNEL_DELETE "
        "VOICE_CHANNEL_STATUS_UPDATE VOICE_CHANNEL_START_TIME_UPDATE"
    ),
    Intent.GUILD_MEMBERS: "GUILD_MEMBER_ADD GUILD_MEMBER_UPDATE GUILD_MEMBER_REMOVE",
    Intent.GUILD_VOICE_STATES: "VOICE_STATE_UPDATE VOICE_CHANNEL_EFFECT_SEND",
    Intent.GUILD_PRESENCES: "PRESENCE_UPDATE",
    Intent.GUILD_MESSAGES: "MESSAGE_CREATE MESSAGE_UPDATE MESSAGE_DELETE",
}

_INTENT_OF = {name: intent for intent, names in _NEEDED.items() for name in names.split()}


def application_flags(allowed: Intent) -> int:
    """The flags of an application with these privileged intents (its object, "Flags")."""
    return sum(flag for intent, flag in _FLAGS.items() if intent & allowed)


def wanted(event_name: str, intents: Intent) -> bool:
    """Whether a session with ``intents`` gets this event; one with no intent always comes."""
    needed = _INTENT_OF.get(event_name)
    return needed is None or bool(needed & intents)
