"""What Discord sends a bot when a command is given: the command, its options, who and where."""

from typing import TYPE_CHECKING, cast

from integrations.loopback import payloads
from integrations.loopback.delivery import JsonObject

if TYPE_CHECKING:
    from integrations.loopback.people import Person
    from integrations.loopback.places import Channel, Guild

ADMINISTRATOR = str(1 << 3)


def interaction_body(
    guild: "Guild", channel: "Channel", person: "Person", locale: str, permissions: str
) -> JsonObject:
    """What every interaction in a guild holds, whatever it is."""
    return {
        "version": 1,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
        "channel_id": str(channel.id),
        "channel": payloads.channel(channel) | {"permissions": permissions},
        "member": payloads.member(guild, person) | {"permissions": permissions},
        "locale": locale,
        "guild_locale": "en-US",
        "app_permissions": ADMINISTRATOR,
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild.id)},
        "context": 0,
        "attachment_size_limit": 10_485_760,
    }


_STRING, _INTEGER, _BOOLEAN, USER, CHANNEL, _NUMBER = 3, 4, 5, 6, 7, 10


def option_value(value: object) -> tuple[int, object]:
    """The option type of a script's value, and how it is sent."""
    if isinstance(value, bool):
        return _BOOLEAN, value
    if isinstance(value, int):
        return _INTEGER, value
    if isinstance(value, float):
        return _NUMBER, value
    if isinstance(value, str):
        return _STRING, value
    kind = USER if hasattr(value, "activities") else CHANNEL
    return kind, str(cast("Person | Channel", value).id)


def invocation(
    command: JsonObject,
    guild_id: int | None,
    subcommands: list[str],
    options: tuple[list[JsonObject], JsonObject],
) -> JsonObject:
    """The ``data`` of an interaction; each subcommand is an option that holds the next."""
    given, resolved = options
    for depth, name in reversed(list(enumerate(subcommands))):
        is_group = depth < len(subcommands) - 1
        given = [{"name": name, "type": 2 if is_group else 1, "options": given}]
    data: JsonObject = {
        "id": command["id"],
        "name": command["name"],
        "type": command.get("type", 1),
        "options": given,
        "resolved": resolved,
    }
    if guild_id is not None:
        data["guild_id"] = str(guild_id)
    return data
